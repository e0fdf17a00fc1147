//! Opening a file with the program that the user has for it, and whether anybody could see it.

use std::path::PathBuf;
use std::ptr;
use std::thread;

use tokio::sync::oneshot;
use windows_sys::Win32::System::Com::{
    COINIT_APARTMENTTHREADED, COINIT_DISABLE_OLE1DDE, CoInitializeEx, CoUninitialize,
};
use windows_sys::Win32::System::StationsAndDesktops::{
    GetProcessWindowStation, GetUserObjectInformationW, UOI_FLAGS, USEROBJECTFLAGS,
};
use windows_sys::Win32::UI::Shell::ShellExecuteW;
use windows_sys::Win32::UI::WindowsAndMessaging::{SW_SHOWNORMAL, WSF_VISIBLE};

use crate::desktop::controller::NotOpened;
use crate::os;
use crate::os::wide;

/// At or below this, what ShellExecuteW returns is an error. Source: Microsoft, ShellExecuteW.
const FAILED: isize = 32;

/// Opens `path`, on a thread of its own: programs take their time to start.
pub(super) async fn open(path: PathBuf) -> Result<(), NotOpened> {
    let (told, opened) = oneshot::channel();
    let log = path.clone();
    thread::spawn(move || {
        let (verb, file) = (wide("open"), os::wide(&path));
        let model = (COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE) as u32;
        // SAFETY: the texts end with a zero; COM is left as often as it was entered.
        let opened = unsafe {
            let entered = CoInitializeEx(ptr::null(), model);
            let opened = ShellExecuteW(
                ptr::null_mut(),
                verb.as_ptr(),
                file.as_ptr(),
                ptr::null(),
                ptr::null(),
                SW_SHOWNORMAL,
            );
            if entered >= 0 {
                CoUninitialize();
            }
            opened as isize
        };
        let opened = match opened > FAILED {
            true => Ok(()),
            false => Err(NotOpened { path, why: format!("error {opened}") }),
        };
        // The controller may have stopped.
        let _gone = told.send(opened);
    });
    opened.await.unwrap_or_else(|_| Err(NotOpened { path: log, why: "its thread ended".into() }))
}

/// False for services and the like, whose windows nobody ever sees.
pub(super) fn somebody_can_see() -> bool {
    let mut flags = USEROBJECTFLAGS::default();
    // SAFETY: the structure is live and its size is told.
    let told = unsafe {
        GetUserObjectInformationW(
            GetProcessWindowStation(),
            UOI_FLAGS,
            (&raw mut flags).cast(),
            size_of::<USEROBJECTFLAGS>() as u32,
            ptr::null_mut(),
        )
    };
    told != 0 && flags.dwFlags & WSF_VISIBLE as u32 != 0
}
