//! The end of the machine or of the user's session, as logind and the session bus tell it.
//!
//! While a session is alive, a `shutdown` delay inhibitor makes logind wait until the close is
//! accepted. Source: systemd, "Inhibitor Locks".

use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::oneshot;
use x11rb::connection::Connection as _;
use x11rb::rust_connection::RustConnection;
use zbus::zvariant::OwnedFd;
use zbus::{Connection, MessageStream, proxy};

use crate::agent::link::{Link, Told};
use crate::clock::Clock;
use crate::desktop::OS_PATIENCE;
use crate::session::interface::event::OsEnding;
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
    tokio::join!(
        watch_machine(link.clone(), &clock),
        watch_bus(link.clone(), &clock),
        watch_display(link, &clock)
    );
}

async fn watch_machine(link: Link, clock: &Clock) {
    let mut trouble = LogindTrouble::default();
    while let Err(error) = follow_logind(&link, clock, &mut trouble).await {
        trouble.tell(&error);
        clock.sleep(RETRY).await;
    }
}

/// Why logind does not wait for us; told once.
#[derive(Default)]
struct LogindTrouble(bool);

impl LogindTrouble {
    fn tell(&mut self, error: &zbus::Error) {
        if !std::mem::replace(&mut self.0, true) {
            tracing::warn!(
                "logind cannot be asked to wait ({error}): a shutdown may come before the session \
                 is closed; the heartbeat timeout would clean up"
            );
        }
    }
}

/// Returns when the agent has stopped.
async fn follow_logind(
    link: &Link,
    clock: &Clock,
    trouble: &mut LogindTrouble,
) -> zbus::Result<()> {
    let bus = Connection::system().await?;
    let manager = ManagerProxy::new(&bus).await?;
    let mut announced = manager.receive_prepare_for_shutdown().await?;
    let patience = patience(&manager).await;
    let (mut changes, mut told) = (link.clone(), link.told());
    let mut lock: Option<OwnedFd> = None;
    // logind gives no lock while it prepares.
    let mut going_down = false;
    loop {
        let Ok(view) = link.view().await else { return Ok(()) };
        let alive = matches!(view.state, State::Active | State::AtRisk | State::Ending);
        if lock.is_none() && alive && !going_down {
            let why = "Closing the remote desktop session";
            match manager.inhibit("shutdown", "Deskbeat", why, "delay").await {
                Ok(taken) => lock = Some(taken),
                // Asked for again at the next change; the signal comes without a lock too.
                Err(error) => trouble.tell(&error),
            }
        } else if !alive && !going_down {
            lock = None;
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return Ok(()) },
            signal = announced.next() => {
                let Some(signal) = signal else { return Err(zbus::Error::InvalidReply) };
                going_down = signal.args()?.start;
                let event = match going_down {
                    true => Event::OsEnding(OsEnding::Shutdown, clock.now().mono + patience),
                    false => Event::OsEndingCancelled,
                };
                if link.report(event).is_err() {
                    return Ok(());
                }
            }
            heard = told.recv() => match heard {
                Ok(Told::OsMayProceed) if going_down => lock = None,
                Ok(Told::OsMayProceed | Told::Notification(_)) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Ok(()),
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

/// The session bus goes away when the user's session does.
async fn watch_bus(link: Link, clock: &Clock) {
    let Ok(bus) = Connection::session().await else { return };
    let mut messages = MessageStream::from(bus);
    while let Some(Ok(_)) = messages.next().await {}
    tracing::info!("the session bus is gone: the user's session ends");
    logged_off(&link, clock);
}

/// So does the X server. Where the bus is the user's and not the session's (dbus-user-session), it
/// is the only one to go.
async fn watch_display(link: Link, clock: &Clock) {
    let (gone, display_is_gone) = oneshot::channel();
    // The wait for an event blocks. The thread ends with the display, or with the program.
    let thread = std::thread::Builder::new().name("display".into());
    let started = thread.spawn(move || {
        let Ok((display, _)) = RustConnection::connect(None) else { return };
        while display.wait_for_event().is_ok() {}
        let _nobody_waits = gone.send(());
    });
    if started.is_ok() && display_is_gone.await.is_ok() {
        tracing::info!("the display is gone: the user's session ends");
        logged_off(&link, clock);
    }
}

fn logged_off(link: &Link, clock: &Clock) {
    let deadline = clock.now().mono + OS_PATIENCE;
    let _agent_gone = link.report(Event::OsEnding(OsEnding::Logoff, deadline));
}
