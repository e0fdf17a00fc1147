//! `autostart`: what a desktop starts at logon. It sees to it that an agent runs, and comes back after
//! a crash, for as long as this logon lasts. It shows nothing: nobody who has just logged on asked.

use std::io;

use crate::app::predecessor;
use crate::clock::Clock;
use crate::config::Config;
use crate::desktop::autostart;

/// Returns once somebody else sees to it, or after the agent's wanted end. Without a `config`, which
/// is wrong then, the agent is started to say so.
pub(crate) async fn run(config: Option<&Config>) -> io::Result<()> {
    if let Some(config) = config
        && predecessor::stays(config, &Clock::system()).await
    {
        return Ok(());
    }
    if autostart::start_unit().await {
        return Ok(());
    }
    autostart::watch_agent().await
}

/// What the unit does before each start.
pub(crate) async fn wait_before_start() {
    autostart::wait_before_start().await;
}
