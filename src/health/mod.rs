//! The health of what a session needs beside Deskbeat (a remote display's service, its port, a
//! process, a file that something keeps fresh): watched while the agent runs, if administrators ask
//! for it.
//!
//! [`judge`] decides, with time as an argument; `probe` looks. No setting names a command to run.
//! What is unwell is reported to the session, whose end is asked for like any front's.

pub mod judge;
mod probe;

use std::time::Duration;

use crate::agent::link::Link;
use crate::clock::Clock;
use crate::config::HealthPlan;
use crate::session::words::text::Text;
use crate::session::{Event, Reply, Request};

use judge::{Judge, Judged};
use probe::Prober;

/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Watches for as long as it is polled; for ever idle where nothing is to be watched.
pub async fn watch(link: Link, plan: HealthPlan, clock: Clock) {
    if plan.checks.is_empty() {
        return std::future::pending().await;
    }
    let mut prober = Prober::default();
    let mut judge = Judge::new(plan);
    let mut told: Option<Text> = None;
    loop {
        let mut readings = Vec::new();
        for check in judge.checks() {
            readings.push(prober.read(&check.subject).await);
        }
        let Judged { unwell, failure } = judge.judge(clock.now().mono, &readings);
        if told != unwell {
            told.clone_from(&unwell);
            if link.report(Event::Health(unwell)).is_err() {
                return;
            }
        }
        if let Some((error, cause)) = failure {
            // Where there is no session now, one that begins while this lasts is ended in its turn.
            match link.ask(Request::Fail { error, cause }).await {
                Ok(Reply::Done { .. } | Reply::Refused { .. }) => {}
                Err(_) => return,
            }
        }
        clock.pause(LOOK_EVERY).await;
    }
}
