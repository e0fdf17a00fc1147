//! `status --prometheus`: the session as numbers, in Prometheus' text format, for node_exporter's
//! textfile collector. docs/monitoring.md says what each means; a test holds it to [`METRICS`].

use std::path::Path;

use jiff::Timestamp;

use super::error::{CliError, Exit};
use super::terminal;
use crate::control::{Client, ConnectError};
use crate::session::{State, View};

/// A number that is told.
#[derive(Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// `gauge` or `counter`.
    pub kind: &'static str,
    /// What it is.
    pub help: &'static str,
}

const fn gauge(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: "gauge", help }
}

const fn counter(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: "counter", help }
}

/// Every number, in the order in which they are told.
pub const METRICS: [Metric; 9] = [
    gauge("deskbeat_up", "1 if the agent runs and answers, else 0."),
    gauge("deskbeat_state", "1 for the state that the session is in, 0 for the others."),
    counter("deskbeat_heartbeats_total", "Heartbeats of this session that were accepted."),
    counter("deskbeat_heartbeat_failures_total", "Heartbeats of this session that failed."),
    gauge("deskbeat_last_heartbeat_timestamp_seconds", "When the last accepted one was sent."),
    gauge("deskbeat_heartbeat_window_remaining_seconds", "Until Step Functions gives up."),
    gauge("deskbeat_session_remaining_seconds", "Until the session ends."),
    gauge("deskbeat_credentials_expiry_timestamp_seconds", "When the credentials in use end."),
    gauge("deskbeat_close_attempts", "How often the end was told to Step Functions so far."),
];

/// An agent that does not run, or does not answer, is a number too, and no error: a collector that got
/// none would go on with the last one.
pub(super) async fn run(state_dir: &Path) -> Result<Exit, CliError> {
    let view = match Client::connect(state_dir).await {
        Ok(mut client) => client.view().await.map_err(|error| error.to_string()),
        Err(ConnectError::NotRunning { .. }) => Err(String::new()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(why) = &view
        && !why.is_empty()
    {
        terminal::remark(&format!("deskbeat: {why}"));
    }
    let view = view.ok();
    terminal::print(&text(view.as_ref()))?;
    Ok(Exit::Done)
}

/// What is not known is left out.
fn text(view: Option<&View>) -> String {
    let mut text = String::new();
    for Metric { name, kind, help } in &METRICS {
        let samples = match view {
            None if *name == "deskbeat_up" => vec![(String::new(), 0.0)],
            None => Vec::new(),
            Some(view) => samples(name, view),
        };
        if samples.is_empty() {
            continue;
        }
        text += &format!("# HELP {name} {help}\n# TYPE {name} {kind}\n");
        for (labels, value) in samples {
            text += &format!("{name}{labels} {value}\n");
        }
    }
    text
}

fn samples(name: &str, view: &View) -> Vec<(String, f64)> {
    // Below 2^53: exact.
    let number = |value: u64| value as f64;
    let time = |at: Timestamp| at.as_millisecond() as f64 / 1000.0;
    let value = match name {
        "deskbeat_up" => Some(1.0),
        "deskbeat_state" => {
            return State::ALL
                .iter()
                .map(|state| {
                    let word = serde_json::to_value(state).unwrap_or_default();
                    let word = word.as_str().unwrap_or_default();
                    (format!("{{state=\"{word}\"}}"), f64::from(u8::from(*state == view.state)))
                })
                .collect();
        }
        "deskbeat_heartbeats_total" => Some(number(view.beats)),
        "deskbeat_heartbeat_failures_total" => Some(number(view.failures)),
        "deskbeat_last_heartbeat_timestamp_seconds" => view.last_beat_at.map(time),
        "deskbeat_heartbeat_window_remaining_seconds" => view.window_remaining_seconds.map(number),
        "deskbeat_session_remaining_seconds" => view.session_remaining_seconds.map(number),
        "deskbeat_credentials_expiry_timestamp_seconds" => {
            view.credentials.as_ref().and_then(|key| key.expires_at).map(time)
        }
        "deskbeat_close_attempts" => view.closing.as_ref().map(|close| f64::from(close.attempts)),
        _ => None,
    };
    value.map(|value| (String::new(), value)).into_iter().collect()
}
