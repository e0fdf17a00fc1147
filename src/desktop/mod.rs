//! The desktop edge: what the operating system offers and demands.
//!
//! `linux/` and `windows/` offer the same items; the one that fits is chosen here, and nowhere else.
//! - `shell::start`: the tray, its dialogs and notifications, behind `controller::Shell`
//! - `session_end::watch`: holds the shutdown (on Windows the logoff too) up until the session is
//!   closed
//! - `logon::over`: the logon that this process serves has ended
//! - `autostart`: the start at a logon, and after a crash
//! - `away::watch`: input idle and disconnected
//! - `machine::claim`: one agent a computer
//! - `power`, `stop`: the after-end action, and being told to stop
//! - `image`: how the agent starts, and what users have left, for the examination of an image
//! - `environment`: a desktop that came after us, and is to be joined by beginning anew
//! - `appearance`: dark or light, and fonts
//! - `locale`: language and clock, while they change
//! - `window`: Deskbeat's window, a process of its own, the same on both
//! - `console::leave_own`: no console window beside the tray
//!
//! Only Windows has `replace`, for its installer, `toast`, the text of its notifications, and
//! `startup_approved`, what Task Manager has switched off.

pub mod controller;
mod notify;
pub mod power;
mod presence;
pub mod restarts;
#[cfg(any(windows, test))]
mod startup_approved;
#[cfg(any(windows, test))]
mod toast;
mod tray;
pub mod window;

#[cfg(unix)]
mod linux;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use linux as platform;
#[cfg(windows)]
use windows as platform;

#[cfg(windows)]
pub use platform::replace;
pub use platform::{
    appearance, autostart, away, console, environment, image, locale, logon, machine, session_end,
    shell, stop,
};

/// There is no desktop to show a tray on; why, in words for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoDesktop(pub String);

/// What is known of the logon that this process serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logon {
    /// Nothing yet.
    Unknown,
    /// Its user is not logged on: no session of theirs can begin.
    NotYet,
    /// It lives.
    Living,
    /// It is over: this process is to end.
    Over,
    /// There is none: a service of the system, or one that an administrator lets run without logons.
    NotNeeded,
    /// Nobody can tell.
    CannotTell,
}

/// When the user counts as away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// After so long without input; `None`: never.
    pub idle: Option<std::time::Duration>,
    /// After the remote connection has been gone for so long; `None`: never.
    pub disconnected: Option<std::time::Duration>,
}

/// How long the operating system is made to wait for a close, at the most. Windows kills after 5 s;
/// logind waits 5 s (InhibitDelayMaxSec).
pub const OS_PATIENCE: std::time::Duration = std::time::Duration::from_secs(4);
