//! What people are shown, as plain data, and what a press of theirs means; no screen is touched here.
//! `desktop` draws it, `control` sends the status over the socket.

pub mod controller;
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
