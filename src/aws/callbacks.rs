//! The three calls that a task token allows.

use std::time::Duration;

use aws_types::request_id::RequestId;

use super::clients::Clients;
use super::failures;
use crate::clock::Clock;
use crate::session::{Failure, TaskToken, Verdict};

/// SendTaskHeartbeat, SendTaskSuccess and SendTaskFailure.
#[derive(Clone, Debug)]
pub struct Callbacks {
    client: aws_sdk_sfn::Client,
    clock: Clock,
}

impl Callbacks {
    /// Calls through `clients`.
    pub fn new(clients: &Clients, clock: Clock) -> Self {
        Self { client: clients.sfn.clone(), clock }
    }

    /// Says that the task is alive. Gives up after `limit`.
    pub async fn beat(&self, token: &TaskToken, limit: Duration) -> Result<(), Failure> {
        let call = self.client.send_task_heartbeat().task_token(token.expose()).send();
        let answer = self.clock.call(limit, call).await.map_err(failures::timed_out)?;
        let answer = answer.map_err(|error| failures::of_callback(&error, token))?;
        request_id(&answer).map(|_| ())
    }

    /// Ends the task; the answer's request id. Gives up after `limit`.
    pub async fn close(
        &self,
        token: &TaskToken,
        verdict: Verdict,
        limit: Duration,
    ) -> Result<Option<String>, Failure> {
        match verdict {
            Verdict::Success(output) => {
                let call = self.client.send_task_success();
                let call = call.task_token(token.expose()).output(output).send();
                let answer = self.clock.call(limit, call).await.map_err(failures::timed_out)?;
                let answer = answer.map_err(|error| failures::of_callback(&error, token))?;
                request_id(&answer).map(Some)
            }
            Verdict::Failure { error, cause } => {
                let call = self.client.send_task_failure();
                let call = call.task_token(token.expose()).error(error).cause(cause).send();
                let answer = self.clock.call(limit, call).await.map_err(failures::timed_out)?;
                let answer = answer.map_err(|error| failures::of_callback(&error, token))?;
                request_id(&answer).map(Some)
            }
        }
    }
}

/// The SDK reads no body of these answers: to it a proxy's block page with status 200 is a yes.
/// Only the service's own answers have a request id.
fn request_id(answer: &dyn RequestId) -> Result<String, Failure> {
    answer.request_id().map(str::to_owned).ok_or_else(failures::somebody_else)
}
