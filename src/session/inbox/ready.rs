//! Answering `ready`: the workflow asks whether an agent and a user are there before it starts a
//! session. Its message is its journal: deleted only once the answer was accepted.

use std::time::Duration;

use crate::session::backoff::BackOff;
use crate::session::contract::output::{Outcome, Output};
use crate::session::interface::command::{Command, Level, TaskResult};
use crate::session::interface::event::{CallId, Delivery, Receipt};
use crate::session::interface::failure::{Failure, FailureKind};
use crate::session::interface::outbox::{Context, Outbox};
use crate::session::interface::time::{Mono, Now};
use crate::session::interface::token::TaskToken;
use crate::session::words::codes::Code;
use crate::session::words::sentences::cause;

/// How many are answered at a time; more stay in the queue.
const MAX_READY: usize = 8;
/// How long an answer may take.
const CALL: Duration = Duration::from_secs(10);
/// After an answer that failed.
const RETRY: BackOff =
    BackOff { first: Duration::from_secs(1), longest: Duration::from_secs(60), jitter: 0.2 };

/// Every `ready` that is being answered.
#[derive(Debug, Default)]
pub(in crate::session) struct ReadyAnswers(Vec<Ready>);

#[derive(Debug)]
struct Ready {
    token: TaskToken,
    receipt: Receipt,
    session_id: Option<String>,
    call: Option<CallId>,
    next: Mono,
    attempts: u32,
    /// The kind of failure that was logged last.
    told: Option<FailureKind>,
}

impl Ready {
    /// When to answer; `None` while an answer is under way.
    fn due(&self) -> Option<Mono> {
        self.call.is_none().then_some(self.next)
    }
}

impl ReadyAnswers {
    /// Takes a `ready` on, or a further delivery of one.
    pub(in crate::session) fn delivered(
        &mut self,
        now: Now,
        delivery: &Delivery,
        session_id: Option<String>,
        token: TaskToken,
    ) {
        if let Some(known) = self.0.iter_mut().find(|ready| ready.token == token) {
            known.receipt = delivery.receipt;
        } else if self.0.len() < MAX_READY {
            self.0.push(Ready {
                token,
                receipt: delivery.receipt,
                session_id,
                call: None,
                next: now.mono,
                attempts: 0,
                told: None,
            });
        }
    }

    /// Answer as soon as possible.
    pub(in crate::session) fn hurry(&mut self, now: Now) {
        for ready in &mut self.0 {
            ready.next = ready.next.min(now.mono);
        }
    }

    /// When the next is to be answered.
    pub(in crate::session) fn due(&self, context: &Context) -> Option<Mono> {
        self.0.iter().filter_map(Ready::due).min().filter(|_| !context.going_down)
    }

    /// Answers whatever is due.
    pub(in crate::session) fn answer(&mut self, now: Now, context: &Context, out: &mut Outbox) {
        let due = |ready: &&mut Ready| ready.due().is_some_and(|due| due <= now.mono);
        for ready in self.0.iter_mut().filter(due) {
            let call = out.next_call();
            ready.call = Some(call);
            ready.attempts += 1;
            let verdict = TaskResult::Success(output(ready.session_id.clone(), context));
            let token = ready.token.clone();
            out.push(Command::Close { call, token, verdict, timeout: CALL });
        }
    }

    /// Takes the answer to a `ready`. False if `call` was none.
    pub(in crate::session) fn answered(
        &mut self,
        now: Now,
        call: CallId,
        answer: &Result<Option<String>, Failure>,
        out: &mut Outbox,
    ) -> bool {
        let Some(i) = self.0.iter().position(|ready| ready.call == Some(call)) else {
            return false;
        };
        let failure = match answer {
            Err(failure) if !matches!(failure.kind, FailureKind::TokenOver(_)) => failure,
            Ok(_) | Err(_) => {
                let ready = self.0.remove(i);
                let text = match answer {
                    Ok(_) => "told the workflow that an agent and a user are ready",
                    Err(_) => "a ready message was answered before, or its workflow is over",
                };
                out.log(Level::Info, Code::Ready, text);
                out.push(Command::Delete(ready.receipt));
                return true;
            }
        };
        let ready = &mut self.0[i];
        ready.call = None;
        ready.next = now.mono + RETRY.wait(ready.attempts - 1, &mut out.rng);
        let is_news = ready.told.replace(failure.kind) != Some(failure.kind);
        let failure = failure.clone().without(&ready.token);
        out.call_failed("ready", &failure);
        if is_news {
            let text = format!(
                "a ready message cannot be answered, so the workflow starts no session: {failure}: \
                 {} (needs states:SendTaskSuccess); trying again",
                cause(&failure)
            );
            out.log(Level::Warn, Code::ReadyFailed, text);
        }
        true
    }
}

fn output(session_id: Option<String>, context: &Context) -> String {
    let output = Output {
        outcome: Outcome::Ready,
        reason: None,
        reason_text: None,
        session_id,
        instance_id: context.instance_id.map(Into::into),
        user: context.settings.local_user.clone(),
        started_at: None,
        ended_at: None,
        last_beat_at: None,
        beats: 0,
        version: env!("CARGO_PKG_VERSION").into(),
    };
    // Serialising plain fields into memory cannot fail; were it to, the least output still answers.
    serde_json::to_string(&output).unwrap_or_else(|_| "{}".into())
}
