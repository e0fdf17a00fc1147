//! Writes settings into the text of a configuration file, as an administrator would by hand: each
//! takes the place of its line, or of the commented line that documents it; all else stays.

use std::ops::Range;
use std::path::Path;

use toml::de::DeTable;

use super::file;
use super::keys::{ValueKind, find};
use super::origin::{ConfigError, Origin, Problem};

/// The file that documents every setting, as `document.rs` makes it: what a new one begins with.
pub const TEMPLATE: &str = include_str!("../../resources/config.toml");

/// `text`, the content of `path`, with `values` in it: settings by their name, each as on the
/// command line. A wrong value, or a file that would be wrong with them, is an error.
pub fn set(text: &str, path: &Path, values: &[(String, String)]) -> Result<String, ConfigError> {
    let mut text = text.to_owned();
    let mut problems = Vec::new();
    for (name, value) in values {
        let checked = match find(name) {
            Some(key) => key.check(value).map(|value| written(key.kind, &value)),
            None => Err(file::unknown(name)),
        };
        match checked {
            Ok(value) => put(&mut text, name, &value),
            Err(wrong) => {
                problems.push(Problem { origin: Origin::Flag(format!("--set {name}")), wrong });
            }
        }
    }
    if problems.is_empty() {
        problems = file::parse(path, text.as_bytes()).problems;
    }
    if problems.is_empty() { Ok(text) } else { Err(ConfigError { problems }) }
}

/// The value as TOML has it.
fn written(kind: ValueKind, value: &str) -> String {
    match kind {
        ValueKind::Text { .. } | ValueKind::List { .. } | ValueKind::Choice(_) => {
            format!("\"{}\"", value.replace('\\', r"\\").replace('"', "\\\""))
        }
        ValueKind::Number { .. } | ValueKind::Flag => value.to_owned(),
    }
}

fn put(text: &mut String, name: &str, value: &str) {
    if let Some(old) = value_of(text, name) {
        text.replace_range(old, value);
        return;
    }
    let line = format!("{name} = {value}");
    if let Some(documented) = documentation_of(text, name) {
        text.replace_range(documented, &line);
        return;
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&line);
    text.push('\n');
}

/// Where the value of `name` is.
fn value_of(text: &str, name: &str) -> Option<Range<usize>> {
    let table = DeTable::parse(text).ok()?.into_inner();
    table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value.span())
}

/// The line `# name = …`, without its end.
fn documentation_of(text: &str, name: &str) -> Option<Range<usize>> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        let setting = content.strip_prefix('#').and_then(|rest| rest.split_once('='));
        if setting.is_some_and(|(key, _)| key.trim() == name) {
            return Some(at..at + content.len());
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, values: &[(&str, &str)]) -> Result<String, String> {
        let values: Vec<_> =
            values.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        set(text, Path::new("config.toml"), &values).map_err(|error| error.to_string())
    }

    #[test]
    fn a_new_file_documents_every_setting_and_holds_these() {
        let url = "https://sqs.eu-west-1.amazonaws.com/123456789012/desk";
        let text = edited(TEMPLATE, &[("queue_url", url), ("after_end", "logoff")]).unwrap();
        assert!(text.contains(&format!("\nqueue_url = \"{url}\"\n")), "{text}");
        assert!(text.contains("\nafter_end = \"logoff\"\n"), "{text}");
        assert_eq!(text.lines().count(), TEMPLATE.lines().count());
    }

    #[test]
    fn what_an_administrator_wrote_stays() {
        let before = "# ours\r\nafter_end = \"none\" # for now\r\nlog = \"json\"\r\n";
        let text = edited(before, &[("after_end", "shutdown"), ("idle_minutes", "5")]).unwrap();
        assert_eq!(
            text,
            "# ours\r\nafter_end = \"shutdown\" # for now\r\nlog = \"json\"\r\nidle_minutes = 5\n"
        );
        assert_eq!(edited(&text, &[]).unwrap(), text);
    }

    #[test]
    fn a_wrong_value_is_refused_and_so_is_a_wrong_file() {
        let error = edited("", &[("after_end", "reboot"), ("nonsense", "1")]).unwrap_err();
        assert!(error.contains("none, logoff, shutdown") && error.contains("nonsense"), "{error}");
        let error = edited("log = 3\n", &[("after_end", "none")]).unwrap_err();
        assert!(error.contains("config.toml, line 1"), "{error}");
        assert!(edited("queue_url = ", &[("queue_url", "https://sqs.example.com/1/q")]).is_err());
    }
}
