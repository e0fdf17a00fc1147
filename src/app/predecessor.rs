//! Who has the place that the next agent takes: an agent of the same user, of a logon that is over,
//! which closes its session and ends by itself; or a start-up, which ends when it is done. Whoever comes
//! meanwhile waits for it. One that stays is `run`'s business.

use std::time::Duration;

use crate::clock::Clock;
use crate::config::Config;
use crate::control::{BindError, CallError, Client, ConnectError, Listener};
use crate::desktop::logon;

/// An agent that is about to end does so within this time: what it notices late, and its close.
const LEAVES_WITHIN: Duration = Duration::from_secs(20);
/// Between two looks whether it has.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// The same of a start-up, which may take long.
const LOOK_AT_STARTUP: Duration = Duration::from_secs(1);

/// Who has the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PlaceHolder {
    /// An agent that stays.
    Staying,
    /// One that is about to end, or should be.
    Leaving,
    /// This computer's start-up, for as long as that lasts.
    Startup,
}

/// Why there is no place.
#[derive(Debug)]
pub(super) struct NoPlace {
    pub(super) error: BindError,
    /// A predecessor was waited for, and did not go.
    pub(super) waited: bool,
}

/// The place of this user's agent, once a predecessor that leaves has left it.
pub(super) async fn take_place(config: &Config, clock: &Clock) -> Result<Listener, NoPlace> {
    let mut until = clock.now().mono + LEAVES_WITHIN;
    let (mut waited, mut told) = (false, None);
    loop {
        let (error, pid) = match Listener::bind(&config.state_dir) {
            Ok(listener) => return Ok(listener),
            Err(error @ BindError::AlreadyRunning { pid }) => (error, pid),
            Err(error) => return Err(NoPlace { error, waited }),
        };
        let holder = holder(config, pid).await;
        let (wait, what) = match holder {
            PlaceHolder::Leaving if clock.now().mono < until => {
                (LOOK_AGAIN, "the agent of an earlier logon is still closing: waiting for it")
            }
            PlaceHolder::Staying | PlaceHolder::Leaving => return Err(NoPlace { error, waited }),
            PlaceHolder::Startup => {
                until = clock.now().mono + LEAVES_WITHIN;
                (LOOK_AT_STARTUP, "this computer's start-up is not finished: waiting for its end")
            }
        };
        waited = true;
        if told.replace(holder) != Some(holder) {
            tracing::info!("{what}");
        }
        clock.sleep(wait).await;
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

async fn holder(config: &Config, pid: Option<u32>) -> PlaceHolder {
    let leaving = |is_leaving| if is_leaving { PlaceHolder::Leaving } else { PlaceHolder::Staying };
    let about = match Client::connect(&config.state_dir).await {
        Ok(mut client) => client.about().await,
        // It has its place and does not listen: it comes or goes.
        Err(ConnectError::NotRunning { .. }) => return PlaceHolder::Leaving,
        Err(ConnectError::NotYours { .. } | ConnectError::Io { .. }) => {
            return PlaceHolder::Staying;
        }
    };
    match about {
        Ok(about) if about.starting_up => PlaceHolder::Startup,
        Ok(about) if about.leaving => PlaceHolder::Leaving,
        Err(CallError::Gone) => PlaceHolder::Leaving,
        Ok(_)
        | Err(
            CallError::NoAnswer(_)
            | CallError::Refused { .. }
            | CallError::NotUnderstood(_)
            | CallError::Io(_),
        ) => match pid {
            Some(pid) => leaving(logon::has_lost_its_logon(pid).await),
            None => PlaceHolder::Staying,
        },
    }
}
