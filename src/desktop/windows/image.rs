//! What Deskbeat has in a machine's image: how it starts, and what users have left.

use std::env;
use std::fs;
use std::path::PathBuf;

use crate::desktop::startup_approved::is_approved;
use crate::os::registry;

const RUN: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";
/// Where Task Manager notes what it has switched off.
const APPROVED: &str = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run";
const NAME: &str = "Deskbeat";

/// The ways in which it starts at a logon.
pub fn starts() -> Vec<String> {
    // Nothing that can be read says that it was switched off.
    let state = registry::bytes(APPROVED, NAME).ok().flatten();
    let command = registry::text(RUN, NAME).ok().flatten();
    let command = command.filter(|_| is_approved(state.as_deref()));
    command.map(|command| format!(r"HKLM\{RUN}: {command}")).into_iter().collect()
}

/// Where the users who have been here have their state, unless they are told otherwise.
pub fn state_folders() -> Vec<PathBuf> {
    // Beside the public profile are all others.
    let public = env::var_os("PUBLIC").map(PathBuf::from);
    let profiles = public.as_deref().and_then(|public| public.parent()).map(fs::read_dir);
    let homes = profiles.and_then(Result::ok).into_iter().flatten().flatten();
    homes.map(|home| home.path().join(r"AppData\Local\Deskbeat")).collect()
}
