//! What people and scripts at the machine ask for, and whether they get it. Decides only, by where
//! the session stands; `Session` carries it out.

use crate::session::close::ClosePlan;
use crate::session::contract::in_contract;
use crate::session::contract::output::{Outcome, Reason};
use crate::session::interface::foreign::one_line;
use crate::session::interface::request::{Refusal, Request, failure_as_sent};
use crate::session::interface::settings::AfterEnd;
use crate::session::interface::time::Now;
use crate::session::phase::Phase;
use crate::session::words::said::{Said, said};
use crate::session::words::text::Text;

/// A reason is a remark, not a document.
const MAX_REASON_TEXT_CHARS: usize = 1024;

/// What follows from a request.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Decided {
    /// The session is to be closed for whoever asked.
    Close { plan: ClosePlan, after: AfterEnd },
    /// A close like it is under way: whoever asked waits for it too.
    WaitForClose,
    /// It is closed like that already.
    ClosedAlready { request_id: Option<String> },
    /// Nobody's absence ends the session.
    Stay,
    /// The close is sent again at once.
    TryAgain,
    /// The after-end action is carried out without the service.
    GoAnyway(AfterEnd),
    /// No.
    Refuse(Refusal, Text),
}

fn refuse(why: Refusal, sentence: impl Into<Text>) -> Decided {
    Decided::Refuse(why, sentence.into())
}

/// What follows from `request`; `after_end` is what is configured to follow an end.
pub(super) fn decide(now: Now, phase: &Phase, request: Request, after_end: AfterEnd) -> Decided {
    match request {
        Request::End { text } => {
            let text = text.map(|text| one_line(&text, MAX_REASON_TEXT_CHARS));
            close(phase, ClosePlan { text, ..ClosePlan::end(Reason::User, now) }, after_end)
        }
        Request::Extend => match extend_refusal(phase) {
            Some((why, sentence)) => refuse(why, sentence),
            None => {
                let end = ClosePlan::end(Reason::User, now);
                close(phase, ClosePlan { outcome: Outcome::Extend, ..end }, AfterEnd::None)
            }
        },
        Request::Fail { error, cause } => fail(now, phase, &error, &cause, after_end),
        Request::StillHere => match phase {
            Phase::Live(live) if live.away.is_some() => Decided::Stay,
            Phase::Live(_)
            | Phase::Waiting(_)
            | Phase::Ending(_)
            | Phase::Closed(_)
            | Phase::EndedElsewhere(_) => refuse(Refusal::TooLate, said!("refused-no-countdown")),
        },
        Request::TryAgain => match phase {
            Phase::Ending(_) => Decided::TryAgain,
            Phase::Waiting(_) | Phase::Live(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {
                refuse(Refusal::TooLate, said!("refused-nothing-closing"))
            }
        },
        Request::ShutDownAnyway => shut_down_anyway(phase),
    }
}

fn fail(now: Now, phase: &Phase, error: &str, cause: &str, after: AfterEnd) -> Decided {
    let failure = match failure_as_sent(error, cause) {
        Ok(failure) => failure,
        Err(error) => return refuse(Refusal::BadRequest, error.to_string()),
    };
    let end = ClosePlan::end(Reason::Failure, now);
    let plan = ClosePlan { outcome: Outcome::Failed, failure: Some(failure), ..end };
    close(phase, plan, after)
}

/// Closes for somebody who waits to hear of it.
fn close(phase: &Phase, plan: ClosePlan, after: AfterEnd) -> Decided {
    match phase {
        Phase::Live(_) => Decided::Close { plan, after },
        Phase::Ending(ending) if ending.plan.outcome == plan.outcome => Decided::WaitForClose,
        Phase::Ending(ending) => {
            let outcome = in_contract(&ending.plan.outcome);
            refuse(Refusal::TooLate, said!("refused-closing-otherwise", outcome = outcome))
        }
        Phase::Closed(closed) if closed.plan.outcome == plan.outcome => {
            Decided::ClosedAlready { request_id: closed.request_id.clone() }
        }
        Phase::Closed(_) => refuse(Refusal::TooLate, said!("done-closed-already")),
        Phase::EndedElsewhere(_) => {
            refuse(Refusal::EndedElsewhere, said!("refused-ended-elsewhere"))
        }
        Phase::Waiting(Some(_)) => refuse(Refusal::NoSession, said!("refused-awaits-more-time")),
        Phase::Waiting(None) => refuse(Refusal::NoSession, said!("refused-no-session")),
    }
}

/// Why "Ask for more time" is not to be had now; `None`: it is.
pub(super) fn extend_refusal(phase: &Phase) -> Option<(Refusal, Said)> {
    match phase {
        Phase::Live(live) if live.remote_end.is_some() => {
            Some((Refusal::NotOffered, said!("refused-remote-end")))
        }
        Phase::Live(live) if live.extendable => None,
        Phase::Live(_) => Some((Refusal::NotOffered, said!("refused-not-extendable"))),
        Phase::Ending(ending) if ending.plan.outcome == Outcome::Extend => None,
        Phase::Ending(_) => Some((Refusal::TooLate, said!("refused-closing"))),
        Phase::Waiting(Some(_)) => Some((Refusal::TooLate, said!("refused-asked-already"))),
        Phase::Waiting(None) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {
            Some((Refusal::NoSession, said!("refused-no-session-to-extend")))
        }
    }
}

/// The user does not want to wait for the service any longer. The close stays journaled and is
/// tried to the end; the heartbeat timeout cleans up otherwise.
fn shut_down_anyway(phase: &Phase) -> Decided {
    let Phase::Ending(ending) = phase else {
        return refuse(Refusal::TooLate, said!("refused-nothing-closing"));
    };
    if ending.attempts.problem().is_none() && !ending.live.is_unverified() {
        return refuse(Refusal::TooLate, said!("refused-on-its-way"));
    }
    match ending.after {
        AfterEnd::None => refuse(Refusal::NotOffered, said!("refused-no-after-end")),
        after @ (AfterEnd::Logoff | AfterEnd::Shutdown) => Decided::GoAnyway(after),
    }
}
