//! The service's clock: what its answers say the time is. Time left is judged by it, never by this
//! computer's own clock, which may be wrong from the start or jump while the session lives.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::session::interface::time::{Mono, Now, later};

/// The `Date` of an answer is in whole seconds, so it is half a second behind on average.
const MEAN_CUT: Duration = Duration::from_millis(500);
/// What two answers may differ by although no clock moved: the cut, and the answer's way.
const FINE: SignedDuration = SignedDuration::from_secs(2);

/// The service's time, carried on by the monotonic clock, which no one sets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ServiceClock(Option<(Mono, Timestamp)>);

impl ServiceClock {
    /// An answer that has just come says `date`. By how much the time it was taken to be has to be
    /// corrected, if that is more than two answers may differ by.
    pub(super) fn heard(&mut self, now: Now, date: Timestamp) -> Option<SignedDuration> {
        let date = later(date, MEAN_CUT);
        let correction = date.duration_since(self.judge(now).wall);
        let is_first = self.0.is_none();
        if is_first || correction.abs() > FINE {
            self.0 = Some((now.mono, date));
        }
        (correction.abs() > FINE).then_some(correction)
    }

    /// The present moment with the service's time of day; with this computer's, until one is heard.
    pub(super) fn judge(self, now: Now) -> Now {
        match self.0 {
            Some((mono, at)) => Now { mono: now.mono, wall: later(at, mono.until(now.mono)) },
            None => now,
        }
    }

    /// By how many seconds this computer's clock is ahead (or behind, if negative); `None` until the
    /// service was heard.
    pub(super) fn offset_seconds(self, now: Now) -> Option<i64> {
        self.0?;
        let ahead = now.wall.duration_since(self.judge(now).wall);
        // Less cannot be told from the cut of the `Date`.
        let rounded = (ahead.as_millis() + 500).div_euclid(1000);
        Some(if ahead.abs() > FINE { i64::try_from(rounded).ok()? } else { 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64, wall: i64) -> Now {
        let wall = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(wall);
        Now { mono: Mono::at(Duration::from_secs(seconds)), wall }
    }

    #[test]
    fn a_date_that_was_wrong_holds_until_the_next_answer() {
        let mut clock = ServiceClock::default();
        let date = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        assert_eq!(clock.offset_seconds(at(0, 10_000)), None);
        let half = SignedDuration::from_millis(500);
        let wrong = clock.heard(at(0, 10_000), date(13_600));
        assert_eq!(wrong, Some(SignedDuration::from_secs(3600) + half));
        assert_eq!(clock.offset_seconds(at(0, 10_000)), Some(-3600));
        let right = clock.heard(at(60, 10_060), date(10_060));
        assert_eq!(right, Some(-SignedDuration::from_secs(3600)));
        assert_eq!(clock.judge(at(120, 0)).wall, date(10_120) + half);
        // What two answers may differ by moves nothing.
        assert_eq!(clock.heard(at(180, 10_180), date(10_181)), None);
        assert_eq!(clock.offset_seconds(at(180, 10_180)), Some(0));
        assert_eq!(clock.offset_seconds(at(180, 10_185)), Some(5));
        assert_eq!(clock.judge(at(180, 0)).wall, date(10_180) + half);
    }
}
