//! Keeping the task alive: sends beats when `cadence` says so, and tells what each answer means.
//! What follows for the session, `Session` carries out.

pub(crate) mod cadence;

use std::time::Duration;

use crate::session::interface::command::{Command, Level};
use crate::session::interface::event::CallId;
use crate::session::interface::failure::{Failure, FailureKind};
use crate::session::interface::notification::Notification;
use crate::session::interface::outbox::{Context, Outbox};
use crate::session::interface::time::{Mono, Now};
use crate::session::live::{Greeting, Live};
use crate::session::words::codes::Code;
use crate::session::words::sentences;
use crate::session::words::text::Text;

/// The counts and the last beat of a session are journaled twice a window, within these bounds, so
/// that a restart knows how much of the window is left, and the disk is left alone.
const SAVE_AT_MOST_EVERY: Duration = Duration::from_secs(30);
const SAVE_AT_LEAST_EVERY: Duration = Duration::from_secs(300);

/// What the answer to a beat means.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum BeatMeans {
    /// The answer of another call, or a failure that is dealt with.
    Nothing,
    /// The service still waits; whether the record is to be written, and how to greet the user.
    Alive { save: bool, greeting: Option<Greeting> },
    /// Step Functions no longer waits for this task.
    Over(Failure),
}

/// When `live` should beat next; `None` while one is under way, or nothing to sign with is there.
pub(super) fn due(live: &Live, context: &Context) -> Option<Mono> {
    let ready = !live.is_unverified() && context.can_sign;
    live.cadence.due().filter(|_| ready)
}

/// Sends a beat.
pub(super) fn send(live: &mut Live, now: Now, out: &mut Outbox) {
    let call = out.next_call();
    live.cadence.sent(call, now);
    let (token, timeout) = (live.token.clone(), live.cadence.call_timeout());
    out.push(Command::Beat { call, token, timeout });
}

/// Takes the answer to a beat.
pub(super) fn answered(
    live: &mut Live,
    now: Now,
    call: CallId,
    answer: Result<(), Failure>,
    out: &mut Outbox,
) -> BeatMeans {
    match answer {
        Ok(()) => accepted(live, now, call, out),
        Err(failure) => failed(live, now, call, failure, out),
    }
}

fn accepted(live: &mut Live, now: Now, call: CallId, out: &mut Outbox) -> BeatMeans {
    let trouble = live.cadence.failing().cloned();
    // A lone throttle comes and goes all day.
    let hiccup =
        live.cadence.is_only_throttled(now) && trouble.as_ref().is_some_and(|it| it.attempts < 2);
    if !live.cadence.accepted(call, now, &mut out.rng) {
        return BeatMeans::Nothing;
    }
    if let Some(trouble) = trouble.filter(|_| !hiccup) {
        let text = format!(
            "beats are accepted again after {} failed ones (last: {}); the session goes on",
            trouble.attempts, trouble.last
        );
        out.log(Level::Info, Code::Recovered, text);
    }
    if std::mem::take(&mut live.cadence.risk_told) {
        out.notify(Notification::Recovered);
    }
    let end = live.times_out_at(now);
    let outlived = live.outlived_its_end();
    if let Some(end) = end.filter(|_| outlived) {
        let text = format!(
            "the service still waits although the session's time was to be up at {end}: the end is \
             not known any longer; check the clock, and timeoutSeconds in the message"
        );
        out.log(Level::Warn, Code::Clock, text);
    }
    let greeting = live.confirmed();
    let often = (live.cadence.window() / 2).clamp(SAVE_AT_MOST_EVERY, SAVE_AT_LEAST_EVERY);
    let counts_are_old = live.counts_saved.until(now.mono) >= often;
    BeatMeans::Alive { save: greeting.is_some() || outlived || counts_are_old, greeting }
}

fn failed(
    live: &mut Live,
    now: Now,
    call: CallId,
    failure: Failure,
    out: &mut Outbox,
) -> BeatMeans {
    let failure = failure.without(&live.token);
    if !live.cadence.failed(call, failure.clone(), now, &mut out.rng) {
        return BeatMeans::Nothing;
    }
    let attempts = live.cadence.failing().map_or(0, |failing| failing.attempts);
    let left = now.mono.until(live.cadence.window_end());
    out.call_failed("heartbeat", &failure);
    if matches!(failure.kind, FailureKind::TokenOver(_)) {
        return BeatMeans::Over(failure);
    }
    if live.cadence.is_only_throttled(now) {
        let (throttles, interval) = (live.cadence.throttles(), live.cadence.interval().as_secs());
        if throttles.is_power_of_two() {
            let text = format!(
                "Step Functions has too many callers in this account and region ({failure}; \
                 {throttles} times so far): beats come every {interval} s now and get faster again; \
                 the session goes on. If this stays, ask AWS for a higher quota, or set a longer \
                 HeartbeatSeconds"
            );
            out.log(Level::Warn, Code::Throttled, text);
        }
        return BeatMeans::Nothing;
    }
    // Doubling the gap between lines keeps hours of failure readable.
    if attempts.is_power_of_two() {
        let level = if attempts >= 4 { Level::Error } else { Level::Warn };
        out.log(
            level,
            Code::AtRisk,
            format!(
                "beat {attempts} in a row failed: {failure}; {}; Step Functions gives up in {} s \
                 unless one gets through; trying again",
                sentences::cause(&failure),
                left.as_secs()
            ),
        );
    }
    BeatMeans::Nothing
}

/// Why no beat gets through, in words for the user, if it is more than a hiccup.
fn risk<'a>(live: &'a Live, context: &Context<'a>) -> Option<Risk<'a>> {
    match live.cadence.failing() {
        Some(failing) => (failing.attempts >= 2).then_some(Risk::Fails(&failing.last)),
        // Not even one can be sent.
        None => context.held_back.filter(|_| !live.cadence.is_under_way()).map(Risk::HeldBack),
    }
}

/// Why no beat gets through.
enum Risk<'a> {
    Fails(&'a Failure),
    HeldBack(&'a Text),
}

/// When the user is to be told that the session is at risk, unless a beat gets through before:
/// once per run of failures, when a third of the window is left.
pub(super) fn risk_due(live: &Live, context: &Context) -> Option<Mono> {
    let untold = !live.cadence.risk_told && risk(live, context).is_some();
    untold.then(|| live.cadence.risk_time())
}

/// Tells the user that the session is at risk.
pub(super) fn tell_of_risk(live: &mut Live, now: Now, context: &Context, out: &mut Outbox) {
    let cause = match risk(live, context) {
        Some(Risk::Fails(failure)) => sentences::cause(failure),
        Some(Risk::HeldBack(sentence)) => sentence.clone(),
        None => "".into(),
    };
    let gives_up_at = now.wall_at(live.cadence.window_end());
    live.cadence.risk_told = true;
    out.notify(Notification::AtRisk { gives_up_at, cause });
}
