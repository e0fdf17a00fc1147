//! Writes the journal on a thread of its own, so that a hanging disk does not stop the beats.
//! Only the newest record matters: records that wait are replaced by a newer one.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::{Store, StoreError};
use crate::session::Record;

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

impl JournalWriter {
    /// Starts the thread. It calls `done` with a revision and its outcome (an error as a sentence);
    /// a revision that was replaced before it was written is not reported, the newer one is.
    pub fn spawn(
        store: Store,
        done: impl Fn(u64, Result<(), String>) + Send + 'static,
    ) -> Result<JournalWriter, StoreError> {
        let desk = Arc::new(Mailbox::default());
        let stopped = Stopped(desk.clone());
        let thread = thread::Builder::new()
            .name("journal".into())
            .spawn(move || stopped.0.run(&store, &done))
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
    fn run(&self, store: &Store, done: &impl Fn(u64, Result<(), String>)) {
        while let Some((revision, record)) = self.next() {
            let result = store.save(&record).map_err(|error| error.to_string());
            done(revision, result);
            self.state().writing = false;
            self.changed.notify_all();
        }
    }

    /// The next record to write; `None` once the writer is closed and nothing waits.
    fn next(&self) -> Option<(u64, Record)> {
        let mut state = self.state();
        loop {
            if let Some(next) = state.queued.take() {
                state.writing = true;
                return Some(next);
            }
            if state.closed {
                return None;
            }
            state = self.wait(state);
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
