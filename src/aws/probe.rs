//! Questions that `doctor` asks of SQS and Step Functions: each changes nothing there, and tells
//! whether the right that a session needs is held.

use std::time::Duration;

use super::clients::Clients;
use super::failures;
use crate::clock::Clock;
use crate::session::{Failure, FailureKind, TaskToken};

const LIMIT: Duration = Duration::from_secs(4);

/// What a question found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The service took the key and would carry the call out.
    Allowed,
    /// It did not.
    Trouble(Failure),
}

/// Whether messages may be read. A message that is there is not hidden from anybody, but its
/// receive count grows by one.
pub async fn receive(clients: &Clients, clock: &Clock, url: &str) -> Found {
    let call = clients
        .sqs
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(1)
        .wait_time_seconds(0)
        .visibility_timeout(0)
        .send();
    let answer = failures::answer_of(&clients.secrets, clock.call(LIMIT, call).await);
    found(answer.map(drop), &[])
}

/// Whether messages may be deleted: asked with a receipt handle that belongs to none.
pub async fn delete(clients: &Clients, clock: &Clock, url: &str) -> Found {
    let call = clients.sqs.delete_message().queue_url(url).receipt_handle("deskbeat-doctor").send();
    let answer = failures::answer_of(&clients.secrets, clock.call(LIMIT, call).await);
    found(answer.map(drop), &["ReceiptHandleIsInvalid", "InvalidParameterValue"])
}

/// Whether beats may be sent: asked with a token that belongs to no task.
pub async fn beat(clients: &Clients, clock: &Clock, token: &TaskToken) -> Found {
    let call = clients.sfn.send_task_heartbeat().task_token(token.expose()).send();
    let answer = match clock.call(LIMIT, call).await {
        Ok(answer) => {
            answer.map(|_| ()).map_err(|error| failures::of_callback(&clients.secrets, &error))
        }
        Err(elapsed) => Err(failures::timed_out(elapsed)),
    };
    found(answer, &[])
}

/// Complaints about the made-up handle or token come only after the right was found to be held.
fn found(answer: Result<(), Failure>, complaints: &[&str]) -> Found {
    match answer {
        Ok(()) => Found::Allowed,
        Err(failure) if matches!(failure.kind, FailureKind::TokenOver(_)) => Found::Allowed,
        Err(failure) if complaints.contains(&failure.code.as_str()) => Found::Allowed,
        Err(failure) => Found::Trouble(failure),
    }
}
