//! What this program reads of the machine's registry.

use std::ffi::c_void;
use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_FILE_NOT_FOUND, ERROR_SUCCESS, WIN32_ERROR};
use windows_sys::Win32::System::Registry::{
    HKEY_LOCAL_MACHINE, RRF_RT_REG_BINARY, RRF_RT_REG_SZ, RegGetValueW,
};

use crate::os::wide;

/// The text of a value in HKEY_LOCAL_MACHINE; `None` if there is no such value. One of more than
/// 1,023 units is an error.
pub(super) fn text(key: &str, name: &str) -> io::Result<Option<String>> {
    let mut text = [0u16; 1024];
    let size = size_of_val(&text);
    // SAFETY: the buffer is as long as said.
    let read = unsafe { read(key, name, RRF_RT_REG_SZ, text.as_mut_ptr().cast(), size) }?;
    let units = text.into_iter().take_while(|unit| *unit != 0);
    Ok(read.map(|_| String::from_utf16_lossy(&units.collect::<Vec<_>>())))
}

/// The bytes of a value in HKEY_LOCAL_MACHINE; `None` if there is no such value. One of more than 64
/// bytes is an error.
pub(super) fn bytes(key: &str, name: &str) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = [0u8; 64];
    let size = bytes.len();
    // SAFETY: the buffer is as long as said.
    let read = unsafe { read(key, name, RRF_RT_REG_BINARY, bytes.as_mut_ptr().cast(), size) }?;
    Ok(read.map(|length| bytes[..length].to_vec()))
}

/// Reads a value into `buffer`, and says how many bytes it has.
///
/// # Safety
/// `buffer` has `size` bytes.
unsafe fn read(
    key: &str,
    name: &str,
    kind: u32,
    buffer: *mut c_void,
    size: usize,
) -> io::Result<Option<usize>> {
    let (key, name) = (wide(key), wide(name));
    let mut bytes = size as u32;
    // SAFETY: the names end with a zero; the caller answers for the buffer.
    let read = unsafe {
        RegGetValueW(
            HKEY_LOCAL_MACHINE,
            key.as_ptr(),
            name.as_ptr(),
            kind,
            ptr::null_mut(),
            buffer,
            &mut bytes,
        )
    };
    if read == ERROR_FILE_NOT_FOUND {
        return Ok(None);
    }
    succeeded(read)?;
    Ok(Some(bytes as usize))
}

/// The result of a function of the registry.
pub(super) fn succeeded(result: WIN32_ERROR) -> io::Result<()> {
    match result {
        ERROR_SUCCESS => Ok(()),
        error => Err(io::Error::from_raw_os_error(error as i32)),
    }
}
