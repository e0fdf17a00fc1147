//! The console that Windows gives every console program.
//!
//! Deskbeat is a console program, so that shells wait for `deskbeat status` and see its exit code:
//! they do neither for programs of the window kind. The price is that Windows makes a console for a
//! tray that was not started from one. The manifest asks it not to (`consoleAllocationPolicy`:
//! Windows 11 24H2, Server 2025); older ones show it for a moment, until `leave_own` closes it. The
//! installer has the tray started by `deskbeatw.exe` (src/bin/deskbeatw.rs), which spares it the console.

use std::os::windows::process::CommandExt;
use std::process::Command;
use std::ptr;

use windows_sys::Win32::Storage::FileSystem::{FILE_TYPE_CHAR, GetFileType};
use windows_sys::Win32::System::Console::GetStdHandle;
use windows_sys::Win32::System::Console::{
    FreeConsole, GetConsoleProcessList, STD_ERROR_HANDLE, STD_HANDLE, STD_INPUT_HANDLE,
    STD_OUTPUT_HANDLE, SetStdHandle,
};
use windows_sys::Win32::System::Threading::DETACHED_PROCESS;

/// Closes the console if nobody else is in it: nobody started this program from there.
pub fn leave_own() {
    let mut others = [0; 2];
    // SAFETY: the pointer is to as many numbers as the count says.
    if unsafe { GetConsoleProcessList(others.as_mut_ptr(), others.len() as u32) } != 1 {
        return;
    }
    let consoles: Vec<STD_HANDLE> = [STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE]
        .into_iter()
        .filter(|which| is_console(*which))
        .collect();
    // SAFETY: no pointers.
    unsafe { FreeConsole() };
    for which in consoles {
        // The handle is gone with the console; another file may get its number, and our log with it.
        // SAFETY: null is "no such stream".
        unsafe { SetStdHandle(which, ptr::null_mut()) };
    }
}

/// A child that gets no console.
pub fn detach(command: &mut Command) {
    command.creation_flags(DETACHED_PROCESS);
}

/// False for a stream that was redirected to a file or a pipe, which stays.
fn is_console(which: STD_HANDLE) -> bool {
    // SAFETY: no pointers; a handle that is none has no type.
    unsafe { GetFileType(GetStdHandle(which)) == FILE_TYPE_CHAR }
}
