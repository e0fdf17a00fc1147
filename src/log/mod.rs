//! The log: lines for a support engineer, on standard error and in files that roll. Some go to the
//! operating system's own log as well.
//!
//! Only Deskbeat's own lines: the SDK's would show requests, and requests hold the task token.
//! Writing is done on a thread of its own, so that a full pipe or a hanging disk never holds up a
//! beat.

#[cfg(unix)]
mod journal;
#[cfg(windows)]
mod no_journal;
mod notable;
mod rolling;
mod writer;

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(windows)]
use no_journal as journal;
#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

use std::path::Path;

use serde::Deserialize;
use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::os::terminal::Terminal;
pub use rolling::{files_in, folder_in};
use writer::LastWords;
pub use writer::Log;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    Text,
    /// An object a line.
    Json,
}

/// What is left out: everything below this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Errors only.
    Error,
    /// And warnings.
    Warn,
    /// And what happens.
    Info,
    /// And how.
    Debug,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
        }
    }
}

/// True for the lines that may be shown.
pub fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("deskbeat")
}

/// Starts the log for the whole process: files in `state_dir`, if there is one, from `level` up, and
/// standard error from `seen` up.
/// Keep what it returns to the end: dropping it writes what is left. A second start changes nothing.
pub fn start(format: Format, level: LogLevel, seen: LogLevel, state_dir: Option<&Path>) -> Log {
    let log = Log::start(state_dir);
    // A second start is the first one's log.
    let _started_already = subscriber(&log, format, level.into(), seen.into()).try_init();
    log_panics(log.last_words());
    log
}

fn subscriber(
    log: &Log,
    format: Format,
    level: LevelFilter,
    seen: LevelFilter,
) -> impl SubscriberInitExt {
    let lines = || tracing_subscriber::fmt::layer().with_target(false);
    let colours = Terminal::error().colours;
    // The journal has the time and wants the priority.
    let stamped = !journal::is_standard_error();
    let (shown, kept) = (log.to_standard_error(!stamped), log.to_files());
    let (shown, kept) = match format {
        Format::Text => (
            match stamped {
                true => lines().with_ansi(colours).with_writer(shown).boxed(),
                false => lines().with_ansi(false).without_time().with_writer(shown).boxed(),
            },
            lines().with_ansi(false).with_writer(kept).boxed(),
        ),
        Format::Json => (
            match stamped {
                true => lines().json().flatten_event(true).with_writer(shown).boxed(),
                false => {
                    lines().json().flatten_event(true).without_time().with_writer(shown).boxed()
                }
            },
            lines().json().flatten_event(true).with_writer(kept).boxed(),
        ),
    };
    let lines = [shown.with_filter(seen).boxed(), kept.with_filter(level).boxed()];
    let lines = Vec::from(lines).with_filter(filter_fn(is_ours));
    // Whatever the level is: a few lines a session.
    let system = log.to_system().with_filter(filter_fn(is_ours));
    tracing_subscriber::registry().with(lines).with(system)
}

/// Tells the operating system's own log, if it has one of ours, what keeps the agent from its work:
/// for where there is no other log yet.
pub fn complain(text: &str) {
    if let Some(system) = platform::SystemLog::open() {
        system.write(&notable::Notable::complaint(text));
    }
}

/// A panic is a bug that support must hear of; its message never holds a token, since none can be
/// printed.
fn log_panics(last_words: LastWords) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!("Deskbeat has a bug: {panic}; please report it with this log");
        before(panic);
        // The program may end with the hook.
        last_words.write();
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::words::codes::Code;
    use writer::Job;

    #[test]
    fn the_systems_log_gets_its_lines_whatever_the_level() {
        let (log, jobs) = Log::listened();
        let guard =
            subscriber(&log, Format::Text, LevelFilter::ERROR, LevelFilter::ERROR).set_default();
        tracing::info!(code = Code::Closed.id(), "accepted");
        drop(guard);
        let got: Vec<_> = jobs.try_iter().collect();
        assert!(matches!(got.as_slice(), [Job::Notable(_)]), "{}", got.len());
        // So that the log's end waits for nobody.
        drop(jobs);
    }
}
