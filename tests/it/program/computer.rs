//! A computer with the program on it: its environment, its state folder, its log, and AWS round it.
//! At the end of each story the log is searched for secrets.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use deskbeat::clock::Clock;
use deskbeat::sandbox::{Options, Sandbox, TaskId, TaskSpec};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Stale, as a login script leaves them: what broke the loop that this program replaces.
const STALE_TOKEN: &str = "IQoJb3JpZ2luX2VjSTALESTALESTALESTALE";

pub struct Computer {
    pub sandbox: Sandbox,
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
    agent: Option<Child>,
}

/// Plays a story on a computer where no agent runs yet.
pub fn play(story: impl AsyncFnOnce(&mut Computer)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        // A message that died with its receiver comes again soon.
        let options = Options { visibility: Duration::from_secs(1), ..Options::default() };
        let sandbox = Sandbox::start(Clock::system(), options).await.unwrap();
        let mut computer = Computer {
            sandbox,
            folder: tempfile::tempdir().unwrap(),
            variables: vec![],
            agent: None,
        };
        story(&mut computer).await;
        computer.kill().await;
        computer.no_secret_was_logged();
    });
}

impl Computer {
    /// Sets a variable for whatever is started from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.into(), value.into()));
    }

    pub fn state_dir(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Takes the log for systemd's journal, as systemd does.
    pub fn log_is_journal(&mut self) {
        let file = File::create(self.log_path()).unwrap().metadata().unwrap();
        self.set("JOURNAL_STREAM", &format!("{}:{}", file.dev(), file.ino()));
    }

    /// Everything that every run wrote to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deskbeat"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("AWS_ACCESS_KEY_ID", "ASIASTALESTALESTALE0")
            .env("AWS_SECRET_ACCESS_KEY", "stalestalestalestalestalestalestalestale")
            .env("AWS_SESSION_TOKEN", STALE_TOKEN)
            .env("AWS_ENDPOINT_URL_SFN", self.sandbox.sfn_url())
            .env("AWS_ENDPOINT_URL_SQS", self.sandbox.sqs_url())
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", self.sandbox.imds_url())
            .env("DESKBEAT_STATE_DIR", self.state_dir())
            .env("DESKBEAT_ONE_PER_MACHINE", "false")
            .env("DESKBEAT_LOG", "json")
            .env("DESKBEAT_LOG_LEVEL", "debug")
            .stdin(Stdio::null());
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command
    }

    /// Starts `run --headless`.
    pub fn start(&mut self) {
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        let mut command = self.command(&["run", "--headless"]);
        let agent = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        assert!(self.agent.replace(agent).is_none(), "one runs already");
    }

    /// An agent with a session whose first beat the service has heard.
    pub async fn active(&mut self) -> TaskId {
        self.start();
        let task = self.workflow(serde_json::json!({}));
        self.beaten(task, 1).await;
        self.status(|view| view["state"] == "active").await;
        task
    }

    /// A workflow starts a session.
    pub fn workflow(&self, extra: Value) -> TaskId {
        let task = self.sandbox.start_task(TaskSpec::default());
        self.sandbox.send_start(task, extra);
        task
    }

    /// Waits until the service has heard this many beats.
    pub async fn beaten(&self, task: TaskId, beats: usize) {
        self.sandbox.until(|sandbox| (sandbox.task(task).beats.len() >= beats).then_some(())).await;
    }

    /// The agent's process.
    pub fn pid(&self) -> u32 {
        self.agent.as_ref().expect("an agent runs").id()
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.pid().cast_signed()).expect("a process id");
        kill_process(pid, signal).unwrap();
    }

    /// Waits until the agent has gone.
    pub async fn gone(&mut self) -> ExitStatus {
        let mut agent = self.agent.take().expect("an agent runs");
        tokio::task::spawn_blocking(move || agent.wait().unwrap()).await.unwrap()
    }

    /// kill -9, if one runs.
    pub async fn kill(&mut self) {
        if self.agent.is_some() {
            self.signal(Signal::KILL);
            let status = self.gone().await;
            assert!(status.signal().is_some() || status.code().is_some());
        }
    }

    /// Runs a verb beside the story.
    pub fn beside(&self, arguments: &[&str]) -> tokio::task::JoinHandle<Output> {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap())
    }

    /// Runs a verb that must end with this code; what it said.
    #[track_caller]
    pub fn ends_with(&self, code: i32, arguments: &[&str]) -> impl Future<Output = String> + use<> {
        let (running, line) = (self.beside(arguments), arguments.join(" "));
        async move {
            let output = running.await.unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "deskbeat {line}: {said}");
            said
        }
    }

    /// Watches the status until it is as wanted.
    pub async fn status(&self, wanted: impl Fn(&Value) -> bool + Send + Copy + 'static) -> Value {
        // An agent that has only just been started does not listen yet.
        loop {
            let mut command = self.command(&["status", "--json", "--watch"]);
            command.stdout(Stdio::piped()).stderr(Stdio::null());
            let watching = tokio::task::spawn_blocking(move || watch(command, wanted));
            if let Some(view) = watching.await.unwrap() {
                return view;
            }
        }
    }

    fn no_secret_was_logged(&self) {
        let log = self.log();
        let mut secrets: Vec<String> =
            self.sandbox.tasks().iter().map(|task| task.token().to_owned()).collect();
        let key = self.sandbox.current_key().unwrap();
        secrets.extend([STALE_TOKEN.into(), key.secret_access_key, key.session_token]);
        for secret in secrets {
            assert!(!log.contains(&secret), "the log holds a secret");
        }
        for line in log.lines() {
            // The journal's priority before it.
            let object = line.trim_start_matches(|head| head != '{');
            let parsed: Result<Value, _> = serde_json::from_str(object);
            assert!(parsed.is_ok(), "not a JSON line: {line}");
        }
    }
}

impl Drop for Computer {
    fn drop(&mut self) {
        // A story that failed must leave no process behind.
        if let Some(agent) = &mut self.agent {
            let _gone_already = agent.kill();
            let _reaped = agent.wait();
        }
    }
}

/// The first view as wanted; `None` if the agent went, or was not there, before it showed that.
fn watch(mut command: Command, wanted: impl Fn(&Value) -> bool) -> Option<Value> {
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let found = lines
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap())
        .find(|view| wanted(view));
    let _gone_already = child.kill();
    child.wait().unwrap();
    found
}
