//! `deskbeatw.exe`: starts `deskbeat.exe` beside it without a console, with the same arguments. Without
//! any it stays, and starts the agent again after a crash.
//!
//! Deskbeat is a console program (desktop/windows/console.rs says why), and before Windows 11 24H2 and
//! Server 2025 Windows opens a console window for every such program. This one is of the window kind,
//! for what a user starts without a shell: the logon and the Start menu.

#![cfg_attr(windows, windows_subsystem = "windows")]

use std::process::ExitCode;

#[cfg(windows)]
fn main() -> ExitCode {
    use std::os::windows::process::CommandExt;
    use std::process::{Command, Stdio};

    use windows_sys::Win32::System::Threading::DETACHED_PROCESS;

    if std::env::args_os().len() <= 1 {
        return match deskbeat::desktop::autostart::watch() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => cannot_start(&error),
        };
    }
    let started = std::env::current_exe().and_then(|own| {
        Command::new(own.with_file_name("deskbeat.exe"))
            .args(std::env::args_os().skip(1))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .creation_flags(DETACHED_PROCESS)
            .spawn()
    });
    match started {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => cannot_start(&error),
    }
}

#[cfg(windows)]
fn cannot_start(error: &std::io::Error) -> ExitCode {
    say(&format!(
        "Deskbeat cannot be started: {error}\n\nThis computer's session is not kept alive. Tell \
         your administrator that deskbeat.exe is missing beside deskbeatw.exe, or that something \
         forbids it."
    ));
    ExitCode::FAILURE
}

/// There is no console to say it in.
#[cfg(windows)]
fn say(text: &str) {
    use windows_sys::Win32::UI::WindowsAndMessaging::{MB_ICONERROR, MessageBoxW};

    let wide = |text: &str| text.encode_utf16().chain([0]).collect::<Vec<u16>>();
    let (text, title) = (wide(text), wide("Deskbeat"));
    // SAFETY: both texts end with a zero; no window owns the box.
    unsafe { MessageBoxW(std::ptr::null_mut(), text.as_ptr(), title.as_ptr(), MB_ICONERROR) };
}

#[cfg(not(windows))]
fn main() -> ExitCode {
    eprintln!("deskbeatw is for Windows; here it is deskbeat.");
    ExitCode::FAILURE
}
