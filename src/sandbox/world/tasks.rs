//! Step Functions' side of the tasks: states that wait for their token, and their two timers.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::sandbox::ids::{self, TaskId};
use crate::sandbox::log::What;
use crate::sandbox::{Sandbox, World};
use crate::session::interface::time::later;

/// The head of every token long enough for it, by which a foreign text is told from an unknown task.
const TOKEN_HEAD: &str = "AQCEAAAAKgAAAAMAAAAA";

/// A state that is to wait for a task token.
#[derive(Clone, Debug)]
pub struct TaskSpec {
    /// HeartbeatSeconds; `None`: nobody listens to the beats.
    pub heartbeat: Option<Duration>,
    /// TimeoutSeconds; `None`: never (AWS: a year).
    pub timeout: Option<Duration>,
    /// The token's length in characters; AWS never makes more than 2048.
    pub token_length: usize,
    /// `sessionId` of the start message.
    pub session_id: Option<String>,
    /// `user` of the start message.
    pub user: Option<String>,
    /// The execution that waits; `None`: a new one.
    pub execution_arn: Option<String>,
}

impl Default for TaskSpec {
    /// 8 hours, with 5 minutes for each beat.
    fn default() -> Self {
        Self {
            heartbeat: Some(Duration::from_secs(300)),
            timeout: Some(Duration::from_secs(8 * 3600)),
            token_length: 712,
            session_id: Some("session-1".into()),
            user: Some("ana".into()),
            execution_arn: None,
        }
    }
}

/// How a task stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// It waits.
    Waiting,
    /// SendTaskSuccess was accepted.
    Succeeded {
        /// The output, as sent.
        output: String,
        /// When.
        at: Timestamp,
        /// The answer's `x-amzn-requestid`.
        request_id: String,
    },
    /// SendTaskFailure was accepted.
    Failed {
        /// The error, as sent.
        error: Option<String>,
        /// The cause, as sent.
        cause: Option<String>,
        /// When.
        at: Timestamp,
        /// The answer's `x-amzn-requestid`.
        request_id: String,
    },
    /// No beat came for HeartbeatSeconds (States.HeartbeatTimeout).
    HeartbeatTimedOut {
        /// When.
        at: Timestamp,
    },
    /// TimeoutSeconds ran out (States.Timeout).
    TimedOut {
        /// When.
        at: Timestamp,
    },
    /// The execution was stopped (ABORTED).
    Aborted {
        /// When.
        at: Timestamp,
    },
}

/// A task, as the service knows it. `Debug` does not show the token.
#[derive(Clone)]
pub struct Task {
    /// Its name here.
    pub id: TaskId,
    /// What it was started with; `execution_arn` is filled in.
    pub spec: TaskSpec,
    /// When it began to wait.
    pub started: Timestamp,
    /// The beats that were accepted.
    pub beats: Vec<Timestamp>,
    /// How it stands.
    pub state: TaskState,
    pub(in crate::sandbox) token: String,
}

impl Task {
    /// The token: a secret.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The last beat, or the start.
    pub fn last_heard(&self) -> Timestamp {
        self.beats.last().copied().unwrap_or(self.started)
    }

    /// It waits no more.
    pub fn is_over(&self) -> bool {
        self.state != TaskState::Waiting
    }

    /// The output of SendTaskSuccess as JSON; `None` if it did not succeed.
    pub fn output(&self) -> Option<serde_json::Value> {
        match &self.state {
            TaskState::Succeeded { output, .. } => serde_json::from_str(output).ok(),
            TaskState::Waiting
            | TaskState::Failed { .. }
            | TaskState::HeartbeatTimedOut { .. }
            | TaskState::TimedOut { .. }
            | TaskState::Aborted { .. } => None,
        }
    }

    fn heartbeat_deadline(&self) -> Option<Timestamp> {
        Some(later(self.last_heard(), self.spec.heartbeat?))
    }

    fn timeout_deadline(&self) -> Option<Timestamp> {
        Some(later(self.started, self.spec.timeout?))
    }

    fn deadline(&self) -> Option<Timestamp> {
        if self.is_over() {
            return None;
        }
        self.heartbeat_deadline().into_iter().chain(self.timeout_deadline()).min()
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.id)
            .field("started", &self.started)
            .field("beats", &self.beats.len())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// What a token leads to.
#[derive(Debug)]
pub(in crate::sandbox) enum Lookup<'a> {
    Task(&'a mut Task),
    /// A token of ours whose task is unknown.
    NoTask,
    /// No token of ours.
    NotAToken,
}

#[derive(Default)]
pub(in crate::sandbox) struct Tasks {
    tasks: Vec<Task>,
}

impl Tasks {
    /// Forgets all beats but the last of each task.
    pub(in crate::sandbox) fn forget_beats(&mut self) {
        for task in &mut self.tasks {
            let last = task.beats.pop();
            task.beats = last.into_iter().collect();
        }
    }

    /// The first task to run out of time, and when.
    pub(in crate::sandbox) fn first_deadline(&self) -> Option<(Timestamp, TaskId)> {
        self.tasks.iter().filter_map(|task| Some((task.deadline()?, task.id))).min()
    }

    pub(in crate::sandbox) fn by_token(&mut self, token: &str) -> Lookup<'_> {
        match self.tasks.iter_mut().find(|task| task.token == token) {
            Some(task) => Lookup::Task(task),
            None if token.starts_with(TOKEN_HEAD) => Lookup::NoTask,
            None => Lookup::NotAToken,
        }
    }

    fn get(&mut self, id: TaskId) -> Option<&mut Task> {
        self.tasks.iter_mut().find(|task| task.id == id)
    }
}

impl World {
    /// Ends a task whose time was up at `at`.
    pub(in crate::sandbox) fn run_out(&mut self, id: TaskId, at: Timestamp) {
        let Some(task) = self.tasks.get(id) else { return };
        // Where both run out at once, the state's own end counts.
        let what = if task.timeout_deadline().is_some_and(|deadline| deadline <= at) {
            task.state = TaskState::TimedOut { at };
            What::TaskTimedOut(id)
        } else {
            task.state = TaskState::HeartbeatTimedOut { at };
            What::HeartbeatTimedOut(id)
        };
        self.note(at, what);
    }
}

impl Sandbox {
    /// Lets a state wait for a new task token. The token is not sent: see
    /// [`Sandbox::send_start`].
    pub fn start_task(&self, spec: TaskSpec) -> TaskId {
        let options = &self.0.options;
        self.with(|world, now| {
            let id = TaskId(world.tasks.tasks.len() as u32 + 1);
            let token = ids::base64(&mut world.rng, TOKEN_HEAD, spec.token_length);
            let execution_arn = spec.execution_arn.clone().unwrap_or_else(|| {
                let name = ids::uuid(&mut world.rng);
                let (region, account) = (&options.region, &options.account_id);
                format!("arn:aws:states:{region}:{account}:execution:remote-desktop:{name}")
            });
            world.tasks.tasks.push(Task {
                id,
                spec: TaskSpec { execution_arn: Some(execution_arn), ..spec },
                started: now,
                beats: Vec::new(),
                state: TaskState::Waiting,
                token,
            });
            world.note(now, What::TaskStarted(id));
            id
        })
    }

    /// Stops the task's execution (StopExecution); later calls get TaskTimedOut.
    pub fn abort(&self, id: TaskId) {
        self.with(|world, now| {
            if let Some(task) = world.tasks.get(id).filter(|task| !task.is_over()) {
                task.state = TaskState::Aborted { at: now };
                world.note(now, What::TaskAborted(id));
            }
        });
    }

    /// Forgets a task, as if its execution were deleted; later calls get TaskDoesNotExist.
    pub fn forget(&self, id: TaskId) {
        self.with(|world, _| {
            if let Some(task) = world.tasks.get(id) {
                task.state = TaskState::Aborted { at: task.started };
                task.token.clear();
            }
        });
    }

    /// A task as it stands now.
    ///
    /// # Panics
    /// When `id` is not of this sandbox.
    pub fn task(&self, id: TaskId) -> Task {
        // Tasks are never removed, so only a foreign id fails, as documented.
        self.with(|world, _| world.tasks.get(id).cloned()).expect("a task of this sandbox")
    }

    /// Every task so far.
    pub fn tasks(&self) -> Vec<Task> {
        self.with(|world, _| world.tasks.tasks.clone())
    }

    /// Waits until the task is over.
    pub async fn over(&self, id: TaskId) -> Task {
        self.until(|sandbox| Some(sandbox.task(id)).filter(Task::is_over)).await
    }
}
