//! What this program reads of the machine's registry.

use std::ffi::c_void;
use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::{
    ERROR_FILE_NOT_FOUND, ERROR_MORE_DATA, ERROR_NO_MORE_ITEMS, ERROR_SUCCESS, WIN32_ERROR,
};
use windows_sys::Win32::System::Registry::{
    HKEY, HKEY_LOCAL_MACHINE, KEY_QUERY_VALUE, RRF_RT_REG_BINARY, RRF_RT_REG_SZ, RegCloseKey,
    RegEnumValueW, RegGetValueW, RegOpenKeyExW,
};

use super::wide;
use crate::os::RegistryValue;

/// The longest name of a value. Source: Microsoft, "Registry element size limits".
const LONGEST_NAME: usize = 16_383;
/// The longest value that is taken; a longer one is no setting of anybody's.
const LONGEST_VALUE: usize = 64 * 1024;

/// The text of a value in HKEY_LOCAL_MACHINE; `None` if there is no such value. One of more than
/// 1,023 units is an error.
pub(crate) fn text(key: &str, name: &str) -> io::Result<Option<String>> {
    let mut text = [0u16; 1024];
    let size = size_of_val(&text);
    // SAFETY: the buffer is as long as said.
    let read = unsafe { read(key, name, RRF_RT_REG_SZ, text.as_mut_ptr().cast(), size) }?;
    let units = text.into_iter().take_while(|unit| *unit != 0);
    Ok(read.map(|_| String::from_utf16_lossy(&units.collect::<Vec<_>>())))
}

/// The bytes of a value in HKEY_LOCAL_MACHINE; `None` if there is no such value. One of more than 64
/// bytes is an error.
pub(crate) fn bytes(key: &str, name: &str) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = [0u8; 64];
    let size = bytes.len();
    // SAFETY: the buffer is as long as said.
    let read = unsafe { read(key, name, RRF_RT_REG_BINARY, bytes.as_mut_ptr().cast(), size) }?;
    Ok(read.map(|length| bytes[..length].to_vec()))
}

/// Every value of a key in HKEY_LOCAL_MACHINE, none if there is no such key.
pub(crate) fn values(key: &str) -> io::Result<Vec<RegistryValue>> {
    let Some(key) = OpenKey::open(key)? else { return Ok(Vec::new()) };
    let mut name = vec![0u16; LONGEST_NAME + 1];
    let mut bytes = vec![0u8; LONGEST_VALUE];
    let mut values = Vec::new();
    for index in 0.. {
        let (mut name_units, mut length, mut kind) = (name.len() as u32, bytes.len() as u32, 0);
        // SAFETY: the key is open; both buffers are as long as said; the others are out parameters.
        let read = unsafe {
            RegEnumValueW(
                key.0,
                index,
                name.as_mut_ptr(),
                &mut name_units,
                ptr::null(),
                &mut kind,
                bytes.as_mut_ptr(),
                &mut length,
            )
        };
        match read {
            ERROR_NO_MORE_ITEMS => break,
            // Its length is told in the place of its bytes.
            ERROR_MORE_DATA => {
                let error = format!("it has a value of more than {LONGEST_VALUE} bytes");
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
            read => succeeded(read)?,
        }
        values.push(RegistryValue {
            name: String::from_utf16_lossy(&name[..name_units as usize]),
            kind,
            bytes: bytes[..length as usize].to_vec(),
        });
    }
    Ok(values)
}

/// An open key.
struct OpenKey(HKEY);

impl OpenKey {
    /// A key in HKEY_LOCAL_MACHINE; `None` if there is no such key.
    fn open(key: &str) -> io::Result<Option<OpenKey>> {
        let (path, mut key) = (wide(key), ptr::null_mut());
        // SAFETY: the path ends with a zero; `key` is an out parameter.
        let opened = unsafe {
            RegOpenKeyExW(HKEY_LOCAL_MACHINE, path.as_ptr(), 0, KEY_QUERY_VALUE, &mut key)
        };
        if opened == ERROR_FILE_NOT_FOUND {
            return Ok(None);
        }
        succeeded(opened)?;
        Ok(Some(OpenKey(key)))
    }
}

impl Drop for OpenKey {
    fn drop(&mut self) {
        // SAFETY: the key is open, and nobody else has it.
        unsafe { RegCloseKey(self.0) };
    }
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
pub(crate) fn succeeded(result: WIN32_ERROR) -> io::Result<()> {
    match result {
        ERROR_SUCCESS => Ok(()),
        error => Err(io::Error::from_raw_os_error(error as i32)),
    }
}
