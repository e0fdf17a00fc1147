//! The log's files: `deskbeat.log`, and the older `deskbeat.1.log` to `deskbeat.4.log`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::os::private_folder;

/// How often it is looked whether the file is still there.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// A file this long is put aside.
const MAX_BYTES: u64 = 5 * 1024 * 1024;
/// With the present one.
const MAX_FILES: usize = 5;

/// Where the files of an agent with this state folder are.
pub fn folder_in(state_dir: &Path) -> PathBuf {
    state_dir.join("log")
}

/// The files of an agent with this state folder, be they there or not, the oldest first.
pub fn files_in(state_dir: &Path) -> Vec<PathBuf> {
    let folder = folder_in(state_dir);
    (0..MAX_FILES).rev().map(|age| path(&folder, age)).collect()
}

/// Appends to the newest file, and starts a new one when it is full.
pub(super) struct Rolling {
    folder: PathBuf,
    max_bytes: u64,
    present: Option<(File, u64)>,
    looked: Instant,
}

impl Rolling {
    pub(super) fn new(state_dir: &Path) -> Self {
        Self {
            folder: folder_in(state_dir),
            max_bytes: MAX_BYTES,
            present: None,
            looked: Instant::now(),
        }
    }

    /// Appends one line. A folder that could not be used is tried again with the next line.
    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        // A line is far shorter than u64.
        let more = line.len() as u64;
        if self.looked.elapsed() > LOOK_EVERY {
            self.look_again();
        }
        if self.present.as_ref().is_some_and(|(_, bytes)| bytes + more > self.max_bytes) {
            self.present = None;
            self.put_aside()?;
        }
        let (file, bytes) = match &mut self.present {
            Some(present) => present,
            None => self.present.insert(open(&self.folder)?),
        };
        file.write_all(line)?;
        *bytes += more;
        Ok(())
    }

    /// Whoever removed the folder did not remove it from under an open file.
    fn look_again(&mut self) {
        self.looked = Instant::now();
        if !path(&self.folder, 0).exists() {
            self.present = None;
        }
    }

    /// Each file becomes the next older one; the oldest goes.
    fn put_aside(&self) -> io::Result<()> {
        for age in (0..MAX_FILES - 1).rev() {
            match fs::rename(path(&self.folder, age), path(&self.folder, age + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

fn path(folder: &Path, age: usize) -> PathBuf {
    match age {
        0 => folder.join("deskbeat.log"),
        _ => folder.join(format!("deskbeat.{age}.log")),
    }
}

fn open(folder: &Path) -> io::Result<(File, u64)> {
    // The state folder is for its user only; the first line may come before anything else is there.
    let state_dir = folder.parent().unwrap_or(folder);
    private_folder(state_dir).map_err(io::Error::other)?;
    remove_what_is_not(folder, fs::Metadata::is_dir)?;
    private_folder(folder).map_err(io::Error::other)?;
    let path = path(folder, 0);
    remove_what_is_not(&path, fs::Metadata::is_file)?;
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let bytes = file.metadata()?.len();
    Ok((file, bytes))
}

/// A link that was planted when the folder was open to others, or a pipe, which would have us wait
/// for a reader: neither is anything that was logged.
fn remove_what_is_not(path: &Path, right: fn(&fs::Metadata) -> bool) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if right(&found) => Ok(()),
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_files_are_kept_and_no_line_is_split() {
        let state = tempfile::tempdir().unwrap();
        let mut files = Rolling { max_bytes: 40, ..Rolling::new(state.path()) };
        for number in 0..100 {
            files.write(format!("line {number:04}\n").as_bytes()).unwrap();
        }
        let folder = folder_in(state.path());
        let read = |age| fs::read_to_string(path(&folder, age)).unwrap();
        assert_eq!(read(0), "line 0096\nline 0097\nline 0098\nline 0099\n");
        assert_eq!(read(4), "line 0080\nline 0081\nline 0082\nline 0083\n");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), MAX_FILES);
    }

    #[cfg(unix)]
    #[test]
    fn a_planted_link_or_pipe_is_no_log() {
        let state = tempfile::tempdir().unwrap();
        let victim = state.path().join("victim");
        fs::write(&victim, "").unwrap();
        let folder = folder_in(state.path());
        fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink(&victim, path(&folder, 0)).unwrap();
        Rolling::new(state.path()).write(b"one\n").unwrap();
        fs::remove_file(path(&folder, 0)).unwrap();
        let made = std::process::Command::new("mkfifo").arg(path(&folder, 0)).status().unwrap();
        assert!(made.success());
        Rolling::new(state.path()).write(b"two\n").unwrap();
        assert_eq!(fs::read_to_string(path(&folder, 0)).unwrap(), "two\n");
        assert_eq!(fs::read_to_string(victim).unwrap(), "");
    }

    #[test]
    fn a_folder_that_was_removed_is_made_again() {
        let state = tempfile::tempdir().unwrap();
        let mut files = Rolling::new(state.path());
        files.write(b"one\n").unwrap();
        fs::remove_dir_all(folder_in(state.path())).unwrap();
        files.look_again();
        files.write(b"two\n").unwrap();
        assert_eq!(fs::read_to_string(path(&folder_in(state.path()), 0)).unwrap(), "two\n");
    }

    #[test]
    fn a_restart_goes_on_where_the_file_ends() {
        let state = tempfile::tempdir().unwrap();
        for line in ["one\n", "two\n"] {
            Rolling::new(state.path()).write(line.as_bytes()).unwrap();
        }
        let text = fs::read_to_string(path(&folder_in(state.path()), 0)).unwrap();
        assert_eq!(text, "one\ntwo\n");
    }
}
