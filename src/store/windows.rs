//! The journal's file on Windows: sealed for this user on this machine by DPAPI, replaced with write
//! through. Its rights come from the private folder.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Cryptography::{
    CRYPT_INTEGER_BLOB, CRYPTPROTECT_UI_FORBIDDEN, CryptProtectData, CryptUnprotectData,
};
use windows_sys::Win32::Storage::FileSystem::{
    MOVEFILE_REPLACE_EXISTING, MOVEFILE_WRITE_THROUGH, MoveFileExW,
};

use crate::os::wide;

pub(super) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// The folder's access list is inherited by all that is in it.
pub(super) fn make_private(_path: &Path) -> io::Result<()> {
    Ok(())
}

pub(super) fn replace(new: &Path, journal: &Path) -> io::Result<()> {
    let (new, journal) = (wide(new), wide(journal));
    // SAFETY: both names end with a zero.
    let moved = unsafe {
        MoveFileExW(
            new.as_ptr(),
            journal.as_ptr(),
            MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH,
        )
    };
    if moved == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// MOVEFILE_WRITE_THROUGH has done it.
pub(super) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

pub(super) fn seal(mut plain: Vec<u8>) -> io::Result<Vec<u8>> {
    let input = blob(&mut plain)?;
    let mut output = CRYPT_INTEGER_BLOB::default();
    // SAFETY: `input` points to `plain`, which lives on; `output` is an out parameter.
    let sealed = unsafe {
        CryptProtectData(
            &input,
            ptr::null(),
            ptr::null(),
            ptr::null(),
            ptr::null(),
            CRYPTPROTECT_UI_FORBIDDEN,
            &mut output,
        )
    };
    taken(sealed, output)
}

pub(super) fn unseal(mut sealed: Vec<u8>) -> io::Result<Vec<u8>> {
    let input = blob(&mut sealed)?;
    let mut output = CRYPT_INTEGER_BLOB::default();
    // SAFETY: `input` points to `sealed`, which lives on; `output` is an out parameter.
    let plain = unsafe {
        CryptUnprotectData(
            &input,
            ptr::null_mut(),
            ptr::null(),
            ptr::null(),
            ptr::null(),
            CRYPTPROTECT_UI_FORBIDDEN,
            &mut output,
        )
    };
    taken(plain, output)
}

fn blob(bytes: &mut [u8]) -> io::Result<CRYPT_INTEGER_BLOB> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    Ok(CRYPT_INTEGER_BLOB { cbData: length, pbData: bytes.as_mut_ptr() })
}

/// What DPAPI has put into `output`, which is freed.
fn taken(succeeded: i32, output: CRYPT_INTEGER_BLOB) -> io::Result<Vec<u8>> {
    if succeeded == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: on success DPAPI has allocated `cbData` bytes at `pbData`.
    let bytes = unsafe { std::slice::from_raw_parts(output.pbData, output.cbData as usize) };
    let copy = bytes.to_vec();
    // SAFETY: the documentation of both functions says to free it so; it is not used again.
    unsafe { LocalFree(output.pbData.cast()) };
    Ok(copy)
}
