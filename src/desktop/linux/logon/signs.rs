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
use zbus::{Connection, MessageStream};

use crate::clock::Clock;
use crate::desktop::Logon;
use crate::desktop::linux::display;

/// Between two looks for what has not come yet, or what another sign says is not needed.
const LATER: Duration = Duration::from_secs(5);
/// A bus that is only busy takes connections again by then.
const BUS_TRIES: u32 = 5;
const BUS_PAUSE: Duration = Duration::from_millis(200);

/// Returns what went away for good.
pub(super) async fn end(clock: &Clock, logon: &watch::Receiver<Logon>) -> &'static str {
    let compositor_is_there = Cell::new(false);
    tokio::select! {
        () = compositor(clock, &compositor_is_there) => "the Wayland compositor is gone",
        () = x_server(clock, &compositor_is_there) => "the display is gone",
        () = session_bus(clock, logon) => "the session bus is gone",
    }
}

/// The X server; with a compositor it is only XWayland, which may come and go.
async fn x_server(clock: &Clock, compositor_is_there: &Cell<bool>) {
    let mut was_there = false;
    loop {
        if until_x_ends().await {
            was_there = true;
        } else if was_there && !compositor_is_there.get() {
            return;
        } else {
            clock.sleep(LATER).await;
        }
    }
}

/// False if there was none.
async fn until_x_ends() -> bool {
    let (gone, is_gone) = oneshot::channel();
    // The wait for an event blocks. The thread ends with the display, or with the program.
    let thread = std::thread::Builder::new().name("display".into()).spawn(move || {
        let Ok((display, _)) = display::connect() else {
            let _nobody_waits = gone.send(false);
            return;
        };
        while display.wait_for_event().is_ok() {}
        let _nobody_waits = gone.send(true);
    });
    thread.is_ok() && is_gone.await.unwrap_or(false)
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
                was_there = true;
                is_there.set(true);
                // A client that asks for nothing is told nothing.
                let mut told = [0; 64];
                while matches!(stream.read(&mut told).await, Ok(bytes) if bytes > 0) {}
                is_there.set(false);
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
                // Whoever breaks it again and again must not keep us busy.
                clock.sleep(BUS_PAUSE).await;
            }
            Err(_) if was_there => {
                missing += 1;
                if missing >= BUS_TRIES && *logon.borrow() != Logon::Living {
                    return;
                }
                clock.sleep(if missing < BUS_TRIES { BUS_PAUSE } else { LATER }).await;
            }
            Err(_) => clock.sleep(LATER).await,
        }
    }
}
