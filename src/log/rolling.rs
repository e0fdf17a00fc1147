//! The log's files: `deskbeat.log`, and the older `deskbeat.1.log` to `deskbeat.4.log`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::os::private_folder;

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
}

impl Rolling {
    pub(super) fn new(state_dir: &Path) -> Self {
        Self { folder: folder_in(state_dir), max_bytes: MAX_BYTES, present: None }
    }

    /// Appends one line. A folder that could not be used is tried again with the next line.
    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        // A line is far shorter than u64.
        let more = line.len() as u64;
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
    fs::create_dir_all(folder)?;
    let file = OpenOptions::new().create(true).append(true).open(path(folder, 0))?;
    let bytes = file.metadata()?.len();
    Ok((file, bytes))
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
