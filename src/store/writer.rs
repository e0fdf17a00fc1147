//! Writes the journal on a thread of its own, so that a hanging disk does not stop the beats.
//! Only the newest record matters: records that wait are replaced by a newer one.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{Store, StoreError};
use crate::session::Record;

/// How often it is looked whether the journal is still there.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// The writing end of the journal. Dropping it waits until everything queued is written (or has
/// failed); if the disk may hang, [`JournalWriter::abandon`] it instead.
pub struct JournalWriter {
    desk: Arc<Mailbox>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Mailbox {
    state: Mutex<WriterState>,
    changed: Condvar,
}

#[derive(Default)]
struct WriterState {
    queued: Option<(u64, Record)>,
    writing: bool,
    closed: bool,
    /// The thread is gone.
    stopped: bool,
}

/// What the thread does next.
enum Next {
    Save(u64, Box<Record>),
    /// Whether what was written last is still there.
    Look,
    /// Closed, and nothing waits.
    Closed,
}

impl JournalWriter {
    /// Starts the thread. It calls `done` with a revision and its outcome (an error is a sentence);
    /// a revision that was replaced before it was written is not reported, the newer one is. A journal
    /// that somebody removes is written again, and its revision reported again.
    pub fn spawn(
        store: Store,
        done: impl Fn(u64, Result<(), StoreError>) + Send + 'static,
    ) -> Result<JournalWriter, StoreError> {
        Self::spawn_looking(store, LOOK_EVERY, done)
    }

    pub(super) fn spawn_looking(
        store: Store,
        look_every: Duration,
        done: impl Fn(u64, Result<(), StoreError>) + Send + 'static,
    ) -> Result<JournalWriter, StoreError> {
        let desk = Arc::new(Mailbox::default());
        let stopped = Stopped(desk.clone());
        let thread = thread::Builder::new()
            .name("journal".into())
            .spawn(move || stopped.0.run(&store, look_every, &done))
            .map_err(StoreError::NoThread)?;
        Ok(JournalWriter { desk, thread: Some(thread) })
    }

    /// Queues `record`, in place of one that waits, and returns at once.
    pub fn save(&self, revision: u64, record: Record) {
        self.desk.state().queued = Some((revision, record));
        self.desk.changed.notify_all();
    }

    /// Waits until everything queued is written, or has failed, and was reported.
    pub fn flush(&self) {
        let mut state = self.desk.state();
        while !state.stopped && (state.writing || state.queued.is_some()) {
            state = self.desk.wait(state);
        }
    }

    /// Lets go of the thread without waiting for it.
    pub fn abandon(mut self) {
        self.thread = None;
    }
}

impl Drop for JournalWriter {
    fn drop(&mut self) {
        self.desk.state().closed = true;
        self.desk.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic in `done` was reported by the panic hook already.
            let _panicked = thread.join();
        }
    }
}

impl fmt::Debug for JournalWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalWriter").finish_non_exhaustive()
    }
}

impl Mailbox {
    fn run(
        &self,
        store: &Store,
        look_every: Duration,
        done: &impl Fn(u64, Result<(), StoreError>),
    ) {
        let mut last: Option<(u64, Record)> = None;
        loop {
            let (revision, record) = match self.next(look_every) {
                Next::Save(revision, record) => (revision, *record),
                Next::Look if store.is_there() => continue,
                // Somebody removed it: a crash now would cost the session.
                Next::Look => match last.take() {
                    Some(lost) => lost,
                    None => continue,
                },
                Next::Closed => return,
            };
            let result = store.save(&record);
            last = result.is_ok().then_some((revision, record));
            done(revision, result);
            self.state().writing = false;
            self.changed.notify_all();
        }
    }

    /// What to do next.
    fn next(&self, look_every: Duration) -> Next {
        let mut state = self.state();
        loop {
            if let Some((revision, record)) = state.queued.take() {
                state.writing = true;
                return Next::Save(revision, Box::new(record));
            }
            if state.closed {
                return Next::Closed;
            }
            let waited = self.changed.wait_timeout(state, look_every);
            let (woken, waited) = waited.unwrap_or_else(PoisonError::into_inner);
            if waited.timed_out() && woken.queued.is_none() && !woken.closed {
                return Next::Look;
            }
            state = woken;
        }
    }

    // The state is whole after each statement, so a panic elsewhere does not spoil it.
    fn state(&self) -> MutexGuard<'_, WriterState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, WriterState>) -> MutexGuard<'a, WriterState> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that the thread is gone, even if `done` panicked.
struct Stopped(Arc<Mailbox>);

impl Drop for Stopped {
    fn drop(&mut self) {
        self.0.state().stopped = true;
        self.0.changed.notify_all();
    }
}
