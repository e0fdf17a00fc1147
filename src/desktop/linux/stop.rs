//! Being told to stop.

use std::io;

use rustix::process::Signal;
use tokio::signal::unix::{Signal as Heard, SignalKind, signal as listen};

/// Listens from now on; the future waits for SIGTERM, SIGINT (Ctrl-C) or SIGHUP (the terminal is
/// gone), as far as they were not ignored when we were started, and gives its name. SIGQUIT counts as
/// them: a session is closed in order, whatever key ends the agent. Whatever else would end a process
/// that does not listen is heard and does nothing: no session ends because of a signal sent by mistake.
pub fn signal() -> io::Result<impl Future<Output = &'static str>> {
    let ignored = ignored();
    let heard = |kind: SignalKind| {
        let wanted = ignored & (1 << (kind.as_raw_value() - 1)) == 0;
        wanted.then(|| listen(kind)).transpose()
    };
    let terminate = heard(SignalKind::terminate())?;
    let interrupt = heard(SignalKind::interrupt())?;
    let hang_up = heard(SignalKind::hangup())?;
    let quit = heard(SignalKind::quit())?;
    let harmless: Vec<Heard> = harmless().filter_map(|kind| listen(kind).ok()).collect();
    Ok(async move {
        // Listened to for as long as the agent runs.
        let _harmless = harmless;
        tokio::select! {
            () = next(terminate) => "SIGTERM",
            () = next(interrupt) => "Ctrl-C",
            () = next(hang_up) => "SIGHUP",
            () = next(quit) => "SIGQUIT",
        }
    })
}

/// Signals whose default is to end the process, but for those that a fault of its own raises, and
/// those above. Source: signal(7).
fn harmless() -> impl Iterator<Item = SignalKind> {
    let named = [
        Signal::USR1,
        Signal::USR2,
        Signal::ALARM,
        Signal::VTALARM,
        Signal::PROF,
        Signal::IO,
        Signal::POWER,
        Signal::STKFLT,
        Signal::XCPU,
        Signal::XFSZ,
    ];
    /// The first and the last that programs may use. Source: signal(7), nptl(7).
    const REAL_TIME: std::ops::RangeInclusive<i32> = 34..=64;
    named.into_iter().map(Signal::as_raw).chain(REAL_TIME).map(SignalKind::from_raw)
}

async fn next(signal: Option<Heard>) {
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
