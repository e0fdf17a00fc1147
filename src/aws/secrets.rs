//! The secrets that this agent has held: task tokens, keys, IMDS's session token; and the one way in
//! which a service's words get past this edge: masked, then escaped, then cut.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use aws_credential_types::Credentials;

use crate::session::TaskToken;
use crate::session::contract::message::{Message, MessageKind};
use crate::session::interface::foreign::one_line;
use crate::session::interface::mask;

/// A token is still quoted after it was replaced; beyond this many the oldest is forgotten.
const MAX_HELD: usize = 64;
/// A key is refused soon after the next one came, so of each kind (they share a name) the newest are
/// held: to look for a secret in all its encodings costs time at every answer.
const MAX_OF_A_NAME: usize = 2;
/// What is looked at of a service's words, in bytes: all of a message, a little of a page.
const MAX_TEXT: usize = 32 * 1024;

/// What must not be shown. Clones share it.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Mutex<VecDeque<Secret>>>);

struct Secret {
    /// What stands in its place.
    name: String,
    text: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// A task token, of whatever session.
    pub(super) fn learn_token(&self, token: &TaskToken) {
        self.learn(token.expose(), || format!("<task token {}>", token.fingerprint()));
    }

    /// The task token in a message, if there is one: it may wait in the queue for hours.
    pub(super) fn learn_message(&self, body: &str) {
        match Message::read(body).map(|message| message.kind) {
            Ok(MessageKind::Start(start)) => self.learn_token(&start.token),
            Ok(MessageKind::Ready(token)) => self.learn_token(&token),
            Ok(MessageKind::End(_) | MessageKind::Notice(_)) | Err(_) => {}
        }
    }

    /// A key: services quote the session token when they refuse a signature.
    pub(super) fn learn_key(&self, key: &Credentials) {
        self.learn(key.secret_access_key(), || "<secret key>".into());
        if let Some(token) = key.session_token() {
            self.learn(token, || "<security token>".into());
        }
    }

    pub(super) fn learn(&self, text: &str, name: impl FnOnce() -> String) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = held.iter().position(|secret| secret.text == text) {
            // In use again: not the oldest.
            let again = held.remove(at);
            held.extend(again);
            return;
        }
        let name = name();
        if held.iter().filter(|secret| secret.name == name).count() >= MAX_OF_A_NAME
            && let Some(oldest) = held.iter().position(|secret| secret.name == name)
        {
            held.remove(oldest);
        }
        if held.len() == MAX_HELD {
            held.pop_front();
        }
        held.push_back(Secret { name, text: text.to_owned() });
    }

    /// What a service said, as one line of at most `max_chars` characters that holds no piece of a
    /// secret.
    pub(super) fn clean(&self, text: &str, max_chars: usize) -> String {
        let end = text.floor_char_boundary(MAX_TEXT);
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Each answer brings a request id: no search through all encodings for that.
        if is_uuid(text) && !held.iter().any(|secret| secret.text.contains(text)) {
            return one_line(text, max_chars);
        }
        let pairs = held.iter().map(|secret| (secret.name.as_str(), secret.text.as_str()));
        one_line(&mask::cover(&text[..end], pairs), max_chars)
    }

    /// What people and scripts at this computer say, without any piece of a secret.
    pub(super) fn cover(&self, text: &str) -> String {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mask::cover(text, held.iter().map(|secret| (secret.name.as_str(), secret.text.as_str())))
    }
}

/// As AWS writes request ids. No encoding of anything looks so.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_stays_and_a_token_that_looks_like_one_does_not() {
        let secrets = Secrets::default();
        let token = "6a8d1f0e-3b52-4c77-9e64-0d2f51c3ab98";
        secrets.learn_message(&format!(r#"{{"taskToken":"{token}"}}"#));
        assert!(!secrets.clean(token, 99).contains("4c77"));
        let id = "0c2e4a86-1111-4222-8333-abcdefabcdef";
        assert_eq!(secrets.clean(id, 99), id);
    }

    #[test]
    fn every_token_that_was_met_is_masked_before_the_cut() {
        let secrets = Secrets::default();
        let token = |n: u32| format!("AQCEAAAAKgAAAAMA{n}b64+/{n}{n}x");
        secrets.learn_message(&format!(r#"{{"TaskToken":"{}","sessionId":"s"}}"#, token(1)));
        secrets.learn_message(&format!(r#"{{"type":"ready","taskToken":"{}"}}"#, token(2)));
        secrets.learn_message(&token(3));
        secrets.learn_key(&Credentials::new(
            "A",
            "secret/key+of40",
            Some("FwoG-sts-token".into()),
            None,
            "t",
        ));
        for n in 1..=3 {
            let line = secrets.clean(&format!("No such token:\r\n{} \u{1b}[31m", token(n)), 99);
            assert!(line.starts_with("No such token: <task token #"), "{line}");
            assert!(line.ends_with("> \\u{1b}[31m"), "{line}");
            // A cut in the middle of the token leaves its name, not its beginning.
            let cut = secrets.clean(&token(n), 8);
            assert_eq!(cut, "<task to…");
        }
        assert_eq!(
            secrets.clean("secret/key+of40, FwoG-sts-token", 99),
            "<secret key>, <security token>"
        );
        assert!(secrets.clean(&"x".repeat(9_000_000), 400).chars().count() <= 401);
    }
}
