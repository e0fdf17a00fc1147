//! Since when nobody is there, as far as a session is concerned.

use std::time::Duration;

use crate::session::State;
use crate::session::time::Mono;

/// Knows how long the present session has lived: whoever was away before it began had nothing to be
/// here for.
#[derive(Debug, Default)]
pub(super) struct Presence {
    begun: Option<Mono>,
}

impl Presence {
    /// How much of `away`, the time without a sign of the user, counts: none without a session, and
    /// no more than the session has lived. Called at each look.
    pub(super) fn counts(&mut self, state: State, now: Mono, away: Duration) -> Duration {
        match state {
            State::Active | State::AtRisk | State::Ending => {
                let begun = *self.begun.get_or_insert(now);
                away.min(begun.until(now))
            }
            State::Waiting | State::Closed | State::EndedElsewhere | State::NeedsAttention => {
                self.begun = None;
                Duration::ZERO
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Mono {
        Mono::at(Duration::from_secs(seconds))
    }

    #[test]
    fn being_away_counts_from_the_sessions_begin() {
        let mut presence = Presence::default();
        let hour = Duration::from_secs(3600);
        assert_eq!(presence.counts(State::Waiting, at(4000), hour), Duration::ZERO);
        assert_eq!(presence.counts(State::Active, at(4005), hour), Duration::ZERO);
        assert_eq!(presence.counts(State::AtRisk, at(4065), hour), Duration::from_secs(60));
        let ten = Duration::from_secs(10);
        assert_eq!(presence.counts(State::Active, at(5000), ten), ten, "somebody came meanwhile");
    }

    #[test]
    fn the_next_session_begins_anew() {
        let mut presence = Presence::default();
        let hour = Duration::from_secs(3600);
        presence.counts(State::Active, at(0), hour);
        assert_eq!(presence.counts(State::Active, at(3600), hour), hour);
        assert_eq!(presence.counts(State::Closed, at(3605), hour), Duration::ZERO);
        assert_eq!(presence.counts(State::Active, at(3700), hour), Duration::ZERO);
        assert_eq!(presence.counts(State::Active, at(3705), hour), Duration::from_secs(5));
    }
}
