//! TaskDialogIndirect: one dialog, on the thread that shows it, closed by the user or from outside.
//!
//! It is looked up at run time: only version 6 of the common controls has it, which a program gets
//! by its manifest, and a program without one (a test) would not even start.

use std::cell::Cell;
use std::io;
use std::ptr;
use std::sync::{Mutex, PoisonError};

use windows_sys::Win32::Foundation::{HWND, LPARAM, S_OK, WPARAM};
use windows_sys::Win32::System::LibraryLoader::{GetProcAddress, LoadLibraryW};
use windows_sys::Win32::UI::Controls::{
    TASKDIALOG_BUTTON, TASKDIALOGCONFIG, TASKDIALOGCONFIG_0, TD_INFORMATION_ICON,
    TDF_ALLOW_DIALOG_CANCELLATION, TDF_SIZE_TO_CONTENT, TDM_CLICK_BUTTON, TDN_CREATED,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{IDCANCEL, PostMessageW, SetForegroundWindow};
use windows_sys::core::{BOOL, HRESULT};

use crate::os::wide;

/// Buttons are numbered from here, away from Windows' own (IDOK, IDCANCEL, …).
const FIRST_BUTTON: i32 = 100;

/// What a dialog shows.
#[derive(Debug)]
pub(super) struct Content {
    /// In large letters.
    pub heading: String,
    pub text: String,
    /// From left to right.
    pub buttons: Vec<String>,
    /// Index of the button that Enter presses.
    pub default: usize,
}

/// Closes a dialog from another thread, shown already or not yet.
#[derive(Debug, Default)]
pub(super) struct Closer(Mutex<DialogPhase>);

#[derive(Clone, Copy, Debug, Default)]
enum DialogPhase {
    #[default]
    NotYet,
    Shown(isize),
    Over,
}

impl Closer {
    /// Closes it. Once it is closed already this does nothing.
    pub(super) fn close(&self) {
        if let DialogPhase::Shown(dialog) = self.enter(DialogPhase::Over) {
            cancel(dialog as HWND);
        }
    }

    fn created(&self, dialog: HWND) {
        if let DialogPhase::Over = self.enter(DialogPhase::Shown(dialog as isize)) {
            cancel(dialog);
        }
    }

    /// The stage before.
    fn enter(&self, stage: DialogPhase) -> DialogPhase {
        // A stage is whole whoever panicked.
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), stage)
    }
}

fn cancel(dialog: HWND) {
    // SAFETY: no pointers. A window that is gone is refused.
    unsafe { PostMessageW(dialog, TDM_CLICK_BUTTON as u32, IDCANCEL as WPARAM, 0) };
}

type Show =
    unsafe extern "system" fn(*const TASKDIALOGCONFIG, *mut i32, *mut i32, *mut BOOL) -> HRESULT;

/// Why a dialog was never shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum DialogError {
    #[error("Windows offers no task dialogs to this program")]
    NotOffered,
    #[error("Windows shows no dialog ({0:#010x})")]
    Refused(HRESULT),
    #[error("no thread can be started: {0}")]
    NoThread(#[source] io::Error),
    #[error("its thread ended")]
    ThreadEnded,
}

/// What the callback needs.
struct Running<'a> {
    closer: &'a Closer,
    was_shown: Cell<bool>,
}

/// Shows it until it is closed; the index of the button pressed, or `None` if it was closed
/// otherwise.
pub(super) fn show(content: &Content, closer: &Closer) -> Result<Option<usize>, DialogError> {
    let show = find()?;
    let (title, heading, text) = (wide("Deskbeat"), wide(&content.heading), wide(&content.text));
    let labels: Vec<Vec<u16>> = content.buttons.iter().map(wide).collect();
    let buttons: Vec<TASKDIALOG_BUTTON> = (FIRST_BUTTON..)
        .zip(&labels)
        .map(|(id, label)| TASKDIALOG_BUTTON { nButtonID: id, pszButtonText: label.as_ptr() })
        .collect();
    let running = Running { closer, was_shown: Cell::new(false) };
    let config = TASKDIALOGCONFIG {
        cbSize: size_of::<TASKDIALOGCONFIG>() as u32,
        dwFlags: TDF_ALLOW_DIALOG_CANCELLATION | TDF_SIZE_TO_CONTENT,
        pszWindowTitle: title.as_ptr(),
        Anonymous1: TASKDIALOGCONFIG_0 { pszMainIcon: TD_INFORMATION_ICON },
        pszMainInstruction: heading.as_ptr(),
        pszContent: text.as_ptr(),
        cButtons: buttons.len() as u32,
        pButtons: buttons.as_ptr(),
        nDefaultButton: FIRST_BUTTON + content.default as i32,
        pfCallback: Some(callback),
        lpCallbackData: (&raw const running) as isize,
        ..TASKDIALOGCONFIG::default()
    };
    let mut pressed = 0;
    // SAFETY: everything that the configuration points to outlives the call.
    let result = unsafe { show(&config, &mut pressed, ptr::null_mut(), ptr::null_mut()) };
    closer.enter(DialogPhase::Over);
    if result != S_OK || !running.was_shown.get() {
        return Err(DialogError::Refused(result));
    }
    let index = usize::try_from(pressed - FIRST_BUTTON).ok();
    Ok(index.filter(|index| *index < content.buttons.len()))
}

/// Called on the thread that shows the dialog. `data` is the `Running` of [`show`], which waits.
unsafe extern "system" fn callback(
    dialog: HWND,
    message: u32,
    _: WPARAM,
    _: LPARAM,
    data: isize,
) -> HRESULT {
    if message == TDN_CREATED as u32 {
        // SAFETY: as said above.
        let running = unsafe { &*(data as *const Running) };
        running.was_shown.set(true);
        // SAFETY: the dialog is this thread's.
        unsafe {
            // Whoever chose something in a menu expects the next word in front.
            SetForegroundWindow(dialog);
        }
        running.closer.created(dialog);
    }
    S_OK
}

fn find() -> Result<Show, DialogError> {
    let library = wide("comctl32.dll");
    // SAFETY: the names end with a zero; the library stays loaded.
    let found = unsafe {
        match LoadLibraryW(library.as_ptr()) {
            module if module.is_null() => None,
            module => GetProcAddress(module, c"TaskDialogIndirect".as_ptr().cast()),
        }
    };
    let found = found.ok_or(DialogError::NotOffered)?;
    // SAFETY: this is the signature of that name. Source: Microsoft, TaskDialogIndirect.
    Ok(unsafe { std::mem::transmute::<unsafe extern "system" fn() -> isize, Show>(found) })
}
