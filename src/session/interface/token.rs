//! The task token: a bearer secret that closes the task for whoever holds it.
//! The type makes printing it impossible by accident; only the AWS edge and the journal ask for it
//! with `expose`.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

/// The longest task token Step Functions hands out, in characters.
/// Source: API reference of SendTaskHeartbeat, `taskToken`, maximum length 2048 (older models: 1024).
pub const MAX_TASK_TOKEN_CHARS: usize = 2048;

/// A Step Functions task token. `Debug` and `Display` show its fingerprint only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskToken(String);

impl TaskToken {
    /// Takes `text` as a token if its length is 1 to [`MAX_TASK_TOKEN_CHARS`] characters and it has
    /// no white space or control character. It is never cut.
    pub fn new(text: impl Into<String>) -> Result<Self, BadToken> {
        let text = text.into();
        let chars = text.chars().count();
        if chars == 0 {
            return Err(BadToken::Empty);
        }
        if chars > MAX_TASK_TOKEN_CHARS {
            return Err(BadToken::TooLong(chars));
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(BadToken::NotAToken);
        }
        Ok(Self(text))
    }

    /// The secret itself: for the call to Step Functions and for the journal, nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What may be logged and compared in its place.
    pub fn fingerprint(&self) -> Fingerprint {
        let digest = Sha256::digest(self.0.as_bytes());
        let mut short = [0; 8];
        short.copy_from_slice(&digest[..8]);
        Fingerprint(format!("{:016x}", u64::from_be_bytes(short)))
    }
}

/// Nobody finds it in memory that was given back.
impl Drop for TaskToken {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for TaskToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskToken(#{})", self.fingerprint().0)
    }
}

/// The first 64 bits of a token's SHA-256, in hex: tells tokens apart without giving one away.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Why a text is no task token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Nothing there.
    #[error("the task token is empty")]
    Empty,
    /// Longer than Step Functions makes them; the number of characters.
    #[error(
        "the task token has {0} characters; Step Functions makes them up to {MAX_TASK_TOKEN_CHARS}"
    )]
    TooLong(usize),
    /// Has white space or control characters in it.
    #[error("the text is not a task token: it contains white space or control characters")]
    NotAToken,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_every_allowed_length_is_kept_whole() {
        for length in [1, 1024, 2048] {
            let text = "t".repeat(length);
            assert_eq!(TaskToken::new(text.clone()).unwrap().expose(), text);
        }
        assert_eq!(TaskToken::new("t".repeat(2049)), Err(BadToken::TooLong(2049)));
        assert_eq!(TaskToken::new(""), Err(BadToken::Empty));
        assert_eq!(TaskToken::new("two words"), Err(BadToken::NotAToken));
    }

    #[test]
    fn printing_a_token_does_not_show_it() {
        let token = TaskToken::new("AQCEAAAAKgAAAAMAAAAAsecret").unwrap();
        let shown = format!("{token:?} {}", token.fingerprint());
        assert!(!shown.contains("secret") && !shown.contains("AQCE"), "{shown}");
        let fingerprint = token.fingerprint().to_string();
        assert_eq!(
            shown,
            format!("TaskToken({fingerprint}) {fingerprint}"),
            "they tell tokens apart"
        );
    }
}
