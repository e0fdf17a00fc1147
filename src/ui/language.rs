//! The language that this process speaks to its user.

use jiff::Timestamp;

use crate::session::words::catalog::Catalog;
use crate::session::words::text::{Said, Text, said};
use crate::ui::times::local_time;

/// `said` in words; without an instant in it.
pub(crate) fn spoken(said: Said) -> String {
    spoken_at(&said, &|at| at.to_string())
}

/// `text` in words, its instants as local times.
pub(crate) fn told(text: &Text, now: Timestamp) -> String {
    match text.said() {
        Some(said) => spoken_at(said, &|at| local_time(at, now)),
        None => text.to_string(),
    }
}

fn spoken_at(said: &Said, time: &dyn Fn(Timestamp) -> String) -> String {
    Catalog::english().say(said, time)
}

/// Two sentences, one after the other.
pub(crate) fn joined(first: &str, second: &str) -> String {
    spoken(said!("joined", first = first, second = second))
}
