//! Shutdown and logoff. Source: Microsoft, ExitWindowsEx.

use windows_sys::Win32::Foundation::{CloseHandle, ERROR_SUCCESS, GetLastError, HANDLE, LUID};
use windows_sys::Win32::Security::{
    AdjustTokenPrivileges, LUID_AND_ATTRIBUTES, LookupPrivilegeValueW, SE_PRIVILEGE_ENABLED,
    SE_SHUTDOWN_NAME, TOKEN_ADJUST_PRIVILEGES, TOKEN_PRIVILEGES, TOKEN_QUERY,
};
use windows_sys::Win32::System::Shutdown::{
    EWX_FORCEIFHUNG, EWX_LOGOFF, EWX_POWEROFF, ExitWindowsEx, SHTDN_REASON_FLAG_PLANNED,
    SHTDN_REASON_MAJOR_APPLICATION,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use crate::agent::after_end::PowerError;

/// Powers the machine off; what EC2 does then is the instance's shutdown behaviour.
pub fn shut_down() -> Result<(), PowerError> {
    hold_shutdown_privilege()?;
    exit(EWX_POWEROFF)
}

/// Ends the user's session.
pub fn log_off() -> Result<(), PowerError> {
    exit(EWX_LOGOFF)
}

fn exit(how: u32) -> Result<(), PowerError> {
    let reason = SHTDN_REASON_MAJOR_APPLICATION | SHTDN_REASON_FLAG_PLANNED;
    // SAFETY: no pointers.
    if unsafe { ExitWindowsEx(how | EWX_FORCEIFHUNG, reason) } == 0 {
        return Err(last("Windows refuses"));
    }
    Ok(())
}

/// Users hold the right switched off; it must be switched on before use.
fn hold_shutdown_privilege() -> Result<(), PowerError> {
    let mut token: HANDLE = std::ptr::null_mut();
    // SAFETY: `token` is live and is filled by the call.
    let opened = unsafe {
        OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &mut token)
    };
    if opened == 0 {
        return Err(last("this process's rights cannot be read"));
    }
    let mut luid = LUID { LowPart: 0, HighPart: 0 };
    // SAFETY: the name is a constant with its end, `luid` is live.
    let found = unsafe { LookupPrivilegeValueW(std::ptr::null(), SE_SHUTDOWN_NAME, &mut luid) };
    let wanted = TOKEN_PRIVILEGES {
        PrivilegeCount: 1,
        Privileges: [LUID_AND_ATTRIBUTES { Luid: luid, Attributes: SE_PRIVILEGE_ENABLED }],
    };
    // SAFETY: `token` is open, `wanted` is live; the former state is not asked for.
    let (adjusted, error) = unsafe {
        let adjusted =
            AdjustTokenPrivileges(token, 0, &wanted, 0, std::ptr::null_mut(), std::ptr::null_mut());
        (adjusted, GetLastError())
    };
    // SAFETY: `token` is open and not used again.
    unsafe { CloseHandle(token) };
    if found == 0 || adjusted == 0 || error != ERROR_SUCCESS {
        return Err(PowerError::Refused("this user may not shut the computer down".into()));
    }
    Ok(())
}

fn last(what: &'static str) -> PowerError {
    PowerError::System { what, error: std::io::Error::last_os_error() }
}
