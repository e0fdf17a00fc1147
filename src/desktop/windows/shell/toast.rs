//! Toasts, with a button where a notification offers something.
//!
//! They need an AppUserModelID, which the installer registers. Without one, or where Windows shows
//! none, the tray's balloon says it.

use std::cell::RefCell;

use tokio::sync::mpsc;
use windows::Data::Xml::Dom::XmlDocument;
use windows::Foundation::TypedEventHandler;
use windows::UI::Notifications::{
    ToastActivatedEventArgs, ToastNotification, ToastNotificationManager, ToastNotifier,
};
use windows::core::{HSTRING, IInspectable, Interface, Ref, Result, h};
use windows_sys::Win32::UI::Shell::SetCurrentProcessExplicitAppUserModelID;

use super::tray::Offer;
use crate::desktop::toast::{BUTTON, content};
use crate::desktop::windows::registry;
use crate::desktop::windows::window::wide;
use crate::front::look::Choice;
use crate::front::notice::Notice;

/// As in packaging/windows: the shortcut's, and the registry's.
const APP_ID: &str = "Deskbeat.Deskbeat";
const REGISTERED: &str = r"Software\Classes\AppUserModelId\Deskbeat.Deskbeat";

/// Windows' toasts for this program.
pub(super) struct Toasts {
    notifier: ToastNotifier,
    /// Kept, so that its button is heard.
    newest: RefCell<Option<ToastNotification>>,
}

impl Toasts {
    /// `None` if the program is not installed, or if this Windows has no toasts.
    pub(super) fn of_this_program() -> Option<Toasts> {
        registry::text(REGISTERED, "DisplayName").ok().flatten()?;
        let id = wide(APP_ID);
        // The taskbar groups dialogs by it too; without, they are told apart by the program's file.
        // SAFETY: the id ends with a zero.
        let _by_file = unsafe { SetCurrentProcessExplicitAppUserModelID(id.as_ptr()) };
        match ToastNotificationManager::CreateToastNotifierWithId(&HSTRING::from(APP_ID)) {
            Ok(notifier) => Some(Toasts { notifier, newest: RefCell::default() }),
            Err(error) => {
                tracing::info!("notifications are balloons: Windows shows no toasts ({error})");
                None
            }
        }
    }

    /// Shows `notice`. A press on the button tells `choices`; should Windows find out later that it
    /// cannot show it, `failed` is called, on another thread.
    pub(super) fn show(
        &self,
        notice: &Notice,
        offer: Option<&Offer>,
        choices: &mpsc::UnboundedSender<Choice>,
        failed: impl Fn() + Send + 'static,
    ) -> Result<()> {
        let xml = XmlDocument::new()?;
        xml.LoadXml(&HSTRING::from(content(notice, offer.map(|(_, label)| label.as_str()))))?;
        let toast = ToastNotification::CreateToastNotification(&xml)?;
        // A newer one takes the place of an older one, whose news is no longer true.
        toast.SetTag(h!("session"))?;
        if let Some((choice, _)) = offer {
            let (choice, choices) = (*choice, choices.clone());
            toast.Activated(&TypedEventHandler::new(
                move |_, pressed: Ref<'_, IInspectable>| {
                    let pressed = pressed.ok()?.cast::<ToastActivatedEventArgs>()?.Arguments()?;
                    if pressed == BUTTON {
                        // The controller may have stopped.
                        let _gone = choices.send(choice);
                    }
                    Ok(())
                },
            ))?;
        }
        toast.Failed(&TypedEventHandler::new(move |_, _| {
            failed();
            Ok(())
        }))?;
        self.notifier.Show(&toast)?;
        self.newest.replace(Some(toast));
        Ok(())
    }
}
