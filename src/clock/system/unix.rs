//! Linux's two monotonic clocks (clock_gettime(2)).

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// CLOCK_BOOTTIME goes on while the machine is suspended.
pub fn with_sleep() -> Duration {
    read(ClockId::Boottime)
}

/// CLOCK_MONOTONIC does not.
pub fn without_sleep() -> Duration {
    read(ClockId::Monotonic)
}

fn read(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanos)
}
