//! When the journal is written, and what has to wait for it.
//! A token's message is deleted, and the machine let go, only after the record is durable.

use std::collections::VecDeque;
use std::time::Duration;

use crate::session::close::attempt::{ClosePlan, Ending};
use crate::session::contract::record::{Awaiting, Record};
use crate::session::interface::event::Revision;
use crate::session::interface::time::{Mono, Now};
use crate::session::interface::token::Fingerprint;
use crate::session::live::Live;
use crate::session::words::codes::Code;
use crate::session::{AfterEnd, Command, Extension, Level, Phase, Receipt, Session};

/// How many finished tokens are remembered. A queue keeps a duplicate for its retention at most,
/// and a machine sees a handful of sessions in that time.
const MAX_FINISHED: usize = 32;
/// How many messages may wait for one record; more are simply left in the queue.
const MAX_WAITING: usize = 32;
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// How long the after-end action waits for a record that is being written: the service has been
/// told, and a healthy disk takes milliseconds.
const AFTER_END_GRACE: Duration = Duration::from_secs(2);

/// The journal's state, as the core knows it.
#[derive(Debug, Default)]
pub(super) struct Journaling {
    /// The instance that wrote the loaded record, until it was compared.
    pub(super) instance_id: Option<String>,
    pub(super) finished: VecDeque<Fingerprint>,
    revision: Revision,
    durable: Revision,
    failing: Option<Failing>,
    waiting: Vec<(Revision, Then)>,
    /// A disk that hangs holds the after-end action up no longer than this.
    after_end_by: Option<Mono>,
}

#[derive(Debug)]
struct Failing {
    attempts: u32,
    retry_at: Option<Mono>,
}

/// What waits for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Only a durable record lets a message go.
    Delete(Receipt),
    /// The after-end action, durable or not: the service has been told.
    AfterEnd(AfterEnd),
    /// The operating system, durable or not: it will not wait.
    LetOsProceed,
}

impl Journaling {
    /// The newest record is safe.
    pub(super) fn is_durable(&self) -> bool {
        self.durable >= self.revision
    }

    pub(super) fn revision(&self) -> Revision {
        self.revision
    }

    pub(super) fn retry_at(&self) -> Option<Mono> {
        self.failing.as_ref().and_then(|failing| failing.retry_at)
    }

    /// When the journal has something to do by itself.
    pub(super) fn due(&self) -> Option<Mono> {
        self.retry_at().into_iter().chain(self.after_end_by).min()
    }

    /// Remembers a token that is over.
    pub(super) fn finish(&mut self, fingerprint: Fingerprint) {
        if self.finished.contains(&fingerprint) {
            return;
        }
        while self.finished.len() >= MAX_FINISHED {
            self.finished.pop_front();
        }
        self.finished.push_back(fingerprint);
    }
}

impl Session {
    /// Goes on where the journal says that the last run stopped.
    pub(super) fn resume(&mut self, now: Now, record: Record) {
        self.journaling.instance_id = record.instance_id;
        self.journaling.finished = record.finished.into();
        let Some(mut saved) = record.session else {
            return;
        };
        let closing = saved.closing.take();
        let live = Live::resume(now, &self.settings, saved);
        let text = format!(
            "resuming session {} ({}) from the journal, with a beat at once",
            live.session_id.as_deref().unwrap_or("without id"),
            live.fingerprint
        );
        self.log(Level::Info, Code::Resumed, text);
        self.phase = match (closing, record.awaiting_extension) {
            (Some(closing), _) => {
                // Whoever is here after the restart did not ask for a shutdown.
                let after = AfterEnd::None;
                Phase::Ending(Box::new(Ending::resume(now, live, ClosePlan::from(closing), after)))
            }
            // More time was asked for and granted: that token is over.
            (None, Some(Awaiting { since, .. })) => Phase::Waiting(Some(Box::new(Extension {
                before: live,
                since: now.mono_at(since).min(now.mono),
                overdue: false,
            }))),
            (None, None) => Phase::Live(Box::new(live)),
        };
    }

    fn record(&self, now: Now) -> Record {
        let (session, awaiting) = match &self.phase {
            Phase::Live(live) => (Some(live.record(now)), None),
            Phase::Ending(ending) => {
                let mut record = ending.live.record(now);
                record.closing = Some(ending.plan.record());
                (Some(record), None)
            }
            Phase::Waiting(Some(extension)) => {
                let awaiting = Awaiting {
                    session_id: extension.before.session_id.clone(),
                    since: now.wall_at(extension.since),
                };
                (Some(extension.before.record(now)), Some(awaiting))
            }
            Phase::Waiting(None) | Phase::Closed(_) | Phase::EndedElsewhere(_) => (None, None),
        };
        Record {
            instance_id: self
                .machine
                .instance_id
                .clone()
                .or_else(|| self.journaling.instance_id.clone()),
            session,
            finished: self.journaling.finished.iter().cloned().collect(),
            awaiting_extension: awaiting,
        }
    }

    /// Writes the present state to the journal.
    pub(super) fn save(&mut self, now: Now) -> Revision {
        self.journaling.revision += 1;
        if let Some(live) = self.living_mut() {
            live.counts_saved = now.mono;
        }
        let revision = self.journaling.revision;
        self.out.push(Command::Save(revision, Box::new(self.record(now))));
        revision
    }

    /// Does `then` once the newest record is durable: at once, if it is.
    pub(super) fn when_durable(&mut self, now: Now, then: Then) {
        // No write is under way that could still tell.
        let hopeless = self.journaling.retry_at().is_some();
        let is_delete = matches!(then, Then::Delete(_));
        if self.journaling.is_durable() || (hopeless && !is_delete) {
            self.carry_out(now, then);
            return;
        }
        if is_delete && self.journaling.waiting.len() >= MAX_WAITING {
            return;
        }
        if matches!(then, Then::AfterEnd(_)) {
            self.journaling.after_end_by = Some(now.mono + AFTER_END_GRACE);
        }
        let revision = self.journaling.revision;
        self.journaling.waiting.push((revision, then));
    }

    pub(super) fn journal_saved(&mut self, now: Now, revision: Revision) {
        self.journaling.durable = self.journaling.durable.max(revision);
        if self.journaling.failing.take().is_some() {
            self.log(
                Level::Info,
                Code::JournalOver,
                "the journal can be written again; the session would survive a restart",
            );
        }
        self.carry_out_waiting(now, |then_revision, _| then_revision <= revision);
        self.tell_ending(now, revision);
    }

    pub(super) fn journal_failed(&mut self, now: Now, revision: Revision, error: String) {
        if revision <= self.journaling.durable {
            return;
        }
        let attempts = self.journaling.failing.as_ref().map_or(0, |failing| failing.attempts) + 1;
        let wait = FIRST_RETRY.saturating_mul(1 << (attempts - 1).min(5)).min(LONGEST_RETRY);
        self.journaling.failing = Some(Failing { attempts, retry_at: Some(now.mono + wait) });
        if attempts.is_power_of_two() {
            self.log(
                Level::Error,
                Code::Journal,
                format!(
                    "the journal cannot be written: {error}; the session goes on, its message \
                     stays in the queue; free the disk or mend the folder's rights"
                ),
            );
        }
        self.last_error = Some(format!("journal: {error}"));
        self.keep_messages_hidden();
        // Only a durable record lets a message go; the rest must not wait for a broken disk.
        self.carry_out_waiting(now, |_, then| !matches!(then, Then::Delete(_)));
        self.tell_ending(now, revision);
    }

    pub(super) fn advance_journal(&mut self, now: Now) {
        if self.journaling.after_end_by.is_some_and(|at| at <= now.mono) {
            self.journaling.after_end_by = None;
            self.carry_out_waiting(now, |_, then| matches!(then, Then::AfterEnd(_)));
        }
        if self.journaling.retry_at().is_some_and(|at| at <= now.mono) {
            if let Some(failing) = &mut self.journaling.failing {
                failing.retry_at = None;
            }
            self.save(now);
        }
    }

    fn carry_out_waiting(&mut self, now: Now, which: impl Fn(Revision, Then) -> bool) {
        let (go, stay) =
            self.journaling.waiting.drain(..).partition(|(revision, then)| which(*revision, *then));
        self.journaling.waiting = stay;
        let go: Vec<(Revision, Then)> = go;
        for (_, then) in go {
            self.carry_out(now, then);
        }
    }

    fn carry_out(&mut self, now: Now, then: Then) {
        match then {
            Then::Delete(receipt) => self.out.push(Command::Delete(receipt)),
            // A system that goes by itself needs no second shutdown.
            Then::AfterEnd(_) if self.os_ending.is_some() => {}
            Then::AfterEnd(action) => self.out.push(Command::AfterEnd(action)),
            Then::LetOsProceed => self.let_os_proceed(now),
        }
    }

    /// While the record is not durable, the messages that wait for it should not come back at each
    /// visibility timeout and use up their receives; but after a crash they must come back in time.
    fn keep_messages_hidden(&mut self) {
        let Some(window) = self.living_mut().map(|live| live.cadence.window()) else { return };
        let hidden = (window / 3).clamp(Duration::from_secs(1), Duration::from_secs(60));
        let receipts: Vec<Receipt> = self
            .journaling
            .waiting
            .iter()
            .filter_map(|(_, then)| match then {
                Then::Delete(receipt) => Some(*receipt),
                Then::AfterEnd(_) | Then::LetOsProceed => None,
            })
            .collect();
        for receipt in receipts {
            self.out.push(Command::Release(receipt, hidden));
        }
    }

    fn tell_ending(&mut self, now: Now, revision: Revision) {
        if let Phase::Ending(ending) = &mut self.phase {
            ending.journaled(revision, now);
        }
    }
}
