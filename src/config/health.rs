//! What has to be well beside Deskbeat: the `health_` settings, which a file may also give as a table
//! `[health]`. Only names, ports and paths: nothing here is ever run.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::wrong::Wrong;

/// The longest patience, in seconds.
const LONGEST_PATIENCE: u64 = 24 * 3600;

/// What is watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthPlan {
    /// What has to be well.
    pub checks: Vec<HealthCheck>,
    /// After the user was told, the session is ended after this long; `None`: never.
    pub fail_after: Option<Duration>,
}

/// One thing that has to be well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// What.
    pub subject: Watched,
    /// How long it may be unwell before anybody is told; for a file: how old it may be.
    pub patience: Duration,
}

/// What can be watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// A systemd unit, or a Windows service.
    Service(String),
    /// Somebody listens at this TCP port of this computer.
    Port(u16),
    /// A process of this name runs, whoever's.
    Process(String),
    /// This file is changed again and again.
    File(PathBuf),
}

/// Makes one of a kind of an entry's text.
pub(super) type Parse = fn(&str) -> Result<Watched, Wrong>;

/// The settings that list what is watched.
pub(super) const LISTS: [(&str, Parse); 4] = [
    ("health_services", service),
    ("health_ports", port),
    ("health_processes", process),
    ("health_files", file),
];

pub(super) fn services(text: &str) -> Result<(), Wrong> {
    entries(text, service).map(drop)
}

pub(super) fn ports(text: &str) -> Result<(), Wrong> {
    entries(text, port).map(drop)
}

pub(super) fn processes(text: &str) -> Result<(), Wrong> {
    entries(text, process).map(drop)
}

pub(super) fn files(text: &str) -> Result<(), Wrong> {
    entries(text, file).map(drop)
}

/// `a, b=120`: what is watched, some with a patience of their own.
pub(super) fn entries(text: &str, parse: Parse) -> Result<Vec<(Watched, Option<Duration>)>, Wrong> {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| match entry.rsplit_once('=') {
            None => Ok((parse(entry)?, None)),
            Some((subject, patience)) => {
                let seconds = patience.trim().parse().ok();
                let seconds = seconds.filter(|seconds| (1..=LONGEST_PATIENCE).contains(seconds));
                let seconds = seconds
                    .ok_or_else(|| not(entry, "an entry: a patience is 1 to 86400 seconds"))?;
                Ok((parse(subject.trim())?, Some(Duration::from_secs(seconds))))
            }
        })
        .collect()
}

/// Source: systemd.unit(5), which allows `:-_.\\@` beside letters and digits; names of Windows
/// services have blanks, `$` and brackets too, and at most 256 characters.
fn service(text: &str) -> Result<Watched, Wrong> {
    let allowed = |c: char| c.is_alphanumeric() || r":-_.\@ $()".contains(c);
    match !text.is_empty() && text.len() <= 256 && text.chars().all(allowed) {
        true => Ok(Watched::Service(text.into())),
        false => Err(not(text, "the name of a service")),
    }
}

fn port(text: &str) -> Result<Watched, Wrong> {
    match text.parse() {
        Ok(port @ 1..) => Ok(Watched::Port(port)),
        Ok(0) | Err(_) => Err(not(text, "a port, 1 to 65535")),
    }
}

fn process(text: &str) -> Result<Watched, Wrong> {
    match !text.is_empty() && !text.contains(['/', '\\']) && !text.contains(char::is_control) {
        true => Ok(Watched::Process(text.into())),
        false => Err(not(text, "the name of a process: leave its folder out")),
    }
}

fn file(text: &str) -> Result<Watched, Wrong> {
    match Path::new(text).is_absolute() && !text.contains(char::is_control) {
        true => Ok(Watched::File(text.into())),
        false => Err(not(text, "a full path; ~ and variables are not filled in")),
    }
}

fn not(value: &str, allowed: &str) -> Wrong {
    Wrong::not_allowed(value, allowed)
}
