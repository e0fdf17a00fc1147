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

/// Waits that need not be exact end together, when the clock shows a multiple of this.
pub const LONGEST_NAP: Duration = Duration::from_secs(5);

pub(super) fn now() -> Now {
    Now { mono: Mono::at(platform::with_sleep()), wall: Timestamp::now() }
}

/// Reading the two clocks one after the other differs by microseconds; a sleep is longer than this.
const SHORTEST_SLEEP: Duration = Duration::from_secs(1);

fn slept() -> Duration {
    platform::with_sleep().saturating_sub(platform::without_sleep())
}

/// Waits for `left`, on tokio's clock, which stands still while the machine sleeps; at most to the next
/// full [`LONGEST_NAP`]: whoever waits for long looks how late it is then, all at once, so that the
/// processor wakes up seldom.
async fn nap(left: Duration) {
    let whole = LONGEST_NAP.as_secs();
    let now = platform::without_sleep();
    let since = Duration::new(now.as_secs() % whole, now.subsec_nanos());
    tokio::time::sleep(left.min(LONGEST_NAP - since)).await;
}

/// A wait as short as this is tokio's.
const SHORT: Duration = Duration::from_secs(1);

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
    while platform::without_sleep() < end {
        platform::wait_without_sleep(end).await;
    }
}

pub(super) async fn woken() {
    let before = slept();
    platform::woken(|| slept().saturating_sub(before) >= SHORTEST_SLEEP).await;
}

pub(super) async fn sleep_until(deadline: Mono) {
    loop {
        let now = platform::with_sleep();
        let left = Mono::at(now).until(deadline);
        match left {
            Duration::ZERO => return,
            _ if left <= SHORT => tokio::time::sleep(left).await,
            _ => platform::wait_with_sleep(now.saturating_add(left)).await,
        }
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
