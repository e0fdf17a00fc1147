//! The command line: what was asked for, and which exit code it ended with.
//! `run` starts an agent; the other verbs talk to a running one, or examine, or demonstrate.

#[cfg(feature = "sandbox")]
mod demo;
pub(crate) mod doctor;
pub(crate) mod exit;
#[cfg(windows)]
mod installer;
mod settings;
mod startup;
mod talk;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{CommandFactory, Parser, Subcommand};

use crate::app;
use crate::config::Config;
#[cfg(windows)]
use crate::desktop::replace;
use crate::session::Request;

pub use exit::Exit;
use settings::Settings;

#[cfg(feature = "sandbox")]
const DEMO: &str = "  deskbeat demo                      a whole session in half a minute, without an AWS account\n";
#[cfg(not(feature = "sandbox"))]
const DEMO: &str = "";

/// After the verbs and flags in `--help`.
fn examples() -> String {
    format!("{EXAMPLES}{DEMO}{SETTINGS}")
}

const EXAMPLES: &str = "\
Examples:
  deskbeat                           keep this computer's session alive
  deskbeat status                    how the session stands
  deskbeat status --json | jq .state
  deskbeat end                       end the session (asks first)
  deskbeat end --yes --reason \"done for today\"
  deskbeat extend                    ask the workflow for more time
  deskbeat fail --error Setup.Failed --cause \"the licence server did not answer\"
  deskbeat startup --timeout 15m -- /opt/setup.sh
  deskbeat doctor                    find out what is wrong
  deskbeat doctor --bundle           the same, in a zip for support
";
const SETTINGS: &str = "
Settings: /etc/deskbeat/config.toml or %ProgramData%\\Deskbeat\\config.toml, then DESKBEAT_*, then flags.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no agent is running, 4 no session, 5 refused,
6 ended elsewhere, 7 stopped before the end was accepted, 8 wrong configuration, 9 runs already.";

/// Keeps the Step Functions task behind an EC2 remote desktop alive, and closes it in order.
#[derive(Debug, Parser)]
#[command(name = "deskbeat", version, after_help = examples())]
struct Line {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Keep this computer's session alive
    Run {
        /// Without a tray icon
        #[arg(long)]
        headless: bool,
    },
    /// Show how the session stands
    Status {
        /// One JSON object (a line each with --watch)
        #[arg(long)]
        json: bool,
        /// Go on showing it
        #[arg(long)]
        watch: bool,
    },
    /// End the session: returns once Step Functions accepted it
    End {
        /// Do not ask first
        #[arg(long, short)]
        yes: bool,
        /// A remark for the workflow
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Ask the workflow for more time
    Extend,
    /// Report a failure (SendTaskFailure) and end the session
    Fail {
        /// The error's name, at most 256 characters
        #[arg(long)]
        error: String,
        /// What happened, at most 32,768 characters
        #[arg(long)]
        cause: String,
        /// Where no agent runs: how long to look for the task token in the queue
        #[arg(long, value_name = "TIME", default_value = "60", value_parser = startup::time)]
        wait: Duration,
    },
    /// Run a start-up script, and report it to the workflow if it fails
    Startup(startup::StartupOptions),
    /// Find out what is wrong
    Doctor {
        /// One JSON object an item
        #[arg(long)]
        json: bool,
        /// Examine a machine that becomes an image: without a role, without its user
        #[arg(long, conflicts_with = "bundle")]
        image: bool,
        /// Make a zip for support, without any token or secret
        #[arg(long, value_name = "FILE")]
        bundle: Option<Option<PathBuf>>,
    },
    /// A step of the Windows installer
    #[cfg(windows)]
    #[command(hide = true)]
    Installer {
        #[command(subcommand)]
        step: installer::Step,
    },
    /// A whole session in half a minute, on an embedded AWS
    #[cfg(feature = "sandbox")]
    Demo(demo::DemoOptions),
}

/// The command line as data, for the manual page and the shells' completions.
pub fn command() -> clap::Command {
    Line::command()
}

/// Runs the program with the process's own arguments.
pub fn main() -> Exit {
    let line = match Line::try_parse() {
        Ok(line) => line,
        Err(error) => {
            let shown = error.print();
            return if error.use_stderr() || shown.is_err() { Exit::Usage } else { Exit::Done };
        }
    };
    carry_out(line).unwrap_or_else(|exit| exit)
}

fn carry_out(line: Line) -> Result<Exit, Exit> {
    let Line { settings, verb } = line;
    let verb = verb.unwrap_or(Verb::Run { headless: false });
    #[cfg(feature = "sandbox")]
    if let Verb::Demo(options) = verb {
        return demo::run(options);
    }
    #[cfg(windows)]
    if let Verb::Installer { step } = verb {
        // Not `configure`: what is wrong so far must not keep the installer from mending it.
        let overrides = settings.overrides().map_err(|usage| {
            eprintln!("deskbeat: {usage}");
            Exit::Usage
        })?;
        return installer::run(step, &overrides.values);
    }
    #[cfg(windows)]
    let is_replaceable =
        matches!(verb, Verb::Run { headless: false }) && settings == Settings::default();
    #[cfg(windows)]
    let _announced = is_replaceable.then(replace::announce).flatten();
    let config = configure(settings).map_err(|trouble| {
        eprintln!("deskbeat: {}", trouble.sentence);
        if matches!(verb, Verb::Run { headless: false }) {
            app::run::tell_why_not(&trouble.sentence);
        }
        trouble.exit
    })?;
    match verb {
        Verb::Run { headless } => app::run::run(config, headless),
        Verb::Status { json, watch } => on_runtime(talk::status(&config.state_dir, json, watch)),
        Verb::End { yes, reason } => {
            let after_end = config.settings.after_end;
            on_runtime(talk::end(&config.state_dir, yes, reason, after_end))
        }
        Verb::Extend => on_runtime(talk::ask_agent(&config.state_dir, Request::Extend)),
        Verb::Fail { error, cause, wait } => startup::fail(&config, error, cause, wait),
        Verb::Startup(options) => startup::run(&config, options),
        Verb::Doctor { json, image: true, .. } => Ok(doctor::examine_image(&config, json)),
        Verb::Doctor { json, bundle, .. } => on_runtime(doctor::examine(config, json, bundle)),
        #[cfg(windows)]
        Verb::Installer { .. } => Ok(Exit::Done),
        #[cfg(feature = "sandbox")]
        Verb::Demo(options) => demo::run(options),
    }
}

/// Why no verb can be carried out.
struct Trouble {
    sentence: String,
    exit: Exit,
}

fn configure(settings: Settings) -> Result<Config, Trouble> {
    let overrides =
        settings.overrides().map_err(|sentence| Trouble { sentence, exit: Exit::Usage })?;
    Config::load(environment(), &overrides)
        .map_err(|error| Trouble { sentence: error.to_string(), exit: Exit::Config })
}

/// The process's own. Scripts at an instance's first boot run without HOME; the user's database
/// knows it.
fn environment() -> impl Iterator<Item = (OsString, OsString)> {
    let home = match std::env::var_os("HOME") {
        Some(_) => None,
        None => std::env::home_dir().map(|home| ("HOME".into(), home.into())),
    };
    std::env::vars_os().chain(home)
}

/// Runs `work` on this thread, with tasks beside it.
pub(crate) fn on_runtime<T>(work: impl Future<Output = Result<T, Exit>>) -> Result<T, Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        eprintln!("deskbeat: this computer has no room for another program: {error}");
        Exit::Failed
    })?;
    let entered = runtime.enter();
    let tasks = tokio::task::LocalSet::new();
    let done = tasks.block_on(&runtime, work);
    // Inside the runtime: what listens on the bus spawns a task when it is dropped.
    drop(tasks);
    drop(entered);
    // A name look-up or an X server that hangs must not hold up the end of the program.
    runtime.shutdown_background();
    done
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use tokio::runtime::Handle;

    use super::on_runtime;

    /// Says whether it could still spawn, as zbus does when it is no longer listened for: tokio
    /// hides a panic here, where panics unwind.
    struct Listener(Rc<Cell<Option<bool>>>);

    impl Drop for Listener {
        fn drop(&mut self) {
            self.0.set(Some(Handle::try_current().is_ok()));
        }
    }

    #[test]
    fn a_task_left_behind_may_spawn_while_it_is_dropped() {
        let could_spawn = Rc::new(Cell::new(None));
        let listener = Listener(could_spawn.clone());
        let done = on_runtime(async {
            tokio::task::spawn_local(async move {
                let _listener = listener;
                std::future::pending::<()>().await;
            });
            tokio::task::yield_now().await;
            Ok(())
        });
        assert!(done.is_ok());
        assert_eq!(could_spawn.get(), Some(true));
    }
}
