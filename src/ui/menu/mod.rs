//! What the tray shows, as plain data: icon, tooltip, menu. Made from a view; drawn by a shell.

use std::time::Duration;

use jiff::Timestamp;

use crate::session::words::said::said;
use crate::session::words::text;
use crate::session::{State, View};
use crate::ui::icon::{STEPS, step};
use crate::ui::language::{joined, spoken};
use crate::ui::texts::{self, Label};
use crate::ui::times::{local_time, span, told};

/// From so many seconds on the time left is told in whole minutes: nothing to redraw each second.
const IN_MINUTES: u64 = 300;

/// Another time zone, language or clock is seen within this.
pub(crate) const ZONE_FOLLOWED: Duration = Duration::from_secs(60);

/// Everything the tray shows. Equal looks need no redrawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Chooses the icon.
    pub state: State,
    /// The share of the session that is left, for the icon's ring; in steps, so that it seldom
    /// changes.
    pub ring: Option<Ring>,
    /// At most 127 UTF-16 units.
    pub tooltip: String,
    /// From top to bottom.
    pub menu: Vec<Row>,
}

/// The icon's ring: how many of [`STEPS`] are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ring(pub u8);

impl Ring {
    /// The share it stands for, 0 to 1.
    pub fn share(self) -> f64 {
        f64::from(self.0) / f64::from(STEPS)
    }
}

/// A row of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Text only.
    Status(String),
    /// A line.
    Separator,
    /// Something to choose.
    Choice {
        /// What it does.
        choice: Choice,
        /// Its words.
        label: String,
        /// False: greyed.
        enabled: bool,
    },
}

/// What a user can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// Open Deskbeat: how the session stands. A click on the icon.
    Open,
    /// End session…
    End,
    /// Ask for more time.
    Extend,
    /// I'm still here.
    StillHere,
    /// A close is stuck: send it again.
    TryAgain,
    /// A close is stuck: do not wait for it.
    ShutDownAnyway,
    /// Copy diagnostics.
    CopyDiagnostics,
    /// Open log.
    OpenLog,
    /// About.
    About,
}

/// The look of `view` at `now`.
pub fn look(view: &View, now: Timestamp) -> Look {
    // Nothing is well while the session is about to end by itself.
    let state = match (view.state, &view.countdown) {
        (State::Active, Some(_)) => State::AtRisk,
        (state, _) => state,
    };
    Look { state, ring: ring(view), tooltip: tooltip(view, now), menu: menu(view, now) }
}

/// How long the look of `view` stays as it is, if only time passes. A minute at the most: somebody may
/// set another time zone, language or clock.
pub fn unchanged_for(view: &View) -> Duration {
    unchanged_by_time(view).map_or(ZONE_FOLLOWED, |still| still.min(ZONE_FOLLOWED))
}

fn unchanged_by_time(view: &View) -> Option<Duration> {
    match view.state {
        State::Closed | State::EndedElsewhere | State::NeedsAttention => None,
        State::Waiting => view.session_remaining_seconds.map(|_| Duration::ZERO),
        State::AtRisk | State::Ending => Some(Duration::ZERO),
        State::Active => {
            let left = view.session_remaining_seconds?;
            let minute = if left >= IN_MINUTES { left % 60 + 1 } else { 0 };
            let ring = view.session_remaining_share.map(|share| until_next_step(share, left));
            Some(Duration::from_secs(ring.unwrap_or(minute).min(minute)))
        }
    }
}

/// Seconds until the ring changes.
fn until_next_step(share: f64, left: u64) -> u64 {
    let next = f64::from(step(share).saturating_sub(1)) / f64::from(STEPS);
    if share > next { ((1.0 - next / share) * left as f64) as u64 } else { 0 }
}

fn ring(view: &View) -> Option<Ring> {
    let lives = matches!(view.state, State::Active | State::AtRisk | State::Ending);
    let share = view.session_remaining_share.filter(|_| lives)?;
    Some(Ring(step(share)))
}

/// The sentence, then the one clock that matters most now, and whatever else there is room for. Each
/// says of what it is the time: two beside each other are not taken for one.
fn tooltip(view: &View, now: Timestamp) -> String {
    let mut parts = vec![told(&view.sentence, now)];
    if let Some(countdown) = countdown(view, now) {
        parts.push(countdown);
    } else if view.state == State::AtRisk {
        parts.extend(window_left(view));
        let session = |left| spoken(said!("tooltip-session", left = left));
        parts.extend(time_left(view, now).map(session));
    } else {
        parts.extend(time_left(view, now));
        parts.extend(last_beat(view, now));
    }
    // The tail goes first where it does not fit.
    let whole = |parts: &[String]| {
        let whole = parts.iter().cloned().reduce(|first, second| joined(&first, &second));
        whole.unwrap_or_default()
    };
    while parts.len() > 1 && units(&whole(&parts)) > text::MAX_SENTENCE_UNITS {
        parts.pop();
    }
    text::fit(whole(&parts))
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn time_left(view: &View, now: Timestamp) -> Option<String> {
    let (left, at) = (view.session_remaining_seconds?, view.ends_at?);
    let left = if left >= IN_MINUTES { left - left % 60 } else { left };
    let left = span(Duration::from_secs(left));
    Some(spoken(said!("time-left", left = left, until = local_time(at, now))))
}

fn window_left(view: &View) -> Option<String> {
    let left = Duration::from_secs(view.window_remaining_seconds?);
    Some(spoken(said!("window-left", left = span(left))))
}

fn last_beat(view: &View, now: Timestamp) -> Option<String> {
    (view.state == State::Active)
        .then_some(view.last_beat_at)
        .flatten()
        .map(|at| spoken(said!("last-beat", at = local_time(at, now))))
}

/// How the session stands, a line each; the sentence first.
pub fn standing(view: &View, now: Timestamp) -> Vec<String> {
    let mut lines = vec![told(&view.sentence, now)];
    lines.extend(time_left(view, now));
    if view.state == State::AtRisk {
        lines.extend(window_left(view));
    }
    lines.extend(last_beat(view, now));
    lines.extend(countdown(view, now));
    lines
}

fn countdown(view: &View, now: Timestamp) -> Option<String> {
    let countdown = view.countdown.as_ref()?;
    Some(spoken(said!("ends-by-itself", at = local_time(countdown.at, now))))
}

fn menu(view: &View, now: Timestamp) -> Vec<Row> {
    let mut rows: Vec<Row> = standing(view, now).into_iter().map(Row::Status).collect();
    rows.push(Row::Separator);
    rows.extend(choices(view));
    rows.push(Row::Separator);
    rows.push(choice(Choice::CopyDiagnostics, texts::COPY, true));
    rows.push(choice(Choice::OpenLog, texts::OPEN_LOG, true));
    rows.push(choice(Choice::About, texts::ABOUT, true));
    rows
}

/// What the session allows now.
fn choices(view: &View) -> Vec<Row> {
    let lives = matches!(view.state, State::Active | State::AtRisk);
    let mut rows = Vec::new();
    if view.countdown.as_ref().is_some_and(|countdown| countdown.can_stay) {
        rows.push(choice(Choice::StillHere, texts::STILL_HERE, true));
    }
    let stuck = view.closing.as_ref().filter(|closing| closing.problem.is_some());
    if let (State::Ending, Some(closing)) = (view.state, stuck) {
        rows.push(choice(Choice::TryAgain, texts::TRY_AGAIN, true));
        let anyway = crate::ui::dialog::anyway(closing.after_end);
        rows.extend(anyway.map(|label| choice(Choice::ShutDownAnyway, label, true)));
        return rows;
    }
    rows.push(choice(Choice::End, texts::END, lives));
    match &view.extend_refusal {
        None => rows.push(choice(Choice::Extend, texts::EXTEND, lives)),
        Some(_) if lives => {
            rows.push(choice(Choice::Extend, texts::NOT_OFFERED, false));
        }
        Some(_) => rows.push(choice(Choice::Extend, texts::EXTEND, false)),
    }
    rows
}

fn choice(choice: Choice, label: Label, enabled: bool) -> Row {
    Row::Choice { choice, label: label.into(), enabled }
}

#[cfg(test)]
mod tests;
