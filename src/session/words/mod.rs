//! Everything that the core says to people.

pub mod codes;
pub mod sentences;
mod status_words;
