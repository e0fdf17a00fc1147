//! The few lines that the operating system's own log gets as well: a session's start, its close, and
//! what somebody has to mend.

use std::fmt;
use std::sync::mpsc::SyncSender;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::writer::Job;
use crate::session::wording::code;

/// A line for the operating system's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notable {
    pub(super) code: &'static str,
    pub(super) level: Level,
    pub(super) text: String,
}

impl Notable {
    /// Somebody has to mend what `text` says.
    pub(super) fn complaint(text: &str) -> Notable {
        let code = code::ATTENTION;
        Notable { code, level: Level::ERROR, text: format!("{code} {text}") }
    }
}

/// Their codes.
const CODES: [&str; 3] = [code::STARTED, code::CLOSED, code::ATTENTION];

/// Picks them out of all lines.
pub(super) struct Picks(pub(super) SyncSender<Job>);

impl<S: Subscriber> Layer<S> for Picks {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut found = Found::default();
        event.record(&mut found);
        let Some(code) = found.code else { return };
        let text = format!("{code} {}", found.text);
        let notable = Notable { code, level: *event.metadata().level(), text };
        let _dropped_if_nobody_takes_it = self.0.try_send(Job::Notable(notable));
    }
}

#[derive(Default)]
struct Found {
    code: Option<&'static str>,
    text: String,
}

impl Visit for Found {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "code" {
            self.code = CODES.into_iter().find(|code| *code == value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.text = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn only_start_close_and_attention_are_picked() {
        let (jobs, picked) = sync_channel(9);
        let subscriber = tracing_subscriber::registry().with(Picks(jobs));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(code = code::ACTIVE, "beats are accepted");
            tracing::info!("no code");
            tracing::error!(code = code::ATTENTION, "no {}", "role");
        });
        let picked: Vec<_> = picked.iter().collect();
        let [Job::Notable(notable)] = picked.as_slice() else { panic!("{}", picked.len()) };
        let text = "DB-501 no role".into();
        assert_eq!(*notable, Notable { code: code::ATTENTION, level: Level::ERROR, text });
    }
}
