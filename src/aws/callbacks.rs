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
        answer.map(|_| ()).map_err(|error| failures::of_callback(&error, token))
    }

    /// Ends the task; the answer's request id, if it has one. Gives up after `limit`.
    pub async fn close(
        &self,
        token: &TaskToken,
        verdict: Verdict,
        limit: Duration,
    ) -> Result<Option<String>, Failure> {
        let request_id = |answer: &dyn RequestId| answer.request_id().map(str::to_owned);
        match verdict {
            Verdict::Success(output) => {
                let call = self.client.send_task_success();
                let call = call.task_token(token.expose()).output(output).send();
                let answer = self.clock.call(limit, call).await.map_err(failures::timed_out)?;
                answer
                    .map(|answer| request_id(&answer))
                    .map_err(|error| failures::of_callback(&error, token))
            }
            Verdict::Failure { error, cause } => {
                let call = self.client.send_task_failure();
                let call = call.task_token(token.expose()).error(error).cause(cause).send();
                let answer = self.clock.call(limit, call).await.map_err(failures::timed_out)?;
                answer
                    .map(|answer| request_id(&answer))
                    .map_err(|error| failures::of_callback(&error, token))
            }
        }
    }
}
