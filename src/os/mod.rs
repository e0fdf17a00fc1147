//! Who runs this process, what on the disk is theirs alone, and what their terminal can show.
//! `keep_secrets` shuts the process itself: it holds task tokens. `store` and `control` keep the journal and the socket in a private folder; `config` asks who can
//! write the machine's file. Nothing here knows about sessions.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

#[cfg(unix)]
mod readable;
pub mod terminal;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

#[cfg(unix)]
pub(crate) use platform::locale_of;
#[cfg(windows)]
pub(crate) use platform::{
    Descriptor, Sid, administrators_folder, is_trusted, owner_of_handle, registry, wide,
};
pub use platform::{keep_secrets, locale, only_administrators_write};
#[cfg(unix)]
pub(crate) use readable::Readable;

/// What the user's desktop, or this terminal, wants to be spoken to in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locale {
    /// Languages, the dearest first: `de_AT.UTF-8`, `de-AT`, `de`. None: English.
    pub languages: Vec<String>,
    /// Times are told as 5:30 PM.
    pub has_half_days: bool,
}

/// A value of a registry key, as Windows keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegistryValue {
    pub(crate) name: String,
    /// Its type: `REG_SZ` and its like.
    pub(crate) kind: u32,
    pub(crate) bytes: Vec<u8>,
}

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
    /// Somebody else could lead us to another place.
    #[error(
        "the state folder {} cannot be trusted: {} is another user's, or everybody may change it; \
         set state_dir (DESKBEAT_STATE_DIR) to a folder of your own",
        path.display(),
        by.display()
    )]
    ByOthers {
        /// The folder.
        path: PathBuf,
        /// The link or folder that others can turn into something else.
        by: PathBuf,
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

/// The whole of a file of at most `most` bytes. What is no file (a pipe, which would have us wait for
/// whoever writes to it, a socket, a device) is an error; only the empty device is an empty file.
pub fn read_file(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    let is_nothing = path == Path::new("/dev/null");
    if !found.is_file() && !is_nothing {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let error = format!("it is longer than {most} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, error));
    }
    Ok(bytes)
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
