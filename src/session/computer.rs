//! What the session knows of the machine under it: identity, credentials, queue.
//! Judges whether something needs attention before a session can begin.

use jiff::Timestamp;

use crate::session::interface::event::{Announcement, CredentialProblem, KeyInfo};
use crate::session::interface::failure::Failure;
use crate::session::interface::time::{Mono, Now};
use crate::session::live::Live;
use crate::session::words::codes::Code;
use crate::session::{AfterEnd, Level, Phase, Refusal, Session};

/// A machine sees a handful of announcements in its life.
const MAX_ANNOUNCEMENTS: usize = 16;

/// What is known of the machine.
#[derive(Debug, Default)]
pub(super) struct Machine {
    pub(super) instance_id: Option<String>,
    pub(super) identity_problem: Option<String>,
    pub(super) key: Option<KeyInfo>,
    pub(super) credential_problem: Option<(CredentialProblem, String)>,
    pub(super) queue_url: Option<String>,
    pub(super) queue_problem: Option<String>,
    /// Receives fail, since then.
    pub(super) receive_failing: Option<(Mono, Failure)>,
    /// What AWS announced in this run, also before a session began.
    pub(super) announcements: Vec<Announcement>,
}

impl Machine {
    /// The key lives, as far as its expiry tells.
    pub(super) fn has_living_key(&self, now: Timestamp) -> bool {
        self.key.as_ref().is_some_and(|key| key.expires_at.is_none_or(|expires| expires > now))
    }

    /// There is something to sign with. A key that looks expired is tried too: this computer's
    /// clock may be wrong, and only the service knows.
    pub(super) fn can_sign(&self) -> bool {
        let expired = matches!(self.credential_problem, Some((CredentialProblem::Expired, _)));
        self.key.is_some() || expired
    }

    /// Why no beat can even be sent, where that is known.
    pub(super) fn holds_beats_back(&self) -> Option<&str> {
        if !self.can_sign() {
            return self.credential_problem.as_ref().map(|(_, sentence)| sentence.as_str());
        }
        self.identity_problem.as_deref().filter(|_| self.instance_id.is_none())
    }

    /// Remembers an announcement; false if it was there already.
    pub(super) fn note_announcement(&mut self, announcement: &Announcement) -> bool {
        let (kind, id) = (announcement.kind, &announcement.id);
        if self.announcements.iter().any(|known| known.kind == kind && known.id == *id) {
            return false;
        }
        if self.announcements.len() == MAX_ANNOUNCEMENTS {
            self.announcements.remove(0);
        }
        self.announcements.push(announcement.clone());
        true
    }

    /// What somebody has to mend, in one sentence, if anything.
    pub(super) fn attention(&self, now: Now) -> Option<String> {
        use crate::session::interface::failure::FailureKind::{
            AccessDenied, Credentials, NoSuchQueue, Signature,
        };
        // Shorter troubles of the network are not worth a face.
        const RECEIVE_PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
        if let Some((_, sentence)) = &self.credential_problem
            && !self.has_living_key(now.wall)
        {
            return Some(sentence.clone());
        }
        if self.instance_id.is_none() {
            return self.identity_problem.clone();
        }
        if self.queue_url.is_none() {
            return self.queue_problem.clone();
        }
        let (since, failure) = self.receive_failing.as_ref()?;
        let at_once = matches!(failure.kind, AccessDenied | NoSuchQueue | Credentials | Signature);
        (at_once || since.until(now.mono) >= RECEIVE_PATIENCE).then(|| {
            format!(
                "No session can start: the queue cannot be read: {}.",
                crate::session::words::sentences::cause(failure)
            )
        })
    }
}

impl Session {
    pub(super) fn identified(&mut self, now: Now, instance_id: String) {
        self.machine.identity_problem = None;
        if self.machine.instance_id.as_ref() == Some(&instance_id) {
            return;
        }
        let journaled = self.journaling.instance_id.take();
        self.machine.instance_id = Some(instance_id.clone());
        match journaled {
            Some(other) if other != instance_id => self.discard_foreign(now, &other, &instance_id),
            Some(_) | None => self.verified(now),
        }
    }

    /// The journal is ours: what was held back may go.
    fn verified(&mut self, now: Now) {
        let release = |live: &mut Live| {
            live.unverified = false;
            live.cadence.hurry(now);
        };
        match &mut self.phase {
            Phase::Live(live) => release(live),
            Phase::Ending(ending) => {
                release(&mut ending.live);
                ending.hurry(now);
            }
            Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {}
        }
    }

    /// The journal came with a cloned disk: its session belongs to another machine.
    fn discard_foreign(&mut self, now: Now, theirs: &str, ours: &str) {
        let sentence = "The session in the journal is another computer's.";
        self.refuse_all_waiting(Refusal::NoSession, sentence);
        self.phase = Phase::Waiting(None);
        self.journaling.finished.clear();
        self.log(
            Level::Warn,
            Code::JournalForeign,
            format!(
                "the journal was written on {theirs}, but this is {ours}: discarded (an image or \
                 disk made from a machine in use?); waiting for this machine's own session"
            ),
        );
        self.save(now);
        self.leave(now, AfterEnd::None);
    }

    pub(super) fn credentials_loaded(&mut self, now: Now, key: KeyInfo) {
        self.machine.credential_problem = None;
        let changed = key.changed;
        self.machine.key = Some(key);
        if changed {
            match &mut self.phase {
                Phase::Live(live) => live.cadence.credentials_changed(now),
                Phase::Ending(ending) => {
                    ending.live.cadence.credentials_changed(now);
                    ending.credentials_changed(now);
                }
                Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {}
            }
            self.intake.credentials_changed(now);
        }
    }

    pub(super) fn queue_found(&mut self, now: Now, url: String) {
        self.machine.queue_problem = None;
        self.machine.queue_url = Some(url);
        self.intake.hurry(now);
    }
}
