//! `autostart`: what a desktop starts at logon. It sees to it that an agent runs, and comes back after
//! a crash, for as long as this logon lasts. It shows nothing: nobody who has just logged on asked.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use tokio::sync::watch;

use crate::app::predecessor;
use crate::clock::Clock;
use crate::config::Config;
use crate::desktop::{Logon, autostart, logon, stop};

/// How often it is looked whether the agent of another logon has gone.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A logon may end a little later than its display, and so than its agent. Within so many looks.
const LOOKS_FOR_ITS_END: usize = 5;

/// Returns once somebody else sees to it, or after the agent's wanted end. Without a `config`, which
/// is wrong then, the agent is started to say so.
pub(crate) async fn run(config: Option<&Config>) -> io::Result<()> {
    if let Some(config) = config
        && !is_needed(config, &Clock::system()).await?
    {
        return Ok(());
    }
    if autostart::start_unit().await {
        return Ok(());
    }
    autostart::watch_agent().await
}

/// Whether this logon needs an agent: at once, or after one that ended with another logon of this user.
async fn is_needed(config: &Config, clock: &Clock) -> io::Result<bool> {
    if !predecessor::stays(config, clock).await {
        return Ok(true);
    }
    let others = logon::others().await;
    if others.is_empty() {
        return Ok(false);
    }
    let (standing, _) = watch::channel(Logon::Unknown);
    let stopping = stop::signal()?;
    tokio::select! {
        is_left = is_left_alone(config, &others, clock) => Ok(is_left),
        _ = logon::over(false, clock, &standing) => Ok(false),
        _ = stopping => Ok(false),
    }
}

/// True once the agent has ended with a logon of `others`; false if it was told to.
async fn is_left_alone(config: &Config, others: &BTreeSet<String>, clock: &Clock) -> bool {
    while predecessor::stays(config, clock).await {
        clock.pause(LOOK_EVERY).await;
    }
    for _ in 0..LOOKS_FOR_ITS_END {
        if logon::is_one_over(others).await {
            return true;
        }
        clock.pause(LOOK_EVERY).await;
    }
    false
}

/// What the unit does before each start.
pub(crate) async fn wait_before_start() {
    autostart::wait_before_start().await;
}
