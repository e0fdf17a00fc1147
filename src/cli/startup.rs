//! The verbs of start-up scripts: `startup`, and `fail`, which needs no agent.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

use super::exit::Exit;
use super::{on_runtime, talk};
use crate::app::access::start_quiet_log;
use crate::config::Config;
use crate::session::interface::request::check_failure;
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
    #[arg(required = true, last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Runs the script. Its exit code is the program's, and on Windows has 32 bits: `Exit` has no room.
pub(super) fn run(config: &Config, options: StartupOptions) -> Result<Exit, Exit> {
    let StartupOptions { timeout, wait, command } = options;
    let log = start_quiet_log(config);
    let startup = Startup { command, timeout, wait };
    let code = on_runtime(async {
        supervise::run(config, startup).await.map_err(|sentence| {
            eprintln!("deskbeat: {sentence}");
            Exit::Failed
        })
    })?;
    drop(log);
    std::process::exit(code)
}

/// Reports a failure: through the agent, or without one.
pub(super) fn fail(
    config: &Config,
    error: String,
    cause: String,
    wait: Duration,
) -> Result<Exit, Exit> {
    let say = |sentence: String| eprintln!("deskbeat: {sentence}");
    if let Err(sentence) = check_failure(&error, &cause) {
        say(sentence);
        return Err(Exit::Refused);
    }
    let _log = start_quiet_log(config);
    let told = on_runtime(async { Ok(fail::fail(config, error, cause, wait).await) })?;
    match told {
        Ok(reply) => talk::tell(reply),
        Err(NoReply::Call(error)) => Err(talk::no_answer(error)),
        Err(NoReply::NoAgent(sentence)) => {
            say(sentence);
            Err(Exit::NotRunning)
        }
        Err(NoReply::NotTold(sentence)) => {
            say(sentence);
            Err(Exit::Failed)
        }
    }
}

/// A time as people write it: seconds, or with a unit.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a time such as 90, 90s, 15m or 2h");
    let time = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let time: SignedDuration = text.parse().map_err(|_| wrong())?;
            Duration::try_from(time).map_err(|_| wrong())?
        }
    };
    match time <= LONGEST {
        true => Ok(time),
        false => Err(format!("{text:?} is more than a year")),
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
