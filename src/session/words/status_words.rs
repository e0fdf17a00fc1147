//! The view: what the session shows of itself at a moment, and the log of its changes.

use std::time::Duration;

use jiff::Timestamp;

use crate::session::computer::Computer;
use crate::session::contract::output::{Outcome, Reason};
use crate::session::contract::state::State;
use crate::session::contract::status::{Closing, Countdown, Credentials, View};
use crate::session::inbox::fate::Rejected;
use crate::session::interface::command::{Level, LogLine};
use crate::session::interface::settings::{AfterEnd, Settings};
use crate::session::interface::time::{Mono, Now};
use crate::session::live::Live;
use crate::session::phase::Phase;
use crate::session::words::codes::Code;
use crate::session::words::said::{Said, said};
use crate::session::words::sentences;
use crate::session::words::text::Text;

/// Everything that is shown, as of a moment.
pub(in crate::session) struct Picture<'a> {
    pub(in crate::session) now: Now,
    pub(in crate::session) phase: &'a Phase,
    pub(in crate::session) computer: &'a Computer,
    pub(in crate::session) settings: &'a Settings,
    /// What somebody has to mend before a session can begin.
    pub(in crate::session) attention: Option<Text>,
    pub(in crate::session) clock_offset_seconds: Option<i64>,
    pub(in crate::session) rejected: &'a Rejected,
    pub(in crate::session) last_error: Option<&'a str>,
    pub(in crate::session) extend_refusal: Option<Said>,
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
            sentence: self.sentence(state).short(),
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
            unhealthy: self.computer.unwell().cloned(),
            extend_refusal: self.extend_refusal.clone().map(Into::into),
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
                problem: ending.attempts.problem().map(sentences::trouble),
                accepted_at: None,
                request_id: None,
                after_end: ending.after,
            }),
            Phase::Closed(closed) => Some(Closing {
                outcome: closed.plan.outcome,
                reason: closed.plan.reason,
                attempts: closed.attempts,
                problem: closed.after_problem.clone().map(Into::into),
                accepted_at: Some(closed.accepted_at),
                request_id: closed.request_id.clone(),
                after_end: closed.after,
            }),
            Phase::Waiting(_) | Phase::Live(_) | Phase::EndedElsewhere(_) => None,
        }
    }

    fn sentence(&self, state: State) -> Text {
        match self.phase {
            Phase::Waiting(extension) => match (self.attention.clone(), extension) {
                (Some(attention), _) => return attention,
                (None, Some(extension)) if extension.overdue => said!("extension-overdue"),
                (None, Some(_)) => said!("extension-awaited"),
                (None, None) if !self.computer.has_queue() => said!("starting"),
                (None, None) => said!("waiting"),
            },
            Phase::Live(live) => self.sentence_of_live(live, state),
            Phase::Ending(ending) => match (ending.attempts.problem(), ending.plan.outcome) {
                (Some(problem), _) => said!("ending-stuck", cause = sentences::trouble(problem)),
                (None, Outcome::Extend) => said!("extending"),
                (None, Outcome::Ended | Outcome::Failed | Outcome::Ready) => said!("ending"),
            },
            Phase::Closed(closed) => {
                let reason = sentences::reason(closed.plan.reason);
                match (closed.after, &closed.after_problem) {
                    (AfterEnd::Shutdown, None) => said!("closed-then-shutdown", reason = reason),
                    (AfterEnd::Logoff, None) => said!("closed-then-logoff", reason = reason),
                    (AfterEnd::Shutdown | AfterEnd::Logoff, Some(_)) => {
                        said!("closed-then-stopped", reason = reason)
                    }
                    (AfterEnd::None, _) => said!("closed", reason = reason),
                }
            }
            Phase::EndedElsewhere(_) => said!("ended-elsewhere"),
        }
        .into()
    }

    fn sentence_of_live(&self, live: &Live, state: State) -> Said {
        let now = self.now;
        if let Some((reason, _, _)) = live.countdown() {
            return match reason {
                Reason::Remote => said!("soon-remote"),
                Reason::Idle => said!("soon-idle"),
                Reason::Disconnected => said!("soon-disconnected"),
                Reason::User
                | Reason::OsShutdown
                | Reason::Logoff
                | Reason::TimeUp
                | Reason::Spot
                | Reason::Failure => said!("soon"),
            };
        }
        match state {
            State::Active if live.spot_at.is_some() => said!("active-spot"),
            State::Active => said!("active"),
            State::AtRisk => match live.cadence.failing() {
                Some(failing) => {
                    let left = now.mono.until(live.cadence.window_end());
                    let cause = sentences::cause(&failing.last);
                    said!("risk", left = sentences::left(left), cause = cause)
                }
                None if live.is_past_its_end(now) => said!("risk-past-end"),
                None => match &self.attention {
                    Some(attention) => said!("risk-attention", attention = attention),
                    None => said!("risk-not-reached"),
                },
            },
            State::Waiting
            | State::Ending
            | State::Closed
            | State::EndedElsewhere
            | State::NeedsAttention => said!("confirming"),
        }
    }
}

/// What was shown last, to log each change once.
#[derive(Debug)]
pub(in crate::session) struct Shown {
    state: State,
    /// What needed attention as it was logged last, and when.
    attention: Option<(Mono, Text)>,
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
        Some(LogLine { level: Level::Error, code: Code::Attention, text: sentence.into() })
    }
}

/// Wall times that are computed from the monotonic clock wobble by microseconds; people need seconds.
fn round_to_second(at: Timestamp) -> Timestamp {
    at.round(jiff::Unit::Second).unwrap_or(at)
}
