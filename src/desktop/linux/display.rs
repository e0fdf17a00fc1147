//! The display that comes after us. A service that systemd started before the desktop has none in its
//! environment; the desktop tells systemd's user manager, or logind, which one it is. Programs that we
//! start, the idle time and the logon's signs have it from here: our own environment stays as it was.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;
use std::{env, fs};

use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use x11rb::errors::ConnectError;
use x11rb::rust_connection::{DefaultStream, RustConnection};
use zbus::proxy::CacheProperties;
use zbus::{Connection, proxy};

use super::logind::{LoginManagerProxy, LoginSessionProxy};

/// Between two looks for a display, until there is one.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Whoever is asked answers at once, or not at all.
const PATIENCE: Duration = Duration::from_secs(3);
/// What programs need of the desktop's environment.
const NAMES: [&str; 5] =
    ["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE"];

/// Source: org.freedesktop.systemd1(5).
#[proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1"
)]
pub(super) trait UserManager {
    #[zbus(property(emits_changed_signal = "false"))]
    fn environment(&self) -> zbus::Result<Vec<String>>;
}

/// Names and values, as in an environment.
pub(super) type Variables = Vec<(&'static str, String)>;

/// One display a process: the first that came. Empty while none has.
static LATE: LazyLock<watch::Sender<Variables>> = LazyLock::new(watch::Sender::default);

/// Looks for a display until there is one; returns at once where this process was given one.
pub(super) async fn follow() {
    if variable("DISPLAY").or_else(|| variable("WAYLAND_DISPLAY")).is_some() {
        return;
    }
    loop {
        for found in [by_systemd().await, by_logind().await].into_iter().flatten() {
            if answers(&found).await {
                let names: Vec<&str> = found.iter().map(|(_, value)| value.as_str()).collect();
                tracing::info!("the desktop has come: {}", names.join(", "));
                LATE.send_replace(found);
                return;
            }
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Returns when a display has come after us; never where this process was given one.
pub(super) async fn came() {
    let mut late = LATE.subscribe();
    if late.wait_for(|late| !late.is_empty()).await.is_err() {
        std::future::pending().await
    }
}

/// What a program that we start is to have beside our own environment.
pub(super) fn late() -> Variables {
    LATE.borrow().clone()
}

/// This variable, from whichever environment has it.
pub(super) fn variable(name: &str) -> Option<OsString> {
    let own = env::var_os(name).filter(|value| !value.is_empty());
    own.or_else(|| value(&LATE.borrow(), name).map(OsString::from))
}

/// Connects to the X server; which screen.
pub(super) fn connect() -> Result<(RustConnection, usize), ConnectError> {
    let late = late();
    let Some(number) = value(&late, "DISPLAY").and_then(number) else {
        return RustConnection::connect(None);
    };
    let stream = std::os::unix::net::UnixStream::connect(x_socket(number))?;
    let (stream, _) = DefaultStream::from_unix_stream(stream)?;
    let cookie = authority(&late).and_then(|file| cookie(&fs::read(file).ok()?, number));
    let (name, data) = match cookie {
        Some(data) => (COOKIE.to_vec(), data),
        None => (Vec::new(), Vec::new()),
    };
    Ok((RustConnection::connect_to_stream_with_auth_info(stream, 0, name, data)?, 0))
}

fn value<'a>(variables: &'a Variables, name: &str) -> Option<&'a str> {
    variables.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
}

async fn by_systemd() -> Option<Variables> {
    let look = async {
        let bus = Connection::session().await?;
        let manager = UserManagerProxy::builder(&bus).cache_properties(CacheProperties::No);
        manager.build().await?.environment().await
    };
    Some(of_desktop(&timeout(PATIENCE, look).await.ok()?.ok()?))
}

/// The lines of an environment that tell which desktop it is.
pub(super) fn of_desktop(environment: &[String]) -> Variables {
    let wanted = |line: &String| {
        let (name, value) = line.split_once('=')?;
        let name = NAMES.into_iter().find(|own| *own == name)?;
        (!value.is_empty()).then(|| (name, value.to_owned()))
    };
    environment.iter().filter_map(wanted).collect()
}

/// logind knows the X servers of its sessions, if the display manager has said so.
async fn by_logind() -> Option<Variables> {
    let uid = rustix::process::geteuid().as_raw();
    let look = async {
        let bus = Connection::system().await?;
        for (_, user, _, _, path) in LoginManagerProxy::new(&bus).await?.list_sessions().await? {
            let session = LoginSessionProxy::builder(&bus).path(path)?;
            let session = session.cache_properties(CacheProperties::No).build().await?;
            // One that is just going answers with an error.
            let is_users = user == uid && session.kind().await.is_ok_and(|kind| kind == "x11");
            if is_users && let Ok(display) = session.display().await {
                return Ok(vec![("DISPLAY", display)]);
            }
        }
        zbus::Result::Ok(Vec::new())
    };
    timeout(PATIENCE, look).await.ok()?.ok()
}

/// False for what an earlier desktop has left behind.
async fn answers(variables: &Variables) -> bool {
    let wayland =
        value(variables, "WAYLAND_DISPLAY").and_then(|name| wayland_socket(name.as_ref()));
    let x = value(variables, "DISPLAY").and_then(number).map(x_socket);
    for socket in wayland.into_iter().chain(x) {
        if let Ok(Ok(_)) = timeout(PATIENCE, UnixStream::connect(socket)).await {
            return true;
        }
    }
    false
}

/// Source: wl_display_connect(3).
pub(super) fn wayland_socket(name: &Path) -> Option<PathBuf> {
    match name.is_absolute() {
        true => Some(name.to_owned()),
        false => env::var_os("XDG_RUNTIME_DIR").map(|folder| PathBuf::from(folder).join(name)),
    }
}

/// Of a display on this computer: `:0`, `:10.0`.
fn number(display: &str) -> Option<u16> {
    let (number, _) = display.strip_prefix(':')?.split_once('.').unwrap_or((&display[1..], ""));
    number.parse().ok()
}

fn x_socket(number: u16) -> PathBuf {
    format!("/tmp/.X11-unix/X{number}").into()
}

const COOKIE: &[u8] = b"MIT-MAGIC-COOKIE-1";

fn authority(variables: &Variables) -> Option<PathBuf> {
    match value(variables, "XAUTHORITY") {
        Some(file) => Some(file.into()),
        None => env::var_os("HOME").map(|home| PathBuf::from(home).join(".Xauthority")),
    }
}

/// What an X server wants to hear, by this content of an authority file. Source: Xau(3): a number for the
/// family, then address, display, name and data, each after its length, in network byte order.
fn cookie(mut all: &[u8], display: u16) -> Option<Vec<u8>> {
    let display = display.to_string();
    loop {
        all = all.get(2..)?;
        let mut field = || {
            let length = u16::from_be_bytes(all.get(..2)?.try_into().ok()?);
            let (field, rest) = all.get(2..)?.split_at_checked(length.into())?;
            all = rest;
            Some(field)
        };
        let (_, number, name, data) = (field()?, field()?, field()?, field()?);
        if name == COOKIE && (number.is_empty() || number == display.as_bytes()) {
            return Some(data.to_vec());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_of_this_computer_has_a_number() {
        for (display, expected) in
            [(":0", Some(0)), (":10.0", Some(10)), ("host:0", None), ("", None)]
        {
            assert_eq!(number(display), expected, "{display}");
        }
    }

    #[test]
    fn of_an_environment_only_the_desktop_is_taken() {
        let lines =
            ["PATH=/bin", "DISPLAY=:0", "WAYLAND_DISPLAY=", "XAUTHORITY=/run/a=b", "nonsense"];
        let taken = of_desktop(&lines.map(str::to_owned));
        assert_eq!(taken, [("DISPLAY", ":0".to_owned()), ("XAUTHORITY", "/run/a=b".to_owned())]);
    }

    #[test]
    fn the_cookie_is_that_of_the_display() {
        let mut all = Vec::new();
        for (number, name, data) in
            [("1", COOKIE, "one"), ("0", b"XDM-AUTHORIZATION-1", "other"), ("0", COOKIE, "zero")]
        {
            all.extend([1, 0]);
            for field in [b"host".as_slice(), number.as_bytes(), name, data.as_bytes()] {
                all.extend((field.len() as u16).to_be_bytes());
                all.extend(field);
            }
        }
        assert_eq!(cookie(&all, 0).as_deref(), Some(b"zero".as_slice()));
        assert_eq!(cookie(&all, 1).as_deref(), Some(b"one".as_slice()));
        assert_eq!(cookie(&all, 2), None);
        for cut in 0..all.len() {
            // Whatever is cut off: no panic, and no other answer.
            assert_eq!(cookie(&all[..cut], 0), None, "{cut}");
        }
    }
}
