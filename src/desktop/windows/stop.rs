//! Being told to stop.

use std::io;

use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};

/// Waits for Ctrl-C, Ctrl-Break or the console's end; its name.
pub async fn signal() -> io::Result<&'static str> {
    let (mut c, mut brk, mut close) = (ctrl_c()?, ctrl_break()?, ctrl_close()?);
    let (mut logoff, mut shutdown) = (ctrl_logoff()?, ctrl_shutdown()?);
    Ok(tokio::select! {
        _ = c.recv() => "Ctrl-C",
        _ = brk.recv() => "Ctrl-Break",
        _ = close.recv() => "the console was closed",
        _ = logoff.recv() => "logoff",
        _ = shutdown.recv() => "shutdown",
    })
}
