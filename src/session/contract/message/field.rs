//! The values of a message's fields, as people mean them: keys in any spelling, numbers as texts,
//! times in the forms that Step Functions, PowerShell and scripts write.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Timestamp};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{MAX_NAME_CHARS, Malformed, Notes, Tolerated, decode};
use crate::session::interface::foreign::one_line;
use crate::session::interface::token::TaskToken;

/// The contract's fields, but for `text`, whose other spelling (`message`) is an envelope's too.
pub(super) const KNOWN: [&str; 11] = [
    "type",
    "taskToken",
    "instanceId",
    "sessionId",
    "executionArn",
    "heartbeatSeconds",
    "timeoutSeconds",
    "startedAt",
    "user",
    "extendable",
    "graceSeconds",
];
/// The most seconds of a state. Source: Amazon States Language, TimeoutSeconds: at most 99,999,999.
const MAX_SECONDS: f64 = 99_999_999.0;
/// Values in values: `{"Task": {"Token": …}}` is two.
const MAX_DEPTH: u32 = 4;
/// The largest whole number that a JSON reader with floating point keeps exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A key or a name without case, blanks, underscores, dashes and a forgotten `.$`.
pub(super) fn normal(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// How well a normalised key stands for `field`; the least is the best.
fn rank(key: &str, field: &str) -> Option<u32> {
    let own = normal(field);
    let others: &[&str] = match field {
        "taskToken" => &["token", "callbacktoken"],
        "instanceId" => &["ec2instanceid"],
        "executionArn" => &["executionid"],
        "user" => &["username"],
        "text" => &["message"],
        _ => &[],
    };
    if key == own {
        return Some(0);
    }
    // `myTaskToken`, as in AWS's documentation.
    if field == "taskToken" && key.ends_with(own.as_str()) {
        return Some(1);
    }
    let other = others.iter().position(|other| *other == key)?;
    Some(2 + other as u32)
}

/// The value that stands for `field` and whether its key is spelt otherwise; the contract's own
/// spelling goes before any other.
pub(super) fn find<'a>(
    fields: &'a Map<String, Value>,
    field: &'static str,
) -> Result<Option<(bool, &'a Value)>, Malformed> {
    if let Some(value) = fields.get(field).filter(|value| !is_nothing(value)) {
        return Ok(Some((false, value)));
    }
    let mut best: Option<(u32, &Value)> = None;
    for (key, value) in fields {
        let Some(rank) = rank(&normal(key), field).filter(|_| !is_nothing(value)) else { continue };
        match best {
            Some((held, other)) if held == rank && other != value => {
                return Err(Malformed::Contradiction(field));
            }
            Some((held, _)) if held <= rank => {}
            Some(_) | None => best = Some((rank, value)),
        }
    }
    Ok(best.map(|(_, value)| (true, value)))
}

/// Null, an empty text or nothing in brackets: the message does not say.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => without_edges(text).is_empty(),
        Value::Array(entries) => entries.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// `text` without white space, byte order marks (also one read as Latin-1) and other characters that
/// are not seen, at both ends.
pub(super) fn without_edges(text: &str) -> &str {
    let unseen = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{200b}' | '\u{2060}')
    };
    let text = text.trim_matches(unseen);
    text.strip_prefix("ï»¿").unwrap_or(text).trim_matches(unseen)
}

/// A value out of a list of one, or out of what DynamoDB, SQS and PowerShell wrap values in.
fn plain(value: &Value) -> &Value {
    let mut value = value;
    for _ in 0..MAX_DEPTH {
        value = match value {
            Value::Array(entries) if entries.len() == 1 => &entries[0],
            Value::Object(fields) => {
                let typed = |key: &str| {
                    matches!(normal(key).as_str(), "s" | "n" | "bool" | "value" | "stringvalue")
                };
                match fields.iter().find(|(key, _)| typed(key)) {
                    Some((_, inner)) => inner,
                    None => return value,
                }
            }
            _ => return value,
        };
    }
    value
}

/// What stands for the task token: under one of its keys, or in the context object (`$$`, `$$.Task`).
pub(super) fn token_in(fields: &Map<String, Value>) -> Option<&Value> {
    // A contradiction is told when the token is read.
    match find(fields, "taskToken") {
        Ok(None) => {}
        Ok(Some((_, value))) => return Some(value),
        Err(_) => return fields.values().next(),
    }
    let context = fields.iter().find(|(key, _)| matches!(normal(key).as_str(), "task" | "context"));
    context.and_then(|(_, inner)| token_in(inner.as_object()?))
}

/// The text of a token in `value`, whatever holds it.
fn token_text(value: &Value, depth: u32) -> Option<String> {
    if depth > MAX_DEPTH {
        return None;
    }
    match plain(value) {
        Value::String(text) => {
            let packed = without_edges(text).starts_with('{');
            let object = packed.then(|| serde_json::from_str::<Value>(text).ok()).flatten();
            match object {
                Some(object) => token_text(&object, depth + 1),
                None => Some(text.clone()),
            }
        }
        Value::Object(fields) => match token_in(fields) {
            Some(inner) => token_text(inner, depth + 1),
            None if fields.len() == 1 => token_text(fields.values().next()?, depth + 1),
            None => None,
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

/// A token without what was put round it on its way: blanks, quotes, line ends, escapes.
pub(super) fn plain_token(text: &str) -> String {
    // Console windows and mail break long words; shorter tokens are nobody's.
    const LONG: usize = 64;
    let mut token = without_edges(text).to_owned();
    for _ in 0..MAX_DEPTH {
        let mut next = token.clone();
        if next.contains('\\')
            && let Ok(unescaped) = serde_json::from_str::<String>(&format!("\"{next}\""))
        {
            next = unescaped;
        }
        if next.contains('%')
            && let Some(decoded) = decode::percent(&next)
        {
            next = decoded;
        }
        for (open, close) in [('"', '"'), ('\'', '\''), ('“', '”'), ('`', '`')] {
            let inner = next.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
            if let Some(inner) = inner {
                next = inner.to_owned();
            }
        }
        let next = without_edges(&next).to_owned();
        if next == token {
            break;
        }
        token = next;
    }
    if token.len() > LONG && token.contains(['\r', '\n']) {
        token.retain(|c| !matches!(c, '\r' | '\n'));
    }
    token
}

/// A message's fields while they are read.
pub(super) struct FieldReader<'a> {
    fields: &'a Map<String, Value>,
    notes: &'a mut Notes,
}

impl<'a> FieldReader<'a> {
    pub(super) fn new(fields: &'a Map<String, Value>, notes: &'a mut Notes) -> Self {
        Self { fields, notes }
    }

    fn value(&mut self, field: &'static str) -> Result<Option<&'a Value>, Malformed> {
        let Some((otherwise, found)) = find(self.fields, field)? else { return Ok(None) };
        if otherwise {
            self.notes.add(Tolerated::Key(field));
        }
        let value = plain(found);
        if !std::ptr::eq(value, found) {
            self.notes.add(Tolerated::Value(field));
        }
        Ok(Some(value).filter(|value| !is_nothing(value)))
    }

    /// Something was read otherwise than it was written.
    pub(super) fn note(&mut self, note: Tolerated) {
        self.notes.add(note);
    }

    /// The task token.
    pub(super) fn token(&mut self) -> Result<TaskToken, Malformed> {
        const FIELD: &str = "taskToken";
        let spelt = find(self.fields, FIELD)?;
        let Some(value) = token_in(self.fields) else {
            return match self.fields.get(FIELD) {
                Some(Value::String(_)) => Ok(TaskToken::new("")?),
                Some(_) | None => Err(Malformed::NoToken),
            };
        };
        if spelt.is_none_or(|(otherwise, _)| otherwise) {
            self.notes.add(Tolerated::Key(FIELD));
        }
        let text =
            token_text(value, 0).ok_or(Malformed::Field { field: FIELD, expected: "a text" })?;
        let token = plain_token(&text);
        if value.as_str() != Some(token.as_str()) {
            self.notes.add(Tolerated::Value(FIELD));
        }
        let unfilled =
            token.starts_with('$') || token.starts_with("{%") || token.starts_with("States.");
        if unfilled {
            return Err(Malformed::Unfilled);
        }
        Ok(TaskToken::new(token)?)
    }

    /// A text; a number is its digits.
    pub(super) fn text(&mut self, field: &'static str) -> Result<Option<String>, Malformed> {
        let expected = "a text";
        match self.value(field)? {
            None => Ok(None),
            Some(Value::String(text)) => {
                let inner = without_edges(text);
                if inner != text {
                    self.notes.add(Tolerated::Value(field));
                }
                Ok(Some(inner.to_owned()))
            }
            Some(Value::Number(number)) => {
                self.notes.add(Tolerated::Value(field));
                let exact = number.as_f64().filter(|number| number.fract() == 0.0);
                match exact.filter(|_| number.is_f64()) {
                    Some(number) if number.abs() < EXACT => Ok(Some(format!("{number:.0}"))),
                    // Digits were lost: another session may have the same number now.
                    Some(_) => Err(Malformed::Field { field, expected }),
                    None => Ok(Some(number.to_string())),
                }
            }
            Some(_) => Err(Malformed::Field { field, expected }),
        }
    }

    /// A name, as it may be shown: one line, and not longer than anybody reads.
    pub(super) fn name(&mut self, field: &'static str) -> Result<Option<String>, Malformed> {
        let Some(text) = self.text(field)? else { return Ok(None) };
        let line = one_line(&text, usize::MAX / 8);
        if line != text {
            self.notes.add(Tolerated::Value(field));
        }
        if line.chars().count() <= MAX_NAME_CHARS {
            return Ok(Some(line));
        }
        self.notes.add(Tolerated::Shortened(field));
        // Two long names stay two names.
        let digest = Sha256::digest(line.as_bytes());
        let mark: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        let kept: String = line.chars().take(MAX_NAME_CHARS - 17).collect();
        Ok(Some(format!("{kept}…{mark}")))
    }

    /// An instance id, also padded, in upper case or as an ARN.
    pub(super) fn instance(&mut self, field: &'static str) -> Result<Option<String>, Malformed> {
        let Some(text) = self.name(field)? else { return Ok(None) };
        let mut id = text.trim_matches(['"', '\'']).trim();
        if id.to_ascii_lowercase().starts_with("arn:") {
            id = id.rsplit(['/', ':']).next().unwrap_or(id);
        }
        let id = if is_instance_id(id) { id.to_ascii_lowercase() } else { id.to_owned() };
        if id != text {
            self.notes.add(Tolerated::Value(field));
        }
        Ok(Some(id))
    }

    /// True or false, also in words.
    pub(super) fn flag(&mut self, field: &'static str) -> Result<Option<bool>, Malformed> {
        let said = match self.value(field)? {
            None => return Ok(None),
            Some(Value::Bool(flag)) => return Ok(Some(*flag)),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) => without_quotes(text).to_ascii_lowercase(),
            Some(Value::Null | Value::Array(_) | Value::Object(_)) => String::new(),
        };
        self.notes.add(Tolerated::Value(field));
        match said.as_str() {
            "true" | "yes" | "on" | "1" | "1.0" => Ok(Some(true)),
            "false" | "no" | "off" | "0" | "0.0" => Ok(Some(false)),
            said if says_nothing(said) => Ok(None),
            _ => Err(Malformed::Field { field, expected: "true or false" }),
        }
    }

    /// A timer of the state: whole seconds; a fraction is dropped, which is the careful side.
    pub(super) fn seconds(&mut self, field: &'static str) -> Result<Option<Duration>, Malformed> {
        let expected = "a whole number of seconds, from 1 to 99999999";
        let Some(seconds) = self.number(field, expected)? else { return Ok(None) };
        let whole = seconds.floor();
        if !(1.0..=MAX_SECONDS).contains(&whole) {
            return Err(Malformed::Field { field, expected });
        }
        Ok(Some(Duration::from_secs_f64(whole)))
    }

    /// A time to get ready. Less than none says nothing; more than possible is the most.
    pub(super) fn grace(&mut self, field: &'static str) -> Result<Option<Duration>, Malformed> {
        let expected = "a number of seconds, from 0 to 99999999";
        let Some(seconds) = self.number(field, expected)? else { return Ok(None) };
        if !(0.0..=MAX_SECONDS).contains(&seconds) {
            self.notes.add(Tolerated::Limited(field));
        }
        Ok((seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(MAX_SECONDS))))
    }

    fn number(
        &mut self,
        field: &'static str,
        expected: &'static str,
    ) -> Result<Option<f64>, Malformed> {
        let number = match self.value(field)? {
            None => return Ok(None),
            Some(Value::Number(number)) => {
                if number.is_f64() {
                    self.notes.add(Tolerated::Value(field));
                }
                number.as_f64()
            }
            Some(Value::String(text)) => {
                let inner = without_quotes(text);
                // Digits alone are what `States.Format` makes of a number, and in the contract.
                if inner != text || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                    self.notes.add(Tolerated::Value(field));
                }
                if says_nothing(inner) {
                    return Ok(None);
                }
                decimal(inner).or_else(|| duration(inner))
            }
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => None,
        };
        number.map(Some).ok_or(Malformed::Field { field, expected })
    }

    /// A time in ISO 8601, as Step Functions writes it, or in another form that says when.
    pub(super) fn instant(&mut self, field: &'static str) -> Result<Option<Timestamp>, Malformed> {
        let expected = "a time such as 2026-11-24T09:00:00Z";
        let at = match self.value(field)? {
            None => return Ok(None),
            Some(Value::Number(number)) => {
                self.notes.add(Tolerated::Value(field));
                number.as_f64().and_then(epoch)
            }
            Some(Value::String(text)) => {
                let inner = without_quotes(text);
                if says_nothing(inner) {
                    return Ok(None);
                }
                match inner.parse() {
                    Ok(at) => {
                        if inner != text {
                            self.notes.add(Tolerated::Value(field));
                        }
                        Some(at)
                    }
                    Err(_) => self.other_time(field, inner),
                }
            }
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => None,
        };
        at.map(Some).ok_or(Malformed::Field { field, expected })
    }

    fn other_time(&mut self, field: &'static str, text: &str) -> Option<Timestamp> {
        // PowerShell 5 writes a date as `/Date(1795690000000)/`.
        let dotnet = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/"));
        if let Some(inner) = dotnet {
            self.notes.add(Tolerated::Value(field));
            let millis = inner.find(['+', '-']).map_or(inner, |at| &inner[..at]);
            return Timestamp::from_millisecond(millis.parse().ok()?).ok();
        }
        if let Some(number) = decimal(text) {
            self.notes.add(Tolerated::Value(field));
            return epoch(number);
        }
        if let Ok(at) = jiff::fmt::rfc2822::parse(text) {
            self.notes.add(Tolerated::Value(field));
            return Some(at.timestamp());
        }
        let utc = ["UTC", "GMT", "utc", "gmt"].iter().find_map(|zone| text.strip_suffix(zone));
        let told_utc = utc.is_some();
        let date: DateTime = utc.unwrap_or(text).trim().parse().ok()?;
        self.notes.add(if told_utc { Tolerated::Value(field) } else { Tolerated::NoOffset(field) });
        TimeZone::UTC.to_timestamp(date).ok()
    }
}

/// `i-` and hexadecimal digits, in any case.
pub(super) fn is_instance_id(id: &str) -> bool {
    let hex = id.get(2..).unwrap_or_default();
    matches!(id.as_bytes().first_chunk(), Some(b"i-" | b"I-"))
        && !hex.is_empty()
        && hex.len() <= 17
        && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What templates make of nothing.
fn says_nothing(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "" | "null" | "none" | "nil" | "undefined")
}

fn without_quotes(text: &str) -> &str {
    without_edges(without_edges(text).trim_matches(['"', '\'']))
}

/// A number in digits; "infinity" and the like are none.
fn decimal(text: &str) -> Option<f64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|number: &f64| digits && number.is_finite())
}

/// The seconds of a duration as ISO 8601, .NET and people write it: `PT8H`, `08:00:00`, `8 hours`.
fn duration(text: &str) -> Option<f64> {
    let span: Span = text.parse().ok()?;
    let days = SpanRelativeTo::days_are_24_hours();
    Some(span.to_duration(days).ok()?.as_secs_f64())
}

/// The time that a number of seconds, or of their thousandths, millionths or billionths, since 1970
/// is; which, its size tells.
fn epoch(number: f64) -> Option<Timestamp> {
    // From 1973, so that a small number is no time, to the year 5138.
    let per_second = match number {
        1e8..1e11 => 1e0,
        1e11..1e14 => 1e3,
        1e14..1e17 => 1e6,
        1e17..1e20 => 1e9,
        _ => return None,
    };
    Timestamp::from_millisecond((number / per_second * 1e3).round() as i64).ok()
}
