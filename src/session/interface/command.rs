//! What the core wants done. The agent carries it out and reports back with an event.

use std::time::Duration;

use crate::session::AfterEnd;
use crate::session::contract::record::Record;
use crate::session::interface::event::{CallId, Receipt, Revision};
use crate::session::interface::notification::Notification;
use crate::session::interface::request::{AskId, Reply};
use crate::session::interface::token::TaskToken;
use crate::session::words::codes::Code;

/// One thing to do. The order within a batch is the order in which to start them.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Write the journal durably; answer `JournalSaved` or `JournalFailed`.
    Save(Revision, Box<Record>),
    /// SendTaskHeartbeat; answer `BeatAnswered`. Give up after `timeout`.
    Beat {
        /// For the answer.
        call: CallId,
        /// The task.
        token: TaskToken,
        /// The whole call's limit.
        timeout: Duration,
    },
    /// SendTaskSuccess or SendTaskFailure; answer `CloseAnswered`. Give up after `timeout`.
    Close {
        /// For the answer.
        call: CallId,
        /// The task.
        token: TaskToken,
        /// What to tell it.
        verdict: TaskResult,
        /// The whole call's limit.
        timeout: Duration,
    },
    /// One long poll of the queue; answer `Received`. At most one is under way.
    Receive,
    /// Delete the message: it is safe in the journal, or done with.
    Delete(Receipt),
    /// Make the message visible to others after `Duration` (zero: at once).
    Release(Receipt, Duration),
    /// Read the role's credentials again now; answer `CredentialsLoaded` or `CredentialsFailed`.
    RefreshCredentials,
    /// Tell the user.
    Notify(Notification),
    /// Answer somebody's request.
    Reply(AskId, Reply),
    /// Everything is told and journaled: carry out the after-end action; answer `AfterEndDone` or
    /// `AfterEndRefused`.
    AfterEnd(AfterEnd),
    /// The operating system need not wait for us any longer.
    LetOsProceed,
    /// Write a line to the log.
    Log(LogLine),
}

/// What a close tells the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskResult {
    /// SendTaskSuccess with this JSON.
    Success(String),
    /// SendTaskFailure.
    Failure {
        /// At most 256 characters.
        error: String,
        /// At most 32,768 characters.
        cause: String,
    },
}

/// A line for the log, written for a support engineer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How grave it is.
    pub level: Level,
    /// The stable code, documented in docs/reference.md.
    pub code: Code,
    /// What happened, what it means, what to do.
    pub text: String,
}

/// How grave a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Routine.
    Info,
    /// Something failed and is being dealt with.
    Warn,
    /// Somebody has to act.
    Error,
}
