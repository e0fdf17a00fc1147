//! `deskbeat demo`: a whole session on the embedded AWS, live in the terminal, in half a minute.
//!
//! The agent and everything under it are the real ones; only AWS, the clock's pace and the
//! after-end action are not. Nothing here can shut a computer down.

mod scenario;
mod screen;
pub mod stage;
mod timeline;
mod tray;
mod verdict;

use std::io;

use crate::os::terminal::Terminal;
pub use scenario::{SCENARIOS, Scenario, find};
use stage::Stage;
use timeline::Timeline;
use tray::DemoTray;

/// Why a scenario was not played to its end.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// There is nowhere to play it.
    #[error(transparent)]
    Stage(#[from] io::Error),
    /// What happens cannot be shown.
    #[error("cannot write: {0}")]
    Output(#[source] io::Error),
}

/// Plays `scenario` at `speed` times its usual pace (zero: as fast as this computer can) and says
/// on standard output how it went. True if everything held.
pub async fn play(scenario: &Scenario, speed: f64) -> Result<bool, PlayError> {
    let pace = (speed > 0.0).then(|| scenario.pace() * speed);
    let mut stage = Stage::new(scenario.options(), scenario.settings(), pace).await?;
    let timeline = Timeline::new(&stage, scenario.lasts, pace, Terminal::output());
    timeline.title(scenario.name, scenario.about);
    let shown = tokio::task::spawn_local(timeline.clone().run());
    let tray = DemoTray::new(&stage, pace).await;
    let task = tokio::select! {
        task = scenario.play(&mut stage, &timeline, tray.as_ref()) => task?,
        error = timeline.cannot_be_shown() => return Err(PlayError::Output(error)),
    };
    timeline.settle().await;
    shown.abort();
    let verdict = verdict::judge(&stage, scenario, task);
    timeline.end(&verdict);
    match timeline.take_error() {
        Some(error) => Err(PlayError::Output(error)),
        None => Ok(verdict.held()),
    }
}
