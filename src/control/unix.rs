//! The control socket on Linux: a unix socket in the private state folder, peer credentials on both
//! ends, and a lock beside it that tells a living agent from a dead one's socket.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::OFlags;
use tokio::net::{UnixListener, UnixStream};
use tokio::time;

use super::{BindError, ConnectError};
use crate::os;

pub(super) type ServerStream = UnixStream;
pub(super) type ClientStream = UnixStream;

const SOCKET: &str = "control.sock";
/// Held for as long as the agent lives; the kernel lets go of it even after kill -9.
const LOCK: &str = "control.lock";
const PRIVATE: u32 = 0o600;
/// How often it is looked whether the socket is still there.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// A longer path does not fit into a socket address: 108 bytes with the final zero, unix(7).
const LONGEST_PATH: usize = 107;

/// The listening end. While it lives, no other agent can have the same state folder.
#[derive(Debug)]
pub struct Listener {
    listener: UnixListener,
    path: PathBuf,
    /// The socket's own number on the disk: another one of its name is not ours.
    inode: u64,
    _lock: File,
}

impl Listener {
    /// Listens in `state_dir`, which is created or tightened if need be. A dead agent's socket is
    /// replaced. Needs a tokio runtime around it.
    pub fn bind(state_dir: &Path) -> Result<Listener, BindError> {
        os::private_folder(state_dir)?;
        let path = state_dir.join(SOCKET);
        let failed = |error| BindError::Io { path: path.clone(), error };
        let lock = lock(&state_dir.join(LOCK))?;
        let reach = ShortPath::new(&path).map_err(failed)?;
        match fs::symlink_metadata(&path) {
            Ok(found) if !found.file_type().is_socket() => {
                return Err(BindError::InTheWay { path });
            }
            // Somebody who listens without the lock is alive as well.
            Ok(_) if std::os::unix::net::UnixStream::connect(reach.path()).is_ok() => {
                return Err(BindError::AlreadyRunning { pid: None });
            }
            Ok(_) => fs::remove_file(&path).map_err(failed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let listener = UnixListener::bind(reach.path()).map_err(failed)?;
        fs::set_permissions(&path, Permissions::from_mode(PRIVATE)).map_err(failed)?;
        let inode = fs::symlink_metadata(&path).map_err(failed)?.ino();
        Ok(Listener { listener, path, inode, _lock: lock })
    }

    /// The next connection of the same user; others are dropped.
    pub(super) async fn accept(&mut self) -> io::Result<ServerStream> {
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = time::sleep(LOOK_EVERY) => {
                    self.come_back();
                    continue;
                }
            };
            let (stream, _) = accepted?;
            match is_ours(&stream).map(|ours| ours || is_roots(&stream)) {
                Ok(true) => return Ok(stream),
                Ok(false) => tracing::warn!("another user tried to use the control socket"),
                // It has gone already.
                Err(_) => {}
            }
        }
    }
}

impl Listener {
    fn is_there(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode)
    }

    /// Listens anew where somebody removed the socket, or the folder with it: nobody would find us.
    fn come_back(&mut self) {
        let Some(folder) = self.path.parent().filter(|_| !self.is_there()) else { return };
        match Self::bind(folder) {
            Ok(new) => {
                tracing::warn!("{} was removed; it is there again", self.path.display());
                *self = new;
            }
            Err(error) => tracing::warn!("the command line cannot reach Deskbeat: {error}"),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // A socket that stays behind is taken for a dead agent's, which it is.
        if self.is_there() {
            let _removed = fs::remove_file(&self.path);
        }
    }
}

/// Connects to the agent in `state_dir`.
pub(super) async fn connect(state_dir: &Path) -> Result<ClientStream, ConnectError> {
    let path = state_dir.join(SOCKET);
    let failed = |error: io::Error| {
        let path = path.clone();
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                ConnectError::NotRunning { path }
            }
            io::ErrorKind::PermissionDenied => ConnectError::NotYours { path },
            _ => ConnectError::Io { path, error },
        }
    };
    let reach = ShortPath::new(&path).map_err(failed)?;
    let stream = UnixStream::connect(reach.path()).await.map_err(failed)?;
    if is_ours(&stream).map_err(failed)? {
        Ok(stream)
    } else {
        Err(ConnectError::NotYours { path })
    }
}

/// Connects to the socket that this process listens at; `None` if this user may not, or there is none.
pub(super) async fn connect_to_process(pid: u32) -> Option<ClientStream> {
    // Source: unix(7), proc(5): the bound paths of all sockets of this network namespace.
    let sockets = fs::read_to_string("/proc/net/unix").ok()?;
    let paths = sockets.lines().filter_map(|line| line.split_once('/'));
    let paths: BTreeSet<PathBuf> =
        paths.map(|(_, path)| PathBuf::from(format!("/{path}"))).collect();
    for path in paths.iter().filter(|path| path.ends_with(SOCKET)) {
        let Ok(stream) = UnixStream::connect(path).await else { continue };
        if stream.peer_cred().ok()?.pid() == Some(pid.cast_signed()) {
            return Some(stream);
        }
    }
    None
}

/// An administrator, who could do anything to this process: a start-up script's failure comes so.
fn is_roots(stream: &UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == 0)
}

fn is_ours(stream: &UnixStream) -> io::Result<bool> {
    Ok(stream.peer_cred()?.uid() == rustix::process::geteuid().as_raw())
}

/// Takes the lock and writes this process's id into it.
fn lock(path: &Path) -> Result<File, BindError> {
    let failed = |error| BindError::Io { path: path.to_owned(), error };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE)
        // Nor is a link followed that somebody planted, nor a pipe waited for.
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let read = file.read_to_string(&mut text);
            let pid = read.ok().and_then(|_| text.trim().parse().ok());
            return Err(BindError::AlreadyRunning { pid });
        }
        // A file system without locks: the socket alone has to tell.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    let written = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(failed)?;
    Ok(file)
}

/// A path to the socket that is short enough for a socket address, whatever the folder's length:
/// through the folder's own descriptor, as proc(5) allows.
struct ShortPath {
    path: PathBuf,
    _folder: Option<File>,
}

impl ShortPath {
    fn new(socket: &Path) -> io::Result<Self> {
        let folder = match socket.parent() {
            Some(folder) if socket.as_os_str().len() > LONGEST_PATH => File::open(folder)?,
            Some(_) | None => return Ok(Self { path: socket.to_owned(), _folder: None }),
        };
        let path = PathBuf::from(format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd()));
        Ok(Self { path, _folder: Some(folder) })
    }

    fn path(&self) -> &Path {
        &self.path
    }
}
