//! The end of the operating system, as Windows announces it to top-level windows.
//!
//! WM_QUERYENDSESSION asks; we say why it may take a moment and agree. Nothing is sent yet: somebody
//! else may still refuse. WM_ENDSESSION(1) is the end, and this process may be killed as soon as it
//! is answered, so the answer waits for the agent. WM_ENDSESSION(0) calls the end off. An installer
//! that wants to replace this program says the same with the bit ENDSESSION_CLOSEAPP: then only the
//! process ends, and the journal brings the session back. But what services Windows says so too when
//! it is about to restart the computer: then it is an end as any other.
//! Source: Microsoft, "Shutting Down", "WM_ENDSESSION", "SetProcessShutdownParameters".

use std::cell::Cell;
use std::io;
use std::sync::mpsc as blocking;
use std::thread;

use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{mpsc, oneshot};
use windows_sys::Win32::System::Shutdown::{ShutdownBlockReasonCreate, ShutdownBlockReasonDestroy};
use windows_sys::Win32::System::Threading::SetProcessShutdownParameters;
use windows_sys::Win32::UI::WindowsAndMessaging::{
    ENDSESSION_CLOSEAPP, ENDSESSION_CRITICAL, ENDSESSION_LOGOFF, GetSystemMetrics, SM_SHUTTINGDOWN,
    WM_ENDSESSION, WM_QUERYENDSESSION,
};

use super::window::{self, Window, WindowMessage};
use crate::agent::link::{Link, Told};
use crate::clock::Clock;
use crate::desktop::OS_PATIENCE;
use crate::os::wide;
use crate::session::Event;
use crate::session::interface::settings::OsEnding;

/// After every program that does not ask for an order (0x280). Windows asks one program after the
/// other, and ends each that agrees at once, whatever the next one says: whoever comes first has
/// closed the session when an editor with unsaved work then stops the shutdown. 0x100 is the last
/// place but for Windows' own. Sources: Microsoft, "WM_QUERYENDSESSION", remarks;
/// "SetProcessShutdownParameters".
const LAST: u32 = 0x100;

/// What a user who waits for the shutdown reads beside our name.
const REASON: &str = "Telling AWS that your session ends.";

/// What the window hears.
#[derive(Debug)]
enum HeardEnding {
    /// The end has come. The window waits until the sender is used, or dropped.
    Ending(OsEnding, blocking::Sender<()>),
    /// It was called off.
    CalledOff,
}

/// Reports `Event::OsEnding` and holds the system up until the agent lets it go, for as long as it
/// is polled. `looked` is told once it is known whether the machine is going down already.
pub async fn watch(link: Link, clock: Clock, looked: oneshot::Sender<()>) {
    // Windows starts nothing while it goes down.
    drop(looked);
    let (hears, mut heard) = mpsc::unbounded_channel();
    let _closes = match listen(hears).await {
        Ok(window) => CloseWindow(window),
        Err(error) => {
            tracing::warn!("the end of the Windows session cannot be waited for: {error}");
            return std::future::pending().await;
        }
    };
    while let Some(heard) = heard.recv().await {
        match heard {
            HeardEnding::Ending(kind, let_go) => {
                tracing::info!("Windows ends: {}", kind.word());
                let told = link.told();
                let deadline = clock.now().mono + OS_PATIENCE;
                if link.report(Event::OsEnding(kind, deadline)).is_err() {
                    return;
                }
                tokio::select! {
                    () = proceed(told) => {}
                    () = clock.sleep_until(deadline) => {}
                }
                // The window may have lost patience.
                let _gone = let_go.send(());
            }
            HeardEnding::CalledOff => {
                tracing::info!("the end of the Windows session was called off");
                if link.report(Event::OsEndingCancelled).is_err() {
                    return;
                }
            }
        }
    }
}

/// How the system ends, for a process that is told to stop: what Windows says of itself, the window
/// hears.
#[expect(clippy::unused_async, reason = "it takes a while elsewhere")]
pub async fn kind_of_end() -> OsEnding {
    OsEnding::Logoff
}

/// Waits until the agent lets the system go, or is gone itself.
async fn proceed(mut told: broadcast::Receiver<Told>) {
    loop {
        match told.recv().await {
            Ok(Told::OsMayProceed) | Err(RecvError::Closed) => return,
            Ok(Told::Notification(_)) | Err(RecvError::Lagged(_)) => {}
        }
    }
}

/// Makes the window on a thread of its own.
async fn listen(hears: mpsc::UnboundedSender<HeardEnding>) -> io::Result<Window> {
    // SAFETY: no pointers. Where it is refused we are asked in the usual order.
    unsafe { SetProcessShutdownParameters(LAST, 0) };
    let (made, window) = oneshot::channel();
    thread::Builder::new().name("session-end".into()).spawn(move || {
        let reported = Cell::new(false);
        let hear = move |window, message| hear(window, message, &hears, &reported);
        let window = Window::create("Deskbeat", Box::new(hear));
        let is_made = window.is_ok();
        if made.send(window).is_ok() && is_made {
            window::run();
        }
    })?;
    window.await.map_err(|_| io::Error::other("its thread ended"))?
}

fn hear(
    window: Window,
    message: WindowMessage,
    heard: &mpsc::UnboundedSender<HeardEnding>,
    reported: &Cell<bool>,
) -> Option<isize> {
    let flags = message.l as u32;
    match message.id {
        WM_QUERYENDSESSION => {
            let reason = wide(REASON);
            // SAFETY: the window is this thread's; the text ends with a zero.
            unsafe { ShutdownBlockReasonCreate(window.handle(), reason.as_ptr()) };
            Some(1)
        }
        WM_ENDSESSION if message.w != 0 => {
            // SAFETY: no pointers.
            let is_going_down = unsafe { GetSystemMetrics(SM_SHUTTINGDOWN) } != 0;
            let Some(kind) = ending(flags, is_going_down) else {
                tracing::info!("stopping, to be replaced; the session goes on");
                // As after a crash: what was promised is on the disk.
                std::process::exit(0)
            };
            let (let_go, gone) = blocking::channel();
            if heard.send(HeardEnding::Ending(kind, let_go)).is_ok() {
                reported.set(true);
                // Let go, out of time, or nobody there any more: all the same now.
                let _proceed = gone.recv_timeout(OS_PATIENCE);
            }
            unblock(window);
            Some(0)
        }
        WM_ENDSESSION => {
            if reported.replace(false) {
                // The agent may have stopped.
                let _agent_gone = heard.send(HeardEnding::CalledOff);
            }
            unblock(window);
            Some(0)
        }
        _ => None,
    }
}

/// What ends, by the flags of WM_ENDSESSION; `None`: this process only.
fn ending(flags: u32, is_going_down: bool) -> Option<OsEnding> {
    if flags & ENDSESSION_LOGOFF != 0 {
        return Some(OsEnding::Logoff);
    }
    let for_an_installer = flags & ENDSESSION_CLOSEAPP != 0;
    let must_end = flags & ENDSESSION_CRITICAL != 0 || is_going_down;
    (!for_an_installer || must_end).then_some(OsEnding::Shutdown)
}

fn unblock(window: Window) {
    // SAFETY: the window is this thread's.
    unsafe { ShutdownBlockReasonDestroy(window.handle()) };
}

/// Closes the window, and with it its thread.
struct CloseWindow(Window);

impl Drop for CloseWindow {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_installer_that_leaves_windows_alone_ends_nothing() {
        let (app, critical, logoff) = (ENDSESSION_CLOSEAPP, ENDSESSION_CRITICAL, ENDSESSION_LOGOFF);
        assert_eq!(ending(app, false), None);
        for (flags, is_going_down) in
            [(0, false), (0, true), (app, true), (app | critical, false), (critical, false)]
        {
            assert_eq!(ending(flags, is_going_down), Some(OsEnding::Shutdown), "{flags:x}");
        }
        for flags in [logoff, logoff | app, logoff | critical, logoff | app | critical] {
            assert_eq!(ending(flags, false), Some(OsEnding::Logoff), "{flags:x}");
        }
    }
}
