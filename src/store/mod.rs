//! The journal on disk: a session's record, written so that a crash at any moment leaves the old
//! record or the new one, never half of one. `session::journal` says what is in it; [`JournalWriter`] keeps
//! a hanging disk away from the agent. Nothing here decides when to write.

mod format;
mod writer;

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

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::os;
use crate::os::{FolderError, remedy};
use crate::session::Record;
use format::Unreadable;

pub use writer::JournalWriter;

const JOURNAL: &str = "journal";
/// What `check` writes.
const PROBE: &str = "journal.probe";
/// Where a record is written before it takes the journal's place.
const NEW: &str = "journal.new";
const SET_ASIDE: &str = "journal.set-aside-";
/// How many journals that could not be read are kept.
const KEPT_ASIDE: usize = 3;
/// A longer file is no journal of ours: a record holds one token and what one 256 KiB message said.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// The journal's folder, open for writing.
///
/// Two processes must not have the same one: take the control socket ([`crate::control::Listener`])
/// first, which only one agent at a time can.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
}

/// What was found when the journal was opened.
#[derive(Debug, Default)]
pub struct Opened {
    /// The record; the default if there was no readable journal.
    pub record: Record,
    /// A journal was set aside: which, where to and why, in sentences for the log.
    pub notice: Option<String>,
}

/// Why the journal cannot be read or written. Each is a sentence that names the file and says what
/// to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot serve.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The operating system refused something.
    #[error("cannot {doing} {}: {error}; {}", path.display(), remedy(error))]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// The writer's thread could not be started.
    #[error("cannot start the thread that writes the journal: {0}")]
    NoThread(io::Error),
}

impl Store {
    /// Opens the journal in `folder`, and creates the folder if it is missing. A journal that cannot
    /// be read is set aside, never an error: only a folder that cannot be used is one.
    pub fn open(folder: &Path) -> Result<(Store, Opened), StoreError> {
        os::private_folder(folder)?;
        let store = Store { folder: folder.to_owned() };
        store.remove_leftover()?;
        let path = store.path(JOURNAL);
        let opened = match read(&path) {
            Ok(None) => Opened::default(),
            Ok(Some(record)) => Opened { record, notice: None },
            Err(why) => {
                let aside = store.set_aside(&path)?;
                let notice = format!(
                    "the journal {} {why}; it was set aside as {}. Deskbeat starts without a \
                     session: one that was running goes on if its message comes again, or ends when \
                     its heartbeat window is over",
                    path.display(),
                    aside.display()
                );
                Opened { record: Record::default(), notice: Some(notice) }
            }
        };
        Ok((store, opened))
    }

    /// Whether there is a journal in `folder`; an error if this user may not look. Reads and writes
    /// nothing.
    pub fn holds_journal(folder: &Path) -> io::Result<bool> {
        folder.join(JOURNAL).try_exists()
    }

    /// Whether a journal could be written in `folder`, which is created if it is missing. Touches
    /// no journal that is there.
    pub fn check(folder: &Path) -> Result<(), StoreError> {
        os::private_folder(folder)?;
        let probe = folder.join(PROBE);
        let failed = |error| {
            let path = folder.to_owned();
            StoreError::Io { doing: "write into", path, error }
        };
        // One that a check before has left.
        let _removed = fs::remove_file(&probe);
        platform::create_private(&probe)
            .and_then(|mut file| {
                file.write_all(b"deskbeat doctor")?;
                file.sync_all()
            })
            .map_err(failed)?;
        fs::remove_file(&probe).map_err(failed)
    }

    /// Writes `record` durably. After an error the journal holds the old record or the new one.
    pub fn save(&self, record: &Record) -> Result<(), StoreError> {
        let (new, journal) = (self.path(NEW), self.path(JOURNAL));
        let failed = |doing, path: &Path| {
            let path = path.to_owned();
            move |error| StoreError::Io { doing, path, error }
        };
        let bytes = format::encode(record).map_err(failed("seal the journal", &journal))?;
        // What an earlier save that failed has left.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("replace", &new)(error));
            }
            Ok(()) | Err(_) => {}
        }
        let write = || {
            platform::create_private(&new).and_then(|mut file| {
                file.write_all(&bytes)?;
                file.sync_all()
            })
        };
        let written = match write() {
            // Somebody removed the folder: it is made again.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                os::private_folder(&self.folder)?;
                write()
            }
            written => written,
        };
        if let Err(error) = written {
            // A full disk gets its space back; if that fails too, the next save tries again.
            let _removed = fs::remove_file(&new);
            return Err(failed("write the journal", &new)(error));
        }
        platform::replace(&new, &journal).map_err(failed("replace the journal", &journal))?;
        platform::sync_folder(&self.folder).map_err(failed("make durable", &self.folder))
    }

    /// Whether the journal that was written last is still there, as far as that can be told.
    fn is_there(&self) -> bool {
        self.path(JOURNAL).try_exists().unwrap_or(true)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A record that never became the journal was never reported as saved.
    fn remove_leftover(&self) -> Result<(), StoreError> {
        let new = self.path(NEW);
        match fs::symlink_metadata(&new) {
            Ok(found) if found.is_dir() => self.set_aside(&new).map(drop),
            Ok(_) => fs::remove_file(&new).map_err(|error| StoreError::Io {
                doing: "remove",
                path: new,
                error,
            }),
            Err(_) => Ok(()),
        }
    }

    /// Renames `path` out of the way, and says what it is called now.
    fn set_aside(&self, path: &Path) -> Result<PathBuf, StoreError> {
        let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
        let names = std::iter::once(format!("{SET_ASIDE}{time}"))
            .chain((2..).map(|n| format!("{SET_ASIDE}{time}-{n}")));
        let failed = |doing| move |error| StoreError::Io { doing, path: path.to_owned(), error };
        for aside in names.map(|name| self.path(&name)) {
            if fs::symlink_metadata(&aside).is_ok() {
                continue;
            }
            fs::rename(path, &aside).map_err(failed("set aside"))?;
            platform::sync_folder(&self.folder).map_err(failed("set aside"))?;
            self.forget_oldest(&aside);
            return Ok(aside);
        }
        unreachable!("the names do not run out")
    }

    /// Keeps the newest few files that were set aside, `newest` among them whatever the clock says.
    fn forget_oldest(&self, newest: &Path) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let mut aside: Vec<PathBuf> = entries
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(SET_ASIDE))
            .map(|entry| entry.path())
            .filter(|path| path != newest)
            .collect();
        aside.sort();
        let surplus = (aside.len() + 1).saturating_sub(KEPT_ASIDE);
        for path in aside.iter().take(surplus) {
            // A folder with something in it is nobody's to delete but the user's.
            let _removed = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
        }
    }
}

/// The record in the journal at `path`; `None` if there is no journal.
fn read(path: &Path) -> Result<Option<Record>, Unreadable> {
    // Asked first, because opening a pipe would wait for somebody to write to it.
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Unreadable::Io(error)),
        Ok(found) if !found.is_file() => return Err(Unreadable::NotAFile),
        Ok(_) => {}
    }
    platform::make_private(path).map_err(Unreadable::Io)?;
    let file = fs::File::open(path).map_err(Unreadable::Io)?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(Unreadable::Io)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Unreadable::Foreign);
    }
    format::decode(&bytes).map(Some)
}
