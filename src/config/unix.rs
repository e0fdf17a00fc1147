//! Where configuration and state live on Linux.

use std::io;
use std::path::PathBuf;

use super::environment::Environment;
use crate::os::RegistryValue;

pub(super) fn machine_file(_environment: &Environment) -> PathBuf {
    PathBuf::from("/etc/deskbeat/config.toml")
}

/// Source: XDG Base Directory Specification; a relative XDG_STATE_HOME is to be ignored.
pub(super) fn state_dir(environment: &Environment) -> Option<PathBuf> {
    let full = |name| environment.path(name).filter(|path| path.is_absolute());
    full("XDG_STATE_HOME")
        .or_else(|| full("HOME").map(|home| home.join(".local/state")))
        .map(|folder| folder.join("deskbeat"))
}

/// There is no Group Policy here.
pub(super) fn policy_values() -> io::Result<Vec<RegistryValue>> {
    Ok(Vec::new())
}

/// The name of the user who is logged on.
pub(super) fn user(environment: &Environment) -> Option<String> {
    ["USER", "LOGNAME"].iter().find_map(|name| environment.text(name).ok()?.map(str::to_owned))
}

/// Names are told apart by case.
pub(super) fn variable_name(name: String) -> String {
    name
}
