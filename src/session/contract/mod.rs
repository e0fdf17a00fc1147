//! What others hold us to: messages, output, status and the journal's record. A change here is a line
//! in CHANGELOG.md.

pub mod message;
pub mod output;
pub mod record;
pub mod state;
pub mod status;
