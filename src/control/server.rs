//! Accepts connections, a bounded number at a time, and keeps them from disturbing each other.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time;

use super::connection::{self, Connection};
use super::platform::Listener;
use super::protocol::{Response, Why};
use crate::agent::link::{AgentGone, Link};
use crate::clock::Clock;

/// More connections at a time than people and scripts need.
pub(super) const MOST_CONNECTIONS: usize = 32;
/// Those that only watch, and those that wait for what they asked: there is always a place for a call
/// that is answered at once, and among the others for one that acts.
pub(super) const MOST_WATCHES: usize = 18;
pub(super) const MOST_ASKS: usize = 12;
/// After an accept that failed (no file descriptors left, for example).
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(500);

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
    silent_since: Cell<Option<u64>>,
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

    fn send_away(&self, last_word: Response) {
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

/// Answers everybody who connects until the agent has stopped, and then sends the last replies.
/// Runs its connections with `spawn_local`, so it needs a `LocalSet` (or a local runtime) around it.
///
/// When all places are taken, the connection that has said nothing for longest makes room.
pub async fn serve(mut listener: Listener, link: Link, clock: Clock) {
    let turns = Rc::new(Cell::new(0));
    let seats =
        Rc::new(Seats { watches: Semaphore::new(MOST_WATCHES), asks: Semaphore::new(MOST_ASKS) });
    let mut tasks = JoinSet::new();
    let mut places: Vec<Rc<Connected>> = Vec::new();
    let mut changes = link.clone();
    let stopped = async move { while changes.changed().await.is_ok() {} };
    tokio::pin!(stopped);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(stream) => stream,
                Err(error) => {
                    tracing::warn!("the control socket did not accept a connection: {error}");
                    time::sleep(PAUSE_AFTER_ERROR).await;
                    continue;
                }
            },
            Some(_) = tasks.join_next() => continue,
            () = &mut stopped => break,
        };
        // A connection that ended has let go of its place.
        places.retain(|place| Rc::strong_count(place) > 1);
        // Those who were sent away and do not go are not waited for, nor is there one more of them.
        if tasks.len() >= 2 * MOST_CONNECTIONS {
            continue;
        }
        if places.len() >= MOST_CONNECTIONS && !make_room(&mut places) {
            let sentence = format!("{MOST_CONNECTIONS} connections are in use; try again later");
            tasks.spawn_local(connection::refuse(stream, Response::error(Why::Busy, sentence)));
            continue;
        }
        let place = Rc::new(Connected::default());
        places.push(place.clone());
        let connection = Connection::new(
            stream,
            link.clone(),
            clock.clone(),
            place,
            turns.clone(),
            seats.clone(),
        );
        tasks.spawn_local(connection.run());
    }
    for place in places {
        place.send_away(Response::error(Why::Stopped, AgentGone.to_string()));
    }
    while tasks.join_next().await.is_some() {}
}

/// Sends away the connection that has been silent for longest.
fn make_room(places: &mut Vec<Rc<Connected>>) -> bool {
    let silent = places
        .iter()
        .enumerate()
        .filter_map(|(index, place)| Some((place.silent_since.get()?, index)))
        .min();
    let Some((_, index)) = silent else { return false };
    let sentence = "no call came, and others need the place";
    places.swap_remove(index).send_away(Response::error(Why::Silent, sentence));
    true
}
