//! logind's interfaces, as far as they are used here. What an answer means is its callers' business:
//! `logon` (whose session this is), `session_end` (the machine goes down), `away` (since when nobody
//! is there).
//! Source: org.freedesktop.login1(5).

use zbus::proxy;
use zbus::zvariant::{ObjectPath, OwnedFd, OwnedObjectPath};

/// A session as `ListSessions` gives it: its id, its user's id and name, its seat, its path.
pub(super) type Listed = (String, u32, String, String, OwnedObjectPath);

#[proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1"
)]
pub(super) trait LoginManager {
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> zbus::Result<OwnedFd>;

    fn get_session(&self, id: &str) -> zbus::Result<OwnedObjectPath>;

    #[zbus(name = "GetSessionByPID")]
    fn get_session_by_pid(&self, pid: u32) -> zbus::Result<OwnedObjectPath>;

    fn get_user(&self, uid: u32) -> zbus::Result<OwnedObjectPath>;

    fn list_sessions(&self) -> zbus::Result<Vec<Listed>>;

    #[zbus(signal)]
    fn prepare_for_shutdown(&self, start: bool) -> zbus::Result<()>;

    #[zbus(signal)]
    fn session_new(&self, id: &str, path: ObjectPath<'_>) -> zbus::Result<()>;

    #[zbus(signal)]
    fn session_removed(&self, id: &str, path: ObjectPath<'_>) -> zbus::Result<()>;

    #[zbus(property(emits_changed_signal = "false"))]
    fn preparing_for_shutdown(&self) -> zbus::Result<bool>;

    #[zbus(property(emits_changed_signal = "false"), name = "InhibitDelayMaxUSec")]
    fn inhibit_delay_max_usec(&self) -> zbus::Result<u64>;
}

/// One logon session.
#[proxy(
    interface = "org.freedesktop.login1.Session",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1/session/auto"
)]
pub(super) trait LoginSession {
    #[zbus(property(emits_changed_signal = "false"))]
    fn id(&self) -> zbus::Result<String>;

    /// Its user's id, and that user's path.
    #[zbus(property(emits_changed_signal = "false"))]
    fn user(&self) -> zbus::Result<(u32, OwnedObjectPath)>;

    /// `user`, `greeter`, `manager` and others.
    #[zbus(property(emits_changed_signal = "false"))]
    fn class(&self) -> zbus::Result<String>;

    /// `x11`, `wayland`, `tty` and others.
    #[zbus(property(emits_changed_signal = "false"), name = "Type")]
    fn kind(&self) -> zbus::Result<String>;

    /// Its X server, if it has one and the display manager has said so: `:0`.
    #[zbus(property(emits_changed_signal = "false"))]
    fn display(&self) -> zbus::Result<String>;

    /// `online`, `active`, `closing`. logind does not announce its changes.
    #[zbus(property(emits_changed_signal = "false"))]
    fn state(&self) -> zbus::Result<String>;

    /// The process that it was begun for: a display manager's, sshd's.
    #[zbus(property(emits_changed_signal = "false"))]
    fn leader(&self) -> zbus::Result<u32>;

    #[zbus(property(emits_changed_signal = "false"))]
    fn idle_hint(&self) -> zbus::Result<bool>;

    #[zbus(property(emits_changed_signal = "false"))]
    fn idle_since_hint(&self) -> zbus::Result<u64>;
}

/// A user who has sessions, or whose programs may run without one.
#[proxy(interface = "org.freedesktop.login1.User", default_service = "org.freedesktop.login1")]
pub(super) trait LoginUser {
    #[zbus(property(emits_changed_signal = "false"))]
    fn linger(&self) -> zbus::Result<bool>;
}
