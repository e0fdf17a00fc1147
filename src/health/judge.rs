//! Decides what a reading means: who is told when, and when the session is to end.
//! Pure: time is an argument, nothing is looked at here.

use std::fmt;
use std::time::Duration;

use crate::config::{HealthCheck, HealthPlan, Watched};
use crate::session::Mono;
use crate::session::words::said::{Said, said};
use crate::session::words::text::Text;

/// The error that a workflow can catch.
pub const UNHEALTHY: &str = "Deskbeat.Unhealthy";
/// Readings further apart than this did not see what was between them: the computer slept.
const LONGEST_GAP: Duration = Duration::from_secs(30);

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As it should be.
    Well,
    /// Not as it should be; how it is, as the end of a sentence about it.
    Unwell(Text),
    /// A file whose last change is this old.
    Unchanged(Duration),
    /// It cannot be told. That is nobody's fault, and never ends a session.
    Unknown(String),
}

/// What follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// A sentence on what is unwell for longer than its patience; `None`: nothing is.
    pub unwell: Option<Text>,
    /// The session is to end with this error and cause.
    pub failure: Option<(String, String)>,
}

/// Judges one reading of every check after the other.
#[derive(Debug)]
pub struct Judge {
    checks: Vec<HealthCheck>,
    fail_after: Option<Duration>,
    /// How each check was seen last.
    ill: Vec<Option<Ill>>,
    last: Option<Mono>,
}

#[derive(Clone, Debug)]
struct Ill {
    since: Mono,
    how: Text,
}

impl Judge {
    /// Nothing was seen yet.
    pub fn new(plan: HealthPlan) -> Self {
        let HealthPlan { checks, fail_after } = plan;
        let ill = vec![None; checks.len()];
        Self { checks, fail_after, ill, last: None }
    }

    /// What is to be read, in the order of the readings.
    pub fn checks(&self) -> &[HealthCheck] {
        &self.checks
    }

    /// Judges a reading for each check.
    pub fn judge(&mut self, now: Mono, readings: &[Reading]) -> Judged {
        let gap = self.last.replace(now).map_or(Duration::ZERO, |last| last.until(now));
        let slept = if gap > LONGEST_GAP { gap } else { Duration::ZERO };
        let mut judged = Judged::default();
        let (mut sentences, mut causes): (Vec<Said>, Vec<_>) = (Vec::new(), Vec::new());
        for ((check, ill), reading) in self.checks.iter().zip(&mut self.ill).zip(readings) {
            let before = ill.take();
            *ill = match reading {
                Reading::Well => None,
                // What is not known is as it was: neither told anew nor forgotten.
                Reading::Unknown(_) => before.map(|ill| ill.later(slept)),
                Reading::Unwell(how) => {
                    let since = before.map_or(now, |ill| ill.later(slept).since);
                    Some(Ill { since, how: how.clone() })
                }
                Reading::Unchanged(age) => {
                    // A file could not be kept fresh while the computer slept.
                    let age = age.saturating_sub(slept);
                    let since = now - age;
                    let how = said!("how-unchanged", seconds = age.as_secs()).into();
                    Some(Ill { since, how })
                }
            };
            let Some(Ill { since, how }) = ill else { continue };
            let lasts = since.until(now);
            if lasts < check.patience {
                continue;
            }
            sentences.push(said!("unwell-one", subject = check.subject.said(), how = how.clone()));
            let over = self.fail_after.is_some_and(|after| lasts >= check.patience + after);
            if over {
                causes.push(format!("{} {how} (since {} s)", check.subject, lasts.as_secs()));
            }
        }
        let all = sentences
            .into_iter()
            .reduce(|first, second| said!("unwell-and", first = first, second = second));
        judged.unwell = all.map(|what| match self.fail_after {
            Some(_) => said!("unwell-ends", what = what).into(),
            None => said!("unwell", what = what).into(),
        });
        if !causes.is_empty() {
            let cause = format!("{}.", capital(&causes.join("; ")));
            judged.failure = Some((UNHEALTHY.into(), cause));
        }
        judged
    }
}

impl Ill {
    fn later(self, by: Duration) -> Self {
        Self { since: self.since + by, ..self }
    }
}

impl Watched {
    /// The same for the user, as the beginning of a sentence.
    fn said(&self) -> Said {
        match self {
            Watched::Service(name) => said!("subject-service", name = name),
            Watched::Port(port) => said!("subject-port", port = port.to_string()),
            Watched::Process(name) => said!("subject-process", name = name),
            Watched::File(path) => said!("subject-file", path = path.display().to_string()),
        }
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Watched::Service(name) => write!(f, "the service {name}"),
            Watched::Port(port) => write!(f, "port {port} of this computer"),
            Watched::Process(name) => write!(f, "the process {name}"),
            Watched::File(path) => write!(f, "the file {}", path.display()),
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Mono {
        Mono::at(Duration::from_secs(1_000_000 + seconds))
    }

    fn judge(checks: &[(Watched, u64)], fail_after: Option<u64>) -> Judge {
        let checks = checks
            .iter()
            .map(|(subject, patience)| HealthCheck {
                subject: subject.clone(),
                patience: Duration::from_secs(*patience),
            })
            .collect();
        Judge::new(HealthPlan { checks, fail_after: fail_after.map(Duration::from_secs) })
    }

    fn dcv() -> (Watched, u64) {
        (Watched::Service("dcvserver.service".into()), 60)
    }

    fn down() -> Vec<Reading> {
        vec![Reading::Unwell("is failed".into())]
    }

    #[test]
    fn what_is_down_for_longer_than_its_patience_is_told_and_later_ends_the_session() {
        let mut judge = judge(&[dcv()], Some(300));
        for second in (0..60).step_by(5) {
            assert_eq!(judge.judge(at(second), &down()), Judged::default(), "{second}");
        }
        for second in (60..360).step_by(5) {
            let judged = judge.judge(at(second), &down());
            let said = judged.unwell.unwrap();
            assert!(said.starts_with("The service dcvserver.service is failed."), "{said}");
            assert!(said.contains("save your work"), "{said}");
            assert_eq!(judged.failure, None, "{second}");
        }
        let (error, cause) = judge.judge(at(360), &down()).failure.unwrap();
        assert_eq!(error, "Deskbeat.Unhealthy");
        assert_eq!(cause, "The service dcvserver.service is failed (since 360 s).");
        // For as long as it lasts: a session that begins now is ended too.
        assert!(judge.judge(at(365), &down()).failure.is_some());
        assert_eq!(judge.judge(at(370), &[Reading::Well]), Judged::default());
    }

    #[test]
    fn what_recovers_in_between_begins_anew() {
        let mut judge = judge(&[dcv()], Some(0));
        for round in 0..20 {
            let begin = round * 100;
            for second in (0..55).step_by(5) {
                assert_eq!(judge.judge(at(begin + second), &down()), Judged::default());
            }
            assert_eq!(judge.judge(at(begin + 60), &[Reading::Well]), Judged::default());
        }
    }

    #[test]
    fn what_cannot_be_told_never_ends_a_session_and_forgets_nothing() {
        let unknown = [Reading::Unknown("no bus".into())];
        let mut judge = judge(&[dcv()], Some(60));
        for second in (0..10_000).step_by(5) {
            assert_eq!(judge.judge(at(second), &unknown), Judged::default());
        }
        judge.judge(at(10_000), &down());
        for second in (10_005..10_060).step_by(5) {
            judge.judge(at(second), &unknown);
        }
        assert!(judge.judge(at(10_060), &down()).unwell.is_some());
    }

    #[test]
    fn a_sleep_is_nobodys_illness() {
        let mut judge = judge(&[dcv(), (Watched::File("/run/alive".into()), 60)], Some(60));
        let both = |age| {
            let how = Reading::Unwell("is stopped".into());
            [how, Reading::Unchanged(Duration::from_secs(age))]
        };
        judge.judge(at(0), &both(0));
        judge.judge(at(10), &both(10));
        // Eight hours of hibernation.
        assert_eq!(judge.judge(at(28_810), &both(28_810)), Judged::default());
    }

    #[test]
    fn a_file_is_judged_by_its_age() {
        let mut judge = judge(&[(Watched::File("/run/alive".into()), 90)], Some(30));
        let seen = |age| [Reading::Unchanged(Duration::from_secs(age))];
        assert_eq!(judge.judge(at(0), &seen(89)), Judged::default());
        let said = judge.judge(at(5), &seen(94)).unwell.unwrap();
        assert!(said.contains("/run/alive has not changed for 94 s"), "{said}");
        assert!(judge.judge(at(31), &seen(120)).failure.is_some());
        assert_eq!(judge.judge(at(36), &seen(2)), Judged::default());
    }

    #[test]
    fn without_fail_after_it_is_only_told() {
        let mut judge = judge(&[dcv(), (Watched::Port(8443), 10)], None);
        let readings = [down().remove(0), Reading::Unwell("does not answer".into())];
        for second in (0..100_000).step_by(20) {
            assert_eq!(judge.judge(at(second), &readings).failure, None);
        }
        let said = judge.judge(at(100_000), &readings).unwell.unwrap();
        assert!(said.contains("dcvserver") && said.contains("port 8443"), "{said}");
    }
}
