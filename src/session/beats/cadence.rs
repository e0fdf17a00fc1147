//! When to beat: the interval, the heartbeat window, and the back-off inside it.
//! Knows nothing of tokens or states; `beats` asks it when a beat is due and tells it what came back.

use std::time::Duration;

use jiff::Timestamp;

use crate::session::backoff::jittered;
use crate::session::interface::event::CallId;
use crate::session::interface::failure::Failure;
use crate::session::interface::time::{Mono, Now};

/// The first wait after a failed beat; doubled at each further failure.
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// No retry comes sooner than this, however little is left of the window.
const SHORTEST_RETRY: Duration = Duration::from_millis(200);
/// This many further tries should fit into what is left of the window.
const TRIES_IN_THE_REST: u32 = 4;
/// A beat that takes longer than this has failed, however wide the window is.
const LONGEST_CALL: Duration = Duration::from_secs(10);

/// The rhythm of one token's beats.
#[derive(Clone, Debug)]
pub(crate) struct Cadence {
    window: Duration,
    interval: Duration,
    /// When the service gives up: a window after the last accepted beat was sent.
    window_end: Mono,
    next: Mono,
    in_flight: Option<InFlight>,
    failing: Option<FailedBeats>,
    /// The user was told that the session is at risk.
    pub(in crate::session) risk_told: bool,
    confirmed: bool,
    pub(in crate::session) beats: u64,
    pub(in crate::session) failures: u64,
    pub(in crate::session) last_beat_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug)]
struct InFlight {
    call: CallId,
    sent: Now,
}

/// A run of failed beats.
#[derive(Clone, Debug)]
pub(crate) struct FailedBeats {
    pub(in crate::session) attempts: u32,
    pub(in crate::session) last: Failure,
}

impl Cadence {
    /// A rhythm for `window` (HeartbeatSeconds), with at most `max_interval` between beats, of
    /// whose window so much has `elapsed` already. The first beat is due at once.
    pub(crate) fn new(
        now: Now,
        window: Duration,
        max_interval: Duration,
        elapsed: Duration,
    ) -> Self {
        Self {
            window,
            interval: max_interval.min(window / 3),
            window_end: now.mono + window.saturating_sub(elapsed),
            next: now.mono,
            in_flight: None,
            failing: None,
            risk_told: false,
            confirmed: false,
            beats: 0,
            failures: 0,
            last_beat_at: None,
        }
    }

    /// How long a call may take: several must fit into the window.
    pub(crate) fn call_timeout(&self) -> Duration {
        // Design: an operation takes less than a third of the window.
        LONGEST_CALL.min(self.window.mul_f64(0.3))
    }

    /// When the next beat is due; `None` while one is under way.
    pub(crate) fn due(&self) -> Option<Mono> {
        self.in_flight.is_none().then_some(self.next)
    }

    /// True while a beat waits for its answer.
    pub(in crate::session) fn is_under_way(&self) -> bool {
        self.in_flight.is_some()
    }

    /// When the next beat is planned, for people.
    pub(in crate::session) fn next(&self) -> Mono {
        self.next
    }

    /// When the service gives up if no further beat reaches it.
    pub(in crate::session) fn window_end(&self) -> Mono {
        self.window_end
    }

    /// When half of the window is gone.
    pub(in crate::session) fn half_time(&self) -> Mono {
        self.window_end - self.window / 2
    }

    pub(crate) fn window(&self) -> Duration {
        self.window
    }

    /// True once a beat of this run was accepted and its window still runs.
    pub(in crate::session) fn is_confirmed(&self, now: Now) -> bool {
        self.confirmed && now.mono < self.window_end()
    }

    /// True once a beat of this run was accepted.
    pub(crate) fn was_confirmed(&self) -> bool {
        self.confirmed
    }

    pub(crate) fn failing(&self) -> Option<&FailedBeats> {
        self.failing.as_ref()
    }

    /// Beat as soon as possible.
    pub(in crate::session) fn hurry(&mut self, now: Now) {
        self.next = self.next.min(now.mono);
    }

    /// Beat at once, without waiting for the answer to a beat whose connection did not outlive a
    /// sleep.
    pub(in crate::session) fn beat_again(&mut self, now: Now) {
        self.in_flight = None;
        self.hurry(now);
    }

    /// A beat was sent.
    pub(crate) fn sent(&mut self, call: CallId, now: Now) {
        self.in_flight = Some(InFlight { call, sent: now });
    }

    /// Takes the answer to `call`; `None` if it is not the one under way.
    fn take(&mut self, call: CallId) -> Option<Now> {
        let flight = self.in_flight.filter(|flight| flight.call == call)?;
        self.in_flight = None;
        Some(flight.sent)
    }

    /// The beat `call` was accepted. False if it is an old one. Ends a run of failures.
    pub(crate) fn accepted(&mut self, call: CallId, rng: &mut fastrand::Rng) -> bool {
        let Some(sent) = self.take(call) else { return false };
        // The service heard us after it was sent, so counting from there is never too hopeful.
        self.window_end = sent.mono + self.window;
        self.last_beat_at = Some(sent.wall);
        self.next = sent.mono + jittered(self.interval, 0.1, rng);
        self.failing = None;
        self.confirmed = true;
        self.beats += 1;
        true
    }

    /// The beat `call` failed. False if it is an old one.
    pub(crate) fn failed(
        &mut self,
        call: CallId,
        failure: Failure,
        now: Now,
        rng: &mut fastrand::Rng,
    ) -> bool {
        if self.take(call).is_none() {
            return false;
        }
        self.failures += 1;
        let attempts = self.failing.take().map_or(0, |before| before.attempts);
        self.next = now.mono + self.back_off(attempts, now, rng);
        self.failing = Some(FailedBeats { attempts: attempts + 1, last: failure });
        true
    }

    /// New credentials are there: if the old ones were the trouble, beat at once.
    pub(crate) fn credentials_changed(&mut self, now: Now) {
        let by_credentials =
            self.failing.as_ref().is_some_and(|failing| failing.last.is_of_credentials());
        if by_credentials {
            self.hurry(now);
        }
    }

    /// The wait after the failure that followed `earlier` others.
    fn back_off(&self, earlier: u32, now: Now, rng: &mut fastrand::Rng) -> Duration {
        let doubled = FIRST_RETRY.saturating_mul(1 << earlier.min(16));
        let left = now.mono.until(self.window_end());
        let fits = if left.is_zero() { self.interval } else { left / TRIES_IN_THE_REST };
        jittered(doubled.min(self.interval).min(fits), 0.2, rng).max(SHORTEST_RETRY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::interface::failure::FailureKind;

    fn at(seconds: f64) -> Now {
        let since = Duration::from_secs_f64(seconds);
        Now {
            mono: Mono::at(since),
            wall: crate::session::interface::time::later(Timestamp::UNIX_EPOCH, since),
        }
    }

    fn failure(kind: FailureKind) -> Failure {
        Failure { kind, code: "X".into(), message: String::new(), request_id: None }
    }

    fn cadence(window: u64) -> (Cadence, fastrand::Rng) {
        let window = Duration::from_secs(window);
        let made = Cadence::new(at(0.0), window, Duration::from_secs(60), Duration::ZERO);
        (made, fastrand::Rng::with_seed(7))
    }

    #[test]
    fn the_interval_is_a_third_of_the_window_give_or_take_a_tenth() {
        let (mut cadence, mut rng) = cadence(30);
        for call in 0..200 {
            let sent = at(call as f64 * 10.0);
            cadence.sent(CallId(call), sent);
            assert!(cadence.accepted(CallId(call), &mut rng));
            let wait = sent.mono.until(cadence.due().unwrap());
            assert!((9.0..=11.0).contains(&wait.as_secs_f64()), "{wait:?}");
        }
    }

    #[test]
    fn several_tries_fit_into_every_rest_of_a_window() {
        for window in [3, 10, 60, 300, 3600] {
            let (mut cadence, mut rng) = cadence(window);
            cadence.sent(CallId(0), at(0.0));
            cadence.accepted(CallId(0), &mut rng);
            let mut time = cadence.due().unwrap();
            let mut tries = 0;
            while time < cadence.window_end() {
                tries += 1;
                let call = CallId(tries);
                let now = at(time.since_start().as_secs_f64());
                cadence.sent(call, now);
                cadence.failed(call, failure(FailureKind::Unreachable), now, &mut rng);
                time = cadence.due().unwrap();
            }
            assert!(tries >= 5, "window {window}: only {tries} tries");
            let calm = 60 + window / 60;
            assert!(tries <= calm, "window {window}: {tries} tries is a hammer");
        }
    }

    #[test]
    fn fresh_credentials_bring_the_retry_forward_only_if_they_were_the_trouble() {
        let (mut cadence, mut rng) = cadence(300);
        cadence.sent(CallId(1), at(0.0));
        cadence.failed(CallId(1), failure(FailureKind::Throttled), at(0.0), &mut rng);
        let planned = cadence.due();
        cadence.credentials_changed(at(0.1));
        assert_eq!(cadence.due(), planned);
        cadence.sent(CallId(2), at(2.0));
        cadence.failed(CallId(2), failure(FailureKind::Credentials), at(2.0), &mut rng);
        cadence.credentials_changed(at(2.1));
        assert_eq!(cadence.due(), Some(at(2.1).mono));
    }

    #[test]
    fn a_late_answer_of_an_old_call_changes_nothing() {
        let (mut cadence, mut rng) = cadence(60);
        cadence.sent(CallId(2), at(0.0));
        assert!(!cadence.accepted(CallId(1), &mut rng));
        assert!(!cadence.failed(CallId(1), failure(FailureKind::Service), at(0.0), &mut rng));
        assert_eq!((cadence.beats, cadence.failures, cadence.due()), (0, 0, None));
    }
}
