//! `demo`: which scenario, how fast.

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::error::{CliError, Exit};
use super::terminal;
use crate::app::runtime::on_runtime;
use crate::demo::{self, PlayError, SCENARIOS, Scenario};

/// What to play.
#[derive(Debug, Args)]
pub(super) struct DemoOptions {
    /// How many times as fast as usual; 0: as fast as this computer can
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR")]
    speed: f64,
    /// Which story (see --list)
    #[arg(long, value_name = "NAME", default_value = SCENARIOS[0].name, value_parser = names())]
    scenario: String,
    /// List the stories
    #[arg(long)]
    list: bool,
}

/// For help and completions.
fn names() -> PossibleValuesParser {
    SCENARIOS.iter().map(|scenario| scenario.name).collect::<Vec<_>>().into()
}

/// Plays it: 0 only if everything held.
pub(super) fn run(options: DemoOptions) -> Result<Exit, CliError> {
    if options.list {
        for Scenario { name, about, .. } in SCENARIOS {
            terminal::line(&format!("{name:<16} {about}"))?;
        }
        return Ok(Exit::Done);
    }
    let Some(scenario) = demo::find(&options.scenario) else {
        let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        let sentence = format!("no story {:?}; there are {}", options.scenario, names.join(", "));
        return Err(CliError::Usage(sentence));
    };
    if !options.speed.is_finite() || options.speed < 0.0 {
        return Err(CliError::Usage("--speed must be 0 or a positive number".into()));
    }
    let played = on_runtime(demo::play(scenario, options.speed)).map_err(CliError::Runtime)?;
    match played {
        Ok(true) => Ok(Exit::Done),
        Ok(false) => Ok(Exit::Failed),
        Err(PlayError::Output(error)) => Err(CliError::Output(error)),
        Err(PlayError::Stage(error)) => {
            Err(CliError::Io { what: "the demo could not be played".into(), error })
        }
    }
}
