//! Every setting: its name, what values it takes, what it is without one.
//! resources/config.toml documents the same list for people; a test holds the two together.

use std::path::Path;

use super::endpoint;

/// A setting.
#[derive(Debug)]
pub(super) struct Key {
    /// As in the file; `DESKBEAT_` and upper case in the environment, with hyphens as a flag.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// As it would be written in the environment; empty: not set.
    pub(super) default: &'static str,
}

/// What values a setting takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Text that a check accepts; empty means not set.
    Text(fn(&str) -> Result<(), String>),
    /// A whole number of `unit` from `min` to `max`.
    Number { unit: &'static str, min: u64, max: u64 },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
}

/// The longest timers Step Functions takes, in seconds: 99,999,999.
/// Source: Amazon States Language, TimeoutSeconds and HeartbeatSeconds.
const LONGEST_TIMER: u64 = 99_999_999;
/// A week: a longer idle time means "never", which is 0.
const LONGEST_AWAY_MINUTES: u64 = 7 * 24 * 60;

const fn text(name: &'static str, check: fn(&str) -> Result<(), String>) -> Key {
    Key { name, kind: Kind::Text(check), default: "" }
}

const fn seconds(name: &'static str, min: u64, max: u64, default: &'static str) -> Key {
    Key { name, kind: Kind::Number { unit: "seconds", min, max }, default }
}

const fn choice(name: &'static str, words: &'static [&'static str], default: &'static str) -> Key {
    Key { name, kind: Kind::Choice(words), default }
}

const fn minutes(name: &'static str) -> Key {
    let kind = Kind::Number { unit: "minutes", min: 0, max: LONGEST_AWAY_MINUTES };
    Key { name, kind, default: "0" }
}

/// Every setting, in the order of the documentation.
pub(super) const KEYS: &[Key] = &[
    text("queue_url", queue_url),
    Key { default: "deskbeat:queue-url", ..text("queue_tag", tag_key) },
    Key { default: "deskbeat-{instance_id}", ..text("queue_name_template", queue_name_template) },
    text("instance_id", instance_id),
    text("region", region),
    choice("credentials", &["imds", "chain"], "imds"),
    seconds("heartbeat_seconds", 1, LONGEST_TIMER, "300"),
    seconds("beat_interval_seconds", 1, LONGEST_TIMER, "60"),
    seconds("timeout_seconds", 0, LONGEST_TIMER, "0"),
    seconds("close_before_timeout_seconds", 0, LONGEST_TIMER, "30"),
    choice("after_end", &["none", "logoff", "shutdown"], "shutdown"),
    choice("on_shutdown", &["end", "keep"], "end"),
    choice("on_logoff", &["end", "keep"], "end"),
    Key { name: "extendable", kind: Kind::Flag, default: "false" },
    seconds("away_grace_seconds", 1, 24 * 3600, "120"),
    minutes("idle_minutes"),
    minutes("disconnect_minutes"),
    Key { name: "one_per_machine", kind: Kind::Flag, default: "true" },
    text("state_dir", state_dir),
    choice("log", &["text", "json"], "text"),
    choice("log_level", &["error", "warn", "info", "debug"], "info"),
];

impl Key {
    /// Its variable in the environment.
    pub(super) fn variable(&self) -> String {
        format!("DESKBEAT_{}", self.name.to_uppercase())
    }

    /// How it is given on the command line.
    pub(super) fn flag(&self) -> String {
        if super::OWN_FLAGS.contains(&self.name) {
            format!("--{}", self.name.replace('_', "-"))
        } else {
            format!("--set {}", self.name)
        }
    }

    /// The value as it is kept, or what is wrong with `text`.
    pub(super) fn check(&self, text: &str) -> Result<String, String> {
        match self.kind {
            Kind::Text(_) if text.is_empty() => Ok(String::new()),
            Kind::Text(check) => check(text).map(|()| text.to_owned()),
            Kind::Number { min, max, .. } => match text.parse::<u64>() {
                Ok(number) if (min..=max).contains(&number) => Ok(number.to_string()),
                Ok(_) | Err(_) => Err(format!("{text:?} is not {}", self.allowed())),
            },
            Kind::Choice(words) if words.contains(&text) => Ok(text.to_owned()),
            Kind::Choice(words) => {
                let hint = super::suggest::did_you_mean(text, words.iter().copied());
                Err(format!("{text:?} is not {}{hint}", self.allowed()))
            }
            Kind::Flag if matches!(text, "true" | "false") => Ok(text.to_owned()),
            Kind::Flag => Err(format!("{text:?} is not {}", self.allowed())),
        }
    }

    /// The allowed values, in words.
    pub(super) fn allowed(&self) -> String {
        match self.kind {
            Kind::Text(_) => "a text in quotes".into(),
            Kind::Number { unit, min, max } => format!("a whole number of {unit}, {min} to {max}"),
            Kind::Choice(words) => format!("one of {}", words.join(", ")),
            Kind::Flag => "true or false".into(),
        }
    }
}

/// The key called `name`.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

fn queue_url(text: &str) -> Result<(), String> {
    endpoint::check(text, endpoint::Service::Queue)
}

/// Source: EC2 User Guide, "Use instance tags in instance metadata": letters, digits and
/// `+ - = . , _ : @`, no `.` or `..` alone; a key has at most 128 characters.
fn tag_key(text: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+-=.,_:@".contains(c);
    if text.len() <= 128 && text.chars().all(allowed) && text != "." && text != ".." {
        return Ok(());
    }
    Err(format!(
        "{text:?} is not a tag key that instance metadata can show: at most 128 letters, digits and + - = . , _ : @"
    ))
}

/// Source: API reference of CreateQueue: up to 80 of letters, digits, hyphens and underscores; a
/// FIFO queue's name ends in `.fifo`.
fn queue_name_template(text: &str) -> Result<(), String> {
    const INSTANCE: &str = "{instance_id}";
    let rest = text.replace(INSTANCE, "");
    if rest.contains(['{', '}']) {
        return Err(format!("{text:?} holds something else in braces than {INSTANCE}"));
    }
    let name = rest.strip_suffix(".fifo").unwrap_or(&rest);
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.replace(INSTANCE, "i-0123456789abcdef0").len() > 80 || !name.chars().all(allowed) {
        return Err(format!(
            "{text:?} does not make a queue name: at most 80 letters, digits, - and _ (with {INSTANCE} put in), and perhaps .fifo at its end"
        ));
    }
    Ok(())
}

fn instance_id(text: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if text.len() <= 64 && text.chars().all(allowed) {
        return Ok(());
    }
    Err(format!("{text:?} is not an instance id like i-0123456789abcdef0"))
}

fn region(text: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.len() <= 32 && text.chars().all(allowed) {
        return Ok(());
    }
    Err(format!("{text:?} is not a region like eu-west-1"))
}

fn state_dir(text: &str) -> Result<(), String> {
    if Path::new(text).is_absolute() && !text.contains(char::is_control) {
        return Ok(());
    }
    Err(format!("{text:?} is not a full path; ~ and variables are not filled in"))
}
