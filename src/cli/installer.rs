//! `installer`: what the Windows installer cannot do by itself. Not for people, so help is silent
//! about it. packaging/windows/deskbeat.wxs says when each step runs.

use std::fs;
use std::io;
use std::path::Path;

use clap::Subcommand;

use super::exit::Exit;
use crate::account::{administrators_folder, is_trusted};
use crate::config::Config;
use crate::config::edit::{self, TEMPLATE};
use crate::desktop::replace;

/// A step of an installation.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum Step {
    /// Write the settings given with --set into the machine's file; make its folder safe
    Settings,
    /// Stop the agents of all users, and remember where they were
    Stop,
    /// Start the agents that were stopped
    Start,
}

/// Carries a step out. `settings` without a value are left alone.
pub(super) fn run(step: Step, settings: &[(String, String)]) -> Result<Exit, Exit> {
    let file = Config::machine_file(std::env::vars_os());
    let folder = file.parent().unwrap_or(&file);
    let failed = |error: io::Error| {
        eprintln!("deskbeat: {}: {error}", folder.display());
        Exit::Failed
    };
    match step {
        Step::Settings => {
            administrators_folder(folder).map_err(failed)?;
            let given: Vec<_> =
                settings.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
            write(&file, &given)?;
        }
        Step::Stop => replace::stop_all().map_err(failed)?,
        Step::Start => {
            for session in replace::take_stopped().map_err(failed)? {
                // A user who has logged off meanwhile needs none.
                if let Err(error) = replace::start_in(session) {
                    eprintln!("deskbeat: no agent was started in session {session}: {error}");
                }
            }
        }
    }
    Ok(Exit::Done)
}

/// Puts `settings` into `file`, which is new, or was an administrator's. Another user's is set aside.
fn write(file: &Path, settings: &[(String, String)]) -> Result<(), Exit> {
    let failed = |error: io::Error| {
        eprintln!("deskbeat: {}: {error}", file.display());
        Exit::Failed
    };
    let theirs = match is_trusted(file) {
        Ok(ours) => !ours,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(failed(error)),
    };
    if theirs {
        fs::rename(file, file.with_extension("not-ours.toml")).map_err(failed)?;
    }
    let text = match fs::read_to_string(file) {
        Ok(_) if settings.is_empty() => return Ok(()),
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => TEMPLATE.to_owned(),
        Err(error) => return Err(failed(error)),
    };
    let text = edit::set(&text, file, settings).map_err(|error| {
        eprintln!("deskbeat: {error}");
        Exit::Config
    })?;
    // Whole or not at all; a new file has the rights of its folder.
    let new = file.with_extension("new");
    fs::write(&new, text).and_then(|()| fs::rename(&new, file)).map_err(failed)
}
