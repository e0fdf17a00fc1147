//! `deskbeat fail` where no agent runs: the message that waits is answered with SendTaskFailure.

use std::time::Duration;

use super::custody::ReportOutcome;
use super::driver::Carrier;
use super::place::{self, NoAgent, Taken};
use crate::clock::Clock;
use crate::config::Config;
use crate::control::CallError;
use crate::session::{Refusal, Reply, Request};

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoReply {
    /// An agent has the computer, and cannot be asked.
    #[error(transparent)]
    NoAgent(#[from] NoAgent),
    /// The agent did not answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Nothing was sent, or not taken; a sentence.
    #[error("{0}")]
    NotTold(String),
}

/// Reports a failure: to the agent, if one has the computer, else to the token that waits in the
/// queue or comes within `wait`.
pub(crate) async fn fail(
    config: &Config,
    error: String,
    cause: String,
    wait: Duration,
) -> Result<Reply, NoReply> {
    let ours = match place::take(config) {
        Taken::Ours(ours) => ours,
        Taken::Agent(holder) => {
            let mut agent = place::reach(config, &holder).await?;
            return Ok(agent.ask(Request::Fail { error, cause }).await?);
        }
    };
    let place::Ours { store, mut front, claim } = *ours;
    let clock = Clock::system();
    if let Some(front) = &mut front {
        front.open(&clock);
    }
    let mut driver =
        Carrier::new(config, clock, store).map_err(|error| NoReply::NotTold(error.to_string()))?;
    driver.report(error, cause, wait);
    let outcome = loop {
        tokio::select! {
            outcome = driver.next() => break outcome,
            call = place::next_call(&mut front) => place::WaitingFront::decline(call),
        }
    };
    let reply = reply(outcome, driver.problem(), wait);
    driver.leave().await;
    // Until here no agent takes the token that was found.
    drop(claim);
    reply
}

/// What came of a report, for whoever asked for it.
pub(crate) fn reply(
    outcome: ReportOutcome,
    problem: Option<&str>,
    wait: Duration,
) -> Result<Reply, NoReply> {
    let refused = |why, sentence: String| Ok(Reply::Refused { sentence: sentence.into(), why });
    match outcome {
        ReportOutcome::Accepted { request_id } => {
            let sentence = "The workflow was told that the start-up failed.".into();
            Ok(Reply::Done { sentence, request_id })
        }
        ReportOutcome::NothingWaits => refused(
            Refusal::NoSession,
            format!(
                "No task token waits in this computer's queue (looked for {} s): nobody was told. \
                 If the workflow sends it later, run this again, with --wait.",
                wait.as_secs()
            ),
        ),
        ReportOutcome::Over => refused(
            Refusal::EndedElsewhere,
            "Step Functions had ended the task that waited already; nobody had to be told.".into(),
        ),
        ReportOutcome::NotAsked(failure) => {
            let why = failure.map(|failure| failure.to_string());
            let why = problem.map(str::to_owned).or(why);
            let why = why.unwrap_or_else(|| {
                "it was not found in this time; `deskbeat doctor` tells what is wrong".into()
            });
            Err(NoReply::NotTold(format!(
                "Nobody was told, because this computer's queue cannot be read: {why}"
            )))
        }
        ReportOutcome::NotAccepted(failure) => Err(NoReply::NotTold(format!(
            "Step Functions did not take the failure: {failure}. Its message is back in the queue; \
             the task ends by its own timeout."
        ))),
    }
}
