//! A hidden top-level window and its message loop, for parts that live on messages.
//!
//! Top-level, because message-only windows get neither broadcasts (`TaskbarCreated`) nor the end of
//! the session. What a message means is its owner's business.

use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::{HWND, LPARAM, LRESULT, WPARAM};
use windows_sys::Win32::System::LibraryLoader::GetModuleHandleW;
use windows_sys::Win32::UI::WindowsAndMessaging::{
    CREATESTRUCTW, CreateWindowExW, DefWindowProcW, DestroyWindow, DispatchMessageW, GWLP_USERDATA,
    GetMessageW, GetWindowLongPtrW, MSG, PostMessageW, PostQuitMessage, RegisterClassW,
    SetWindowLongPtrW, TranslateMessage, WM_APP, WM_CLOSE, WM_NCCREATE, WM_NCDESTROY, WNDCLASSW,
    WS_EX_NOACTIVATE, WS_EX_TOOLWINDOW, WS_POPUP,
};

use crate::os::wide;

/// Closes a window of ours. Not WM_CLOSE: `taskkill` and the like send that to every window that
/// they find, and an agent without ears would be worse than one that stays.
const CLOSE: u32 = WM_APP + 0x100;

/// A message as Windows delivers it.
#[derive(Clone, Copy, Debug)]
pub(super) struct WindowMessage {
    pub id: u32,
    pub w: WPARAM,
    pub l: LPARAM,
}

/// Hears a window's messages. `None` leaves a message to Windows. It is called again while it runs
/// if it shows a menu or the like, so it must not hold a borrow over such a call.
pub(super) type Hears = Box<dyn Fn(Window, WindowMessage) -> Option<LRESULT>>;

/// A window that exists, for messages to it. It may be closed meanwhile: then they are lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window(isize);

impl Window {
    /// Makes a window on this thread, which must then [`run`] its messages.
    pub(super) fn create(class: &str, hears: Hears) -> io::Result<Window> {
        let class = wide(class);
        // SAFETY: null names this program.
        let program = unsafe { GetModuleHandleW(ptr::null()) };
        let kind = WNDCLASSW {
            lpfnWndProc: Some(procedure),
            hInstance: program,
            lpszClassName: class.as_ptr(),
            ..WNDCLASSW::default()
        };
        // SAFETY: the class's name lives on. A second registration fails and changes nothing.
        unsafe { RegisterClassW(&kind) };
        let hears = Box::into_raw(Box::new(hears));
        // SAFETY: the names end with a zero; `hears` is taken over by WM_NCCREATE.
        let handle = unsafe {
            CreateWindowExW(
                WS_EX_TOOLWINDOW | WS_EX_NOACTIVATE,
                class.as_ptr(),
                class.as_ptr(),
                WS_POPUP,
                0,
                0,
                0,
                0,
                ptr::null_mut(),
                ptr::null_mut(),
                program,
                hears.cast(),
            )
        };
        if handle.is_null() {
            // `hears` may have been freed by WM_NCDESTROY or not: a leak is the safe choice.
            return Err(io::Error::last_os_error());
        }
        Ok(Window(handle as isize))
    }

    /// For calls into Windows.
    pub(super) fn handle(self) -> HWND {
        self.0 as HWND
    }

    /// Puts a message into the window's queue.
    pub(super) fn post(self, id: u32) {
        // SAFETY: no pointers. A window that is gone is refused.
        unsafe { PostMessageW(self.handle(), id, 0, 0) };
    }

    /// Closes it, which ends its thread's [`run`].
    pub(super) fn close(self) {
        self.post(CLOSE);
    }
}

/// Runs this thread's messages until its window is closed.
pub(super) fn run() {
    let mut message = MSG::default();
    // SAFETY: `message` is live; no window: all of this thread.
    while unsafe { GetMessageW(&mut message, ptr::null_mut(), 0, 0) } > 0 {
        // SAFETY: `message` was filled by the call above.
        unsafe {
            TranslateMessage(&message);
            DispatchMessageW(&message);
        }
    }
}

unsafe extern "system" fn procedure(handle: HWND, id: u32, w: WPARAM, l: LPARAM) -> LRESULT {
    if id == WM_NCCREATE {
        // SAFETY: for this message `l` points to what CreateWindowExW was given.
        let hears = unsafe { (*(l as *const CREATESTRUCTW)).lpCreateParams };
        // SAFETY: the window is ours.
        unsafe { SetWindowLongPtrW(handle, GWLP_USERDATA, hears as isize) };
    }
    // SAFETY: the window is ours; null until WM_NCCREATE and from WM_NCDESTROY on.
    let hears = unsafe { GetWindowLongPtrW(handle, GWLP_USERDATA) } as *mut Hears;
    if id == WM_NCDESTROY && !hears.is_null() {
        // SAFETY: made by `Box::into_raw` in `create`; nobody finds it any more.
        unsafe {
            SetWindowLongPtrW(handle, GWLP_USERDATA, 0);
            drop(Box::from_raw(hears));
            PostQuitMessage(0);
        }
    } else if id == CLOSE {
        // SAFETY: the window is this thread's.
        unsafe { DestroyWindow(handle) };
        return 0;
    } else if id == WM_CLOSE {
        return 0;
    } else if !hears.is_null() {
        let message = WindowMessage { id, w, l };
        // SAFETY: it lives until WM_NCDESTROY, and is only ever shared.
        if let Some(answer) = unsafe { (*hears)(Window(handle as isize), message) } {
            return answer;
        }
    }
    // SAFETY: the arguments are Windows' own.
    unsafe { DefWindowProcW(handle, id, w, l) }
}
