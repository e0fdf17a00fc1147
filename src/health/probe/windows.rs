//! Windows services from the service control manager, and processes from a snapshot.

use std::io;
use std::mem;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_SERVICE_DOES_NOT_EXIST, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
};
use windows_sys::Win32::System::Services::{
    CloseServiceHandle, OpenSCManagerW, OpenServiceW, QueryServiceStatus, SC_HANDLE,
    SC_MANAGER_CONNECT, SERVICE_PAUSED, SERVICE_QUERY_STATUS, SERVICE_RUNNING,
    SERVICE_START_PENDING, SERVICE_STATUS, SERVICE_STOP_PENDING, SERVICE_STOPPED,
};

use crate::health::judge::Reading;
use crate::os::wide;
use crate::session::words::said::said;

/// Nothing is kept open: a look takes microseconds.
#[derive(Debug, Default)]
pub(super) struct Services;

/// A handle of the service control manager.
struct ServiceHandle(SC_HANDLE);

impl Drop for ServiceHandle {
    fn drop(&mut self) {
        // SAFETY: opened by `state`, and used no more.
        unsafe { CloseServiceHandle(self.0) };
    }
}

impl Services {
    pub(super) async fn state(&mut self, name: &str) -> Reading {
        let unknown = || Reading::Unknown(io::Error::last_os_error().to_string());
        // SAFETY: null: this computer's, and the active database.
        let manager = unsafe { OpenSCManagerW(ptr::null(), ptr::null(), SC_MANAGER_CONNECT) };
        if manager.is_null() {
            return unknown();
        }
        let manager = ServiceHandle(manager);
        let wide_name = wide(name);
        // SAFETY: the manager is open, the name ends with a zero.
        let service = unsafe { OpenServiceW(manager.0, wide_name.as_ptr(), SERVICE_QUERY_STATUS) };
        if service.is_null() {
            let error = io::Error::last_os_error();
            return match error.raw_os_error() {
                Some(code) if code == ERROR_SERVICE_DOES_NOT_EXIST.cast_signed() => {
                    Reading::Unwell(said!("how-missing").into())
                }
                _ => Reading::Unknown(error.to_string()),
            };
        }
        let service = ServiceHandle(service);
        // SAFETY: zero is a state that the structure may have.
        let mut status: SERVICE_STATUS = unsafe { mem::zeroed() };
        // SAFETY: the service is open, the structure is ours.
        if unsafe { QueryServiceStatus(service.0, &raw mut status) } == 0 {
            return unknown();
        }
        match status.dwCurrentState {
            SERVICE_RUNNING => Reading::Well,
            SERVICE_STOPPED => Reading::Unwell(said!("how-stopped").into()),
            SERVICE_PAUSED => Reading::Unwell(said!("how-paused").into()),
            SERVICE_START_PENDING => Reading::Unwell(said!("how-starting").into()),
            SERVICE_STOP_PENDING => Reading::Unwell(said!("how-stopping").into()),
            _ => Reading::Unwell(said!("how-neither").into()),
        }
    }
}

/// By its file's name, with or without `.exe`, in any case.
pub(super) fn process_runs(name: &str) -> Reading {
    // SAFETY: no arguments that point anywhere.
    let snapshot = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0) };
    if snapshot == INVALID_HANDLE_VALUE {
        return Reading::Unknown(io::Error::last_os_error().to_string());
    }
    // SAFETY: the handle was just opened, and nobody else has it.
    let snapshot = unsafe { OwnedHandle::from_raw_handle(snapshot) };
    // SAFETY: zero is a state that the structure may have.
    let mut entry: PROCESSENTRY32W = unsafe { mem::zeroed() };
    entry.dwSize = size_of::<PROCESSENTRY32W>() as u32;
    let bare = |name: &str| {
        let name = name.to_lowercase();
        name.strip_suffix(".exe").unwrap_or(&name).to_owned()
    };
    let wanted = bare(name);
    // SAFETY: the snapshot is open, the structure is ours and knows its size.
    let mut more = unsafe { Process32FirstW(snapshot.as_raw_handle(), &raw mut entry) } != 0;
    while more {
        let end = entry.szExeFile.iter().position(|unit| *unit == 0);
        let found = &entry.szExeFile[..end.unwrap_or(entry.szExeFile.len())];
        if bare(&String::from_utf16_lossy(found)) == wanted {
            return Reading::Well;
        }
        // SAFETY: as above.
        more = unsafe { Process32NextW(snapshot.as_raw_handle(), &raw mut entry) } != 0;
    }
    Reading::Unwell(said!("how-not-running").into())
}
