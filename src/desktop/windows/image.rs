//! What Deskbeat has in a machine's image: how it starts, and what users have left.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::ptr;

use windows_sys::Win32::Foundation::ERROR_SUCCESS;
use windows_sys::Win32::System::Registry::{HKEY_LOCAL_MACHINE, RRF_RT_REG_SZ, RegGetValueW};

use super::window::wide;

const RUN: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";
const NAME: &str = "Deskbeat";

/// How it starts at a logon, or what to do so that it does.
pub fn start_at_logon() -> Result<String, String> {
    match run_value() {
        Some(command) => Ok(format!("Started at every logon by HKLM\\{RUN}: {command}.")),
        None => Err(format!(
            "Nothing starts Deskbeat at a logon: the value {NAME} of HKLM\\{RUN} is missing. Install \
             the MSI."
        )),
    }
}

fn run_value() -> Option<String> {
    let (key, name) = (wide(RUN), wide(NAME));
    let mut text = [0u16; 1024];
    let mut bytes = size_of_val(&text) as u32;
    // SAFETY: the names end with a zero; the buffer is as long as said.
    let result = unsafe {
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
    if result != ERROR_SUCCESS {
        return None;
    }
    let units: Vec<u16> = text.iter().copied().take_while(|unit| *unit != 0).collect();
    Some(String::from_utf16_lossy(&units))
}

/// The state folders of all users that exist, where they are by default.
pub fn state_folders() -> Vec<PathBuf> {
    // Beside the public profile are all others.
    let public = env::var_os("PUBLIC").map(PathBuf::from);
    let profiles = public.as_deref().and_then(|public| public.parent()).map(fs::read_dir);
    let homes = profiles.and_then(Result::ok).into_iter().flatten().flatten();
    homes
        .map(|home| home.path().join(r"AppData\Local\Deskbeat"))
        .filter(|folder| folder.is_dir())
        .collect()
}
