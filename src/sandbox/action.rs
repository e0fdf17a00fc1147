//! The calls that the sandbox answers, and how a fault, a gate or a count names them.

/// One of the three services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// The instance's metadata.
    Imds,
    /// The queue.
    Sqs,
    /// Step Functions.
    Sfn,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Imds, Self::Sqs, Self::Sfn];
}

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// `PUT /latest/api/token`.
    ImdsToken,
    /// Anything under `meta-data/iam/security-credentials/`.
    ImdsCredentials,
    /// Anything else of IMDS.
    ImdsOther,
    /// SQS GetQueueUrl.
    GetQueueUrl,
    /// SQS GetQueueAttributes.
    GetQueueAttributes,
    /// SQS SendMessage.
    SendMessage,
    /// SQS ReceiveMessage.
    Receive,
    /// SQS DeleteMessage.
    Delete,
    /// SQS ChangeMessageVisibility.
    ChangeVisibility,
    /// Step Functions SendTaskHeartbeat.
    Heartbeat,
    /// Step Functions SendTaskSuccess.
    Success,
    /// Step Functions SendTaskFailure.
    Failure,
}

impl Action {
    /// The service that it is a call of.
    pub fn service(self) -> Service {
        match self {
            Self::ImdsToken | Self::ImdsCredentials | Self::ImdsOther => Service::Imds,
            Self::GetQueueUrl
            | Self::GetQueueAttributes
            | Self::SendMessage
            | Self::Receive
            | Self::Delete
            | Self::ChangeVisibility => Service::Sqs,
            Self::Heartbeat | Self::Success | Self::Failure => Service::Sfn,
        }
    }

    /// The call that an `X-Amz-Target` header names.
    pub(super) fn of_target(target: &str) -> Option<Self> {
        Some(match target {
            "AmazonSQS.GetQueueUrl" => Self::GetQueueUrl,
            "AmazonSQS.GetQueueAttributes" => Self::GetQueueAttributes,
            "AmazonSQS.SendMessage" => Self::SendMessage,
            "AmazonSQS.ReceiveMessage" => Self::Receive,
            "AmazonSQS.DeleteMessage" => Self::Delete,
            "AmazonSQS.ChangeMessageVisibility" => Self::ChangeVisibility,
            "AWSStepFunctions.SendTaskHeartbeat" => Self::Heartbeat,
            "AWSStepFunctions.SendTaskSuccess" => Self::Success,
            "AWSStepFunctions.SendTaskFailure" => Self::Failure,
            _ => return None,
        })
    }
}

/// The calls that a fault or a gate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Calls of this kind.
    Action(Action),
    /// Every call of this service.
    Service(Service),
    /// Every call: the network.
    Everything,
}

impl Target {
    pub(super) fn covers(self, action: Action) -> bool {
        match self {
            Self::Action(one) => one == action,
            Self::Service(service) => service == action.service(),
            Self::Everything => true,
        }
    }
}

impl From<Action> for Target {
    fn from(action: Action) -> Self {
        Self::Action(action)
    }
}

impl From<Service> for Target {
    fn from(service: Service) -> Self {
        Self::Service(service)
    }
}
