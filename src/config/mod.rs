//! What the administrator, the environment and the command line say, as one checked [`Config`].
//! Sources in rising order: built-in values, the machine's file, `DESKBEAT_*` and the standard AWS
//! variables, flags, Group Policy. `session::Settings` goes to the core, [`Access`] to the AWS edge.
//! Nothing here reads the process's environment by itself, and nothing names a command to run.

pub mod admx;
pub mod document;
pub mod edit;
mod effective;
mod endpoint;
mod environment;
mod file;
mod health;
mod keys;
mod origin;
mod policy;
mod wrong;

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::aws::surroundings::Surroundings;
use crate::aws::{Access, IMDS_ENDPOINT, QueueChoice};
use crate::log;
use crate::os;
use crate::session::Settings;
use effective::Values;
use environment::Environment;

pub use effective::Effective;
pub use health::{HealthCheck, HealthPlan, Watched};
pub use keys::{KEYS, SettingKey, ValueKind};
pub use origin::{ConfigError, Origin, Problem};
pub use policy::Policy;
pub use wrong::Wrong;

/// Everything configured, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// For the core.
    pub settings: Settings,
    /// For the AWS edge.
    pub access: Access,
    /// Step Functions is a test server on this computer, which must never shut it down.
    pub is_test: bool,
    /// When the user counts as away.
    pub away: Away,
    /// What has to be well beside Deskbeat.
    pub health: HealthPlan,
    /// The language that users are spoken to in; `None`: the desktop's.
    pub language: Option<String>,
    /// Where the journal and the control socket are; a full path.
    pub state_dir: PathBuf,
    /// Wait while another user's agent runs on this machine.
    pub one_per_machine: bool,
    /// How the log is written.
    pub log: log::Format,
    /// What is left out of the log.
    pub log_level: log::LogLevel,
    /// Names of the `AWS_*` variables that would have put other credentials in the role's place.
    /// Their values are never looked at.
    pub shadowing: Vec<String>,
    /// Sentences about what is odd but no error.
    pub warnings: Vec<String>,
    /// The file that was read, or that would have been.
    pub file: PathBuf,
    origins: Vec<Effective>,
}

/// What another configuration changes in a running agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Settings that it takes over, each as `name = "value"`.
    pub live: Vec<String>,
    /// Settings that count from its next start.
    pub later: Vec<String>,
}

/// When the user counts as away; `None`: never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Away {
    /// After this long without input.
    pub idle: Option<Duration>,
    /// After this long with the remote connection cut.
    pub disconnect: Option<Duration>,
}

/// What the command line says. Flags win over everything but Group Policy.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--config FILE`: read in place of the machine's file. It must exist.
    pub file: Option<PathBuf>,
    /// Settings by their name in the file (`queue_url`), each with its value as text.
    pub values: Vec<(String, String)>,
}

impl Config {
    /// Reads all sources. `environment` is usually [`std::env::vars_os`].
    ///
    /// Every problem in any source is in the error, each with its place and the allowed values.
    pub fn load(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        overrides: &Overrides,
    ) -> Result<Config, ConfigError> {
        usable(read_all(environment, overrides))
    }

    /// As [`Config::load`], for a verb that speaks to an agent which runs already: what an administrator
    /// got wrong, in the machine's file or in Group Policy, the agent was told too, and goes on. It does
    /// not keep a user from it, and is given beside what could be read.
    pub fn load_for_agent(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        overrides: &Overrides,
    ) -> Result<(Config, Option<ConfigError>), ConfigError> {
        let (config, problems) = read_all(environment, overrides);
        let by_others = |problem: &Problem| match problem.origin {
            Origin::File { .. } => overrides.file.is_none(),
            Origin::Policy(_) => true,
            Origin::BuiltIn | Origin::Variable(_) | Origin::Flag(_) => false,
        };
        if !problems.iter().all(by_others) {
            return Err(ConfigError { problems });
        }
        let error = (!problems.is_empty()).then_some(ConfigError { problems });
        Ok((config, error))
    }

    /// What `file` alone says. `environment` only has to know where the user's home is.
    pub fn of_file(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        file: &Path,
    ) -> Result<Config, ConfigError> {
        let overrides = Overrides { file: Some(file.to_owned()), values: Vec::new() };
        load(&Environment::new(environment), file, &overrides, &Policy::default())
    }

    /// A warning for each `DESKBEAT_*` variable in `environment` that nobody reads.
    pub fn unknown_variables(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Vec<String> {
        Environment::new(environment).unknown()
    }

    /// The machine's file, be it there or not. `environment` as for [`Config::load`].
    pub fn machine_file(environment: impl IntoIterator<Item = (OsString, OsString)>) -> PathBuf {
        platform::machine_file(&Environment::new(environment))
    }

    /// What `other` would change.
    pub fn changes(&self, other: &Config) -> Changes {
        let mut changes = Changes::default();
        for now in &other.origins {
            let before = self.origins.iter().find(|before| before.key == now.key);
            if before.is_some_and(|before| before.value == now.value) {
                continue;
            }
            let is_live = keys::find(now.key).is_some_and(|key| key.is_live);
            let list = if is_live { &mut changes.live } else { &mut changes.later };
            list.push(format!("{} = {:?}", now.key, now.value));
        }
        changes
    }

    /// The settings in force and where each comes from, a line each.
    pub fn in_words(&self) -> String {
        self.origins.iter().map(|effective| format!("{effective}\n")).collect()
    }

    /// Each setting's value in force, and where it comes from; in the order of the documentation.
    pub fn origins(&self) -> &[Effective] {
        &self.origins
    }
}

fn load(
    environment: &Environment,
    machine_file: &Path,
    overrides: &Overrides,
    policy: &Policy,
) -> Result<Config, ConfigError> {
    usable(read(environment, machine_file, overrides, policy))
}

fn usable((config, problems): (Config, Vec<Problem>)) -> Result<Config, ConfigError> {
    if problems.is_empty() { Ok(config) } else { Err(ConfigError { problems }) }
}

/// [`read`], from where everything is on this computer.
fn read_all(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    overrides: &Overrides,
) -> (Config, Vec<Problem>) {
    let environment = Environment::new(environment);
    let machine_file = platform::machine_file(&environment);
    read(&environment, &machine_file, overrides, &Policy::read())
}

/// What could be read, and what is wrong; where something is wrong a setting has its former value.
fn read(
    environment: &Environment,
    machine_file: &Path,
    overrides: &Overrides,
    policy: &Policy,
) -> (Config, Vec<Problem>) {
    let mut values = Values::built_in();
    let mut warnings = environment.unknown();
    let named = overrides.file.clone().or_else(|| environment.path("DESKBEAT_CONFIG"));
    match &named {
        Some(path) => values.take_file(path, true),
        None => {
            values.take_file(machine_file, false);
            if matches!(os::only_administrators_write(machine_file), Ok(false)) {
                warnings.push(format!(
                    "{} can be changed by others than administrators; mend its owner and rights",
                    machine_file.display()
                ));
            }
        }
    }
    values.take_environment(environment);
    values.take_flags(overrides);
    warnings.extend(values.take_policy(policy));
    let state_dir = values.state_dir(platform::state_dir(environment));
    values.check_timers();
    let problems = values.problems();
    warnings.extend(values.text("region").and_then(keys::doubted_region));
    warnings.extend(values.text("queue_name_template").and_then(keys::one_for_all));
    let config = Config {
        settings: settings(&values, environment),
        access: access(&values, environment),
        is_test: values.text("endpoint_sfn").is_some_and(endpoint::is_this_machine),
        away: Away {
            idle: values.minutes("idle_minutes"),
            disconnect: values.minutes("disconnect_minutes"),
        },
        health: health_plan(&values),
        language: values.text("language").filter(|tag| *tag != "auto").map(str::to_owned),
        state_dir,
        one_per_machine: values.flag("one_per_machine"),
        log: values.choice("log"),
        log_level: values.choice("log_level"),
        shadowing: environment.shadowing(),
        warnings,
        file: named.unwrap_or_else(|| machine_file.to_owned()),
        origins: values.into_list(),
    };
    (config, problems)
}

fn settings(values: &Values, environment: &Environment) -> Settings {
    Settings {
        heartbeat: values.seconds("heartbeat_seconds"),
        max_interval: values.seconds("beat_interval_seconds"),
        timeout: Some(values.seconds("timeout_seconds")).filter(|timeout| !timeout.is_zero()),
        close_before_timeout: values.seconds("close_before_timeout_seconds"),
        after_end: values.choice("after_end"),
        on_shutdown: values.choice("on_shutdown"),
        on_logoff: values.choice("on_logoff"),
        extendable: values.flag("extendable"),
        away_grace: values.seconds("away_grace_seconds"),
        local_user: platform::user(environment),
    }
}

fn access(values: &Values, environment: &Environment) -> Access {
    let owned = |key| values.text(key).map(str::to_owned);
    Access {
        region: owned("region"),
        instance_id: owned("instance_id"),
        sfn_endpoint: owned("endpoint_sfn"),
        sqs_endpoint: owned("endpoint_sqs"),
        imds_endpoint: owned("endpoint_imds").unwrap_or_else(|| IMDS_ENDPOINT.to_owned()),
        credentials: values.choice("credentials"),
        queue: match owned("queue_url") {
            Some(url) => QueueChoice::Url(url),
            None => QueueChoice::Discover {
                tag: owned("queue_tag").unwrap_or_default(),
                name_template: owned("queue_name_template").unwrap_or_default(),
            },
        },
        surroundings: Surroundings::read(|name| {
            // What is not Unicode is no address, and no path of a bundle that we could tell.
            environment.text(name).ok().flatten().map(str::to_owned)
        }),
    }
}

fn health_plan(values: &Values) -> HealthPlan {
    let patience = values.seconds("health_patience_seconds");
    let mut checks = Vec::new();
    for (name, parse) in health::LISTS {
        let entries = health::entries(values.text(name).unwrap_or_default(), parse);
        // Every value that is in force was checked by the same function.
        for (subject, own) in entries.unwrap_or_default() {
            checks.push(HealthCheck { subject, patience: own.unwrap_or(patience) });
        }
    }
    let fail_after = values.seconds("health_fail_after_seconds");
    HealthPlan { checks, fail_after: Some(fail_after).filter(|after| !after.is_zero()) }
}
