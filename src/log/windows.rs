//! The Event Log of Windows: source "Deskbeat" in the log "Application". The installer registers the
//! source with a message file whose messages are nothing but their text (that of `eventcreate.exe`,
//! ids 1 to 1000); without it Event Viewer shows the text with a remark around it.

use std::ptr;

use tracing::Level;
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::EventLog::{
    DeregisterEventSource, EVENTLOG_ERROR_TYPE, EVENTLOG_INFORMATION_TYPE, EVENTLOG_WARNING_TYPE,
    RegisterEventSourceW, ReportEventW,
};

use super::notable::Notable;
use crate::os::wide;

/// The longest text of an event, in units. Source: Microsoft, "ReportEventW", lpStrings.
const LONGEST: usize = 31_839;

/// The open source.
pub(super) struct SystemLog(HANDLE);

impl SystemLog {
    /// `None` where the service is off: the files have everything.
    pub(super) fn open() -> Option<SystemLog> {
        let name = wide("Deskbeat");
        // SAFETY: the name ends with a zero; null is this computer.
        let source = unsafe { RegisterEventSourceW(ptr::null(), name.as_ptr()) };
        (!source.is_null()).then_some(SystemLog(source))
    }

    /// The event's id is the code's number. Where it cannot be written, there is nowhere to say so.
    pub(super) fn write(&self, Notable { code, level, text }: &Notable) {
        let kind = match *level {
            Level::ERROR => EVENTLOG_ERROR_TYPE,
            Level::WARN => EVENTLOG_WARNING_TYPE,
            _ => EVENTLOG_INFORMATION_TYPE,
        };
        let id = code.strip_prefix("DB-").and_then(|number| number.parse().ok()).unwrap_or(1);
        // A zero in the text would end it.
        let text = text.chars().take(LONGEST / 2).filter(|letter| *letter != '\0');
        let text = wide(text.collect::<String>());
        let texts = [text.as_ptr()];
        // SAFETY: the source is open; one text, ending with a zero; no user, no data.
        unsafe {
            ReportEventW(self.0, kind, 0, id, ptr::null_mut(), 1, 0, texts.as_ptr(), ptr::null());
        }
    }
}

impl Drop for SystemLog {
    fn drop(&mut self) {
        // SAFETY: opened by `open`, and used no more.
        unsafe { DeregisterEventSource(self.0) };
    }
}
