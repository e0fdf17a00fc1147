//! The system's clock: monotonic time that counts sleep and hibernation, and the time of day.

use std::time::Duration;

use jiff::Timestamp;

use crate::session::time::{Mono, Now};

/// tokio's timers stand still while the machine sleeps, so a long wait is taken in naps no longer
/// than this; the first nap that ends after the machine woke sees how late it is.
pub const LONGEST_NAP: Duration = Duration::from_secs(5);

pub(super) fn now() -> Now {
    Now { mono: monotonic(), wall: Timestamp::now() }
}

pub(super) async fn sleep_until(deadline: Mono) {
    loop {
        let left = monotonic().until(deadline);
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(LONGEST_NAP)).await;
    }
}

#[cfg(target_os = "linux")]
fn monotonic() -> Mono {
    // CLOCK_BOOTTIME, unlike CLOCK_MONOTONIC, goes on while the machine is suspended (clock_gettime(2)).
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Mono::at(Duration::new(seconds, nanos))
}

#[cfg(not(target_os = "linux"))]
fn monotonic() -> Mono {
    use std::sync::OnceLock;
    use std::time::Instant;
    // QueryPerformanceCounter goes on while the machine sleeps (Microsoft, "Acquiring high-resolution time stamps").
    static START: OnceLock<Instant> = OnceLock::new();
    Mono::at(START.get_or_init(Instant::now).elapsed())
}
