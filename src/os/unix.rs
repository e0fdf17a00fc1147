//! Private folders on Linux: owner and mode.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};

use crate::os::{FolderError, Locale};

const PRIVATE: u32 = 0o700;
/// Group or others may do something.
const NOT_PRIVATE: u32 = 0o077;
/// Group or others may write.
const WRITABLE_BY_OTHERS: u32 = 0o022;
const WRITABLE_BY_ALL: u32 = 0o002;
/// The sticky bit of folders that everybody shares.
const STICKY: u32 = 0o1000;

/// A terminal that says nothing of itself, or that it is dumb, shows escape sequences as garbage.
pub(super) fn terminal_understands_escapes() -> bool {
    std::env::var_os("TERM").is_some_and(|kind| !kind.is_empty() && kind != "dumb")
}

/// Territories where a clock has twelve hours. Source: Unicode CLDR, timeData, `preferred: h`.
const HALF_DAYS: &str = "AE AG AL AU BB BD BH BM BN BS CA CO DJ DM DO DZ EG EH ER ET FJ FM GD GM GR GU \
                         GY HK IN IQ JM JO KH KI KN KR KW KY LB LC LR LY MH MO MP MR MW MY NA NZ OM PA \
                         PG PH PK PR PS PW QA SA SB SD SG SL SO SS SY SZ TC TD TN TO TT TW US VC VE VG \
                         VI VU WS YE ZM";

/// As the environment of this process says.
pub fn locale() -> Locale {
    locale_of(|name| std::env::var(name).ok())
}

/// As an environment says. Source: POSIX, "Environment Variables"; gettext, "The LANGUAGE variable": a
/// list that counts wherever a locale is set that is not C.
pub(crate) fn locale_of(variable: impl Fn(&str) -> Option<String>) -> Locale {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let of = |category: &str| set("LC_ALL").or_else(|| set(category)).or_else(|| set("LANG"));
    let plain = |name: &str| matches!(name.split('.').next(), Some("C" | "POSIX"));
    let mut languages = Vec::new();
    if let Some(messages) = of("LC_MESSAGES").filter(|name| !plain(name)) {
        let list = set("LANGUAGE").unwrap_or_default();
        languages.extend(list.split(':').filter(|one| !one.is_empty()).map(str::to_owned));
        languages.push(messages);
    }
    let has_half_days = of("LC_TIME").is_some_and(|time| {
        let name = time.split(['.', '@']).next().unwrap_or_default();
        // Canada's French has 24 hours.
        let territory = name.split_once('_').filter(|(language, _)| *language != "fr");
        territory.is_some_and(|(_, territory)| HALF_DAYS.split(' ').any(|one| one == territory))
    });
    Locale { languages, has_half_days }
}

/// No core dump of this process, and nobody but root reads its memory or traces it. What it starts is
/// not touched by the first; the limit, which it would inherit, can be raised again.
pub fn keep_secrets() {
    // Source: prctl(2), PR_SET_DUMPABLE; core(5). Where a sandbox forbids it, there is nobody to tell yet.
    let _forbidden = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let limit = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
    let _forbidden = setrlimit(Resource::Core, limit);
}

pub(crate) fn private_folder(path: &Path) -> Result<(), FolderError> {
    let failed = |doing| move |error| FolderError::Io { doing, path: path.to_owned(), error };
    create(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => FolderError::NotAFolder { path: path.to_owned() },
        _ => failed("create")(error),
    })?;
    // Others may have put it there, or a link in its place or above it, to lead us elsewhere.
    if let Some(by) = led_by_others(path).map_err(failed("look at"))? {
        return Err(FolderError::ByOthers { path: path.to_owned(), by });
    }
    let folder = fs::metadata(path).map_err(failed("look at"))?;
    if !folder.is_dir() {
        return Err(FolderError::NotAFolder { path: path.to_owned() });
    }
    if folder.uid() != rustix::process::geteuid().as_raw() {
        let owner = format!("user id {}", folder.uid());
        return Err(FolderError::NotYours { path: path.to_owned(), owner });
    }
    if folder.mode() & STICKY != 0 {
        return Err(FolderError::Shared { path: path.to_owned() });
    }
    if folder.mode() & NOT_PRIVATE != 0 {
        fs::set_permissions(path, Permissions::from_mode(PRIVATE)).map_err(failed("tighten"))?;
    }
    Ok(())
}

/// The part of `path` (itself, or a folder above it) that a user other than root and this one could
/// turn into something else: a link or a folder of theirs, or a name in a folder where everybody
/// may rename and remove.
fn led_by_others(path: &Path) -> io::Result<Option<PathBuf>> {
    let us = rustix::process::geteuid().as_raw();
    let parts = path.ancestors().filter(|part| !part.as_os_str().is_empty());
    for (height, part) in parts.enumerate() {
        let found = fs::symlink_metadata(part)?;
        let ours = found.uid() == us || found.uid() == 0;
        // Whose the folder itself is, is judged by the caller.
        if !ours && (height > 0 || found.is_symlink()) {
            return Ok(Some(part.to_owned()));
        }
        let open = found.mode() & WRITABLE_BY_ALL != 0 && found.mode() & STICKY == 0;
        if height > 0 && found.is_dir() && open {
            return Ok(Some(part.to_owned()));
        }
    }
    Ok(None)
}

/// Creates what is missing of `path`, and makes the new entries durable.
fn create(path: &Path) -> io::Result<()> {
    let parents: Vec<_> = path
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .filter_map(Path::parent)
        .filter(|parent| !parent.as_os_str().is_empty())
        .collect();
    DirBuilder::new().recursive(true).mode(PRIVATE).create(path)?;
    for parent in parents {
        // A parent that may be passed through but not listed cannot be synced, and need not be ours.
        if let Ok(parent) = File::open(parent) {
            parent.sync_all()?;
        }
    }
    Ok(())
}

/// Whether only administrators can change `file`: it is root's, and nobody else may write to it.
pub fn only_administrators_write(file: &Path) -> io::Result<bool> {
    let file = fs::metadata(file)?;
    Ok(file.uid() == 0 && file.mode() & WRITABLE_BY_OTHERS == 0)
}
