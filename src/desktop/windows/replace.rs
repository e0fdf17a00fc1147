//! What an installer needs that replaces this program while agents run: it stops them, in every
//! session of the computer, and starts them again as the users that they ran as.
//!
//! Stopping is killing: an installer in the background reaches no window of another session, and an
//! agent must survive a crash at any moment anyway. Its journal brings the session back. Where agents
//! were is remembered until the computer restarts, in a volatile key that only administrators write.

use std::collections::BTreeSet;
use std::env;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::ptr;

use windows_sys::Win32::Foundation::{CloseHandle, INVALID_HANDLE_VALUE, WAIT_OBJECT_0};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
};
use windows_sys::Win32::System::Environment::{CreateEnvironmentBlock, DestroyEnvironmentBlock};
use windows_sys::Win32::System::Registry::{
    HKEY_LOCAL_MACHINE, KEY_SET_VALUE, REG_OPTION_VOLATILE, REG_SZ, RegCloseKey, RegCreateKeyExW,
    RegDeleteKeyW, RegSetValueExW,
};
use windows_sys::Win32::System::RemoteDesktop::{ProcessIdToSessionId, WTSQueryUserToken};
use windows_sys::Win32::System::Threading::{
    CREATE_NO_WINDOW, CREATE_UNICODE_ENVIRONMENT, CreateProcessAsUserW, OpenProcess,
    PROCESS_INFORMATION, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE, PROCESS_TERMINATE,
    QueryFullProcessImageNameW, STARTUPINFOW, TerminateProcess, WaitForSingleObject,
};

use super::registry::{self, succeeded};
use super::window::wide;
use crate::account;

/// How long a killed process may take to be gone, in milliseconds.
const GONE_WITHIN: u32 = 10_000;
/// The longest path that Windows has, in units.
const LONGEST_PATH: usize = 32_768;

/// The key, in HKEY_LOCAL_MACHINE, and its value: numbers of sessions.
const KEY: &str = r"Software\Deskbeat";
const STOPPED: &str = "StoppedSessions";

/// Stops every process of this program but this one, and remembers the sessions that they were in.
pub fn stop_all() -> io::Result<()> {
    let ours = env::current_exe()?;
    let mut sessions = BTreeSet::new();
    for id in processes()?.into_iter().filter(|id| *id != process::id()) {
        // One that is gone, or that nobody may touch (the system's own), is none of ours.
        let Some(process) = open(id) else { continue };
        if !image(&process).is_some_and(|image| is_same(&image, &ours)) {
            continue;
        }
        if let Some(session) = session_of(id) {
            sessions.insert(session);
        }
        // SAFETY: the handle is open.
        let gone = unsafe {
            TerminateProcess(process.as_raw_handle(), 0);
            WaitForSingleObject(process.as_raw_handle(), GONE_WITHIN)
        };
        if gone != WAIT_OBJECT_0 {
            return Err(io::Error::other(format!("process {id} does not stop")));
        }
    }
    if sessions.is_empty() { Ok(()) } else { remember(&sessions) }
}

fn remember(sessions: &BTreeSet<u32>) -> io::Result<()> {
    let key_name = wide(KEY);
    let mut key = ptr::null_mut();
    // SAFETY: the name ends with a zero; `key` is an out parameter.
    let made = unsafe {
        RegCreateKeyExW(
            HKEY_LOCAL_MACHINE,
            key_name.as_ptr(),
            0,
            ptr::null(),
            REG_OPTION_VOLATILE,
            KEY_SET_VALUE,
            ptr::null(),
            &mut key,
            ptr::null_mut(),
        )
    };
    succeeded(made)?;
    let numbers: Vec<String> = sessions.iter().map(u32::to_string).collect();
    let (name, text) = (wide(STOPPED), wide(&numbers.join(" ")));
    // SAFETY: the key is open; the texts end with a zero, and the length is in bytes.
    let written = unsafe {
        let bytes = size_of_val(text.as_slice()) as u32;
        let written = RegSetValueExW(key, name.as_ptr(), 0, REG_SZ, text.as_ptr().cast(), bytes);
        RegCloseKey(key);
        written
    };
    succeeded(written)
}

/// The sessions that [`stop_all`] remembered; they are forgotten.
pub fn take_stopped() -> io::Result<Vec<u32>> {
    let Some(numbers) = registry::text(KEY, STOPPED)? else { return Ok(Vec::new()) };
    let key = wide(KEY);
    // SAFETY: the name ends with a zero.
    succeeded(unsafe { RegDeleteKeyW(HKEY_LOCAL_MACHINE, key.as_ptr()) })?;
    Ok(numbers.split(' ').filter_map(|number| number.parse().ok()).collect())
}

/// Starts this program in a session, as its user.
pub fn start_in(session: u32) -> io::Result<()> {
    let program = env::current_exe()?;
    // The services' session has no user of its own.
    if session != 0 && session_of(process::id()) == Some(session) {
        let nothing = Stdio::null;
        Command::new(program)
            .stdin(nothing())
            .stdout(nothing())
            .stderr(nothing())
            .creation_flags(CREATE_NO_WINDOW)
            .spawn()?;
        return Ok(());
    }
    start_as(&user_of(session)?, &program)
}

fn start_as(user: &OwnedHandle, program: &Path) -> io::Result<()> {
    let environment = Environment::of(user)?;
    let path = account::wide(program);
    let mut line = wide(&format!("\"{}\"", program.display()));
    let mut desktop = wide(r"winsta0\default");
    let start = STARTUPINFOW {
        cb: size_of::<STARTUPINFOW>() as u32,
        lpDesktop: desktop.as_mut_ptr(),
        ..STARTUPINFOW::default()
    };
    let mut made = PROCESS_INFORMATION::default();
    // SAFETY: the texts end with a zero and live on, as do the token and the environment; `made` is
    // an out parameter.
    let started = unsafe {
        CreateProcessAsUserW(
            user.as_raw_handle(),
            path.as_ptr(),
            line.as_mut_ptr(),
            ptr::null(),
            ptr::null(),
            0,
            CREATE_UNICODE_ENVIRONMENT | CREATE_NO_WINDOW,
            environment.0,
            ptr::null(),
            &start,
            &mut made,
        )
    };
    if started == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call above has opened them for us.
    unsafe {
        CloseHandle(made.hThread);
        CloseHandle(made.hProcess);
    }
    Ok(())
}

/// The token of the user who is logged on in a session. Only the system may ask.
fn user_of(session: u32) -> io::Result<OwnedHandle> {
    let mut token = ptr::null_mut();
    // SAFETY: `token` is an out parameter.
    if unsafe { WTSQueryUserToken(session, &mut token) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle was just opened, and nobody else has it.
    Ok(unsafe { OwnedHandle::from_raw_handle(token) })
}

/// A user's variables, as at a logon.
struct Environment(*mut core::ffi::c_void);

impl Environment {
    fn of(user: &OwnedHandle) -> io::Result<Environment> {
        let mut block = ptr::null_mut();
        // SAFETY: the token is open; `block` is an out parameter.
        if unsafe { CreateEnvironmentBlock(&mut block, user.as_raw_handle(), 0) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Environment(block))
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        // SAFETY: made by CreateEnvironmentBlock, and used no more.
        unsafe { DestroyEnvironmentBlock(self.0) };
    }
}

/// The ids of all processes.
fn processes() -> io::Result<Vec<u32>> {
    // SAFETY: no pointers.
    let snapshot = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0) };
    if snapshot == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle was just opened, and nobody else has it.
    let snapshot = unsafe { OwnedHandle::from_raw_handle(snapshot) };
    let mut entry =
        PROCESSENTRY32W { dwSize: size_of::<PROCESSENTRY32W>() as u32, ..Default::default() };
    let mut ids = Vec::new();
    // SAFETY: the handle is open; `entry` says its size.
    let mut more = unsafe { Process32FirstW(snapshot.as_raw_handle(), &mut entry) };
    while more != 0 {
        ids.push(entry.th32ProcessID);
        // SAFETY: as above.
        more = unsafe { Process32NextW(snapshot.as_raw_handle(), &mut entry) };
    }
    Ok(ids)
}

fn open(id: u32) -> Option<OwnedHandle> {
    let rights = PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_TERMINATE | PROCESS_SYNCHRONIZE;
    // SAFETY: no pointers.
    let handle = unsafe { OpenProcess(rights, 0, id) };
    // SAFETY: the handle was just opened, and nobody else has it.
    (!handle.is_null()).then(|| unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// The file that a process runs.
fn image(process: &OwnedHandle) -> Option<PathBuf> {
    let mut buffer = vec![0; LONGEST_PATH];
    let mut length = LONGEST_PATH as u32;
    // SAFETY: the handle is open; the buffer is as long as said.
    let told = unsafe {
        QueryFullProcessImageNameW(process.as_raw_handle(), 0, buffer.as_mut_ptr(), &mut length)
    };
    let name = buffer.get(..length as usize)?;
    (told != 0).then(|| PathBuf::from(String::from_utf16_lossy(name)))
}

/// Names of files are not told apart by case.
fn is_same(one: &Path, other: &Path) -> bool {
    let plain = |path: &Path| path.to_string_lossy().to_lowercase();
    plain(one) == plain(other)
}

fn session_of(process: u32) -> Option<u32> {
    let mut session = 0;
    // SAFETY: `session` is an out parameter.
    (unsafe { ProcessIdToSessionId(process, &mut session) } != 0).then_some(session)
}
