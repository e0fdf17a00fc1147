//! The core: the whole life of a session as a pure state machine.
//!
//! Events in, commands out, time as an argument. Everything that decides anything is here: when to
//! beat, what an error means, when to warn, what to do with a second token, in which order to close.
//! No I/O, no clock, no tokio, no AWS type; it imports none of the other rings.

pub(crate) mod beats;
mod close;
mod computer;
pub mod contract;
mod deadlines;
mod inbox;
pub mod interface;
mod journal;
mod live;
mod os_ending;
mod requests;
mod warnings;
pub mod words;

#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;

pub use contract::record::Record;
pub use contract::status::{State, View};
pub use interface::command::{Command, Level, LogLine, TaskResult};
pub use interface::event::{CallId, Delivery, Event, Receipt};
pub use interface::failure::{Failure, FailureKind, TokenOver};
pub use interface::notification::Notification;
pub use interface::request::{AskId, Refusal, Reply, Request};
pub use interface::settings::{AfterEnd, OnOsEnding, Settings};
pub use interface::time::{Mono, Now};
pub use interface::token::TaskToken;

use close::attempt::{ClosePlan, Ending};
use computer::Machine;
use inbox::Intake;
use journal::Journaling;
use live::Live;
use os_ending::OsDeparture;
use words::codes::Code;

/// After this long without a new token, "more time" counts as not granted.
const EXTENSION_PATIENCE: Duration = Duration::from_secs(60);

/// The session on this machine, from the first token to the last.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    rng: fastrand::Rng,
    phase: Phase,
    machine: Machine,
    intake: Intake,
    journaling: Journaling,
    /// The operating system is ending.
    os_ending: Option<OsDeparture>,
    /// The after-end action was ordered: the machine is expected to be gone by then.
    leaving: Option<Mono>,
    last_error: Option<String>,
    next_call: u64,
    /// What was shown last, to log each change of state once.
    shown: State,
    /// What needed attention as it was logged last, and when.
    attention_told: Option<(Mono, String)>,
    out: Vec<Command>,
}

/// Where the session stands, with the data that this needs.
#[derive(Debug)]
enum Phase {
    /// No token.
    Waiting(Option<Box<Extension>>),
    /// A token is kept alive.
    Live(Box<Live>),
    /// The end was decided.
    Ending(Box<Ending>),
    /// The service accepted the end.
    Closed(Box<Closed>),
    /// The service had ended it.
    EndedElsewhere(Box<Gone>),
}

/// More time was asked for; the workflow is to send a new token.
#[derive(Debug)]
struct Extension {
    before: Live,
    since: Mono,
    overdue: bool,
}

/// A session that we closed.
#[derive(Debug)]
struct Closed {
    live: Live,
    plan: ClosePlan,
    attempts: u32,
    accepted_at: Timestamp,
    request_id: Option<String>,
    after: AfterEnd,
    after_problem: Option<String>,
}

/// A session that ended without us.
#[derive(Debug)]
struct Gone {
    live: Live,
}

impl Session {
    /// A session on a machine whose journal holds `record`. `seed` makes its jitter repeatable.
    /// Call [`Session::handle`] with [`Event::Tick`] to set it going.
    pub fn new(now: Now, settings: Settings, record: Record, seed: u64) -> Self {
        let mut session = Self {
            settings,
            rng: fastrand::Rng::with_seed(seed),
            phase: Phase::Waiting(None),
            machine: Machine::default(),
            intake: Intake::new(now),
            journaling: Journaling::default(),
            os_ending: None,
            leaving: None,
            last_error: None,
            next_call: 0,
            shown: State::Waiting,
            attention_told: None,
            out: Vec::new(),
        };
        session.resume(now, record);
        session
    }

    /// Takes one event and says what to do, in the order in which to start it.
    pub fn handle(&mut self, now: Now, event: Event) -> Vec<Command> {
        match event {
            Event::Tick => {}
            Event::Woke => self.woke(now),
            // Time left is not judged by it yet.
            Event::ServiceTime { at: _ } => {}
            Event::Identified { instance_id } => self.identified(now, instance_id),
            Event::Unidentified(sentence) => self.machine.identity_problem = Some(sentence),
            Event::CredentialsLoaded(key) => self.credentials_loaded(now, key),
            Event::CredentialsFailed { problem, sentence } => {
                self.machine.credential_problem = Some((problem, sentence));
            }
            Event::QueueFound(url) => self.queue_found(now, url),
            Event::NoQueue(sentence) => self.machine.queue_problem = Some(sentence),
            Event::Received(answer) => self.received(now, answer),
            Event::JournalSaved(revision) => self.journal_saved(now, revision),
            Event::JournalFailed(revision, error) => self.journal_failed(now, revision, error),
            Event::BeatAnswered(call, answer) => self.beat_answered(now, call, answer),
            Event::CloseAnswered(call, answer) => self.close_answered(now, call, answer),
            Event::Announced(announcement) => self.announced(now, announcement),
            Event::Asked(ask, request) => self.asked(now, ask, request),
            Event::Away(kind, away) => self.away(now, kind, away),
            Event::OsEnding(ending, deadline) => self.os_ends(now, ending, deadline),
            Event::OsEndingCancelled => self.os_stays(now),
            Event::AfterEndDone(result) => self.after_end_done(now, result),
        }
        self.advance(now);
        self.log_change_of_state(now);
        std::mem::take(&mut self.out)
    }

    /// When to call [`Session::handle`] with [`Event::Tick`], if nothing happens before.
    pub fn next_deadline(&self) -> Option<Mono> {
        let mut first: Option<Mono> = None;
        let mut consider = |at: Option<Mono>| {
            if let Some(at) = at {
                first = Some(first.map_or(at, |other| other.min(at)));
            }
        };
        consider(self.intake_due());
        consider(self.journaling.due());
        consider(self.os_ending.map(|departure| departure.due()));
        consider(self.leaving);
        match &self.phase {
            Phase::Waiting(Some(extension)) if !extension.overdue => {
                consider(Some(extension.since + EXTENSION_PATIENCE));
            }
            Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {}
            Phase::Live(live) => {
                consider(self.beat_due(live));
                consider(self.live_due(live));
            }
            Phase::Ending(ending) => {
                consider(ending.due().filter(|_| !ending.live.unverified));
                if self.beats_while(ending) {
                    consider(self.beat_due(&ending.live));
                }
            }
        }
        first
    }

    /// Does whatever is due.
    fn advance(&mut self, now: Now) {
        self.advance_departure(now);
        self.advance_intake(now);
        self.advance_journal(now);
        self.advance_live(now);
        self.advance_ending(now);
        self.advance_extension(now);
    }

    fn woke(&mut self, now: Now) {
        match &mut self.phase {
            Phase::Live(live) => live.cadence.beat_again(now),
            Phase::Ending(ending) => {
                ending.live.cadence.beat_again(now);
                ending.send_again(now);
            }
            Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {}
        }
        self.intake.hurry(now);
    }

    fn advance_extension(&mut self, now: Now) {
        let Phase::Waiting(Some(extension)) = &mut self.phase else { return };
        if extension.overdue || now.mono < extension.since + EXTENSION_PATIENCE {
            return;
        }
        extension.overdue = true;
        self.log(
            Level::Warn,
            Code::Attention,
            format!(
                "more time was asked for {EXTENSION_PATIENCE:?} ago and no new task token has come: \
                 the workflow may not loop on outcome \"extend\"; still listening"
            ),
        );
    }

    fn next_call(&mut self) -> CallId {
        self.next_call += 1;
        CallId(self.next_call)
    }

    fn log(&mut self, level: Level, code: Code, text: impl Into<String>) {
        self.out.push(Command::Log(LogLine { level, code, text: text.into() }));
    }

    fn notify(&mut self, notification: Notification) {
        self.out.push(Command::Notify(notification));
    }

    /// Remembers `failure` as the last error shown in the status.
    fn remember_error(&mut self, what: &str, failure: &Failure) {
        self.last_error = Some(format!("{what}: {failure}"));
    }
}
