//! `demo`: which scenario, how fast.

use clap::Args;

use super::exit::Exit;
use super::on_runtime;
use crate::demo::{self, SCENARIOS, Scenario};

/// What to play.
#[derive(Debug, Args)]
pub(super) struct DemoOptions {
    /// How many times as fast as usual; 0: as fast as this computer can
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR")]
    speed: f64,
    /// Which story (see --list)
    #[arg(long, value_name = "NAME", default_value = SCENARIOS[0].name)]
    scenario: String,
    /// List the stories
    #[arg(long)]
    list: bool,
}

/// Plays it: 0 only if everything held.
pub(super) fn run(options: DemoOptions) -> Result<Exit, Exit> {
    if options.list {
        for Scenario { name, about, .. } in SCENARIOS {
            println!("{name:<16} {about}");
        }
        return Ok(Exit::Done);
    }
    let Some(scenario) = demo::find(&options.scenario) else {
        let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        eprintln!("deskbeat: no scenario {:?}; there are {}", options.scenario, names.join(", "));
        return Ok(Exit::Usage);
    };
    if !options.speed.is_finite() || options.speed < 0.0 {
        eprintln!("deskbeat: --speed must be 0 or a positive number");
        return Ok(Exit::Usage);
    }
    on_runtime(async {
        match demo::play(scenario, options.speed).await {
            Ok(true) => Ok(Exit::Done),
            Ok(false) => Ok(Exit::Failed),
            Err(error) => {
                eprintln!("deskbeat: the demo could not be played: {error}");
                Err(Exit::Failed)
            }
        }
    })
}
