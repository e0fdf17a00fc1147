//! Accepts connections, a bounded number at a time, and keeps them from disturbing each other.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time;

use super::connection::{self, Connection};
use super::platform::Listener;
use super::protocol::{Response, Why};
use super::seats::{Connected, MOST_ASKS, MOST_WATCHES, Seats};
use crate::agent::link::{AgentGone, Link};
use crate::clock::Clock;

/// More connections at a time than people and scripts need.
pub(super) const MOST_CONNECTIONS: usize = 32;
/// After an accept that failed (no file descriptors left, for example).
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(500);

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
