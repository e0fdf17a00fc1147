//! The tray.

use std::path::PathBuf;

use tokio::sync::mpsc;

use crate::desktop::NoDesktop;
use crate::front::controller::Shell;
use crate::front::dialog::{Answer, Dialog};
use crate::front::look::{Choice, Look};
use crate::front::notice::Notice;

/// This desktop.
#[derive(Debug)]
pub struct Desktop;

/// Shows `dialog` without a tray; false where no dialog is possible.
pub async fn say(dialog: &Dialog) -> bool {
    let _ = dialog;
    false
}

/// Puts the icon into the tray. `log` is what "Open log" opens.
pub async fn start(_log: PathBuf) -> Result<(Desktop, mpsc::UnboundedReceiver<Choice>), NoDesktop> {
    Err(NoDesktop("not built yet".into()))
}

impl Shell for Desktop {
    fn show(&self, _look: &Look) {}
    fn notify(&self, _notice: &Notice, _offer: Option<(Choice, &str)>) {}
    async fn ask(&self, dialog: Dialog) -> Answer {
        dialog.safe
    }
    async fn progress(&self, _text: &str) {
        std::future::pending().await
    }
    async fn copy(&self, _text: String) -> bool {
        false
    }
    fn open_log(&self) {}
}
