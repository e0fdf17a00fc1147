//! When the journal is written, and what has to wait for it.
//! A token's message is deleted, and the machine let go, only after the record is durable.
//! What is in a record, `contract::record` and the phase know.

use std::collections::VecDeque;
use std::time::Duration;

use crate::session::backoff::BackOff;
use crate::session::interface::command::{Command, Level};
use crate::session::interface::event::{Receipt, Revision};
use crate::session::interface::notification::Notification;
use crate::session::interface::outbox::Outbox;
use crate::session::interface::settings::AfterEnd;
use crate::session::interface::time::{Mono, Now};
use crate::session::interface::token::Fingerprint;
use crate::session::words::codes::Code;

/// How many finished tokens are remembered. A queue keeps a duplicate for its retention at most,
/// and a machine sees a handful of sessions in that time.
const MAX_FINISHED: usize = 32;
/// How many messages may wait for one record; more are simply left in the queue.
const MAX_WAITING: usize = 32;
const RETRY: BackOff =
    BackOff { first: Duration::from_secs(2), longest: Duration::from_secs(60), jitter: 0.0 };
/// How long the after-end action waits for a record that is being written: the service has been
/// told, and a healthy disk takes milliseconds.
const AFTER_END_GRACE: Duration = Duration::from_secs(2);

/// The journal's state, as the core knows it.
#[derive(Debug, Default)]
pub(super) struct Journaling {
    /// The instance that wrote the loaded record, until it was compared.
    instance_id: Option<String>,
    finished: VecDeque<Fingerprint>,
    revision: Revision,
    durable: Revision,
    failing: Option<FailedWrites>,
    waiting: Vec<(Revision, Then)>,
    /// A disk that hangs holds the after-end action up no longer than this.
    after_end_by: Option<Mono>,
}

#[derive(Debug)]
struct FailedWrites {
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
    /// What a former run left, but for the session itself.
    pub(super) fn new(instance_id: Option<String>, finished: Vec<Fingerprint>) -> Self {
        Self { instance_id, finished: finished.into(), ..Self::default() }
    }

    /// The instance that wrote it, until it was compared.
    pub(super) fn writer(&self) -> Option<&str> {
        self.instance_id.as_deref()
    }

    /// The same, to be compared now.
    pub(super) fn take_writer(&mut self) -> Option<String> {
        self.instance_id.take()
    }

    pub(super) fn finished(&self) -> Vec<Fingerprint> {
        self.finished.iter().cloned().collect()
    }

    pub(super) fn is_finished(&self, token: &Fingerprint) -> bool {
        self.finished.contains(token)
    }

    /// Remembers a token that is over.
    pub(super) fn finish(&mut self, token: Fingerprint) {
        if self.is_finished(&token) {
            return;
        }
        while self.finished.len() >= MAX_FINISHED {
            self.finished.pop_front();
        }
        self.finished.push_back(token);
    }

    pub(super) fn forget_finished(&mut self) {
        self.finished.clear();
    }

    /// The revision of the newest record.
    pub(super) fn revision(&self) -> Revision {
        self.revision
    }

    /// The number of a record that is written now.
    pub(super) fn next_revision(&mut self) -> Revision {
        self.revision += 1;
        self.revision
    }

    fn is_durable(&self) -> bool {
        self.durable >= self.revision
    }

    pub(super) fn retry_at(&self) -> Option<Mono> {
        self.failing.as_ref().and_then(|failing| failing.retry_at)
    }

    pub(super) fn after_end_by(&self) -> Option<Mono> {
        self.after_end_by
    }

    /// `then`, if it is to be done now; else it waits until the newest record is durable.
    pub(super) fn when_durable(&mut self, now: Now, then: Then) -> Option<Then> {
        // No write is under way that could still tell.
        let hopeless = self.retry_at().is_some();
        let is_delete = matches!(then, Then::Delete(_));
        if self.is_durable() || (hopeless && !is_delete) {
            return Some(then);
        }
        if is_delete && self.waiting.len() >= MAX_WAITING {
            return None;
        }
        if matches!(then, Then::AfterEnd(_)) {
            self.after_end_by = Some(now.mono + AFTER_END_GRACE);
        }
        self.waiting.push((self.revision, then));
        None
    }

    /// Every record up to `revision` is durable: what may be done now.
    pub(super) fn saved(&mut self, revision: Revision, out: &mut Outbox) -> Vec<Then> {
        self.durable = self.durable.max(revision);
        if self.failing.take().is_some() {
            out.log(
                Level::Info,
                Code::JournalOver,
                "the journal can be written again; the session would survive a restart",
            );
        }
        self.take_waiting(|then_revision, _| then_revision <= revision)
    }

    /// A record could not be written: what must not wait for a broken disk. `window` is the
    /// heartbeat window of the living session, if there is one.
    pub(super) fn failed(
        &mut self,
        now: Now,
        revision: Revision,
        error: &str,
        window: Option<Duration>,
        out: &mut Outbox,
    ) -> Vec<Then> {
        // A newer one is durable. The newest itself fails when somebody removed it.
        if revision < self.durable {
            return Vec::new();
        }
        let earlier = self.failing.as_ref().map_or(0, |failing| failing.attempts);
        let retry_at = Some(now.mono + RETRY.plain(earlier));
        let attempts = earlier + 1;
        self.failing = Some(FailedWrites { attempts, retry_at });
        if attempts == 1 && window.is_some() {
            let text = "Your session goes on, but this computer cannot keep it on its disk: if it or \
                        Deskbeat restarts, the session may end. Please tell your administrator.";
            out.notify(Notification::Unhealthy(text.into()));
        }
        if attempts.is_power_of_two() {
            out.log(
                Level::Error,
                Code::Journal,
                format!(
                    "the journal cannot be written: {error}; the session goes on, its message \
                     stays in the queue; free the disk or mend the folder's rights"
                ),
            );
        }
        out.remember("journal", error);
        if let Some(window) = window {
            self.keep_messages_hidden(window, out);
        }
        // Only a durable record lets a message go.
        self.take_waiting(|_, then| !matches!(then, Then::Delete(_)))
    }

    /// The present state is to be written again.
    pub(super) fn retry(&mut self) {
        if let Some(failing) = &mut self.failing {
            failing.retry_at = None;
        }
    }

    /// The after-end action has waited long enough.
    pub(super) fn end_grace(&mut self) -> Vec<Then> {
        self.after_end_by = None;
        self.take_waiting(|_, then| matches!(then, Then::AfterEnd(_)))
    }

    fn take_waiting(&mut self, which: impl Fn(Revision, Then) -> bool) -> Vec<Then> {
        let (go, stay): (Vec<_>, Vec<_>) =
            self.waiting.drain(..).partition(|(revision, then)| which(*revision, *then));
        self.waiting = stay;
        go.into_iter().map(|(_, then)| then).collect()
    }

    /// While the record is not durable, the messages that wait for it should not come back at each
    /// visibility timeout and use up their receives; but after a crash they must come back in time.
    fn keep_messages_hidden(&self, window: Duration, out: &mut Outbox) {
        let hidden = (window / 3).clamp(Duration::from_secs(1), Duration::from_secs(60));
        for (_, then) in &self.waiting {
            match then {
                Then::Delete(receipt) => out.push(Command::Release(*receipt, hidden)),
                Then::AfterEnd(_) | Then::LetOsProceed => {}
            }
        }
    }
}
