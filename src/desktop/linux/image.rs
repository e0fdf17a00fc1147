//! What Deskbeat has in a machine's image: how it starts, and what users have left.

use std::fs;
use std::path::{Path, PathBuf};

/// The package's own way.
const AUTOSTART: &str = "/etc/xdg/autostart/deskbeat.desktop";
/// What `systemctl --global enable` and `add-wants` make.
const UNITS: [&str; 2] = [
    "/etc/systemd/user/graphical-session.target.wants/deskbeat.service",
    "/etc/systemd/user/default.target.wants/deskbeat.service",
];

/// The ways in which it starts at a logon.
pub fn starts() -> Vec<String> {
    let autostart = fs::read_to_string(AUTOSTART).is_ok_and(|entry| is_on(&entry));
    let units = UNITS.into_iter().filter(|unit| Path::new(unit).symlink_metadata().is_ok());
    autostart.then_some(AUTOSTART).into_iter().chain(units).map(str::to_owned).collect()
}

/// Source: freedesktop.org, "Desktop Application Autostart Specification".
fn is_on(entry: &str) -> bool {
    !entry.lines().any(|line| {
        matches!(line.split_once('='), Some((key, value))
            if key.trim() == "Hidden" && value.trim() == "true")
    })
}

/// Where the users who have been here have their state, unless they are told otherwise.
pub fn state_folders() -> Vec<PathBuf> {
    let homes = fs::read_dir("/home").into_iter().flatten().flatten().map(|home| home.path());
    homes.chain([PathBuf::from("/root")]).map(|home| home.join(".local/state/deskbeat")).collect()
}

#[cfg(test)]
mod tests {
    use super::is_on;

    #[test]
    fn an_entry_that_is_hidden_starts_nothing() {
        let entry = include_str!("../../../installer/linux/autostart.desktop");
        assert!(is_on(entry));
        assert!(!is_on(&format!("{entry}Hidden=true\n")));
        assert!(is_on(&format!("{entry}Hidden=false\n")));
    }
}
