//! The session so far, as plain data: what the window plots and lists. The agent's recorder fills it,
//! `control` carries it; it holds no token and no secret.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::session::words::text::{Text, text_fields};

/// What has happened since the session began, or since the agent was started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// How many seconds one of `beats` stands for.
    pub slot_seconds: u32,
    /// Heartbeats, the oldest first; a span without any is left out.
    pub beats: Vec<Slot>,
    /// What else has happened, the oldest first.
    pub happened: Vec<Happening>,
}

/// The heartbeats of one span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Its beginning.
    pub at: Timestamp,
    /// How many the service has accepted.
    pub accepted: u32,
    /// How many have failed.
    pub failed: u32,
}

/// Something that has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// Of which kind it is: chooses its mark.
    pub kind: HappeningKind,
    /// In words.
    #[serde(flatten, with = "text_fields")]
    pub text: Text,
}

/// Kinds of happenings, each with a mark of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HappeningKind {
    /// Went as it should.
    Good,
    /// For information.
    Told,
    /// Somebody should look.
    Trouble,
    /// Credentials were renewed.
    Renewed,
}
