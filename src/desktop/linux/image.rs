//! What Deskbeat has in a machine's image: how it starts, and what users have left.

use std::fs;
use std::path::{Path, PathBuf};

/// The ways that the package installs, and those of the README.
const STARTS: [&str; 4] = [
    "/etc/xdg/autostart/deskbeat.desktop",
    "/etc/systemd/user/graphical-session.target.wants/deskbeat.service",
    "/etc/systemd/user/default.target.wants/deskbeat.service",
    "/usr/lib/systemd/user/graphical-session.target.wants/deskbeat.service",
];

/// How it starts at a logon, or what to do so that it does.
pub fn start_at_logon() -> Result<String, String> {
    match STARTS.iter().find(|path| Path::new(path).symlink_metadata().is_ok()) {
        Some(path) => Ok(format!("Started at every logon by {path}.")),
        None => Err(format!(
            "Nothing starts Deskbeat at a logon: {} is missing, and no user unit is enabled.",
            STARTS[0]
        )),
    }
}

/// The state folders of all users that exist, where they are by default.
pub fn state_folders() -> Vec<PathBuf> {
    let homes = fs::read_dir("/home").into_iter().flatten().flatten().map(|home| home.path());
    homes
        .chain([PathBuf::from("/root")])
        .map(|home| home.join(".local/state/deskbeat"))
        .filter(|folder| folder.is_dir())
        .collect()
}
