//! How the embedded AWS speaks: its HTTP servers, answers and refusals, and the check of signatures.

pub(super) mod answer;
pub(super) mod refusal;
pub(super) mod server;
pub(super) mod signature;
