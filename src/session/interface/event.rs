//! What the edges tell the core.
//! Plain data: the log of a session is the trace of these and of the commands that follow.

use jiff::Timestamp;
use zeroize::Zeroize;

use crate::session::interface::failure::Failure;
use crate::session::interface::request::{AskId, Request};
use crate::session::interface::settings::{OsEnding, Settings};
use crate::session::interface::time::Mono;
use crate::session::words::text::Text;

/// One thing that happened outside the core.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The time that [`Session::next_deadline`](crate::session::Session::next_deadline) named has come.
    Tick,
    /// The machine came back from sleep or hibernation.
    Woke,
    /// The service's clock, as an answer that has just come says (its `Date`, in whole seconds).
    ServiceTime {
        /// The `Date`.
        at: Timestamp,
    },
    /// IMDS (or the configuration) said which instance this is.
    Identified {
        /// For example `i-0123456789abcdef0`.
        instance_id: String,
    },
    /// IMDS cannot say which instance this is; a sentence for people.
    Unidentified(Text),
    /// The keeper holds credentials.
    CredentialsLoaded(KeyInfo),
    /// The keeper could not read credentials, whether or not it still holds older ones.
    CredentialsFailed {
        /// What is wrong.
        problem: CredentialProblem,
        /// What happened and what to do, for people.
        sentence: Text,
    },
    /// The queue is known: its URL.
    QueueFound(String),
    /// There is no queue to listen to; what to do, for people.
    NoQueue(Text),
    /// A receive came back.
    Received(Result<Vec<Delivery>, Failure>),
    /// The journal holds every revision up to this one, durably.
    JournalSaved(Revision),
    /// The journal could not be written; what the disk said.
    JournalFailed(Revision, String),
    /// A beat was answered.
    BeatAnswered(CallId, Result<(), Failure>),
    /// A close (SendTaskSuccess or SendTaskFailure) was answered, with the request id if it was accepted.
    CloseAnswered(CallId, Result<Option<String>, Failure>),
    /// AWS announced something about this machine.
    Announced(Announcement),
    /// Somebody at this machine asks for something.
    Asked(AskId, Request),
    /// The user has been away or disconnected for the configured threshold (`true`), or is back (`false`).
    Away(AwayKind, bool),
    /// What a session needs beside us is unwell: a sentence; `None`: all of it is well.
    Health(Option<Text>),
    /// The configuration was changed. What a session took from its message stays.
    Configured(Settings),
    /// The operating system is going down, or the user's session is ending, by `deadline` at the latest.
    OsEnding(OsEnding, Mono),
    /// The announced end of the operating system was called off.
    OsEndingCancelled,
    /// The after-end action was carried out.
    AfterEndDone,
    /// The after-end action was refused, with what the system said.
    AfterEndRefused(String),
}

/// Numbers the journal's states; higher is newer.
pub type Revision = u64;

/// Tells one call from another, so that a late answer is not taken for the present one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// Tells one received message from another within this run; the edge keeps the receipt handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Receipt(pub u64);

/// A message as the queue delivered it.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    /// This delivery.
    pub receipt: Receipt,
    /// The queue's id of the message, the same at each delivery.
    pub message_id: String,
    /// When it was sent, by the queue's clock.
    pub sent_at: Option<Timestamp>,
    /// The text as it was sent. It may hold a task token: never log it.
    pub body: String,
}

/// It may hold a task token: nobody finds it in memory that was given back.
impl Drop for Delivery {
    fn drop(&mut self) {
        self.body.zeroize();
    }
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("receipt", &self.receipt)
            .field("message_id", &self.message_id)
            .field("sent_at", &self.sent_at)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// What may be shown of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// Where it came from: `imds` or `chain`.
    pub source: &'static str,
    /// The access key's last four characters.
    pub key_suffix: String,
    /// When AWS says that it expires; `None` for keys that do not.
    pub expires_at: Option<Timestamp>,
    /// True when it is another key than the last one told.
    pub changed: bool,
}

/// Why there are no fresh credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialProblem {
    /// The instance has no role.
    NoRole,
    /// The role's trust policy or the account refuses (`AssumeRoleUnauthorizedAccess` and its like).
    RoleRefused,
    /// IMDS does not answer, or not with anything usable.
    Unavailable,
    /// IMDS hands out a key that is over already.
    Expired,
}

/// What AWS announces about a machine, through IMDS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// What it is.
    pub kind: AnnouncementKind,
    /// Tells one announcement from the next of its kind: the event id, or its time.
    pub id: String,
    /// When it takes effect, or was made (rebalance).
    pub at: Option<Timestamp>,
    /// AWS's own words, if it has any.
    pub text: Option<String>,
}

/// The kinds of announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnouncementKind {
    /// `spot/instance-action`: the machine is taken back in about two minutes.
    Spot,
    /// `events/recommendations/rebalance`: the risk of that is raised.
    Rebalance,
    /// `events/maintenance/scheduled`.
    Maintenance,
    /// `autoscaling/target-lifecycle-state` turned `Terminated`.
    ScaleIn,
}

/// How the user is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwayKind {
    /// No input.
    Idle,
    /// The remote connection is gone.
    Disconnected,
}
