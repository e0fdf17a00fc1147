//! What goes away when a user's session does: the display and the session bus.
//!
//! A connection that broke is not yet an end: a message that our library does not understand breaks
//! one too, and so does `xkill`. Whoever can be reached again has not ended.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::sync::{oneshot, watch};
use x11rb::connection::Connection as _;
use x11rb::errors::ConnectError;
use zbus::{Connection, MessageStream};

use crate::clock::Clock;
use crate::desktop::Logon;
use crate::desktop::linux::display;

/// Between two looks for what has not come yet, or what another sign says is not needed.
const LATER: Duration = Duration::from_secs(5);
/// A bus that is only busy takes connections again by then.
const BUS_TRIES: u32 = 5;
/// Whoever breaks our connections again and again must not keep us busy.
const PAUSE: Duration = Duration::from_millis(200);
/// One that lasted so long was not broken again and again.
const LASTED: Duration = Duration::from_secs(1);

/// Returns what went away for good.
pub(super) async fn end(clock: &Clock, logon: &watch::Receiver<Logon>) -> &'static str {
    let compositor_is_there = Cell::new(false);
    tokio::select! {
        () = compositor(clock, &compositor_is_there) => "the Wayland compositor is gone",
        () = x_server(clock, &compositor_is_there, logon) => "the display is gone",
        () = session_bus(clock, logon) => "the session bus is gone",
    }
}

/// The X server; with a compositor it is only XWayland, which may come and go.
async fn x_server(clock: &Clock, compositor_is_there: &Cell<bool>, logon: &watch::Receiver<Logon>) {
    let mut was_there = false;
    loop {
        let since = clock.now().mono;
        match until_x_ends().await {
            XSeen::Ended => {
                was_there = true;
                if since.until(clock.now().mono) < LASTED {
                    clock.sleep(PAUSE).await;
                }
            }
            // It has as many clients as it takes, or other keys: where logind says that the logon
            // lives, that is not its end.
            XSeen::Refuses if *logon.borrow() == Logon::Living => clock.sleep(LATER).await,
            XSeen::Refuses | XSeen::Missing if was_there && !compositor_is_there.get() => return,
            XSeen::Refuses | XSeen::Missing => clock.sleep(LATER).await,
        }
    }
}

/// What became of a connection to the X server.
enum XSeen {
    /// There is none.
    Missing,
    /// It is there, and does not want us.
    Refuses,
    /// It was there, and the connection has ended.
    Ended,
}

async fn until_x_ends() -> XSeen {
    let (gone, is_gone) = oneshot::channel();
    // The wait for an event blocks. The thread ends with the display, or with the program.
    let thread = std::thread::Builder::new().name("display".into()).spawn(move || {
        let seen = match display::connect() {
            Ok((display, _)) => {
                while display.wait_for_event().is_ok() {}
                XSeen::Ended
            }
            Err(ConnectError::SetupFailed(_) | ConnectError::SetupAuthenticate(_)) => {
                XSeen::Refuses
            }
            Err(_) => XSeen::Missing,
        };
        let _nobody_waits = gone.send(seen);
    });
    match thread {
        Ok(_) => is_gone.await.unwrap_or(XSeen::Missing),
        // No room for a thread is no word of the display.
        Err(_) => XSeen::Refuses,
    }
}

async fn compositor(clock: &Clock, is_there: &Cell<bool>) {
    let named = || display::wayland_socket(&PathBuf::from(display::variable("WAYLAND_DISPLAY")?));
    let path = match named() {
        Some(path) => path,
        None => {
            display::came().await;
            let Some(path) = named() else { return std::future::pending().await };
            path
        }
    };
    let mut was_there = false;
    loop {
        match UnixStream::connect(&path).await {
            Ok(mut stream) => {
                let since = clock.now().mono;
                was_there = true;
                is_there.set(true);
                // A client that asks for nothing is told nothing.
                let mut told = [0; 64];
                while matches!(stream.read(&mut told).await, Ok(bytes) if bytes > 0) {}
                is_there.set(false);
                if since.until(clock.now().mono) < LASTED {
                    clock.sleep(PAUSE).await;
                }
            }
            Err(_) if was_there => return,
            Err(_) => clock.sleep(LATER).await,
        }
    }
}

/// Where logind says that the logon lives, a bus that died has not taken it along.
async fn session_bus(clock: &Clock, logon: &watch::Receiver<Logon>) {
    let (mut was_there, mut missing) = (false, 0);
    loop {
        match Connection::session().await {
            Ok(bus) => {
                (was_there, missing) = (true, 0);
                let mut messages = MessageStream::from(bus);
                while let Some(Ok(_)) = messages.next().await {}
                clock.sleep(PAUSE).await;
            }
            Err(_) if was_there => {
                missing += 1;
                if missing >= BUS_TRIES && *logon.borrow() != Logon::Living {
                    return;
                }
                clock.sleep(if missing < BUS_TRIES { PAUSE } else { LATER }).await;
            }
            Err(_) => clock.sleep(LATER).await,
        }
    }
}
