//! The queue's model: visibility, receipt handles, FIFO groups, the dead-letter list.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use fastrand::Rng;
use jiff::Timestamp;

use crate::sandbox::World;
use crate::sandbox::ids::{self, MessageId};
use crate::sandbox::log::What;
use crate::sandbox::options::Options;
use crate::sandbox::wire::refusal::AwsError;
use crate::session::interface::time::later;

/// A message as the queue holds it. `Debug` does not show the body: it may hold a task token.
#[derive(Clone)]
pub struct QueuedMessage {
    /// Its name.
    pub id: MessageId,
    /// The body; SQS itself takes valid text only.
    pub body: Vec<u8>,
    /// When it was sent.
    pub sent: Timestamp,
    /// `MessageGroupId`, in a FIFO queue.
    pub group: Option<String>,
    /// How often it was received.
    pub receives: u32,
    /// When it was received first.
    pub first_received: Option<Timestamp>,
    /// When it shows (again).
    pub visible_at: Timestamp,
    pub(in crate::sandbox) handle: String,
}

impl fmt::Debug for QueuedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QueuedMessage({}, {} receives)", self.id, self.receives)
    }
}

pub(in crate::sandbox) struct QueueState {
    pub exists: bool,
    pub fifo: bool,
    pub visibility: Duration,
    pub max_receives: Option<u32>,
    pub messages: Vec<QueuedMessage>,
    pub deleted: Vec<QueuedMessage>,
    pub dead: Vec<QueuedMessage>,
    /// Every handle that was ever given out.
    handles: BTreeMap<String, MessageId>,
}

/// What a receipt handle leads to.
enum Holder {
    /// The message, whose latest handle it is.
    Holds(usize),
    /// An older handle, or the message is gone.
    Stale,
}

impl QueueState {
    pub(in crate::sandbox) fn new(options: &Options) -> Self {
        Self {
            exists: true,
            fifo: options.fifo,
            visibility: options.visibility,
            max_receives: options.max_receives,
            messages: Vec::new(),
            deleted: Vec::new(),
            dead: Vec::new(),
            handles: BTreeMap::new(),
        }
    }

    /// The messages that show, and those that do not.
    pub(in crate::sandbox) fn counts(&self, now: Timestamp) -> (usize, usize) {
        let hidden = self.messages.iter().filter(|message| message.visible_at > now).count();
        (self.messages.len() - hidden, hidden)
    }

    /// When the next hidden message shows.
    pub(in crate::sandbox) fn next_visible(&self, now: Timestamp) -> Option<Timestamp> {
        self.messages.iter().map(|message| message.visible_at).filter(|at| *at > now).min()
    }

    fn holder(&self, handle: &str) -> Result<Holder, AwsError> {
        if !self.handles.contains_key(handle) {
            return Err(AwsError::new(
                "ReceiptHandleIsInvalid",
                "The input receipt handle is not a valid receipt handle.",
            ));
        }
        let index = self.messages.iter().position(|message| message.handle == handle);
        Ok(index.map_or(Holder::Stale, Holder::Holds))
    }

    fn receive(
        &mut self,
        rng: &mut Rng,
        now: Timestamp,
        most: usize,
        visibility: Duration,
    ) -> (Vec<QueuedMessage>, Vec<What>) {
        let mut taken = Vec::new();
        let mut told = Vec::new();
        // An undeleted message in flight blocks its group.
        let in_flight = |message: &&QueuedMessage| message.visible_at > now && message.receives > 0;
        let blocked: BTreeSet<String> = self
            .messages
            .iter()
            .filter(in_flight)
            .filter_map(|message| message.group.clone())
            .collect();
        let mut index = 0;
        while index < self.messages.len() && taken.len() < most {
            let message = &mut self.messages[index];
            let is_blocked = message.group.as_ref().is_some_and(|group| blocked.contains(group));
            if message.visible_at > now || is_blocked {
                index += 1;
                continue;
            }
            if self.max_receives.is_some_and(|max| message.receives >= max) {
                let dead = self.messages.remove(index);
                told.push(What::MessageDeadLettered(dead.id.clone()));
                self.dead.push(dead);
                continue;
            }
            message.receives += 1;
            message.first_received.get_or_insert(now);
            message.visible_at = later(now, visibility);
            message.handle = ids::base64(rng, "AQEB", 184);
            self.handles.insert(message.handle.clone(), message.id.clone());
            let (id, receives) = (message.id.clone(), message.receives);
            told.push(What::MessageReceived { id, receives });
            taken.push(message.clone());
            index += 1;
        }
        (taken, told)
    }
}

impl World {
    pub(in crate::sandbox) fn send(
        &mut self,
        now: Timestamp,
        body: Vec<u8>,
        group: Option<String>,
        delay: Duration,
    ) -> MessageId {
        let id = MessageId(ids::uuid(&mut self.rng));
        self.queue.messages.push(QueuedMessage {
            id: id.clone(),
            body,
            sent: now,
            group,
            receives: 0,
            first_received: None,
            visible_at: later(now, delay),
            handle: String::new(),
        });
        self.note(now, What::MessageSent(id.clone()));
        id
    }

    pub(in crate::sandbox) fn receive(
        &mut self,
        now: Timestamp,
        most: usize,
        visibility: Option<Duration>,
    ) -> Vec<QueuedMessage> {
        let visibility = visibility.unwrap_or(self.queue.visibility);
        let (taken, told) = self.queue.receive(&mut self.rng, now, most, visibility);
        told.into_iter().for_each(|what| self.note(now, what));
        taken
    }

    pub(in crate::sandbox) fn delete(
        &mut self,
        now: Timestamp,
        handle: &str,
    ) -> Result<(), AwsError> {
        match self.queue.holder(handle)? {
            Holder::Holds(index)
                if self.queue.fifo && self.queue.messages[index].visible_at <= now =>
            {
                Err(expired_handle())
            }
            Holder::Holds(index) => {
                let message = self.queue.messages.remove(index);
                self.note(now, What::MessageDeleted(message.id.clone()));
                self.queue.deleted.push(message);
                Ok(())
            }
            // A standard queue says yes and deletes nothing; deleting twice is no error anywhere.
            Holder::Stale => {
                let id = &self.queue.handles[handle];
                let is_there = self.queue.messages.iter().any(|message| message.id == *id);
                if self.queue.fifo && is_there { Err(expired_handle()) } else { Ok(()) }
            }
        }
    }

    pub(in crate::sandbox) fn change_visibility(
        &mut self,
        now: Timestamp,
        handle: &str,
        visible_in: Duration,
    ) -> Result<(), AwsError> {
        match self.queue.holder(handle)? {
            Holder::Holds(index) => {
                let message = &mut self.queue.messages[index];
                if message.visible_at <= now {
                    return Err(AwsError::new("MessageNotInflight", ""));
                }
                message.visible_at = later(now, visible_in);
                let id = message.id.clone();
                self.note(now, What::MessageReleased { id, visible_in });
                Ok(())
            }
            Holder::Stale => Err(AwsError::new(
                "InvalidParameterValue",
                "Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or \
                 is not available for visibility timeout change.",
            )),
        }
    }
}

fn expired_handle() -> AwsError {
    AwsError::new(
        "InvalidParameterValue",
        "Value for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.",
    )
}
