//! Sending a close: when, how often, and what each answer says about it.
//! What is sent, and for whom, is in `close`.

use std::time::Duration;

use crate::session::backoff::BackOff;
use crate::session::interface::event::{CallId, Revision};
use crate::session::interface::failure::{Failure, FailureKind, TokenOver};
use crate::session::interface::time::{Mono, Now};

/// How long a slow disk may hold up the close: after that it is sent without the intent journaled.
const INTENT_GRACE: Duration = Duration::from_millis(500);
/// People are waiting.
const RETRY: BackOff =
    BackOff { first: Duration::from_millis(500), longest: Duration::from_secs(10), jitter: 0.2 };
/// Where somebody must change a policy first.
const RETRY_DENIED: BackOff = BackOff { longest: Duration::from_secs(30), ..RETRY };
/// While the operating system waits, an attempt that has not been answered for so long gets a second
/// one beside it: there is no time to learn whether the connection is dead or the service slow, and
/// whichever is accepted counts.
const SECOND_AFTER: Duration = Duration::from_millis(1800);
/// After this many failures the user is told what is wrong.
const STUCK_AFTER: u32 = 3;

/// The attempts at one close.
#[derive(Clone, Debug)]
pub(in crate::session) struct Attempts {
    count: u32,
    problem: Option<Failure>,
    stuck_told: bool,
    /// An earlier attempt may have been carried out although no good answer came.
    maybe_effective: bool,
    /// The service refused our output: send the least there is.
    minimal: bool,
    intent: Revision,
    in_flight: Option<(CallId, Mono)>,
    /// A call whose answer is not waited for any longer; if a good one comes, it counts.
    abandoned: Option<CallId>,
    next: Mono,
}

/// What an answer to a close means.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::session) enum AttemptMeans {
    /// The answer of another call.
    Old,
    /// The session is closed, by us, with the request id of the answer that says so.
    Closed(Option<String>),
    /// The task is over, and a send of ours whose answer was lost may have done it.
    ClosedAsFarAsCanBeTold,
    /// The service had ended it before our first try, or before any try that got through.
    EndedElsewhere(Failure),
    /// Not yet; it will be tried again.
    Retry(Failure),
}

impl Attempts {
    /// None yet; the first waits for the record `intent`, but not for long.
    pub(in crate::session) fn new(now: Now, intent: Revision) -> Self {
        Self {
            count: 0,
            problem: None,
            stuck_told: false,
            maybe_effective: false,
            minimal: false,
            intent,
            in_flight: None,
            abandoned: None,
            next: now.mono + INTENT_GRACE,
        }
    }

    /// Those at a close that a former run decided, and may have sent; hurried once it is known to be
    /// this machine's.
    pub(in crate::session) fn resumed(now: Now) -> Self {
        Self { maybe_effective: true, ..Self::new(now, 0) }
    }

    pub(in crate::session) fn count(&self) -> u32 {
        self.count
    }

    /// What went wrong last.
    pub(in crate::session) fn problem(&self) -> Option<&Failure> {
        self.problem.as_ref()
    }

    /// The service refused our output.
    pub(in crate::session) fn is_minimal(&self) -> bool {
        self.minimal
    }

    /// When to send next; while an attempt is under way only if the operating system waits, and once.
    pub(in crate::session) fn due(&self, os_waits: bool) -> Option<Mono> {
        match self.in_flight {
            None => Some(self.next),
            Some((_, sent)) if os_waits && self.abandoned.is_none() => Some(sent + SECOND_AFTER),
            Some(_) => None,
        }
    }

    /// True while an answer may still come.
    pub(in crate::session) fn is_under_way(&self) -> bool {
        self.in_flight.is_some()
    }

    /// The intent is durable, or cannot be made so: nothing holds up the close any longer.
    pub(in crate::session) fn journaled(&mut self, revision: Revision, now: Now) {
        if revision >= self.intent && self.count == 0 {
            self.hurry(now);
        }
    }

    /// Send as soon as possible.
    pub(in crate::session) fn hurry(&mut self, now: Now) {
        self.next = self.next.min(now.mono);
    }

    /// Send at once, without waiting for the answer to an attempt that may hang for longer than
    /// there is time, or went with a connection that did not outlive a sleep.
    pub(in crate::session) fn again(&mut self, now: Now) {
        if let Some((call, _)) = self.in_flight.take() {
            self.abandoned = Some(call);
            self.maybe_effective = true;
        }
        self.hurry(now);
    }

    /// New credentials are there: if the old ones were the trouble, send at once.
    pub(in crate::session) fn credentials_changed(&mut self, now: Now) {
        if self.problem.as_ref().is_some_and(Failure::is_of_credentials) {
            self.hurry(now);
        }
    }

    /// True if the service may know of the end.
    pub(in crate::session) fn may_have_been_heard(&self) -> bool {
        self.count > 0 || self.maybe_effective
    }

    /// An attempt was sent.
    pub(in crate::session) fn sent(&mut self, now: Now, call: CallId) {
        self.again(now);
        self.in_flight = Some((call, now.mono));
        self.count += 1;
    }

    /// Takes the answer to `call`. `in_window`: the service cannot have given up for want of a beat.
    pub(in crate::session) fn answered(
        &mut self,
        now: Now,
        call: CallId,
        answer: Result<Option<String>, Failure>,
        in_window: bool,
        rng: &mut fastrand::Rng,
    ) -> AttemptMeans {
        if self.abandoned == Some(call)
            && let Ok(request_id) = answer
        {
            return AttemptMeans::Closed(request_id);
        }
        if self.in_flight.is_none_or(|(current, _)| current != call) {
            return AttemptMeans::Old;
        }
        self.in_flight = None;
        let failure = match answer {
            Ok(request_id) => return AttemptMeans::Closed(request_id),
            Err(failure) => failure,
        };
        let rule = match failure.kind {
            // "Timed out or already closed". After a send of ours that may have got through it is
            // ours, but only while the heartbeat window runs: later it may as well have timed out.
            FailureKind::TokenOver(TokenOver::TaskTimedOut)
                if self.maybe_effective && in_window =>
            {
                return AttemptMeans::ClosedAsFarAsCanBeTold;
            }
            FailureKind::TokenOver(_) => return AttemptMeans::EndedElsewhere(failure),
            FailureKind::InvalidOutput if !self.minimal => {
                self.minimal = true;
                self.next = now.mono;
                self.problem = Some(failure.clone());
                return AttemptMeans::Retry(failure);
            }
            FailureKind::AccessDenied | FailureKind::Kms => RETRY_DENIED,
            FailureKind::Credentials
            | FailureKind::Signature
            | FailureKind::Throttled
            | FailureKind::InvalidOutput
            | FailureKind::KmsThrottled
            | FailureKind::NoSuchQueue
            | FailureKind::Service
            | FailureKind::Unreachable
            | FailureKind::Blocked(_) => RETRY,
        };
        self.maybe_effective |= failure.is_ambiguous();
        self.next = now.mono + rule.wait(self.count.saturating_sub(1), rng);
        self.problem = Some(failure.clone());
        AttemptMeans::Retry(failure)
    }

    /// True once when the user should be told that it does not get through.
    pub(in crate::session) fn become_stuck(&mut self) -> bool {
        let stuck = self.count >= STUCK_AFTER && !self.stuck_told;
        self.stuck_told |= stuck;
        stuck
    }
}
