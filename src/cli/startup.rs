//! The verbs of start-up scripts: `startup`, and `fail`, which needs no agent.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Args, ValueHint};
use jiff::SignedDuration;

use super::ask;
use super::error::{CliError, Exit};
use crate::app::runtime::on_runtime;
use crate::config::Config;
use crate::log::{self, Log, LogLevel};
use crate::session::Refusal;
use crate::session::interface::request::check_failure;
use crate::session::words::codes::Code;
use crate::startup::fail::{self, NoReply};
use crate::startup::supervise::{self, Startup};

/// The longest time that is taken: a year, as a task may wait at most.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

#[derive(Debug, Args)]
pub(super) struct StartupOptions {
    /// End the script, and what it started, after this time: 90, 90s, 15m, 2h
    #[arg(long, value_name = "TIME", value_parser = time)]
    timeout: Option<Duration>,
    /// After a failure: how long to look for the task token in the queue
    #[arg(long, value_name = "TIME", default_value = "60", value_parser = time)]
    wait: Duration,
    /// The script and its arguments, after `--`
    #[arg(required = true, last = true, value_name = "COMMAND", value_hint = ValueHint::AnyPath)]
    command: Vec<OsString>,
}

/// The log of a program whose standard error is somebody else's: only what matters is shown there.
fn start_quiet_log(config: &Config) -> Log {
    let seen = config.log_level.min(LogLevel::Warn);
    let log = log::start(config.log, config.log_level, seen, Some(&config.state_dir));
    for warning in &config.warnings {
        tracing::warn!(code = Code::Configuration.id(), "{warning}");
    }
    log
}

/// Runs the script. Its exit code is the program's, and on Windows has 32 bits: `Exit` has no room.
pub(super) fn run(config: &Config, options: StartupOptions) -> Result<Exit, CliError> {
    let StartupOptions { timeout, wait, command } = options;
    let log = start_quiet_log(config);
    let startup = Startup { command, timeout, wait };
    let code = on_runtime(supervise::run(config, startup))
        .map_err(CliError::Runtime)?
        .map_err(CliError::Script)?;
    drop(log);
    std::process::exit(code)
}

/// Reports a failure: through the agent, or without one.
pub(super) fn fail(
    config: &Config,
    error: String,
    cause: String,
    wait: Duration,
) -> Result<Exit, CliError> {
    if let Err(error) = check_failure(&error, &cause) {
        let sentence = error.to_string();
        return Err(CliError::Refused { sentence, why: Refusal::BadRequest });
    }
    let _log = start_quiet_log(config);
    let told = on_runtime(fail::fail(config, error, cause, wait)).map_err(CliError::Runtime)?;
    match told {
        Ok(reply) => ask::tell(reply),
        Err(NoReply::Call(error)) => Err(ask::no_answer(error)),
        Err(NoReply::NoAgent(error)) => Err(CliError::NoAgent(error)),
        Err(NoReply::NotTold(sentence)) => Err(CliError::Startup(sentence)),
    }
}

/// Why a text is no time to wait.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoTime {
    #[error("{0:?} is not a time such as 90, 90s, 15m or 2h")]
    NotUnderstood(String),
    #[error("{0:?} is more than a year")]
    TooLong(String),
}

/// A time as people write it: seconds, or with a unit.
pub(super) fn time(text: &str) -> Result<Duration, NoTime> {
    let wrong = || NoTime::NotUnderstood(text.into());
    let time = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let time: SignedDuration = text.parse().map_err(|_| wrong())?;
            Duration::try_from(time).map_err(|_| wrong())?
        }
    };
    match time <= LONGEST {
        true => Ok(time),
        false => Err(NoTime::TooLong(text.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_people_write_it() {
        for (text, seconds) in [("0", 0), ("90", 90), ("90s", 90), ("15m", 900), ("1h 30m", 5400)] {
            assert_eq!(time(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "soon", "-5", "-5s", "15 x", "99999999999"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
