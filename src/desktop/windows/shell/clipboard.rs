//! Text for the clipboard.

use std::ptr;
use std::thread;
use std::time::Duration;

use windows_sys::Win32::Foundation::{GlobalFree, HWND};
use windows_sys::Win32::System::DataExchange::{
    CloseClipboard, EmptyClipboard, OpenClipboard, SetClipboardData,
};
use windows_sys::Win32::System::Memory::{GMEM_MOVEABLE, GlobalAlloc, GlobalLock, GlobalUnlock};
use windows_sys::Win32::System::Ole::CF_UNICODETEXT;

use crate::os::wide;

/// Other programs hold the clipboard for moments.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

/// Copies; false if another program holds the clipboard or there is no memory.
pub(super) fn copy(window: HWND, text: &str) -> bool {
    // Lines end with both characters here.
    let text = wide(text.replace("\r\n", "\n").replace('\n', "\r\n"));
    for attempt in 1.. {
        // SAFETY: the window is this thread's.
        if unsafe { OpenClipboard(window) } != 0 {
            break;
        }
        if attempt == TRIES {
            return false;
        }
        thread::sleep(PAUSE);
    }
    // SAFETY: the clipboard is open, by this thread.
    let put = unsafe { EmptyClipboard() } != 0 && put(&text);
    // SAFETY: as above.
    unsafe { CloseClipboard() };
    put
}

/// Puts `text`, which ends with a zero, into the open clipboard.
fn put(text: &[u16]) -> bool {
    // SAFETY: no pointers.
    let memory = unsafe { GlobalAlloc(GMEM_MOVEABLE, size_of_val(text)) };
    if memory.is_null() {
        return false;
    }
    // SAFETY: just allocated, with room for the text; locked while it is written.
    let is_put = unsafe {
        let place = GlobalLock(memory).cast::<u16>();
        if !place.is_null() {
            ptr::copy_nonoverlapping(text.as_ptr(), place, text.len());
            GlobalUnlock(memory);
        }
        !place.is_null() && !SetClipboardData(u32::from(CF_UNICODETEXT), memory).is_null()
    };
    if !is_put {
        // SAFETY: still ours: the clipboard did not take it.
        unsafe { GlobalFree(memory) };
    }
    is_put
}
