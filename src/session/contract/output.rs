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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;

    fn schema() -> Value {
        serde_json::from_str(include_str!("../../../resources/output.schema.json")).unwrap()
    }

    fn least(outcome: Outcome) -> Output {
        Output {
            outcome,
            reason: None,
            reason_text: None,
            session_id: None,
            instance_id: None,
            user: None,
            started_at: None,
            ended_at: None,
            last_beat_at: None,
            beats: 0,
            version: "1".into(),
        }
    }

    fn full() -> Output {
        let at = Some("2026-11-24T09:00:00Z".parse().unwrap());
        Output {
            reason: Some(Reason::User),
            reason_text: Some("t".into()),
            session_id: Some("s".into()),
            instance_id: Some("i".into()),
            user: Some("u".into()),
            started_at: at,
            ended_at: at,
            last_beat_at: at,
            ..least(Outcome::Ended)
        }
    }

    fn keys(output: &Output) -> BTreeSet<String> {
        serde_json::to_value(output).unwrap().as_object().unwrap().keys().cloned().collect()
    }

    fn texts(value: &Value) -> BTreeSet<String> {
        value.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_schema_names_every_field_and_no_other() {
        let described = schema()["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys(&full()), described);
        assert_eq!(keys(&least(Outcome::Ready)), texts(&schema()["required"]));
    }

    #[test]
    fn the_schemas_types_are_those_that_are_written() {
        let written = serde_json::to_value(full()).unwrap();
        for (field, rules) in schema()["properties"].as_object().unwrap() {
            let value = &written[field];
            match rules["type"].as_str().unwrap() {
                "string" => assert!(value.is_string(), "{field}"),
                "integer" => assert!(value.is_u64(), "{field}"),
                other => panic!("{field}: {other}"),
            }
            let is_time = rules["format"] == json!("date-time");
            assert_eq!(field.ends_with("At"), is_time, "{field}");
        }
    }

    #[test]
    fn the_schema_names_every_outcome_and_reason() {
        // Exhaustive on purpose: a new variant has to be added here, and so to the schema.
        let follows = |outcome| match outcome {
            Outcome::Ended => Some(Outcome::Extend),
            Outcome::Extend => Some(Outcome::Ready),
            // Told with SendTaskFailure: no output.
            Outcome::Ready | Outcome::Failed => None,
        };
        let outcomes = std::iter::successors(Some(Outcome::Ended), |outcome| follows(*outcome));
        let next = |reason| match reason {
            Reason::User => Some(Reason::OsShutdown),
            Reason::OsShutdown => Some(Reason::Logoff),
            Reason::Logoff => Some(Reason::Idle),
            Reason::Idle => Some(Reason::Disconnected),
            Reason::Disconnected => Some(Reason::Remote),
            Reason::Remote => Some(Reason::TimeUp),
            Reason::TimeUp => Some(Reason::Spot),
            Reason::Spot => Some(Reason::Failure),
            Reason::Failure => None,
        };
        let reasons = std::iter::successors(Some(Reason::User), |reason| next(*reason));
        let named = |value: Value| value.as_str().unwrap().to_owned();
        let outcomes: BTreeSet<_> =
            outcomes.map(|outcome| named(serde_json::to_value(outcome).unwrap())).collect();
        let reasons: BTreeSet<_> =
            reasons.map(|reason| named(serde_json::to_value(reason).unwrap())).collect();
        let properties = &schema()["properties"];
        assert_eq!(outcomes, texts(&properties["outcome"]["enum"]));
        assert_eq!(reasons, texts(&properties["reason"]["enum"]));
    }
}
