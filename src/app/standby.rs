//! In the agent's place while it may not begin: another user's agent has this computer, or its own
//! user is not logged on. Answers the fronts, does nothing.

use std::time::Duration;

use tokio::sync::watch;

use crate::agent::link::{AgentEnd, FrontCall, Link, Told};
use crate::clock::Clock;
use crate::desktop::machine::{self, Claim};
use crate::desktop::{Logon, OS_PATIENCE};
use crate::session::interface::settings::OsEnding;
use crate::session::words::codes::Code;
use crate::session::words::said::said;
use crate::session::words::text::Text;
use crate::session::{Event, Refusal, Reply, View};
use crate::ui::history::History;

/// How often it is looked whether the other agent has gone: its successor's first beat is awaited
/// by a heartbeat window that may be short.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The agent's stand-in.
#[derive(Debug)]
pub struct Standby<'a> {
    desk: &'a mut AgentEnd,
    clock: &'a Clock,
    /// How the system ends, if it was announced while nobody of ours had to be waited for.
    ending: Option<OsEnding>,
}

impl<'a> Standby<'a> {
    /// One that has not waited yet.
    pub fn new(desk: &'a mut AgentEnd, clock: &'a Clock) -> Self {
        Self { desk, clock, ending: None }
    }

    /// Waits until this process's user is logged on, as far as that matters and can be told. Once the
    /// logon is over the wait is too: what an earlier run left in the journal is to be closed.
    pub async fn wait_for_logon(&mut self, logon: &mut watch::Receiver<Logon>) {
        let sentence = Text::from(said!("no-logon"));
        let mut said = false;
        loop {
            let waits = match *logon.borrow_and_update() {
                Logon::Living | Logon::Over | Logon::NotNeeded | Logon::CannotTell => return,
                // It is known in a moment; whoever asks has the agent's own answer then.
                Logon::Unknown => false,
                Logon::NotYet => true,
            };
            if waits && !std::mem::replace(&mut said, true) {
                tracing::info!("{sentence}");
                self.desk.changed();
            }
            let call = tokio::select! {
                call = self.desk.next(), if waits => call,
                changed = logon.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return,
                },
            };
            self.answer(call, &sentence);
        }
    }

    /// Waits until this computer is ours, and tells the fronts whose it is meanwhile. `None` where
    /// the system cannot tell: then everybody may.
    pub async fn wait_for_machine(&mut self) -> Option<Claim> {
        let mut said: Option<Text> = None;
        loop {
            match machine::claim() {
                Ok(Some(claim)) => return Some(claim),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(
                        "cannot tell whether another agent runs on this computer: {error}"
                    );
                    return None;
                }
            }
            // Asked once: each question is a connection that nobody takes.
            let sentence = said.get_or_insert_with(|| {
                let sentence = sentence();
                tracing::warn!(code = Code::Attention.id(), "{sentence}");
                self.desk.changed();
                sentence
            });
            let call = tokio::select! {
                call = self.desk.next() => call,
                () = self.clock.sleep(LOOK_EVERY) => continue,
            };
            self.answer(call, sentence);
        }
    }

    /// Tells the agent that comes now what its stand-in has heard: no session begins on a machine
    /// that goes down, whoever had it until now.
    pub fn hand_over(self, link: &Link) {
        if let Some(ending) = self.ending {
            let deadline = self.clock.now().mono + OS_PATIENCE;
            // The agent is not there yet: it hears of it first.
            let _heard = link.report(Event::OsEnding(ending, deadline));
        }
    }

    fn answer(&mut self, call: FrontCall, sentence: &Text) {
        match call {
            FrontCall::Report(Event::OsEnding(kind, _)) => {
                self.ending = Some(kind);
                // There is nothing of ours that the system would have to wait for.
                self.desk.tell(Told::OsMayProceed);
            }
            FrontCall::Report(Event::OsEndingCancelled) => self.ending = None,
            call @ (FrontCall::View(_)
            | FrontCall::History(_)
            | FrontCall::Ask(..)
            | FrontCall::Report(_)) => {
                answer(call, sentence);
            }
        }
    }
}

/// Answers with `sentence` in an agent's place.
pub(crate) fn answer(call: FrontCall, sentence: &Text) {
    match call {
        FrontCall::View(asker) => {
            // Whoever asked may have gone.
            let _asker_gone = asker.send(View::without_session(sentence.clone()));
        }
        FrontCall::History(asker) => {
            let _asker_gone = asker.send(History::default());
        }
        FrontCall::Ask(_, asker) => {
            let reply = Reply::Refused { sentence: sentence.clone(), why: Refusal::NoSession };
            let _asker_gone = asker.send(reply);
        }
        FrontCall::Report(_) => {}
    }
}

fn sentence() -> Text {
    match machine::owner() {
        Some(owner) => said!("other-users", owner = owner),
        None => said!("other-user"),
    }
    .into()
}
