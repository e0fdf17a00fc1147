//! The session bus of a desktop that came after us, at an address that our environment does not have: the
//! desktop tells systemd's user manager. Our environment stays as it is for as long as this process lives,
//! and the tray has its bus from there; so the agent begins anew with what is missing in it. To its session
//! that is what a crash is, and the journal brings it back.

use std::convert::Infallible;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::autostart::systemctl;
use super::display::{self, Variables};

const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";
/// Between two looks for it, while we have no bus.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A bus answers at once, or not at all.
const PATIENCE: Duration = Duration::from_secs(3);

/// The environment of a desktop that this process cannot join as it is.
#[derive(Clone, Debug)]
pub struct OtherDesktop(Variables);

static FOUND: LazyLock<watch::Sender<Option<OtherDesktop>>> = LazyLock::new(watch::Sender::default);

/// Waits until such a desktop was found; it is looked for while there is no bus and somebody wants one.
pub async fn elsewhere() -> OtherDesktop {
    let mut found = FOUND.subscribe();
    let found = match found.wait_for(Option::is_some).await {
        Ok(found) => found.clone(),
        Err(_) => None,
    };
    match found {
        Some(found) => found,
        None => std::future::pending().await,
    }
}

/// Becomes a new process of this program, under the same number, with what is missing in its environment.
/// Returns only if that fails.
pub fn begin_anew(desktop: &OtherDesktop) -> io::Error {
    let mut arguments = std::env::args_os();
    // The program itself, also after an upgrade has put another one in its place.
    let mut program = Command::new("/proc/self/exe");
    if let Some(name) = arguments.next() {
        program.arg0(name);
    }
    program.args(arguments).envs(desktop.0.iter().map(|(name, value)| (name, value))).exec()
}

/// Looks for it until it is there.
pub(super) async fn look_for_bus() -> Infallible {
    loop {
        sleep(LOOK_EVERY).await;
        let told = systemctl(["show-environment"]).await.unwrap_or_default();
        let lines: Vec<String> = told.lines().map(str::to_owned).collect();
        let Some(address) = bus_in(&lines) else { continue };
        if std::env::var(BUS).is_ok_and(|own| own == address) || !answers(&address).await {
            continue;
        }
        let mut variables = display::of_desktop(&lines);
        tracing::info!(
            "the session bus has come to another place ({address}): starting anew there"
        );
        variables.push((BUS, address));
        FOUND.send_replace(Some(OtherDesktop(variables)));
        return std::future::pending().await;
    }
}

/// One that a shell would have to unquote is no address that a bus gives.
fn bus_in(environment: &[String]) -> Option<String> {
    let address = environment.iter().find_map(|line| line.strip_prefix(BUS)?.strip_prefix('='))?;
    (!address.is_empty() && !address.starts_with(['$', '\'', '"'])).then(|| address.to_owned())
}

async fn answers(address: &str) -> bool {
    let connected = async { zbus::connection::Builder::address(address)?.build().await };
    matches!(timeout(PATIENCE, connected).await, Ok(Ok(_)))
}

#[cfg(test)]
mod tests {
    use super::bus_in;

    #[test]
    fn an_address_is_taken_as_it_stands() {
        let lines = |address: &str| {
            ["DBUS_SESSION_BUS_ADDRESS_OLD=x", address, "PATH=/bin"].map(str::to_owned)
        };
        let taken = bus_in(&lines("DBUS_SESSION_BUS_ADDRESS=unix:path=/tmp/dbus-1,guid=2"));
        assert_eq!(taken.as_deref(), Some("unix:path=/tmp/dbus-1,guid=2"));
        assert_eq!(bus_in(&lines("DBUS_SESSION_BUS_ADDRESS=")), None);
        assert_eq!(bus_in(&lines("DBUS_SESSION_BUS_ADDRESS=$'unix:path=/a\\nb'")), None);
        assert_eq!(bus_in(&lines("x")), None);
    }
}
