//! The agent whose place the next one takes: of the same user, and of a logon that is over. It closes
//! its session and ends by itself; whoever comes meanwhile waits for it. One that stays is `run`'s
//! business.

use std::time::Duration;

use crate::clock::Clock;
use crate::config::Config;
use crate::control::{BindError, CallError, Client, ConnectError, Listener};
use crate::desktop::logon;

/// An agent that is about to end does so within this time: what it notices late, and its close.
const LEAVES_WITHIN: Duration = Duration::from_secs(20);
/// Between two looks whether it has.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Why there is no place.
#[derive(Debug)]
pub(super) struct NoPlace {
    pub(super) error: BindError,
    /// A predecessor was waited for, and did not go.
    pub(super) waited: bool,
}

/// The place of this user's agent, once a predecessor that leaves has left it.
pub(super) async fn take_place(config: &Config, clock: &Clock) -> Result<Listener, NoPlace> {
    let until = clock.now().mono + LEAVES_WITHIN;
    let mut waited = false;
    loop {
        let (error, pid) = match Listener::bind(&config.state_dir) {
            Ok(listener) => return Ok(listener),
            Err(error @ BindError::AlreadyRunning { pid }) => (error, pid),
            Err(error) => return Err(NoPlace { error, waited }),
        };
        if clock.now().mono >= until || !is_leaving(config, pid).await {
            return Err(NoPlace { error, waited });
        }
        if !std::mem::replace(&mut waited, true) {
            tracing::info!("the agent of an earlier logon is still closing: waiting for it");
        }
        clock.sleep(LOOK_AGAIN).await;
    }
}

/// True if an agent of this user runs and stays. One that leaves is waited for.
pub(super) async fn stays(config: &Config, clock: &Clock) -> bool {
    match take_place(config, clock).await {
        // Given back at once, for the one that is about to be started.
        Ok(_place) => false,
        Err(NoPlace { error: BindError::AlreadyRunning { .. }, .. }) => true,
        // The agent says what is wrong.
        Err(NoPlace { .. }) => false,
    }
}

/// Whether the agent that runs is about to end, or should be.
async fn is_leaving(config: &Config, pid: Option<u32>) -> bool {
    let about = match Client::connect(&config.state_dir).await {
        Ok(mut client) => client.about().await,
        // It has its place and does not listen: it comes or goes.
        Err(ConnectError::NotRunning { .. }) => return true,
        Err(ConnectError::NotYours { .. } | ConnectError::Io { .. }) => return false,
    };
    match about {
        Ok(about) if about.leaving => true,
        Err(CallError::Gone) => true,
        Ok(_)
        | Err(
            CallError::NoAnswer(_)
            | CallError::Refused { .. }
            | CallError::NotUnderstood(_)
            | CallError::Io(_),
        ) => match pid {
            Some(pid) => logon::has_lost_its_logon(pid).await,
            None => false,
        },
    }
}
