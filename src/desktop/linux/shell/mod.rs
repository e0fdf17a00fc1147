//! The desktop through freedesktop's standards: StatusNotifierItem for the tray, the notification
//! server, and zenity for dialogs where it is installed. No GTK in this process.

mod notifications;
mod tray;
mod zenity;

use std::path::PathBuf;
use std::process::Stdio;
use std::rc::Rc;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::{mpsc, watch};
use zbus::Connection;

use crate::desktop::NoDesktop;
use crate::ui::controller::Shell;
use crate::ui::dialog::{Answer, Dialog};
use crate::ui::menu::{Choice, Look};
use crate::ui::notification::{Notice, Urgency};
use notifications::Notifications;
use tray::Icon;

/// Programs that put their standard input on the clipboard.
const CLIPBOARDS: [(&str, &[&str]); 3] =
    [("wl-copy", &[]), ("xclip", &["-selection", "clipboard"]), ("xsel", &["-ib"])];

/// This desktop.
#[derive(Debug)]
pub struct Desktop {
    looks: watch::Sender<Option<Look>>,
    notifications: Rc<Notifications>,
    choices: mpsc::UnboundedSender<Choice>,
    log: PathBuf,
}

/// Who would show the icon; the error says what is missing.
pub async fn host() -> Result<&'static str, String> {
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    let gone = |error: zbus::Error| format!("There is no session bus ({error}).");
    let bus = Connection::session().await.map_err(gone)?;
    let names = zbus::fdo::DBusProxy::new(&bus).await.map_err(gone)?;
    let name =
        zbus::names::BusName::from_static_str(WATCHER).map_err(|error| gone(error.into()))?;
    if names.name_has_owner(name).await.map_err(|error| gone(error.into()))? {
        Ok("A panel that shows tray icons (StatusNotifierItem) is running.")
    } else {
        Err("No panel shows tray icons: in GNOME, enable the AppIndicator extension.".into())
    }
}

/// Shows `dialog` without a tray; false where no dialog is possible.
pub async fn say(dialog: &Dialog) -> bool {
    zenity::ask(dialog).await.is_some()
}

/// Puts the icon into the tray; it appears as soon as a panel is there. `log` is what "Open log"
/// opens. Needs a `LocalSet`.
pub async fn start(log: PathBuf) -> Result<(Desktop, mpsc::UnboundedReceiver<Choice>), NoDesktop> {
    let display = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !display("DISPLAY") && !display("WAYLAND_DISPLAY") {
        return Err(NoDesktop("there is no display".into()));
    }
    let bus = Connection::session().await;
    let bus = bus.map_err(|error| NoDesktop(format!("there is no session bus ({error})")))?;
    let (choices, chosen) = mpsc::unbounded_channel();
    let icon = Icon::start(choices.clone()).await?;
    let (looks, shown) = watch::channel(None);
    tokio::task::spawn_local(icon.show_all(shown));
    let notifications = Rc::new(Notifications::new(bus));
    Ok((Desktop { looks, notifications, choices, log }, chosen))
}

impl Shell for Desktop {
    fn show(&self, look: &Look) {
        self.looks.send_replace(Some(look.clone()));
    }

    fn notify(&self, notice: &Notice, offer: Option<(Choice, &str)>) {
        let (notifications, choices) = (self.notifications.clone(), self.choices.clone());
        let notice = notice.clone();
        let offer = offer.map(|(choice, label)| (choice, label.to_owned()));
        tokio::task::spawn_local(async move {
            let labels: Vec<&str> = offer.iter().map(|(_, label)| label.as_str()).collect();
            let pressed = notifications.show(&notice, &labels).await;
            if let (Some(_), Some((choice, _))) = (pressed, offer) {
                let _front_gone = choices.send(choice);
            }
        });
    }

    async fn ask(&self, dialog: Dialog) -> Answer {
        match zenity::ask(&dialog).await {
            Some(answer) => answer,
            None => self.ask_by_notification(&dialog).await,
        }
    }

    async fn progress(&self, text: &str) {
        zenity::progress(text).await;
    }

    async fn copy(&self, text: String) -> bool {
        for (program, args) in CLIPBOARDS {
            if feed(program, args, &text).await {
                return true;
            }
        }
        false
    }

    fn open_log(&self) {
        let opened = Command::new("xdg-open")
            .arg(&self.log)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        if let Err(error) = opened {
            let body = format!("It is {} (xdg-open: {error}).", self.log.display());
            let title = "The log cannot be opened here".into();
            self.notify(&Notice { title, body, urgency: Urgency::Normal }, None);
        }
    }
}

impl Desktop {
    /// Without a dialog program: a notification with buttons.
    async fn ask_by_notification(&self, dialog: &Dialog) -> Answer {
        let labels: Vec<&str> = dialog.buttons.iter().map(|button| button.label.as_str()).collect();
        let (title, body) = (dialog.title.clone(), dialog.text.clone());
        let notice = Notice { title, body, urgency: Urgency::Critical };
        let pressed = self.notifications.show(&notice, &labels).await;
        pressed.and_then(|at| dialog.buttons.get(at)).map_or(dialog.safe, |button| button.answer)
    }
}

/// Gives `text` to a program; true if it took it.
async fn feed(program: &str, args: &[&str], text: &str) -> bool {
    let started = Command::new(program)
        .args(args)
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
