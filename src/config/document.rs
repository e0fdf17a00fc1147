//! The settings in words, for people: the commented file, the documents' table, the manual page.
//! All of it is made from [`KEYS`]; nothing here knows a setting by name.

use super::keys::{KEYS, SettingKey, ValueKind};
use crate::os::terminal::wrapped;

/// How wide the file's comments are.
const WIDTH: usize = 100;

const HEAD: &str = "\
# Deskbeat's settings for this computer.
#   Linux:   /etc/deskbeat/config.toml
#   Windows: %ProgramData%\\Deskbeat\\config.toml
# Only administrators should be able to write this file. Another one can be named with --config FILE
# or DESKBEAT_CONFIG.
#
# Each setting can also be given as an environment variable (DESKBEAT_ and the name in capitals, as
# in DESKBEAT_QUEUE_URL) and on the command line (--set queue_url=...; a few have a flag of their own).
# The command line wins over variables, variables over this file, and Group Policy (Windows) over all
# of them. Every line that is commented out below shows the built-in value; \"\" means \"not set\". An
# unknown name here or a bad value anywhere is an error; an unknown DESKBEAT_ variable is a warning.
#
# A running Deskbeat takes most changes of what it does with a session over within seconds; for the
# rest its log says that they count from its next start. `deskbeat config check FILE` finds mistakes.
#
# Made from src/config/keys.rs by `cargo run --example manual -- --sources`.
";

/// The whole of resources/config.toml.
pub fn config_toml() -> String {
    let mut file = HEAD.to_owned();
    for key in KEYS {
        file += "\n";
        let text = format!("{} {}", key.doc.replace('`', ""), sentence(key.kind));
        for line in wrapped(text.trim_end(), WIDTH - "## ".len()) {
            file += &format!("## {line}\n");
        }
        file += &format!("# {} = {}\n", key.name, key.literal());
    }
    file
}

/// The rows of the documents' table, with its head.
pub fn markdown() -> String {
    let mut table = String::from(
        "| Setting | Built in | Values | Meaning | A change counts |\n|---|---|---|---|---|\n",
    );
    for key in KEYS {
        let values = match key.kind {
            ValueKind::Text { like, .. } | ValueKind::List { like, .. } => like.to_owned(),
            ValueKind::Number { min, max, .. } => format!("{min} to {max}"),
            ValueKind::Choice(words) => in_backticks(words),
            ValueKind::Flag => in_backticks(&["true", "false"]),
        };
        let (name, literal, doc) = (key.name, key.literal(), key.doc);
        let counts = if key.is_live { "at once" } else { "from the next start" };
        table += &format!("| `{name}` | `{literal}` | {values} | {doc} | {counts} |\n");
    }
    table
}

/// The manual page's section, in roff.
pub fn roff() -> String {
    let plain =
        |text: &str| text.replace('`', "").replace('\\', r"\e").replace('-', r"\-").to_owned();
    let mut section = String::from(".SH SETTINGS\n");
    for key in KEYS {
        let option = if key.has_flag { format!(" ({})", key.option()) } else { String::new() };
        section += &format!(
            ".TP\n\\fB{} = {}\\fR{}\n{}\n",
            plain(key.name),
            plain(&key.literal()),
            plain(&option),
            plain(format!("{} {}", key.doc, sentence(key.kind)).trim_end()),
        );
    }
    section
}

impl SettingKey {
    /// The built-in value as the file has it.
    pub fn literal(&self) -> String {
        match self.kind {
            ValueKind::Text { .. } | ValueKind::List { .. } | ValueKind::Choice(_) => {
                format!("{:?}", self.default)
            }
            ValueKind::Number { .. } | ValueKind::Flag => self.default.to_owned(),
        }
    }

    /// The first sentence of what it does, without its full stop, for `--help`.
    pub fn short(&self) -> String {
        let first = self.doc.split_once(". ").map_or(self.doc, |(first, _)| first);
        first.trim_end_matches('.').replace('`', "")
    }
}

/// The allowed values, where the documentation does not say them.
fn sentence(kind: ValueKind) -> String {
    match kind {
        ValueKind::Text { .. } | ValueKind::List { .. } | ValueKind::Flag => String::new(),
        ValueKind::Number { unit, min, max } => format!("{min} to {max} {unit}."),
        ValueKind::Choice(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
            format!("One of {}.", words.join(", "))
        }
    }
}

fn in_backticks(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
