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
use crate::session::{Event, Refusal, Reply, State, View};
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
        let stand_in = StandIn { state: State::NeedsAttention, sentence: said!("no-logon").into() };
        let mut said = false;
        loop {
            let waits = match *logon.borrow_and_update() {
                Logon::Living | Logon::Over | Logon::NotNeeded | Logon::CannotTell => return,
                // It is known in a moment; whoever asks has the agent's own answer then.
                Logon::Unknown => false,
                Logon::NotYet => true,
            };
            if waits && !std::mem::replace(&mut said, true) {
                tracing::info!("{}", stand_in.sentence);
                self.desk.changed();
            }
            let call = tokio::select! {
                call = self.desk.next(), if waits => call,
                changed = logon.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return,
                },
            };
            self.answer(call, &stand_in);
        }
    }

    /// Waits until this computer is ours, and tells the fronts whose it is meanwhile. `None` where
    /// the system cannot tell: then everybody may.
    pub async fn wait_for_machine(&mut self) -> Option<Claim> {
        let mut said: Option<(bool, StandIn)> = None;
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
            let is_startups = machine::is_startups();
            let stand_in = match said.take() {
                Some((before, stand_in)) if before == is_startups => stand_in,
                Some(_) | None => {
                    let stand_in =
                        if is_startups { StandIn::starting_up() } else { StandIn::others() };
                    stand_in.log();
                    self.desk.changed();
                    stand_in
                }
            };
            let (_, stand_in) = said.insert((is_startups, stand_in));
            let call = tokio::select! {
                call = self.desk.next() => call,
                () = self.clock.sleep(LOOK_EVERY) => continue,
            };
            self.answer(call, stand_in);
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

    fn answer(&mut self, call: FrontCall, stand_in: &StandIn) {
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
                answer(call, stand_in);
            }
        }
    }
}

/// What is shown in an agent's place.
#[derive(Clone, Debug)]
pub(crate) struct StandIn {
    state: State,
    sentence: Text,
}

impl StandIn {
    /// This computer's start-up is under way: nobody has to mend anything.
    pub(crate) fn starting_up() -> Self {
        Self { state: State::Waiting, sentence: said!("startup-unfinished").into() }
    }

    /// Another user's agent has the computer. Asked once: each question is a connection that nobody
    /// takes.
    fn others() -> Self {
        let sentence = match machine::owner() {
            Some(owner) => said!("other-users", owner = owner),
            None => said!("other-user"),
        };
        Self { state: State::NeedsAttention, sentence: sentence.into() }
    }

    fn log(&self) {
        match self.state {
            State::NeedsAttention => {
                tracing::warn!(code = Code::Attention.id(), "{}", self.sentence);
            }
            _ => tracing::info!(code = Code::Waiting.id(), "{}", self.sentence),
        }
    }
}

/// Answers with what `stand_in` says in an agent's place.
pub(crate) fn answer(call: FrontCall, stand_in: &StandIn) {
    let sentence = &stand_in.sentence;
    match call {
        FrontCall::View(asker) => {
            // Whoever asked may have gone.
            let view = View::in_place_of_one(stand_in.state, sentence.clone());
            let _asker_gone = asker.send(view);
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
