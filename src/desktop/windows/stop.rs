//! Being told to stop.

use std::io;

use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};

/// Listens from now on; the future waits for Ctrl-C, Ctrl-Break or the console's end and gives its
/// name.
pub fn signal() -> io::Result<impl Future<Output = &'static str>> {
    let (mut c, mut brk, mut close) = (ctrl_c()?, ctrl_break()?, ctrl_close()?);
    let (mut logoff, mut shutdown) = (ctrl_logoff()?, ctrl_shutdown()?);
    Ok(async move {
        tokio::select! {
            _ = c.recv() => "Ctrl-C",
            _ = brk.recv() => "Ctrl-Break",
            _ = close.recv() => "the console was closed",
            _ = logoff.recv() => "logoff",
            _ = shutdown.recv() => "shutdown",
        }
    })
}
