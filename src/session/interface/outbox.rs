//! What every part of the core is handed: what it may know of the rest, and where its commands go.

use crate::session::interface::command::{Command, Level, LogLine};
use crate::session::interface::event::CallId;
use crate::session::interface::failure::Failure;
use crate::session::interface::notification::Notification;
use crate::session::interface::request::{AskId, Refusal, Reply};
use crate::session::interface::settings::Settings;
use crate::session::interface::time::Mono;
use crate::session::words::codes::Code;
use crate::session::words::text::Text;

/// What a part may know of the others, as of this moment.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Context<'a> {
    pub(in crate::session) settings: &'a Settings,
    pub(in crate::session) instance_id: Option<&'a str>,
    /// The machine knows itself, its queue and a key.
    pub(in crate::session) can_receive: bool,
    pub(in crate::session) can_sign: bool,
    /// Why no beat can even be sent, where that is known.
    pub(in crate::session) held_back: Option<&'a Text>,
    /// Until when the operating system waits for us.
    pub(in crate::session) os_deadline: Option<Mono>,
    /// The machine goes down: no session begins.
    pub(in crate::session) going_down: bool,
}

/// Collects what is to be done, in the order in which to start it.
#[derive(Debug)]
pub(in crate::session) struct Outbox {
    commands: Vec<Command>,
    next_call: u64,
    /// For the status; kept after recovery.
    last_error: Option<String>,
    /// Jitter, repeatable by its seed.
    pub(in crate::session) rng: fastrand::Rng,
}

impl Outbox {
    pub(in crate::session) fn new(seed: u64) -> Self {
        let rng = fastrand::Rng::with_seed(seed);
        Self { commands: Vec::new(), next_call: 0, last_error: None, rng }
    }

    /// Everything collected since the last time.
    pub(in crate::session) fn take(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    pub(in crate::session) fn push(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// A number for the next call.
    pub(in crate::session) fn next_call(&mut self) -> CallId {
        self.next_call += 1;
        CallId(self.next_call)
    }

    pub(in crate::session) fn log(&mut self, level: Level, code: Code, text: impl Into<String>) {
        self.push(Command::Log(LogLine { level, code, text: text.into() }));
    }

    pub(in crate::session) fn notify(&mut self, notification: Notification) {
        self.push(Command::Notify(notification));
    }

    pub(in crate::session) fn done(
        &mut self,
        ask: AskId,
        sentence: impl Into<Text>,
        request_id: Option<String>,
    ) {
        let reply = Reply::Done { sentence: sentence.into(), request_id };
        self.push(Command::Reply(ask, reply));
    }

    pub(in crate::session) fn refuse(
        &mut self,
        ask: AskId,
        why: Refusal,
        sentence: impl Into<Text>,
    ) {
        self.push(Command::Reply(ask, Reply::Refused { sentence: sentence.into(), why }));
    }

    /// Remembers what went wrong as the last error shown in the status.
    pub(in crate::session) fn remember(&mut self, what: &str, error: &str) {
        self.last_error = Some(format!("{what}: {error}"));
    }

    /// The same for a failed call; credentials that were refused are read again at once.
    pub(in crate::session) fn call_failed(&mut self, what: &str, failure: &Failure) {
        self.remember(what, &failure.to_string());
        if failure.is_of_credentials() {
            self.push(Command::RefreshCredentials);
        }
    }

    pub(in crate::session) fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }
}
