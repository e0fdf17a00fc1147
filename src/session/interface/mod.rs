//! What goes in and out of the core: events, commands, requests, times; plain data, no behaviour of a session.

pub mod command;
pub mod event;
pub mod failure;
pub mod foreign;
pub mod mask;
pub mod notification;
pub(in crate::session) mod outbox;
pub mod request;
pub mod settings;
pub mod time;
pub mod token;
