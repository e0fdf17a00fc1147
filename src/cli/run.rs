//! `run`: an agent until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use super::access::{access, start_log};
use super::exit::Exit;
use super::on_runtime;
use crate::agent::{Agent, Parts};
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{self, BindError, Listener};
use crate::desktop;
use crate::desktop::power::{OnlySaid, Power, ThisComputer};
use crate::front::{Desk, Link, Told};
use crate::session::event::OsEnding;
use crate::session::{Event, State};
use crate::store::Store;

/// How long a close may take when the agent is told to stop. Service managers wait far longer
/// (systemd: 90 s), desktops kill after about ten seconds.
const STOP_PATIENCE: Duration = Duration::from_secs(8);

/// Runs without a desktop.
pub(super) fn headless(config: Config) -> Result<Exit, Exit> {
    start_log(&config);
    on_runtime(serve(config))
}

async fn serve(config: Config) -> Result<Exit, Exit> {
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!("Deskbeat cannot start: {error}");
        Exit::Failed
    };
    say_what_is_configured(&config);
    let listener = Listener::bind(&config.state_dir).map_err(|error| {
        failed(&error);
        match error {
            BindError::AlreadyRunning { .. } => Exit::AlreadyRunning,
            _ => Exit::Failed,
        }
    })?;
    let (store, opened) = Store::open(&config.state_dir).map_err(|error| failed(&error))?;
    if let Some(notice) = &opened.notice {
        tracing::warn!(code = "DB-704", "{notice}");
    }
    let clock = Clock::system();
    let (desk, link) = Desk::new();
    let agent = Agent::new(Parts {
        clock: clock.clone(),
        settings: config.settings.clone(),
        access: access(&config),
        store,
        record: opened.record,
        desk,
        power: power(&config),
        seed: fastrand::u64(..),
    });
    let agent = agent.map_err(|error| failed(&error))?;
    let control = control::serve(listener, link.clone(), clock.clone());
    tokio::select! {
        () = agent.run() => Ok(Exit::Failed),
        () = control => Ok(Exit::Failed),
        exit = told_to_stop(link, clock) => exit,
    }
}

fn say_what_is_configured(config: &Config) {
    tracing::info!("Deskbeat {} starts", env!("CARGO_PKG_VERSION"));
    for warning in &config.warnings {
        tracing::warn!(code = "DB-801", "{warning}");
    }
    if !config.shadowing.is_empty() {
        tracing::warn!(
            code = "DB-802",
            "{} in the environment would shadow the role's credentials in other programs; Deskbeat \
             ignores them",
            config.shadowing.join(", ")
        );
    }
}

/// A test server on this computer must never shut it down.
fn power(config: &Config) -> Arc<dyn Power> {
    if config.aws.endpoints.sfn_is_this_machine() {
        Arc::new(OnlySaid)
    } else {
        Arc::new(ThisComputer)
    }
}

/// Waits for the signal to stop, lets the session end by its logoff policy, and says how that went.
async fn told_to_stop(link: Link, clock: Clock) -> Result<Exit, Exit> {
    let signal = desktop::stop::signal().await.map_err(|error| {
        tracing::error!("signals cannot be waited for: {error}");
        Exit::Failed
    })?;
    tracing::info!("{signal}: stopping");
    let mut told = link.told();
    let deadline = clock.now().mono + STOP_PATIENCE;
    let gone = |_| Exit::Stopped;
    link.report(Event::OsEnding(OsEnding::Logoff, deadline)).map_err(gone)?;
    // A lagging front has missed notifications only; the agent's leave comes last.
    while !matches!(told.recv().await, Ok(Told::OsMayProceed)) {}
    let view = link.view().await.map_err(gone)?;
    Ok(match view.state {
        State::Ending => Exit::Stopped,
        State::Waiting
        | State::Active
        | State::AtRisk
        | State::Closed
        | State::EndedElsewhere
        | State::NeedsAttention => Exit::Done,
    })
}
