//! What is said on the socket, version 1: the client sends a call a line, the agent answers in lines.
//!
//! `{"v":1,"call":"view"}`, `{"v":1,"call":"watch"}`, `{"v":1,"call":"about"}`,
//! `{"v":1,"call":"ask","request":{"do":"end","text":null}}`; a client keeps the connection open until
//! the answer came, and sends the next call after it. After an `error` the agent hangs up.

use serde::{Deserialize, Serialize};

use crate::session::{Reply, Request, View};
use crate::ui::dialog::Question;
use crate::ui::history::History;

/// The version spoken here.
pub(super) const VERSION: u32 = 1;

/// What a client wants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case")]
pub(super) enum Call {
    /// The session as it stands.
    View,
    /// The session as it stands, now and whenever it changes, until the client closes.
    Watch,
    /// The window's: everything that it shows, now and whenever more than time changes.
    Attend,
    /// Who answers.
    About,
    /// Something is asked for.
    Ask { request: Request },
}

/// What the agent says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub(super) enum Response {
    View { view: Box<View> },
    Scene { scene: Box<Scene> },
    About { about: About },
    Reply { reply: Reply },
    Error { why: Why, sentence: String },
}

/// What the window shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scene {
    /// How the session stands.
    pub view: View,
    /// The session so far.
    pub history: History,
    /// The window is to come to the front.
    pub called: bool,
    /// To be asked in the window.
    pub question: Option<Question>,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// Deskbeat's version.
    pub version: String,
    /// The agent's process id.
    pub pid: u32,
    /// True once it is about to end, by itself: its place will be free in seconds.
    #[serde(default)]
    pub leaving: bool,
    /// True for a start-up's watch in the agent's place, which goes when the start-up is done.
    #[serde(default)]
    pub starting_up: bool,
}

/// Why a call was not understood or not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It is no call.
    NotUnderstood,
    /// The line is longer than a line may be.
    TooLong,
    /// The line was cut off.
    Incomplete,
    /// Another version of the protocol.
    Version,
    /// Nothing was said for too long, or others needed the place.
    Silent,
    /// All connections are in use.
    Busy,
    /// The agent is stopping.
    Stopped,
    /// There is a window already; it comes to the front.
    WindowThere,
}

impl Response {
    pub(super) fn error(why: Why, sentence: impl Into<String>) -> Self {
        Self::Error { why, sentence: sentence.into() }
    }
}

/// Only the version of a line.
#[derive(Deserialize)]
struct Versioned {
    v: u32,
}

/// A line with its version.
#[derive(Serialize)]
struct OutgoingLine<'a, T> {
    v: u32,
    #[serde(flatten)]
    body: &'a T,
}

/// `body` as a line, with its end.
pub(super) fn to_line(body: &impl Serialize) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(&OutgoingLine { v: VERSION, body })?;
    line.push(b'\n');
    Ok(line)
}

/// What a line says, or why it says nothing to us.
pub(super) fn from_line<T: for<'a> Deserialize<'a>>(line: &[u8]) -> Result<T, (Why, String)> {
    let not_understood = |error: serde_json::Error| (Why::NotUnderstood, error.to_string());
    let Versioned { v } = serde_json::from_slice(line).map_err(not_understood)?;
    if v != VERSION {
        let sentence =
            format!("the line is of protocol version {v}; this Deskbeat speaks version {VERSION}");
        return Err((Why::Version, sentence));
    }
    serde_json::from_slice(line).map_err(not_understood)
}
