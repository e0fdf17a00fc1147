//! The start at a logon, so that a crash is not the end. `deskbeatw.exe` is who watches: Windows'
//! Task Scheduler starts nothing again before a minute has passed.

use std::os::windows::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, io, thread};

use windows_sys::Win32::System::Threading::DETACHED_PROCESS;

use crate::desktop::restarts::Restarts;

/// There is nobody else who would.
#[expect(clippy::unused_async, reason = "it takes a while elsewhere")]
pub async fn start_unit() -> bool {
    false
}

/// Starts the agent that stands beside this program, and starts it again when it ends without being
/// told to; returns after a wanted end. At the end of the Windows session this process is ended before
/// the agent is, which asks to be the last.
pub fn watch() -> io::Result<()> {
    let program = env::current_exe()?.with_file_name("deskbeat.exe");
    let (mut restarts, mut has_run) = (Restarts::default(), false);
    loop {
        let started = Instant::now();
        let ran = Command::new(&program)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .creation_flags(DETACHED_PROCESS)
            .status();
        let code = match ran {
            Ok(status) => status.code(),
            // Just being replaced by another version: that passes.
            Err(_) if has_run => None,
            Err(error) => return Err(error),
        };
        has_run = true;
        match restarts.after(started.elapsed(), code) {
            Some(wait) => thread::sleep(wait),
            None => return Ok(()),
        }
    }
}

/// [`watch`], for a program that has a runtime.
#[expect(clippy::unused_async, reason = "it waits without blocking elsewhere")]
pub async fn watch_agent() -> io::Result<()> {
    watch()
}

/// Only a unit of systemd's waits by this.
#[expect(clippy::unused_async, reason = "it takes a while elsewhere")]
pub async fn wait_before_start() {}
