//! `deskbeat doctor --image`: what can be examined on a machine that becomes an image, where there is
//! neither a role nor the user; and what has to wait for the image's machines.
//!
//! Makes nothing, not even a state folder: it would be in every machine of the image.

use std::path::PathBuf;

use super::{Finding, Verdict, finding};

/// What is examined.
#[derive(Debug)]
pub struct Image<'a> {
    /// The machine's file and whether it is there.
    pub machine_file: (PathBuf, bool),
    /// `instance_id`, if it is configured.
    pub instance_id: Option<&'a str>,
    /// How Deskbeat starts when a user logs on, or why it does not.
    pub start: Result<String, String>,
    /// State folders of users that exist.
    pub states: Vec<PathBuf>,
}

/// Items that need a machine of the image: its role, its queue, its user.
const LATER: [&str; 8] = [
    "state folder",
    "metadata service",
    "role",
    "queue",
    "read messages",
    "delete messages",
    "heartbeats",
    "clock",
];

/// Examines the image, each finding told to `tell`.
pub fn examine(image: &Image<'_>, tell: &mut dyn FnMut(Finding)) {
    tell(settings(image));
    tell(identity(image));
    tell(match &image.start {
        Ok(sentence) => finding("start", Verdict::Good, sentence),
        Err(sentence) => finding("start", Verdict::Faulty, sentence),
    });
    tell(left_behind(image));
    for item in LATER {
        let sentence = "Not checked: run `deskbeat doctor` as the user of a machine of this image.";
        tell(finding(item, Verdict::Skipped, sentence));
    }
}

fn settings(image: &Image<'_>) -> Finding {
    let (path, there) = &image.machine_file;
    let sentence = match there {
        true => format!("{} is valid.", path.display()),
        false => format!("There is no {}: the built-in values hold.", path.display()),
    };
    finding("settings", Verdict::Good, sentence)
}

fn identity(image: &Image<'_>) -> Finding {
    const ITEM: &str = "instance id";
    match image.instance_id {
        None => finding(ITEM, Verdict::Good, "Not configured: each machine asks for its own."),
        Some(id) => {
            let sentence = format!(
                "instance_id = \"{id}\" is configured: every machine of this image would take itself \
                 for that one. Remove it."
            );
            finding(ITEM, Verdict::Faulty, sentence)
        }
    }
}

/// Another machine discards the journal by itself (DB-703), so this is for tidiness and the logs.
fn left_behind(image: &Image<'_>) -> Finding {
    const ITEM: &str = "left behind";
    if image.states.is_empty() {
        return finding(ITEM, Verdict::Good, "No user's journal or log is here.");
    }
    let folders: Vec<_> = image.states.iter().map(|path| path.display().to_string()).collect();
    let sentence = format!(
        "Journal and log of this machine are here: remove {} before the image is made. (A machine of \
         the image discards the journal, and says so by DB-703.)",
        folders.join(", ")
    );
    finding(ITEM, Verdict::Note, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examined(image: &Image<'_>) -> Vec<(&'static str, Verdict)> {
        let mut findings = Vec::new();
        examine(image, &mut |finding| findings.push((finding.item, finding.verdict)));
        findings
    }

    #[test]
    fn a_good_image_has_nothing_faulty_and_the_rest_is_named_for_later() {
        let image = Image {
            machine_file: ("config.toml".into(), true),
            instance_id: None,
            start: Ok("At every logon.".into()),
            states: Vec::new(),
        };
        let findings = examined(&image);
        assert!(findings[..4].iter().all(|(_, verdict)| *verdict == Verdict::Good));
        assert!(findings[4..].iter().all(|(_, verdict)| *verdict == Verdict::Skipped));
        assert!(findings.contains(&("role", Verdict::Skipped)));
    }

    #[test]
    fn what_would_harm_every_machine_of_the_image_is_found() {
        let image = Image {
            machine_file: ("config.toml".into(), false),
            instance_id: Some("i-0123456789abcdef0"),
            start: Err("Nothing starts it.".into()),
            states: vec!["state".into()],
        };
        let findings = examined(&image);
        assert!(findings.contains(&("instance id", Verdict::Faulty)));
        assert!(findings.contains(&("start", Verdict::Faulty)));
        assert!(findings.contains(&("left behind", Verdict::Note)));
    }
}
