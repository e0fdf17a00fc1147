//! `deskbeat demo`: a whole session on the embedded AWS, live in the terminal, in half a minute.
//!
//! The agent and everything under it are the real ones; only AWS, the clock's pace and the
//! after-end action are not. Nothing here can shut a computer down.

mod scenario;
pub mod stage;
mod timeline;
mod tray;
mod verdict;

use std::io;

pub use scenario::{SCENARIOS, Scenario, find};
use stage::Stage;
use timeline::Timeline;
use tray::DemoTray;

/// Plays `scenario` at `speed` times its usual pace (zero: as fast as this computer can) and says
/// on standard output how it went. True if everything held.
pub async fn play(scenario: &Scenario, speed: f64) -> io::Result<bool> {
    let pace = (speed > 0.0).then(|| scenario.pace() * speed);
    let mut stage = Stage::new(scenario.options(), scenario.settings(), pace).await?;
    let timeline = Timeline::new(&stage, pace);
    timeline.title(scenario);
    let shown = tokio::task::spawn_local(timeline.clone().run());
    let tray = DemoTray::new(&stage, pace).await;
    let played = scenario.play(&mut stage, &timeline, tray.as_ref());
    let task = played.await?;
    timeline.settle().await;
    shown.abort();
    let verdict = verdict::judge(&stage, scenario, task);
    timeline.end(&verdict);
    Ok(verdict.held())
}
