//! The questions that a desktop asks, as plain data: words, buttons, and which one is safe.

use serde::{Deserialize, Serialize};

use crate::session::AfterEnd;
use crate::session::words::said::said;
use crate::ui::language::{joined, spoken};
use crate::ui::texts::{self, Label};

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
    /// Its words; `left` is the time that would be given up, as a span.
    pub fn dialog(&self, left: Option<&str>) -> Dialog {
        match self {
            Question::End { after_end } => {
                let mut dialog = end(*after_end);
                if let Some(left) = left {
                    let left = spoken(said!("dialog-end-left", left = left));
                    dialog.text = joined(&dialog.text, &left);
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

fn button(answer: Answer, label: Label) -> Button {
    Button { answer, label: label.into() }
}

/// What ending will do, and what to do before.
pub fn consequence(after_end: AfterEnd) -> String {
    let consequence = spoken(match after_end {
        AfterEnd::Shutdown => said!("dialog-end-shutdown"),
        AfterEnd::Logoff => said!("dialog-end-logoff"),
        AfterEnd::None => said!("dialog-end"),
    });
    joined(&consequence, &spoken(said!("save-first")))
}

/// "End session…".
pub fn end(after_end: AfterEnd) -> Dialog {
    Dialog {
        title: texts::END_NOW.into(),
        text: consequence(after_end),
        buttons: vec![button(Answer::Keep, texts::KEEP), button(Answer::End, texts::END_NOW)],
        safe: Answer::Keep,
    }
}

/// Not to wait for the service, in words; `None` where nothing would follow.
pub(crate) fn anyway(after_end: AfterEnd) -> Option<Label> {
    match after_end {
        AfterEnd::Shutdown => Some(texts::SHUT_DOWN_ANYWAY),
        AfterEnd::Logoff => Some(texts::LOG_OFF_ANYWAY),
        AfterEnd::None => None,
    }
}

/// The close does not get through; `problem` says why.
pub fn stuck(problem: &str, after_end: AfterEnd) -> Dialog {
    let anyway = anyway(after_end);
    let mut buttons = vec![button(Answer::TryAgain, texts::TRY_AGAIN)];
    buttons.extend(anyway.map(|label| button(Answer::ShutDownAnyway, label)));
    let stuck = spoken(said!("dialog-stuck", problem = problem));
    let text = match anyway {
        Some(_) => joined(&stuck, &spoken(said!("dialog-stuck-leave"))),
        None => stuck,
    };
    Dialog { title: texts::NOT_CLOSED.into(), text, buttons, safe: Answer::TryAgain }
}

/// Something to read.
pub fn message(title: &str, text: String) -> Dialog {
    Dialog {
        title: title.into(),
        text,
        buttons: vec![button(Answer::Fine, texts::CLOSE)],
        safe: Answer::Fine,
    }
}

/// About this program.
pub fn about() -> Dialog {
    let (purpose, licence) = (spoken(said!("about-purpose")), spoken(said!("about-licence")));
    let version = env!("CARGO_PKG_VERSION");
    message(&texts::ABOUT.words(), format!("Deskbeat {version}\n\n{purpose}\n\n{licence}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_enter_presses_never_ends_anything() {
        for after in [AfterEnd::Shutdown, AfterEnd::Logoff, AfterEnd::None] {
            for dialog in [end(after), stuck("a cause", after), about(), message("a", "b".into())] {
                let title = &dialog.title;
                assert!(!matches!(dialog.safe, Answer::End | Answer::ShutDownAnyway), "{title}");
                let is_there = dialog.buttons.iter().any(|button| button.answer == dialog.safe);
                assert!(is_there, "{title} has no button for {:?}", dialog.safe);
            }
        }
    }
}
