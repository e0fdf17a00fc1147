//! `logs`: what the log says of the last session.

use std::io;
use std::path::Path;

use super::error::{CliError, Exit};
use super::terminal;
use crate::log;
use crate::session::words::codes::Code;

/// Shows the log from the last session's start on, or `all` of it.
pub(super) fn run(state_dir: &Path, all: bool) -> Result<Exit, CliError> {
    let mut lines = Vec::new();
    for file in log::files_in(state_dir) {
        match std::fs::read(&file) {
            // A crash may have cut a character.
            Ok(bytes) => lines.extend(String::from_utf8_lossy(&bytes).lines().map(str::to_owned)),
            // The agent may put a file aside meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(CliError::Io { what: file.display().to_string(), error }),
        }
    }
    if lines.is_empty() {
        let folder = log::folder_in(state_dir);
        terminal::remark(&format!("There is no log in {} yet.", folder.display()));
        return Ok(Exit::Done);
    }
    let start = if all { 0 } else { last_start(&lines).unwrap_or(0) };
    for line in &lines[start..] {
        terminal::line(line)?;
    }
    Ok(Exit::Done)
}

/// Where the last session began.
fn last_start(lines: &[String]) -> Option<usize> {
    let code = Code::Started.id();
    let (text, json) = (format!("code=\"{code}\""), format!("\"code\":\"{code}\""));
    lines.iter().rposition(|line| line.contains(&text) || line.contains(&json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_session_begins_at_its_token_in_text_and_in_json() {
        let code = Code::Started.id();
        let lines = [
            format!("2026-11-24T09:00:00Z  INFO taken code=\"{code}\""),
            "2026-11-24T09:00:01Z  INFO active code=\"DB-201\"".to_owned(),
            format!(r#"{{"timestamp":"2026-11-25T09:00:00Z","message":"taken","code":"{code}"}}"#),
            format!("somebody writes of {code}"),
        ];
        assert_eq!(last_start(&lines), Some(2));
        assert_eq!(last_start(&lines[..2]), Some(0));
        assert_eq!(last_start(&lines[3..]), None);
    }
}
