//! The core: the whole life of a session as a pure state machine.
//!
//! Events in, commands out, time as an argument. Everything that decides anything is here: when to
//! beat, what an error means, when to warn, what to do with a second token, in which order to close.
//! No I/O, no clock, no tokio, no AWS type; it imports none of the other rings.

pub mod command;
pub mod event;
pub mod failure;
pub mod journal;
pub mod message;
pub mod notification;
pub mod output;
pub mod request;
pub mod settings;
pub mod time;
pub mod token;
pub mod view;

pub use command::{Command, Level, LogLine, Verdict};
pub use event::{CallId, Delivery, Event, Receipt};
pub use failure::{Failure, FailureKind, TokenOver};
pub use journal::Record;
pub use notification::Notification;
pub use request::{AskId, Refusal, Reply, Request};
pub use settings::{AfterEnd, OnOsEnding, Settings};
pub use time::{Mono, Now};
pub use token::TaskToken;
pub use view::{State, View};
