//! Who runs this process, what on the disk is theirs alone, and what their terminal can show.
//! `store` and `control` keep the journal and the socket in a private folder; `config` asks who can
//! write the machine's file. Nothing here knows about sessions.

use std::io;
use std::path::{Path, PathBuf};

pub mod terminal;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

pub use platform::only_administrators_write;
#[cfg(windows)]
pub(crate) use platform::{
    Descriptor, Sid, administrators_folder, is_trusted, owner_of_handle, wide,
};

/// Why a folder cannot serve as a private one.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It is somebody else's.
    #[error(
        "the state folder {} belongs to another user ({owner}); run Deskbeat as that user, or set \
         state_dir (DESKBEAT_STATE_DIR) to a folder of your own",
        path.display()
    )]
    NotYours {
        /// The folder.
        path: PathBuf,
        /// Its owner: a user id, or a SID.
        owner: String,
    },
    /// Everybody may write there (`/tmp`), and it must stay so.
    #[error(
        "the state folder {} is shared by all users; set state_dir (DESKBEAT_STATE_DIR) to a folder \
         inside it instead",
        path.display()
    )]
    Shared {
        /// The folder.
        path: PathBuf,
    },
    /// A file has its name.
    #[error("{} is not a folder; remove it, or set state_dir to another place", path.display())]
    NotAFolder {
        /// What stands there.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {doing} the state folder {}: {error}; {}", path.display(), remedy(error))]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The folder.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
}

/// Makes sure that `path` is a folder of the user of this process that nobody else may enter:
/// creates it (and its parents) for them alone, or tightens it if it is looser. On Linux that is
/// mode 0700; on Windows a protected access list for the user and the system.
pub fn private_folder(path: &Path) -> Result<(), FolderError> {
    platform::private_folder(path)
}

/// What to do about `error`, as the end of a sentence.
pub(crate) fn remedy(error: &io::Error) -> &'static str {
    use io::ErrorKind::{
        FileTooLarge, NotADirectory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem,
        StorageFull,
    };
    match error.kind() {
        StorageFull => "free some space on that disk",
        QuotaExceeded => "free some space: the user's disk quota is used up",
        FileTooLarge => "raise the limit on file sizes (ulimit -f)",
        ReadOnlyFilesystem => {
            "the file system is read-only: mend it, or set state_dir to another place"
        }
        PermissionDenied => "check who may write there, or set state_dir to another place",
        NotADirectory => "a file stands where a folder should be: remove it",
        _ => "check the disk and the folder, or set state_dir to another place",
    }
}

#[cfg(test)]
mod tests;
