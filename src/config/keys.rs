//! Every setting, once: its name, what values it takes, what it is without one, what it does.
//! The command line's flags, resources/config.toml, the documents' table and the manual page are
//! made from this list (`document.rs`); `cargo run --example manual -- --sources` writes them.

use std::path::Path;

use super::wrong::Wrong;
use super::{endpoint, health};
use crate::aws::regions;

/// A setting.
#[derive(Debug)]
pub struct SettingKey {
    /// As in the file; `DESKBEAT_` and upper case in the environment.
    pub name: &'static str,
    /// What values it takes.
    pub kind: ValueKind,
    /// As it would be written in the environment; empty: not set.
    pub default: &'static str,
    /// What it does, for people; names in backticks. The first sentence stands alone in `--help`.
    pub doc: &'static str,
    /// True if it has a flag of its own, called as it is.
    pub has_flag: bool,
    /// True if a running agent takes a change over; else it counts from the next start.
    pub is_live: bool,
}

/// What values a setting takes.
#[derive(Clone, Copy, Debug)]
pub enum ValueKind {
    /// Text that a check accepts; empty means not set.
    Text {
        /// What it looks like, in two or three words.
        like: &'static str,
        /// Says what is wrong with a text.
        check: fn(&str) -> Result<(), Wrong>,
    },
    /// Several texts with commas between them, or an array of them, that a check accepts.
    List {
        /// What one looks like, in two or three words.
        like: &'static str,
        /// Says what is wrong with them.
        check: fn(&str) -> Result<(), Wrong>,
    },
    /// A whole number.
    Number {
        /// What is counted.
        unit: &'static str,
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
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

/// Every setting, in the order of the documentation. To add one: a row here, a line in `mod.rs` that
/// reads it, then `cargo run --example manual -- --sources`.
pub const KEYS: &[SettingKey] = &[
    text("queue_url", "https URL or ARN", queue_url).flag().doc(
        "The queue that brings the task tokens. Not set: the queue whose URL is in the \
              instance's tag `queue_tag`, else the queue named by `queue_name_template`.",
    ),
    text("queue_tag", "tag key", tag_key).or("deskbeat:queue-url").doc(
        "The instance's tag that holds the queue's URL. Instance metadata must be allowed to \
              show tags.",
    ),
    text("queue_name_template", "queue name", queue_name_template)
        .or("deskbeat-{instance_id}")
        .doc("The queue's name, where neither `queue_url` nor the tag tells its URL."),
    text("instance_id", "like `i-0123456789abcdef0`", instance_id)
        .doc("This computer's instance id. Not set: the instance metadata service is asked."),
    text("region", "like `eu-west-1`", region).doc(
        "This computer's region. Not set: `AWS_REGION`, `AWS_DEFAULT_REGION`, then the \
              instance metadata service.",
    ),
    choice("credentials", &["imds", "chain"], "imds").doc(
        "Where credentials come from. `imds`: the instance's role and nothing else; \
              credentials in the environment and in profiles are ignored on purpose, because they \
              go stale. `chain`: the AWS SDK's default chain, for a developer's own computer.",
    ),
    seconds("heartbeat_seconds", 1, LONGEST_TIMER, "300")
        .live()
        .doc("HeartbeatSeconds of the waiting state, where the message does not say it."),
    seconds("beat_interval_seconds", 1, LONGEST_TIMER, "60").live().doc(
        "The longest time between two heartbeats. A third of HeartbeatSeconds is used if that \
              is shorter.",
    ),
    seconds("timeout_seconds", 0, LONGEST_TIMER, "0").live().doc(
        "TimeoutSeconds of the waiting state, where the message does not say it; 0: not \
              known. Must be more than `heartbeat_seconds`.",
    ),
    seconds("close_before_timeout_seconds", 0, LONGEST_TIMER, "30")
        .live()
        .doc("Close in order this long before TimeoutSeconds would end the session; 0: do not."),
    choice("after_end", &["none", "logoff", "shutdown"], "shutdown")
        .live()
        .flag()
        .doc("What this computer does after Step Functions accepted the end."),
    choice("on_shutdown", &["end", "keep"], "end").live().doc(
        "When the computer is shut down: `end` the session, or `keep` it and go on after the \
              reboot.",
    ),
    choice("on_logoff", &["end", "keep"], "end").live().doc(
        "When the user logs off or the agent is stopped: `end` the session, or `keep` it and \
              go on at the next logon.",
    ),
    flag("extendable", "false").live().doc(
        "Offer \"Ask for more time\" although the message does not say that the workflow can \
              give it.",
    ),
    minutes("idle_minutes").live().doc(
        "End the session after this long without input; 0: never. The user is asked first, \
              for `away_grace_seconds`. CPU load never counts.",
    ),
    minutes("disconnect_minutes").live().doc(
        "End the session when the remote connection has been cut for this long; 0: never. The \
              user is asked first, for `away_grace_seconds`. Windows only.",
    ),
    seconds("away_grace_seconds", 1, 24 * 3600, "120")
        .live()
        .doc("How long \"I'm still here\" is offered before such an end."),
    choice("language", &["auto", "en", "de", "fr", "es", "ja", "pt-BR", "zh-CN"], "auto").live().doc(
        "The language that users are spoken to in. `auto`: the desktop's or the terminal's, and \
              English where Deskbeat does not speak it. Log, codes and JSON are always English.",
    ),
    text("state_dir", "full path", state_dir).flag().doc(
        "The folder of the journal, the control socket and the log, for this user only. Not \
              set: `$XDG_STATE_HOME/deskbeat` or `~/.local/state/deskbeat`; \
              `%LOCALAPPDATA%\\Deskbeat`.",
    ),
    flag("one_per_machine", "true")
        .doc("Wait while another user's agent runs on this computer: one session a computer."),
    list("health_services", "systemd units, Windows services", health::services).doc(
        "Services that have to run, such as the remote display's. In the file also as \
              `services` of a table `[health]`, and so for each of these. Behind each may stand \
              its own patience, as in `dcvserver=120`.",
    ),
    list("health_ports", "TCP ports", health::ports)
        .doc("Ports of this computer's loopback address that have to answer."),
    list("health_processes", "names", health::processes)
        .doc("Processes that have to run, by their names without a folder."),
    list("health_files", "full paths", health::files)
        .doc("Files that something keeps fresh: each has to be changed within its patience."),
    seconds("health_patience_seconds", 1, 24 * 3600, "60")
        .doc("How long such a thing may be unwell before the user is told."),
    seconds("health_fail_after_seconds", 0, 24 * 3600, "0").doc(
        "End the session with the error `Deskbeat.Unhealthy` this long after the user was \
              told; 0: do not.",
    ),
    choice("log", &["text", "json"], "text").flag().doc("The form of the log's lines."),
    choice("log_level", &["error", "warn", "info", "debug"], "info")
        .flag()
        .doc("What is logged: this, and what is worse."),
];

const fn key(name: &'static str, kind: ValueKind, default: &'static str) -> SettingKey {
    SettingKey { name, kind, default, doc: "", has_flag: false, is_live: false }
}

const fn text(
    name: &'static str,
    like: &'static str,
    check: fn(&str) -> Result<(), Wrong>,
) -> SettingKey {
    key(name, ValueKind::Text { like, check }, "")
}

const fn list(
    name: &'static str,
    like: &'static str,
    check: fn(&str) -> Result<(), Wrong>,
) -> SettingKey {
    key(name, ValueKind::List { like, check }, "")
}

const fn seconds(name: &'static str, min: u64, max: u64, default: &'static str) -> SettingKey {
    key(name, ValueKind::Number { unit: "seconds", min, max }, default)
}

const fn minutes(name: &'static str) -> SettingKey {
    key(name, ValueKind::Number { unit: "minutes", min: 0, max: LONGEST_AWAY_MINUTES }, "0")
}

const fn choice(
    name: &'static str,
    words: &'static [&'static str],
    default: &'static str,
) -> SettingKey {
    key(name, ValueKind::Choice(words), default)
}

const fn flag(name: &'static str, default: &'static str) -> SettingKey {
    key(name, ValueKind::Flag, default)
}

impl SettingKey {
    /// With this built-in value.
    const fn or(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// With a flag of its own.
    const fn flag(self) -> Self {
        Self { has_flag: true, ..self }
    }

    /// Taken over by a running agent.
    const fn live(self) -> Self {
        Self { is_live: true, ..self }
    }

    const fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }

    /// Its variable in the environment.
    pub fn variable(&self) -> String {
        format!("DESKBEAT_{}", self.name.to_uppercase())
    }

    /// How it is given on the command line.
    pub fn option(&self) -> String {
        if self.has_flag {
            format!("--{}", self.name.replace('_', "-"))
        } else {
            format!("--set {}", self.name)
        }
    }

    /// The value as it is kept, or what is wrong with `text`.
    pub(super) fn check(&self, text: &str) -> Result<String, Wrong> {
        match self.kind {
            ValueKind::Text { .. } | ValueKind::List { .. } if text.is_empty() => Ok(String::new()),
            ValueKind::Text { check, .. } | ValueKind::List { check, .. } => {
                check(text).map(|()| text.to_owned())
            }
            ValueKind::Number { min, max, .. } => match text.parse::<u64>() {
                Ok(number) if (min..=max).contains(&number) => Ok(number.to_string()),
                Ok(_) | Err(_) => Err(Wrong::not_allowed(text, self.allowed())),
            },
            ValueKind::Choice(words) if words.contains(&text) => Ok(text.to_owned()),
            ValueKind::Choice(words) => {
                let hint = did_you_mean(text, words.iter().copied());
                Err(Wrong::NotAllowed { value: text.to_owned(), allowed: self.allowed(), hint })
            }
            ValueKind::Flag if matches!(text, "true" | "false") => Ok(text.to_owned()),
            ValueKind::Flag => Err(Wrong::not_allowed(text, self.allowed())),
        }
    }

    /// The allowed values, in words.
    pub(super) fn allowed(&self) -> String {
        match self.kind {
            ValueKind::Text { .. } => "a text in quotes".into(),
            ValueKind::List { like, .. } => format!("a list of {like}"),
            ValueKind::Number { unit, min, max } => {
                format!("a whole number of {unit}, {min} to {max}")
            }
            ValueKind::Choice(words) => format!("one of {}", words.join(", ")),
            ValueKind::Flag => "true or false".into(),
        }
    }
}

/// The key called `name`.
pub(super) fn find(name: &str) -> Option<&'static SettingKey> {
    KEYS.iter().find(|key| key.name == name)
}

/// `; did you mean X?` for the nearest of `known`, or nothing if none is near.
pub(super) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    /// So near that it is more likely a slip than another word.
    const NEAR: f64 = 0.8;
    let folded = word.to_lowercase();
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&folded, &known.to_lowercase()), known))
        .filter(|(likeness, _)| *likeness > NEAR)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| format!("; did you mean {known}?"))
        .unwrap_or_default()
}

fn queue_url(text: &str) -> Result<(), Wrong> {
    endpoint::check(&regions::queue_url(text), endpoint::Callee::Queue)
}

/// Source: EC2 User Guide, "Use instance tags in instance metadata": letters, digits and
/// `+ - = . , _ : @`, no `.` or `..` alone; a key has at most 128 characters.
fn tag_key(text: &str) -> Result<(), Wrong> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+-=.,_:@".contains(c);
    if text.len() <= 128 && text.chars().all(allowed) && text != "." && text != ".." {
        return Ok(());
    }
    let allowed = "a tag key that instance metadata can show: at most 128 letters, digits and + - = \
                   . , _ : @";
    Err(Wrong::not_allowed(text, allowed))
}

/// Source: API reference of CreateQueue: up to 80 of letters, digits, hyphens and underscores; a
/// FIFO queue's name ends in `.fifo`.
fn queue_name_template(text: &str) -> Result<(), Wrong> {
    const INSTANCE: &str = "{instance_id}";
    let rest = text.replace(INSTANCE, "");
    if rest.contains(['{', '}']) {
        return Err(Wrong::UnknownBraces(text.to_owned()));
    }
    let name = rest.strip_suffix(".fifo").unwrap_or(&rest);
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.replace(INSTANCE, "i-0123456789abcdef0").len() > 80 || !name.chars().all(allowed) {
        let allowed = "a text that makes a queue name: at most 80 letters, digits, - and _ (with \
                       {instance_id} put in), and perhaps .fifo at its end";
        return Err(Wrong::not_allowed(text, allowed));
    }
    Ok(())
}

fn instance_id(text: &str) -> Result<(), Wrong> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if text.len() <= 64 && text.chars().all(allowed) {
        return Ok(());
    }
    Err(Wrong::not_allowed(text, "an instance id like i-0123456789abcdef0"))
}

fn region(text: &str) -> Result<(), Wrong> {
    if regions::is_region(text) {
        return Ok(());
    }
    Err(Wrong::NotAllowed {
        value: text.into(),
        allowed: "a region like eu-west-1".into(),
        hint: did_you_mean(text, regions::KNOWN),
    })
}

/// What to say of a `region` that is formed like one and may be a slip. It may as well be new.
pub(super) fn doubted_region(text: &str) -> Option<String> {
    let hint = did_you_mean(text, regions::KNOWN);
    let is_doubted = !regions::KNOWN.contains(&text) && !hint.is_empty();
    is_doubted.then(|| format!("region {text} is none that this version of Deskbeat knows{hint}"))
}

/// What to say of a `queue_name_template` that makes one name for every computer. A single computer may
/// want that.
pub(super) fn one_for_all(text: &str) -> Option<String> {
    let says_which = text.contains("{instance_id}");
    (!says_which).then(|| {
        format!(
            "queue_name_template {text:?} holds no {{instance_id}}: every computer with it listens to \
             that one queue, and hands back the others' messages; a queue for each computer is better"
        )
    })
}

fn state_dir(text: &str) -> Result<(), Wrong> {
    if Path::new(text).is_absolute() && !text.contains(char::is_control) {
        return Ok(());
    }
    Err(Wrong::not_allowed(text, "a full path; ~ and variables are not filled in"))
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn the_nearest_word_is_offered_and_a_far_one_is_not() {
        let known = ["heartbeat_seconds", "region", "log", "end", "keep"];
        for (word, nearest) in [
            ("heartbeat_second", "heartbeat_seconds"),
            ("heartbeat", "heartbeat_seconds"),
            ("Heartbeat-Seconds", "heartbeat_seconds"),
            ("regoin", "region"),
            ("logs", "log"),
            ("kepe", "keep"),
            ("keeep", "keep"),
        ] {
            assert_eq!(did_you_mean(word, known), format!("; did you mean {nearest}?"), "{word}");
        }
        for word in ["lgo", "colour", "", "shutdown", "beat"] {
            assert_eq!(did_you_mean(word, known), "", "{word}");
        }
    }
}
