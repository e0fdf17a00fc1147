//! Step Functions' SendTask* calls over AWS JSON 1.0.
//! Source: the API reference of the three calls, for limits and errors.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::log::What;
use super::{Sandbox, World};
use crate::sandbox::action::Action;
use crate::sandbox::ids::TaskId;
use crate::sandbox::wire::refusal::AwsError;
use crate::sandbox::world::tasks::{Lookup, Task, TaskState};

/// The longest token, in characters.
const MAX_TOKEN: usize = 2048;
/// The longest output, in bytes.
const MAX_OUTPUT: usize = 262_144;
/// The longest error, in characters.
const MAX_ERROR: usize = 256;
/// The longest cause, in characters.
const MAX_CAUSE: usize = 32_768;

/// A call that is of good form.
struct TaskCall {
    token: String,
    verb: TaskVerb,
}

enum TaskVerb {
    Beat,
    Succeed { output: String },
    Fail { error: Option<String>, cause: Option<String> },
}

impl TaskCall {
    fn read(action: Action, fields: &Map<String, Value>) -> Result<Self, AwsError> {
        let token = text(fields, "taskToken")?.ok_or_else(|| missing("taskToken"))?;
        at_least_one(&token, "taskToken")?;
        at_most(token.chars().count(), MAX_TOKEN, "taskToken")?;
        let verb = match action {
            Action::Success => {
                let output = text(fields, "output")?.ok_or_else(|| missing("output"))?;
                at_most(output.len(), MAX_OUTPUT, "output")?;
                TaskVerb::Succeed { output }
            }
            Action::Failure => {
                let (error, cause) = (text(fields, "error")?, text(fields, "cause")?);
                let length =
                    |text: &Option<String>| text.iter().flat_map(|text| text.chars()).count();
                at_most(length(&error), MAX_ERROR, "error")?;
                at_most(length(&cause), MAX_CAUSE, "cause")?;
                TaskVerb::Fail { error, cause }
            }
            Action::Heartbeat => TaskVerb::Beat,
            Action::ImdsToken
            | Action::ImdsCredentials
            | Action::ImdsOther
            | Action::GetQueueUrl
            | Action::GetQueueAttributes
            | Action::SendMessage
            | Action::Receive
            | Action::Delete
            | Action::ChangeVisibility => {
                return Err(AwsError::named("UnknownOperationException"));
            }
        };
        Ok(Self { token, verb })
    }
}

fn text(fields: &Map<String, Value>, field: &str) -> Result<Option<String>, AwsError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(AwsError::new("SerializationException", "")),
    }
}

fn missing(field: &str) -> AwsError {
    AwsError::validation(field, "Member must not be null")
}

fn at_least_one(text: &str, field: &str) -> Result<(), AwsError> {
    if text.is_empty() {
        let constraint = "Member must have length greater than or equal to 1";
        return Err(AwsError::validation(field, constraint));
    }
    Ok(())
}

fn at_most(length: usize, most: usize, field: &str) -> Result<(), AwsError> {
    if length > most {
        let constraint = format!("Member must have length less than or equal to {most}");
        return Err(AwsError::validation(field, &constraint));
    }
    Ok(())
}

impl Sandbox {
    /// One SendTask* call; success is an empty object.
    pub(super) fn sfn(
        &self,
        action: Action,
        fields: &Map<String, Value>,
        request_id: &str,
    ) -> (Option<TaskId>, Result<Vec<u8>, AwsError>) {
        let call = match TaskCall::read(action, fields) {
            Ok(call) => call,
            Err(refusal) => return (None, Err(refusal)),
        };
        self.with(|world, now| {
            let task = match world.tasks.by_token(&call.token) {
                Lookup::Task(task) => task,
                Lookup::NoTask => return (None, Err(AwsError::named("TaskDoesNotExist"))),
                Lookup::NotAToken => return (None, Err(AwsError::named("InvalidToken"))),
            };
            let id = task.id;
            match carry_out(task, call.verb, now, request_id) {
                Ok(what) => {
                    World::note(world, now, what);
                    (Some(id), Ok(b"{}".to_vec()))
                }
                Err(refusal) => (Some(id), Err(refusal)),
            }
        })
    }
}

fn carry_out(
    task: &mut Task,
    verb: TaskVerb,
    at: Timestamp,
    request_id: &str,
) -> Result<What, AwsError> {
    // Whether it is closed comes first: the output of a task that is over is looked at by nobody.
    if task.is_over() {
        return Err(AwsError::named("TaskTimedOut"));
    }
    let request_id = request_id.to_owned();
    let closed = What::CloseAccepted { task: task.id, request_id: request_id.clone() };
    match verb {
        TaskVerb::Beat => {
            task.beats.push(at);
            Ok(What::BeatAccepted(task.id))
        }
        TaskVerb::Succeed { output } => {
            if serde_json::from_str::<serde::de::IgnoredAny>(&output).is_err() {
                return Err(AwsError::new("InvalidOutput", "Invalid Output: 'Invalid JSON'"));
            }
            task.state = TaskState::Succeeded { output, at, request_id };
            Ok(closed)
        }
        TaskVerb::Fail { error, cause } => {
            task.state = TaskState::Failed { error, cause, at, request_id };
            Ok(closed)
        }
    }
}
