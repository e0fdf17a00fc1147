//! Linux's clocks, and its timers, which wake nobody before their end: tokio's stand still while the
//! machine sleeps, and look at the time several times on their way to a late end. Where the kernel lends
//! none, naps do. Sources: clock_gettime(2), timerfd_create(2).

use std::io;
use std::time::Duration;

use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime,
    timerfd_create, timerfd_settime,
};

use super::nap;
use crate::os::Readable;

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

/// Waits until `end` on the clock that counts sleep. May return sooner.
pub async fn wait_with_sleep(end: Duration) {
    let timer = timer(TimerfdClockId::Boottime, TimerfdTimerFlags::ABSTIME, end);
    wait_for(timer, end.saturating_sub(with_sleep())).await;
}

/// Waits until `end` on the clock that does not. May return sooner.
pub async fn wait_without_sleep(end: Duration) {
    let timer = timer(TimerfdClockId::Monotonic, TimerfdTimerFlags::ABSTIME, end);
    wait_for(timer, end.saturating_sub(without_sleep())).await;
}

/// Waits for the machine's return from sleep, as `has_slept` tells it.
pub async fn woken(has_slept: impl Fn() -> bool) {
    // To the kernel a return from sleep sets the time of day; so may others.
    let set = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
    loop {
        // Before the look: what comes between the two ends this wait.
        let timer = timer(TimerfdClockId::Realtime, set, Duration::MAX);
        if has_slept() {
            return;
        }
        wait_for(timer, Duration::MAX).await;
    }
}

/// The kernel's timer; without one a nap, of `left` at the most.
async fn wait_for(timer: io::Result<Readable>, left: Duration) {
    match timer {
        Ok(timer) => timer.wait().await,
        Err(_) => nap(left).await,
    }
}

fn timer(clock: TimerfdClockId, flags: TimerfdTimerFlags, end: Duration) -> io::Result<Readable> {
    let timer = timerfd_create(clock, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
    let never = Timespec { tv_sec: 0, tv_nsec: 0 };
    let end = Timespec {
        tv_sec: i64::try_from(end.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: end.subsec_nanos().into(),
    };
    timerfd_settime(&timer, flags, &Itimerspec { it_interval: never, it_value: end })?;
    Readable::new(timer)
}
