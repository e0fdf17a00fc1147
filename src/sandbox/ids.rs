//! The names of messages and tasks, and random texts that look like what AWS hands out, from the
//! sandbox's seed.

use std::fmt;

use fastrand::Rng;

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &[u8] = b"0123456789abcdef";

/// Names a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub(super) String);

impl MessageId {
    /// The whole id, as callers see it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.get(..8).unwrap_or(&self.0))
    }
}

/// Names a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskId(pub(super) u32);

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {}", self.0)
    }
}

fn random(rng: &mut Rng, alphabet: &[u8], length: usize) -> String {
    (0..length).map(|_| char::from(alphabet[rng.usize(..alphabet.len())])).collect()
}

/// `length` characters of base64, beginning with as much of `head` as fits.
pub(super) fn base64(rng: &mut Rng, head: &str, length: usize) -> String {
    let mut text: String = head.chars().take(length).collect();
    text.push_str(&random(rng, BASE64, length - text.len()));
    text
}

/// `length` capital letters and digits, as in access key ids.
pub(super) fn base32(rng: &mut Rng, length: usize) -> String {
    random(rng, BASE32, length)
}

/// A UUID (version 4), as in request and message ids.
pub(super) fn uuid(rng: &mut Rng) -> String {
    let mut part = |length| random(rng, HEX, length);
    format!("{}-{}-4{}-a{}-{}", part(8), part(4), part(3), part(3), part(12))
}
