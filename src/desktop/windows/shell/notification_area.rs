//! Shell_NotifyIcon: the icon, its tooltip, and balloons.
//!
//! Balloons are what Windows shows of a program without an AppUserModelID, without buttons; Windows
//! 10 and later draw them as toasts.

use std::ptr;

use windows_sys::Win32::UI::Shell::{
    NIF_ICON, NIF_INFO, NIF_MESSAGE, NIF_SHOWTIP, NIF_TIP, NIIF_INFO, NIIF_NOSOUND,
    NIIF_RESPECT_QUIET_TIME, NIIF_WARNING, NIM_ADD, NIM_DELETE, NIM_MODIFY, NIM_SETFOCUS,
    NIM_SETVERSION, NOTIFY_ICON_MESSAGE, NOTIFYICON_VERSION_4, NOTIFYICONDATAW, Shell_NotifyIconW,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    ChangeWindowMessageFilterEx, MSGFLT_ALLOW, RegisterWindowMessageW, WM_APP,
};

use super::icon::Icon;
use crate::desktop::windows::window::Window;
use crate::os::wide;
use crate::ui::notification::{Notice, Urgency};

/// The message that tells what the user did to the icon.
pub(super) const CALLBACK: u32 = WM_APP + 1;

/// The message that Explorer sends to all when its taskbar is there.
pub(super) fn taskbar_created() -> u32 {
    let name = wide("TaskbarCreated");
    // SAFETY: the name ends with a zero.
    unsafe { RegisterWindowMessageW(name.as_ptr()) }
}

/// Lets Explorer send `message` even if this program has more rights than it.
pub(super) fn let_through(window: Window, message: u32) {
    // SAFETY: the window is this thread's; nothing more is asked for.
    unsafe { ChangeWindowMessageFilterEx(window.handle(), message, MSGFLT_ALLOW, ptr::null_mut()) };
}

/// Adds the icon; false if the shell does not take it now.
pub(super) fn add(window: Window, icon: &Icon, tooltip: &str) -> bool {
    let mut data = looks(window, icon, tooltip);
    // What a former try may have left there after all: adding twice fails.
    notify(NIM_DELETE, &data);
    if !notify(NIM_ADD, &data) {
        return false;
    }
    data.Anonymous.uVersion = NOTIFYICON_VERSION_4;
    notify(NIM_SETVERSION, &data);
    true
}

/// Changes icon and tooltip; false if the shell does not know the icon any more.
pub(super) fn change(window: Window, icon: &Icon, tooltip: &str) -> bool {
    notify(NIM_MODIFY, &looks(window, icon, tooltip))
}

/// Takes the icon out.
pub(super) fn remove(window: Window) {
    notify(NIM_DELETE, &empty(window));
}

/// Gives the keyboard back to the notification area after its menu was closed.
pub(super) fn focus(window: Window) {
    notify(NIM_SETFOCUS, &empty(window));
}

/// Shows a notification; `offer` is what a click on it does, in words.
pub(super) fn balloon(window: Window, notice: &Notice, offer: Option<&str>) {
    let mut data = empty(window);
    data.uFlags = NIF_INFO | NIF_SHOWTIP;
    let body = match offer {
        Some(offer) => format!("{} Click here: {offer}.", notice.body),
        None => notice.body.clone(),
    };
    put(&mut data.szInfoTitle, &notice.title);
    put(&mut data.szInfo, &body);
    data.dwInfoFlags = match notice.urgency {
        Urgency::Low => NIIF_INFO | NIIF_NOSOUND | NIIF_RESPECT_QUIET_TIME,
        Urgency::Normal => NIIF_INFO | NIIF_RESPECT_QUIET_TIME,
        Urgency::Critical => NIIF_WARNING,
    };
    notify(NIM_MODIFY, &data);
}

fn looks(window: Window, icon: &Icon, tooltip: &str) -> NOTIFYICONDATAW {
    let mut data = empty(window);
    // Version 4 shows the tooltip only with NIF_SHOWTIP.
    data.uFlags = NIF_MESSAGE | NIF_ICON | NIF_TIP | NIF_SHOWTIP;
    data.uCallbackMessage = CALLBACK;
    data.hIcon = icon.handle();
    put(&mut data.szTip, tooltip);
    data
}

fn empty(window: Window) -> NOTIFYICONDATAW {
    NOTIFYICONDATAW {
        cbSize: size_of::<NOTIFYICONDATAW>() as u32,
        hWnd: window.handle(),
        uID: 1,
        ..NOTIFYICONDATAW::default()
    }
}

fn notify(what: NOTIFY_ICON_MESSAGE, data: &NOTIFYICONDATAW) -> bool {
    // SAFETY: the structure is live and says its size.
    unsafe { Shell_NotifyIconW(what, data) != 0 }
}

/// As much of `text` as the field holds, cut between characters, with a zero at its end.
fn put(field: &mut [u16], text: &str) {
    let (mut used, room) = (0, field.len() - 1);
    field.fill(0);
    for letter in text.chars() {
        if used + letter.len_utf16() > room {
            // There is room for it: the field is not empty.
            field[used.min(room - 1)] = u16::try_from(u32::from('…')).unwrap_or_default();
            return;
        }
        used += letter.encode_utf16(&mut field[used..]).len();
    }
}

#[cfg(test)]
mod tests {
    use super::put;

    #[test]
    fn a_long_text_ends_in_an_ellipsis_and_a_zero() {
        let mut field = [9; 5];
        put(&mut field, "abcd");
        assert_eq!(String::from_utf16_lossy(&field), "abcd\0");
        put(&mut field, "abcdef");
        assert_eq!(String::from_utf16_lossy(&field), "abc…\0");
        put(&mut field, "abc😀");
        assert_eq!(String::from_utf16_lossy(&field), "abc…\0");
        put(&mut field, "a");
        assert_eq!(String::from_utf16_lossy(&field), "a\0\0\0\0");
    }
}
