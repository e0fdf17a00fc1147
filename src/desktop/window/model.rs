//! What the window shows, as plain data: made from a view, the history and the time; drawn by `draw`.

use std::time::Duration;

use jiff::Timestamp;

use crate::session::contract::output::Reason;
use crate::session::words::said::said;
use crate::session::{Request, State, View};
use crate::ui::dialog::anyway;
use crate::ui::history::{Happening, HappeningKind, History};
use crate::ui::language::{joined, spoken};
use crate::ui::texts::{self, Label};
use crate::ui::times::{local_second, local_time, span, told};

/// From so many seconds on the time left is told in whole minutes: nothing to redraw each second.
const IN_MINUTES: u64 = 300;
/// The plot has at most so many columns.
const MOST_COLUMNS: i64 = 80;
/// The plot spans at least this long: a session of a minute is no wall of heartbeats.
const SHORTEST_PLOT: i64 = 1800;

/// What the window knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowData {
    /// How the session stood, and when that was.
    pub view: Option<(View, Timestamp)>,
    /// The session so far.
    pub history: History,
    /// How the agent can be reached.
    pub agent: AgentReach,
    /// "Ask for more time" is on its way.
    pub extending: bool,
}

/// How the agent can be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AgentReach {
    /// It has not been heard yet.
    #[default]
    Unknown,
    /// It speaks to us.
    There,
    /// It was there, and went without a word.
    Lost,
    /// None runs.
    NotRunning,
}

/// One picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Chooses icon and colour; `None` where no agent says how the session stands.
    pub state: Option<State>,
    /// The state in a word.
    pub state_word: String,
    /// The state in a sentence.
    pub sentence: String,
    /// What is asked, and what can be answered.
    pub question: Option<StandingQuestion>,
    /// The time left.
    pub left: Option<TimeBar>,
    /// Name and value, from top to bottom.
    pub facts: Vec<(String, String)>,
    /// The session so far.
    pub plot: Option<Plot>,
    /// What has happened, the newest first.
    pub happened: Vec<HappenedRow>,
    /// At the window's foot.
    pub buttons: Vec<PageButton>,
}

/// A question that the session itself puts: a countdown, a close that does not get through.
#[derive(Clone, Debug, PartialEq)]
pub struct StandingQuestion {
    /// The window's title meanwhile: it stands still while time runs.
    pub window: String,
    /// A few words.
    pub title: String,
    /// What it means.
    pub text: String,
    /// The first is the safe one.
    pub buttons: Vec<PageButton>,
}

/// The time left, as a bar and in words.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeBar {
    /// 0 to 1.
    pub share: f32,
    /// `7 h 12 min`.
    pub span: String,
    /// `7 h 12 min left`.
    pub words: String,
    /// `until 17:30`.
    pub until: String,
}

/// Something to press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageButton {
    /// What pressing it does.
    pub act: PageAct,
    /// Its words.
    pub label: String,
    /// False: greyed.
    pub enabled: bool,
    /// Why it is greyed, or more of what it does.
    pub hint: String,
}

/// What a button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageAct {
    /// Asks whether to end the session.
    AskToEnd,
    /// Asks the agent.
    Request(Request),
    /// Makes the bundle and copies where it is.
    CopyDiagnostics,
    /// Starts an agent.
    StartAgent,
}

/// A line of what has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HappenedRow {
    /// When, in this computer's time zone.
    pub time: String,
    /// Chooses the mark.
    pub kind: HappeningKind,
    /// In words.
    pub text: String,
}

/// The session so far, in columns of equal spans.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// From the left, up to now.
    pub columns: Vec<Column>,
    /// How many there is room for.
    pub room: usize,
    /// The highest column.
    pub most: u32,
    /// At the left end.
    pub from: String,
    /// At the right end.
    pub to: String,
    /// How it went, in a sentence.
    pub summary: String,
}

/// One span of the plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// Heartbeats accepted.
    pub accepted: u32,
    /// Heartbeats failed.
    pub failed: u32,
    /// The weightiest thing that has happened in it.
    pub mark: Option<HappeningKind>,
    /// What is shown when somebody points at it.
    pub words: String,
}

/// The page of `known` at `now`.
pub fn page(known: &WindowData, now: Timestamp) -> Page {
    match (&known.view, known.agent) {
        (Some((view, seen)), AgentReach::There) => of_session(known, view, *seen, now),
        (_, AgentReach::Lost) => without(texts::LOST, Some(texts::LOST_MEANS), false),
        (_, AgentReach::NotRunning) => {
            without(texts::NOT_RUNNING, Some(texts::NOT_RUNNING_MEANS), true)
        }
        (None, AgentReach::There) | (_, AgentReach::Unknown) => {
            Page { state_word: String::new(), ..without(texts::CONNECTING, None, false) }
        }
    }
}

/// Nobody says how the session stands.
fn without(sentence: Label, means: Option<Label>, startable: bool) -> Page {
    let sentence = sentence.words();
    let start = PageButton {
        act: PageAct::StartAgent,
        label: texts::START.into(),
        enabled: true,
        hint: String::new(),
    };
    Page {
        state: None,
        state_word: texts::state(State::NeedsAttention).into(),
        sentence: match means {
            Some(means) => joined(&sentence, &means.words()),
            None => sentence,
        },
        question: None,
        left: None,
        facts: Vec::new(),
        plot: None,
        happened: Vec::new(),
        buttons: if startable { vec![start, copy()] } else { vec![copy()] },
    }
}

fn of_session(known: &WindowData, view: &View, seen: Timestamp, now: Timestamp) -> Page {
    let soon = view.countdown.is_some();
    Page {
        // A session that is about to end is not shown as if all were well.
        state: Some(if soon { State::AtRisk } else { view.state }),
        state_word: if soon { texts::ENDS_SOON } else { texts::state(view.state) }.into(),
        sentence: told(&view.sentence, now),
        question: standing(view, known.extending, now),
        left: left(view, seen, now),
        facts: facts(view, now),
        plot: plot(view, &known.history, now),
        happened: happened(&known.history.happened, now),
        buttons: buttons(view, known.extending, now),
    }
}

/// How long the page stays as it is, if only time passes; `None`: for ever.
pub fn unchanged_for(known: &WindowData, now: Timestamp) -> Option<Duration> {
    let (view, seen) = known.view.as_ref().filter(|_| known.agent == AgentReach::There)?;
    let ticks = view.countdown.is_some().then_some(1);
    let left = seconds_left(view, *seen, now).map(|left| match left {
        IN_MINUTES.. => left % 60 + 1,
        1.. => 1,
        // Nothing goes on below zero.
        0 => u64::MAX,
    });
    // The plot's right end is now.
    let plot = view.started_at.map(|_| 60);
    let next = [ticks, left, plot].into_iter().flatten().min()?;
    Some(Duration::from_secs(next))
}

fn seconds_left(view: &View, seen: Timestamp, now: Timestamp) -> Option<u64> {
    let since = u64::try_from(now.as_second() - seen.as_second()).unwrap_or(0);
    Some(view.session_remaining_seconds?.saturating_sub(since))
}

fn left(view: &View, seen: Timestamp, now: Timestamp) -> Option<TimeBar> {
    // A countdown is nearer, and two clocks would be one too many.
    if !matches!(view.state, State::Active | State::AtRisk) || view.countdown.is_some() {
        return None;
    }
    let (Some(left), Some(at)) = (seconds_left(view, seen, now), view.ends_at) else {
        let (words, until, span) = (texts::NO_END.words(), String::new(), String::new());
        return Some(TimeBar { share: 1.0, span, words, until });
    };
    let whole = match (view.session_remaining_share, view.session_remaining_seconds) {
        (Some(share), Some(seconds)) if share > 0.0 => seconds as f64 / share,
        _ => left.max(1) as f64,
    };
    let shown = if left >= IN_MINUTES { left - left % 60 } else { left };
    Some(TimeBar {
        share: (left as f64 / whole).clamp(0.0, 1.0) as f32,
        words: spoken(said!("left", left = span(Duration::from_secs(shown)))),
        until: spoken(said!("until", at = local_time(at, now))),
        span: span(Duration::from_secs(shown)),
    })
}

fn standing(view: &View, extending: bool, now: Timestamp) -> Option<StandingQuestion> {
    if let Some(countdown) = &view.countdown {
        let left = u64::try_from(countdown.at.as_second() - now.as_second()).unwrap_or(0);
        let why = match countdown.reason {
            Reason::Idle => said!("ends-idle"),
            Reason::Disconnected => said!("ends-disconnected"),
            Reason::Remote => said!("ends-remote"),
            Reason::Spot => said!("ends-spot"),
            Reason::TimeUp => said!("ends-time-up"),
            Reason::User | Reason::OsShutdown | Reason::Logoff | Reason::Failure => said!("ends"),
        };
        let mut buttons = Vec::new();
        if countdown.can_stay {
            buttons.push(request(Request::StillHere, texts::STILL_HERE));
        }
        if countdown.reason == Reason::TimeUp && view.extend_refusal.is_none() {
            buttons.push(PageButton {
                enabled: !extending,
                ..request(Request::Extend, texts::EXTEND)
            });
        }
        return Some(StandingQuestion {
            window: texts::ABOUT_TO_END.into(),
            title: spoken(said!("ends-in", left = span(Duration::from_secs(left)))),
            text: spoken(said!("ends-why", why = why, at = local_time(countdown.at, now))),
            buttons,
        });
    }
    let closing = view.closing.as_ref().filter(|_| view.is_stuck())?;
    let problem = closing.problem.as_ref()?;
    let mut buttons = vec![request(Request::TryAgain, texts::TRY_AGAIN)];
    buttons.extend(anyway(closing.after_end).map(|label| request(Request::ShutDownAnyway, label)));
    let dialog = crate::ui::dialog::stuck(&told(problem, now), closing.after_end);
    Some(StandingQuestion {
        window: texts::NOT_CLOSED.into(),
        title: dialog.title,
        text: dialog.text,
        buttons,
    })
}

fn request(request: Request, label: Label) -> PageButton {
    PageButton {
        act: PageAct::Request(request),
        label: label.into(),
        enabled: true,
        hint: String::new(),
    }
}

fn facts(view: &View, now: Timestamp) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let lives = matches!(view.state, State::Active | State::AtRisk | State::Ending);
    match view.last_beat_at {
        Some(at) => {
            let beats = beats_in_words(view.beats, view.failures);
            let value = format!("{}  ·  {beats}", local_second(at, now));
            facts.push((texts::LAST_BEAT.into(), value));
        }
        None if lives => facts.push((texts::LAST_BEAT.into(), texts::NO_BEAT.into())),
        None => {}
    }
    if let Some(id) = &view.session_id {
        facts.push((texts::SESSION.into(), id.clone()));
    }
    if let Some(user) = &view.user {
        facts.push((texts::USER.into(), user.clone()));
    }
    if let Some(computer) = &view.instance_id {
        facts.push((texts::COMPUTER.into(), computer.clone()));
    }
    facts
}

/// `12 accepted`, `12 accepted, 1 failed`.
fn beats_in_words(accepted: u64, failed: u64) -> String {
    spoken(match failed {
        0 => said!("beats-accepted", accepted = accepted),
        failed => said!("beats-failed", accepted = accepted, failed = failed),
    })
}

fn happened(happened: &[Happening], now: Timestamp) -> Vec<HappenedRow> {
    let row = |one: &Happening| HappenedRow {
        time: local_time(one.at, now),
        kind: one.kind,
        text: told(&one.text, now),
    };
    happened.iter().rev().map(row).collect()
}

fn buttons(view: &View, extending: bool, now: Timestamp) -> Vec<PageButton> {
    let lives = matches!(view.state, State::Active | State::AtRisk);
    let no_session = if lives { String::new() } else { texts::NO_SESSION_TO_END.words() };
    let extend = PageButton {
        act: PageAct::Request(Request::Extend),
        label: if extending { texts::EXTENDING.into() } else { texts::EXTEND.into() },
        enabled: lives && view.extend_refusal.is_none() && !extending,
        hint: view.extend_refusal.as_ref().map_or_else(String::new, |why| told(why, now)),
    };
    let end = PageButton {
        act: PageAct::AskToEnd,
        label: texts::END.into(),
        enabled: lives,
        hint: no_session,
    };
    vec![extend, copy(), end]
}

fn copy() -> PageButton {
    PageButton {
        act: PageAct::CopyDiagnostics,
        label: texts::COPY.into(),
        enabled: true,
        hint: String::new(),
    }
}

fn plot(view: &View, history: &History, now: Timestamp) -> Option<Plot> {
    let first = [view.started_at, history.beats.first().map(|slot| slot.at)];
    let begin = first.into_iter().flatten().min()?.as_second();
    let slot = i64::from(history.slot_seconds.max(1));
    let end = now.as_second().max(begin + SHORTEST_PLOT);
    // Columns of whole slots, so that each heartbeat is counted in one.
    let wide = ((end - begin) / MOST_COLUMNS / slot + 1) * slot;
    let begin = begin - begin.rem_euclid(wide);
    let until = |end: i64| usize::try_from((end - begin) / wide + 1).unwrap_or(1);
    let (room, count) = (until(end), until(now.as_second().max(begin)));
    let mut columns = vec![Column::default(); count];
    let index = |at: Timestamp| usize::try_from((at.as_second() - begin) / wide).ok();
    for beat in &history.beats {
        if let Some(column) = index(beat.at).and_then(|index| columns.get_mut(index)) {
            column.accepted += beat.accepted;
            column.failed += beat.failed;
        }
    }
    let mut words: Vec<Vec<String>> = vec![Vec::new(); count];
    for one in &history.happened {
        let Some(index) = index(one.at).filter(|index| *index < count) else { continue };
        columns[index].mark = Some(weightier(columns[index].mark, one.kind));
        words[index].push(told(&one.text, now));
    }
    for (place, (column, words)) in (0i64..).zip(columns.iter_mut().zip(words)) {
        column.words = words_of(column, begin + place * wide, wide, &words, now);
    }
    let most = columns.iter().map(|column| column.accepted + column.failed).max().unwrap_or(0);
    let failed: u32 = columns.iter().map(|column| column.failed).sum();
    let accepted: u32 = columns.iter().map(|column| column.accepted).sum();
    let time = |second| {
        Timestamp::from_second(second).map_or_else(|_| String::new(), |at| local_time(at, now))
    };
    let from = time(begin);
    let to = if end > now.as_second() { time(end) } else { texts::NOW.words() };
    let summary =
        spoken(said!("plot-summary", accepted = accepted, failed = failed, since = &from));
    Some(Plot { columns, room, most, from, to, summary })
}

fn words_of(column: &Column, begin: i64, wide: i64, words: &[String], now: Timestamp) -> String {
    let time = |second| {
        Timestamp::from_second(second).map_or_else(|_| String::new(), |at| local_time(at, now))
    };
    let beats = match (column.accepted, column.failed) {
        (0, 0) => spoken(said!("beats-none")),
        (accepted, failed) => beats_in_words(accepted.into(), failed.into()),
    };
    let mut lines = vec![format!("{} – {}:  {beats}", time(begin), time(begin + wide))];
    lines.extend(words.iter().cloned());
    lines.join("\n")
}

/// What of two things that happened in one span is marked.
fn weightier(one: Option<HappeningKind>, other: HappeningKind) -> HappeningKind {
    let weight = |kind: HappeningKind| match kind {
        HappeningKind::Good => 0,
        HappeningKind::Renewed => 1,
        HappeningKind::Told => 2,
        HappeningKind::Trouble => 3,
    };
    one.filter(|one| weight(*one) >= weight(other)).unwrap_or(other)
}
