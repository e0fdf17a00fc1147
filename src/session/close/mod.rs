//! The phase changes round a close: from Live to Ending, to Closed or ended elsewhere, and who is
//! told. What a close is, `closing` knows; what follows on the machine, `departure`.

pub(in crate::session) mod attempt;

use crate::session::close::attempt::{ClosePlan, Ending, Meaning};
use crate::session::contract::output::Outcome;
use crate::session::interface::event::CallId;
use crate::session::interface::failure::Failure;
use crate::session::interface::time::Now;
use crate::session::words::codes::Code;
use crate::session::words::sentences;
use crate::session::{
    AfterEnd, AskId, Closed, Command, Extension, Level, Notification, Phase, Refusal, Reply,
    Session,
};

impl Session {
    /// Decides the end of the living session. Does nothing in any other phase.
    pub(super) fn begin_close(
        &mut self,
        now: Now,
        plan: ClosePlan,
        after: AfterEnd,
        asks: Vec<AskId>,
    ) {
        let live = match std::mem::replace(&mut self.phase, Phase::Waiting(None)) {
            Phase::Live(live) => *live,
            other => {
                self.phase = other;
                return;
            }
        };
        let text = format!(
            "ending session {}: outcome {:?}, reason {:?}; telling Step Functions",
            live.session_id.as_deref().unwrap_or("without id"),
            plan.outcome,
            plan.reason
        );
        self.log(Level::Info, Code::Ending, text);
        let intent = self.journaling.revision() + 1;
        self.phase = Phase::Ending(Box::new(Ending::new(now, live, plan, after, asks, intent)));
        self.save(now);
    }

    /// Sends the close when it is due.
    pub(super) fn advance_ending(&mut self, now: Now) {
        let Phase::Ending(ending) = &self.phase else { return };
        if ending.live.unverified || ending.due().is_none_or(|due| due > now.mono) {
            return;
        }
        let os_deadline = self.os_patience();
        let instance = self.machine.instance_id.as_deref();
        let verdict = ending.verdict(instance, self.settings.local_user.as_deref());
        let (token, timeout) = (ending.live.token.clone(), ending.call_timeout(now, os_deadline));
        let call = self.next_call();
        if let Phase::Ending(ending) = &mut self.phase {
            ending.sent(call);
        }
        self.out.push(Command::Close { call, token, verdict, timeout });
    }

    pub(super) fn close_answered(
        &mut self,
        now: Now,
        call: CallId,
        answer: Result<Option<String>, Failure>,
    ) {
        if self.ready_answered(now, call, &answer) {
            return;
        }
        let mut rng = self.rng.fork();
        let Phase::Ending(ending) = &mut self.phase else { return };
        let answer = answer.map_err(|failure| failure.without(&ending.live.token));
        let failure = answer.as_ref().err().cloned();
        match ending.answered(call, answer, now, &mut rng) {
            Meaning::Old => {}
            Meaning::Closed(request_id) => {
                let how = format!(
                    "Step Functions accepted it (request {})",
                    request_id.as_deref().unwrap_or("unknown")
                );
                self.closed(now, request_id, &how);
            }
            Meaning::ClosedAsFarAsCanBeTold => {
                let how = "Step Functions says that the task is over, and an earlier send whose \
                           answer was lost most likely did it";
                self.closed(now, None, how);
            }
            Meaning::EndedElsewhere(failure) => self.close_came_too_late(now, &failure),
            Meaning::Retry(refresh) => {
                if let Some(failure) = failure {
                    self.close_failed(&failure);
                }
                if refresh {
                    self.out.push(Command::RefreshCredentials);
                }
            }
        }
    }

    fn close_failed(&mut self, failure: &Failure) {
        self.remember_error("close", failure);
        let Phase::Ending(ending) = &mut self.phase else { return };
        let (attempts, stuck) = (ending.attempts, ending.becomes_stuck());
        if attempts.is_power_of_two() {
            let text = format!(
                "close attempt {attempts} failed: {failure}; {}; trying again; the session stays \
                 open until Step Functions accepts it",
                sentences::cause(failure)
            );
            self.log(Level::Warn, Code::CloseFailed, text);
        }
        if stuck {
            self.notify(Notification::CloseStuck(sentences::cause(failure).into()));
        }
    }

    /// The service accepted it.
    fn closed(&mut self, now: Now, request_id: Option<String>, how: &str) {
        let Some(ending) = self.take_ending() else { return };
        let Ending { live, plan, after, asks, attempts, .. } = ending;
        self.journaling.finish(live.fingerprint.clone());
        let text = format!(
            "session {} closed with outcome {:?}: {how}",
            live.session_id.as_deref().unwrap_or("without id"),
            plan.outcome,
        );
        self.log(Level::Info, Code::Closed, text);
        let sentence = match plan.outcome {
            Outcome::Extend => "More time was asked for; the workflow will answer.".to_owned(),
            Outcome::Ended | Outcome::Failed | Outcome::Ready => {
                "The session is closed; Step Functions confirmed it.".to_owned()
            }
        };
        for ask in asks {
            let reply = Reply::Done { sentence: sentence.clone(), request_id: request_id.clone() };
            self.out.push(Command::Reply(ask, reply));
        }
        if plan.outcome == Outcome::Extend {
            let extension = Extension { before: live, since: now.mono, overdue: false };
            self.phase = Phase::Waiting(Some(Box::new(extension)));
            self.let_parked_come_back(now);
            self.save(now);
            self.leave(now, AfterEnd::None);
            return;
        }
        self.notify(Notification::Closed { reason: plan.reason });
        self.phase = Phase::Closed(Box::new(Closed {
            live,
            plan,
            attempts,
            accepted_at: now.wall,
            request_id,
            after,
            after_problem: None,
        }));
        self.let_parked_come_back(now);
        self.save(now);
        self.leave(now, after);
    }

    /// The service had ended it before our first try.
    fn close_came_too_late(&mut self, now: Now, failure: &Failure) {
        let Phase::Ending(ending) = &mut self.phase else { return };
        let after = ending.after;
        let sentence = "The session was over already: Step Functions had ended it before.";
        self.refuse_all_waiting(Refusal::EndedElsewhere, sentence);
        self.ended_elsewhere(now, failure);
        // Whoever asked for the end is ready for it, and the workflow has no claim left.
        self.leave(now, after);
    }

    pub(super) fn take_ending(&mut self) -> Option<Ending> {
        match std::mem::replace(&mut self.phase, Phase::Waiting(None)) {
            Phase::Ending(ending) => Some(*ending),
            other => {
                self.phase = other;
                None
            }
        }
    }

    pub(super) fn refuse(&mut self, ask: AskId, why: Refusal, sentence: String) {
        self.out.push(Command::Reply(ask, Reply::Refused { sentence, why }));
    }
}
