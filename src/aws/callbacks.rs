//! The three calls that a task token allows.

use std::error::Error;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use super::clients::Clients;
use super::failures;
use super::secrets::Secrets;
use super::transport::Transport;
use crate::clock::{Clock, Elapsed};
use crate::session::interface::request::failure_covered;
use crate::session::{Failure, TaskResult, TaskToken};

/// SendTaskHeartbeat, SendTaskSuccess and SendTaskFailure.
#[derive(Clone, Debug)]
pub struct Callbacks {
    client: aws_sdk_sfn::Client,
    clock: Clock,
    secrets: Secrets,
    transport: Transport,
}

impl Callbacks {
    /// Calls through `clients`.
    pub fn new(clients: &Clients, clock: Clock) -> Self {
        Self {
            client: clients.sfn.clone(),
            clock,
            secrets: clients.secrets.clone(),
            transport: clients.sfn_transport.clone(),
        }
    }

    /// Says that the task is alive. Gives up after `limit`.
    ///
    /// A connection that went silent costs half of that: a beat may be sent twice, and the second
    /// time it goes over a connection of its own.
    pub async fn beat(&self, token: &TaskToken, limit: Duration) -> Result<(), Failure> {
        self.secrets.learn_token(token);
        for half in [limit / 2, limit / 2] {
            let call = self.client.send_task_heartbeat().task_token(token.expose()).send();
            match self.clock.call(half, call).await {
                Ok(answer) => return accepted(answer, &self.secrets).map(|_request_id| ()),
                Err(_silent) => self.transport.connect_anew(),
            }
        }
        Err(failures::timed_out(Elapsed(limit)))
    }

    /// Ends the task; the answer's request id. Gives up after `limit`.
    pub async fn close(
        &self,
        token: &TaskToken,
        verdict: TaskResult,
        limit: Duration,
    ) -> Result<Option<String>, Failure> {
        self.secrets.learn_token(token);
        // There is one close in a session, and no time to find out that a connection is dead.
        self.transport.connect_anew();
        let request_id = match verdict {
            TaskResult::Success(output) => {
                let call = self.client.send_task_success();
                let call = call.task_token(token.expose()).output(output).send();
                accepted(
                    self.clock.call(limit, call).await.map_err(failures::timed_out)?,
                    &self.secrets,
                )
            }
            TaskResult::Failure { error, cause } => {
                // Whoever reported it may have quoted what no workflow's history is to hold, and
                // before the token was known.
                let (error, cause) = failure_covered(error, cause, |text| self.secrets.cover(text));
                let call = self.client.send_task_failure();
                let call = call.task_token(token.expose()).error(error).cause(cause).send();
                accepted(
                    self.clock.call(limit, call).await.map_err(failures::timed_out)?,
                    &self.secrets,
                )
            }
        };
        request_id.map(Some)
    }
}

/// The request id of a good answer. The callbacks' answers are empty, and the SDK takes any 200
/// for one: without a request id it came from something in between, such as a sign-in page.
fn accepted<A, E>(
    answer: Result<A, SdkError<E, HttpResponse>>,
    secrets: &Secrets,
) -> Result<String, Failure>
where
    A: RequestId,
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    match answer {
        Ok(answer) => match answer.request_id() {
            Some(id) => Ok(secrets.clean(id, failures::MAX_WORD_CHARS)),
            None => Err(failures::not_from_aws()),
        },
        Err(error) => Err(failures::of_callback(secrets, &error)),
    }
}
