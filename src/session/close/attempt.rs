//! The closing path: Ending, tell the service until it accepts, journal it, then the after-end
//! action. What a close is, when it is sent and what its answer means; the phase changes that
//! follow are made in `session`.

use std::time::Duration;

use jiff::Timestamp;

use crate::session::AfterEnd;
use crate::session::beats::cadence::jittered;
use crate::session::contract::output::{Outcome, Output, Reason};
use crate::session::contract::record::ClosingRecord;
use crate::session::interface::command::TaskResult;
use crate::session::interface::event::{CallId, Revision};
use crate::session::interface::failure::{Failure, FailureKind};
use crate::session::interface::request::AskId;
use crate::session::interface::time::{Mono, Now};
use crate::session::live::Live;

/// How long a slow disk may hold up the close: after that it is sent without the intent journaled.
const INTENT_GRACE: Duration = Duration::from_millis(500);
/// The first wait after a close that failed; doubled at each further one. People are waiting.
const FIRST_RETRY: Duration = Duration::from_millis(500);
/// The longest wait between two tries.
const LONGEST_RETRY: Duration = Duration::from_secs(10);
/// The longest wait where somebody must change a policy first.
const LONGEST_RETRY_DENIED: Duration = Duration::from_secs(30);
/// After this many failures the user is told what is wrong.
const STUCK_AFTER: u32 = 3;
/// A close that takes longer than this has failed.
const LONGEST_CALL: Duration = Duration::from_secs(10);
/// While the operating system waits for us, two tries must fit into its patience.
const CALL_WHILE_OS_WAITS: Duration = Duration::from_millis(1800);

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct ClosePlan {
    pub(in crate::session) outcome: Outcome,
    pub(in crate::session) reason: Reason,
    pub(in crate::session) text: Option<String>,
    /// SendTaskFailure's error and cause.
    pub(in crate::session) failure: Option<(String, String)>,
    pub(in crate::session) decided_at: Timestamp,
}

impl ClosePlan {
    /// An end of the session for `reason`.
    pub(in crate::session) fn end(reason: Reason, now: Now) -> Self {
        Self { outcome: Outcome::Ended, reason, text: None, failure: None, decided_at: now.wall }
    }

    pub(in crate::session) fn record(&self) -> ClosingRecord {
        ClosingRecord {
            outcome: self.outcome,
            reason: self.reason,
            reason_text: self.text.clone(),
            failure: self.failure.clone(),
            decided_at: self.decided_at,
        }
    }
}

impl From<ClosingRecord> for ClosePlan {
    fn from(record: ClosingRecord) -> Self {
        Self {
            outcome: record.outcome,
            reason: record.reason,
            text: record.reason_text,
            failure: record.failure,
            decided_at: record.decided_at,
        }
    }
}

/// A close under way.
#[derive(Clone, Debug)]
pub(in crate::session) struct Ending {
    pub(in crate::session) live: Live,
    pub(in crate::session) plan: ClosePlan,
    pub(in crate::session) after: AfterEnd,
    /// Who waits to hear of it.
    pub(in crate::session) asks: Vec<AskId>,
    pub(in crate::session) attempts: u32,
    pub(in crate::session) problem: Option<Failure>,
    pub(in crate::session) stuck_told: bool,
    /// A beat was told that the task is over: no more of them.
    pub(in crate::session) beats_are_over: bool,
    /// An earlier attempt may have been carried out although no good answer came.
    maybe_effective: bool,
    /// The service refused our output: send the least there is.
    minimal: bool,
    intent: Revision,
    in_flight: Option<CallId>,
    /// A call whose answer is not waited for any longer; if a good one comes, it counts.
    abandoned: Option<CallId>,
    next: Mono,
}

/// What an answer to a close means.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::session) enum Meaning {
    /// The answer of another call.
    Old,
    /// The session is closed, by us, with the request id of the answer that says so.
    Closed(Option<String>),
    /// The task is over, and a send of ours whose answer was lost may have done it.
    ClosedAsFarAsCanBeTold,
    /// The service had ended it before our first try, or before any try that got through.
    EndedElsewhere(Failure),
    /// Not yet; it will be tried again. True if credentials should be read again at once.
    Retry(bool),
}

impl Ending {
    /// A close decided now, whose intent is journaled as `intent`.
    pub(in crate::session) fn new(
        now: Now,
        live: Live,
        plan: ClosePlan,
        after: AfterEnd,
        asks: Vec<AskId>,
        intent: Revision,
    ) -> Self {
        Self {
            live,
            plan,
            after,
            asks,
            attempts: 0,
            problem: None,
            stuck_told: false,
            beats_are_over: false,
            maybe_effective: false,
            minimal: false,
            intent,
            in_flight: None,
            abandoned: None,
            next: now.mono + INTENT_GRACE,
        }
    }

    /// A close that a former run decided, and may have sent.
    pub(in crate::session) fn resume(
        now: Now,
        live: Live,
        plan: ClosePlan,
        after: AfterEnd,
    ) -> Self {
        let mut ending = Self::new(now, live, plan, after, Vec::new(), 0);
        ending.maybe_effective = true;
        ending.next = now.mono;
        ending
    }

    /// When to send next; `None` while an attempt is under way.
    pub(in crate::session) fn due(&self) -> Option<Mono> {
        self.in_flight.is_none().then_some(self.next)
    }

    /// The intent is durable, or cannot be made so: nothing holds up the close any longer.
    pub(in crate::session) fn journaled(&mut self, revision: Revision, now: Now) {
        if revision >= self.intent && self.attempts == 0 {
            self.hurry(now);
        }
    }

    /// Send as soon as possible.
    pub(in crate::session) fn hurry(&mut self, now: Now) {
        self.next = self.next.min(now.mono);
    }

    /// Send at once, without waiting for the answer to an attempt that may hang for longer than
    /// there is time, or went with a connection that did not outlive a sleep.
    pub(in crate::session) fn send_again(&mut self, now: Now) {
        if let Some(call) = self.in_flight.take() {
            self.abandoned = Some(call);
            self.maybe_effective = true;
        }
        self.hurry(now);
    }

    /// New credentials are there: if the old ones were the trouble, send at once.
    pub(in crate::session) fn credentials_changed(&mut self, now: Now) {
        let by_credentials = self.problem.as_ref().is_some_and(|problem| {
            matches!(problem.kind, FailureKind::Credentials | FailureKind::Signature)
        });
        if by_credentials {
            self.hurry(now);
        }
    }

    /// The session's new token takes the old one's place: the end holds for it too.
    pub(in crate::session) fn new_token(&mut self, live: Live, intent: Revision, now: Now) {
        self.live = live;
        self.intent = intent;
        self.in_flight = None;
        self.abandoned = None;
        self.maybe_effective = false;
        self.beats_are_over = false;
        self.attempts = 0;
        self.next = now.mono + INTENT_GRACE;
    }

    /// True if the service may know of the end.
    pub(in crate::session) fn may_have_been_told(&self) -> bool {
        self.attempts > 0 || self.maybe_effective
    }

    /// True if the workflow may know that more time is wanted.
    pub(in crate::session) fn is_extension_told(&self) -> bool {
        self.plan.outcome == Outcome::Extend && self.may_have_been_told()
    }

    /// An attempt was sent.
    pub(in crate::session) fn sent(&mut self, call: CallId) {
        self.in_flight = Some(call);
        self.attempts += 1;
    }

    /// How long an attempt may take.
    pub(in crate::session) fn call_timeout(&self, now: Now, os_deadline: Option<Mono>) -> Duration {
        match os_deadline {
            Some(deadline) => {
                let left = now.mono.until(deadline);
                left.min(CALL_WHILE_OS_WAITS).max(Duration::from_millis(100))
            }
            None => LONGEST_CALL.min(self.live.cadence.window().mul_f64(0.5)),
        }
    }

    /// What to tell the service.
    pub(in crate::session) fn verdict(
        &self,
        instance: Option<&str>,
        local_user: Option<&str>,
    ) -> TaskResult {
        if let Some((error, cause)) = &self.plan.failure {
            return TaskResult::Failure { error: error.clone(), cause: cause.clone() };
        }
        if self.minimal {
            return TaskResult::Success("{}".into());
        }
        let live = &self.live;
        let output = Output {
            outcome: self.plan.outcome,
            reason: Some(self.plan.reason),
            reason_text: self.plan.text.clone(),
            session_id: live.session_id.clone(),
            instance_id: instance.map(Into::into),
            user: live.user.clone().or_else(|| local_user.map(Into::into)),
            started_at: Some(live.started_at),
            ended_at: Some(self.plan.decided_at),
            last_beat_at: live.cadence.last_beat_at,
            beats: live.cadence.beats,
            version: env!("CARGO_PKG_VERSION").into(),
        };
        // Serialising plain fields into memory cannot fail; were it to, the least output still closes.
        TaskResult::Success(serde_json::to_string(&output).unwrap_or_else(|_| "{}".into()))
    }

    /// Takes the answer to `call`.
    pub(in crate::session) fn answered(
        &mut self,
        call: CallId,
        answer: Result<Option<String>, Failure>,
        now: Now,
        rng: &mut fastrand::Rng,
    ) -> Meaning {
        if self.abandoned == Some(call)
            && let Ok(request_id) = answer
        {
            return Meaning::Closed(request_id);
        }
        if self.in_flight != Some(call) {
            return Meaning::Old;
        }
        self.in_flight = None;
        let failure = match answer {
            Ok(request_id) => return Meaning::Closed(request_id),
            Err(failure) => failure,
        };
        match failure.kind {
            // "Timed out or already closed". After a send of ours that may have got through it is
            // ours, but only while the heartbeat window runs: later it may as well have timed out.
            FailureKind::TokenOver(_)
                if self.maybe_effective && now.mono < self.live.cadence.window_end() =>
            {
                return Meaning::ClosedAsFarAsCanBeTold;
            }
            FailureKind::TokenOver(_) => return Meaning::EndedElsewhere(failure),
            FailureKind::InvalidOutput if !self.minimal => {
                self.minimal = true;
                self.next = now.mono;
                self.problem = Some(failure);
                return Meaning::Retry(false);
            }
            FailureKind::Credentials
            | FailureKind::Signature
            | FailureKind::AccessDenied
            | FailureKind::Throttled
            | FailureKind::InvalidOutput
            | FailureKind::KmsThrottled
            | FailureKind::Kms
            | FailureKind::NoSuchQueue
            | FailureKind::Service
            | FailureKind::Unreachable => {}
        }
        self.maybe_effective |= failure.is_ambiguous();
        let denied = matches!(failure.kind, FailureKind::AccessDenied | FailureKind::Kms);
        let longest = if denied { LONGEST_RETRY_DENIED } else { LONGEST_RETRY };
        let doubled = FIRST_RETRY.saturating_mul(1 << self.attempts.saturating_sub(1).min(10));
        self.next = now.mono + jittered(doubled.min(longest), 0.2, rng);
        let refresh = matches!(failure.kind, FailureKind::Credentials | FailureKind::Signature);
        self.problem = Some(failure);
        Meaning::Retry(refresh)
    }

    /// True once when the user should be told that it does not get through.
    pub(in crate::session) fn becomes_stuck(&mut self) -> bool {
        let stuck = self.attempts >= STUCK_AFTER && !self.stuck_told;
        self.stuck_told |= stuck;
        stuck
    }
}
