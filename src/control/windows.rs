//! The control socket on Windows: a named pipe for the user's SID alone, whose owner the client
//! checks. Only one process can make a pipe's first instance, so the pipe is the lock as well.

use std::fs;
use std::io;
use std::os::windows::io::AsRawHandle;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::net::windows::named_pipe::{
    ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions,
};
use windows_sys::Win32::Foundation::ERROR_PIPE_BUSY;
use windows_sys::Win32::System::Pipes::GetNamedPipeServerProcessId;

use super::{BindError, ConnectError};
use crate::os;
use crate::os::{Descriptor, Sid, owner_of_handle};

pub(super) type ServerStream = NamedPipeServer;
pub(super) type ClientStream = NamedPipeClient;

/// Between two tries while every instance of the pipe is taken; the agent makes a new one at once.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
const BUSY_TRIES: u32 = 100;

/// The listening end. While it lives, no other agent can have the same state folder.
#[derive(Debug)]
pub struct Listener {
    /// The instance that the next client connects to.
    next: NamedPipeServer,
    name: PathBuf,
    user: Sid,
}

impl Listener {
    /// Listens for `state_dir`, which is created or tightened if need be. Needs a tokio runtime
    /// around it.
    pub fn bind(state_dir: &Path) -> Result<Listener, BindError> {
        os::private_folder(state_dir)?;
        let failed = |error| BindError::Io { path: state_dir.to_owned(), error };
        let user = Sid::of_user().map_err(failed)?;
        let name = pipe_name(state_dir, &user).map_err(failed)?;
        match instance(&name, &user, true) {
            Ok(next) => Ok(Listener { next, name, user }),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(who_has(name, &user, error))
            }
            Err(error) => Err(BindError::Io { path: name, error }),
        }
    }

    /// The next connection; the access list lets only the same user in.
    pub(super) async fn accept(&mut self) -> io::Result<ServerStream> {
        if let Err(error) = self.next.connect().await {
            // The client went before it was served: make the instance fit for the next one.
            self.next.disconnect()?;
            return Err(error);
        }
        let next = instance(&self.name, &self.user, false)?;
        Ok(std::mem::replace(&mut self.next, next))
    }
}

/// Connects to the agent for `state_dir`.
pub(super) async fn connect(state_dir: &Path) -> Result<ClientStream, ConnectError> {
    let failed = |path: &Path, error: io::Error| {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => ConnectError::NotRunning { path },
            io::ErrorKind::PermissionDenied => ConnectError::NotYours { path },
            _ => ConnectError::Io { path, error },
        }
    };
    let user = Sid::of_user().map_err(|error| failed(state_dir, error))?;
    let name = pipe_name(state_dir, &user).map_err(|error| failed(state_dir, error))?;
    let mut tries = 1;
    let client = loop {
        match ClientOptions::new().open(&name) {
            Err(error) if is_busy(&error) && tries < BUSY_TRIES => {
                tries += 1;
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            result => break result.map_err(|error| failed(&name, error))?,
        }
    };
    // Anybody may make a pipe of any name; only this user can make one that is this user's.
    match owner_of_handle(&client) {
        Ok(owner) if owner == user => Ok(client),
        Ok(_) => Err(ConnectError::NotYours { path: name }),
        Err(error) => Err(failed(&name, error)),
    }
}

/// A pipe's name is its user's and state folder's: another user's cannot be found by its process.
pub(super) async fn connect_to_process(_pid: u32) -> Option<ClientStream> {
    None
}

fn instance(name: &Path, user: &Sid, first: bool) -> io::Result<NamedPipeServer> {
    let only_the_user = Descriptor::parse(&format!("O:{user}D:P(A;;GA;;;{user})"))?;
    let mut attributes = only_the_user.attributes();
    // SAFETY: the attributes and the descriptor that they point to outlive the call.
    unsafe {
        ServerOptions::new()
            .first_pipe_instance(first)
            .reject_remote_clients(true)
            .create_with_security_attributes_raw(name, (&raw mut attributes).cast())
    }
}

/// Why the first instance is refused.
fn who_has(name: PathBuf, user: &Sid, error: io::Error) -> BindError {
    match ClientOptions::new().open(&name) {
        Ok(client) if owner_of_handle(&client).is_ok_and(|owner| owner == *user) => {
            let mut pid = 0;
            // SAFETY: the handle is open; `pid` is an out parameter.
            let told = unsafe { GetNamedPipeServerProcessId(client.as_raw_handle(), &mut pid) };
            BindError::AlreadyRunning { pid: (told != 0).then_some(pid) }
        }
        Err(busy) if is_busy(&busy) => BindError::AlreadyRunning { pid: None },
        // Somebody else has taken the name.
        Ok(_) | Err(_) => BindError::Io { path: name, error },
    }
}

fn is_busy(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_PIPE_BUSY as i32)
}

/// One pipe a user and state folder.
fn pipe_name(state_dir: &Path, user: &Sid) -> io::Result<PathBuf> {
    let folder = fs::canonicalize(state_dir)?;
    let digest = Sha256::digest(folder.to_string_lossy().to_lowercase().as_bytes());
    let short: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(PathBuf::from(format!(r"\\.\pipe\deskbeat-{user}-{short}")))
}
