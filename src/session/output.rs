//! The output of SendTaskSuccess: what the state machine reads.
//! Its JSON is documented in `resources/output.schema.json`; a test holds the two together.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What the workflow should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The session is over: deallocate.
    Ended,
    /// The user asks for more time: loop and send a new token.
    Extend,
    /// An agent and a user are there: start the session.
    Ready,
    /// Told with SendTaskFailure instead of an output.
    Failed,
}

/// Why it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Somebody at the desktop chose "End session" or ran `deskbeat end`.
    User,
    /// The operating system was shutting down or restarting.
    OsShutdown,
    /// The user was logging off, or the agent was told to stop.
    Logoff,
    /// No input for the configured time.
    Idle,
    /// The remote connection was gone for the configured time.
    Disconnected,
    /// An `end` message.
    Remote,
    /// TimeoutSeconds was about to end it.
    TimeUp,
    /// EC2 takes the spot instance back.
    Spot,
    /// A start-up script reported a failure.
    Failure,
}

/// The output document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// What to do.
    pub outcome: Outcome,
    /// Why; absent for `ready`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Free text given with `deskbeat end --reason`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_text: Option<String>,
    /// From the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// This machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// Who is logged on here, as the system names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// When the session began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When its end was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// When the last accepted beat was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_beat_at: Option<Timestamp>,
    /// Accepted beats.
    pub beats: u64,
    /// Deskbeat's version.
    pub version: String,
}
