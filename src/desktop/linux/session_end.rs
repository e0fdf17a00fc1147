//! The end of the machine or of the user's session, as logind and the session bus tell it.
//!
//! While a session is alive, a `shutdown` delay inhibitor makes logind wait until the close is
//! accepted. Source: systemd, "Inhibitor Locks".

use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::broadcast::error::RecvError;
use zbus::zvariant::OwnedFd;
use zbus::{Connection, MessageStream, proxy};

use crate::clock::Clock;
use crate::desktop::OS_PATIENCE;
use crate::front::{Link, Told};
use crate::session::event::OsEnding;
use crate::session::{Event, State};

/// Between two tries to reach logind, which may be restarting.
const RETRY: Duration = Duration::from_secs(60);
/// What logind's own limit must leave us for the release.
const SPARE: Duration = Duration::from_millis(500);

/// Source: org.freedesktop.login1(5).
#[proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1"
)]
trait Manager {
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> zbus::Result<OwnedFd>;

    #[zbus(signal)]
    fn prepare_for_shutdown(&self, start: bool) -> zbus::Result<()>;

    #[zbus(property(emits_changed_signal = "const"), name = "InhibitDelayMaxUSec")]
    fn inhibit_delay_max_usec(&self) -> zbus::Result<u64>;
}

/// Reports `Event::OsEnding` and holds the system up until the agent lets it go. Runs until it is
/// dropped, or for as long as the agent does.
pub async fn watch(link: Link, clock: Clock) {
    tokio::join!(watch_machine(link.clone(), &clock), watch_bus(link, &clock));
}

async fn watch_machine(link: Link, clock: &Clock) {
    let mut told_why_not = false;
    loop {
        match follow_logind(&link, clock).await {
            Ok(()) => return,
            Err(error) if !told_why_not => {
                told_why_not = true;
                tracing::warn!(
                    "logind cannot be asked to wait ({error}): a shutdown may come before the \
                     session is closed; the heartbeat timeout would clean up"
                );
            }
            Err(_) => {}
        }
        clock.sleep(RETRY).await;
    }
}

/// Returns when the agent has stopped.
async fn follow_logind(link: &Link, clock: &Clock) -> zbus::Result<()> {
    let bus = Connection::system().await?;
    let manager = ManagerProxy::new(&bus).await?;
    let mut announced = manager.receive_prepare_for_shutdown().await?;
    let patience = patience(&manager).await;
    let mut changes = link.clone();
    let mut held: Option<OwnedFd> = None;
    loop {
        let Ok(view) = changes.view().await else { return Ok(()) };
        let alive = matches!(view.state, State::Active | State::AtRisk | State::Ending);
        match (&held, alive) {
            (None, true) => {
                let why = "Closing the remote desktop session";
                held = Some(manager.inhibit("shutdown", "Deskbeat", why, "delay").await?);
            }
            (Some(_), false) => held = None,
            (Some(_), true) | (None, false) => {}
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return Ok(()) },
            signal = announced.next() => {
                let Some(signal) = signal else { return Err(zbus::Error::InvalidReply) };
                if signal.args()?.start {
                    close(link, clock, patience).await;
                    held = None;
                } else {
                    let _agent_gone = link.report(Event::OsEndingCancelled);
                }
            }
        }
    }
}

/// Our patience, or what logind's own leaves us.
async fn patience(manager: &ManagerProxy<'_>) -> Duration {
    match manager.inhibit_delay_max_usec().await {
        Ok(micros) => OS_PATIENCE.min(Duration::from_micros(micros).saturating_sub(SPARE)),
        Err(_) => OS_PATIENCE,
    }
}

/// Lets the session end by its policy; returns when the system may go on.
async fn close(link: &Link, clock: &Clock, patience: Duration) {
    let mut told = link.told();
    let deadline = clock.now().mono + patience;
    if link.report(Event::OsEnding(OsEnding::Shutdown, deadline)).is_err() {
        return;
    }
    loop {
        match told.recv().await {
            Ok(Told::OsMayProceed) | Err(RecvError::Closed) => return,
            Ok(Told::Notification(_)) | Err(RecvError::Lagged(_)) => {}
        }
    }
}

/// The session bus goes away when the user's session does.
async fn watch_bus(link: Link, clock: &Clock) {
    let Ok(bus) = Connection::session().await else { return };
    let mut messages = MessageStream::from(bus);
    while let Some(Ok(_)) = messages.next().await {}
    tracing::info!("the session bus is gone: the user's session ends");
    let deadline = clock.now().mono + OS_PATIENCE;
    let _agent_gone = link.report(Event::OsEnding(OsEnding::Logoff, deadline));
}
