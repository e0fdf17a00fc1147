//! Where no panel shows the icon, the window is the whole front: one notification offers it at logon.

use std::fs::OpenOptions;
use std::rc::Rc;
use std::time::Duration;

use crate::desktop::controller::Shell;
use crate::desktop::shell;
use crate::ui::menu::Choice;
use crate::ui::notification::done;
use crate::ui::texts;

/// A panel that has not come by then, after a logon, does not come.
const PANEL_PATIENCE: Duration = Duration::from_secs(15);
/// In the folder that goes with the logon: an agent that is started again does not offer again.
const OFFERED: &str = "deskbeat-window-offered";

/// Offers the window once a logon, where there is no tray.
pub(super) async fn offer_the_window(shell: Rc<impl Shell>) {
    tokio::time::sleep(PANEL_PATIENCE).await;
    if shell::host().await.is_ok() || !is_first() {
        return;
    }
    let notice = done(texts::OFFER, texts::OFFER_MEANS.into());
    shell.notify(&notice, Some((Choice::Open, &texts::OPEN.words())));
}

/// True where it cannot be told.
fn is_first() -> bool {
    let Some(folder) = std::env::var_os("XDG_RUNTIME_DIR") else { return true };
    let marker = std::path::Path::new(&folder).join(OFFERED);
    match OpenOptions::new().write(true).create_new(true).open(marker) {
        Ok(_) => true,
        Err(error) => error.kind() != std::io::ErrorKind::AlreadyExists,
    }
}
