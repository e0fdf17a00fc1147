//! When to beat: the interval, the heartbeat window, and the back-off inside it.
//! Knows nothing of tokens or states; `beats` asks it when a beat is due and tells it what came back.

use std::time::Duration;

use jiff::Timestamp;

use crate::session::backoff::jittered;
use crate::session::interface::event::CallId;
use crate::session::interface::failure::{Failure, FailureKind};
use crate::session::interface::time::{Mono, Now};

/// How much slower the beats get when the service says that there are too many, at least and at most.
/// Its buckets are shared by every desktop of the account: only all of them together can ease off.
const SLOWER: (f64, f64) = (1.25, 1.5);
/// The slowest that they get, as a share of the window: two more tries fit behind it.
const SLOWEST_SHARE: f64 = 0.4;
/// How much faster they get again with each beat that is accepted.
const FASTER: f64 = 0.95;
/// The next try lies anywhere between this share of the wait and all of it, so that those who failed
/// together do not try again together.
const SPREAD_FROM: f64 = 0.3;
/// The user need not know of failures while more than this share (one part of so many) of the
/// window is left: most are over by then.
const QUIET_PARTS: u32 = 3;
/// So many failures in a row are an outage, which others have too; fewer are this desktop's own.
const AN_OUTAGE: u32 = 4;
/// The first wait after a failed beat; doubled at each further failure.
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// No retry comes sooner than this, however little is left of the window; in one of seconds, where
/// nobody else can be hit by it, than the next.
const SHORTEST_RETRY: Duration = Duration::from_secs(1);
const SHORTEST_IN_SHORT_WINDOW: Duration = Duration::from_millis(200);
const SHORT_WINDOW: Duration = Duration::from_secs(30);
/// This many further tries should fit into what is left of the window.
const TRIES_IN_THE_REST: u32 = 3;
/// A beat that takes longer than this has failed, however wide the window is.
const LONGEST_CALL: Duration = Duration::from_secs(10);

/// The rhythm of one token's beats.
#[derive(Clone, Debug)]
pub(crate) struct Cadence {
    window: Duration,
    /// Between beats when nothing stands in the way.
    base: Duration,
    /// Between beats now: longer while the service has too many callers.
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
    /// Failures because of too many callers.
    throttles: u64,
    pub(in crate::session) last_beat_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug)]
struct InFlight {
    call: CallId,
    sent: Mono,
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
        let base = max_interval.min(window / 3);
        Self {
            window,
            base,
            interval: base,
            window_end: now.mono + window.saturating_sub(elapsed),
            next: now.mono,
            in_flight: None,
            failing: None,
            risk_told: false,
            confirmed: false,
            beats: 0,
            failures: 0,
            throttles: 0,
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

    /// True while the beat `call` waits for its answer.
    pub(in crate::session) fn waits_for(&self, call: CallId) -> bool {
        self.in_flight.is_some_and(|flight| flight.call == call)
    }

    /// When the next beat is planned, for people.
    pub(in crate::session) fn next(&self) -> Mono {
        self.next
    }

    /// When the service gives up if no further beat reaches it.
    pub(in crate::session) fn window_end(&self) -> Mono {
        self.window_end
    }

    /// The service was heard so long ago, in a run before this one.
    pub(in crate::session) fn heard_before(&mut self, now: Now, elapsed: Duration) {
        self.window_end = now.mono + self.window.saturating_sub(elapsed);
    }

    /// When so much of the window is gone that the user has to know: two thirds, since most failures
    /// are over by then; half where not even a beat can be sent.
    pub(in crate::session) fn risk_time(&self) -> Mono {
        self.window_end - self.window / if self.failing.is_some() { QUIET_PARTS } else { 2 }
    }

    /// How often the service had too many callers.
    pub(in crate::session) fn throttles(&self) -> u64 {
        self.throttles
    }

    /// How far apart beats are now.
    pub(in crate::session) fn interval(&self) -> Duration {
        self.interval
    }

    /// True while beats fail for no other reason than too many callers, and there is time enough.
    pub(in crate::session) fn is_only_throttled(&self, now: Now) -> bool {
        let throttled = self.failing.as_ref().is_some_and(|failing| is_throttle(&failing.last));
        throttled && now.mono < self.risk_time()
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
        self.in_flight = Some(InFlight { call, sent: now.mono });
    }

    /// Takes the answer to `call`; `None` if it is not the one under way.
    fn take(&mut self, call: CallId) -> Option<Mono> {
        let flight = self.in_flight.filter(|flight| flight.call == call)?;
        self.in_flight = None;
        Some(flight.sent)
    }

    /// The beat `call` was accepted. False if it is an old one. Ends a run of failures.
    pub(crate) fn accepted(&mut self, call: CallId, now: Now, rng: &mut fastrand::Rng) -> bool {
        let Some(sent) = self.take(call) else { return false };
        // The service heard us after it was sent, so counting from there is never too hopeful.
        self.window_end = sent + self.window;
        // As of now: when it was sent the service's time may not have been known.
        self.last_beat_at = Some(now.wall_at(sent));
        let wait = match self.failing.take() {
            // Those who were cut off together come back together. Whoever is through makes room for
            // the others, and takes another place in the minute.
            Some(failing) if failing.attempts >= AN_OUTAGE && !is_throttle(&failing.last) => {
                let widest = (self.interval * 2).min(self.window.mul_f64(SLOWEST_SHARE));
                self.interval + widest.saturating_sub(self.interval).mul_f64(rng.f64())
            }
            Some(_) | None => jittered(self.interval, 0.1, rng),
        };
        self.next = sent + wait.max(self.shortest());
        self.interval = self.interval.mul_f64(FASTER).max(self.base);
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
        if is_throttle(&failure) {
            self.throttles += 1;
            let slower = self.interval.mul_f64(SLOWER.0 + (SLOWER.1 - SLOWER.0) * rng.f64());
            self.interval = slower.min(self.window.mul_f64(SLOWEST_SHARE)).max(self.base);
        }
        let wait = if is_throttle(&failure) {
            self.interval
        } else {
            FIRST_RETRY.saturating_mul(1 << attempts.min(16)).min(self.interval)
        };
        self.next = now.mono + self.back_off(wait, attempts, is_throttle(&failure), now, rng);
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

    /// The wait before the next try after `earlier` failures in a row and one more: anywhere below
    /// `wait`, and short enough that others fit behind it; more of them once it was throttled twice, so
    /// that an outage that comes on top finds most of the window left.
    fn back_off(
        &self,
        wait: Duration,
        earlier: u32,
        throttled: bool,
        now: Now,
        rng: &mut fastrand::Rng,
    ) -> Duration {
        let left = now.mono.until(self.window_end());
        let unlucky = throttled && earlier > 0;
        let tries = if unlucky { 2 * TRIES_IN_THE_REST } else { TRIES_IN_THE_REST };
        let fits = if left.is_zero() { self.interval } else { left / tries };
        spread(wait.min(fits), rng).max(self.shortest())
    }

    fn shortest(&self) -> Duration {
        if self.window < SHORT_WINDOW { SHORTEST_IN_SHORT_WINDOW } else { SHORTEST_RETRY }
    }
}

fn is_throttle(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Throttled | FailureKind::KmsThrottled)
}

/// Anywhere between a share of `wait` and all of it.
fn spread(wait: Duration, rng: &mut fastrand::Rng) -> Duration {
    wait.mul_f64(SPREAD_FROM + (1.0 - SPREAD_FROM) * rng.f64())
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
            assert!(cadence.accepted(CallId(call), sent, &mut rng));
            let wait = sent.mono.until(cadence.due().unwrap());
            assert!((9.0..=11.0).contains(&wait.as_secs_f64()), "{wait:?}");
        }
    }

    #[test]
    fn several_tries_fit_into_every_rest_of_a_window() {
        for window in [3, 10, 60, 300, 3600] {
            let (mut cadence, mut rng) = cadence(window);
            cadence.sent(CallId(0), at(0.0));
            cadence.accepted(CallId(0), at(0.0), &mut rng);
            let mut time = cadence.due().unwrap();
            let mut tries = 0;
            while time < cadence.window_end() {
                tries += 1;
                let call = CallId(tries);
                let now = at(time.since_start().as_secs_f64());
                cadence.sent(call, now);
                let third = now.mono.until(cadence.window_end()) / 3;
                cadence.failed(call, failure(FailureKind::Unreachable), now, &mut rng);
                time = cadence.due().unwrap();
                let wait = now.mono.until(time);
                assert!(wait <= third.max(cadence.shortest()), "{wait:?}, a third is {third:?}");
            }
            assert!(tries >= 5, "window {window}: only {tries} tries");
            let calm = 60 + window / 60;
            assert!(tries <= calm, "window {window}: {tries} tries is a hammer");
        }
    }

    #[test]
    fn each_throttle_slows_the_beats_down_and_each_accepted_one_speeds_them_up_again() {
        let (mut cadence, mut rng) = cadence(300);
        let usual = cadence.interval();
        for call in 1..=4 {
            cadence.sent(CallId(call), at(call as f64));
            let before = cadence.interval();
            cadence.failed(
                CallId(call),
                failure(FailureKind::Throttled),
                at(call as f64),
                &mut rng,
            );
            let slower = cadence.interval().div_duration_f64(before);
            let is_slowest = cadence.interval() == Duration::from_secs(120);
            assert!((1.25..=1.5).contains(&slower) || is_slowest, "{slower} times as slow");
        }
        let slowest = cadence.interval();
        assert!(slowest >= usual * 2 && slowest <= Duration::from_secs(120), "{slowest:?}");
        assert_eq!(cadence.throttles(), 4);
        for call in 5..=30 {
            cadence.sent(CallId(call), at(call as f64 * 100.0));
            assert!(cadence.accepted(CallId(call), at(call as f64 * 100.0), &mut rng));
            assert!(cadence.interval() < slowest, "{:?}", cadence.interval());
        }
        assert_eq!(cadence.interval(), usual);
    }

    #[test]
    fn beats_get_slower_by_a_quarter_to_a_half_and_after_two_throttles_more_tries_fit() {
        let (mut least, mut most, mut first, mut second) = (f64::MAX, 0.0f64, 0.0f64, 0.0f64);
        for seed in 0..200 {
            let (mut cadence, _) = cadence(300);
            let mut rng = fastrand::Rng::with_seed(seed);
            let usual = cadence.interval();
            let mut throttled = |cadence: &mut Cadence, call, time| {
                cadence.sent(CallId(call), at(time));
                cadence.failed(CallId(call), failure(FailureKind::Throttled), at(time), &mut rng);
                at(time).mono.until(cadence.due().unwrap()).as_secs_f64()
            };
            first = first.max(throttled(&mut cadence, 1, 0.0));
            let slower = cadence.interval().div_duration_f64(usual);
            (least, most) = (least.min(slower), most.max(slower));
            second = second.max(throttled(&mut cadence, 2, 0.0));
        }
        assert!((1.25..1.27).contains(&least) && (1.48..=1.5).contains(&most), "{least} to {most}");
        // A third of the window is 100 s, a sixth 50 s.
        assert!(first > 80.0 && (45.0..=50.0).contains(&second), "{first} and {second}");
    }

    /// The share of the interval by which the first beat after `failures` comes, at least and at most.
    fn after(failures: u32, kind: FailureKind) -> (f64, f64) {
        let (mut least, mut most) = (f64::MAX, 0.0f64);
        for seed in 0..100 {
            let (mut cadence, _) = cadence(300);
            let mut rng = fastrand::Rng::with_seed(seed);
            for call in 1..=u64::from(failures) {
                cadence.sent(CallId(call), at(call as f64));
                cadence.failed(CallId(call), failure(kind), at(call as f64), &mut rng);
            }
            let interval = cadence.interval();
            cadence.sent(CallId(99), at(99.0));
            assert!(cadence.accepted(CallId(99), at(99.0), &mut rng));
            let wait = at(99.0).mono.until(cadence.due().unwrap()).div_duration_f64(interval);
            (least, most) = (least.min(wait), most.max(wait));
        }
        (least, most)
    }

    #[test]
    fn who_comes_back_from_an_outage_takes_another_place_in_the_minute() {
        let (least, most) = after(AN_OUTAGE, FailureKind::Unreachable);
        assert!((1.0..1.1).contains(&least) && (1.9..=2.0).contains(&most), "{least} to {most}");
        for (failures, kind) in
            [(AN_OUTAGE - 1, FailureKind::Unreachable), (AN_OUTAGE, FailureKind::Throttled)]
        {
            let (least, most) = after(failures, kind);
            assert!(least >= 0.9 && most <= 1.1, "{failures} of {kind:?}: {least} to {most}");
        }
    }

    #[test]
    fn a_call_has_ten_seconds_but_three_of_them_fit_into_a_window() {
        for (window, seconds) in [(300, 10.0), (60, 10.0), (10, 3.0), (3, 0.9)] {
            assert_eq!(cadence(window).0.call_timeout(), Duration::from_secs_f64(seconds));
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
    fn a_beat_has_the_time_that_is_known_when_it_is_answered() {
        // The first answer of a run is what tells that this computer's clock is five minutes behind.
        let (mut cadence, mut rng) = cadence(60);
        let five_minutes = Duration::from_secs(300);
        let right = |now: Now| Now { wall: now.wall.checked_add(five_minutes).unwrap(), ..now };
        cadence.sent(CallId(1), at(0.0));
        assert!(cadence.accepted(CallId(1), right(at(1.0)), &mut rng));
        assert_eq!(cadence.last_beat_at, Some(right(at(0.0)).wall));
    }

    #[test]
    fn a_late_answer_of_an_old_call_changes_nothing() {
        let (mut cadence, mut rng) = cadence(60);
        cadence.sent(CallId(2), at(0.0));
        assert!(!cadence.accepted(CallId(1), at(0.0), &mut rng));
        assert!(!cadence.failed(CallId(1), failure(FailureKind::Service), at(0.0), &mut rng));
        assert_eq!((cadence.beats, cadence.failures, cadence.due()), (0, 0, None));
    }
}
