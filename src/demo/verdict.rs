//! Whether a scenario held, from the sandbox's log: what the service saw, not what the agent says.

use std::time::Duration;

use jiff::Timestamp;

use super::scenario::{Expected, Scenario};
use super::stage::Stage;
use super::timeline::Summary;
use crate::sandbox::{Action, Entry, TaskId, TaskState, What};
use crate::session::interface::time::between;
use crate::ui::times::{heartbeats, span};

pub(super) fn judge(stage: &Stage, scenario: &Scenario, last: TaskId) -> Summary {
    let log = stage.sandbox.log();
    let count = |which: &dyn Fn(&What) -> bool| log.iter().filter(|e| which(&e.what)).count();
    let beats = count(&|what| matches!(what, What::BeatAccepted(_)));
    let missed = count(&|what| matches!(what, What::HeartbeatTimedOut(_)));
    let keys = count(&|what| matches!(what, What::KeyIssued { .. })).saturating_sub(1);
    let refused =
        count(&|what| matches!(what, What::Refused { code, .. } if code.starts_with("Expired")));
    let cut = count(&|what| matches!(what, What::Faulted { action: Action::Heartbeat, .. }));
    let (cuts, deaths) = scenario.troubles();

    let mut lines = vec![
        (
            "heartbeats accepted",
            format!("{beats}, longest pause {}", longest_pause(&log)),
            beats > 0,
        ),
        ("heartbeats missed", missed.to_string(), missed == 0),
        ("new credentials", format!("{keys}; calls refused for expired ones: {refused}"), true),
    ];
    if deaths > 0 {
        lines.push(("expired credentials survived", deaths.to_string(), refused >= deaths));
    }
    if cuts > 0 {
        let value = format!("{cuts} ({} without an answer)", heartbeats(cut as u64));
        lines.push(("network cuts survived", value, cut >= cuts));
    }
    lines.push(ending(stage, scenario, last, &log));
    Summary(lines)
}

/// The longest time between two accepted beats.
fn longest_pause(log: &[Entry]) -> String {
    let beats: Vec<Timestamp> = log
        .iter()
        .filter(|entry| matches!(entry.what, What::BeatAccepted(_)))
        .map(|entry| entry.at)
        .collect();
    let pauses = beats.windows(2).map(|pair| between(pair[0], pair[1]));
    span(pauses.max().unwrap_or(Duration::ZERO))
}

fn ending(
    stage: &Stage,
    scenario: &Scenario,
    last: TaskId,
    log: &[Entry],
) -> (&'static str, String, bool) {
    const NAME: &str = "end accepted";
    let task = stage.sandbox.task(last);
    let place = |which: &dyn Fn(&What) -> bool| log.iter().position(|entry| which(&entry.what));
    let after_end =
        place(&|what| matches!(what, What::Mark(text) if text.starts_with("after-end")));
    match (scenario.ending, &task.state) {
        (Expected::ClosedByUs(reason), TaskState::Succeeded { .. }) => {
            let said = task.output().unwrap_or_default();
            let right = said["reason"].as_str().is_some_and(|said| reason.contains(said))
                && said["outcome"] == "ended";
            let accepted =
                place(&|what| matches!(what, What::CloseAccepted { task, .. } if *task == last));
            match (accepted, after_end) {
                (Some(accepted), Some(after)) => {
                    let value = "by Step Functions, then came the (simulated) shutdown".into();
                    (NAME, value, right && accepted < after)
                }
                (_, None) => (NAME, "but the computer was not shut down".into(), false),
                (None, _) => (NAME, "no: the computer was shut down before".into(), false),
            }
        }
        (Expected::Elsewhere, TaskState::Aborted { .. }) => {
            let value = "the user was told, and nothing was closed twice".to_owned();
            ("ended elsewhere", value, after_end.is_none())
        }
        (_, state) => (NAME, format!("not as it should be: {state:?}"), false),
    }
}
