//! Shows what `doctor` finds.

use std::io::IsTerminal;

use super::access::access;
use super::exit::Exit;
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{Client, ConnectError};
use crate::desktop::shell;
use crate::doctor::{Finding, Patient, Verdict, examine as examine_patient};

/// `doctor`: 0 if a session could live here, 1 if not.
pub(super) async fn examine(config: Config, json: bool) -> Result<Exit, Exit> {
    let access = access(&config);
    let patient = Patient {
        access: &access,
        state_dir: &config.state_dir,
        shadowing: &config.shadowing,
        heartbeat: config.settings.heartbeat,
        interval: config.settings.max_interval,
    };
    let mut faulty = 0;
    let mut tell = |finding: Finding| {
        faulty += u32::from(finding.verdict == Verdict::Faulty);
        show(&finding, json);
    };
    tell(agent(&config).await);
    tell(tray().await);
    for warning in &config.warnings {
        let sentence = warning.clone();
        tell(Finding { item: "configuration", verdict: Verdict::Note, sentence });
    }
    examine_patient(&patient, &Clock::system(), &mut tell).await;
    if !json {
        println!(
            "{}",
            match faulty {
                0 => "A session could start and be kept alive here.".to_owned(),
                1 => "1 item is faulty.".to_owned(),
                _ => format!("{faulty} items are faulty."),
            }
        );
    }
    Ok(if faulty == 0 { Exit::Done } else { Exit::Failed })
}

async fn agent(config: &Config) -> Finding {
    let (verdict, sentence) = match Client::connect(&config.state_dir).await {
        Ok(mut client) => match client.view().await {
            Ok(view) => (Verdict::Good, format!("Running: {}", view.sentence)),
            Err(error) => (Verdict::Faulty, error.to_string()),
        },
        Err(ConnectError::NotRunning { .. }) => {
            (Verdict::Note, "No agent of this user is running: start `deskbeat`.".to_owned())
        }
        Err(error) => (Verdict::Faulty, error.to_string()),
    };
    Finding { item: "agent", verdict, sentence }
}

async fn tray() -> Finding {
    let (verdict, sentence) = match shell::host().await {
        Ok(sentence) => (Verdict::Good, sentence.to_owned()),
        // A session lives as well without its icon.
        Err(sentence) => (Verdict::Note, sentence),
    };
    Finding { item: "tray", verdict, sentence }
}

fn show(finding: &Finding, json: bool) {
    if json {
        // Plain fields into memory: cannot fail; were it to, the line is empty rather than wrong.
        println!("{}", serde_json::to_string(finding).unwrap_or_default());
        return;
    }
    let (mark, colour) = match finding.verdict {
        Verdict::Good => ("ok", "32"),
        Verdict::Note => ("note", "33"),
        Verdict::Faulty => ("FAULT", "31"),
        Verdict::Skipped => ("-", "2"),
    };
    let mark = format!("{mark:<5}");
    let mark =
        if std::io::stdout().is_terminal() { format!("\x1b[{colour}m{mark}\x1b[0m") } else { mark };
    println!("{mark}  {:<18}  {}", finding.item, finding.sentence);
}
