//! What tray-icon leaves out of Shell_NotifyIcon: balloons, an Explorer that goes and comes back, and
//! windows that somebody else asks to close.
//!
//! Balloons are what Windows shows of a program without an AppUserModelID, without buttons; Windows
//! 10 and later draw them as toasts.

use std::sync::mpsc;

use windows_sys::Win32::Foundation::{HWND, LPARAM, LRESULT, TRUE, WPARAM};
use windows_sys::Win32::System::Threading::GetCurrentThreadId;
use windows_sys::Win32::UI::Shell::{
    DefSubclassProc, NIF_INFO, NIIF_INFO, NIIF_NOSOUND, NIIF_RESPECT_QUIET_TIME, NIIF_WARNING,
    NIM_MODIFY, NIN_BALLOONHIDE, NIN_BALLOONTIMEOUT, NIN_BALLOONUSERCLICK, NOTIFYICONDATAW,
    SetWindowSubclass, Shell_NotifyIconW,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    EnumThreadWindows, RegisterWindowMessageW, SendMessageW, WM_CLOSE, WM_DISPLAYCHANGE,
    WM_DPICHANGED, WM_ENTERMENULOOP, WM_EXITMENULOOP, WM_NCDESTROY, WM_SETTINGCHANGE,
};

use crate::os::wide;
use crate::session::words::said::said;
use crate::ui::language::{joined, spoken};
use crate::ui::notification::{Notice, Urgency};

/// The message by which tray-icon hears of its icon. Source: tray-icon 0.26, `WM_USER_TRAYICON`; the
/// `balloon` story under Wine fails when it changes.
const CALLBACK: u32 = 6002;

/// Marks the message by which we let tray-icon add its icon again.
const OURS: WPARAM = 1;

/// What the icon's window heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Explorer has started anew, and tray-icon has given it what it knew.
    TaskbarCreated,
    /// The screen's resolution may be another one.
    ScreenChanged,
    /// The user has clicked on the balloon.
    BalloonClicked,
    /// The balloon has gone by itself.
    BalloonGone,
    /// The icon's menu is open.
    MenuOpened,
    /// It is not any more.
    MenuClosed,
}

struct Ears {
    tray: HWND,
    taskbar_created: u32,
    heard: mpsc::Sender<Heard>,
    wake: Box<dyn Fn()>,
}

/// The message that Explorer sends to all when its taskbar is there.
fn taskbar_created() -> u32 {
    let name = wide("TaskbarCreated");
    // SAFETY: the name ends with a zero.
    unsafe { RegisterWindowMessageW(name.as_ptr()) }
}

/// Listens at the icon's window, whose thread this is: `heard` gets it, and `wake` is called. From
/// now on no window of this thread is closed from outside: `taskkill` and the like ask every window
/// that they find, and an agent without an icon would be worse than one that stays.
pub(super) fn listen(tray: HWND, heard: mpsc::Sender<Heard>, wake: impl Fn() + 'static) {
    let ears = Ears { tray, taskbar_created: taskbar_created(), heard, wake: Box::new(wake) };
    // Lives as long as the thread's windows: as long as the program.
    let ears: &'static Ears = Box::leak(Box::new(ears));
    // SAFETY: the callback gets the pointer that lives on, on this thread.
    unsafe {
        EnumThreadWindows(GetCurrentThreadId(), Some(add_ears), ears as *const Ears as LPARAM);
    }
}

unsafe extern "system" fn add_ears(window: HWND, ears: LPARAM) -> i32 {
    // SAFETY: a window of this thread; `ears` as in `listen`.
    unsafe { SetWindowSubclass(window, Some(procedure), 1, ears as usize) };
    TRUE
}

unsafe extern "system" fn procedure(
    window: HWND,
    id: u32,
    w: WPARAM,
    l: LPARAM,
    _subclass: usize,
    ears: usize,
) -> LRESULT {
    if id == WM_CLOSE {
        return 0;
    }
    // SAFETY: as in `listen`; only ever shared.
    let ears = unsafe { &*(ears as *const Ears) };
    // SAFETY: the arguments are Windows' own. First, so that tray-icon has done its part.
    let answer = unsafe { DefSubclassProc(window, id, w, l) };
    let is_ours = id == ears.taskbar_created && w == OURS;
    if window == ears.tray
        && id != WM_NCDESTROY
        && !is_ours
        && let Some(heard) = meaning(ears.taskbar_created, id, l)
    {
        // The tray's thread owns the other end.
        let _gone = ears.heard.send(heard);
        (ears.wake)();
    }
    answer
}

fn meaning(taskbar_created: u32, id: u32, l: LPARAM) -> Option<Heard> {
    match id {
        CALLBACK => match l as u32 {
            NIN_BALLOONUSERCLICK => Some(Heard::BalloonClicked),
            NIN_BALLOONHIDE | NIN_BALLOONTIMEOUT => Some(Heard::BalloonGone),
            _ => None,
        },
        WM_DPICHANGED | WM_DISPLAYCHANGE | WM_SETTINGCHANGE => Some(Heard::ScreenChanged),
        WM_ENTERMENULOOP => Some(Heard::MenuOpened),
        WM_EXITMENULOOP => Some(Heard::MenuClosed),
        id if id == taskbar_created => Some(Heard::TaskbarCreated),
        _ => None,
    }
}

/// Lets tray-icon add its icon again, which it does by itself only when Explorer has started.
pub(super) fn add_again(tray: HWND) {
    // SAFETY: the window is this thread's.
    unsafe { SendMessageW(tray, taskbar_created(), OURS, 0) };
}

/// Shows a notification at the icon; `offer` is what a click on it does, in words. False if the shell
/// does not know the icon.
pub(super) fn balloon(tray: HWND, icon: u32, notice: &Notice, offer: Option<&str>) -> bool {
    let mut data = NOTIFYICONDATAW {
        cbSize: size_of::<NOTIFYICONDATAW>() as u32,
        hWnd: tray,
        uID: icon,
        uFlags: NIF_INFO,
        ..NOTIFYICONDATAW::default()
    };
    let body = match offer {
        Some(offer) => joined(&notice.body, &spoken(said!("balloon-offer", offer = offer))),
        None => notice.body.clone(),
    };
    put(&mut data.szInfoTitle, &notice.title);
    put(&mut data.szInfo, &body);
    data.dwInfoFlags = match notice.urgency {
        Urgency::Low => NIIF_INFO | NIIF_NOSOUND | NIIF_RESPECT_QUIET_TIME,
        Urgency::Normal => NIIF_INFO | NIIF_RESPECT_QUIET_TIME,
        Urgency::Critical => NIIF_WARNING,
    };
    modify(&data)
}

/// Takes the balloon away.
pub(super) fn no_balloon(tray: HWND, icon: u32) {
    // An empty text does it. Source: Microsoft, NOTIFYICONDATAW, szInfo.
    modify(&NOTIFYICONDATAW {
        cbSize: size_of::<NOTIFYICONDATAW>() as u32,
        hWnd: tray,
        uID: icon,
        uFlags: NIF_INFO,
        ..NOTIFYICONDATAW::default()
    });
}

fn modify(data: &NOTIFYICONDATAW) -> bool {
    // SAFETY: the structure is live and says its size.
    unsafe { Shell_NotifyIconW(NIM_MODIFY, data) != 0 }
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
