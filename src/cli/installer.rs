//! `installer`: what the Windows installer cannot do by itself. Not for people, so help is silent
//! about it. installer/windows/deskbeat.wxs says when each step runs.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use clap::Subcommand;

use super::error::{CliError, Exit};
use crate::config::Config;
use crate::config::edit::{self, TEMPLATE};
use crate::desktop::replace;
use crate::log;
use crate::os::{administrators_folder, is_trusted};

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

/// Carries a step out. `settings` without a value are left alone. The installer shows nobody what its
/// steps print: the caller tells the Event Log.
pub(super) fn run(step: Step, settings: &[(String, String)]) -> Result<Exit, CliError> {
    let file = Config::machine_file(std::env::vars_os());
    let folder = file.parent().unwrap_or(&file);
    let failed = |error| CliError::Io { what: folder.display().to_string(), error };
    match step {
        Step::Settings => {
            administrators_folder(folder).map_err(failed)?;
            let given: Vec<_> =
                settings.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
            write(&file, &given)?;
        }
        Step::Stop => replace::stop_all(Exit::Stopped as u32).map_err(failed)?,
        Step::Start => replace::start_all(|session, error| {
            tell(&format!("no agent was started in session {session}: {error}"));
        })
        .map_err(failed)?,
    }
    Ok(Exit::Done)
}

/// Tells the Event Log what kept the installer from its work.
pub(super) fn tell(text: &str) {
    log::complain(&format!("The installer: {text}"));
}

/// Puts `settings` into `file`, which is new, or was an administrator's. Another user's is set aside.
fn write(file: &Path, settings: &[(String, String)]) -> Result<(), CliError> {
    let failed = |error| CliError::Io { what: file.display().to_string(), error };
    let is_there = file.try_exists().map_err(failed)?;
    let is_ours = is_there && is_trusted(file).map_err(failed)?;
    if is_ours && settings.is_empty() {
        return Ok(());
    }
    let text = if is_ours {
        fs::read_to_string(file).map_err(failed)?
    } else {
        if is_there {
            fs::rename(file, file.with_extension("not-ours.toml")).map_err(failed)?;
        }
        TEMPLATE.to_owned()
    };
    let text = edit::set(&text, file, settings)?;
    // Whole or not at all; new, so that it has the rights of its folder and nobody holds it open.
    let new = file.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut written = File::create_new(&new).map_err(failed)?;
    written.write_all(text.as_bytes()).and_then(|()| fs::rename(&new, file)).map_err(failed)
}
