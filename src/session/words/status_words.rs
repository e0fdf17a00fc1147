//! The view: what the session shows of itself at a moment, and the log of its changes.

use std::time::Duration;

use jiff::Timestamp;

use crate::session::computer::Computer;
use crate::session::contract::output::{Outcome, Reason};
use crate::session::contract::status::{Closing, Countdown, Credentials, State, View};
use crate::session::inbox::fate::Rejected;
use crate::session::interface::command::{Level, LogLine};
use crate::session::interface::settings::{AfterEnd, Settings};
use crate::session::interface::time::{Mono, Now};
use crate::session::live::Live;
use crate::session::phase::Phase;
use crate::session::words::codes::Code;
use crate::session::words::sentences;

/// Everything that is shown, as of a moment.
pub(in crate::session) struct Picture<'a> {
    pub(in crate::session) now: Now,
    pub(in crate::session) phase: &'a Phase,
    pub(in crate::session) computer: &'a Computer,
    pub(in crate::session) settings: &'a Settings,
    /// What somebody has to mend before a session can begin.
    pub(in crate::session) attention: Option<String>,
    pub(in crate::session) clock_offset_seconds: Option<i64>,
    pub(in crate::session) rejected: &'a Rejected,
    pub(in crate::session) last_error: Option<&'a str>,
    pub(in crate::session) extend_refusal: Option<&'a str>,
}

impl Picture<'_> {
    /// The state that people are shown; never better than the truth.
    pub(in crate::session) fn state(&self) -> State {
        let now = self.now;
        match self.phase {
            Phase::Waiting(Some(extension)) if extension.overdue => State::NeedsAttention,
            Phase::Waiting(_) if self.attention.is_some() => State::NeedsAttention,
            Phase::Waiting(_) => State::Waiting,
            Phase::Live(live) => {
                let trouble = self.attention.is_some();
                // Failing, or over unless the service says otherwise.
                if live.cadence.failing().is_some() || live.is_past_its_end(now) {
                    State::AtRisk
                } else if live.cadence.is_confirmed(now) {
                    State::Active
                } else if trouble || now.mono >= live.cadence.window_end() {
                    State::AtRisk
                } else {
                    State::Waiting
                }
            }
            Phase::Ending(_) => State::Ending,
            Phase::Closed(_) => State::Closed,
            Phase::EndedElsewhere(_) => State::EndedElsewhere,
        }
    }

    /// Everything that may be shown, as of `now`.
    pub(in crate::session) fn view(&self) -> View {
        let (now, state) = (self.now, self.state());
        let live = self.phase.shown();
        let alive = matches!(self.phase, Phase::Live(_) | Phase::Ending(_));
        let left = |at: Mono| now.mono.until(at).as_secs();
        let end = self.last_moment();
        View {
            state,
            sentence: sentences::fit(self.sentence(state)),
            code: sentences::state_code(state).id().into(),
            session_id: live.and_then(|live| live.session_id.clone()),
            instance_id: self.computer.instance_id().map(Into::into),
            user: live.and_then(|live| live.user.clone()),
            started_at: live.map(|live| live.started_at),
            ends_at: end.map(|at| round_to_second(now.wall_at(at))),
            last_beat_at: live.and_then(|live| live.cadence.last_beat_at),
            next_beat_at: live
                .filter(|_| alive)
                .map(|live| round_to_second(now.wall_at(live.cadence.next()))),
            window_remaining_seconds: live
                .filter(|_| alive)
                .map(|live| left(live.cadence.window_end())),
            session_remaining_seconds: end.map(left),
            session_remaining_share: live
                .filter(|_| alive)
                .and_then(|live| live.share_left(now, self.settings)),
            beats: live.map_or(0, |live| live.cadence.beats),
            failures: live.map_or(0, |live| live.cadence.failures),
            credentials: self.computer.key().map(|key| Credentials {
                source: key.source.into(),
                key_suffix: key.key_suffix.clone(),
                expires_at: key.expires_at,
            }),
            clock_offset_seconds: self.clock_offset_seconds,
            rejected_messages: self.rejected.count(),
            last_rejection: self.rejected.last_reason().map(Into::into),
            last_error: self.last_error.map(Into::into),
            unhealthy: self.computer.unwell().map(Into::into),
            extend_refusal: self.extend_refusal.map(Into::into),
            countdown: self.countdown(),
            closing: self.closing(),
        }
    }

    fn last_moment(&self) -> Option<Mono> {
        match self.phase {
            Phase::Live(live) => live.last_moment(self.settings),
            Phase::Ending(ending) => ending.live.last_moment(self.settings),
            Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => None,
        }
    }

    fn countdown(&self) -> Option<Countdown> {
        let now = self.now;
        let Phase::Live(live) = self.phase else { return None };
        let (reason, at, can_stay) = live.countdown()?;
        Some(Countdown { reason, at: round_to_second(now.wall_at(at)), can_stay })
    }

    fn closing(&self) -> Option<Closing> {
        match self.phase {
            Phase::Ending(ending) => Some(Closing {
                outcome: ending.plan.outcome,
                reason: ending.plan.reason,
                attempts: ending.attempts.count(),
                problem: ending
                    .attempts
                    .problem()
                    .map(|problem| sentences::trouble(problem).into()),
                accepted_at: None,
                request_id: None,
                after_end: ending.after,
            }),
            Phase::Closed(closed) => Some(Closing {
                outcome: closed.plan.outcome,
                reason: closed.plan.reason,
                attempts: closed.attempts,
                problem: closed.after_problem.clone(),
                accepted_at: Some(closed.accepted_at),
                request_id: closed.request_id.clone(),
                after_end: closed.after,
            }),
            Phase::Waiting(_) | Phase::Live(_) | Phase::EndedElsewhere(_) => None,
        }
    }

    fn sentence(&self, state: State) -> String {
        match self.phase {
            Phase::Waiting(extension) => match (self.attention.clone(), extension) {
                (Some(attention), _) => attention,
                (None, Some(extension)) if extension.overdue => {
                    "No answer to your wish for more time. Save your work; ask your administrator."
                        .into()
                }
                (None, Some(_)) => "More time was asked for; waiting for the answer.".into(),
                (None, None) if !self.computer.has_queue() => {
                    "Starting: finding out about this computer and its queue.".into()
                }
                (None, None) => "Waiting for a session to start on this computer.".into(),
            },
            Phase::Live(live) => self.sentence_of_live(live, state),
            Phase::Ending(ending) => match (ending.attempts.problem(), ending.plan.outcome) {
                (Some(problem), _) => {
                    format!("Ending is not through yet: {}.", sentences::trouble(problem))
                }
                (None, Outcome::Extend) => "Asking for more time…".into(),
                (None, Outcome::Ended | Outcome::Failed | Outcome::Ready) => {
                    "Ending your session: telling AWS. Please wait.".into()
                }
            },
            Phase::Closed(closed) => {
                let next = match (closed.after, &closed.after_problem) {
                    (AfterEnd::Shutdown, None) => " This computer will shut down.",
                    (AfterEnd::Logoff, None) => " You will be logged off.",
                    (AfterEnd::Shutdown | AfterEnd::Logoff, Some(_)) => {
                        " AWS will stop this computer."
                    }
                    (AfterEnd::None, _) => "",
                };
                format!("Session closed ({}).{next}", sentences::reason(closed.plan.reason))
            }
            Phase::EndedElsewhere(_) => {
                "This session was ended from outside. Save your work: this computer may be stopped."
                    .into()
            }
        }
    }

    fn sentence_of_live(&self, live: &Live, state: State) -> String {
        let now = self.now;
        if let Some((reason, _, _)) = live.countdown() {
            let why = match reason {
                Reason::Remote => "An administrator is ending your session. Save your work.",
                Reason::Idle => "Nobody seems to be here: your session is about to end.",
                Reason::Disconnected => "Nobody is connected: your session is about to end.",
                Reason::User
                | Reason::OsShutdown
                | Reason::Logoff
                | Reason::TimeUp
                | Reason::Spot
                | Reason::Failure => "Your session is about to end. Save your work.",
            };
            return why.into();
        }
        match state {
            State::Active if live.spot_at.is_some() => {
                "AWS takes this computer back very soon. Save your work now.".into()
            }
            State::Active => "Your session is active.".into(),
            State::AtRisk => match live.cadence.failing() {
                Some(failing) => {
                    let left = now.mono.until(live.cadence.window_end());
                    let cause = sentences::cause(&failing.last);
                    format!("Session at risk ({}): {cause}.", sentences::left(left))
                }
                None if live.is_past_its_end(now) => {
                    "The session's time is up; asking AWS whether it goes on.".into()
                }
                None => match &self.attention {
                    Some(attention) => format!("Session at risk: {attention}"),
                    None => "Session at risk: AWS was not reached in time; trying.".into(),
                },
            },
            State::Waiting
            | State::Ending
            | State::Closed
            | State::EndedElsewhere
            | State::NeedsAttention => "A session was found; confirming it with AWS.".into(),
        }
    }
}

/// What was shown last, to log each change once.
#[derive(Debug)]
pub(in crate::session) struct Shown {
    state: State,
    /// What needed attention as it was logged last, and when.
    attention: Option<(Mono, String)>,
}

impl Default for Shown {
    fn default() -> Self {
        Self { state: State::Waiting, attention: None }
    }
}

impl Shown {
    /// Nothing bad was shown; it may be a lie once the heartbeat window is over.
    pub(in crate::session) fn is_hopeful(&self) -> bool {
        matches!(self.state, State::Active | State::Waiting)
    }

    /// Each change of what is shown, once, for the log.
    pub(in crate::session) fn changes(&mut self, picture: &Picture) -> Vec<LogLine> {
        let state = picture.state();
        let before = std::mem::replace(&mut self.state, state);
        if before == state {
            return self.another_attention(picture).into_iter().collect();
        }
        let level = match state {
            State::Waiting | State::Active | State::Ending | State::Closed => Level::Info,
            State::AtRisk | State::EndedElsewhere => Level::Warn,
            State::NeedsAttention => Level::Error,
        };
        let sentence = picture.sentence(state);
        let mut lines = Vec::new();
        if before == State::NeedsAttention {
            let text = "what needed attention is mended".into();
            lines.push(LogLine { level: Level::Info, code: Code::AttentionOver, text });
        }
        let needs_attention = state == State::NeedsAttention;
        self.attention = needs_attention.then(|| (picture.now.mono, sentence.clone()));
        let text = format!("{before:?} -> {state:?}: {sentence}");
        lines.push(LogLine { level, code: sentences::state_code(state), text });
        lines
    }

    /// One thing was mended, and another shows. Not each time that a network's mood changes.
    fn another_attention(&mut self, picture: &Picture) -> Option<LogLine> {
        const AT_MOST_EVERY: Duration = Duration::from_secs(60);
        let (at, told) = self.attention.as_ref()?;
        if at.until(picture.now.mono) < AT_MOST_EVERY {
            return None;
        }
        let sentence = picture.sentence(State::NeedsAttention);
        if sentence == *told {
            return None;
        }
        self.attention = Some((picture.now.mono, sentence.clone()));
        Some(LogLine { level: Level::Error, code: Code::Attention, text: sentence })
    }
}

/// Wall times that are computed from the monotonic clock wobble by microseconds; people need seconds.
fn round_to_second(at: Timestamp) -> Timestamp {
    at.round(jiff::Unit::Second).unwrap_or(at)
}
