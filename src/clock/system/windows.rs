//! Windows' two monotonic clocks, waited on in naps. Source: Microsoft, "Interrupt Time".

use std::time::Duration;

use windows_sys::Win32::System::WindowsProgramming::{
    QueryInterruptTime, QueryUnbiasedInterruptTime,
};

use super::nap;

/// Interrupt time goes on while the machine sleeps.
pub fn with_sleep() -> Duration {
    let mut ticks = 0;
    // SAFETY: the pointer is to a live u64 that the call fills.
    unsafe { QueryInterruptTime(&mut ticks) };
    of_ticks(ticks)
}

/// Unbiased interrupt time does not.
pub fn without_sleep() -> Duration {
    let mut ticks = 0;
    // SAFETY: the pointer is to a live u64 that the call fills.
    unsafe { QueryUnbiasedInterruptTime(&mut ticks) };
    of_ticks(ticks)
}

/// Waits until `end` on the clock that counts sleep. May return sooner.
pub async fn wait_with_sleep(end: Duration) {
    nap(end.saturating_sub(with_sleep())).await;
}

/// Waits until `end` on the clock that does not. May return sooner.
pub async fn wait_without_sleep(end: Duration) {
    nap(end.saturating_sub(without_sleep())).await;
}

/// Waits for the machine's return from sleep, as `has_slept` tells it.
pub async fn woken(has_slept: impl Fn() -> bool) {
    while !has_slept() {
        nap(Duration::MAX).await;
    }
}

/// Interrupt time counts in units of 100 ns.
fn of_ticks(ticks: u64) -> Duration {
    Duration::from_nanos(ticks.saturating_mul(100))
}
