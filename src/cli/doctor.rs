//! Shows what `doctor` finds.

use std::io::IsTerminal;
use std::path::PathBuf;

use super::access::access;
use super::exit::Exit;
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{Client, ConnectError};
use crate::desktop::{image, shell};
use crate::doctor::bundle::{Bundle, file_name};
use crate::doctor::image::{Image, examine as examine_parts};
use crate::doctor::{Finding, Patient, Verdict, examine as examine_patient};
use crate::session::View;

/// `doctor`: 0 if a session could live here, 1 if not.
pub(super) async fn examine(
    config: Config,
    json: bool,
    bundle: Option<Option<PathBuf>>,
) -> Result<Exit, Exit> {
    let access = access(&config);
    let patient = Patient {
        access: &access,
        state_dir: &config.state_dir,
        shadowing: &config.shadowing,
        heartbeat: config.settings.heartbeat,
        interval: config.settings.max_interval,
    };
    let clock = Clock::system();
    let mut findings = Vec::new();
    let mut tell = |finding: Finding| {
        show(&finding, json);
        findings.push(finding);
    };
    let (view, running) = agent(&config).await;
    tell(running);
    tell(tray().await);
    for warning in &config.warnings {
        let sentence = warning.clone();
        tell(Finding { item: "configuration", verdict: Verdict::Note, sentence });
    }
    examine_patient(&patient, &clock, &mut tell).await;
    let faulty = findings.iter().filter(|finding| finding.verdict == Verdict::Faulty).count();
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
    if let Some(path) = bundle {
        let path = path.unwrap_or_else(|| file_name(clock.now().wall));
        let settings = settings(&config);
        let bundle = Bundle {
            view: view.as_ref(),
            findings: &findings,
            settings: &settings,
            state_dir: &config.state_dir,
            environment: std::env::vars_os().collect(),
        };
        bundle.write(&path).map_err(|error| {
            eprintln!("deskbeat: the bundle {} cannot be written: {error}", path.display());
            Exit::Failed
        })?;
        eprintln!(
            "Written to {}: send it to your support. It holds no token and no secret.",
            path.display()
        );
    }
    Ok(if faulty == 0 { Exit::Done } else { Exit::Failed })
}

/// `doctor --image`: 0 if nothing of the image is faulty.
pub(super) fn examine_image(config: &Config, json: bool) -> Exit {
    let path = Config::machine_file(std::env::vars_os());
    let there = path.exists();
    let image = Image {
        machine_file: (path, there),
        instance_id: config.aws.instance_id.as_deref(),
        start: image::start_at_logon(),
        states: image::state_folders(),
    };
    let mut faulty = 0;
    let mut tell = |finding: Finding| {
        faulty += usize::from(finding.verdict == Verdict::Faulty);
        show(&finding, json);
    };
    for warning in &config.warnings {
        let sentence = warning.clone();
        tell(Finding { item: "configuration", verdict: Verdict::Note, sentence });
    }
    examine_parts(&image, &mut tell);
    if faulty == 0 { Exit::Done } else { Exit::Failed }
}

/// The settings in force, and where each comes from.
pub(super) fn settings(config: &Config) -> String {
    config.origins().iter().map(|effective| format!("{effective}\n")).collect()
}

async fn agent(config: &Config) -> (Option<View>, Finding) {
    let mut shown = None;
    let (verdict, sentence) = match Client::connect(&config.state_dir).await {
        Ok(mut client) => match client.view().await {
            Ok(view) => {
                let sentence = format!("Running: {}", view.sentence);
                shown = Some(view);
                (Verdict::Good, sentence)
            }
            Err(error) => (Verdict::Faulty, error.to_string()),
        },
        Err(ConnectError::NotRunning { .. }) => {
            (Verdict::Note, "No agent of this user is running: start `deskbeat`.".to_owned())
        }
        Err(error) => (Verdict::Faulty, error.to_string()),
    };
    (shown, Finding { item: "agent", verdict, sentence })
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
