//! What the session knows of the machine under it: identity, credentials, queue, announcements.
//! Judges whether something needs attention before a session can begin.

use jiff::Timestamp;

use crate::session::interface::command::Level;
use crate::session::interface::event::{Announcement, CredentialProblem, KeyInfo};
use crate::session::interface::notification::Notification;
use crate::session::interface::outbox::Outbox;
use crate::session::interface::time::Now;
use crate::session::words::codes::Code;
use crate::session::words::said::said;
use crate::session::words::text::Text;

/// A machine sees a handful of announcements in its life.
const MAX_ANNOUNCEMENTS: usize = 16;

/// What is known of the machine.
#[derive(Debug, Default)]
pub(super) struct Computer {
    instance_id: Option<String>,
    identity_problem: Option<Text>,
    key: Option<KeyInfo>,
    credential_problem: Option<(CredentialProblem, Text)>,
    queue_url: Option<String>,
    queue_problem: Option<Text>,
    /// What AWS announced in this run, also before a session began.
    announcements: Vec<Announcement>,
    /// What a session needs here and is unwell, in a sentence.
    unwell: Option<Text>,
}

impl Computer {
    pub(super) fn instance_id(&self) -> Option<&str> {
        self.instance_id.as_deref()
    }

    pub(super) fn key(&self) -> Option<&KeyInfo> {
        self.key.as_ref()
    }

    pub(super) fn has_queue(&self) -> bool {
        self.queue_url.is_some()
    }

    pub(super) fn announcements(&self) -> &[Announcement] {
        &self.announcements
    }

    /// The machine knows itself. False if it did already, as this one.
    pub(super) fn identified(&mut self, instance_id: &str) -> bool {
        self.identity_problem = None;
        let is_new = self.instance_id() != Some(instance_id);
        self.instance_id = Some(instance_id.to_owned());
        is_new
    }

    pub(super) fn not_identified(&mut self, sentence: Text) {
        self.identity_problem = Some(said!("trying-again", sentence = sentence).into());
    }

    pub(super) fn queue_found(&mut self, url: String) {
        self.queue_problem = None;
        self.queue_url = Some(url);
    }

    pub(super) fn no_queue(&mut self, sentence: Text) {
        self.queue_problem = Some(sentence);
    }

    pub(super) fn credentials_loaded(&mut self, key: KeyInfo) {
        self.credential_problem = None;
        self.key = Some(key);
    }

    pub(super) fn credentials_failed(&mut self, problem: CredentialProblem, sentence: Text) {
        let sentence = match problem {
            CredentialProblem::Unavailable => said!("trying-again", sentence = sentence).into(),
            CredentialProblem::NoRole
            | CredentialProblem::RoleRefused
            | CredentialProblem::Expired => sentence,
        };
        self.credential_problem = Some((problem, sentence));
    }

    pub(super) fn unwell(&self) -> Option<&Text> {
        self.unwell.as_ref()
    }

    /// What is unwell is told once, and shown for as long as it lasts.
    pub(super) fn health(&mut self, unwell: Option<Text>, out: &mut Outbox) {
        match (&self.unwell, &unwell) {
            (None, Some(sentence)) => {
                out.log(Level::Warn, Code::Unhealthy, sentence.clone());
                out.notify(Notification::Unhealthy(sentence.clone()));
            }
            (Some(_), None) => {
                out.log(Level::Info, Code::Unhealthy, "all that a session needs is well again");
            }
            // Only its wording or its extent has changed.
            (Some(_), Some(_)) | (None, None) => {}
        }
        self.unwell = unwell;
    }

    /// The key lives, as far as its expiry tells.
    fn has_living_key(&self, now: Timestamp) -> bool {
        self.key.as_ref().is_some_and(|key| key.expires_at.is_none_or(|expires| expires > now))
    }

    /// There is something to sign with. A key that looks expired is tried too: this computer's
    /// clock may be wrong, and only the service knows.
    pub(super) fn can_sign(&self) -> bool {
        let expired = matches!(self.credential_problem, Some((CredentialProblem::Expired, _)));
        self.key.is_some() || expired
    }

    /// Nobody can judge a message before the machine knows itself.
    pub(super) fn can_receive(&self) -> bool {
        self.instance_id.is_some() && self.queue_url.is_some() && self.can_sign()
    }

    /// Why no beat can even be sent, where that is known.
    pub(super) fn holds_beats_back(&self) -> Option<&Text> {
        if !self.can_sign() {
            return self.credential_problem.as_ref().map(|(_, sentence)| sentence);
        }
        self.identity_problem.as_ref().filter(|_| self.instance_id.is_none())
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
    pub(super) fn attention(&self, now: Now) -> Option<&Text> {
        if let Some((_, sentence)) = &self.credential_problem
            && !self.has_living_key(now.wall)
        {
            return Some(sentence);
        }
        if self.instance_id.is_none() {
            return self.identity_problem.as_ref();
        }
        if self.queue_url.is_none() {
            return self.queue_problem.as_ref();
        }
        None
    }
}
