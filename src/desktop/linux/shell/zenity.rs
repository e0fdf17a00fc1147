//! Dialogs by zenity, a program of its own: closing one is ending it.

use std::process::Stdio;

use tokio::process::{Child, Command};

use crate::ui::dialog::{Answer, Dialog};

/// What zenity is to exit with when the dialog is cancelled or closed. Source: zenity(1).
const DISMISSED: i32 = 42;
/// The longest line of a dialog, in characters.
const LINE: usize = 60;

/// The dialog's answer; `None` where zenity cannot be run.
pub(super) async fn ask(dialog: &Dialog) -> Option<Answer> {
    let mut command = Command::new("zenity");
    let other = dialog.buttons.iter().find(|button| button.answer != dialog.safe);
    let safe = dialog.buttons.iter().find(|button| button.answer == dialog.safe)?;
    match other {
        // Closing the window counts as "cancel", so that is the safe one.
        Some(other) => command
            .args(["--question", "--default-cancel"])
            .arg(format!("--ok-label={}", other.label))
            .arg(format!("--cancel-label={}", safe.label)),
        None => command.arg("--info").arg(format!("--ok-label={}", safe.label)),
    };
    // Its own code for this, 1, is also that of a display that cannot be opened.
    command.env("ZENITY_CANCEL", DISMISSED.to_string()).env("ZENITY_ESC", DISMISSED.to_string());
    command
        .args(["--no-markup", "--width=440"])
        .arg(format!("--title={}", dialog.title))
        .arg(format!("--text={}", wrapped(&dialog.text)));
    let mut child = spawn(command)?;
    let status = child.wait().await.ok()?;
    match (status.code(), other) {
        (Some(0), Some(other)) => Some(other.answer),
        (Some(0 | DISMISSED), _) => Some(dialog.safe),
        // It could not open a window, or is too old for one of the options.
        (Some(_) | None, _) => None,
    }
}

/// A bar that moves, until the future is dropped.
pub(super) async fn progress(text: &str) {
    let mut command = Command::new("zenity");
    command
        .args(["--progress", "--pulsate", "--no-cancel", "--auto-close", "--width=440"])
        .args(["--title=Deskbeat"])
        .arg(format!("--text={text}"));
    // Its input stays open: the end of it would end the bar.
    command.stdin(Stdio::piped());
    if let Some(mut child) = spawn(command) {
        let _open = child.stdin.take();
        let _closed_by_the_user = child.wait().await;
    }
    std::future::pending().await
}

/// In lines of a readable length: zenity 3 makes the window as wide as the longest.
fn wrapped(text: &str) -> String {
    text.lines().map(wrapped_line).collect::<Vec<_>>().join("\n")
}

fn wrapped_line(line: &str) -> String {
    let (mut wrapped, mut width) = (String::new(), 0);
    for word in line.split_inclusive(' ') {
        let length = word.trim_end().chars().count();
        if width > 0 && width + length > LINE {
            wrapped.truncate(wrapped.trim_end().len());
            wrapped.push('\n');
            width = 0;
        }
        wrapped.push_str(word);
        width += word.chars().count();
    }
    wrapped
}

fn spawn(mut command: Command) -> Option<Child> {
    command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().ok()
}

#[cfg(test)]
mod tests {
    use super::{LINE, wrapped};

    #[test]
    fn a_long_text_comes_in_lines_and_loses_no_word() {
        let text =
            format!("{}\n\n  indented {}", "ten chars ".repeat(20).trim_end(), "x".repeat(90));
        let lines = wrapped(&text);
        let (last, rest) =
            lines.lines().collect::<Vec<_>>().split_last().map(|(l, r)| (*l, r.to_vec())).unwrap();
        assert!(rest.iter().all(|line| line.chars().count() <= LINE), "{lines}");
        assert_eq!(last, "x".repeat(90));
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&lines), words(&text));
        assert!(lines.contains("\n\n  indented\n"), "{lines}");
    }
}
