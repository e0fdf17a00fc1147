//! What happened, in order: for tests that assert it and for the demo's timeline. No secret is in it.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::Sandbox;
use crate::sandbox::action::Action;
use crate::sandbox::ids::{MessageId, TaskId};
use crate::sandbox::trouble::fault::Fault;

/// Something that happened, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The time of day on the sandbox's clock.
    pub at: Timestamp,
    /// What happened.
    pub what: What,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// IMDS got a new key.
    KeyIssued {
        /// The last four characters of its id.
        suffix: String,
        /// The role that it is for.
        role: String,
        /// Until when it is valid.
        expires: Timestamp,
    },
    /// A caller read the current key from IMDS.
    KeyRead {
        /// The last four characters of its id.
        suffix: String,
    },
    /// A message was put into the queue.
    MessageSent(MessageId),
    /// A message was handed to a caller.
    MessageReceived {
        /// Which.
        id: MessageId,
        /// How often it was received so far, this time included.
        receives: u32,
    },
    /// A message's visibility was changed; zero: handed back.
    MessageReleased {
        /// Which.
        id: MessageId,
        /// When it shows again, from now.
        visible_in: Duration,
    },
    /// A message was deleted.
    MessageDeleted(MessageId),
    /// A message had been received too often.
    MessageDeadLettered(MessageId),
    /// A state waits for its task token.
    TaskStarted(TaskId),
    /// A heartbeat was accepted.
    BeatAccepted(TaskId),
    /// A close (success or failure) was accepted.
    CloseAccepted {
        /// The task.
        task: TaskId,
        /// The `x-amzn-requestid` of the answer.
        request_id: String,
    },
    /// No beat came for HeartbeatSeconds.
    HeartbeatTimedOut(TaskId),
    /// TimeoutSeconds ran out.
    TaskTimedOut(TaskId),
    /// The execution was stopped.
    TaskAborted(TaskId),
    /// A call was answered with an error by the sandbox's own rules.
    Refused {
        /// The call.
        action: Action,
        /// The task that it named, if it is known.
        task: Option<TaskId>,
        /// AWS's name of the error.
        code: String,
    },
    /// A fault struck a call.
    Faulted {
        /// The call.
        action: Action,
        /// The fault.
        fault: Fault,
    },
    /// A mark from outside, see [`Sandbox::mark`].
    Mark(String),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyIssued { suffix, role, expires } => {
                write!(f, "new key …{suffix} for {role}, valid until {expires:.0}")
            }
            Self::KeyRead { suffix } => write!(f, "key …{suffix} read"),
            Self::MessageSent(id) => write!(f, "message {id} sent"),
            Self::MessageReceived { id, receives } => {
                write!(f, "message {id} received ({receives})")
            }
            Self::MessageReleased { id, visible_in } => {
                write!(f, "message {id} visible again in {} s", visible_in.as_secs())
            }
            Self::MessageDeleted(id) => write!(f, "message {id} deleted"),
            Self::MessageDeadLettered(id) => write!(f, "message {id} dead-lettered"),
            Self::TaskStarted(task) => write!(f, "{task} waits for its token"),
            Self::BeatAccepted(task) => write!(f, "{task}: beat accepted"),
            Self::CloseAccepted { task, .. } => write!(f, "{task}: close accepted"),
            Self::HeartbeatTimedOut(task) => write!(f, "{task}: no beat in time"),
            Self::TaskTimedOut(task) => write!(f, "{task}: time is up"),
            Self::TaskAborted(task) => write!(f, "{task}: execution stopped"),
            Self::Refused { action, code, .. } => write!(f, "{action:?} refused: {code}"),
            Self::Faulted { action, fault } => write!(f, "{action:?} struck by {fault}"),
            Self::Mark(text) => f.write_str(text),
        }
    }
}

/// How often a kind of call was made, and how that went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that arrived.
    pub seen: u64,
    /// Answered as asked.
    pub answered: u64,
    /// Answered with an error by the sandbox's own rules.
    pub refused: u64,
    /// Struck by a fault other than latency, whatever came of it.
    pub faulted: u64,
}

impl Sandbox {
    /// Everything that happened so far.
    pub fn log(&self) -> Vec<Entry> {
        self.with(|world, _| world.log.clone())
    }

    /// Puts a mark of the caller's own into the log, to assert its place among the rest.
    pub fn mark(&self, text: impl Into<String>) {
        self.with(|world, now| world.note(now, What::Mark(text.into())));
    }

    /// Forgets what happened so far: the log, all beats but the last, the keys whose time is over; the
    /// counts stay. Whoever is subscribed hears nothing any more.
    pub fn forget_past(&self) {
        self.with(|world, now| {
            world.log.clear();
            world.tasks.forget_beats();
            world.keys.forget_expired(now);
        });
    }

    /// The counts of one kind of call.
    pub fn counts(&self, action: Action) -> Counts {
        self.with(|world, _| world.counts.get(&action).copied().unwrap_or_default())
    }

    /// The log as it grows, from now on.
    pub fn subscribe(&self) -> Subscription {
        Subscription { sandbox: self.clone(), next: self.with(|world, _| world.log.len()) }
    }
}

/// The log as it grows.
pub struct Subscription {
    sandbox: Sandbox,
    next: usize,
}

impl Subscription {
    /// The next entry; waits for it.
    pub async fn next(&mut self) -> Entry {
        let index = self.next;
        let entry =
            self.sandbox.until(|sandbox| sandbox.with(|world, _| world.log.get(index).cloned()));
        let entry = entry.await;
        self.next += 1;
        entry
    }

    /// The next entry that `wanted` accepts; those before it are passed over.
    pub async fn find(&mut self, wanted: impl Fn(&What) -> bool) -> Entry {
        loop {
            let entry = self.next().await;
            if wanted(&entry.what) {
                return entry;
            }
        }
    }
}
