//! Being told to stop.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal as listen};

/// Listens from now on; the future waits for SIGTERM, SIGINT (Ctrl-C) or SIGHUP (the terminal is
/// gone), as far as they were not ignored when we were started, and gives its name.
pub fn signal() -> io::Result<impl Future<Output = &'static str>> {
    let ignored = ignored();
    let heard = |kind: SignalKind| {
        let wanted = ignored & (1 << (kind.as_raw_value() - 1)) == 0;
        wanted.then(|| listen(kind)).transpose()
    };
    let terminate = heard(SignalKind::terminate())?;
    let interrupt = heard(SignalKind::interrupt())?;
    let hang_up = heard(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            () = next(terminate) => "SIGTERM",
            () = next(interrupt) => "Ctrl-C",
            () = next(hang_up) => "SIGHUP",
        }
    })
}

async fn next(signal: Option<Signal>) {
    match signal {
        Some(mut signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// The signals that whoever started us wants ignored (`nohup`, a background job of a shell), as
/// bits; what cannot be read counts as none. Source: proc(5), SigIgn.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
