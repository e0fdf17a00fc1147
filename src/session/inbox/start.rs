//! What follows from a message about a session, by where the session stands. Decides only;
//! `Session` carries it out.

use crate::session::contract::message::Start;
use crate::session::contract::output::Outcome;
use crate::session::interface::event::Delivery;
use crate::session::live::{Live, Same};
use crate::session::phase::Phase;

/// What to do with a start message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) enum Decision {
    /// A session begins.
    Take,
    /// It is tried, and takes effect when the service accepts it: a lone word, or another token of
    /// the living session, which is not given up for less.
    Try,
    /// It is from before the living session's token: the service tells whether it ever was one.
    Judge,
    /// It is done with, once what we know is durable.
    Acknowledge(String),
    /// It stays in the queue until the present session is over.
    Park(&'static str),
    /// The same, and a beat is to tell whether the present session is over.
    AskService(Option<&'static str>),
}

/// What to do with the message that starts a session with `start`.
pub(in crate::session) fn decide(
    phase: &Phase,
    delivery: &Delivery,
    session_id: Option<&str>,
    start: &Start,
    is_bare: bool,
) -> Decision {
    let fingerprint = start.token.fingerprint();
    let Some(live) = phase.living() else {
        return match phase {
            Phase::Waiting(None) | Phase::Closed(_) if !is_bare => Decision::Take,
            // What is known of the session before is kept until its answer is known to be one.
            Phase::Waiting(_)
            | Phase::Live(_)
            | Phase::Ending(_)
            | Phase::Closed(_)
            | Phase::EndedElsewhere(_) => Decision::Try,
        };
    };
    if live.fingerprint == fingerprint {
        return Decision::Acknowledge(format!("repeats the present session's token {fingerprint}"));
    }
    match live.same_session(session_id, start.execution_arn.as_deref()) {
        Same::Yes if live.is_newer_than(delivery.sent_at) => older(live),
        Same::Yes => Decision::Try,
        Same::No => {
            Decision::Park("starts another session while this one is alive: it stays in the queue")
        }
        Same::CannotTell => Decision::AskService(Some(
            "has a task token without session id while another is alive: it stays in the queue \
             until a beat has told whether the present one still is",
        )),
    }
}

/// A token of this session, but from before the present one: queues do not keep order.
fn older(live: &Live) -> Decision {
    if live.cadence.was_confirmed() {
        return Decision::Judge;
    }
    Decision::AskService(None)
}

/// What to do with an `end` message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum EndDecision {
    /// The session closes after the message's grace.
    CountDown,
    /// It is done with.
    Acknowledge(&'static str),
    /// The session goes on with another token, and then it is to end.
    Park,
    /// Its start may be still to come.
    Leave,
}

/// What to do with a message that ends the session `session_id`, or whichever is here.
pub(in crate::session) fn decide_end(
    phase: &Phase,
    delivery: &Delivery,
    session_id: Option<&str>,
) -> EndDecision {
    let concerns_us = |live: &Live| match (live.session_id.as_deref(), session_id) {
        (Some(ours), Some(theirs)) => ours == theirs,
        (_, None) | (None, _) => true,
    };
    let over = EndDecision::Acknowledge("ends a session that is ending or over already");
    match phase {
        Phase::Live(live) if session_id.is_none() && live.began_after(delivery.sent_at) => {
            EndDecision::Acknowledge("ends a session before this one: acknowledged")
        }
        Phase::Live(live) if concerns_us(live) => EndDecision::CountDown,
        Phase::Ending(ending) if ending.plan.outcome == Outcome::Extend => EndDecision::Park,
        Phase::Ending(ending) if concerns_us(&ending.live) => over,
        Phase::Closed(closed) if concerns_us(&closed.live) => over,
        Phase::EndedElsewhere(live) if concerns_us(live) => over,
        Phase::Waiting(_)
        | Phase::Live(_)
        | Phase::Ending(_)
        | Phase::Closed(_)
        | Phase::EndedElsewhere(_) => EndDecision::Leave,
    }
}
