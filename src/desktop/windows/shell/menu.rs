//! The menu: rows of a look as a popup menu of Windows.

use std::ptr;

use windows_sys::Win32::UI::WindowsAndMessaging::{
    AppendMenuW, CreatePopupMenu, DestroyMenu, GetSystemMetrics, HMENU, MF_GRAYED, MF_SEPARATOR,
    MF_STRING, PostMessageW, SM_MENUDROPALIGNMENT, SetForegroundWindow, TPM_BOTTOMALIGN,
    TPM_LEFTALIGN, TPM_RETURNCMD, TPM_RIGHTALIGN, TPM_RIGHTBUTTON, TrackPopupMenu, WM_NULL,
};

use crate::desktop::windows::window::Window;
use crate::os::wide;
use crate::ui::menu::{Choice, Row};

/// Shows the menu at a place on the screen until the user has chosen, or closed it.
pub(super) fn choose(window: Window, rows: &[Row], x: i32, y: i32) -> Option<Choice> {
    let menu = Menu::new(rows)?;
    // SAFETY: no pointers.
    let to_the_left = unsafe { GetSystemMetrics(SM_MENUDROPALIGNMENT) } != 0;
    let align = if to_the_left { TPM_RIGHTALIGN } else { TPM_LEFTALIGN };
    let flags = TPM_RETURNCMD | TPM_RIGHTBUTTON | TPM_BOTTOMALIGN | align;
    // SAFETY: window and menu are this thread's. A menu of a window that is not in front does not
    // close by a click elsewhere; the message after it makes a second menu open at once.
    // Source: Microsoft, TrackPopupMenu, remarks.
    let id = unsafe {
        SetForegroundWindow(window.handle());
        let id = TrackPopupMenu(menu.0, flags, x, y, 0, window.handle(), ptr::null());
        PostMessageW(window.handle(), WM_NULL, 0, 0);
        id
    };
    match rows.get(usize::try_from(id).ok()?.checked_sub(1)?)? {
        Row::Choice { choice, .. } => Some(*choice),
        Row::Status(_) | Row::Separator => None,
    }
}

struct Menu(HMENU);

impl Menu {
    fn new(rows: &[Row]) -> Option<Menu> {
        // SAFETY: no pointers.
        let handle = unsafe { CreatePopupMenu() };
        if handle.is_null() {
            return None;
        }
        let menu = Menu(handle);
        // Zero means that nothing was chosen.
        for (id, row) in (1..).zip(rows) {
            let (flags, label) = match row {
                Row::Separator => (MF_SEPARATOR, ""),
                Row::Status(text) => (MF_STRING | MF_GRAYED, text.as_str()),
                Row::Choice { label, enabled: true, .. } => (MF_STRING, label.as_str()),
                Row::Choice { label, enabled: false, .. } => {
                    (MF_STRING | MF_GRAYED, label.as_str())
                }
            };
            // One & underlines the next letter.
            let label = wide(&label.replace('&', "&&"));
            // SAFETY: the menu is ours, the label ends with a zero.
            unsafe { AppendMenuW(menu.0, flags, id, label.as_ptr()) };
        }
        Some(menu)
    }
}

impl Drop for Menu {
    fn drop(&mut self) {
        // SAFETY: the menu is ours and is shown no more.
        unsafe { DestroyMenu(self.0) };
    }
}
