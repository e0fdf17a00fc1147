//! The live view: a line for each thing that matters, and on a terminal a bar that follows the story.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;

use super::screen::Screen;
use super::stage::Stage;
use crate::agent::link::{Link, Told};
use crate::clock::Clock;
use crate::os::terminal::Terminal;
use crate::sandbox::{Action, Sandbox, What};
use crate::session::interface::time::between;
use crate::session::{State, View};
use crate::ui::notification::{Urgency, notice};
use crate::ui::times::{heartbeats, span};

/// How often the bar is drawn, in real time.
const FRAME: Duration = Duration::from_millis(100);

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
            Who::Workflow => ("Step Functions", "36"),
            Who::Aws => ("AWS", "34"),
            Who::Desktop => ("Deskbeat", "32"),
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
    began: Timestamp,
    lasts: Duration,
    pace: Option<f64>,
    link: RefCell<Option<Link>>,
    seen: RefCell<Counted>,
    screen: RefCell<Screen<io::Stdout>>,
    /// Something could not be shown.
    broken: Notify,
}

/// The summary, a line an item.
pub(super) struct Summary(pub(super) Vec<(&'static str, String, bool)>);

impl Summary {
    /// Name, value, and whether it is as it must be.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&'static str, &str, bool)> {
        self.0.iter().map(|(name, value, held)| (*name, value.as_str(), *held))
    }

    pub(super) fn held(&self) -> bool {
        self.0.iter().all(|(_, _, held)| *held)
    }
}

#[derive(Default)]
struct Counted {
    beats: u64,
    faults: u64,
    refusals: u64,
}

impl Timeline {
    pub(super) fn new(
        stage: &Stage,
        lasts: Duration,
        pace: Option<f64>,
        terminal: Terminal,
    ) -> Self {
        Self(Rc::new(TimelineState {
            clock: stage.clock.clone(),
            sandbox: stage.sandbox.clone(),
            began: stage.clock.now().wall,
            lasts,
            pace,
            link: RefCell::default(),
            seen: RefCell::default(),
            screen: RefCell::new(Screen::new(terminal)),
            broken: Notify::new(),
        }))
    }

    pub(super) fn title(&self, name: &str, about: &str) {
        let pace = match self.0.pace {
            Some(pace) => format!("time runs {pace:.0} times as fast"),
            None => "time runs as fast as this computer can".into(),
        };
        self.print(&format!("Deskbeat demo \"{name}\": {about}."));
        self.print(&format!("An embedded AWS on 127.0.0.1; {pace}; nothing is shut down.\n "));
    }

    /// What kept it from showing something.
    pub(super) fn take_error(&self) -> Option<io::Error> {
        self.0.screen.borrow_mut().take_error()
    }

    /// Comes when something could not be shown: nobody reads any longer, for example.
    pub(super) async fn cannot_be_shown(&self) -> io::Error {
        loop {
            if let Some(error) = self.take_error() {
                return error;
            }
            self.0.broken.notified().await;
        }
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
        let can_redraw = self.0.screen.borrow().terminal().can_redraw;
        let mut frames = tokio::time::interval(FRAME);
        frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                entry = log.next() => self.happened(entry.at, &entry.what),
                _ = frames.tick(), if can_redraw => self.draw_bar().await,
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
                (Who::Desktop, "the task token is on the disk: its message is deleted".into())
            }
            What::BeatAccepted(_) => {
                let mut seen = self.0.seen.borrow_mut();
                seen.beats += 1;
                let (first, back) = (seen.beats == 1, seen.faults + seen.refusals > 0);
                (seen.faults, seen.refusals) = (0, 0);
                drop(seen);
                match (first, back) {
                    (true, _) => (Who::Workflow, "the first heartbeat is accepted".into()),
                    (false, true) => (Who::Workflow, "a heartbeat is accepted again".into()),
                    (false, false) => return,
                }
            }
            What::Refused {
                action: action @ (Action::Heartbeat | Action::Receive), code, ..
            } => {
                let mut seen = self.0.seen.borrow_mut();
                seen.refusals += 1;
                if seen.refusals > 1 {
                    return;
                }
                drop(seen);
                let what = if code.starts_with("Expired") {
                    "; reading the credentials again"
                } else {
                    ""
                };
                (Who::Aws, format!("refuses a call ({action:?}): {code}{what}"))
            }
            What::Faulted { action: Action::Heartbeat, .. } => {
                let mut seen = self.0.seen.borrow_mut();
                seen.faults += 1;
                if seen.faults > 1 {
                    return;
                }
                drop(seen);
                (Who::Desktop, "a heartbeat gets no answer; trying again in time".into())
            }
            What::KeyIssued { suffix, expires, .. } => {
                let text = format!(
                    "the metadata service has new credentials …{suffix}, valid until {}",
                    hour(*expires)
                );
                (Who::Aws, text)
            }
            What::CloseAccepted { task, request_id } => {
                let output = self.0.sandbox.task(*task).output().unwrap_or_default();
                let word = |name: &str| output[name].as_str().unwrap_or("?").to_owned();
                let text = format!(
                    "accepts the end: outcome {}, reason {} (request {request_id})",
                    word("outcome"),
                    word("reason")
                );
                (Who::Workflow, text)
            }
            What::HeartbeatTimedOut(_) => {
                (Who::Trouble, "no heartbeat in time: the waiting state failed".into())
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
        self.show(|screen| {
            screen.line(&format!("{}  ", hour(at)), &format!("{label:<16}"), colour, text);
        });
    }

    /// Prints `text` above the bar.
    fn print(&self, text: &str) {
        self.show(|screen| screen.line("", "", "0", text));
    }

    fn show(&self, draw: impl FnOnce(&mut Screen<io::Stdout>)) {
        draw(&mut self.0.screen.borrow_mut());
        self.0.broken.notify_one();
    }

    async fn draw_bar(&self) {
        let link = self.0.link.borrow().clone();
        let view = match link {
            Some(link) => link.view().await.ok(),
            None => None,
        };
        let now = self.0.clock.now().wall;
        let share = between(self.0.began, now).as_secs_f64() / self.0.lasts.as_secs_f64();
        let share = share.clamp(0.0, 1.0);
        let mut facts = vec![format!("{:.0} %", share * 100.0), hour(now)];
        match view {
            Some(view) => facts.extend(standing(&view)),
            None => facts.push("Deskbeat is not running".into()),
        }
        self.show(|screen| {
            screen.fit();
            screen.bar(share, &facts);
        });
    }

    /// The summary.
    pub(super) fn end(&self, verdict: &Summary) {
        self.print(" ");
        for (name, value, held) in verdict.lines() {
            let (mark, colour) = if held { ("ok      ", "32") } else { ("FAILED  ", "31") };
            self.show(|screen| screen.line("  ", mark, colour, &format!("{name}: {value}")));
        }
        let end = if verdict.held() { "Everything held." } else { "Something did not hold." };
        self.print(&format!(" \n{end}"));
    }
}

/// How the session stands, the most important first.
fn standing(view: &View) -> Vec<String> {
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
    let key = view.credentials.as_ref().map(|key| format!("credentials …{}", key.key_suffix));
    [Some(word.to_owned()), left, Some(heartbeats(view.beats)), key].into_iter().flatten().collect()
}

fn hour(at: Timestamp) -> String {
    TimeZone::system().to_datetime(at).strftime("%H:%M:%S").to_string()
}
