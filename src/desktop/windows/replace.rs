//! What an installer needs that replaces this program while agents run: it stops them, in every
//! session of the computer, and starts them again as the users that they ran as.
//!
//! Stopping is killing: an installer in the background reaches no window of another session, and an
//! agent must survive a crash at any moment anyway. Its journal brings the session back. Where agents
//! were is remembered until the computer restarts, in a volatile key that only administrators write.
//!
//! Only agents that a start without a word brings back are stopped: those that [`announce`]
//! themselves, in a user's session. All else goes on with the old program, which Windows keeps for it.

use std::env;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::ptr;
use std::thread;
use std::time::Duration;

use windows_sys::Win32::Foundation::{CloseHandle, INVALID_HANDLE_VALUE, WAIT_OBJECT_0};
use windows_sys::Win32::Storage::FileSystem::{READ_CONTROL, SYNCHRONIZE};
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
    CREATE_UNICODE_ENVIRONMENT, CreateMutexW, CreateProcessAsUserW, DETACHED_PROCESS, OpenMutexW,
    OpenProcess, PROCESS_INFORMATION, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE,
    PROCESS_TERMINATE, QueryFullProcessImageNameW, STARTUPINFOW, TerminateProcess,
    WaitForSingleObject,
};

use super::machine;
use crate::os::registry::{self, succeeded};
use crate::os::{Descriptor, Sid, owner_of_handle, wide};

/// How long a killed process may take to be gone, in milliseconds.
const GONE_WITHIN: u32 = 10_000;
/// How long the first agent may take to have the computer.
const HOLDER_WITHIN: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);
/// The longest path that Windows has, in units.
const LONGEST_PATH: usize = 32_768;

/// The key, in HKEY_LOCAL_MACHINE, and its value: numbers of sessions.
const KEY: &str = r"Software\Deskbeat";
const STOPPED: &str = "StoppedSessions";

/// SYNCHRONIZE and READ_CONTROL, as a descriptor writes them.
const SEEN: &str = "0x120000";

/// What [`announce`] holds.
#[derive(Debug)]
pub struct Announced(#[expect(dead_code, reason = "held, not used")] OwnedHandle);

/// Says, while its result lives, that this process is an agent that a start without arguments would
/// bring back. `None` if Windows does not take the word: an upgrade leaves the agent alone then.
pub fn announce() -> Option<Announced> {
    let user = Sid::of_user().ok()?;
    // Its owner is told: what is asked for by [`is_announced`]. Installers, as the system or an
    // administrator, may see that it is there and whose it is.
    let rights = format!("O:{user}D:P(A;;GA;;;{user})(A;;{SEEN};;;SY)(A;;{SEEN};;;BA)");
    let rights = Descriptor::parse(&rights).ok()?;
    let name = wide(announcement(process::id()));
    // SAFETY: the attributes point into `rights`, which lives on; the name ends with a zero.
    let handle = unsafe { CreateMutexW(&rights.attributes(), 0, name.as_ptr()) };
    // SAFETY: the handle was just opened, and nobody else has it.
    (!handle.is_null()).then(|| Announced(unsafe { OwnedHandle::from_raw_handle(handle) }))
}

fn announcement(process: u32) -> String {
    format!(r"Global\deskbeat-agent-{process}")
}

/// Whether `process`, with this `id`, has announced itself: the word counts only if its own user, or an
/// administrator, said it. Anybody may make a mutex of any name.
fn is_announced(id: u32, process: &OwnedHandle) -> bool {
    let name = wide(announcement(id));
    // SAFETY: the name ends with a zero.
    let handle = unsafe { OpenMutexW(SYNCHRONIZE | READ_CONTROL, 0, name.as_ptr()) };
    if handle.is_null() {
        return false;
    }
    // SAFETY: the handle was just opened, and nobody else has it.
    let mutex = unsafe { OwnedHandle::from_raw_handle(handle) };
    let Ok(owner) = owner_of_handle(&mutex) else { return false };
    owner.is_administrative() || Sid::of_user_of(process).is_ok_and(|user| user == owner)
}

struct OtherAgent {
    process: OwnedHandle,
    session: u32,
    has_the_computer: bool,
}

/// Stops the agents, which end with `exit_code`, and remembers the sessions that they were in. Even
/// if one does not stop, which is an error, the others are remembered.
pub fn stop_all(exit_code: u32) -> io::Result<()> {
    let mut agents = agents()?;
    // Who has the computer must have it again, before the others ask for it.
    agents.sort_by_key(|agent| !agent.has_the_computer);
    let mut sessions: Vec<u32> = Vec::new();
    for agent in &agents {
        if !sessions.contains(&agent.session) {
            sessions.push(agent.session);
        }
    }
    remember(&sessions)?;
    for agent in &agents {
        // SAFETY: the handle is open.
        unsafe { TerminateProcess(agent.process.as_raw_handle(), exit_code) };
    }
    for agent in &agents {
        // SAFETY: the handle is open.
        if unsafe { WaitForSingleObject(agent.process.as_raw_handle(), GONE_WITHIN) }
            != WAIT_OBJECT_0
        {
            let session = agent.session;
            return Err(io::Error::other(format!("the agent in session {session} does not stop")));
        }
    }
    Ok(())
}

fn agents() -> io::Result<Vec<OtherAgent>> {
    let ours = env::current_exe()?;
    let holder = machine::holder();
    let mut agents = Vec::new();
    for id in processes()?.into_iter().filter(|id| *id != process::id()) {
        // One that is gone is none; nor is what is not this program, whatever it announces.
        let Some(process) = open(id) else { continue };
        if !is_announced(id, &process)
            || !image(&process).is_some_and(|image| is_same(&image, &ours))
        {
            continue;
        }
        // The services' session has no user as whom to start it again.
        let Some(session) = session_of(id).filter(|session| *session != 0) else { continue };
        let has_the_computer = holder.is_some() && Sid::of_user_of(&process).ok() == holder;
        agents.push(OtherAgent { process, session, has_the_computer });
    }
    Ok(agents)
}

fn remember(sessions: &[u32]) -> io::Result<()> {
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
    let (name, text) = (wide(STOPPED), wide(numbers.join(" ")));
    // SAFETY: the key is open; the texts end with a zero, and the length is in bytes.
    let written = unsafe {
        let bytes = size_of_val(text.as_slice()) as u32;
        let written = RegSetValueExW(key, name.as_ptr(), 0, REG_SZ, text.as_ptr().cast(), bytes);
        RegCloseKey(key);
        written
    };
    succeeded(written)
}

/// Starts agents in the sessions that [`stop_all`] remembered, in their order, and forgets them. What
/// does not work is told to `failed`: a user who has logged off meanwhile needs none.
pub fn start_all(mut failed: impl FnMut(u32, io::Error)) -> io::Result<()> {
    let sessions = take_stopped()?;
    for (at, session) in sessions.iter().enumerate() {
        match start_in(*session) {
            Ok(()) if at == 0 && sessions.len() > 1 => wait_for_a_holder(),
            Ok(()) => {}
            Err(error) => failed(*session, error),
        }
    }
    Ok(())
}

/// Until an agent has the computer; not for long, where each session may have one.
fn wait_for_a_holder() {
    for _ in 0..HOLDER_WITHIN.as_millis() / PAUSE.as_millis() {
        if machine::holder().is_some() {
            return;
        }
        thread::sleep(PAUSE);
    }
}

/// The sessions that [`stop_all`] remembered; they are forgotten.
fn take_stopped() -> io::Result<Vec<u32>> {
    let Some(numbers) = registry::text(KEY, STOPPED)? else { return Ok(Vec::new()) };
    let key = wide(KEY);
    // SAFETY: the name ends with a zero.
    succeeded(unsafe { RegDeleteKeyW(HKEY_LOCAL_MACHINE, key.as_ptr()) })?;
    Ok(numbers.split(' ').filter_map(|number| number.parse().ok()).collect())
}

/// Starts an agent in a session, as its user, by the program that starts it again after a crash.
fn start_in(session: u32) -> io::Result<()> {
    let program = env::current_exe()?.with_file_name("deskbeatw.exe");
    // The services' session has no user of its own.
    if session != 0 && session_of(process::id()) == Some(session) {
        let nothing = Stdio::null;
        Command::new(program)
            .stdin(nothing())
            .stdout(nothing())
            .stderr(nothing())
            .creation_flags(DETACHED_PROCESS)
            .spawn()?;
        return Ok(());
    }
    start_as(&user_of(session)?, &program)
}

fn start_as(user: &OwnedHandle, program: &Path) -> io::Result<()> {
    let environment = EnvironmentBlock::of(user)?;
    let path = wide(program);
    let mut line = wide(format!("\"{}\"", program.display()));
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
            CREATE_UNICODE_ENVIRONMENT | DETACHED_PROCESS,
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
struct EnvironmentBlock(*mut core::ffi::c_void);

impl EnvironmentBlock {
    fn of(user: &OwnedHandle) -> io::Result<EnvironmentBlock> {
        let mut block = ptr::null_mut();
        // SAFETY: the token is open; `block` is an out parameter.
        if unsafe { CreateEnvironmentBlock(&mut block, user.as_raw_handle(), 0) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(EnvironmentBlock(block))
    }
}

impl Drop for EnvironmentBlock {
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
