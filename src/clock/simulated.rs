//! The simulated clock: time that moves only when nobody is busy.
//!
//! Sleepers wait in order; once nothing has been busy for a number of turns of the runtime, the
//! driver moves the time to the first sleeper's deadline.

use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::session::interface::time::{Mono, Now, later};

/// Turns of the runtime without anything busy after which all work is taken as done. A turn also
/// polls the sockets; the longest chain of tasks between two calls is far shorter than this.
const CALM_TURNS: u32 = 64;
/// With a pace, the steps in which time moves, in real time.
const STEP: Duration = Duration::from_millis(25);

#[derive(Clone)]
pub(super) struct Shared(Arc<SimulatedClock>);

struct SimulatedClock {
    start: Timestamp,
    state: Mutex<Sleepers>,
    changed: Notify,
}

#[derive(Default)]
struct Sleepers {
    now: Duration,
    busy: i64,
    sleepers: BTreeMap<(Duration, u64), Waker>,
    next_id: u64,
}

/// Moves a simulated clock; run it beside the work.
#[derive(Debug)]
pub struct Driver {
    shared: Shared,
    pace: Option<f64>,
}

/// Counts as busy (or, negative, takes a busy caller off the count) until dropped.
pub(super) struct Guard(Shared, i64);

pub(super) fn new(start: Timestamp, pace: Option<f64>) -> (Shared, Driver) {
    let shared = Shared(Arc::new(SimulatedClock {
        start,
        state: Mutex::new(Sleepers::default()),
        changed: Notify::new(),
    }));
    (shared.clone(), Driver { shared, pace })
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, Sleepers> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Now {
        let since = self.state().now;
        Now { mono: Mono::at(since), wall: later(self.0.start, since) }
    }

    pub(super) fn count(&self, by: i64) -> Guard {
        self.state().busy += by;
        self.0.changed.notify_one();
        Guard(self.clone(), by)
    }

    pub(super) async fn sleep_until(&self, deadline: Mono) {
        let due = deadline.since_start();
        let mut place = SleepEntry { shared: self, key: None };
        poll_fn(|cx| {
            let mut state = self.state();
            if state.now >= due {
                return Poll::Ready(());
            }
            let key = place.key.unwrap_or_else(|| {
                state.next_id += 1;
                (due, state.next_id)
            });
            state.sleepers.insert(key, cx.waker().clone());
            if place.key.replace(key).is_none() {
                self.0.changed.notify_one();
            }
            Poll::Pending
        })
        .await;
    }
}

/// A sleeper's place in the order; given up when the sleep is dropped.
struct SleepEntry<'a> {
    shared: &'a Shared,
    key: Option<(Duration, u64)>,
}

impl Drop for SleepEntry<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.shared.state().sleepers.remove(&key);
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.state().busy -= self.1;
        self.0.0.changed.notify_one();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Simulated({:?})", self.state().now)
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Guard({})", self.1)
    }
}

impl Driver {
    /// Moves the clock for ever; end it by dropping the future.
    pub async fn run(self) {
        loop {
            self.settle().await;
            match self.pace {
                None => {
                    self.step(Duration::MAX);
                    if self.shared.state().sleepers.is_empty() {
                        self.shared.0.changed.notified().await;
                    }
                }
                Some(pace) => {
                    let before = Instant::now();
                    tokio::time::sleep(STEP).await;
                    // Only as far as the pace allows, even if the machine was away for long.
                    let real = before.elapsed().min(STEP * 2);
                    self.pass(real.mul_f64(pace)).await;
                }
            }
        }
    }

    /// Lets `span` pass, from one deadline to the next, with all work done in between.
    async fn pass(&self, span: Duration) {
        let end = self.shared.state().now.saturating_add(span);
        loop {
            let left = end.saturating_sub(self.shared.state().now);
            if left.is_zero() {
                return;
            }
            self.step(left);
            self.settle().await;
        }
    }

    fn is_calm(&self) -> bool {
        self.shared.state().busy == 0
    }

    /// Returns once nothing has been busy for [`CALM_TURNS`].
    async fn settle(&self) {
        let mut calm = 0;
        while calm < CALM_TURNS {
            tokio::task::yield_now().await;
            if self.is_calm() {
                calm += 1;
            } else {
                calm = 0;
                self.shared.0.changed.notified().await;
            }
        }
    }

    /// Moves to the first deadline, but by `most` at the most, and wakes who is due.
    fn step(&self, most: Duration) {
        let mut state = self.shared.state();
        let limit = state.now.saturating_add(most);
        let to = match state.sleepers.first_key_value() {
            Some(((due, _), _)) => (*due).min(limit),
            // Nobody waits: with a pace the time of day goes on all the same.
            None if most == Duration::MAX => return,
            None => limit,
        };
        state.now = state.now.max(to);
        let now = state.now;
        while let Some(entry) = state.sleepers.first_entry() {
            if entry.key().0 > now {
                break;
            }
            entry.remove().wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Clock;
    use super::*;

    fn run<T>(work: impl AsyncFnOnce(Clock) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let local = tokio::task::LocalSet::new();
        local.block_on(&runtime, async {
            let (clock, driver) = Clock::simulated(Timestamp::UNIX_EPOCH, None);
            tokio::task::spawn_local(driver.run());
            work(clock).await
        })
    }

    #[test]
    fn a_day_passes_at_once_and_in_order() {
        let order = run(async |clock| {
            let order = Arc::new(Mutex::new(vec![]));
            let tasks: Vec<_> = [3u64, 1, 2]
                .into_iter()
                .map(|hours| {
                    let (clock, order) = (clock.clone(), order.clone());
                    tokio::task::spawn_local(async move {
                        clock.sleep(Duration::from_secs(hours * 3600)).await;
                        order.lock().unwrap().push((hours, clock.now().mono.since_start()));
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            order.lock().unwrap().clone()
        });
        let hour = Duration::from_secs(3600);
        assert_eq!(order, [(1, hour), (2, hour * 2), (3, hour * 3)]);
    }

    #[test]
    fn time_stands_still_while_somebody_is_busy_and_moves_while_the_server_keeps_them_waiting() {
        run(async |clock| {
            let (tx, rx) = tokio::sync::oneshot::channel::<()>();
            let worker = clock.clone();
            let call = tokio::task::spawn_local(async move {
                worker.call(Duration::from_secs(5), async { rx.await.is_ok() }).await
            });
            for _ in 0..1000 {
                tokio::task::yield_now().await;
            }
            assert_eq!(clock.now().mono, Mono::default(), "a real call took no simulated time");
            tx.send(()).unwrap();
            assert_eq!(call.await.unwrap(), Ok(true));

            let server = clock.clone();
            let answer = clock
                .call(Duration::from_secs(5), async { server.park(Duration::from_secs(60)).await })
                .await;
            assert_eq!(answer, Err(Elapsed(Duration::from_secs(5))));
            assert_eq!(clock.now().mono.since_start(), Duration::from_secs(5));
        });
    }

    use super::super::Elapsed;
}
