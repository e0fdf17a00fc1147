//! In the agent's place while another user's agent has this computer: answers the fronts, does
//! nothing.

use std::time::Duration;

use crate::agent::link::{AgentEnd, FrontCall, Told};
use crate::clock::Clock;
use crate::desktop::machine::{self, Claim};
use crate::session::words::codes::Code;
use crate::session::{Event, Refusal, Reply, View};

/// How often it is looked whether the other agent has gone.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Waits until this computer is ours, and tells the fronts whose it is meanwhile. `None` where
/// the system cannot tell: then everybody may.
pub async fn wait_for_machine(desk: &mut AgentEnd, clock: &Clock) -> Option<Claim> {
    let mut said: Option<String> = None;
    loop {
        match machine::claim() {
            Ok(Some(claim)) => return Some(claim),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!("cannot tell whether another agent runs on this computer: {error}");
                return None;
            }
        }
        // Asked once: each question is a connection that nobody takes.
        let sentence = said.get_or_insert_with(|| {
            let sentence = sentence();
            tracing::warn!(code = Code::Attention.id(), "{sentence}");
            desk.changed();
            sentence
        });
        tokio::select! {
            call = desk.next() => {
                if matches!(call, FrontCall::Report(Event::OsEnding(..))) {
                    // There is nothing of ours that the system would have to wait for.
                    desk.tell(Told::OsMayProceed);
                }
                answer(call, sentence);
            }
            () = clock.sleep(LOOK_EVERY) => {}
        }
    }
}

fn sentence() -> String {
    match machine::owner() {
        Some(owner) => format!("This computer's session is {owner}'s; Deskbeat waits for its end."),
        None => "This computer's session is another user's; Deskbeat waits for its end.".into(),
    }
}

pub(crate) fn answer(call: FrontCall, sentence: &str) {
    match call {
        FrontCall::View(asker) => {
            // Whoever asked may have gone.
            let _asker_gone = asker.send(View::without_session(sentence.to_owned()));
        }
        FrontCall::Ask(_, asker) => {
            let reply = Reply::Refused { sentence: sentence.to_owned(), why: Refusal::NoSession };
            let _asker_gone = asker.send(reply);
        }
        FrontCall::Report(_) => {}
    }
}
