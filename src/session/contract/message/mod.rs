//! The message contract: what a queue message may say.
//! Reads a body and judges its form: `envelope` finds the message in what it came in, `field` reads
//! the values as people mean them. What follows from a message is decided in `inbox`.

mod decode;
mod envelope;
mod field;

use std::time::Duration;

use jiff::Timestamp;

use self::envelope::Inside;
use self::field::FieldReader;
use crate::session::interface::foreign::one_line;
use crate::session::interface::mask;
use crate::session::interface::token::{BadToken, TaskToken};

/// The longest `text` of a notice that is shown, in characters; the rest is cut.
pub const MAX_NOTICE_CHARS: usize = 1000;
/// The longest body that is read, in bytes. Source: SQS quotas, "Message size": 1 MiB.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// The longest name of a user and of a session that is kept, in characters.
const MAX_NAME_CHARS: usize = 256;

/// A message that keeps to the contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The instance it is meant for; `None`: whoever reads it.
    pub instance_id: Option<String>,
    /// The session it is about.
    pub session_id: Option<String>,
    /// What it says.
    pub kind: MessageKind,
    /// True for a lone word in place of an object: a task token only if the service says so.
    pub is_bare: bool,
    /// What was read otherwise than it was written, each thing once, for the log.
    pub tolerated: Vec<Tolerated>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub enum MessageKind {
    /// Take this token and keep it alive.
    Start(Start),
    /// Say that an agent and a user are there.
    Ready(TaskToken),
    /// End the session after this grace; `None`: the message does not say.
    End(Option<Duration>),
    /// Show this text to the user.
    Notice(String),
}

/// A session's start.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// The task.
    pub token: TaskToken,
    /// The execution that waits.
    pub execution_arn: Option<String>,
    /// HeartbeatSeconds of the waiting state.
    pub heartbeat: Option<Duration>,
    /// TimeoutSeconds of the waiting state.
    pub timeout: Option<Duration>,
    /// When the waiting state was entered.
    pub started_at: Option<Timestamp>,
    /// Whose session it is.
    pub user: Option<String>,
    /// `extendable`: whether the workflow answers outcome `extend` with a new token.
    pub extendable: Option<bool>,
}

/// A deviation from the contract that was read as its sender meant it. Never quotes the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Tolerated {
    /// A byte order mark or another invisible character at the body's ends.
    #[error("invisible characters around the message")]
    Edges,
    /// JSON inside a JSON string, or with its quotes escaped.
    #[error("JSON encoded more than once")]
    EncodedAgain,
    /// Quotes of Python or of HTML in place of JSON's.
    #[error("JSON with other quotes than JSON's")]
    Quotes,
    /// A name with the task token in it, which is not to be shown.
    #[error("a task token in {0}, which was masked")]
    TokenInName(&'static str),
    /// Percent-encoded or base64.
    #[error("a message in percent-encoding or base64")]
    Transport,
    /// A list with one entry.
    #[error("a list with one entry")]
    ListOfOne,
    /// Inside another object; its key.
    #[error("a message inside \"{0}\"")]
    Inside(&'static str),
    /// Under another spelling of its key.
    #[error("another spelling of the key {0}")]
    Key(&'static str),
    /// Of another type, or with blanks, quotes or line ends around it.
    #[error("another form of the value of {0}")]
    Value(&'static str),
    /// Longer than it may be: shortened.
    #[error("{0} is too long and was shortened")]
    Shortened(&'static str),
    /// Beyond what is possible: the nearest that is.
    #[error("{0} is out of range and was limited")]
    Limited(&'static str),
    /// A time without an offset, taken for UTC.
    #[error("{0} has no offset and was taken for UTC")]
    NoOffset(&'static str),
}

/// Why a body does not keep to the contract. Never quotes the body: it may hold a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Nothing in it.
    #[error("the message is empty")]
    Empty,
    /// Longer than [`MAX_BODY_BYTES`]; the number of bytes.
    #[error("the message has {0} bytes; a queue carries at most {MAX_BODY_BYTES}")]
    TooLong(usize),
    /// More envelopes in each other than anybody means.
    #[error("the message is packed too many times over")]
    TooDeep,
    /// Neither JSON nor a token.
    #[error("the message is neither a JSON object nor a bare task token ({0})")]
    NotJson(String),
    /// Several messages in one.
    #[error("the message is a list of {0}, not an object; send each as a message of its own")]
    Several(usize),
    /// Somebody has to confirm an SNS subscription first.
    #[error(
        "the message asks to confirm an SNS subscription; confirm it, or let the workflow send to \
         the queue itself"
    )]
    SnsConfirmation,
    /// No `taskToken`, where one is needed.
    #[error("the message has no taskToken; pass it with \"taskToken.$\": \"$$.Task.Token\"")]
    NoToken,
    /// A placeholder that the state machine should have filled in.
    #[error(
        "taskToken is a placeholder that was not filled in; the key must end in \".$\": \
         \"taskToken.$\": \"$$.Task.Token\""
    )]
    Unfilled,
    /// The `taskToken` is none.
    #[error("taskToken: {0}")]
    BadToken(#[from] BadToken),
    /// A field of the wrong type or out of range.
    #[error("{field} must be {expected}")]
    Field {
        /// Its name.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// Several spellings of one key with different values.
    #[error("the message says {0} more than once, each time differently")]
    Contradiction(&'static str),
    /// An unknown `type`.
    #[error("unknown type; it must be start, ready, end or notice")]
    UnknownType,
}

impl Message {
    /// Reads `body`: the JSON of the contract, in whatever it was packed on its way, or a bare token.
    ///
    /// # Errors
    /// A sentence for the log that says what is wrong, without quoting the body.
    pub fn read(body: &str) -> Result<Self, Malformed> {
        if body.len() > MAX_BODY_BYTES {
            return Err(Malformed::TooLong(body.len()));
        }
        let mut notes = Notes::default();
        let mut message = match envelope::open(body, &mut notes)? {
            Inside::Fields(fields) => read_object(&mut FieldReader::new(&fields, &mut notes))?,
            Inside::Bare(token) => bare(token),
        };
        message.tolerated = notes.0;
        Ok(message)
    }
}

/// What was tolerated so far, each thing once.
#[derive(Debug, Default)]
struct Notes(Vec<Tolerated>);

impl Notes {
    fn add(&mut self, note: Tolerated) {
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }
}

fn bare(token: TaskToken) -> Message {
    let start = Start {
        token,
        execution_arn: None,
        heartbeat: None,
        timeout: None,
        started_at: None,
        user: None,
        extendable: None,
    };
    Message {
        instance_id: None,
        session_id: None,
        kind: MessageKind::Start(start),
        is_bare: true,
        tolerated: Vec::new(),
    }
}

fn read_object(fields: &mut FieldReader<'_>) -> Result<Message, Malformed> {
    let kind = match fields.text("type")? {
        None => MessageType::Start,
        Some(name) => MessageType::named(&name).ok_or(Malformed::UnknownType)?,
    };
    let kind = match kind {
        MessageType::Start => MessageKind::Start(Start {
            token: fields.token()?,
            execution_arn: fields.name("executionArn")?,
            heartbeat: fields.seconds("heartbeatSeconds")?,
            timeout: fields.seconds("timeoutSeconds")?,
            started_at: fields.instant("startedAt")?,
            user: fields.name("user")?,
            extendable: fields.flag("extendable")?,
        }),
        MessageType::Ready => MessageKind::Ready(fields.token()?),
        MessageType::End => MessageKind::End(fields.grace("graceSeconds")?),
        MessageType::Notice => {
            let text = fields.text("text")?.ok_or(Malformed::Field {
                field: "text",
                expected: "a text, in a message of type notice",
            })?;
            MessageKind::Notice(one_line(&text, MAX_NOTICE_CHARS))
        }
    };
    let mut message = Message {
        instance_id: fields.instance("instanceId")?,
        session_id: fields.name("sessionId")?,
        kind,
        is_bare: false,
        tolerated: Vec::new(),
    };
    cover_names(&mut message, fields);
    Ok(message)
}

/// Names are shown and logged. Who uses the task token as one, or puts it into one, gives it away.
fn cover_names(message: &mut Message, fields: &mut FieldReader<'_>) {
    let Message { instance_id, session_id, kind, .. } = message;
    let (token, others) = match kind {
        MessageKind::Start(Start { token, execution_arn, user, .. }) => {
            (&*token, [Some(("executionArn", execution_arn)), Some(("user", user))])
        }
        MessageKind::Ready(token) => (&*token, [None, None]),
        MessageKind::End(_) | MessageKind::Notice(_) => return,
    };
    let names = [("instanceId", instance_id), ("sessionId", session_id)].into_iter();
    for (field, name) in names.chain(others.into_iter().flatten()) {
        // Shorter than a piece of a token, or what every message says.
        let is_plain = |name: &&mut String| {
            name.chars().count() < mask::PIECE_CHARS || field::is_instance_id(name)
        };
        if let Some(name) = name.as_mut().filter(|name| !is_plain(name)) {
            let shown = token.fingerprint().to_string();
            let covered = mask::cover(name, [(shown.as_str(), token.expose())]);
            if covered != *name {
                *name = covered;
                fields.note(Tolerated::TokenInName(field));
            }
        }
    }
}

/// The four types of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MessageType {
    Start,
    Ready,
    End,
    Notice,
}

impl MessageType {
    /// The type that somebody calls so, in any case.
    fn named(name: &str) -> Option<Self> {
        match field::normal(name).as_str() {
            "start" => Some(Self::Start),
            "ready" => Some(Self::Ready),
            "end" => Some(Self::End),
            "notice" => Some(Self::Notice),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
