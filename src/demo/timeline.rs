//! The live view: a line for each thing that matters, and on a terminal a bar that follows the
//! session.

use std::cell::RefCell;
use std::io::{IsTerminal, Write};
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::scenario::Scenario;
use super::stage::Stage;
use super::verdict::Summary;
use crate::agent::link::{Link, Told};
use crate::clock::Clock;
use crate::sandbox::{Action, Sandbox, What};
use crate::session::{State, View};
use crate::ui::notification::{Urgency, notice};
use crate::ui::times::span;

/// How often the bar is drawn, in real time.
const FRAME: Duration = Duration::from_millis(100);
const BAR: usize = 24;

/// Who a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Step Functions.
    Workflow,
    /// SQS, IMDS.
    Aws,
    /// The agent and its computer.
    Desktop,
    /// What the user sees.
    Screen,
    /// The person.
    User,
    /// What goes wrong.
    Trouble,
}

impl Who {
    /// The word and its colour (an ANSI code).
    fn label(self) -> (&'static str, &'static str) {
        match self {
            Who::Workflow => ("workflow", "36"),
            Who::Aws => ("aws", "34"),
            Who::Desktop => ("deskbeat", "32"),
            Who::Screen => ("screen", "35"),
            Who::User => ("user", "1"),
            Who::Trouble => ("trouble", "33"),
        }
    }
}

/// The live view; clones draw on the same terminal.
#[derive(Clone)]
pub(super) struct Timeline(Rc<TimelineState>);

struct TimelineState {
    clock: Clock,
    sandbox: Sandbox,
    terminal: bool,
    pace: Option<f64>,
    link: RefCell<Option<Link>>,
    drawn: RefCell<Drawn>,
}

#[derive(Default)]
struct Drawn {
    bar: bool,
    beats: u64,
    faults: u64,
    refusals: u64,
    lines: u64,
}

impl Timeline {
    pub(super) fn new(stage: &Stage, pace: Option<f64>) -> Self {
        Self(Rc::new(TimelineState {
            clock: stage.clock.clone(),
            sandbox: stage.sandbox.clone(),
            terminal: std::io::stdout().is_terminal(),
            pace,
            link: RefCell::default(),
            drawn: RefCell::default(),
        }))
    }

    pub(super) fn title(&self, scenario: &Scenario) {
        let pace = match self.0.pace {
            Some(pace) => format!("time runs {pace:.0} times as fast"),
            None => "time runs as fast as this computer can".into(),
        };
        self.print(&format!(
            "Deskbeat demo \"{}\": {}.\nAn embedded AWS on 127.0.0.1; {pace}; nothing is shut \
             down.\n",
            scenario.name, scenario.about
        ));
    }

    /// Shows this agent from now on.
    pub(super) fn follow(&self, link: Link) {
        tokio::task::spawn_local(self.clone().show_notices(link.clone()));
        self.0.link.replace(Some(link));
    }

    async fn show_notices(self, link: Link) {
        let mut told = link.told();
        while let Ok(told) = told.recv().await {
            if let Told::Notification(notification) = told {
                let now = self.0.clock.now().wall;
                let notice = notice(&notification, now);
                let mark = if notice.urgency == Urgency::Critical { "! " } else { "" };
                self.say(Who::Screen, format!("{mark}{}: {}", notice.title, notice.body));
            }
        }
    }

    /// Follows the sandbox's log and draws the bar, for ever.
    pub(super) async fn run(self) {
        let mut log = self.0.sandbox.subscribe();
        loop {
            tokio::select! {
                entry = log.next() => self.happened(entry.at, &entry.what),
                () = tokio::time::sleep(FRAME), if self.0.terminal => self.draw_bar().await,
            }
        }
    }

    /// Lets everything that has happened be shown.
    pub(super) async fn settle(&self) {
        self.0.clock.sleep(Duration::from_secs(30)).await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    /// A line of the story.
    pub(super) fn say(&self, who: Who, text: impl AsRef<str>) {
        self.line(self.0.clock.now().wall, who, text.as_ref());
    }

    fn happened(&self, at: Timestamp, what: &What) {
        let (who, text) = match what {
            What::TaskStarted(task) => {
                let spec = self.0.sandbox.task(*task).spec;
                let seconds = |time: Option<Duration>| time.map_or(0, |time| time.as_secs());
                let text = format!(
                    "waits for its task token (HeartbeatSeconds {}, TimeoutSeconds {})",
                    seconds(spec.heartbeat),
                    seconds(spec.timeout)
                );
                (Who::Workflow, text)
            }
            What::MessageSent(_) => (Who::Workflow, "sends the task token by SQS".into()),
            What::MessageDeleted(_) => {
                (Who::Desktop, "the token is safe in the journal: its message is deleted".into())
            }
            What::BeatAccepted(_) => {
                let mut drawn = self.0.drawn.borrow_mut();
                drawn.beats += 1;
                let (first, back) = (drawn.beats == 1, drawn.faults + drawn.refusals > 0);
                (drawn.faults, drawn.refusals) = (0, 0);
                drop(drawn);
                match (first, back) {
                    (true, _) => (Who::Workflow, "first beat accepted".into()),
                    (false, true) => (Who::Workflow, "a beat is accepted again".into()),
                    (false, false) => return,
                }
            }
            What::Refused {
                action: action @ (Action::Heartbeat | Action::Receive), code, ..
            } => {
                let mut drawn = self.0.drawn.borrow_mut();
                drawn.refusals += 1;
                if drawn.refusals > 1 {
                    return;
                }
                drop(drawn);
                let what = if code.starts_with("Expired") { "; reading the key again" } else { "" };
                (Who::Aws, format!("refuses a call ({action:?}): {code}{what}"))
            }
            What::Faulted { action: Action::Heartbeat, .. } => {
                let mut drawn = self.0.drawn.borrow_mut();
                drawn.faults += 1;
                if drawn.faults > 1 {
                    return;
                }
                drop(drawn);
                (Who::Desktop, "a beat gets no answer; trying again within the window".into())
            }
            What::KeyIssued { suffix, expires, .. } => {
                let text = format!("IMDS has a new key …{suffix}, valid until {}", hour(*expires));
                (Who::Aws, text)
            }
            What::CloseAccepted { task, request_id } => {
                let output = self.0.sandbox.task(*task).output().unwrap_or_default();
                let word = |name: &str| output[name].as_str().unwrap_or("?").to_owned();
                let text = format!(
                    "accepts the close: outcome {}, reason {} (request {request_id})",
                    word("outcome"),
                    word("reason")
                );
                (Who::Workflow, text)
            }
            What::HeartbeatTimedOut(_) => {
                (Who::Trouble, "no beat in time: the state failed".into())
            }
            What::TaskTimedOut(_) => (Who::Workflow, "TimeoutSeconds ended the state".into()),
            What::TaskAborted(_) => (Who::Workflow, "the state is aborted".into()),
            What::Mark(text) => (Who::Desktop, format!("{text} (only simulated)")),
            What::Refused { .. }
            | What::Faulted { .. }
            | What::KeyRead { .. }
            | What::MessageReceived { .. }
            | What::MessageReleased { .. }
            | What::MessageDeadLettered(_) => return,
        };
        self.line(at, who, &text);
    }

    fn line(&self, at: Timestamp, who: Who, text: &str) {
        let (label, colour) = who.label();
        let label = format!("{label:<8}");
        let label = if self.0.terminal { format!("\x1b[{colour}m{label}\x1b[0m") } else { label };
        self.print(&format!("{}  {label}  {text}", hour(at)));
    }

    /// Prints `text` above the bar.
    fn print(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let mut drawn = self.0.drawn.borrow_mut();
        let clear = if std::mem::take(&mut drawn.bar) { "\r\x1b[K" } else { "" };
        drawn.lines += 1;
        // A reader that has gone away misses the rest.
        let _reader_gone = writeln!(out, "{clear}{text}").and_then(|()| out.flush());
    }

    async fn draw_bar(&self) {
        let link = self.0.link.borrow().clone();
        let view = match link {
            Some(link) => link.view().await.ok(),
            None => None,
        };
        let text = view.map_or_else(|| "the agent is not running".into(), |view| bar(&view));
        let mut out = std::io::stdout().lock();
        self.0.drawn.borrow_mut().bar = true;
        let now = hour(self.0.clock.now().wall);
        let _reader_gone = write!(out, "\r\x1b[K{now}  {text}").and_then(|()| out.flush());
    }

    /// The summary.
    pub(super) fn end(&self, verdict: &Summary) {
        let mut text = String::new();
        for (name, value, held) in verdict.lines() {
            let (mark, colour) = if held { ("ok", "32") } else { ("FAILED", "31") };
            let mark = if self.0.terminal {
                format!("\x1b[{colour}m{mark}\x1b[0m")
            } else {
                mark.to_owned()
            };
            text += &format!("\n  {name:<22} {value:<58} {mark}");
        }
        let end = if verdict.held() { "Everything held." } else { "Something did not hold." };
        self.print(&format!("{text}\n\n{end}"));
    }
}

fn bar(view: &View) -> String {
    let share = view.session_remaining_share.unwrap_or(0.0);
    // Between 0 and BAR: a share is between 0 and 1.
    let left = (share * BAR as f64).round() as usize;
    let gone = BAR - left.min(BAR);
    let bar = format!("{}{}", "━".repeat(left.min(BAR)), "─".repeat(gone));
    let word = match view.state {
        State::Waiting => "waiting",
        State::Active => "active",
        State::AtRisk => "AT RISK",
        State::Ending => "ending",
        State::Closed => "closed",
        State::EndedElsewhere => "ended elsewhere",
        State::NeedsAttention => "needs attention",
    };
    let seconds = |seconds: u64| span(Duration::from_secs(seconds));
    let left = view.session_remaining_seconds.map(|left| format!("{} left", seconds(left)));
    let window = view.window_remaining_seconds.map(|left| format!("window {}", seconds(left)));
    let key = view.credentials.as_ref().map(|key| format!("key …{}", key.key_suffix));
    let beats = Some(format!("{} beats", view.beats));
    let rest: Vec<String> = [left, beats, window, key].into_iter().flatten().collect();
    format!("{bar}  {word:<8}  {}", rest.join(" · "))
}

fn hour(at: Timestamp) -> String {
    TimeZone::system().to_datetime(at).strftime("%H:%M:%S").to_string()
}
