//! The AWS edge: IMDS, the role's credentials, the queue and the Step Functions callbacks.
//!
//! It turns the core's commands into calls and answers into events, and decides nothing about a
//! session. The agent drives it; it imports `session` and `clock` only.

use std::time::Duration;

use serde::Deserialize;
use surroundings::Surroundings;

pub mod announcements;
mod callbacks;
mod clients;
pub mod connection;
pub mod credentials;
pub mod discovery;
mod failures;
pub mod imds;
pub mod probe;
mod queue;
pub(crate) mod regions;
mod secrets;
pub mod surroundings;
mod task_regions;
mod transport;

pub use callbacks::Callbacks;
pub use clients::{Clients, SdkClock};
pub use queue::Queue;

/// Tries that fail unsaid at the start: a network that is not up yet is nothing to call anybody for.
const TOLD_AFTER: u32 = 3;

/// Where we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// For example `i-0123456789abcdef0`.
    pub instance_id: String,
    /// For example `eu-west-1`.
    pub region: String,
}

/// Where AWS is, and as whom we call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// For example `eu-west-1`; `None`: ask IMDS.
    pub region: Option<String>,
    /// For example `i-0123456789abcdef0`; `None`: ask IMDS.
    pub instance_id: Option<String>,
    /// Step Functions elsewhere than at the region's own endpoint.
    pub sfn_endpoint: Option<String>,
    /// SQS elsewhere than at the region's own endpoint.
    pub sqs_endpoint: Option<String>,
    /// The metadata service as configured, for example `http://169.254.169.254`.
    pub imds_endpoint: String,
    /// Where the credentials come from.
    pub credentials: CredentialSource,
    /// Which queue to listen to.
    pub queue: QueueChoice,
    /// What the computer's owner set for every program that calls AWS.
    pub surroundings: Surroundings,
}

impl Access {
    /// Where IMDS is: as configured, else over IPv6 where the surroundings say so.
    pub fn imds_endpoint(&self) -> &str {
        self.surroundings.imds_endpoint(&self.imds_endpoint)
    }

    /// Step Functions and SQS at `url`, for tests.
    #[cfg(test)]
    fn at(url: &str) -> Self {
        Self {
            region: None,
            instance_id: None,
            sfn_endpoint: Some(url.into()),
            sqs_endpoint: Some(url.into()),
            imds_endpoint: IMDS_ENDPOINT.into(),
            credentials: CredentialSource::Imds,
            queue: QueueChoice::Url(format!("{url}/1/q")),
            surroundings: Surroundings::default(),
        }
    }
}

/// Where the credentials come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CredentialSource {
    /// The instance's role, by IMDSv2, and nothing else.
    Imds,
    /// The SDK's default chain (environment, profiles, …), for a developer's computer.
    Chain,
}

/// Which queue to listen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueChoice {
    /// The queue with this URL.
    Url(String),
    /// The URL in this instance tag, else the queue whose name the template makes.
    Discover {
        /// For example `deskbeat:queue-url`; needs instance tags in metadata.
        tag: String,
        /// A queue name with `{instance_id}` in it.
        name_template: String,
    },
}

/// IMDS on every EC2 instance. Source: EC2 guide, "Access instance metadata".
pub const IMDS_ENDPOINT: &str = "http://169.254.169.254";

/// Connecting takes milliseconds; a path that takes longer is broken, and a new try may find another.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
