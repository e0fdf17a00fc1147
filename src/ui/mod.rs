//! What people are shown and can choose, as plain data; no screen is touched here and no agent asked.
//! `desktop` draws it and follows what is pressed, `control` sends the status over the socket.

pub mod dialog;
pub mod history;
pub mod icon;
pub mod language;
pub mod menu;
pub mod notification;
pub mod status;
pub(crate) mod texts;
pub mod times;

#[cfg(test)]
mod snapshot;
