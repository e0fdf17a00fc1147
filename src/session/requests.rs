//! What people and scripts at the machine ask for, and whether they get it.

use crate::session::close::attempt::ClosePlan;
use crate::session::contract::output::{Outcome, Reason};
use crate::session::interface::request::{AskId, Refusal, Reply, Request, check_failure};
use crate::session::interface::time::Now;
use crate::session::{AfterEnd, Command, Phase, Session};

/// A reason is a remark, not a document.
const MAX_REASON_TEXT_CHARS: usize = 1024;

impl Session {
    pub(super) fn asked(&mut self, now: Now, ask: AskId, request: Request) {
        match request {
            Request::End { text } => {
                let text = text.map(|text| text.chars().take(MAX_REASON_TEXT_CHARS).collect());
                let plan = ClosePlan { text, ..ClosePlan::end(Reason::User, now) };
                self.close_for(now, ask, plan, self.settings.after_end);
            }
            Request::Extend => match self.extend_refusal() {
                Some(sentence) => self.refuse(ask, self.why_not_extend(), sentence),
                None => {
                    let plan =
                        ClosePlan { outcome: Outcome::Extend, ..ClosePlan::end(Reason::User, now) };
                    self.close_for(now, ask, plan, AfterEnd::None);
                }
            },
            Request::Fail { error, cause } => self.fail(now, ask, error, cause),
            Request::StillHere => {
                if self.stay() {
                    self.reply_done(ask, "The countdown is off; your session goes on.");
                } else {
                    let sentence = "No countdown is running that could be called off.".into();
                    self.refuse(ask, Refusal::TooLate, sentence);
                }
            }
            Request::TryAgain => match &mut self.phase {
                Phase::Ending(ending) => {
                    ending.hurry(now);
                    self.reply_done(ask, "Telling Step Functions again.");
                }
                Phase::Waiting(_)
                | Phase::Live(_)
                | Phase::Closed(_)
                | Phase::EndedElsewhere(_) => {
                    self.refuse(ask, Refusal::TooLate, "Nothing is being closed.".into());
                }
            },
            Request::ShutDownAnyway => self.shut_down_anyway(now, ask),
        }
    }

    fn fail(&mut self, now: Now, ask: AskId, error: String, cause: String) {
        if let Err(sentence) = check_failure(&error, &cause) {
            self.refuse(ask, Refusal::BadRequest, sentence);
            return;
        }
        let plan = ClosePlan {
            outcome: Outcome::Failed,
            failure: Some((error, cause)),
            ..ClosePlan::end(Reason::Failure, now)
        };
        self.close_for(now, ask, plan, self.settings.after_end);
    }

    /// Closes for somebody who waits to hear of it.
    fn close_for(&mut self, now: Now, ask: AskId, plan: ClosePlan, after: AfterEnd) {
        match &mut self.phase {
            Phase::Live(_) => self.begin_close(now, plan, after, vec![ask]),
            Phase::Ending(ending) if ending.plan.outcome == plan.outcome => ending.asks.push(ask),
            Phase::Ending(ending) => {
                let sentence = format!(
                    "Too late: the session is already being closed with outcome {:?}.",
                    ending.plan.outcome
                );
                self.refuse(ask, Refusal::TooLate, sentence);
            }
            Phase::Closed(closed) if closed.plan.outcome == plan.outcome => {
                let request_id = closed.request_id.clone();
                let sentence = "The session is closed already.".into();
                self.out.push(Command::Reply(ask, Reply::Done { sentence, request_id }));
            }
            Phase::Closed(_) => {
                self.refuse(ask, Refusal::TooLate, "The session is closed already.".into());
            }
            Phase::EndedElsewhere(_) => {
                let sentence = "Step Functions had ended the session already.".into();
                self.refuse(ask, Refusal::EndedElsewhere, sentence);
            }
            Phase::Waiting(Some(_)) => {
                let sentence = "More time was asked for, and its answer has not come yet.".into();
                self.refuse(ask, Refusal::NoSession, sentence);
            }
            Phase::Waiting(None) => {
                let sentence =
                    "There is no session on this computer yet: no task token has come.".into();
                self.refuse(ask, Refusal::NoSession, sentence);
            }
        }
    }

    /// Why "Ask for more time" is not to be had now; `None`: it is.
    pub(super) fn extend_refusal(&self) -> Option<String> {
        match &self.phase {
            Phase::Live(live) if live.remote_end.is_some() => {
                Some("An administrator is ending this session.".into())
            }
            Phase::Live(live) if live.extendable => None,
            Phase::Live(_) => Some(
                "This session's workflow does not offer more time (its start message does not say \
                 \"extendable\": true)."
                    .into(),
            ),
            Phase::Ending(ending) if ending.plan.outcome == Outcome::Extend => None,
            Phase::Ending(_) => Some("The session is already being closed.".into()),
            Phase::Waiting(Some(_)) => {
                Some("More time was asked for already; its answer has not come yet.".into())
            }
            Phase::Waiting(None) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {
                Some("There is no session to extend.".into())
            }
        }
    }

    fn why_not_extend(&self) -> Refusal {
        match &self.phase {
            Phase::Live(_) => Refusal::NotOffered,
            Phase::Ending(_) | Phase::Waiting(Some(_)) => Refusal::TooLate,
            Phase::Waiting(None) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {
                Refusal::NoSession
            }
        }
    }

    /// The user does not want to wait for the service any longer. The close stays journaled and
    /// is tried to the end; the heartbeat timeout cleans up otherwise.
    fn shut_down_anyway(&mut self, now: Now, ask: AskId) {
        let Phase::Ending(ending) = &self.phase else {
            self.refuse(ask, Refusal::TooLate, "Nothing is being closed.".into());
            return;
        };
        if ending.problem.is_none() && !ending.live.unverified {
            let sentence = "The close is on its way; please wait for its answer.".into();
            self.refuse(ask, Refusal::TooLate, sentence);
            return;
        }
        let after = ending.after;
        match after {
            AfterEnd::None => {
                self.refuse(ask, Refusal::NotOffered, "No after-end action is configured.".into());
            }
            AfterEnd::Logoff | AfterEnd::Shutdown => {
                self.leave_anyway(now, after);
                let sentence = "Going on without the service; its heartbeat timeout cleans up.";
                self.reply_done(ask, sentence);
            }
        }
    }

    fn reply_done(&mut self, ask: AskId, sentence: &str) {
        let reply = Reply::Done { sentence: sentence.into(), request_id: None };
        self.out.push(Command::Reply(ask, reply));
    }
}
