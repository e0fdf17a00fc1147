//! The icon as Windows draws it, in the size that the taskbar's screen wants.

use std::io;
use std::ptr;

use windows_sys::Win32::UI::HiDpi::{GetDpiForSystem, GetDpiForWindow, GetSystemMetricsForDpi};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    CreateIcon, DestroyIcon, FindWindowW, HICON, SM_CXSMICON,
};

use crate::os::wide;
use crate::session::State;
use crate::ui::icon::{Rgba, icon};

/// An icon; it is destroyed when dropped.
#[derive(Debug)]
pub(super) struct Icon {
    handle: HICON,
    size: u32,
}

impl Icon {
    /// The icon of `state`, with `share` of the session left, `size` pixels wide and high.
    pub(super) fn draw(state: State, share: Option<f64>, size: u32) -> io::Result<Icon> {
        let Rgba { width, height, mut pixels } = icon(state, share, size);
        // Windows wants blue first.
        for pixel in pixels.chunks_exact_mut(4) {
            pixel.swap(0, 2);
        }
        // One bit a pixel in rows of whole words; the alpha channel overrules it.
        let mask = vec![0u8; (width.div_ceil(16) * 2 * height) as usize];
        // SAFETY: the mask and the pixels are as long as width and height say.
        let handle = unsafe {
            CreateIcon(
                ptr::null_mut(),
                width as i32,
                height as i32,
                1,
                32,
                mask.as_ptr(),
                pixels.as_ptr(),
            )
        };
        if handle.is_null() {
            return Err(io::Error::last_os_error());
        }
        Ok(Icon { handle, size })
    }

    pub(super) fn handle(&self) -> HICON {
        self.handle
    }

    pub(super) fn size(&self) -> u32 {
        self.size
    }
}

impl Drop for Icon {
    fn drop(&mut self) {
        // SAFETY: made by CreateIcon; the shell keeps copies of its own.
        unsafe { DestroyIcon(self.handle) };
    }
}

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
