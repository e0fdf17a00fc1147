//! What outlives a crash or a reboot: the record that the journal holds.
//! Plain data. `store` writes it durably; nothing here touches a disk.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::session::contract::output::{Outcome, Reason};
use crate::session::interface::token::{Fingerprint, TaskToken};

/// How far two clocks of AWS may be apart in what they tell of one moment.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_secs(2);

/// The journal's content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The instance that wrote it; another instance (a clone) discards the record.
    pub instance_id: Option<String>,
    /// The session that lives, if one does.
    pub session: Option<SessionRecord>,
    /// The newest finished tokens, so that a late duplicate does not start a session again.
    pub finished: Vec<Fingerprint>,
    /// A session id that asked for more time and waits for its new token.
    pub awaiting_extension: Option<Awaiting>,
}

/// A session that asked for more time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Awaiting {
    /// Its id, if the message had one.
    pub session_id: Option<String>,
    /// Since when it waits.
    pub since: Timestamp,
}

/// A session as it is resumed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionRecord {
    /// The task token.
    pub token: TaskToken,
    /// From the message.
    pub session_id: Option<String>,
    /// When the queue got the token's message.
    #[serde(default)]
    pub token_sent_at: Option<Timestamp>,
    /// When the queue got the message of the session's first token.
    #[serde(default)]
    pub first_sent_at: Option<Timestamp>,
    /// From the message.
    pub execution_arn: Option<String>,
    /// From the message.
    pub user: Option<String>,
    /// HeartbeatSeconds of the waiting state, in seconds.
    pub heartbeat_seconds: u64,
    /// When the session began.
    pub started_at: Timestamp,
    /// When TimeoutSeconds ends it.
    pub ends_at: Option<Timestamp>,
    /// "Ask for more time" is offered.
    pub extendable: bool,
    /// Accepted beats, as of this record.
    pub beats: u64,
    /// When the last accepted beat was sent, as of this record.
    pub last_beat_at: Option<Timestamp>,
    /// The service has accepted a beat of this very token. `None` in older journals.
    #[serde(default)]
    pub proven: Option<bool>,
    /// Minutes of the warnings already given.
    pub warned_minutes: Vec<u32>,
    /// Announcements already shown.
    pub announced: Vec<String>,
    /// A spot interruption was announced: its time.
    pub spot_at: Option<Timestamp>,
    /// An `end` message's countdown: when it closes.
    pub remote_end_at: Option<Timestamp>,
    /// A close was decided, and may have been sent.
    pub closing: Option<ClosingRecord>,
}

impl SessionRecord {
    /// What older journals do not say: whether the last accepted beat was of this token. The time of
    /// the beat is by the second of an answer's head, that of the message by the queue's clock.
    pub(in crate::session) fn has_beats_of_its_token(&self) -> bool {
        let apart = |beat: Timestamp| self.token_sent_at.map(|sent| sent.duration_since(beat));
        self.last_beat_at.is_some_and(|beat| apart(beat).is_none_or(|apart| apart < CLOCKS_DIFFER))
    }
}

/// A close that was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosingRecord {
    /// What the workflow is told.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// Free text of the user.
    pub reason_text: Option<String>,
    /// SendTaskFailure's error and cause, for outcome `failed`.
    pub failure: Option<(String, String)>,
    /// When it was decided.
    pub decided_at: Timestamp,
}
