//! Answering `ready`: the workflow asks whether an agent and a user are there before it starts a
//! session. Its message is its journal: deleted only once the answer was accepted.

use std::time::Duration;

use crate::session::beats::cadence::jittered;
use crate::session::contract::output::{Outcome, Output};
use crate::session::inbox::Fate;
use crate::session::interface::event::{CallId, Delivery, Receipt};
use crate::session::interface::failure::{Failure, FailureKind};
use crate::session::interface::time::{Mono, Now};
use crate::session::interface::token::TaskToken;
use crate::session::words::codes::Code;
use crate::session::words::sentences::cause;
use crate::session::{Command, Level, Session, TaskResult};

/// How many are answered at a time; more stay in the queue.
const MAX_READY: usize = 8;
/// How long an answer may take.
const CALL: Duration = Duration::from_secs(10);
/// The first and the longest wait after an answer that failed.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// A `ready` that is being answered.
#[derive(Debug)]
pub(in crate::session) struct Ready {
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
    pub(in crate::session) fn due(&self) -> Option<Mono> {
        self.call.is_none().then_some(self.next)
    }

    pub(in crate::session) fn hurry(&mut self, now: Now) {
        self.next = self.next.min(now.mono);
    }
}

impl Session {
    pub(in crate::session) fn ready_delivered(
        &mut self,
        now: Now,
        delivery: &Delivery,
        session_id: Option<String>,
        token: TaskToken,
    ) -> Fate {
        let known = self.intake.ready.iter_mut().find(|ready| ready.token == token);
        if let Some(ready) = known {
            ready.receipt = delivery.receipt;
        } else if self.intake.ready.len() < MAX_READY {
            self.intake.ready.push(Ready {
                token,
                receipt: delivery.receipt,
                session_id,
                call: None,
                next: now.mono,
                attempts: 0,
                told: None,
            });
        }
        Fate::Used
    }

    fn ready_output(&self, session_id: Option<String>) -> String {
        let output = Output {
            outcome: Outcome::Ready,
            reason: None,
            reason_text: None,
            session_id,
            instance_id: self.machine.instance_id.clone(),
            user: self.settings.local_user.clone(),
            started_at: None,
            ended_at: None,
            last_beat_at: None,
            beats: 0,
            version: env!("CARGO_PKG_VERSION").into(),
        };
        // Serialising plain fields into memory cannot fail; were it to, the least output still answers.
        serde_json::to_string(&output).unwrap_or_else(|_| "{}".into())
    }

    /// Answers whatever `ready` is due.
    pub(in crate::session) fn answer_ready(&mut self, now: Now) {
        if self.is_going_down() {
            return;
        }
        for i in 0..self.intake.ready.len() {
            if self.intake.ready[i].due().is_none_or(|due| due > now.mono) {
                continue;
            }
            let call = self.next_call();
            let output = self.ready_output(self.intake.ready[i].session_id.clone());
            let ready = &mut self.intake.ready[i];
            ready.call = Some(call);
            ready.attempts += 1;
            let token = ready.token.clone();
            let verdict = TaskResult::Success(output);
            self.out.push(Command::Close { call, token, verdict, timeout: CALL });
        }
    }

    /// Takes the answer to a `ready`. False if `call` was none.
    pub(in crate::session) fn ready_answered(
        &mut self,
        now: Now,
        call: CallId,
        answer: &Result<Option<String>, Failure>,
    ) -> bool {
        let Some(i) = self.intake.ready.iter().position(|ready| ready.call == Some(call)) else {
            return false;
        };
        let over = matches!(answer, Err(Failure { kind: FailureKind::TokenOver(_), .. }));
        if over || answer.is_ok() {
            let ready = self.intake.ready.remove(i);
            let text = if over {
                "a ready message was answered before, or its workflow is over"
            } else {
                "told the workflow that an agent and a user are ready"
            };
            self.log(Level::Info, Code::Ready, text);
            self.out.push(Command::Delete(ready.receipt));
            return true;
        }
        let ready = &mut self.intake.ready[i];
        ready.call = None;
        let wait = FIRST_RETRY.saturating_mul(1 << (ready.attempts - 1).min(8)).min(LONGEST_RETRY);
        ready.next = now.mono + jittered(wait, 0.2, &mut self.rng);
        if let Err(failure) = answer {
            let is_news = ready.told.replace(failure.kind) != Some(failure.kind);
            let failure = &failure.clone().without(&ready.token);
            self.remember_error("ready", failure);
            if is_news {
                let cause = cause(failure);
                let text = format!(
                    "a ready message cannot be answered, so the workflow starts no session: \
                     {failure}: {cause} (needs states:SendTaskSuccess); trying again"
                );
                self.log(Level::Warn, Code::ReadyFailed, text);
            }
            if matches!(failure.kind, FailureKind::Credentials | FailureKind::Signature) {
                self.out.push(Command::RefreshCredentials);
            }
        }
        true
    }
}
