//! The tray, its dialogs and notifications, on Windows.
//!
//! The icon lives on a thread with winit's event loop: `desktop::tray` draws it, the rest of this
//! folder is what the crates leave out. A dialog has a thread each, for as long as it is open.

mod ask;
mod clipboard;
mod icon;
mod notification_area;
mod open;
mod task_dialog;
mod toasts;
mod tray;

use std::path::PathBuf;
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, oneshot};
use winit::event_loop::EventLoopProxy;

use crate::desktop::NoDesktop;
use crate::desktop::controller::{NotOpened, Shell};
use crate::ui::dialog::{Answer, Dialog};
use crate::ui::menu::{Choice, Look};
use crate::ui::notification::{Notice, Subject};

use tray::TrayCommand;

/// This desktop. Dropping it takes the icon out of the tray.
#[derive(Debug)]
pub struct Desktop {
    tray: EventLoopProxy<TrayCommand>,
    thread: Option<JoinHandle<()>>,
    log: PathBuf,
}

/// Why nobody would show the icon.
#[derive(Debug, thiserror::Error)]
pub enum NoHost {
    /// A service, or the like.
    #[error("Nobody can see windows of this process: it runs as a service or without a desktop.")]
    Unseen,
}

/// Who would show the icon, or what is missing.
pub async fn host() -> Result<&'static str, NoHost> {
    if open::somebody_can_see() {
        Ok("Windows shows the icon in the notification area.")
    } else {
        Err(NoHost::Unseen)
    }
}

/// Shows `dialog` without a tray, until it is closed; false where no dialog is possible.
pub async fn say(dialog: &Dialog) -> bool {
    open::somebody_can_see() && ask::say(dialog.clone()).await
}

/// Puts the icon into the tray. `log` is what "Open log" opens. Where Explorer is not there (yet),
/// the icon appears with it.
pub async fn start(log: PathBuf) -> Result<(Desktop, mpsc::UnboundedReceiver<Choice>), NoDesktop> {
    if !open::somebody_can_see() {
        return Err(NoDesktop("this process belongs to no desktop that anybody can see".into()));
    }
    let refused = |error: std::io::Error| NoDesktop(format!("Windows makes no window: {error}"));
    let (choose, choices) = mpsc::unbounded_channel();
    let (made, tray) = oneshot::channel();
    let thread = thread::Builder::new().name("tray".into()).spawn(move || tray::run(choose, made));
    let thread = thread.map_err(refused)?;
    let tray = tray.await.map_err(|_| NoDesktop("the tray's thread ended".into()))?;
    Ok((Desktop { tray: tray.map_err(refused)?, thread: Some(thread), log }, choices))
}

impl Desktop {
    fn tell(&self, command: TrayCommand) {
        // The tray's thread ends with this value only.
        let _told = self.tray.send_event(command);
    }
}

impl Shell for Desktop {
    fn show(&self, look: &Look) {
        self.tell(TrayCommand::Show(look.clone()));
    }

    fn notify(&self, notice: &Notice, offer: Option<(Choice, &str)>) {
        let offer = offer.map(|(choice, label)| (choice, label.to_owned()));
        self.tell(TrayCommand::Notify(notice.clone(), offer));
    }

    fn withdraw(&self, subject: Subject) {
        self.tell(TrayCommand::Withdraw(subject));
    }

    async fn ask(&self, dialog: Dialog) -> Answer {
        ask::ask(dialog).await
    }

    async fn copy(&self, text: String) -> bool {
        let (done, copied) = oneshot::channel();
        self.tell(TrayCommand::Copy(text, done));
        copied.await.unwrap_or(false)
    }

    async fn open_log(&self) -> Result<(), NotOpened> {
        open::open(self.log.clone()).await
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        self.tell(TrayCommand::Quit);
        if let Some(thread) = self.thread.take() {
            // So that the icon is gone before the process is. A thread that panicked has none.
            let _panicked = thread.join();
        }
    }
}
