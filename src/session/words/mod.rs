//! Everything that the core says to people.

pub(crate) mod catalog;
pub mod codes;
pub mod said;
pub mod sentences;
pub(in crate::session) mod status_words;
pub mod text;
