//! A desk on the stage: a real agent on the embedded AWS, its log and what the user was told.
//! After every story the log is searched for secrets, and the order of the end is checked.

use std::cell::RefCell;
use std::io::Write;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use deskbeat::agent::link::{Link, Told};
use deskbeat::demo::stage::{Stage, mark_of};
use deskbeat::log::is_ours;
use deskbeat::sandbox::{Action, Entry, MessageId, Options, Task, TaskId, TaskSpec, What};
use deskbeat::session::interface::time::{between, later};
use deskbeat::session::{AfterEnd, Notification, Reply, Request, Settings, State, View};
use jiff::Timestamp;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};

/// Simulated time after which a story that goes on hangs.
const PATIENCE: Duration = Duration::from_secs(27 * 3600);

/// The mark of a story whose session is over before its end is asked for.
pub const OVER_BEFORE: &str = "the session is over";
/// The mark of a story whose user does not wait for the service.
pub const NOT_WAITING: &str = "the user will not wait";

/// The stage, and what the story sees of it.
pub struct Desk {
    stage: Stage,
    start: Timestamp,
    lines: Lines,
    told: Rc<RefCell<Vec<Notification>>>,
    /// Texts besides the sandbox's own tokens that must be in no log.
    pub secrets: Vec<String>,
}

/// How a story's agent is configured.
pub fn settings() -> Settings {
    Settings { extendable: true, local_user: Some("ana".into()), ..Settings::default() }
}

/// Plays a story on an instance like any other.
pub fn play(story: impl AsyncFnOnce(&mut Desk)) {
    play_on(Options::default(), settings(), story);
}

/// Plays a story.
pub fn play_on(options: Options, settings: Settings, story: impl AsyncFnOnce(&mut Desk)) {
    let lines = Lines::default();
    let writer = lines.clone();
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .without_time()
        .with_writer(move || writer.clone())
        .with_filter(LevelFilter::DEBUG)
        .with_filter(filter_fn(is_ours));
    let _ours = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let stage = Stage::new(options, settings, None).await.unwrap();
        let start = stage.clock.now().wall;
        let mut desk = Desk { stage, start, lines, told: Rc::default(), secrets: Vec::new() };
        let (too_long, lines) = (desk.clock.clone(), desk.lines.clone());
        tokio::select! {
            biased;
            () = story(&mut desk) => {}
            () = too_long.sleep(PATIENCE) => {
                panic!("the story does not come to its end; its log ends with\n{}", lines.last())
            }
        }
        desk.no_secret_was_logged().await;
        desk.the_end_was_in_order();
    });
}

impl Deref for Desk {
    type Target = Stage;
    fn deref(&self) -> &Stage {
        &self.stage
    }
}

impl DerefMut for Desk {
    fn deref_mut(&mut self) -> &mut Stage {
        &mut self.stage
    }
}

impl Desk {
    /// Starts the agent, or starts it again.
    pub fn start(&mut self) -> Link {
        let link = self.stage.start_agent().unwrap();
        let (mut news, told) = (link.told(), self.told.clone());
        tokio::task::spawn_local(async move {
            while let Ok(news) = news.recv().await {
                match news {
                    Told::Notification(notification) => told.borrow_mut().push(notification),
                    Told::OsMayProceed => {}
                }
            }
        });
        link
    }

    /// A workflow starts a session of eight hours with five minutes for each beat.
    pub fn workflow(&self) -> TaskId {
        self.workflow_with(TaskSpec::default())
    }

    /// A workflow starts a session.
    pub fn workflow_with(&self, spec: TaskSpec) -> TaskId {
        let task = self.sandbox.start_task(spec);
        self.sandbox.send_start(task, serde_json::json!({}));
        task
    }

    /// An agent with a living session.
    pub async fn active(&mut self) -> TaskId {
        self.start();
        let task = self.workflow();
        self.beaten(task, 1).await;
        self.state(State::Active).await;
        task
    }

    pub async fn sleep(&self, seconds: u64) {
        self.clock.sleep(Duration::from_secs(seconds)).await;
    }

    pub async fn sleep_until(&self, seconds: u64) {
        let now = self.clock.now();
        let until = now.mono_at(self.at(seconds));
        self.clock.sleep_until(until).await;
    }

    /// The time of day so many seconds after the story's beginning.
    pub fn at(&self, seconds: u64) -> Timestamp {
        later(self.start, Duration::from_secs(seconds))
    }

    /// Seconds since the story's beginning.
    pub fn seconds(&self) -> f64 {
        self.since_start(self.clock.now().wall)
    }

    pub fn since_start(&self, at: Timestamp) -> f64 {
        between(self.start, at).as_secs_f64()
    }

    pub async fn view(&self) -> View {
        self.link().expect("an agent runs").view().await.unwrap()
    }

    /// Waits until the agent shows this state.
    pub async fn state(&self, state: State) -> View {
        self.shows(|view| view.state == state).await
    }

    /// Waits until the agent shows what is looked for.
    pub async fn shows(&self, wanted: impl Fn(&View) -> bool) -> View {
        let mut link = self.link().expect("an agent runs").clone();
        loop {
            let view = link.view().await.unwrap();
            if wanted(&view) {
                return view;
            }
            link.changed().await.unwrap();
        }
    }

    pub async fn ask(&self, request: Request) -> Reply {
        self.link().expect("an agent runs").ask(request).await.unwrap()
    }

    /// "End session".
    pub async fn end(&self) -> Reply {
        self.ask(Request::End { text: None }).await
    }

    /// Asks beside the story.
    pub fn ask_beside(&self, request: Request) -> tokio::task::JoinHandle<Option<Reply>> {
        let link = self.link().expect("an agent runs").clone();
        tokio::task::spawn_local(async move { link.ask(request).await.ok() })
    }

    pub fn task(&self, task: TaskId) -> Task {
        self.sandbox.task(task)
    }

    /// Waits until the service has heard this many beats of a task.
    pub async fn beaten(&self, task: TaskId, beats: usize) -> f64 {
        let heard = |sandbox: &deskbeat::sandbox::Sandbox| {
            let heard = sandbox.task(task).beats;
            heard.get(beats - 1).copied()
        };
        let at = self.sandbox.until(heard).await;
        self.since_start(at)
    }

    /// Waits for the next beat that is accepted from now on; its time.
    pub async fn next_beat(&self, task: TaskId) -> f64 {
        self.beaten(task, self.task(task).beats.len() + 1).await
    }

    /// Waits until somebody was told that.
    pub async fn happens(&self, wanted: impl Fn(&What) -> bool) -> Entry {
        self.sandbox
            .until(|sandbox| sandbox.log().into_iter().find(|entry| wanted(&entry.what)))
            .await
    }

    pub async fn deleted(&self, id: &MessageId) -> Entry {
        self.happens(|what| *what == What::MessageDeleted(id.clone())).await
    }

    /// The seconds between beats, the longest last.
    pub fn longest_pause(&self, task: TaskId) -> f64 {
        let task = self.task(task);
        let heard: Vec<Timestamp> = std::iter::once(task.started).chain(task.beats).collect();
        let pauses = heard.windows(2).map(|pair| between(pair[0], pair[1]).as_secs_f64());
        pauses.fold(0.0, f64::max)
    }

    /// How often that happened.
    pub fn count(&self, which: impl Fn(&What) -> bool) -> usize {
        self.sandbox.log().iter().filter(|entry| which(&entry.what)).count()
    }

    /// Calls of a kind that were answered with an error, by the sandbox's rules or by a fault.
    pub fn unanswered(&self, action: Action) -> u64 {
        let counts = self.sandbox.counts(action);
        counts.refused + counts.faulted
    }

    pub fn windows_missed(&self) -> usize {
        self.count(|what| matches!(what, What::HeartbeatTimedOut(_)))
    }

    pub fn closes(&self) -> usize {
        self.count(|what| matches!(what, What::CloseAccepted { .. }))
    }

    /// The output that a task succeeded with.
    pub fn output(&self, task: TaskId) -> serde_json::Value {
        let task = self.task(task);
        task.output().unwrap_or_else(|| panic!("it did not succeed: {:?}", task.state))
    }

    /// The task was closed by us, for this reason.
    #[track_caller]
    pub fn closed_by_us(&self, task: TaskId, outcome: &str, reason: &str) {
        let output = self.output(task);
        assert_eq!((&output["outcome"], &output["reason"]), (&outcome.into(), &reason.into()));
    }

    /// The after-end actions that were carried out.
    pub fn after_ends(&self, action: AfterEnd) -> usize {
        self.count(|what| *what == What::Mark(mark_of(action)))
    }

    /// Waits until the after-end action was carried out.
    pub async fn after_end(&self, action: AfterEnd) -> Entry {
        self.happens(|what| *what == What::Mark(mark_of(action))).await
    }

    /// What the user was told so far.
    pub fn told(&self) -> Vec<Notification> {
        self.told.borrow().clone()
    }

    /// How often the user was told such a thing.
    pub fn told_of(&self, which: impl Fn(&Notification) -> bool) -> usize {
        self.told.borrow().iter().filter(|told| which(told)).count()
    }

    /// The lines of the log that hold `text`, without the trace.
    pub fn logged(&self, text: &str) -> Vec<String> {
        let lines = self.lines.0.lock().unwrap();
        let lines = String::from_utf8_lossy(&lines).into_owned();
        let mine = |line: &&str| line.contains(text) && !line.contains("deskbeat::trace");
        lines.lines().filter(mine).map(str::to_owned).collect()
    }

    async fn no_secret_was_logged(&self) {
        let mut secrets = self.secrets.clone();
        secrets.extend(self.sandbox.tasks().iter().map(|task| task.token().to_owned()));
        let key = self.sandbox.current_key();
        secrets.extend(key.into_iter().flat_map(|key| [key.secret_access_key, key.session_token]));
        // A token of one character is in every line.
        secrets.retain(|secret| secret.len() >= 16);
        let mut shown = String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap();
        if let Some(link) = self.link()
            && let Ok(view) = link.view().await
        {
            shown += &format!("{view:?} {}", serde_json::to_string(&view).unwrap());
        }
        shown += &format!("{:?}", self.told());
        for secret in secrets {
            assert!(!shown.contains(&secret), "a secret of {} characters is shown", secret.len());
        }
    }

    /// Nothing shut the computer down before the service had been told, unless the user would not
    /// wait for it.
    fn the_end_was_in_order(&self) {
        let log = self.sandbox.log();
        let Some(after) = log.iter().position(
            |entry| matches!(&entry.what, What::Mark(mark) if mark.starts_with("after-end")),
        ) else {
            return;
        };
        let over = log[..after].iter().any(|entry| {
            matches!(entry.what, What::CloseAccepted { .. } | What::TaskAborted(_))
                || [OVER_BEFORE, NOT_WAITING]
                    .map(|mark| What::Mark(mark.into()))
                    .contains(&entry.what)
        });
        assert!(over, "the after-end action came before the close");
    }
}

/// The reply's sentence if it was done.
#[track_caller]
pub fn done(reply: Reply) -> String {
    match reply {
        Reply::Done { sentence, .. } => sentence.into(),
        Reply::Refused { sentence, why } => panic!("refused as {why:?}: {sentence}"),
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// The last lines, without the trace.
    fn last(&self) -> String {
        let lines = String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned();
        let mine = lines.lines().filter(|line| !line.contains("deskbeat::trace"));
        let mine: Vec<&str> = mine.collect();
        mine[mine.len().saturating_sub(40)..].join("\n")
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
