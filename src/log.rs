//! The log: lines for a support engineer on standard error, as text or as JSON.
//!
//! Only Deskbeat's own lines: the SDK's would show requests, and requests hold the task token.

use std::io::IsTerminal;

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// An object a line.
    Json,
}

/// True for the lines that may be shown.
pub fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("deskbeat")
}

/// Starts the log for the whole process. A second start changes nothing.
pub fn start(format: Format, level: LevelFilter) {
    let ours = filter_fn(is_ours);
    let lines = tracing_subscriber::fmt::layer().with_target(false).with_writer(std::io::stderr);
    let lines = match format {
        Format::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    // A second start is the first one's log.
    let _started_already =
        tracing_subscriber::registry().with(lines.with_filter(level).with_filter(ours)).try_init();
}
