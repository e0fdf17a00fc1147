//! What a connection takes up: its place among the others, and a seat while it does what takes long.

use std::cell::{Cell, RefCell};

use tokio::sync::{Notify, Semaphore};

use super::protocol::Response;

/// Those that only watch, and those that wait for what they asked: there is always a place for a call
/// that is answered at once, and among the others for one that acts.
pub(super) const MOST_WATCHES: usize = 18;
pub(super) const MOST_ASKS: usize = 12;

/// How many may do what takes long.
#[derive(Debug)]
pub(super) struct Seats {
    pub(super) watches: Semaphore,
    pub(super) asks: Semaphore,
}

/// A connection's place: whether its next call is awaited, and how to ask it to leave then.
#[derive(Debug, Default)]
pub(super) struct Connected {
    /// The turn at which the connection fell silent; `None` while a call is answered.
    pub(super) silent_since: Cell<Option<u64>>,
    leave: RefCell<Option<Response>>,
    told: Notify,
}

impl Connected {
    pub(super) fn falls_silent(&self, turn: u64) {
        self.silent_since.set(Some(turn));
    }

    pub(super) fn speaks(&self) {
        self.silent_since.set(None);
    }

    pub(super) fn send_away(&self, last_word: Response) {
        self.leave.replace(Some(last_word));
        self.told.notify_one();
    }

    /// Returns the last word to say when the connection is to leave.
    pub(super) async fn sent_away(&self) -> Response {
        loop {
            if let Some(last_word) = self.leave.take() {
                return last_word;
            }
            self.told.notified().await;
        }
    }
}
