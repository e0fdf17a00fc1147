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
