//! Being told to stop.

use std::io;

use tokio::signal::unix::{SignalKind, signal as listen};

/// Listens from now on; the future waits for SIGTERM, SIGINT (Ctrl-C) or SIGHUP (the terminal is
/// gone) and gives its name.
pub fn signal() -> io::Result<impl Future<Output = &'static str>> {
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "Ctrl-C",
            _ = hang_up.recv() => "SIGHUP",
        }
    })
}
