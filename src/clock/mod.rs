//! The clock that every ring outside the core reads and waits on.
//!
//! Two kinds: the system's, and a simulated one on which a day passes as fast as the work allows.
//! The simulated clock only moves when nobody is busy, so a slow machine cannot make a test fail:
//! time stands still while a call is under way. Real calls hold a [`Busy`] guard; a server that
//! deliberately keeps a caller waiting sleeps with [`Clock::park`].

use std::future::Future;
use std::time::Duration;

use crate::session::interface::time::{Mono, Now, in_seconds};

#[cfg(feature = "sandbox")]
mod simulated;
mod system;

#[cfg(feature = "sandbox")]
pub use simulated::Driver;

/// A clock; clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(ClockKind);

/// How far a simulated computer's time of day is off.
#[cfg(feature = "sandbox")]
type Offset = jiff::SignedDuration;

#[derive(Clone, Debug)]
enum ClockKind {
    System,
    #[cfg(feature = "sandbox")]
    Simulated(simulated::Shared, Offset),
}

/// The time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer within {}", in_seconds(*.0))]
pub struct Elapsed(pub Duration);

/// Held while real work is under way; a simulated clock stands still until it is dropped.
#[derive(Debug)]
pub struct Busy {
    #[cfg(feature = "sandbox")]
    _guard: Option<simulated::Guard>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(ClockKind::System)
    }

    /// A simulated clock that starts at `start` and runs `pace` times as fast as real time at the
    /// most, or as fast as the work allows. The driver must run on the same single-threaded runtime.
    #[cfg(feature = "sandbox")]
    pub fn simulated(start: jiff::Timestamp, pace: Option<f64>) -> (Self, Driver) {
        let (shared, driver) = simulated::new(start, pace);
        (Self(ClockKind::Simulated(shared, Offset::ZERO)), driver)
    }

    /// The same clock on a computer whose time of day is wrong by so much; negative: it is behind.
    #[cfg(feature = "sandbox")]
    pub fn wrong_by(&self, error: jiff::SignedDuration) -> Self {
        match &self.0 {
            ClockKind::System => Self(ClockKind::System),
            ClockKind::Simulated(shared, _) => Self(ClockKind::Simulated(shared.clone(), error)),
        }
    }

    /// The present moment.
    pub fn now(&self) -> Now {
        match &self.0 {
            ClockKind::System => system::now(),
            #[cfg(feature = "sandbox")]
            ClockKind::Simulated(shared, error) => {
                let now = shared.now();
                Now { wall: now.wall.saturating_add(*error).unwrap_or(now.wall), ..now }
            }
        }
    }

    /// Returns at the machine's next return from sleep or hibernation, on Windows within five seconds
    /// of it. A simulated machine never sleeps.
    pub async fn woken(&self) {
        match &self.0 {
            ClockKind::System => system::woken().await,
            #[cfg(feature = "sandbox")]
            ClockKind::Simulated(..) => std::future::pending().await,
        }
    }

    /// Waits until `deadline` on this clock. If the machine slept over it, that is at the machine's
    /// return, on Windows within five seconds of it.
    pub async fn sleep_until(&self, deadline: Mono) {
        match &self.0 {
            ClockKind::System => system::sleep_until(deadline).await,
            #[cfg(feature = "sandbox")]
            ClockKind::Simulated(shared, _) => shared.sleep_until(deadline).await,
        }
    }

    /// Waits for `duration` on this clock.
    pub async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now().mono + duration).await;
    }

    /// Waits for about `duration`, for looks that need not be exact: on the system's clock all such
    /// pauses of five seconds and more end together, so that the processor wakes up seldom.
    pub async fn pause(&self, duration: Duration) {
        match &self.0 {
            ClockKind::System if duration >= system::LONGEST_NAP => system::pause(duration).await,
            ClockKind::System => self.sleep(duration).await,
            #[cfg(feature = "sandbox")]
            ClockKind::Simulated(..) => self.sleep(duration).await,
        }
    }

    /// Runs `work` as a real call: the clock stands still meanwhile, and `limit` on this clock is
    /// its deadline.
    pub async fn call<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, Elapsed> {
        let _busy = self.busy();
        let deadline = self.sleep(limit);
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = deadline => Err(Elapsed(limit)),
        }
    }

    /// Says that real work is under way until the guard is dropped.
    pub fn busy(&self) -> Busy {
        Busy {
            #[cfg(feature = "sandbox")]
            _guard: match &self.0 {
                ClockKind::System => None,
                ClockKind::Simulated(shared, _) => Some(shared.count(1)),
            },
        }
    }

    /// Sleeps on behalf of a caller who is busy waiting for us: the clock may move meanwhile.
    #[cfg(feature = "sandbox")]
    pub async fn park(&self, duration: Duration) {
        self.park_while(self.sleep(duration)).await;
    }

    /// Waits for `wait` on behalf of a caller who is busy waiting for us: the clock may move
    /// meanwhile.
    #[cfg(feature = "sandbox")]
    pub async fn park_while<T>(&self, wait: impl Future<Output = T>) -> T {
        let _parked = match &self.0 {
            ClockKind::System => None,
            ClockKind::Simulated(shared, _) => Some(shared.count(-1)),
        };
        wait.await
    }
}
