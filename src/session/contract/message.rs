//! The message contract: what a queue message may say.
//! Reads a body and judges its form. What follows from a message is decided in `intake`.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::session::interface::token::{BadToken, TaskToken};

/// The longest `text` of a notice that is shown, in characters; the rest is cut.
pub const MAX_NOTICE_CHARS: usize = 1000;

/// A message that keeps to the contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The instance it is meant for; `None`: whoever reads it.
    pub instance_id: Option<String>,
    /// The session it is about.
    pub session_id: Option<String>,
    /// What it says.
    pub kind: Kind,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
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

/// Why a body does not keep to the contract. Never quotes the body: it may hold a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Nothing in it.
    #[error("the message is empty")]
    Empty,
    /// Neither JSON nor a token.
    #[error("the message is neither a JSON object nor a bare task token ({0})")]
    NotJson(String),
    /// No `taskToken`, where one is needed.
    #[error("the message has no taskToken; pass it with \"taskToken.$\": \"$$.Task.Token\"")]
    NoToken,
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
    /// An unknown `type`.
    #[error("unknown type; it must be start, ready, end or notice")]
    UnknownType,
}

impl Message {
    /// Reads `body`: the JSON of the contract, an SNS envelope round it, or a bare token.
    pub fn read(body: &str) -> Result<Self, Malformed> {
        let body = body.trim();
        if body.is_empty() {
            return Err(Malformed::Empty);
        }
        match serde_json::from_str::<Value>(body) {
            Ok(Value::Object(fields)) => match sns_payload(&fields) {
                Some(inner) => Self::read_inside_envelope(inner),
                None => read_object(&fields),
            },
            // A JSON string is a bare token that a state machine quoted.
            Ok(Value::String(text)) => bare(text.trim()),
            Ok(_) => Err(Malformed::NotJson("it is JSON, but not an object".into())),
            Err(error) => {
                if body.starts_with(['{', '[', '"']) {
                    return Err(Malformed::NotJson(format!(
                        "the JSON breaks at line {}, column {}",
                        error.line(),
                        error.column()
                    )));
                }
                bare(body)
            }
        }
    }

    // One level only: an envelope in an envelope is not what SNS sends.
    fn read_inside_envelope(inner: &str) -> Result<Self, Malformed> {
        match serde_json::from_str::<Value>(inner.trim()) {
            Ok(Value::Object(fields)) => read_object(&fields),
            _ => bare(inner.trim()),
        }
    }
}

/// The `Message` of an SNS notification.
fn sns_payload(fields: &Map<String, Value>) -> Option<&str> {
    let is_sns = fields.get("Type").and_then(Value::as_str) == Some("Notification")
        && fields.contains_key("TopicArn");
    if !is_sns {
        return None;
    }
    fields.get("Message").and_then(Value::as_str)
}

fn bare(text: &str) -> Result<Message, Malformed> {
    let token = match TaskToken::new(text) {
        Ok(token) => token,
        Err(BadToken::NotAToken) => {
            return Err(Malformed::NotJson("it contains white space".into()));
        }
        Err(other) => return Err(other.into()),
    };
    // Tokens are base64-like on AWS and UUIDs elsewhere; anything else is garbage, not a secret to beat with.
    let plain = |c: char| c.is_ascii_alphanumeric() || "+/=-_.:~".contains(c);
    if !text.chars().all(plain) {
        return Err(Malformed::NotJson("it has characters that no task token has".into()));
    }
    Ok(Message {
        instance_id: None,
        session_id: None,
        kind: Kind::Start(Start {
            token,
            execution_arn: None,
            heartbeat: None,
            timeout: None,
            started_at: None,
            user: None,
            extendable: None,
        }),
    })
}

fn read_object(fields: &Map<String, Value>) -> Result<Message, Malformed> {
    let kind = match text(fields, "type")?.as_deref() {
        None | Some("start") => Kind::Start(Start {
            token: token(fields)?,
            execution_arn: text(fields, "executionArn")?,
            heartbeat: seconds(fields, "heartbeatSeconds", false)?,
            timeout: seconds(fields, "timeoutSeconds", false)?,
            started_at: instant(fields, "startedAt")?,
            user: text(fields, "user")?,
            extendable: flag(fields, "extendable")?,
        }),
        Some("ready") => Kind::Ready(token(fields)?),
        Some("end") => Kind::End(seconds(fields, "graceSeconds", true)?),
        Some("notice") => {
            let text = text(fields, "text")?.ok_or(Malformed::Field {
                field: "text",
                expected: "a text, in a message of type notice",
            })?;
            Kind::Notice(text.chars().take(MAX_NOTICE_CHARS).collect())
        }
        Some(_) => return Err(Malformed::UnknownType),
    };
    Ok(Message {
        instance_id: text(fields, "instanceId")?,
        session_id: text(fields, "sessionId")?,
        kind,
    })
}

fn token(fields: &Map<String, Value>) -> Result<TaskToken, Malformed> {
    match fields.get("taskToken") {
        None | Some(Value::Null) => Err(Malformed::NoToken),
        Some(Value::String(text)) => Ok(TaskToken::new(text.as_str())?),
        Some(_) => Err(Malformed::Field { field: "taskToken", expected: "a text" }),
    }
}

/// A text; absent, null and empty mean that the message does not say.
fn text(fields: &Map<String, Value>, field: &'static str) -> Result<Option<String>, Malformed> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Malformed::Field { field, expected: "a text" }),
    }
}

fn flag(fields: &Map<String, Value>, field: &'static str) -> Result<Option<bool>, Malformed> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(Malformed::Field { field, expected: "true or false" }),
    }
}

/// Whole seconds, as a number or as the text that `States.Format` makes of one.
fn seconds(
    fields: &Map<String, Value>,
    field: &'static str,
    zero_is_fine: bool,
) -> Result<Option<Duration>, Malformed> {
    // Source: Amazon States Language, TimeoutSeconds: at most 99,999,999.
    const MAX_SECONDS: u64 = 99_999_999;
    let expected = "a whole number of seconds, from 1 to 99999999";
    let number = match fields.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    match number {
        Some(0) if zero_is_fine => Ok(Some(Duration::ZERO)),
        Some(number @ 1..=MAX_SECONDS) => Ok(Some(Duration::from_secs(number))),
        _ => Err(Malformed::Field { field, expected }),
    }
}

/// A time in ISO 8601, as Step Functions writes it.
fn instant(
    fields: &Map<String, Value>,
    field: &'static str,
) -> Result<Option<Timestamp>, Malformed> {
    match text(fields, field)? {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| Malformed::Field {
            field,
            expected: "a time such as 2026-11-24T09:00:00Z",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(body: &str) -> Start {
        match Message::read(body).unwrap().kind {
            Kind::Start(start) => start,
            other => panic!("not a start: {other:?}"),
        }
    }

    #[test]
    fn a_full_start_is_read() {
        let read = Message::read(
            r#"{"type":"start","taskToken":"tok","instanceId":"i-1","sessionId":"s-1",
                "executionArn":"arn:x","heartbeatSeconds":60,"timeoutSeconds":"28800",
                "startedAt":"2026-11-24T09:00:00.000Z","user":"ana","extendable":true,"future":[1]}"#,
        )
        .unwrap();
        assert_eq!(read.instance_id.as_deref(), Some("i-1"));
        assert_eq!(read.session_id.as_deref(), Some("s-1"));
        let Kind::Start(start) = read.kind else { panic!() };
        assert_eq!(start.heartbeat, Some(Duration::from_secs(60)));
        assert_eq!(start.timeout, Some(Duration::from_secs(28800)));
        assert_eq!(start.extendable, Some(true));
        assert_eq!(start.started_at, Some("2026-11-24T09:00:00Z".parse().unwrap()));
    }

    #[test]
    fn a_bare_token_and_a_quoted_one_are_starts() {
        assert_eq!(start("AQCEAAAAKgAAAAMA/+=").token.expose(), "AQCEAAAAKgAAAAMA/+=");
        assert_eq!(start("\"0f6a-11\"\n").token.expose(), "0f6a-11");
    }

    #[test]
    fn an_sns_envelope_is_unwrapped() {
        let body = r#"{"Type":"Notification","TopicArn":"arn:aws:sns:x","Message":"{\"taskToken\":\"tok\"}"}"#;
        assert_eq!(start(body).token.expose(), "tok");
        let body = r#"{"Type":"Notification","TopicArn":"arn:aws:sns:x","Message":"tok"}"#;
        assert_eq!(start(body).token.expose(), "tok");
    }

    #[test]
    fn what_is_malformed_is_told_without_quoting_it() {
        for (body, word) in [
            ("", "empty"),
            ("  \n", "empty"),
            ("{\"taskToken\":\"secret", "breaks at line 1"),
            ("[1,2]", "not an object"),
            ("what is this secret", "white space"),
            ("sécret!", "no task token has"),
            ("{}", "no taskToken"),
            (r#"{"taskToken":7}"#, "taskToken must be a text"),
            (r#"{"taskToken":""}"#, "empty"),
            (r#"{"taskToken":"secret","heartbeatSeconds":-1}"#, "heartbeatSeconds must be"),
            (r#"{"taskToken":"secret","heartbeatSeconds":0}"#, "heartbeatSeconds must be"),
            (r#"{"taskToken":"secret","timeoutSeconds":true}"#, "timeoutSeconds must be"),
            (r#"{"taskToken":"secret","startedAt":"yesterday"}"#, "startedAt must be"),
            (r#"{"type":"explode"}"#, "unknown type"),
            (r#"{"type":"notice"}"#, "text must be"),
        ] {
            let said = Message::read(body).unwrap_err().to_string();
            assert!(said.contains(word), "{body:?}: {said}");
            assert!(!said.contains("secret"), "{said}");
        }
        let long = format!(r#"{{"taskToken":"{}"}}"#, "x".repeat(2049));
        assert!(Message::read(&long).unwrap_err().to_string().contains("2049"));
        assert!(Message::read(&"x".repeat(256 * 1024)).is_err());
    }

    #[test]
    fn an_end_and_a_notice_are_read() {
        let end = Message::read(r#"{"type":"end","graceSeconds":0}"#).unwrap();
        assert_eq!(end.kind, Kind::End(Some(Duration::ZERO)));
        let notice = Message::read(r#"{"type":"notice","text":"Lunch"}"#).unwrap();
        assert_eq!(notice.kind, Kind::Notice("Lunch".into()));
    }
}
