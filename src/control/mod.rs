//! How a command line talks to the running agent: lines of JSON over a socket that only the same user
//! can reach. [`serve`] answers from a [`crate::agent::link::Link`]; [`Client`] asks. [`Listener`] is also
//! what makes an agent the only one in its state folder. Nothing here decides anything.

mod client;
mod connection;
mod line;
mod protocol;
mod seats;
mod server;

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use crate::os::FolderError;
use crate::session::words::said::{Said, said};
use crate::session::words::text::Text;

pub use client::{CallError, Client, Watch, WindowFeed};
pub use platform::Listener;
pub use protocol::{About, Scene, Why};
pub use server::serve;

/// Why an agent cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another one does.
    #[error("Deskbeat is already running for this user{}", running_as(*pid))]
    AlreadyRunning {
        /// Its process id, if it can be told.
        pid: Option<u32>,
    },
    /// Something that is no socket has the socket's name.
    #[error("{} is not a socket; remove it, or set state_dir to another place", path.display())]
    InTheWay {
        /// What stands there.
        path: PathBuf,
    },
    /// The state folder cannot serve.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The operating system refused.
    #[error("cannot listen for the command line at {}: {error}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
}

/// Why no agent can be reached.
#[derive(Debug, thiserror::Error)]
#[error("{}", Text::from(self.said()))]
pub enum ConnectError {
    /// Nobody listens.
    NotRunning {
        /// Where it would listen.
        path: PathBuf,
    },
    /// Somebody else does.
    NotYours {
        /// Where it listens.
        path: PathBuf,
    },
    /// The operating system refused.
    Io {
        /// Where.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
}

impl ConnectError {
    /// The same for whoever asked, in their language.
    pub(crate) fn said(&self) -> Said {
        let at = |path: &Path| path.display().to_string();
        match self {
            ConnectError::NotRunning { path } => said!("agent-none", path = at(path)),
            ConnectError::NotYours { path } => said!("agent-others", path = at(path)),
            ConnectError::Io { path, error } => {
                said!("agent-unreachable", path = at(path), why = error.to_string())
            }
        }
    }
}

fn running_as(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}
