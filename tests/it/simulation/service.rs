//! Step Functions as the simulation sees it: tasks, their windows, and who may call.

use std::collections::BTreeMap;
use std::time::Duration;

use deskbeat::session::{Failure, FailureKind, TaskResult, TokenOver};

/// How a task stands.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    Waiting,
    HeartbeatTimeout(Duration),
    Timeout,
    Aborted,
    Closed { by: TaskResult },
}

#[derive(Clone, Debug)]
pub struct Task {
    pub state: State,
    pub window: Duration,
    pub started: Duration,
    pub last_heard: Duration,
    pub times_out: Duration,
    pub beats: u64,
    pub effective_closes: u32,
    /// Accepted or not, the first beat or close that reached it.
    pub reached: bool,
}

#[derive(Default)]
pub struct Service {
    pub tasks: BTreeMap<String, Task>,
    /// The access key that is valid, by number, and until when.
    pub keys: BTreeMap<u64, Duration>,
}

pub fn failure(kind: FailureKind, code: &str) -> Failure {
    Failure { kind, code: code.into(), message: "simulated".into(), request_id: None }
}

/// A service that quotes what it was sent.
fn quotes(failure: Failure, token: &str) -> Failure {
    Failure { message: format!("Task Timed Out: '{token}'"), ..failure }
}

impl Service {
    pub fn start(&mut self, token: &str, window: Duration, timeout: Duration, now: Duration) {
        let task = Task {
            state: State::Waiting,
            window,
            started: now,
            last_heard: now,
            times_out: now + timeout,
            beats: 0,
            effective_closes: 0,
            reached: false,
        };
        self.tasks.insert(token.into(), task);
    }

    /// Lets time end what it ends.
    pub fn advance(&mut self, now: Duration) {
        for task in self.tasks.values_mut() {
            if task.state != State::Waiting {
                continue;
            }
            let gives_up = task.last_heard + task.window;
            if gives_up.min(task.times_out) <= now {
                task.state = if gives_up < task.times_out {
                    State::HeartbeatTimeout(gives_up)
                } else {
                    State::Timeout
                };
            }
        }
    }

    fn admit(
        &mut self,
        key: Option<u64>,
        token: &str,
        now: Duration,
    ) -> Result<&mut Task, Failure> {
        self.advance(now);
        let alive = key.and_then(|key| self.keys.get(&key)).is_some_and(|until| *until > now);
        if !alive {
            return Err(failure(FailureKind::Credentials, "ExpiredTokenException"));
        }
        let over = |over, code| failure(FailureKind::TokenOver(over), code);
        let task = self
            .tasks
            .get_mut(token)
            .ok_or_else(|| quotes(over(TokenOver::InvalidToken, "InvalidToken"), token))?;
        task.reached = true;
        match task.state {
            State::Waiting => Ok(task),
            _ => Err(quotes(over(TokenOver::TaskTimedOut, "TaskTimedOut"), token)),
        }
    }

    pub fn beat(&mut self, key: Option<u64>, token: &str, now: Duration) -> Result<(), Failure> {
        let task = self.admit(key, token, now)?;
        task.last_heard = now;
        task.beats += 1;
        Ok(())
    }

    pub fn close(
        &mut self,
        key: Option<u64>,
        token: &str,
        verdict: &TaskResult,
        now: Duration,
    ) -> Result<Option<String>, Failure> {
        let task = self.admit(key, token, now)?;
        if let TaskResult::Success(output) = verdict {
            serde_json::from_str::<serde_json::Value>(output).expect("the output is JSON");
        }
        task.state = State::Closed { by: verdict.clone() };
        task.effective_closes += 1;
        Ok(Some("req-1".into()))
    }
}
