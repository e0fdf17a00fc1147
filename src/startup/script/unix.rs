//! The script's process group on Linux, and the signals that are passed on to it.

use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::signal::unix::{SignalKind, signal};

use super::ScriptEnd;

/// Between asking the script to end and ending it.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// What we were told, and tell the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScriptSignal(Signal);

impl ScriptSignal {
    /// The polite end.
    pub(crate) const END: ScriptSignal = ScriptSignal(Signal::TERM);

    /// True if it asks us to end.
    pub(crate) fn is_end(self) -> bool {
        matches!(self.0, Signal::TERM | Signal::INT | Signal::HUP | Signal::QUIT)
    }
}

/// Listens from now on; each call of the future gives the next signal.
pub(crate) fn signals() -> io::Result<impl AsyncFnMut() -> ScriptSignal> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut one = signal(SignalKind::user_defined1())?;
    let mut two = signal(SignalKind::user_defined2())?;
    Ok(async move || {
        ScriptSignal(tokio::select! {
            _ = terminate.recv() => Signal::TERM,
            _ = interrupt.recv() => Signal::INT,
            _ = hang_up.recv() => Signal::HUP,
            _ = quit.recv() => Signal::QUIT,
            _ = one.recv() => Signal::USR1,
            _ = two.recv() => Signal::USR2,
        })
    })
}

/// The script and what it started.
#[derive(Debug)]
pub(super) struct Group {
    leader: Option<Pid>,
    /// It has a group of its own.
    own: bool,
}

/// In a group of its own, but for one that reads from a terminal, which only the terminal's group may.
pub(super) fn spawn(command: &mut Command) -> io::Result<(Child, Group)> {
    let own = !io::stdin().is_terminal();
    if own {
        command.process_group(0);
    }
    let child = command.spawn()?;
    let leader = Pid::from_raw(child.id().cast_signed());
    Ok((child, Group { leader, own }))
}

impl Group {
    pub(super) fn tell(&self, ScriptSignal(signal): ScriptSignal) {
        let Some(leader) = self.leader else { return };
        let _gone_already = match self.own {
            true => kill_process_group(leader, signal),
            // Ctrl-C reached it from the terminal, as it did us.
            false if signal == Signal::INT || signal == Signal::QUIT => Ok(()),
            false => kill_process(leader, signal),
        };
    }

    pub(super) fn kill(&self) {
        self.tell(ScriptSignal(Signal::KILL));
    }
}

pub(super) fn ending(status: ExitStatus) -> ScriptEnd {
    match (status.code(), status.signal()) {
        (Some(code), _) => ScriptEnd::Code(code),
        (None, Some(signal)) => ScriptEnd::Signal(signal),
        (None, None) => ScriptEnd::Unknown,
    }
}

/// An output that something in the background may hold open after the script's end. Were its
/// reading end closed, the next line would kill the writer (SIGPIPE).
#[derive(Debug)]
pub(super) struct OpenOutput {
    from: OwnedFd,
    to: fn() -> Option<OwnedFd>,
}

impl OpenOutput {
    pub(super) fn of_stdout(out: &ChildStdout) -> Option<Self> {
        let to = || io::stdout().as_fd().try_clone_to_owned().ok();
        Some(Self { from: out.as_fd().try_clone_to_owned().ok()?, to })
    }

    pub(super) fn of_stderr(err: &ChildStderr) -> Option<Self> {
        let to = || io::stderr().as_fd().try_clone_to_owned().ok();
        Some(Self { from: err.as_fd().try_clone_to_owned().ok()?, to })
    }

    /// Leaves a reader behind that passes it on for as long as anybody writes.
    pub(super) fn goes_on(self) {
        let Some(to) = (self.to)() else { return };
        let mut reader = Command::new("cat");
        reader.stdin(self.from).stdout(to).stderr(Stdio::null()).process_group(0);
        if let Err(error) = reader.spawn() {
            tracing::warn!("what runs in the background can write no more: {error}");
        }
    }
}
