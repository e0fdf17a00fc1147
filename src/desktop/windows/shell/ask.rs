//! Dialogs as futures: each has a thread for as long as it is open; dropping the future closes it.

use std::sync::Arc;
use std::thread;

use tokio::sync::oneshot;

use super::task_dialog::{self, Closer, Content, DialogError};
use crate::ui::dialog::{Answer, Dialog};

/// Asks. Closing the dialog, or not being able to show it, is the safe answer.
pub(super) async fn ask(dialog: Dialog) -> Answer {
    let safe = dialog.safe;
    let answers: Vec<Answer> = dialog.buttons.iter().map(|button| button.answer).collect();
    let pressed = show(content(dialog)).await.unwrap_or_else(|error| {
        tracing::warn!("nothing can be asked: {error}");
        None
    });
    pressed.and_then(|index| answers.get(index).copied()).unwrap_or(safe)
}

/// Shows `dialog` until it is closed; false if it cannot be shown.
pub(super) async fn say(dialog: Dialog) -> bool {
    show(content(dialog)).await.is_ok()
}

fn content(dialog: Dialog) -> Content {
    let default = dialog.buttons.iter().position(|button| button.answer == dialog.safe);
    Content {
        heading: dialog.title,
        text: dialog.text,
        buttons: dialog.buttons.into_iter().map(|button| button.label).collect(),
        default: default.unwrap_or(0),
    }
}

/// The index of the button pressed, or `None` if it was closed otherwise.
async fn show(content: Content) -> Result<Option<usize>, DialogError> {
    let closer = Arc::new(Closer::default());
    let _closes = CloseDialog(closer.clone());
    let (answer, answered) = oneshot::channel();
    let thread = thread::Builder::new().name("dialog".into());
    let started = thread.spawn(move || {
        // Whoever asked may have gone.
        let _gone = answer.send(task_dialog::show(&content, &closer));
    });
    started.map_err(DialogError::NoThread)?;
    answered.await.unwrap_or(Err(DialogError::ThreadEnded))
}

/// Closes the dialog when the future is dropped.
struct CloseDialog(Arc<Closer>);

impl Drop for CloseDialog {
    fn drop(&mut self) {
        self.0.close();
    }
}
