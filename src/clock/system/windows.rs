//! Windows' two monotonic clocks. Source: Microsoft, "Interrupt Time".

use std::time::Duration;

use windows_sys::Win32::System::WindowsProgramming::{
    QueryInterruptTime, QueryUnbiasedInterruptTime,
};

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

/// Interrupt time counts in units of 100 ns.
fn of_ticks(ticks: u64) -> Duration {
    Duration::from_nanos(ticks.saturating_mul(100))
}
