//! Toasts: what stays true is shown by notify-rust; what asks, or has to be taken back, by ourselves.
//!
//! notify-rust hears one event of a toast, so that a press in the Action Center, after the toast has
//! left the screen, would be lost; and it names none that could be found again.
//! Toasts need an AppUserModelID, which the installer registers. Without one, or where Windows shows
//! none, the tray's balloon says it.

use std::cell::RefCell;
use std::collections::VecDeque;

use tokio::sync::mpsc;
use windows::Data::Xml::Dom::XmlDocument;
use windows::Foundation::TypedEventHandler;
use windows::UI::Notifications::{
    ToastActivatedEventArgs, ToastNotification, ToastNotificationManager, ToastNotifier,
};
use windows::core::{HSTRING, IInspectable, Interface, Ref, Result};
use windows_sys::Win32::UI::Shell::SetCurrentProcessExplicitAppUserModelID;

use crate::desktop::notify::{KEPT, notification};
use crate::desktop::toast::{BUTTON, content};
use crate::os::registry;
use crate::os::wide;
use crate::ui::menu::Choice;
use crate::ui::notification::{Notice, Subject};

/// Why a toast is not shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum ToastError {
    #[error(transparent)]
    Library(#[from] notify_rust::error::Error),
    #[error(transparent)]
    Windows(#[from] windows::core::Error),
}

/// As in installer/windows: the shortcut's, and the registry's.
const APP_ID: &str = "Deskbeat.Deskbeat";
const REGISTERED: &str = r"Software\Classes\AppUserModelId\Deskbeat.Deskbeat";

/// What a press on a notification does, and its words.
pub(super) type Offer = (Choice, String);

/// Windows' toasts for this program.
pub(super) struct Toasts {
    notifier: ToastNotifier,
    /// Kept, so that their buttons are heard.
    shown: RefCell<VecDeque<(Subject, ToastNotification)>>,
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
            Ok(notifier) => {
                // Of a former run: nobody hears their buttons, and their news are old.
                let _none = ToastNotificationManager::History()
                    .and_then(|history| history.ClearWithId(&HSTRING::from(APP_ID)));
                Some(Toasts { notifier, shown: RefCell::default() })
            }
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
    ) -> std::result::Result<(), ToastError> {
        let stays_true = matches!(notice.subject, Subject::Text | Subject::Done);
        if stays_true && offer.is_none() {
            let mut told = notification(notice);
            // Without a name it would be silent.
            told.app_id(APP_ID).sound_name("Default");
            told.show()?;
            return Ok(());
        }
        if notice.subject.replaces() {
            self.withdraw(notice.subject);
        }
        Ok(self.try_to_show(notice, offer, choices, failed)?)
    }

    fn try_to_show(
        &self,
        notice: &Notice,
        offer: Option<&Offer>,
        choices: &mpsc::UnboundedSender<Choice>,
        failed: impl Fn() + Send + 'static,
    ) -> Result<()> {
        let xml = XmlDocument::new()?;
        xml.LoadXml(&HSTRING::from(content(notice, offer.map(|(_, label)| label.as_str()))))?;
        let toast = ToastNotification::CreateToastNotification(&xml)?;
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
        toast.SetTag(&tag(notice.subject))?;
        self.notifier.Show(&toast)?;
        let mut shown = self.shown.borrow_mut();
        if shown.len() == KEPT {
            shown.pop_front();
        }
        shown.push_back((notice.subject, toast));
        Ok(())
    }

    /// Takes back what is said of `subject`, from the screen and from the Action Center.
    pub(super) fn withdraw(&self, subject: Subject) {
        let mut shown = self.shown.borrow_mut();
        if shown.iter().any(|(about, _)| *about == subject) {
            shown.retain(|(about, _)| *about != subject);
            // The user may have removed it meanwhile.
            let _none = ToastNotificationManager::History().and_then(|history| {
                history.RemoveGroupedTagWithId(
                    &tag(subject),
                    &HSTRING::new(),
                    &HSTRING::from(APP_ID),
                )
            });
        }
    }
}

/// The name under which Windows knows it: at most 16 characters on the oldest Windows 10.
fn tag(subject: Subject) -> HSTRING {
    HSTRING::from(format!("{subject:?}"))
}
