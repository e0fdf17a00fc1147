//! The system's clock: monotonic time that counts sleep and hibernation, and the time of day.

use std::time::Duration;

use jiff::Timestamp;

use crate::session::interface::time::{Mono, Now};

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

/// tokio's timers stand still while the machine sleeps, so a long wait is taken in naps no longer
/// than this; the first nap that ends after the machine woke sees how late it is.
pub const LONGEST_NAP: Duration = Duration::from_secs(5);

pub(super) fn now() -> Now {
    Now { mono: Mono::at(platform::with_sleep()), wall: Timestamp::now() }
}

/// Reading the two clocks one after the other differs by microseconds; a sleep is longer than this.
const SHORTEST_SLEEP: Duration = Duration::from_secs(1);

fn slept() -> Duration {
    platform::with_sleep().saturating_sub(platform::without_sleep())
}

/// To the next full [`LONGEST_NAP`] of the clock: all who wait for long wake at once, so that the
/// processor does seldom.
fn nap() -> Duration {
    let whole = LONGEST_NAP.as_secs();
    let now = platform::without_sleep();
    let since = Duration::new(now.as_secs() % whole, now.subsec_nanos());
    LONGEST_NAP - since
}

/// So much sooner than asked for a pause may end, so that one of a whole nap ends with the next one.
const EARLIER: Duration = Duration::from_secs(1);

/// When a pause of `duration` that begins `now` ends, on the clock without sleep: with a nap.
fn end_of_pause(now: Duration, duration: Duration) -> Duration {
    let whole = LONGEST_NAP.as_secs();
    let least = (now + duration).saturating_sub(EARLIER);
    let naps = least.as_secs() / whole + 1;
    Duration::from_secs(naps * whole)
}

pub(super) async fn pause(duration: Duration) {
    let end = end_of_pause(platform::without_sleep(), duration);
    loop {
        let left = end.saturating_sub(platform::without_sleep());
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(nap())).await;
    }
}

pub(super) async fn woken() {
    let before = slept();
    while slept().saturating_sub(before) < SHORTEST_SLEEP {
        tokio::time::sleep(nap()).await;
    }
}

pub(super) async fn sleep_until(deadline: Mono) {
    loop {
        let left = Mono::at(platform::with_sleep()).until(deadline);
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(nap())).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_with_a_nap_and_hardly_sooner_than_asked() {
        let millis = Duration::from_millis;
        for (now, duration, end) in [
            // Begun with a nap, as all but the first are: one in five seconds, not in ten.
            (10_001, 5_000, 15_000),
            (12_000, 5_000, 20_000),
            (10_900, 5_000, 15_000),
            (11_100, 5_000, 20_000),
            (10_001, 60_000, 70_000),
        ] {
            assert_eq!(end_of_pause(millis(now), millis(duration)), millis(end), "{now}");
        }
    }
}
