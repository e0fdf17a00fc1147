//! What this program reads of the machine's registry.

use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_FILE_NOT_FOUND, ERROR_SUCCESS, WIN32_ERROR};
use windows_sys::Win32::System::Registry::{HKEY_LOCAL_MACHINE, RRF_RT_REG_SZ, RegGetValueW};

use crate::os::wide;

/// The text of a value in HKEY_LOCAL_MACHINE; `None` if there is no such value. One of more than
/// 1,023 units is an error.
pub(super) fn text(key: &str, name: &str) -> io::Result<Option<String>> {
    let (key, name) = (wide(key), wide(name));
    let mut text = [0u16; 1024];
    let mut bytes = size_of_val(&text) as u32;
    // SAFETY: the names end with a zero; the buffer is as long as said.
    let read = unsafe {
        RegGetValueW(
            HKEY_LOCAL_MACHINE,
            key.as_ptr(),
            name.as_ptr(),
            RRF_RT_REG_SZ,
            ptr::null_mut(),
            text.as_mut_ptr().cast(),
            &mut bytes,
        )
    };
    if read == ERROR_FILE_NOT_FOUND {
        return Ok(None);
    }
    succeeded(read)?;
    let units: Vec<u16> = text.into_iter().take_while(|unit| *unit != 0).collect();
    Ok(Some(String::from_utf16_lossy(&units)))
}

/// The result of a function of the registry.
pub(super) fn succeeded(result: WIN32_ERROR) -> io::Result<()> {
    match result {
        ERROR_SUCCESS => Ok(()),
        error => Err(io::Error::from_raw_os_error(error as i32)),
    }
}
