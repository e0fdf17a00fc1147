//! The diagnostics bundle: a zip for support, without a task token or a secret in it.
//!
//! Holds what `status`, `doctor` and the log say, the settings in force, and the names (never the
//! values) of the environment's variables that matter. Never the journal: it holds the token.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::Finding;
use crate::log::folder_in;
use crate::session::View;

/// Variables with these beginnings are named.
const NAMED: [&str; 6] = ["AWS_", "DESKBEAT_", "XDG_", "DBUS_", "DISPLAY", "WAYLAND_"];
/// The longest part of one log file that is taken, from its end: the newest lines.
const MAX_LOG_BYTES: usize = 5 * 1024 * 1024;

/// What goes into the bundle.
#[derive(Debug)]
pub struct Bundle<'a> {
    /// Of the running agent, if one runs.
    pub view: Option<&'a View>,
    /// What doctor found, if it was asked.
    pub findings: &'a [Finding],
    /// The settings in force, a line each.
    pub settings: &'a str,
    /// Whose log is taken.
    pub state_dir: &'a Path,
    /// The process's environment.
    pub environment: Vec<(OsString, OsString)>,
}

/// The bundle's name for a bundle made at `now`.
pub fn file_name(now: Timestamp) -> PathBuf {
    let time = now.strftime("%Y%m%d-%H%M%S");
    PathBuf::from(format!("deskbeat-diagnostics-{time}.zip"))
}

impl Bundle<'_> {
    /// Writes the bundle to `path`, which must not exist yet.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut zip = ZipWriter::new(File::create_new(path)?);
        let mut add = |name: &str, bytes: &[u8]| -> io::Result<()> {
            zip.start_file(name, SimpleFileOptions::default())?;
            zip.write_all(bytes)
        };
        add("about.txt", about().as_bytes())?;
        if let Some(view) = self.view {
            add("status.json", &serde_json::to_vec_pretty(view)?)?;
        }
        if !self.findings.is_empty() {
            add("doctor.json", &serde_json::to_vec_pretty(self.findings)?)?;
        }
        add("settings.txt", self.settings.as_bytes())?;
        add("environment.txt", self.names().as_bytes())?;
        for file in logs(&folder_in(self.state_dir)) {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // One that rolled away meanwhile is in the next one.
            if let Ok(bytes) = fs::read(&file) {
                let from = bytes.len().saturating_sub(MAX_LOG_BYTES);
                add(&format!("log/{name}"), &bytes[from..])?;
            }
        }
        zip.finish()?;
        Ok(())
    }

    fn names(&self) -> String {
        let mut names: Vec<String> = self
            .environment
            .iter()
            .map(|(name, _)| name.to_string_lossy().into_owned())
            .filter(|name| NAMED.iter().any(|start| name.starts_with(start)))
            .collect();
        names.sort();
        names.join("\n") + "\n"
    }
}

fn about() -> String {
    format!(
        "Deskbeat {}\n{} {}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

fn logs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        // A pipe would have us wait for a writer.
        .filter(|path| fs::symlink_metadata(path).is_ok_and(|found| found.is_file()))
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn the_bundle_has_what_support_needs_and_no_secret() {
        let state = tempfile::tempdir().unwrap();
        fs::create_dir(folder_in(state.path())).unwrap();
        fs::write(folder_in(state.path()).join("deskbeat.log"), "a line\n").unwrap();
        fs::write(state.path().join("journal"), "the-token").unwrap();
        let findings =
            [Finding { item: "role", verdict: Verdict::Faulty, sentence: "No role.".into() }];
        let bundle = Bundle {
            view: Some(&View::without_session("Waiting.".into())),
            findings: &findings,
            settings: "after_end = none\n",
            state_dir: state.path(),
            environment: vec![
                ("AWS_SECRET_ACCESS_KEY".into(), "the-secret".into()),
                ("HOME".into(), "/home/ana".into()),
            ],
        };
        let path = state.path().join("bundle.zip");
        bundle.write(&path).unwrap();

        let mut zip = zip::ZipArchive::new(File::open(&path).unwrap()).unwrap();
        let mut all = String::new();
        let mut names = Vec::new();
        for index in 0..zip.len() {
            let mut file = zip.by_index(index).unwrap();
            names.push(file.name().unwrap().into_owned());
            file.read_to_string(&mut all).unwrap();
        }
        let expected = [
            "about.txt",
            "status.json",
            "doctor.json",
            "settings.txt",
            "environment.txt",
            "log/deskbeat.log",
        ];
        assert_eq!(names, expected);
        assert!(all.contains("AWS_SECRET_ACCESS_KEY") && all.contains("a line"));
        for secret in ["the-secret", "the-token", "/home/ana"] {
            assert!(!all.contains(secret), "{secret} is in the bundle");
        }
        assert!(bundle.write(&path).is_err(), "an older bundle is not overwritten");
    }

    #[test]
    fn its_name_sorts_by_time() {
        let now = "2026-11-24T09:05:06Z".parse().unwrap();
        assert_eq!(file_name(now), Path::new("deskbeat-diagnostics-20261124-090506.zip"));
    }
}
