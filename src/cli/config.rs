//! `config`: each setting with where it comes from; `config check`: whether a file is right.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueHint};
use serde_json::json;

use super::error::{CliError, Exit};
use super::terminal;
use crate::config::Config;

/// What is wanted of the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigVerb {
    /// Say what is wrong with a file, before it is put in its place
    Check {
        /// The file
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
}

/// `config`: the settings as an agent would have them that were started here and now.
pub(super) fn show(config: &Config, json: bool) -> Result<Exit, CliError> {
    if json {
        note(&config.warnings);
        for effective in config.origins() {
            let source = effective.origin.to_string();
            let line = json!({ "name": effective.key, "value": effective.value, "source": source });
            terminal::line(&line.to_string())?;
        }
        return Ok(Exit::Done);
    }
    terminal::print(&config.in_words())?;
    note(&config.warnings);
    Ok(Exit::Done)
}

/// What is odd but no error.
fn note(warnings: &[String]) {
    for warning in warnings {
        terminal::remark(&format!("Note: {warning}"));
    }
}

/// `config check`: of the file alone, whatever the environment says. Of `environment` it is only told
/// what no program reads, and asked where the user's home is.
pub(super) fn check(
    file: &Path,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Exit, CliError> {
    let environment: Vec<_> = environment.collect();
    let homes = environment.iter().filter(|(name, _)| {
        name.to_str().is_some_and(|name| {
            ["HOME", "LOCALAPPDATA"].iter().any(|home| home.eq_ignore_ascii_case(name))
        })
    });
    let config = Config::of_file(homes.cloned(), file)?;
    let own = config.origins().iter().filter(|effective| effective.origin.is_file()).count();
    let settings = if own == 1 { "1 setting".to_owned() } else { format!("{own} settings") };
    terminal::line(&format!("{} is right: {settings} in it.", file.display()))?;
    note(&config.warnings);
    note(&Config::unknown_variables(environment));
    Ok(Exit::Done)
}
