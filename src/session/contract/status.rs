//! What the session shows of itself: to the tray, to `status --json`, to the demo.
//! A snapshot without secrets. Wording lives in `wording`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::session::contract::state::State;
use crate::session::words::said::said;
use crate::session::words::text::{
    Text, extend_refusal_fields, problem_fields, sentence_fields, unhealthy_fields,
};

/// A snapshot of the session. Its JSON is the stable output of `deskbeat status --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// The state shown; never better than the truth.
    pub state: State,
    /// The state in one sentence, at most 127 characters, with what to do if there is something.
    #[serde(flatten, with = "sentence_fields")]
    pub sentence: Text,
    /// The log code of the state, for example `DB-201`.
    pub code: String,
    /// From the message; absent for a bare token.
    pub session_id: Option<String>,
    /// From IMDS, or configured.
    pub instance_id: Option<String>,
    /// The user the message names.
    pub user: Option<String>,
    /// When the session began, as the workflow says.
    pub started_at: Option<Timestamp>,
    /// When it ends for its user: `close_before_timeout` before TimeoutSeconds.
    pub ends_at: Option<Timestamp>,
    /// When the last accepted beat was sent.
    pub last_beat_at: Option<Timestamp>,
    /// When the next beat is due.
    pub next_beat_at: Option<Timestamp>,
    /// Seconds until the service gives up for want of a beat.
    pub window_remaining_seconds: Option<u64>,
    /// Seconds until `ends_at`.
    pub session_remaining_seconds: Option<u64>,
    /// The share of the session that is left, 0 to 1; absent where the end is not known.
    pub session_remaining_share: Option<f64>,
    /// Accepted beats of this session.
    pub beats: u64,
    /// Failed beats of this session.
    pub failures: u64,
    /// The credentials in use.
    pub credentials: Option<Credentials>,
    /// By how many seconds this computer's clock is ahead of AWS's; absent until AWS was heard.
    #[serde(default)]
    pub clock_offset_seconds: Option<i64>,
    /// Messages left for the dead-letter queue in this run.
    #[serde(default)]
    pub rejected_messages: u64,
    /// Why the last one was.
    #[serde(default)]
    pub last_rejection: Option<String>,
    /// The last error, with its code; kept after recovery.
    pub last_error: Option<String>,
    /// What the session needs on this computer and is unwell, in a sentence.
    #[serde(flatten, with = "unhealthy_fields")]
    pub unhealthy: Option<Text>,
    /// "Ask for more time": absent when it is offered, else why not.
    #[serde(flatten, with = "extend_refusal_fields")]
    pub extend_refusal: Option<Text>,
    /// A countdown that ends the session by itself, if one runs.
    pub countdown: Option<Countdown>,
    /// How the close stands, from Ending on.
    pub closing: Option<Closing>,
}

impl View {
    /// The close does not get through, and not for want of a second try.
    pub fn is_stuck(&self) -> bool {
        self.state == State::Ending
            && self.closing.as_ref().is_some_and(|it| it.problem.is_some() && it.attempts >= 2)
    }

    /// Nothing but a sentence: no session can be here now.
    pub fn without_session(sentence: Text) -> Self {
        Self::in_place_of_one(State::NeedsAttention, sentence)
    }

    /// Nothing but a sentence, where no session is here, in this state.
    pub(crate) fn in_place_of_one(state: State, sentence: Text) -> Self {
        Self {
            state,
            sentence: sentence.short(),
            code: crate::session::words::sentences::state_code(state).id().into(),
            session_id: None,
            instance_id: None,
            user: None,
            started_at: None,
            ends_at: None,
            last_beat_at: None,
            next_beat_at: None,
            window_remaining_seconds: None,
            session_remaining_seconds: None,
            session_remaining_share: None,
            beats: 0,
            failures: 0,
            credentials: None,
            clock_offset_seconds: None,
            rejected_messages: 0,
            last_rejection: None,
            last_error: None,
            unhealthy: None,
            extend_refusal: Some(said!("refused-no-session-to-extend").into()),
            countdown: None,
            closing: None,
        }
    }
}

/// What is shown of the credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// `imds` or `chain`.
    pub source: String,
    /// The access key's last four characters.
    pub key_suffix: String,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
}

/// A running countdown to the end of the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Countdown {
    /// The reason the close will carry.
    pub reason: crate::session::contract::output::Reason,
    /// When it closes.
    pub at: Timestamp,
    /// True when "I'm still here" stops it.
    pub can_stay: bool,
}

/// How a close stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Closing {
    /// What the workflow is told.
    pub outcome: crate::session::contract::output::Outcome,
    /// Why.
    pub reason: crate::session::contract::output::Reason,
    /// Attempts so far.
    pub attempts: u32,
    /// What went wrong in words, with what to do, while it is stuck.
    #[serde(flatten, with = "problem_fields")]
    pub problem: Option<Text>,
    /// When the service accepted it.
    pub accepted_at: Option<Timestamp>,
    /// The service's request id.
    pub request_id: Option<String>,
    /// What follows on this machine.
    pub after_end: crate::session::AfterEnd,
}
