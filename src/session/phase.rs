//! Where the session stands, with the data that this needs, and the ways from one phase to another.
//! A change takes the phase and returns the next one; what has to be told or written, `Session` does.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::session::close::{ClosePlan, Ending};
use crate::session::contract::record::{Awaiting, Record, SessionRecord};
use crate::session::interface::command::Level;
use crate::session::interface::event::Revision;
use crate::session::interface::outbox::Outbox;
use crate::session::interface::request::AskId;
use crate::session::interface::settings::{AfterEnd, Settings};
use crate::session::interface::time::{Mono, Now, in_seconds};
use crate::session::live::{Greeting, Live, Standing};
use crate::session::words::codes::Code;

/// After this long without a new token, "more time" counts as not granted.
const EXTENSION_PATIENCE: Duration = Duration::from_secs(60);

/// Where the session stands.
#[derive(Debug)]
pub(super) enum Phase {
    /// No token.
    Waiting(Option<Box<Extension>>),
    /// A token is kept alive.
    Live(Box<Live>),
    /// The end was decided.
    Ending(Box<Ending>),
    /// The service accepted the end.
    Closed(Box<Closed>),
    /// The service had ended it.
    EndedElsewhere(Box<Live>),
}

/// More time was asked for; the workflow is to send a new token.
#[derive(Debug)]
pub(super) struct Extension {
    pub(super) before: Live,
    pub(super) since: Mono,
    pub(super) overdue: bool,
}

/// A session that we closed.
#[derive(Debug)]
pub(super) struct Closed {
    pub(super) live: Live,
    pub(super) plan: ClosePlan,
    pub(super) attempts: u32,
    pub(super) accepted_at: Timestamp,
    pub(super) request_id: Option<String>,
    pub(super) after: AfterEnd,
    pub(super) after_problem: Option<String>,
}

impl Default for Phase {
    fn default() -> Self {
        Phase::Waiting(None)
    }
}

impl Phase {
    /// Where the journal says that the last run stopped.
    pub(super) fn resumed(
        now: Now,
        settings: &Settings,
        mut saved: SessionRecord,
        awaiting: Option<Awaiting>,
    ) -> Self {
        let closing = saved.closing.take();
        let live = Live::resume(now, settings, saved);
        match (closing, awaiting) {
            (Some(closing), _) => {
                Phase::Ending(Box::new(Ending::resumed(now, live, ClosePlan::from(closing))))
            }
            // More time was asked for and granted: that token is over.
            (None, Some(Awaiting { since, .. })) => Phase::Waiting(Some(Box::new(Extension {
                before: live,
                since: now.mono_at(since).min(now.mono),
                overdue: false,
            }))),
            (None, None) => Phase::Live(Box::new(live)),
        }
    }

    /// What the journal keeps of it.
    pub(super) fn record(&self, now: Now) -> Record {
        let (session, awaiting_extension) = match self {
            Phase::Live(live) => (Some(live.record(now)), None),
            Phase::Ending(ending) => {
                let mut record = ending.live.record(now);
                record.closing = Some(ending.plan.record());
                (Some(record), None)
            }
            Phase::Waiting(Some(extension)) => {
                let session_id = extension.before.session_id.clone();
                let awaiting = Awaiting { session_id, since: now.wall_at(extension.since) };
                (Some(extension.before.record(now)), Some(awaiting))
            }
            Phase::Waiting(None) | Phase::Closed(_) | Phase::EndedElsewhere(_) => (None, None),
        };
        Record { session, awaiting_extension, ..Record::default() }
    }

    /// The session whose token is being kept alive, closing or not.
    pub(super) fn living(&self) -> Option<&Live> {
        match self {
            Phase::Live(live) => Some(live),
            Phase::Ending(ending) => Some(&ending.live),
            Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => None,
        }
    }

    /// The same, to be changed.
    pub(super) fn living_mut(&mut self) -> Option<&mut Live> {
        match self {
            Phase::Live(live) => Some(live),
            Phase::Ending(ending) => Some(&mut ending.live),
            Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => None,
        }
    }

    /// The time of day by which its ends were reckoned has to be corrected.
    pub(super) fn correct_clock(&mut self, now: Now, by: SignedDuration) {
        match self {
            Phase::Waiting(Some(extension)) => extension.before.correct_clock(now, by),
            Phase::Live(live) => live.correct_clock(now, by),
            Phase::Ending(ending) => ending.live.correct_clock(now, by),
            Phase::Waiting(None) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {}
        }
    }

    /// The close that is under way.
    pub(super) fn ending_mut(&mut self) -> Option<&mut Ending> {
        match self {
            Phase::Ending(ending) => Some(ending),
            Phase::Waiting(_) | Phase::Live(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {
                None
            }
        }
    }

    /// The session that people are shown.
    pub(super) fn shown(&self) -> Option<&Live> {
        match self {
            Phase::Waiting(None) => None,
            Phase::Waiting(Some(extension)) => Some(&extension.before),
            Phase::Live(live) | Phase::EndedElsewhere(live) => Some(live),
            Phase::Ending(ending) => Some(&ending.live),
            Phase::Closed(closed) => Some(&closed.live),
        }
    }

    /// More time was asked for, and its token has not come.
    pub(super) fn awaits_extension(&self) -> bool {
        matches!(self, Phase::Waiting(Some(_)))
    }

    /// When more time counts as not granted.
    pub(super) fn extension_due(&self) -> Option<Mono> {
        match self {
            Phase::Waiting(Some(extension)) if !extension.overdue => {
                Some(extension.since + EXTENSION_PATIENCE)
            }
            Phase::Waiting(_)
            | Phase::Live(_)
            | Phase::Ending(_)
            | Phase::Closed(_)
            | Phase::EndedElsewhere(_) => None,
        }
    }

    /// It counts as not granted from now on.
    pub(super) fn extension_is_overdue(&mut self, out: &mut Outbox) {
        let Phase::Waiting(Some(extension)) = self else { return };
        extension.overdue = true;
        let waited = in_seconds(EXTENSION_PATIENCE);
        let text = format!(
            "more time was asked for {waited} ago and no new task token has come: the \
             workflow may not loop on outcome \"extend\"; still listening"
        );
        out.log(Level::Warn, Code::Attention, text);
    }

    /// The living session's end is decided.
    pub(super) fn end_decided(
        self,
        now: Now,
        plan: ClosePlan,
        after: AfterEnd,
        asks: Vec<AskId>,
        intent: Revision,
    ) -> Phase {
        match self {
            Phase::Live(live) => {
                Phase::Ending(Box::new(Ending::new(now, *live, plan, after, asks, intent)))
            }
            Phase::Waiting(_) | Phase::Ending(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {
                self
            }
        }
    }

    /// The service accepted the close.
    pub(super) fn closed(self, now: Now, request_id: Option<String>) -> Phase {
        match self {
            Phase::Ending(ending) => {
                let Ending { live, plan, after, attempts, .. } = *ending;
                Phase::Closed(Box::new(Closed {
                    live,
                    plan,
                    attempts: attempts.count(),
                    accepted_at: now.wall,
                    request_id,
                    after,
                    after_problem: None,
                }))
            }
            Phase::Waiting(_) | Phase::Live(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {
                self
            }
        }
    }

    /// The workflow was told that more time is wanted.
    pub(super) fn more_time_asked(self, now: Now) -> Phase {
        match self {
            Phase::Ending(ending) => {
                let before = ending.live;
                let extension = Extension { before, since: now.mono, overdue: false };
                Phase::Waiting(Some(Box::new(extension)))
            }
            Phase::Waiting(_) | Phase::Live(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {
                self
            }
        }
    }

    /// The service ended the session without us.
    pub(super) fn ended_elsewhere(self) -> Phase {
        match self {
            Phase::Live(live) => Phase::EndedElsewhere(live),
            Phase::Ending(ending) => Phase::EndedElsewhere(Box::new(ending.live)),
            Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => self,
        }
    }

    /// The end was called off before anything was sent: the session goes on.
    pub(super) fn called_off(self, now: Now) -> Phase {
        match self {
            Phase::Ending(ending) => {
                let mut live = ending.live;
                live.cadence.hurry(now);
                Phase::Live(Box::new(live))
            }
            Phase::Waiting(_) | Phase::Live(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {
                self
            }
        }
    }

    /// True if the session that was here goes on with `new`.
    pub(super) fn goes_on_as(&self, new: &Live) -> bool {
        match self {
            // What comes after the wish for more time is its answer, unless it says otherwise.
            Phase::Waiting(Some(extension)) => extension.before.may_go_on_as(new),
            Phase::EndedElsewhere(gone) => gone.goes_on_as(new),
            Phase::Waiting(None) | Phase::Live(_) | Phase::Ending(_) | Phase::Closed(_) => false,
        }
    }

    /// A session begins with `live`, where none is alive; it goes on from the one before if it is
    /// the same.
    pub(super) fn started(self, live: Live) -> Phase {
        let goes_on = self.goes_on_as(&live);
        let before = match self {
            Phase::Waiting(Some(extension)) if goes_on => Some(extension.before),
            Phase::EndedElsewhere(gone) if goes_on => Some(*gone),
            Phase::Waiting(_)
            | Phase::Live(_)
            | Phase::Ending(_)
            | Phase::Closed(_)
            | Phase::EndedElsewhere(_) => None,
        };
        Phase::Live(Box::new(match before {
            Some(before) => before.replaced_by(live).greeting_with(Greeting::Extended),
            None => live,
        }))
    }

    /// The living session goes on with the token of `new`. If its decided end went with the old
    /// token, those who waited for that are to be told.
    pub(super) fn replaced(self, now: Now, new: Live, intent: Revision) -> (Phase, Vec<AskId>) {
        match self {
            Phase::Live(live) => (Phase::Live(Box::new(live.replaced_by(new))), Vec::new()),
            Phase::Ending(mut ending) => {
                let new = ending.live.replaced_by(new);
                let greeting = if ending.is_extension_told() {
                    // The wish got through, although its answer did not: this is the reply.
                    Some(Greeting::Extended)
                } else if ending.is_only_for_time() {
                    // It was the old token's time that was up.
                    Some(Greeting::Extended)
                } else if ending.live.may_be_over() && ending.asks.is_empty() {
                    // A former run decided to end it, and nobody here: the workflow has tried anew.
                    Some(Greeting::Started)
                } else {
                    None
                };
                match greeting {
                    Some(greeting) => {
                        (Phase::Live(Box::new(new.greeting_with(greeting))), ending.asks)
                    }
                    None => {
                        ending.go_on_with(now, new, intent);
                        (Phase::Ending(ending), Vec::new())
                    }
                }
            }
            Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => (self, Vec::new()),
        }
    }
}

impl Live {
    fn greeting_with(self, greeting: Greeting) -> Live {
        Live { standing: Standing::New(Some(greeting)), ..self }
    }
}
