//! Where configuration and state live on Windows.

use std::io;
use std::path::PathBuf;

use super::environment::Environment;
use super::policy;
use crate::os::{RegistryValue, registry};

pub(super) fn machine_file(environment: &Environment) -> PathBuf {
    let data = environment.path("PROGRAMDATA").filter(|path| path.is_absolute());
    data.unwrap_or_else(|| PathBuf::from(r"C:\ProgramData")).join(r"Deskbeat\config.toml")
}

/// A folder that does not roam: the journal is sealed for this machine.
pub(super) fn state_dir(environment: &Environment) -> Option<PathBuf> {
    let local = environment.path("LOCALAPPDATA").filter(|path| path.is_absolute())?;
    Some(local.join("Deskbeat"))
}

/// What Group Policy has written into the machine's registry.
pub(super) fn policy_values() -> io::Result<Vec<RegistryValue>> {
    registry::values(policy::KEY)
}

/// The name of the user who is logged on.
pub(super) fn user(environment: &Environment) -> Option<String> {
    environment.text("USERNAME").ok()?.map(str::to_owned)
}

/// Names are not told apart by case.
pub(super) fn variable_name(name: String) -> String {
    name.to_uppercase()
}
