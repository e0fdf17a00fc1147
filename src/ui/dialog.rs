//! The questions that a desktop asks, as plain data: words, buttons, and which one is safe.

use serde::{Deserialize, Serialize};

use crate::session::AfterEnd;
use crate::ui::texts;

/// What the window is opened for, beside showing how the session stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Question {
    /// End the session?
    End {
        /// What follows.
        after_end: AfterEnd,
    },
    /// About this program.
    About,
    /// Something to read.
    Message {
        /// A few words.
        title: String,
        /// What it is about.
        text: String,
    },
}

impl Question {
    /// Its words; `left` is the time that would be given up.
    pub fn dialog(&self, left: Option<&str>) -> Dialog {
        match self {
            Question::End { after_end } => {
                let mut dialog = end(*after_end);
                if let Some(left) = left {
                    dialog.text = format!("{} You still have {left}.", dialog.text);
                }
                dialog
            }
            Question::About => about(),
            Question::Message { title, text } => message(title, text.clone()),
        }
    }
}

/// A question with buttons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialog {
    /// The window's title.
    pub title: String,
    /// What it is about.
    pub text: String,
    /// From left to right. Closing the window is the safe answer.
    pub buttons: Vec<Button>,
    /// The button that the keyboard's Enter presses: never one that ends anything.
    pub safe: Answer,
}

/// A button of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What pressing it means.
    pub answer: Answer,
    /// Its words.
    pub label: String,
}

/// What a user answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// End the session.
    End,
    /// Leave things as they are.
    Keep,
    /// Send the close again.
    TryAgain,
    /// Do not wait for the service.
    ShutDownAnyway,
    /// Nothing to decide.
    Fine,
}

fn button(answer: Answer, label: &str) -> Button {
    Button { answer, label: label.into() }
}

/// What ending will do, in a sentence.
pub fn consequence(after_end: AfterEnd) -> &'static str {
    match after_end {
        AfterEnd::Shutdown => "Your session will be closed and this computer will shut down.",
        AfterEnd::Logoff => "Your session will be closed and you will be logged off.",
        AfterEnd::None => "Your session will be closed.",
    }
}

/// "End session…".
pub fn end(after_end: AfterEnd) -> Dialog {
    Dialog {
        title: "End session".into(),
        text: format!("{} Save your work first.", consequence(after_end)),
        buttons: vec![button(Answer::Keep, "Keep working"), button(Answer::End, "End session")],
        safe: Answer::Keep,
    }
}

/// Not to wait for the service, in words; `None` where nothing would follow.
pub(crate) fn anyway(after_end: AfterEnd) -> Option<&'static str> {
    match after_end {
        AfterEnd::Shutdown => Some("Shut down anyway"),
        AfterEnd::Logoff => Some("Log off anyway"),
        AfterEnd::None => None,
    }
}

/// The close does not get through; `problem` says why.
pub fn stuck(problem: &str, after_end: AfterEnd) -> Dialog {
    let anyway = anyway(after_end);
    let mut buttons = vec![button(Answer::TryAgain, "Try again")];
    buttons.extend(anyway.map(|label| button(Answer::ShutDownAnyway, label)));
    let advice = match anyway {
        Some(_) => {
            " It goes on trying. If you do not wait, AWS cleans up after the computer by \
             itself a little later."
        }
        None => " It goes on trying.",
    };
    Dialog {
        title: texts::NOT_CLOSED.into(),
        text: format!("AWS could not be told that your session ends: {problem}.{advice}"),
        buttons,
        safe: Answer::TryAgain,
    }
}

/// Something to read.
pub fn message(title: &str, text: String) -> Dialog {
    Dialog {
        title: title.into(),
        text,
        buttons: vec![button(Answer::Fine, "Close")],
        safe: Answer::Fine,
    }
}

/// About this program.
pub fn about() -> Dialog {
    let text = format!(
        "Deskbeat {}\n\nKeeps this remote desktop's session alive and closes it in order.\n\nMIT or \
         Apache-2.0",
        env!("CARGO_PKG_VERSION")
    );
    message("About Deskbeat", text)
}
