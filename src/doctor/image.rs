//! `deskbeat doctor --image`: what can be checked while an image is built, where there is no user,
//! no role and no queue yet, and whether something of the builder's machine would go into the copies.

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

/// Examines what is here; asks nobody, writes nothing.
pub fn examine(patient: &Patient<'_>, tell: &mut dyn FnMut(Finding)) {
    tell(shadowing(patient));
    tell(timers(patient));
    tell(instance_id(patient));
    tell(queue_choice(patient));
    tell(leftovers(patient));
    for (item, sentence) in LATER {
        tell(finding(item, Verdict::Skipped, sentence));
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

fn leftovers(patient: &Patient<'_>) -> Finding {
    const ITEM: &str = "leftovers";
    let folder = patient.state_dir.display();
    if Store::holds_journal(patient.state_dir) {
        let sentence = format!(
            "{folder} holds a session's journal. Another machine would discard it (DB-703); remove \
             the folder before the image is made."
        );
        return finding(ITEM, Verdict::Faulty, sentence);
    }
    finding(ITEM, Verdict::Good, format!("{folder} holds no session of this machine."))
}
