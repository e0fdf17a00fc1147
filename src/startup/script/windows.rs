//! The script's job on Windows: what it starts belongs to it, and can be ended with it.

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus};
use std::ptr;
use std::time::Duration;

use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, TerminateJobObject,
};

use super::ScriptEnd;
use crate::desktop::stop;

/// The exit code of what was ended. Source: Microsoft, "Process exit codes": 1 is what the Task
/// Manager gives.
const ENDED: u32 = 1;

/// A script cannot be asked to end: it is ended at once.
pub(crate) const GRACE: Duration = Duration::ZERO;

/// We were told to end. A console's children hear it as we do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScriptSignal(());

impl ScriptSignal {
    /// The polite end; Windows has none for a process without a window.
    pub(crate) const END: ScriptSignal = ScriptSignal(());

    pub(crate) fn is_end(self) -> bool {
        true
    }
}

/// Listens from now on; each call of the future waits for Ctrl-C, Ctrl-Break or the console's end.
pub(crate) fn signals() -> io::Result<impl AsyncFnMut() -> ScriptSignal> {
    let mut stopping = Some(Box::pin(stop::signal()?));
    Ok(async move || {
        match &mut stopping {
            Some(waiting) => drop(waiting.as_mut().await),
            None => std::future::pending().await,
        }
        stopping = None;
        ScriptSignal(())
    })
}

/// The script and what it started.
#[derive(Debug)]
pub(super) struct Group(OwnedHandle);

pub(super) fn spawn(command: &mut Command) -> io::Result<(Child, Group)> {
    // SAFETY: no attributes, no name.
    let job = unsafe { CreateJobObjectW(ptr::null(), ptr::null()) };
    if job.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle was just opened, and nobody else has it.
    let job = unsafe { OwnedHandle::from_raw_handle(job) };
    let child = command.spawn()?;
    // SAFETY: both handles are open. Where it is refused (an old system's nested job), only the
    // script itself would be ended, which the handle below cannot do either: it is then left running.
    let assigned = unsafe { AssignProcessToJobObject(job.as_raw_handle(), child.as_raw_handle()) };
    if assigned == 0 {
        tracing::warn!("the script cannot be put into a job: {}", io::Error::last_os_error());
    }
    Ok((child, Group(job)))
}

impl Group {
    pub(super) fn tell(&self, _end: ScriptSignal) {}

    pub(super) fn kill(&self) {
        // SAFETY: the handle is open.
        unsafe { TerminateJobObject(self.0.as_raw_handle(), ENDED) };
    }
}

pub(super) fn ending(status: ExitStatus) -> ScriptEnd {
    status.code().map_or(ScriptEnd::Unknown, ScriptEnd::Code)
}

/// Whatever writes on in the background is told by an error that nobody reads; nothing to do.
#[derive(Debug)]
pub(super) struct OpenOutput;

impl OpenOutput {
    pub(super) fn of_stdout(_out: &ChildStdout) -> Option<Self> {
        None
    }

    pub(super) fn of_stderr(_err: &ChildStderr) -> Option<Self> {
        None
    }

    pub(super) fn goes_on(self) {}
}
