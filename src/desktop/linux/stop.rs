//! Being told to stop.

use std::io;

use tokio::signal::unix::{SignalKind, signal as listen};

/// Waits for SIGTERM, SIGINT (Ctrl-C) or SIGHUP (the terminal is gone); its name.
pub async fn signal() -> io::Result<&'static str> {
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    Ok(tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "Ctrl-C",
        _ = hang_up.recv() => "SIGHUP",
    })
}
