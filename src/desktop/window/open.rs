//! Opening the window from the agent: another process of the same program, at most one, raised if it is
//! there. Neither waits for the other: an agent without a window goes on, and so does the reverse.

use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::agent::window_calls::WindowCalls;
use crate::ui::dialog::Question;

/// A window that has not come to the agent by then does not come.
const PATIENCE: Duration = Duration::from_secs(5);

/// The window of an agent that was killed finds its successor within this: it looks twice a second.
const SETTLED_AFTER: Duration = Duration::from_millis(800);

/// How the window is started: with which arguments of ours.
#[derive(Clone, Debug)]
pub struct Opener {
    windows: WindowCalls,
    arguments: Vec<OsString>,
    settled: Instant,
}

impl Opener {
    /// Starts `deskbeat ARGUMENTS`, and calls it through `windows`.
    pub fn new(windows: WindowCalls, arguments: Vec<OsString>) -> Self {
        Self { windows, arguments, settled: Instant::now() + SETTLED_AFTER }
    }

    /// Shows the window with `question`, if there is one; false where no window can be.
    pub async fn open(&self, question: Option<Question>) -> bool {
        self.windows.call(question);
        if self.windows.is_there() {
            return true;
        }
        // Not another one beside that of an agent that was here before.
        if tokio::time::timeout_at(self.settled, self.windows.there()).await.is_ok() {
            return true;
        }
        let shown = match open(&self.arguments) {
            Ok(ended) => tokio::select! {
                () = self.windows.there() => true,
                _ = ended => self.windows.is_there(),
                () = tokio::time::sleep(PATIENCE) => false,
            },
            Err(error) => {
                tracing::warn!("the window cannot be started: {error}");
                false
            }
        };
        if !shown {
            self.windows.take_back();
        }
        shown
    }
}

/// Starts this program with these arguments, as a process that lives by itself. What comes back hears
/// when it has ended, and whether it did well.
pub fn open(arguments: &[OsString]) -> std::io::Result<oneshot::Receiver<bool>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    crate::desktop::console::detach(&mut command);
    let mut child = command.spawn()?;
    let (end, ended) = oneshot::channel();
    // Somebody has to take its exit code, whenever that comes.
    std::thread::Builder::new().name("window".into()).stack_size(64 * 1024).spawn(move || {
        let did_well = child.wait().is_ok_and(|status| status.success());
        let _nobody_waits = end.send(did_well);
    })?;
    Ok(ended)
}
