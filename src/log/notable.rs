//! The few lines that the operating system's own log gets as well: a session's start, its close, and
//! what somebody has to mend.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::session::words::codes::Code;

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
        let code = Code::Attention.id();
        Notable { code, level: Level::ERROR, text: format!("{code} {text}") }
    }
}

/// Their codes.
const CODES: [&str; 3] = [Code::Started.id(), Code::Closed.id(), Code::Attention.id()];

/// Picks them out of all lines, and hands each on.
pub(super) struct Picks<F>(pub(super) F);

impl<S: Subscriber, F: Fn(Notable) + 'static> Layer<S> for Picks<F> {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut found = NotableFields::default();
        event.record(&mut found);
        let Some(code) = found.code else { return };
        let text = format!("{code} {}", found.text);
        (self.0)(Notable { code, level: *event.metadata().level(), text });
    }
}

#[derive(Default)]
struct NotableFields {
    code: Option<&'static str>,
    text: String,
}

impl Visit for NotableFields {
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
    use std::sync::mpsc::channel;

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn only_start_close_and_attention_are_picked() {
        let (pick, picked) = channel();
        let pick = move |notable| pick.send(notable).unwrap();
        let subscriber = tracing_subscriber::registry().with(Picks(pick));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(code = Code::Active.id(), "beats are accepted");
            tracing::info!("no code");
            tracing::error!(code = Code::Attention.id(), "no {}", "role");
        });
        let text = "DB-501 no role".into();
        let attention = Notable { code: Code::Attention.id(), level: Level::ERROR, text };
        assert_eq!(picked.try_iter().collect::<Vec<_>>(), [attention]);
    }
}
