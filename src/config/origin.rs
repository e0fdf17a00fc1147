//! Where a value comes from, and what is wrong with it, in words.

use std::fmt;
use std::path::PathBuf;

use super::keys::SettingKey;
use super::wrong::Wrong;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    BuiltIn,
    /// A file.
    File {
        /// Its path.
        path: PathBuf,
        /// Its line, from 1; `None`: the file as a whole.
        line: Option<usize>,
    },
    /// A variable of the environment, by its name.
    Variable(String),
    /// A flag of the command line, with its hyphens.
    Flag(String),
    /// Group Policy: a place in the registry.
    Policy(String),
}

/// What a source says: a file, or Group Policy.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) settings: Vec<Setting>,
    pub(super) problems: Vec<Problem>,
}

/// A setting of a source.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) key: &'static SettingKey,
    pub(super) value: String,
    pub(super) origin: Origin,
}

impl Origin {
    /// True for a file.
    pub fn is_file(&self) -> bool {
        matches!(self, Origin::File { .. })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::BuiltIn => f.write_str("built in"),
            Origin::File { path, line: None } => write!(f, "{}", path.display()),
            Origin::File { path, line: Some(line) } => {
                write!(f, "{}, line {line}", path.display())
            }
            Origin::Variable(name) => write!(f, "environment variable {name}"),
            Origin::Flag(flag) => write!(f, "flag {flag}"),
            Origin::Policy(place) => write!(f, "Group Policy, registry {place}"),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug)]
pub struct Problem {
    /// Where.
    pub origin: Origin,
    /// What, and what is allowed there.
    pub wrong: Wrong,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.wrong)
    }
}

/// The configuration cannot be used: everything that is wrong with it, a line each.
#[derive(Debug)]
pub struct ConfigError {
    /// At least one.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
