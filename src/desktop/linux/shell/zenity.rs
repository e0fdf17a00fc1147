//! Dialogs by zenity, a program of its own: closing one is ending it.

use std::process::Stdio;

use tokio::process::{Child, Command};

use crate::front::dialog::{Answer, Dialog};

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
    command
        .args(["--no-markup", "--width=440"])
        .arg(format!("--title={}", dialog.title))
        .arg(format!("--text={}", dialog.text));
    let mut child = spawn(command)?;
    let status = child.wait().await.ok()?;
    match (status.code(), other) {
        (Some(0), Some(other)) => Some(other.answer),
        (Some(0 | 1), _) => Some(dialog.safe),
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

fn spawn(mut command: Command) -> Option<Child> {
    command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().ok()
}
