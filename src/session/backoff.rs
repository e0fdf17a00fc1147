//! How long to wait after a failure, the same everywhere: a first wait, doubled at each further
//! failure up to a longest one, give or take a share, so that many desktops do not call in step.

use std::time::Duration;

/// One part's waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BackOff {
    /// The wait after the first failure.
    pub(crate) first: Duration,
    /// No wait is longer, but for the jitter.
    pub(crate) longest: Duration,
    /// How much a wait may differ, as a share of it.
    pub(crate) jitter: f64,
}

impl BackOff {
    /// The wait after a failure that follows `earlier` others.
    pub(crate) fn wait(self, earlier: u32, rng: &mut fastrand::Rng) -> Duration {
        jittered(self.plain(earlier), self.jitter, rng)
    }

    /// The same without jitter.
    pub(crate) fn plain(self, earlier: u32) -> Duration {
        self.first.saturating_mul(1 << earlier.min(16)).min(self.longest)
    }
}

/// `duration`, more or less by up to `share` of it.
pub(crate) fn jittered(duration: Duration, share: f64, rng: &mut fastrand::Rng) -> Duration {
    duration.mul_f64(1.0 + share * (2.0 * rng.f64() - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_differ_by_their_share() {
        let seconds = Duration::from_secs;
        let rule = BackOff { first: seconds(1), longest: seconds(30), jitter: 0.2 };
        let plain: Vec<_> = (0..7).map(|n| rule.plain(n).as_secs()).collect();
        assert_eq!(plain, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(rule.plain(u32::MAX), seconds(30));
        let mut rng = fastrand::Rng::with_seed(7);
        for _ in 0..200 {
            let wait = rule.wait(5, &mut rng).as_secs_f64();
            assert!((24.0..=36.0).contains(&wait), "{wait}");
        }
    }
}
