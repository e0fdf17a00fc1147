//! The values in force while the sources are laid over one another, and where each comes from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::de::value::{Error, StrDeserializer};

use super::endpoint::{self, Callee};
use super::environment::Environment;
use super::keys::{KEYS, SettingKey, find};
use super::origin::{Contents, Origin, Problem};
use super::policy::Policy;
use super::wrong::Wrong;
use super::{Overrides, file};

/// A setting's value in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// As in the file; `endpoint_…` for the standard AWS variables.
    pub key: &'static str,
    /// As text; empty: not set.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {:?} ({})", self.key, self.value, self.origin)
    }
}

/// The variables that set an endpoint, the later one winning.
const ENDPOINTS: [(&str, Callee, &[&str]); 3] = [
    ("endpoint_sfn", Callee::Aws, &["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SFN"]),
    ("endpoint_sqs", Callee::Aws, &["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"]),
    ("endpoint_imds", Callee::Imds, &["AWS_EC2_METADATA_SERVICE_ENDPOINT"]),
];

/// The standard variables for the region, the later one winning.
const REGION: [&str; 2] = ["AWS_DEFAULT_REGION", "AWS_REGION"];

/// All values. Every one that is in here was checked.
#[derive(Debug, Default)]
pub(super) struct Values {
    values: BTreeMap<&'static str, (String, Origin)>,
    problems: Vec<Problem>,
}

impl Values {
    /// The built-in values.
    pub(super) fn built_in() -> Self {
        let built_in = |key: &SettingKey| (key.name, (key.default.to_owned(), Origin::BuiltIn));
        Self { values: KEYS.iter().map(built_in).collect(), problems: Vec::new() }
    }

    pub(super) fn take_file(&mut self, path: &Path, must_exist: bool) {
        self.take_contents(file::read(path, must_exist));
    }

    fn take_contents(&mut self, contents: Contents) {
        self.problems.extend(contents.problems);
        for setting in contents.settings {
            self.set(setting.key.name, setting.value, setting.origin);
        }
    }

    pub(super) fn take_environment(&mut self, environment: &Environment) {
        // AWS's own variables first, so that ours win.
        if let Some(key) = find("region") {
            for variable in REGION {
                self.take_variable(environment, key.name, variable, |text| key.check(text));
            }
        }
        for key in KEYS {
            self.take_variable(environment, key.name, &key.variable(), |text| key.check(text));
        }
        for (name, service, variables) in ENDPOINTS {
            for variable in variables {
                self.take_variable(environment, name, variable, |text| {
                    endpoint::check(text, service).map(|()| text.to_owned())
                });
            }
        }
    }

    fn take_variable(
        &mut self,
        environment: &Environment,
        name: &'static str,
        variable: &str,
        check: impl Fn(&str) -> Result<String, Wrong>,
    ) {
        let value = match environment.text(variable) {
            Ok(None) => return,
            Ok(Some(text)) => check(text),
            Err(wrong) => Err(wrong),
        };
        self.take(name, value, Origin::Variable(variable.into()));
    }

    pub(super) fn take_flags(&mut self, overrides: &Overrides) {
        for (name, text) in &overrides.values {
            match find(name) {
                Some(key) => self.take(key.name, key.check(text), Origin::Flag(key.option())),
                None => {
                    let origin = Origin::Flag(format!("--set {name}"));
                    self.problem(Problem { origin, wrong: file::unknown(name) });
                }
            }
        }
    }

    /// Last of all: nothing wins over it. Returns a warning for each value that nobody reads.
    pub(super) fn take_policy(&mut self, policy: &Policy) -> Vec<String> {
        let (contents, warnings) = policy.contents();
        self.take_contents(contents);
        warnings
    }

    fn take(&mut self, name: &'static str, checked: Result<String, Wrong>, origin: Origin) {
        match checked {
            Ok(value) => self.set(name, value, origin),
            Err(wrong) => self.problem(Problem { origin, wrong }),
        }
    }

    fn set(&mut self, name: &'static str, value: String, origin: Origin) {
        // An empty text means "not set", so what is below shows through.
        if !value.is_empty() {
            self.values.insert(name, (value, origin));
        }
    }

    fn problem(&mut self, problem: Problem) {
        // AWS_ENDPOINT_URL is looked at twice.
        let sentence = problem.to_string();
        if !self.problems.iter().any(|told| told.to_string() == sentence) {
            self.problems.push(problem);
        }
    }

    /// Where the state goes: `folder` unless configured. That need not be text: a user's home folder
    /// has whatever name it has.
    pub(super) fn state_dir(&mut self, folder: Option<PathBuf>) -> PathBuf {
        if let Some(configured) = self.text("state_dir") {
            return configured.into();
        }
        match &folder {
            Some(folder) => {
                self.set("state_dir", folder.to_string_lossy().into_owned(), Origin::BuiltIn);
            }
            None => self.problem(Problem { origin: Origin::BuiltIn, wrong: Wrong::NoHome }),
        }
        folder.unwrap_or_default()
    }

    /// A heartbeat window as long as the whole session is never of use, and refused by Step
    /// Functions. Source: Amazon States Language, HeartbeatSeconds.
    pub(super) fn check_timers(&mut self) {
        let (heartbeat, timeout) =
            (self.seconds("heartbeat_seconds"), self.seconds("timeout_seconds"));
        if timeout.is_zero() || heartbeat < timeout {
            return;
        }
        let origin = |name| self.values.get(name).map_or(Origin::BuiltIn, |(_, at)| at.clone());
        let (heartbeat_at, timeout_at) = (origin("heartbeat_seconds"), origin("timeout_seconds"));
        let wrong = Wrong::TimeoutTooShort {
            timeout: timeout.as_secs(),
            heartbeat: heartbeat.as_secs(),
            at: heartbeat_at,
        };
        self.problem(Problem { origin: timeout_at, wrong });
    }

    /// Everything that is wrong.
    pub(super) fn problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.as_str()).filter(|text| !text.is_empty())
    }

    pub(super) fn seconds(&self, name: &str) -> Duration {
        Duration::from_secs(self.number(name))
    }

    /// `None` for 0.
    pub(super) fn minutes(&self, name: &str) -> Option<Duration> {
        Some(Duration::from_secs(self.number(name) * 60)).filter(|time| !time.is_zero())
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    /// The enum whose variants are the words of the setting's choice.
    pub(super) fn choice<T: DeserializeOwned>(&self, name: &str) -> T {
        let word = self.text(name).unwrap_or_default();
        T::deserialize(StrDeserializer::<Error>::new(word))
            .expect("a choice has a default, and its words are the enum's: a test tries each")
    }

    fn number(&self, name: &str) -> u64 {
        let text = self.text(name).unwrap_or_default();
        text.parse().expect("a number has a default, and SettingKey::check has parsed every other")
    }

    /// For `doctor`, in the order of the documentation.
    pub(super) fn into_list(mut self) -> Vec<Effective> {
        let names = KEYS.iter().map(|key| key.name).chain(ENDPOINTS.iter().map(|(name, ..)| *name));
        names
            .filter_map(|key| {
                let (value, origin) = self.values.remove(key)?;
                Some(Effective { key, value, origin })
            })
            .collect()
    }
}
