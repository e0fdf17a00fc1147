//! What others hold us to: messages, output, status and the journal's record. A change here is a line
//! in CHANGELOG.md.

pub mod message;
pub mod output;
pub mod record;
pub mod state;
pub mod status;

use serde::Serialize;

/// The word of the contract for `value`, which is one: `os-shutdown`, `at-risk`.
pub(crate) fn in_contract(value: &impl Serialize) -> String {
    // A plain variant is a string; were it none, the word is empty rather than wrong.
    let word = serde_json::to_value(value).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}
