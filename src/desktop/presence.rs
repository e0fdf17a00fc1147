//! Since when nobody is there, as far as a session is concerned.

use std::time::Duration;

use jiff::Timestamp;

use crate::session::interface::time::Mono;
use crate::session::{State, View};

/// Knows how long the present session has lived: whoever was away before it began had nothing to be
/// here for.
#[derive(Debug, Default)]
pub(super) struct Presence {
    /// When the workflow began the session, which tells sessions apart, and since when we know it.
    session: Option<(Timestamp, Mono)>,
}

impl Presence {
    /// How much of `away`, the time without a sign of the user, counts: none without a session, and
    /// no more than the session has lived. Called at each look.
    pub(super) fn counts(&mut self, view: &View, now: Mono, away: Duration) -> Duration {
        // There exactly while a token is kept alive, confirmed or not.
        let lives = view.window_remaining_seconds.is_some() && view.state != State::Ending;
        let Some(started_at) = view.started_at.filter(|_| lives) else {
            self.session = None;
            return Duration::ZERO;
        };
        let begun = match self.session {
            Some((same, begun)) if same == started_at => begun,
            _ => now,
        };
        self.session = Some((started_at, begun));
        away.min(begun.until(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(seconds: u64) -> Mono {
        Mono::at(Duration::from_secs(seconds))
    }

    /// The session that began then, in this state.
    fn session(hour: u8, state: State) -> View {
        View {
            state,
            started_at: Some(format!("2026-11-24T{hour:02}:00:00Z").parse().unwrap()),
            window_remaining_seconds: Some(60),
            ..View::without_session("".into())
        }
    }

    #[test]
    fn being_away_counts_from_the_sessions_begin() {
        let mut presence = Presence::default();
        let nothing = View::without_session("".into());
        assert_eq!(presence.counts(&nothing, at(4000), HOUR), Duration::ZERO);
        let active = session(9, State::Active);
        assert_eq!(presence.counts(&active, at(4005), HOUR), Duration::ZERO);
        assert_eq!(presence.counts(&active, at(4065), HOUR), Duration::from_secs(60));
        let ten = Duration::from_secs(10);
        assert_eq!(presence.counts(&active, at(5000), ten), ten, "somebody came meanwhile");
    }

    #[test]
    fn another_token_of_the_session_changes_nothing() {
        let mut presence = Presence::default();
        presence.counts(&session(9, State::Active), at(0), HOUR);
        let unconfirmed = session(9, State::Waiting);
        assert_eq!(presence.counts(&unconfirmed, at(3600), HOUR), HOUR);
        assert_eq!(presence.counts(&session(9, State::AtRisk), at(3605), HOUR), HOUR);
    }

    #[test]
    fn the_next_session_begins_anew_even_if_no_look_saw_a_pause() {
        let mut presence = Presence::default();
        presence.counts(&session(9, State::Active), at(0), HOUR);
        assert_eq!(presence.counts(&session(9, State::Active), at(3600), HOUR), HOUR);
        assert_eq!(presence.counts(&session(10, State::Active), at(3605), HOUR), Duration::ZERO);
        assert_eq!(presence.counts(&session(10, State::Ending), at(3610), HOUR), Duration::ZERO);
    }
}
