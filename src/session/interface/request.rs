//! What people and scripts at the machine ask for, and what they get back.
//! The same data crosses the control socket and comes from the tray, so both fronts are equal.

use serde::{Deserialize, Serialize};

use crate::session::interface::foreign::lines;
use crate::session::words::text::{Text, sentence_fields};

/// Tells one asker from another, so that each gets its own reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AskId(pub u64);

/// Something asked of the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Request {
    /// Close the session with outcome `ended` and reason `user`.
    End {
        /// Free text for the workflow (`reasonText` in the output).
        text: Option<String>,
    },
    /// Close with outcome `extend`, so that the workflow starts a new waiting state.
    Extend,
    /// Close with SendTaskFailure.
    Fail {
        /// At most 256 characters.
        error: String,
        /// At most 32,768 characters.
        cause: String,
    },
    /// "I'm still here": stops an idle or disconnect countdown.
    StillHere,
    /// A close is stuck: send it again now.
    TryAgain,
    /// A close is stuck: carry out the after-end action without it.
    ShutDownAnyway,
}

impl Request {
    /// The same with its texts as `cover` makes them.
    pub fn covered(self, cover: impl Fn(&str) -> String) -> Self {
        match self {
            Self::End { text } => Self::End { text: text.map(|text| cover(&text)) },
            Self::Fail { error, cause } => {
                let (error, cause) = failure_covered(error, cause, cover);
                Self::Fail { error, cause }
            }
            Self::Extend | Self::StillHere | Self::TryAgain | Self::ShutDownAnyway => self,
        }
    }
}

/// An error and a cause as `cover` makes them: what it puts in is no reason to refuse them as too long.
pub fn failure_covered(
    error: String,
    cause: String,
    cover: impl Fn(&str) -> String,
) -> (String, String) {
    let within = |text: String, max_chars: usize| {
        let covered = cover(&text);
        let was_longer = text.chars().count() > max_chars;
        match covered.char_indices().nth(max_chars) {
            Some((end, _)) if !was_longer => covered[..end].to_owned(),
            Some(_) | None => covered,
        }
    };
    (within(error, MAX_ERROR_CHARS), within(cause, MAX_CAUSE_CHARS))
}

/// Limits of SendTaskFailure, in characters. Source: its API reference.
const MAX_ERROR_CHARS: usize = 256;
const MAX_CAUSE_CHARS: usize = 32_768;

/// An error and a cause as they are sent, shown and logged: whoever reads them in a console or a
/// terminal is not steered by them. Refused as by [`check_failure`].
pub fn failure_as_sent(error: &str, cause: &str) -> Result<(String, String), NotSendable> {
    check_failure(error, cause)?;
    let error = lines(error, MAX_ERROR_CHARS).replace('\n', " ");
    Ok((error, lines(cause, MAX_CAUSE_CHARS)))
}

/// Why SendTaskFailure would not take an error and a cause, or nobody could make use of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSendable {
    /// It would be taken, but no Catch of a workflow could tell it from another.
    #[error("Not sent: the error has no name. Give one, such as Setup.Failed.")]
    NoName,
    /// Lengths in characters.
    #[error(
        "Not sent: the error has {error} characters (at most {MAX_ERROR_CHARS}), the cause {cause} \
         (at most {MAX_CAUSE_CHARS}). Shorten them."
    )]
    TooLong {
        /// The error's.
        error: usize,
        /// The cause's.
        cause: usize,
    },
}

/// Whether SendTaskFailure takes this error and cause.
pub fn check_failure(error: &str, cause: &str) -> Result<(), NotSendable> {
    if error.trim().is_empty() {
        return Err(NotSendable::NoName);
    }
    let (error, cause) = (error.chars().count(), cause.chars().count());
    if error > MAX_ERROR_CHARS || cause > MAX_CAUSE_CHARS {
        return Err(NotSendable::TooLong { error, cause });
    }
    Ok(())
}

/// The answer to a [`Request`], sent once its outcome is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Reply {
    /// Done. For `End`, `Extend` and `Fail`: the service accepted the close.
    Done {
        /// One sentence for people.
        #[serde(flatten, with = "sentence_fields")]
        sentence: Text,
        /// The service's request id of the accepted close.
        request_id: Option<String>,
    },
    /// Not done, and it will not be: nothing has changed.
    Refused {
        /// Why, and what to do.
        #[serde(flatten, with = "sentence_fields")]
        sentence: Text,
        /// What kind of refusal, for the exit code.
        why: Refusal,
    },
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// There is no session to do it to.
    NoSession,
    /// The workflow does not offer it.
    NotOffered,
    /// The session is already closing or closed in another way.
    TooLate,
    /// The request itself is wrong.
    BadRequest,
    /// The session had been ended by the service before the close was accepted.
    EndedElsewhere,
    /// The agent stopped before the service accepted the close.
    Stopped,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_the_greatest_length_is_sent_and_a_longer_one_refused() {
        let (error, cause) = ("e".repeat(MAX_ERROR_CHARS), "c".repeat(MAX_CAUSE_CHARS));
        assert_eq!(failure_as_sent(&error, &cause), Ok((error.clone(), cause.clone())));
        for (error, cause) in [(format!("{error}e"), "c".into()), ("e".into(), format!("{cause}c"))]
        {
            let (error_chars, cause_chars) = (error.len(), cause.len());
            let refused = NotSendable::TooLong { error: error_chars, cause: cause_chars };
            assert_eq!(failure_as_sent(&error, &cause), Err(refused));
        }
    }

    #[test]
    fn what_covering_makes_longer_is_cut_and_not_refused() {
        let cover = |text: &str| text.replace("secret", "#0123456789abcdef");
        let error = format!("secret{}", "e".repeat(MAX_ERROR_CHARS - 6));
        let (covered, cause) = failure_covered(error.clone(), "a secret".into(), cover);
        assert_eq!(cause, "a #0123456789abcdef");
        assert!(covered.starts_with("#0123456789abcdefee"), "{covered}");
        assert_eq!(covered.len(), MAX_ERROR_CHARS);
        // What was too long before is still to be refused.
        let (covered, _) = failure_covered(format!("{error}e"), String::new(), cover);
        assert!(covered.len() > MAX_ERROR_CHARS);
    }
}
