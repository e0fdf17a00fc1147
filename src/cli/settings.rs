//! The settings on the command line: a flag for each that has one, made from the list of settings,
//! and `--set` for all.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueHint};

use super::error::CliError;
use crate::config::{KEYS, Overrides, SettingKey, ValueKind};

const CONFIG: &str = "config";
const SET: &str = "set";

/// What the command line says about settings.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SettingFlags {
    file: Option<PathBuf>,
    /// By name.
    values: Vec<(String, String)>,
    /// Each as NAME=VALUE.
    set: Vec<String>,
}

impl SettingFlags {
    /// As arguments of another process of this program, which shall have the same settings.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let file = self.file.iter().flat_map(|file| ["--config".into(), file.clone().into()]);
        let values = self.values.iter().map(|(name, value)| format!("{name}={value}"));
        let set = values.chain(self.set.iter().cloned());
        file.chain(set.flat_map(|one| ["--set".into(), one.into()])).collect()
    }

    /// For the configuration.
    pub(super) fn overrides(self) -> Result<Overrides, CliError> {
        let SettingFlags { file, mut values, set } = self;
        for setting in set {
            let Some((name, value)) = setting.split_once('=') else {
                let sentence = format!("--set {setting} is not of the form NAME=VALUE");
                return Err(CliError::Usage(sentence));
            };
            values.push((name.trim().to_owned(), value.trim().to_owned()));
        }
        Ok(Overrides { file, values })
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let value = |key: &SettingKey| {
            Some((key.name.to_owned(), matches.get_one::<String>(key.name)?.to_owned()))
        };
        Ok(Self {
            file: matches.get_one::<PathBuf>(CONFIG).cloned(),
            values: KEYS.iter().filter(|key| key.has_flag).filter_map(value).collect(),
            set: matches.get_many(SET).into_iter().flatten().cloned().collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        let common = |id: &'static str| Arg::new(id).global(true).help_heading("Settings");
        let file = common(CONFIG)
            .long(CONFIG)
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .value_hint(ValueHint::FilePath)
            .help("Read this file instead of the computer's");
        let own = KEYS.iter().filter(|key| key.has_flag).map(|key| {
            let (value, hint) = match (key.kind, key.name) {
                (ValueKind::Text { .. }, "state_dir") => ("FOLDER", ValueHint::DirPath),
                (ValueKind::Text { .. }, name) if name.ends_with("_url") => ("URL", ValueHint::Url),
                (ValueKind::Text { .. } | ValueKind::List { .. }, _) => ("TEXT", ValueHint::Other),
                (ValueKind::Number { .. }, _) => ("NUMBER", ValueHint::Other),
                (ValueKind::Choice(_) | ValueKind::Flag, _) => ("WORD", ValueHint::Unknown),
            };
            common(key.name)
                .long(key.name.replace('_', "-"))
                .value_name(value)
                .value_hint(hint)
                .value_parser(Words(words(key.kind)))
                .help(key.short())
        });
        let all = KEYS.iter().flat_map(|key| {
            let assignment = |value: &str| format!("{}={value}", key.name);
            match key.kind {
                ValueKind::Text { .. } | ValueKind::List { .. } | ValueKind::Number { .. } => {
                    vec![assignment("")]
                }
                ValueKind::Choice(_) | ValueKind::Flag => {
                    words(key.kind).iter().map(|word| assignment(word)).collect()
                }
            }
        });
        let set = common(SET)
            .long(SET)
            .value_name("NAME=VALUE")
            .action(ArgAction::Append)
            .value_parser(Words(all.collect()))
            .hide_possible_values(true)
            .help("Any setting, as in the file");
        command.arg(file).args(own).arg(set)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn words(kind: ValueKind) -> Vec<String> {
    match kind {
        ValueKind::Choice(words) => words.iter().map(ToString::to_string).collect(),
        ValueKind::Flag => vec!["true".into(), "false".into()],
        ValueKind::Text { .. } | ValueKind::List { .. } | ValueKind::Number { .. } => Vec::new(),
    }
}

/// Any text. The words are for help and completions: whether a value is right is the configuration's
/// to say, which says more than clap would.
#[derive(Clone)]
struct Words(Vec<String>);

impl TypedValueParser for Words {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        if self.0.is_empty() {
            return None;
        }
        Some(Box::new(self.0.iter().map(|word| PossibleValue::new(word.clone()))))
    }
}
