//! `deskbeat doctor --image`: what can be checked while an image is built, where there is no user,
//! no role and no queue yet, and whether something of the builder's machine would go into the copies.

use std::path::{Path, PathBuf};

use super::{Finding, Patient, Verdict, finding, shadowing, timers};
use crate::aws::QueueChoice;
use crate::store::Store;

/// What only an instance with its role can tell, and what only a user's desktop can.
const LATER: [(&str, &str); 9] = [
    ("agent", DESKTOP),
    ("tray", DESKTOP),
    ("metadata service", INSTANCE),
    ("role", INSTANCE),
    ("queue", INSTANCE),
    ("read messages", INSTANCE),
    ("delete messages", INSTANCE),
    ("heartbeats", INSTANCE),
    ("clock", INSTANCE),
];
const DESKTOP: &str = "Cannot be checked in an image: needs a user's desktop.";
const INSTANCE: &str = "Cannot be checked in an image: needs an instance with its role.";

/// An image in the making.
#[derive(Debug)]
pub struct Image<'a> {
    /// What is configured.
    pub patient: Patient<'a>,
    /// The ways in which the agent starts at a logon.
    pub starts: Vec<String>,
    /// Where its users have their state, beside the configured folder.
    pub state_folders: Vec<PathBuf>,
}

/// Examines what is here; asks nobody, writes nothing.
pub fn examine(image: &Image<'_>, tell: &mut dyn FnMut(Finding)) {
    let patient = &image.patient;
    tell(shadowing(patient));
    tell(timers(patient));
    tell(instance_id(patient));
    tell(queue_choice(patient));
    tell(start(&image.starts));
    let configured = [patient.state_dir];
    let others = image.state_folders.iter().map(PathBuf::as_path);
    let others = others.filter(|folder| *folder != patient.state_dir);
    tell(leftovers(configured.into_iter().chain(others)));
    for (item, sentence) in LATER {
        tell(finding(item, Verdict::Skipped, sentence));
    }
}

fn start(ways: &[String]) -> Finding {
    const ITEM: &str = "start at logon";
    match ways {
        [] => {
            let sentence = "Nothing starts the agent at a logon: install the package, or see \
                            docs/administrators.md, \"Quick start for administrators\".";
            finding(ITEM, Verdict::Note, sentence)
        }
        [way] => finding(ITEM, Verdict::Good, format!("By {way}.")),
        _ => {
            let sentence =
                format!("By {}: every second start ends with exit code 9.", ways.join(" and "));
            finding(ITEM, Verdict::Note, sentence)
        }
    }
}

fn instance_id(patient: &Patient<'_>) -> Finding {
    const ITEM: &str = "instance id";
    match &patient.access.instance_id {
        Some(id) => {
            let sentence = format!(
                "instance_id is set to {id}: every copy of this image would take itself for that \
                 machine. Remove the setting."
            );
            finding(ITEM, Verdict::Faulty, sentence)
        }
        None => finding(ITEM, Verdict::Good, "Each copy asks the metadata service for its own."),
    }
}

fn queue_choice(patient: &Patient<'_>) -> Finding {
    const ITEM: &str = "queue setting";
    match &patient.access.queue {
        QueueChoice::Url(url) => {
            let sentence = format!(
                "Every copy of this image would listen to {url}, and hand back the others' \
                 messages. One queue for each instance is better: leave queue_url out."
            );
            finding(ITEM, Verdict::Note, sentence)
        }
        QueueChoice::Discover { tag, name_template } => {
            let sentence =
                format!("Each copy looks for its own: tag {tag}, else the name {name_template}.");
            finding(ITEM, Verdict::Good, sentence)
        }
    }
}

fn leftovers<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Finding {
    const ITEM: &str = "leftovers";
    let (mut left, mut unknown) = (Vec::new(), Vec::new());
    for folder in folders {
        match Store::holds_journal(folder) {
            Ok(true) => left.push(folder.display().to_string()),
            Ok(false) => {}
            Err(_) => unknown.push(folder.display().to_string()),
        }
    }
    if !left.is_empty() {
        let sentence = format!(
            "A session's journal is in {}. Another machine would discard it (DB-703); remove it \
             before the image is made.",
            left.join(" and ")
        );
        return finding(ITEM, Verdict::Faulty, sentence);
    }
    if !unknown.is_empty() {
        let sentence = format!(
            "This user may not look into {}. Run this as root (Windows: as the system) to know.",
            unknown.join(" and ")
        );
        return finding(ITEM, Verdict::Note, sentence);
    }
    finding(ITEM, Verdict::Good, "No session of this machine is left.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_users_left_is_found_and_what_cannot_be_seen_is_not_called_clean() {
        let users = tempfile::tempdir().unwrap();
        let [clean, left, hidden] = ["clean", "left", "hidden"].map(|user| users.path().join(user));
        std::fs::create_dir(&left).unwrap();
        std::fs::write(left.join("journal"), "of a session").unwrap();
        // A file in a folder's place: nobody can look into it, not even root.
        std::fs::write(&hidden, "").unwrap();

        let found = leftovers([clean.as_path()]);
        assert_eq!(found.verdict, Verdict::Good);
        let found = leftovers([&clean, &left, &hidden].map(PathBuf::as_path));
        assert_eq!(found.verdict, Verdict::Faulty);
        assert!(found.sentence.contains(&format!("{}.", left.display())), "{}", found.sentence);
        // To Windows such a file is a folder that is not there.
        if cfg!(unix) {
            let found = leftovers([&clean, &hidden].map(PathBuf::as_path));
            assert_eq!(found.verdict, Verdict::Note);
            assert!(found.sentence.contains("may not look into"), "{}", found.sentence);
        }
    }

    #[test]
    fn a_start_in_two_ways_is_told() {
        assert_eq!(start(&[]).verdict, Verdict::Note);
        assert_eq!(start(&["one".into()]).verdict, Verdict::Good);
        let both = start(&["one".into(), "two".into()]);
        assert_eq!(both.verdict, Verdict::Note);
        assert!(both.sentence.starts_with("By one and two"), "{}", both.sentence);
    }
}
