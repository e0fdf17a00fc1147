//! The closing path: what the end is, who waits to hear of it, and telling the service until it
//! accepts. The changes of phase that follow are `phase`'s; what follows on the machine, `Session`'s.

pub(in crate::session) mod attempt;

use std::time::Duration;

use jiff::Timestamp;

use crate::session::close::attempt::{AttemptMeans, Attempts};
use crate::session::contract::output::{Outcome, Output, Reason};
use crate::session::contract::record::ClosingRecord;
use crate::session::interface::command::{Command, Level, TaskResult};
use crate::session::interface::event::{CallId, Revision};
use crate::session::interface::failure::Failure;
use crate::session::interface::notification::Notification;
use crate::session::interface::outbox::{Context, Outbox};
use crate::session::interface::request::{AskId, Refusal};
use crate::session::interface::settings::AfterEnd;
use crate::session::interface::time::{Mono, Now};
use crate::session::live::Live;
use crate::session::words::codes::Code;
use crate::session::words::said::{Said, said};
use crate::session::words::sentences;

/// A close that takes longer than this has failed.
const LONGEST_CALL: Duration = Duration::from_secs(10);

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClosePlan {
    pub(super) outcome: Outcome,
    pub(super) reason: Reason,
    pub(super) text: Option<String>,
    /// SendTaskFailure's error and cause.
    pub(super) failure: Option<(String, String)>,
    pub(super) decided_at: Timestamp,
}

impl ClosePlan {
    /// An end of the session for `reason`.
    pub(super) fn end(reason: Reason, now: Now) -> Self {
        Self { outcome: Outcome::Ended, reason, text: None, failure: None, decided_at: now.wall }
    }

    pub(super) fn record(&self) -> ClosingRecord {
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
pub(super) struct Ending {
    pub(super) live: Live,
    pub(super) plan: ClosePlan,
    pub(super) after: AfterEnd,
    /// Who waits to hear of it.
    pub(super) asks: Vec<AskId>,
    /// A beat was told that the task is over: no more of them.
    pub(super) beats_are_over: bool,
    pub(super) attempts: Attempts,
}

/// What the answer to a close means for the session.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum CloseMeans {
    /// Nothing yet.
    Nothing,
    /// It is closed; the request id of the answer that says so, and how we know.
    Closed { request_id: Option<String>, how: String },
    /// The service had ended it.
    EndedElsewhere(Failure),
}

impl Ending {
    /// The end of `live` is decided; `intent` is the record that will say so.
    pub(super) fn new(
        now: Now,
        live: Live,
        plan: ClosePlan,
        after: AfterEnd,
        asks: Vec<AskId>,
        intent: Revision,
    ) -> Self {
        let attempts = Attempts::new(now, intent);
        Self { live, plan, after, asks, beats_are_over: false, attempts }
    }

    /// A close that a former run decided, and may have sent. Whoever is here after the restart did
    /// not ask for a shutdown.
    pub(super) fn resumed(now: Now, live: Live, plan: ClosePlan) -> Self {
        let attempts = Attempts::resumed(now);
        let after = AfterEnd::None;
        Self { live, plan, after, asks: Vec::new(), beats_are_over: false, attempts }
    }

    /// When to send next.
    pub(super) fn due(&self, context: &Context) -> Option<Mono> {
        let os_waits = context.os_deadline.is_some();
        self.attempts.due(os_waits).filter(|_| !self.live.is_unverified())
    }

    /// Until the close is accepted the task must live; but the system's last seconds are the close's.
    pub(super) fn beats_on(&self, context: &Context) -> bool {
        context.os_deadline.is_none() && !self.beats_are_over
    }

    /// The session's new token takes the old one's place: the end holds for it too.
    pub(super) fn go_on_with(&mut self, now: Now, live: Live, intent: Revision) {
        self.live = live;
        self.beats_are_over = false;
        self.attempts = Attempts::new(now, intent);
    }

    /// The operating system ends meanwhile: no time to lose. More time, if the workflow has not been
    /// asked for it yet, would be granted to a machine that is gone: then `plan` takes the wish's
    /// place, and the answer is true.
    pub(super) fn os_ends(&mut self, now: Now, plan: ClosePlan, out: &mut Outbox) -> bool {
        self.attempts.again(now);
        if self.plan.outcome != Outcome::Extend || self.attempts.count() > 0 {
            return false;
        }
        self.plan = plan;
        self.refuse_all(Refusal::TooLate, said!("refused-shutting-down"), out);
        true
    }

    /// True if it was decided only because the operating system was ending, and nothing was sent.
    pub(super) fn can_be_called_off(&self) -> bool {
        let by_os = match self.plan.reason {
            Reason::OsShutdown | Reason::Logoff | Reason::Spot => self.asks.is_empty(),
            Reason::User
            | Reason::Idle
            | Reason::Disconnected
            | Reason::Remote
            | Reason::TimeUp
            | Reason::Failure => false,
        };
        by_os && !self.attempts.may_have_been_heard()
    }

    /// True if the workflow may know that more time is wanted.
    pub(super) fn is_extension_told(&self) -> bool {
        self.plan.outcome == Outcome::Extend && self.attempts.may_have_been_heard()
    }

    /// True if nothing but the token's end is the reason, and nobody wants it besides.
    pub(super) fn is_only_for_time(&self) -> bool {
        self.plan.reason == Reason::TimeUp && self.asks.is_empty()
    }

    /// Tells the service.
    pub(super) fn send(&mut self, now: Now, context: &Context, out: &mut Outbox) {
        let call = out.next_call();
        self.attempts.sent(now, call);
        let (token, result) = (self.live.token.clone(), self.task_result(context));
        let timeout = LONGEST_CALL.min(self.live.cadence.window().mul_f64(0.5));
        out.push(Command::Close { call, token, verdict: result, timeout });
    }

    /// What to tell the service.
    fn task_result(&self, context: &Context) -> TaskResult {
        if let Some((error, cause)) = &self.plan.failure {
            return TaskResult::Failure { error: error.clone(), cause: cause.clone() };
        }
        if self.attempts.is_minimal() {
            return TaskResult::Success("{}".into());
        }
        let live = &self.live;
        let local_user = context.settings.local_user.as_ref();
        let output = Output {
            outcome: self.plan.outcome,
            reason: Some(self.plan.reason),
            reason_text: self.plan.text.clone(),
            session_id: live.session_id.clone(),
            instance_id: context.instance_id.map(Into::into),
            user: live.user.as_ref().or(local_user).cloned(),
            started_at: Some(live.started_at),
            ended_at: Some(self.plan.decided_at),
            last_beat_at: live.cadence.last_beat_at,
            beats: live.cadence.beats,
            version: env!("CARGO_PKG_VERSION").into(),
        };
        // Serialising plain fields into memory cannot fail; were it to, the least output still closes.
        TaskResult::Success(serde_json::to_string(&output).unwrap_or_else(|_| "{}".into()))
    }

    /// Takes the answer to a close.
    pub(super) fn answered(
        &mut self,
        now: Now,
        call: CallId,
        answer: Result<Option<String>, Failure>,
        out: &mut Outbox,
    ) -> CloseMeans {
        let answer = answer.map_err(|failure| failure.without(&self.live.token));
        let in_window = self.live.is_in_window(now);
        match self.attempts.answered(now, call, answer, in_window, &mut out.rng) {
            AttemptMeans::Old => CloseMeans::Nothing,
            AttemptMeans::Closed(request_id) => {
                let id = request_id.as_deref().unwrap_or("unknown");
                let how = format!("Step Functions accepted it (request {id})");
                CloseMeans::Closed { request_id, how }
            }
            AttemptMeans::ClosedAsFarAsCanBeTold => {
                let how = "Step Functions says that the task is over, and an earlier send whose \
                           answer was lost most likely did it";
                CloseMeans::Closed { request_id: None, how: how.into() }
            }
            AttemptMeans::EndedElsewhere(failure) => CloseMeans::EndedElsewhere(failure),
            AttemptMeans::Retry(failure) => {
                self.failed(&failure, out);
                CloseMeans::Nothing
            }
        }
    }

    fn failed(&mut self, failure: &Failure, out: &mut Outbox) {
        out.call_failed("close", failure);
        let attempts = self.attempts.count();
        if attempts.is_power_of_two() {
            let text = format!(
                "close attempt {attempts} failed: {failure}; {}; trying again; the session stays \
                 open until Step Functions accepts it",
                sentences::cause(failure)
            );
            out.log(Level::Warn, Code::CloseFailed, text);
        }
        if self.attempts.become_stuck() {
            out.notify(Notification::CloseStuck(sentences::trouble(failure)));
        }
    }

    /// The operating system waits no longer. `stops`: nor does this process.
    pub(super) fn log_unaccepted(&self, stops: bool, out: &mut Outbox) {
        if !stops && self.attempts.is_under_way() {
            let text = "the operating system waits no longer and the close is not answered yet; it \
                        is journaled, and goes on for as long as this process lives";
            out.log(Level::Warn, Code::OsEnding, text);
            return;
        }
        let text = format!(
            "the operating system waits no longer and the close was not accepted ({} attempts); it \
             is journaled: the next start sends it again, else the heartbeat timeout cleans up",
            self.attempts.count()
        );
        out.log(Level::Error, Code::CloseFailed, text);
    }

    /// Answers everybody who waits for the close that it is done.
    pub(super) fn done_for_all(
        &mut self,
        sentence: Said,
        request_id: Option<&str>,
        out: &mut Outbox,
    ) {
        for ask in std::mem::take(&mut self.asks) {
            out.done(ask, sentence.clone(), request_id.map(Into::into));
        }
    }

    /// Answers everybody who waits for the close that it will not be.
    pub(super) fn refuse_all(&mut self, why: Refusal, sentence: Said, out: &mut Outbox) {
        for ask in std::mem::take(&mut self.asks) {
            out.refuse(ask, why, sentence.clone());
        }
    }
}
