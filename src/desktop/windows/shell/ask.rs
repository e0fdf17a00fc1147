//! Dialogs as futures: each has a thread for as long as it is open; dropping the future closes it.

use std::sync::Arc;
use std::thread;

use tokio::sync::oneshot;

use super::task_dialog::{self, Closer, Content};
use crate::front::dialog::{Answer, Dialog};

/// Asks. Closing the dialog, or not being able to show it, is the safe answer.
pub(super) async fn ask(dialog: Dialog) -> Answer {
    let safe = dialog.safe;
    let default = dialog.buttons.iter().position(|button| button.answer == safe).unwrap_or(0);
    let (answers, buttons): (Vec<Answer>, Vec<String>) =
        dialog.buttons.into_iter().map(|button| (button.answer, button.label)).unzip();
    let content =
        Content { heading: dialog.title, text: dialog.text, buttons, default, is_progress: false };
    let pressed = show(content).await;
    pressed.and_then(|index| answers.get(index).copied()).unwrap_or(safe)
}

/// Shows that `text` is under way, until dropped. The user can hide it.
pub(super) async fn progress(text: &str) {
    let content = Content {
        heading: text.to_owned(),
        text: "This takes a moment.".into(),
        buttons: vec!["Hide".into()],
        default: 0,
        is_progress: true,
    };
    show(content).await;
    // Hidden is not over.
    std::future::pending().await
}

async fn show(content: Content) -> Option<usize> {
    let closer = Arc::new(Closer::default());
    let _closes = Closes(closer.clone());
    let (answer, answered) = oneshot::channel();
    let shown = thread::Builder::new().name("dialog".into()).spawn(move || {
        let pressed = task_dialog::show(&content, &closer).unwrap_or_else(|error| {
            tracing::warn!("{:?} cannot be asked: {error}", content.heading);
            None
        });
        // Whoever asked may have gone.
        let _gone = answer.send(pressed);
    });
    match shown {
        Ok(_runs_by_itself) => answered.await.unwrap_or(None),
        Err(_) => None,
    }
}

/// Closes the dialog when the future is dropped.
struct Closes(Arc<Closer>);

impl Drop for Closes {
    fn drop(&mut self) {
        self.0.close();
    }
}
