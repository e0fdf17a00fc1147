//! The desktop through freedesktop's standards: StatusNotifierItem for the tray, the notification
//! server. Questions are asked in the window, and by a notification where none can be. No GTK in this process.
//!
//! Each part lives by itself: one that fails, hangs or comes late costs none of the others.

mod icon;
mod notifications;
mod posts;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::{mpsc, watch};
use tokio::time;
use zbus::Connection;

use crate::desktop::NoDesktop;
use crate::desktop::controller::{NotOpened, Shell};
use crate::desktop::linux::display;
use crate::desktop::tray::Rows;
use crate::ui::dialog::{Answer, Dialog};
use crate::ui::menu::{Choice, Look};
use crate::ui::notification::{Notice, Subject, Urgency};
use notifications::Notifications;

/// Programs that put their standard input on the clipboard.
const CLIPBOARDS: [(&str, &[&str]); 3] =
    [("wl-copy", &[]), ("xclip", &["-selection", "clipboard"]), ("xsel", &["-ib"])];

/// A program that opens a folder and has not failed within this has opened it.
const OPENED_AFTER: Duration = Duration::from_secs(3);

/// This desktop.
#[derive(Debug)]
pub struct Desktop {
    looks: watch::Sender<Option<Look>>,
    notifications: Notifications,
    choices: mpsc::UnboundedSender<Choice>,
    log: PathBuf,
}

/// Who would show the icon, or what is missing.
pub async fn host() -> Result<&'static str, NoHost> {
    match has_panel().await {
        Ok(true) => Ok("A panel that shows tray icons (StatusNotifierItem) is running."),
        Ok(false) => Err(NoHost::NoPanel),
        Err(error) => Err(NoHost::NoBus(error)),
    }
}

async fn has_panel() -> zbus::Result<bool> {
    let bus = Connection::session().await?;
    let names = zbus::fdo::DBusProxy::new(&bus).await?;
    let name = zbus::names::BusName::from_static_str(icon::WATCHER)?;
    Ok(names.name_has_owner(name).await?)
}

/// Why nobody would show the icon.
#[derive(Debug, thiserror::Error)]
pub enum NoHost {
    /// There is no session bus.
    #[error("There is no session bus ({0}).")]
    NoBus(#[source] zbus::Error),
    /// The desktop has no tray.
    #[error("No panel shows tray icons: in GNOME, enable the AppIndicator extension.")]
    NoPanel,
}

/// Puts the icon into the tray; it appears as soon as a bus and a panel are there, and so do
/// notifications. `log` is what "Open log" opens. Needs a `LocalSet`. Never an error here.
#[expect(clippy::unused_async, reason = "Windows waits for its window")]
pub async fn start(log: PathBuf) -> Result<(Desktop, mpsc::UnboundedReceiver<Choice>), NoDesktop> {
    let (choices, chosen) = mpsc::unbounded_channel();
    let rows = Rows::default();
    rows.listen(&choices);
    let (looks, shown) = watch::channel(None);
    tokio::task::spawn_local(display::follow());
    tokio::task::spawn_local(icon::keep(shown, rows));
    Ok((Desktop { looks, notifications: Notifications::start(), choices, log }, chosen))
}

impl Shell for Desktop {
    fn show(&self, look: &Look) {
        self.looks.send_replace(Some(look.clone()));
    }

    fn notify(&self, notice: &Notice, offer: Option<(Choice, &str)>) {
        self.notifications.show(notice, offer, &self.choices);
    }

    fn withdraw(&self, subject: Subject) {
        self.notifications.withdraw(subject);
    }

    async fn ask(&self, dialog: Dialog) -> Answer {
        let labels = dialog.buttons.iter().map(|button| button.label.clone()).collect();
        let (title, body) = (dialog.title.clone(), dialog.text.clone());
        let subject = Subject::Question;
        let notice = Notice { subject, title, body, urgency: Urgency::Critical };
        let pressed = self.notifications.ask(&notice, labels).await;
        pressed.and_then(|at| dialog.buttons.get(at)).map_or(dialog.safe, |button| button.answer)
    }

    async fn copy(&self, text: String) -> bool {
        for (program, args) in CLIPBOARDS {
            if feed(program, args, &text).await {
                return true;
            }
        }
        false
    }

    async fn open_log(&self) -> Result<(), NotOpened> {
        let failed = |why: String| NotOpened { path: self.log.clone(), why };
        let opened = Command::new("xdg-open")
            .arg(&self.log)
            .envs(display::late())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut opener = opened.map_err(|error| failed(format!("xdg-open: {error}")))?;
        match time::timeout(OPENED_AFTER, opener.wait()).await {
            Ok(Ok(status)) if !status.success() => Err(failed(format!("xdg-open: {status}"))),
            Ok(Err(error)) => Err(failed(format!("xdg-open: {error}"))),
            // Some end at once, some with the window that they have opened.
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }
}

/// Gives `text` to a program; true if it took it.
async fn feed(program: &str, args: &[&str], text: &str) -> bool {
    let started = Command::new(program)
        .args(args)
        .envs(display::late())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = started else { return false };
    if let Some(mut input) = child.stdin.take()
        && input.write_all(text.as_bytes()).await.is_err()
    {
        return false;
    }
    child.wait().await.is_ok_and(|status| status.success())
}
