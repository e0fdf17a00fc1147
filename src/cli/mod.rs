//! The command line: what was asked for, and which exit code it ended with. A file a verb.
//! `run` starts an agent; the other verbs talk to a running one, or examine, or demonstrate. They
//! return a `CliError`, which is printed here and nowhere else.

mod ask;
mod config;
#[cfg(feature = "sandbox")]
mod demo;
mod doctor;
mod error;
#[cfg(windows)]
mod installer;
mod logs;
pub mod prometheus;
mod settings;
mod startup;
mod status;
mod terminal;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueHint};

use crate::app;
use crate::app::run::Ended;
use crate::app::runtime::on_runtime;
use crate::config::Config;
#[cfg(windows)]
use crate::desktop::replace;
use crate::os;
use crate::os::terminal::size;
use crate::session::Request;
use crate::session::words::said::said;
use crate::ui::language;

use config::ConfigVerb;
use error::CliError;
pub use error::Exit;
use settings::SettingFlags;
use status::Form;

#[cfg(feature = "sandbox")]
const DEMO: &str = "  deskbeat demo                      a session in half a minute, without AWS\n";
#[cfg(not(feature = "sandbox"))]
const DEMO: &str = "";
#[cfg(not(feature = "sandbox"))]
const NO_DEMO: &str = "the demo and its embedded AWS are not in the packaged program, which keeps it \
                       small; `cargo run -- demo` in Deskbeat's source plays it, and `deskbeat \
                       doctor` tells whether a session could live here";

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
  deskbeat extend                    ask for more time
  deskbeat fail --error Setup.Failed --cause \"the licence server did not answer\"
  deskbeat startup --timeout 15m -- /opt/setup.sh
  deskbeat logs                      what the log says of the last session
  deskbeat config                    each setting, and where it comes from
  deskbeat doctor                    find out what is wrong
  deskbeat doctor --bundle           the same, in a zip for support
";
const SETTINGS: &str = "
Settings: /etc/deskbeat/config.toml or %ProgramData%\\Deskbeat\\config.toml,
then DESKBEAT_*, then flags.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no agent is running,
4 no session, 5 refused, 6 ended elsewhere, 7 stopped before the end was
accepted, 8 wrong configuration, 9 runs already.";

/// Keeps the Step Functions task behind an EC2 remote desktop alive, and closes it in order.
#[derive(Debug, Parser)]
#[command(name = "deskbeat", version, after_help = examples())]
struct CommandLine {
    #[command(flatten)]
    settings: SettingFlags,
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
    /// Open Deskbeat's window
    Window {
        /// Without an agent there is nothing to show
        #[arg(long, hide = true)]
        opened_by_agent: bool,
    },
    /// Show how the session stands
    Status {
        /// One JSON object (a line each with --watch)
        #[arg(long)]
        json: bool,
        /// Go on showing it
        #[arg(long)]
        watch: bool,
        /// Numbers for Prometheus; an agent that does not run is `deskbeat_up 0`
        #[arg(long, conflicts_with_all = ["json", "watch"])]
        prometheus: bool,
    },
    /// Show what the log says of the last session
    Logs {
        /// All that there is
        #[arg(long)]
        all: bool,
    },
    /// Show each setting, and where its value comes from
    Config {
        /// One JSON object a setting
        #[arg(long)]
        json: bool,
        #[command(subcommand)]
        verb: Option<config::ConfigVerb>,
    },
    /// End the session: returns once Step Functions accepted it
    End {
        /// Do not ask first
        #[arg(long, short)]
        yes: bool,
        /// A remark that goes with the end
        #[arg(long, value_name = "TEXT", value_hint = ValueHint::Other)]
        reason: Option<String>,
    },
    /// Ask for more time
    Extend,
    /// Report a failure (SendTaskFailure) and end the session
    Fail {
        /// The error's name, at most 256 characters
        #[arg(long, value_hint = ValueHint::Other)]
        error: String,
        /// What happened, at most 32,768 characters
        #[arg(long, value_hint = ValueHint::Other)]
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
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        bundle: Option<Option<PathBuf>>,
    },
    /// What a desktop starts at logon: an agent that comes back after a crash
    #[command(hide = true)]
    Autostart {
        /// Only wait, before the unit's next start
        #[arg(long)]
        back_off: bool,
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
    /// Not in this program
    #[cfg(not(feature = "sandbox"))]
    #[command(hide = true)]
    Demo {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        _options: Vec<String>,
    },
}

/// The command line as data, for the manual page and the shells' completions.
pub fn command() -> clap::Command {
    CommandLine::command()
}

/// The process's own arguments. Help is as wide as the terminal; on a pipe nothing is broken.
fn parsed() -> Result<CommandLine, clap::Error> {
    let mut command = match size() {
        Some(_) => command(),
        None => command().term_width(0),
    };
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    CommandLine::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Runs the program with the process's own arguments. What is wrong with a desktop's settings is told
/// on the desktop too, after the terminal, since the dialog waits for its button.
pub fn main() -> Exit {
    os::keep_secrets();
    let line = match parsed() {
        Ok(line) => line,
        Err(error) => {
            // A reader that has gone is no error.
            let _nobody_reads = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    let on_desktop = matches!(line.verb, None | Some(Verb::Run { headless: false }));
    carry_out(line).unwrap_or_else(|error| {
        error.print();
        if on_desktop && matches!(error, CliError::Config(_) | CliError::Usage(_)) {
            app::run::tell_why_not(&error.to_string());
        }
        error.exit()
    })
}

fn carry_out(line: CommandLine) -> Result<Exit, CliError> {
    let CommandLine { settings, verb } = line;
    match verb.unwrap_or(Verb::Run { headless: false }) {
        Verb::Run { headless } => keep_alive(settings, headless),
        Verb::Window { opened_by_agent } => {
            let arguments = settings.arguments();
            app::window::run(speaking(settings)?, opened_by_agent, arguments)
                .map_err(CliError::Window)?;
            Ok(Exit::Done)
        }
        Verb::Status { prometheus: true, .. } => {
            within(prometheus::run(&reaching(settings, Reader::Administrator)?.state_dir))
        }
        Verb::Logs { all } => logs::run(&reaching(settings, Reader::Administrator)?.state_dir, all),
        Verb::Config { verb: Some(ConfigVerb::Check { file }), .. } => {
            config::check(&file, environment())
        }
        Verb::Config { verb: None, json } => config::show(&configure(settings)?, json),
        Verb::Status { json, watch, .. } => {
            let form = if json { Form::Json } else { Form::Text };
            let config = reaching(settings, Reader::User)?;
            within(status::run(&config.state_dir, form, watch))
        }
        Verb::End { yes, reason } => {
            let config = reaching(settings, Reader::User)?;
            within(ask::end(&config.state_dir, yes, reason, config.settings.after_end))
        }
        Verb::Extend => {
            let config = reaching(settings, Reader::User)?;
            within(ask::ask_agent(&config.state_dir, Request::Extend))
        }
        Verb::Fail { error, cause, wait } => {
            startup::fail(&configure(settings)?, error, cause, wait)
        }
        Verb::Startup(options) => startup::run(&configure(settings)?, options),
        Verb::Doctor { json, image: true, .. } => {
            doctor::examine_image(&configure(settings)?, json)
        }
        Verb::Doctor { json, bundle, .. } => {
            within(doctor::examine(configure(settings)?, json, bundle))
        }
        Verb::Autostart { back_off: true } => within(async {
            app::autostart::wait_before_start().await;
            Ok(Exit::Done)
        }),
        // A wrong configuration is the agent's to tell.
        Verb::Autostart { back_off: false } => within(async {
            let started = app::autostart::run(configure(settings).ok().as_ref()).await;
            started.map(|()| Exit::Done).map_err(CliError::Runtime)
        }),
        // Not `configure`: what is wrong so far must not keep the installer from mending it.
        #[cfg(windows)]
        Verb::Installer { step } => installer::run(step, &settings.overrides()?.values)
            .inspect_err(|error| installer::tell(&error.to_string())),
        #[cfg(feature = "sandbox")]
        Verb::Demo(options) => demo::run(options),
        #[cfg(not(feature = "sandbox"))]
        Verb::Demo { .. } => Err(CliError::Usage(NO_DEMO.into())),
    }
}

/// `run`.
fn keep_alive(settings: SettingFlags, headless: bool) -> Result<Exit, CliError> {
    #[cfg(windows)]
    let is_replaceable = !headless && settings == SettingFlags::default();
    #[cfg(windows)]
    let _announced = is_replaceable.then(replace::announce).flatten();
    let (arguments, overrides) = (settings.arguments(), settings.overrides()?);
    let load = || Config::load(environment(), &overrides);
    Ok(match app::run::run(load()?, load, headless, arguments)? {
        Ended::InOrder => Exit::Done,
        Ended::BeforeTheClose => Exit::Stopped,
    })
}

/// Carries a verb out that waits for others.
fn within(verb: impl Future<Output = Result<Exit, CliError>>) -> Result<Exit, CliError> {
    on_runtime(verb).map_err(CliError::Runtime)?
}

fn configure(settings: SettingFlags) -> Result<Config, CliError> {
    Ok(Config::load(environment(), &settings.overrides()?)?)
}

/// The configuration, for a verb that speaks to a user.
fn speaking(settings: SettingFlags) -> Result<Config, CliError> {
    let config = configure(settings)?;
    language::speak(config.language.as_deref());
    note_unknown_variables();
    Ok(config)
}

/// What is odd in the environment may be this terminal's own.
fn note_unknown_variables() {
    for warning in Config::unknown_variables(environment()) {
        terminal::remark(&format!("Note: {warning}"));
    }
}

/// Whom a verb speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// In their language.
    User,
    /// In English, as the log does.
    Administrator,
}

/// The configuration, for a verb that speaks to `reader` of an agent that runs already. What is odd in
/// the file that agent has told; what is odd in the environment may be this terminal's own.
fn reaching(settings: SettingFlags, reader: Reader) -> Result<Config, CliError> {
    let (config, wrong) = Config::load_for_agent(environment(), &settings.overrides()?)?;
    if reader == Reader::User {
        language::speak(config.language.as_deref());
    }
    note_unknown_variables();
    if let Some(wrong) = wrong {
        let aside = language::spoken(said!("config-left-aside"));
        terminal::remark(&format!("deskbeat: {wrong}\n{aside}"));
    }
    Ok(config)
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
