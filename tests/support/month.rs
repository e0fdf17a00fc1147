//! A session of thirty days (or of as many as the argument says) on the embedded AWS, as fast as this
//! computer can, with hourly keys: what this process holds at the end of each day. The embedded AWS is
//! in it, and forgets each day, so that what grows is the agent's.

use std::error::Error;
use std::fs;
use std::time::Duration;

use deskbeat::demo::stage::Stage;
use deskbeat::sandbox::{Action, Options, TaskSpec};
use deskbeat::session::{Request, Settings};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Source: getconf PAGESIZE, on every Linux that we build for.
const PAGE: u64 = 4096;

fn main() -> Result<(), Box<dyn Error>> {
    let days: u32 = std::env::args().nth(1).map_or(Ok(30), |days| days.parse())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, live(days))
}

async fn live(days: u32) -> Result<(), Box<dyn Error>> {
    let mut stage = Stage::new(Options::default(), Settings::default(), None).await?;
    let link = stage.start_agent()?;
    let timeout = Some(DAY * (days + 1));
    let task = stage.sandbox.start_task(TaskSpec { timeout, ..TaskSpec::default() });
    stage.sandbox.send_start(task, serde_json::json!({}));
    println!(
        "{:>4} {:>9} {:>8} {:>14} {:>14}",
        "day", "beats", "refused", "resident, MB", "journal, bytes"
    );
    for day in 1..=days {
        stage.clock.sleep(DAY).await;
        let beats = stage.sandbox.counts(Action::Heartbeat);
        stage.sandbox.forget_past();
        let journal = fs::metadata(stage.folder().join("journal"))?.len();
        let resident = resident()? as f64 / (1024.0 * 1024.0);
        println!(
            "{day:>4} {:>9} {:>8} {resident:>14.1} {journal:>14}",
            beats.answered, beats.refused
        );
    }
    let reply = link.ask(Request::End { text: None }).await?;
    println!("{reply:?}");
    Ok(())
}

/// Bytes of this process that are in memory. Source: proc(5), `/proc/pid/statm`.
fn resident() -> Result<u64, Box<dyn Error>> {
    let told = fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = told.split(' ').nth(1).ok_or("no resident pages")?.parse()?;
    Ok(pages * PAGE)
}
