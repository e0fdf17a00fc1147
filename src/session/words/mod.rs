//! Everything that the core says to people.

pub mod codes;
pub mod sentences;
pub(in crate::session) mod status_words;
