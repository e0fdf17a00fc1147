//! Time as the core sees it: an argument, never a clock.
//! Neighbours: `clock` (outside the core) makes these values. Nothing here reads the system's time.

use std::ops::{Add, Sub};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A point on the monotonic clock, counted from an arbitrary start.
///
/// It goes on during sleep and hibernation, so a heartbeat window that ran out while the machine
/// slept is seen as run out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mono(Duration);

impl Mono {
    /// The point `since_start` after the clock's start.
    pub const fn at(since_start: Duration) -> Self {
        Self(since_start)
    }

    /// The time since the clock's start.
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// The time from `self` until `later`; zero when `later` has passed.
    pub fn until(self, later: Mono) -> Duration {
        later.0.saturating_sub(self.0)
    }
}

impl Add<Duration> for Mono {
    type Output = Mono;
    fn add(self, by: Duration) -> Mono {
        Mono(self.0.saturating_add(by))
    }
}

impl Sub<Duration> for Mono {
    type Output = Mono;
    fn sub(self, by: Duration) -> Mono {
        Mono(self.0.saturating_sub(by))
    }
}

/// The present moment on both clocks.
///
/// Windows and back-offs are counted on `mono`; what people read, and what outlives a restart, is
/// `wall`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The monotonic clock.
    pub mono: Mono,
    /// The time of day, UTC. It may jump.
    pub wall: Timestamp,
}

impl Now {
    /// The wall time at `mono`, as far as can be told now.
    pub fn wall_at(self, mono: Mono) -> Timestamp {
        if mono >= self.mono {
            later(self.wall, self.mono.until(mono))
        } else {
            earlier(self.wall, mono.until(self.mono))
        }
    }

    /// The monotonic point at `wall`, as far as can be told now; a past beyond the clock's start
    /// is its start.
    pub fn mono_at(self, wall: Timestamp) -> Mono {
        match Duration::try_from(wall.duration_since(self.wall)) {
            Ok(ahead) => self.mono + ahead,
            Err(_) => self.mono - between(wall, self.wall),
        }
    }
}

/// A limit in words, for the log and for administrators: `5 s`, `0.9 s`.
pub fn in_seconds(limit: Duration) -> String {
    format!("{} s", (limit.as_secs_f64() * 10.0).round() / 10.0)
}

/// `at` plus `by`, stopping at the last representable time.
pub fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// `at` minus `by`, stopping at the first representable time.
pub fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// The time from `from` to `to`; zero when `to` is before `from`.
pub fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or(Duration::ZERO)
}

/// `at`, which was reckoned from a time of day, where that has to be corrected by `correction`.
pub fn corrected(at: Mono, correction: SignedDuration) -> Mono {
    let size = correction.unsigned_abs();
    if correction.is_negative() { at + size } else { at - size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_in_seconds() {
        for (millis, told) in [(5000, "5 s"), (900, "0.9 s"), (1234, "1.2 s"), (60_000, "60 s")] {
            assert_eq!(in_seconds(Duration::from_millis(millis)), told);
        }
    }
}
