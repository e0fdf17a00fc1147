//! The size of the icon that the taskbar's screen wants.

use std::ptr;

use windows_sys::Win32::UI::HiDpi::{GetDpiForSystem, GetDpiForWindow, GetSystemMetricsForDpi};
use windows_sys::Win32::UI::WindowsAndMessaging::{FindWindowW, SM_CXSMICON};

use crate::os::wide;

/// How large the notification area wants icons now, in pixels.
pub(super) fn size() -> u32 {
    let taskbar = wide("Shell_TrayWnd");
    // SAFETY: the name ends with a zero; a window that is gone has no resolution.
    let dpi = unsafe {
        match GetDpiForWindow(FindWindowW(taskbar.as_ptr(), ptr::null())) {
            0 => GetDpiForSystem(),
            dpi => dpi,
        }
    };
    // SAFETY: no pointers.
    let size = unsafe { GetSystemMetricsForDpi(SM_CXSMICON, dpi) };
    u32::try_from(size).ok().filter(|size| *size > 0).unwrap_or(16)
}
