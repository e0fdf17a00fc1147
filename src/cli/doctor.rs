//! Shows what `doctor` finds.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::error::{CliError, Exit};
use super::terminal;
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{Client, ConnectError};
use crate::desktop::{self, shell};
use crate::doctor::bundle::{Bundle, file_name};
use crate::doctor::image::{self, Image};
use crate::doctor::{Finding, Patient, Verdict, examine as examine_patient};
use crate::os::terminal::{Terminal, size, wrapped};
use crate::session::View;

/// How long an item on this computer may take: with those of AWS it is under ten seconds.
const PATIENCE: Duration = Duration::from_millis(900);

/// `doctor`: 0 if a session could live here, 1 if not.
pub(super) async fn examine(
    config: Config,
    json: bool,
    bundle: Option<Option<PathBuf>>,
) -> Result<Exit, CliError> {
    let clock = Clock::system();
    let mut report = Report::new(json);
    let (view, running) = match clock.call(PATIENCE, agent(&config)).await {
        Ok(found) => found,
        Err(late) => (None, faulty("agent", format!("It is running but hangs ({late})."))),
    };
    report.tell(running);
    let tray = clock.call(PATIENCE, tray()).await;
    let hangs = |late| faulty("tray", format!("The session bus hangs ({late})."));
    report.tell(tray.unwrap_or_else(hangs));
    report.warnings(&config);
    let patient = patient(&config);
    examine_patient(&patient, &clock, &mut |finding| report.tell(finding)).await;
    let verdict = report.close("A session could start and be kept alive here.");
    let role_is_faulty =
        |finding: &Finding| finding.item == "role" && finding.verdict == Verdict::Faulty;
    if !json && report.findings.iter().any(role_is_faulty) {
        report.say("Where there is no role yet, as at image build: `deskbeat doctor --image`.");
    }
    if let Some(path) = bundle {
        let path = path.unwrap_or_else(|| file_name(clock.now().wall));
        let settings = config.in_words();
        let bundle = Bundle {
            view: view.as_ref(),
            findings: &report.findings,
            settings: &settings,
            state_dir: &config.state_dir,
            environment: std::env::vars_os().collect(),
        };
        if let Err(error) = bundle.write(&path) {
            let what = format!("the bundle {} cannot be written", path.display());
            return Err(CliError::Io { what, error });
        }
        terminal::remark(&format!(
            "Written to {}: send it to your support. It holds no token and no secret.",
            path.display()
        ));
    }
    report.shown?;
    Ok(verdict)
}

/// `doctor --image`: 0 if an image can be made of this machine, 1 if not.
pub(super) fn examine_image(config: &Config, json: bool) -> Result<Exit, CliError> {
    let mut report = Report::new(json);
    report.warnings(config);
    let image = Image {
        patient: patient(config),
        starts: desktop::image::starts(),
        state_folders: desktop::image::state_folders(),
    };
    image::examine(&image, &mut |finding| report.tell(finding));
    let verdict = report.close(
        "Nothing that can be checked in an image is faulty. On an instance made of it, run \
         `deskbeat doctor` as the desktop's user.",
    );
    report.shown?;
    Ok(verdict)
}

fn patient(config: &Config) -> Patient<'_> {
    Patient {
        access: &config.access,
        state_dir: &config.state_dir,
        shadowing: &config.shadowing,
        heartbeat: config.settings.heartbeat,
        interval: config.settings.max_interval,
    }
}

/// What is found, shown at once.
struct Report {
    json: bool,
    terminal: Terminal,
    findings: Vec<Finding>,
    /// The first line that could not be shown; what is examined goes on, for the exit code and the
    /// bundle.
    shown: io::Result<()>,
}

impl Report {
    fn new(json: bool) -> Report {
        Report { json, terminal: Terminal::output(), findings: Vec::new(), shown: Ok(()) }
    }

    fn tell(&mut self, finding: Finding) {
        let line = if self.json {
            // Plain fields into memory: cannot fail; were it to, the line is empty rather than wrong.
            serde_json::to_string(&finding).unwrap_or_default()
        } else {
            in_words(&finding, self.terminal)
        };
        self.say(&line);
        self.findings.push(finding);
    }

    fn say(&mut self, line: &str) {
        if self.shown.is_ok() {
            self.shown = terminal::line(line);
        }
    }

    fn warnings(&mut self, config: &Config) {
        for sentence in config.warnings.iter().cloned() {
            self.tell(Finding { item: "configuration", verdict: Verdict::Note, sentence });
        }
    }

    /// The last line: `good`, if nothing is faulty.
    fn close(&mut self, good: &str) -> Exit {
        let is_faulty = |finding: &&Finding| finding.verdict == Verdict::Faulty;
        let faulty = self.findings.iter().filter(is_faulty).count();
        if !self.json {
            match faulty {
                0 => self.say(good),
                1 => self.say("1 item is faulty."),
                _ => self.say(&format!("{faulty} items are faulty.")),
            }
        }
        if faulty == 0 { Exit::Done } else { Exit::Failed }
    }
}

fn faulty(item: &'static str, sentence: String) -> Finding {
    Finding { item, verdict: Verdict::Faulty, sentence }
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
        Err(error) => (Verdict::Note, error.to_string()),
    };
    Finding { item: "tray", verdict, sentence }
}

fn in_words(finding: &Finding, terminal: Terminal) -> String {
    let (mark, colour) = match finding.verdict {
        Verdict::Good => ("ok", "32"),
        Verdict::Note => ("note", "33"),
        Verdict::Faulty => ("FAULT", "31"),
        Verdict::Skipped => ("-", "2"),
    };
    let mark = terminal.paint(colour, &format!("{mark:<5}"));
    let sentence = match size() {
        Some((columns, _)) => hanging(&finding.sentence, INDENT, columns),
        None => finding.sentence.clone(),
    };
    format!("{mark}  {:<18}  {sentence}", finding.item)
}

/// The columns before a sentence: mark, item, and what is between.
const INDENT: usize = 5 + 2 + 18 + 2;

/// `sentence` broken between its words, so that what follows a line stands under it; as it is where that
/// leaves no room to read.
fn hanging(sentence: &str, indent: usize, columns: usize) -> String {
    /// Less is a column of single words.
    const LEAST: usize = 24;
    let room = columns.saturating_sub(indent + 1);
    if room < LEAST {
        return sentence.to_owned();
    }
    wrapped(sentence, room).join(&format!("\n{:indent$}", ""))
}

#[cfg(test)]
mod tests {
    use super::hanging;

    #[test]
    fn a_sentence_is_broken_between_words_and_no_word_is() {
        let told = hanging("one two three four five six", 4, 4 + 1 + 24);
        assert_eq!(told, "one two three four five\n    six");
        let long = "x".repeat(40);
        assert_eq!(hanging(&format!("a {long} b"), 2, 30), format!("a\n  {long}\n  b"));
        assert_eq!(
            hanging("as it is where there is no room at all", 27, 40),
            "as it is where there is no room at all"
        );
    }
}
