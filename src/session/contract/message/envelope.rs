//! From a body to the fields of the message in it: through byte order marks, JSON in JSON, and the
//! envelopes of SNS, EventBridge, Pipes, Lambda and SQS itself. Depth and size are bounded.

use serde_json::{Map, Value};

use super::decode;
use super::field::{self, KNOWN, find, is_nothing, normal, token_in};
use super::{Malformed, MessageType, Notes, Tolerated};
use crate::session::interface::token::{BadToken, TaskToken};

/// Lists, texts and objects in each other; three envelopes are nine.
const MAX_DEPTH: u32 = 16;

/// Keys under which a message lies in an envelope, normalised, with what the log calls them; the
/// likeliest first.
const ENVELOPES: [(&str, &str); 19] = [
    ("detail", "detail"),
    ("body", "body"),
    ("messagebody", "MessageBody"),
    ("message", "Message"),
    ("input", "input"),
    ("payload", "payload"),
    ("requestpayload", "requestPayload"),
    ("responsepayload", "responsePayload"),
    ("records", "Records"),
    ("record", "record"),
    ("data", "data"),
    ("event", "event"),
    ("content", "content"),
    ("parameters", "parameters"),
    ("arguments", "arguments"),
    ("sqs", "Sqs"),
    ("sns", "Sns"),
    ("value", "value"),
    ("msg", "msg"),
];

/// What a body holds.
pub(super) enum Inside {
    /// An object with the contract's fields, or with none of them.
    Fields(Map<String, Value>),
    /// One word that may be a task token.
    Bare(TaskToken),
}

/// Opens `body`.
pub(super) fn open(body: &str, notes: &mut Notes) -> Result<Inside, Malformed> {
    text(body, 0, notes)
}

fn text(text: &str, depth: u32, notes: &mut Notes) -> Result<Inside, Malformed> {
    if depth > MAX_DEPTH {
        return Err(Malformed::TooDeep);
    }
    let inner = field::without_edges(text);
    if inner.is_empty() {
        return Err(Malformed::Empty);
    }
    if inner.len() != text.trim().len() {
        notes.add(Tolerated::Edges);
    }
    let broken = match serde_json::from_str::<Value>(inner) {
        Ok(read) => return value(&read, depth, notes),
        Err(error) => error,
    };
    if let Some((again, note)) = unpacked(inner) {
        let opened = self::text(&again, depth + 1, notes)?;
        notes.add(note);
        return Ok(opened);
    }
    if inner.starts_with(['{', '[', '"']) {
        let (line, column) = (broken.line(), broken.column());
        return Err(Malformed::NotJson(format!("the JSON breaks at line {line}, column {column}")));
    }
    bare(inner, notes)
}

/// The same text with one packing less, if it looks packed.
fn unpacked(text: &str) -> Option<(String, Tolerated)> {
    let is_json = |text: &String| {
        text.trim_start().starts_with(['{', '[', '"'])
            && serde_json::from_str::<Value>(text).is_ok()
    };
    // `{\"type\":…}`: the quotes of a JSON string got lost.
    if text.starts_with(['{', '[']) && text.contains("\\\"") {
        let string = serde_json::from_str::<String>(&format!("\"{text}\"")).ok();
        return string.filter(is_json).map(|text| (text, Tolerated::EncodedAgain));
    }
    if text.len() > 2 && text.starts_with('\'') && text.ends_with('\'') {
        let quoted = Some(text[1..text.len() - 1].to_owned()).filter(is_json);
        return quoted.map(|text| (text, Tolerated::EncodedAgain));
    }
    if text.starts_with(['{', '[']) {
        let python = ["{'", "[{'", "{ '"].iter().any(|start| text.starts_with(start));
        let quoted = if python { decode::python(text) } else { decode::entities(text) };
        return quoted.filter(is_json).map(|text| (text, Tolerated::Quotes));
    }
    let percent = text.starts_with('%').then(|| decode::percent(text)).flatten();
    let plain = percent.or_else(|| decode::base64(text));
    plain.filter(is_json).map(|text| (text, Tolerated::Transport))
}

fn bare(text: &str, notes: &mut Notes) -> Result<Inside, Malformed> {
    let plain = field::plain_token(text);
    let token = match TaskToken::new(plain.as_str()) {
        Ok(token) => token,
        Err(BadToken::NotAToken) => {
            return Err(Malformed::NotJson("it contains white space".into()));
        }
        Err(other) => return Err(other.into()),
    };
    // Tokens are base64-like on AWS and UUIDs elsewhere; anything else is garbage, not a secret to beat with.
    let usual = |c: char| c.is_ascii_alphanumeric() || "+/=-_.:~".contains(c);
    if !plain.chars().all(usual) {
        return Err(Malformed::NotJson("it has characters that no task token has".into()));
    }
    if plain != text {
        notes.add(Tolerated::Value("taskToken"));
    }
    Ok(Inside::Bare(token))
}

fn value(value: &Value, depth: u32, notes: &mut Notes) -> Result<Inside, Malformed> {
    if depth > MAX_DEPTH {
        return Err(Malformed::TooDeep);
    }
    match value {
        Value::Object(fields) => object(fields, depth, notes),
        Value::Array(entries) => match entries.as_slice() {
            [] => Err(Malformed::Empty),
            [only] => {
                let opened = self::value(only, depth + 1, notes)?;
                notes.add(Tolerated::ListOfOne);
                Ok(opened)
            }
            several => Err(Malformed::Several(several.len())),
        },
        // A JSON string is a bare token that a state machine quoted, or JSON encoded twice.
        Value::String(text) => {
            let opened = self::text(text, depth + 1, notes)?;
            if matches!(opened, Inside::Fields(_)) {
                notes.add(Tolerated::EncodedAgain);
            }
            Ok(opened)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            Err(Malformed::NotJson("it is JSON, but not an object".into()))
        }
    }
}

fn object(fields: &Map<String, Value>, depth: u32, notes: &mut Notes) -> Result<Inside, Malformed> {
    if is_sns_confirmation(fields) {
        return Err(Malformed::SnsConfirmation);
    }
    if is_message(fields) {
        return Ok(Inside::Fields(with_inner(fields, notes)));
    }
    let mut first_trouble = None;
    for (key, name) in ENVELOPES {
        let Some(inner) = under(fields, key) else { continue };
        let mut beside = Notes::default();
        let opened = match value(inner, depth + 1, &mut beside) {
            Ok(opened) => opened,
            // `"Message": "Hello"` beside nothing of ours is no broken message of ours.
            Err(trouble) => {
                let packed = inner
                    .as_str()
                    .is_none_or(|text| text.trim_start().starts_with(['{', '[', '"']));
                first_trouble = first_trouble.or(packed.then_some(trouble));
                continue;
            }
        };
        let message = match opened {
            Inside::Fields(inner) => Some(with_outer(inner, fields)).filter(is_message),
            Inside::Bare(token) if carries_words(fields, key) => {
                let known = with_outer(Map::new(), fields);
                if known.is_empty() {
                    beside.0.into_iter().for_each(|note| notes.add(note));
                    notes.add(Tolerated::Inside(name));
                    return Ok(Inside::Bare(token));
                }
                let mut known = known;
                known.insert("taskToken".into(), token.expose().into());
                Some(known)
            }
            Inside::Bare(_) => None,
        };
        if let Some(message) = message {
            beside.0.into_iter().for_each(|note| notes.add(note));
            notes.add(Tolerated::Inside(name));
            return Ok(Inside::Fields(message));
        }
    }
    match first_trouble {
        Some(trouble) => Err(trouble),
        None => Ok(Inside::Fields(fields.clone())),
    }
}

/// True if the object itself says what to do.
fn is_message(fields: &Map<String, Value>) -> bool {
    let says = match find(fields, "type") {
        Ok(Some((_, Value::String(name)))) => MessageType::named(name),
        Ok(_) | Err(_) => None,
    };
    match says {
        // With its token somewhere inside.
        Some(MessageType::Start | MessageType::Ready) | None => token_in(fields).is_some(),
        Some(MessageType::End | MessageType::Notice) => true,
    }
}

fn is_sns_confirmation(fields: &Map<String, Value>) -> bool {
    let kind = fields.get("Type").and_then(Value::as_str).unwrap_or_default();
    fields.contains_key("TopicArn")
        && matches!(kind, "SubscriptionConfirmation" | "UnsubscribeConfirmation")
}

/// True if what lies under `key` may be a bare token: in an SNS notification, in a record of SQS,
/// and in the parameters of a SendMessage.
fn carries_words(fields: &Map<String, Value>, key: &str) -> bool {
    let has = |name: &str| under(fields, name).is_some();
    match key {
        "message" => has("topicarn"),
        "body" => has("receipthandle") || has("eventsource"),
        "messagebody" => true,
        _ => false,
    }
}

/// The value under a key that is `key` when normalised.
fn under<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    let mut same = fields.iter().filter(|(name, _)| normal(name) == key);
    same.find(|(_, value)| !is_nothing(value)).map(|(_, value)| value)
}

/// `inner` with what only its envelope says: `sessionId` beside `input`, EventBridge's detail-type.
fn with_outer(mut inner: Map<String, Value>, outer: &Map<String, Value>) -> Map<String, Value> {
    fill(&mut inner, outer);
    if let Some(Value::String(name)) = under(outer, "detailtype")
        && MessageType::named(name).is_some()
        && !matches!(find(&inner, "type"), Ok(Some(_)))
    {
        inner.insert("type".into(), name.as_str().into());
    }
    inner
}

/// `fields` with what only something inside says: the token beside `input`, as for a Lambda.
fn with_inner(fields: &Map<String, Value>, notes: &mut Notes) -> Map<String, Value> {
    let mut all = fields.clone();
    for (key, name) in ENVELOPES {
        let before = all.len();
        match under(fields, key) {
            Some(Value::Object(inner)) => fill(&mut all, inner),
            Some(Value::String(text)) if text.trim_start().starts_with('{') => {
                if let Ok(inner) = serde_json::from_str::<Map<String, Value>>(text) {
                    fill(&mut all, &inner);
                }
            }
            Some(_) | None => {}
        }
        if all.len() > before {
            notes.add(Tolerated::Inside(name));
        }
    }
    all
}

/// Adds the known fields of `from` that `to` does not have.
fn fill(to: &mut Map<String, Value>, from: &Map<String, Value>) {
    for name in KNOWN {
        if matches!(find(to, name), Ok(None))
            && let Ok(Some((_, value))) = find(from, name)
        {
            let ours = name != "type"
                || value.as_str().is_some_and(|name| MessageType::named(name).is_some());
            if ours {
                to.insert(name.into(), value.clone());
            }
        }
    }
}
