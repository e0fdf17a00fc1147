//! What a workflow, or a test, does with the queue: sends, sends again, deletes the queue, looks in.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::sandbox::Sandbox;
use crate::sandbox::ids::{MessageId, TaskId};
use crate::sandbox::log::What;
use crate::sandbox::world::queue::QueuedMessage;

impl Sandbox {
    /// Puts a message into the queue, of any bytes; SQS itself would refuse what is not text.
    /// In a FIFO queue it goes to a group of the name `desktop`.
    pub fn send(&self, body: impl Into<Vec<u8>>) -> MessageId {
        self.send_to_group(body, "desktop")
    }

    /// Like [`Sandbox::send`], to a group of a FIFO queue; a standard queue has none.
    pub fn send_to_group(&self, body: impl Into<Vec<u8>>, group: &str) -> MessageId {
        let body = body.into();
        self.with(|world, now| {
            let group = world.queue.fifo.then(|| group.to_owned());
            world.send(now, body, group, Duration::ZERO)
        })
    }

    /// Sends the start message of a task as the contract has it. `extra` adds fields, replaces
    /// some, or with null takes them away.
    pub fn send_start(&self, id: TaskId, extra: Value) -> MessageId {
        self.send(self.start_message(id, extra))
    }

    /// The text of the message that [`Sandbox::send_start`] sends.
    pub fn start_message(&self, id: TaskId, extra: Value) -> String {
        let task = self.task(id);
        let seconds = |duration: Option<Duration>| duration.map(|duration| duration.as_secs());
        let message = serde_json::json!({
            "type": "start",
            "taskToken": task.token(),
            "instanceId": self.0.options.instance_id,
            "sessionId": task.spec.session_id,
            "executionArn": task.spec.execution_arn,
            "heartbeatSeconds": seconds(task.spec.heartbeat),
            "timeoutSeconds": seconds(task.spec.timeout),
            "startedAt": task.started.to_string(),
            "user": task.spec.user,
        });
        let mut fields = Map::new();
        for value in [message, extra] {
            if let Value::Object(more) = value {
                fields.extend(more);
            }
        }
        fields.retain(|_, value| !value.is_null());
        Value::Object(fields).to_string()
    }

    /// Delivers a message once more, deleted or in flight, as a standard queue may.
    pub fn redeliver(&self, id: &MessageId) {
        self.with(|world, now| {
            let queue = &mut world.queue;
            if let Some(index) = queue.deleted.iter().position(|message| message.id == *id) {
                queue.messages.push(queue.deleted.remove(index));
            }
            if let Some(message) = queue.messages.iter_mut().find(|message| message.id == *id) {
                message.visible_at = now;
                let visible_in = Duration::ZERO;
                world.note(now, What::MessageReleased { id: id.clone(), visible_in });
            }
        });
    }

    /// Deletes the queue, or makes it again with its messages.
    pub fn set_queue_exists(&self, exists: bool) {
        self.with(|world, _| world.queue.exists = exists);
    }

    /// The messages in the queue.
    pub fn messages(&self) -> Vec<QueuedMessage> {
        self.with(|world, _| world.queue.messages.clone())
    }

    /// The messages in the dead-letter list.
    pub fn dead_letters(&self) -> Vec<QueuedMessage> {
        self.with(|world, _| world.queue.dead.clone())
    }
}
