//! The journal's file on Linux: mode 0600, rename, synced folder. Its content is plain.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

const PRIVATE: u32 = 0o600;

pub(super) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path)
}

pub(super) fn make_private(path: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    if found.uid() != rustix::process::geteuid().as_raw() || found.nlink() > 1 {
        // From when the folder was open to others: its token would be theirs.
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is not this user's alone"));
    }
    if found.permissions().mode() & 0o7777 == PRIVATE {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(PRIVATE))
}

pub(super) fn replace(new: &Path, journal: &Path) -> io::Result<()> {
    fs::rename(new, journal)
}

/// Makes a rename in `folder` durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some network file systems have no such thing: fsync(2), EINVAL.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}

pub(super) fn seal(plain: Vec<u8>) -> io::Result<Vec<u8>> {
    Ok(plain)
}

pub(super) fn unseal(sealed: Vec<u8>) -> io::Result<Vec<u8>> {
    Ok(sealed)
}
