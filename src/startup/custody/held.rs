//! One message in custody: its token, its beats, and the report that is made to it.

use std::time::Duration;

use super::CustodyOrder;
use crate::session::backoff::jittered;
use crate::session::beats::cadence::Cadence;
use crate::session::interface::token::Fingerprint;
use crate::session::{CallId, Failure, FailureKind, Mono, Now, Receipt, TaskToken, TokenOver};

/// The longest interval between two beats, as an agent's built-in one.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);
/// After a report that failed; doubled up to the longest.
const FIRST_RETRY: Duration = Duration::from_millis(500);
const LONGEST_RETRY: Duration = Duration::from_secs(10);

/// A message in custody.
#[derive(Debug)]
pub(super) struct HeldMessage {
    /// `None`: a message for the agent that has no token.
    pub(super) token: Option<TaskToken>,
    /// Its deliveries, and those of its duplicates: message id and handle.
    pub(super) receipts: Vec<(String, Receipt)>,
    pub(super) hold: Duration,
    pub(super) renew_at: Mono,
    /// It could not be kept out of sight: it will come again.
    pub(super) let_go: bool,
    beats: Option<Cadence>,
    beat: Option<CallId>,
    /// The service has accepted the token once.
    proven: bool,
    telling: Progress,
}

/// How far the report has come.
#[derive(Debug)]
enum Progress {
    Next { at: Mono, attempts: u32, maybe_effective: bool },
    UnderWay { call: CallId, attempts: u32, maybe_effective: bool },
    Finished,
}

/// What an answer to a report means.
pub(super) enum Reported {
    Accepted(Option<String>),
    Over(Failure),
    Retry(Failure),
}

impl HeldMessage {
    pub(super) fn new(
        now: Now,
        receipt: (String, Receipt),
        token: Option<TaskToken>,
        heartbeat: Option<Duration>,
        hold: Duration,
    ) -> Self {
        let beats =
            heartbeat.map(|window| Cadence::new(now, window, LONGEST_INTERVAL, Duration::ZERO));
        Self {
            token,
            receipts: vec![receipt],
            hold,
            renew_at: now.mono,
            let_go: false,
            beats,
            beat: None,
            proven: false,
            telling: Progress::Next { at: now.mono, attempts: 0, maybe_effective: false },
        }
    }

    /// The message's id, or its first duplicate's.
    pub(super) fn id(&self) -> &str {
        self.receipts.first().map_or("", |(id, _)| id)
    }

    pub(super) fn is(&self, message_id: &str) -> bool {
        self.receipts.iter().any(|(id, _)| id == message_id)
    }

    pub(super) fn has(&self, receipt: Receipt) -> bool {
        self.receipts.iter().any(|(_, known)| *known == receipt)
    }

    /// Delivered once more, or a duplicate of it was: the newest handle of each message counts.
    pub(super) fn came_again(&mut self, message_id: String, receipt: Receipt) {
        self.let_go = false;
        self.receipts.retain(|(id, _)| *id != message_id);
        self.receipts.push((message_id, receipt));
    }

    pub(super) fn new_key(&mut self, now: Now) {
        if let Some(beats) = &mut self.beats {
            beats.credentials_changed(now);
        }
        if let Progress::Next { at, attempts: 1.., .. } = &mut self.telling {
            *at = now.mono;
        }
    }

    /// When the next beat is due; `None` while one is under way, or none is wanted.
    pub(super) fn beat_due(&self) -> Option<Mono> {
        if self.is_finished() {
            return None;
        }
        self.beats.as_ref().and_then(Cadence::due)
    }

    pub(super) fn beats_with(&self, call: CallId) -> bool {
        self.beat == Some(call)
    }

    pub(super) fn beat(&mut self, call: CallId, now: Now) -> Option<CustodyOrder> {
        let (beats, token) = (self.beats.as_mut()?, self.token.clone()?);
        self.beat = Some(call);
        beats.sent(call, now);
        Some(CustodyOrder::Beat { call, token, timeout: beats.call_timeout() })
    }

    pub(super) fn beat_accepted(&mut self, call: CallId, now: Now, rng: &mut fastrand::Rng) {
        self.proven = true;
        if let Some(beats) = &mut self.beats {
            beats.accepted(call, now, rng);
        }
    }

    /// True if it is the first of a run of failures.
    pub(super) fn beat_failed(
        &mut self,
        call: CallId,
        failure: Failure,
        now: Now,
        rng: &mut fastrand::Rng,
    ) -> bool {
        let Some(beats) = &mut self.beats else { return false };
        let first = beats.failing().is_none();
        beats.failed(call, failure, now, rng) && first
    }

    /// Without an accepted call before it, `InvalidToken` says that the text is no token of the
    /// service's.
    pub(super) fn may_never_have_been_a_token(&self, failure: &Failure) -> bool {
        !self.proven && failure.kind == FailureKind::TokenOver(TokenOver::InvalidToken)
    }

    /// When to report; `None` while that is under way, done, or not to be.
    pub(super) fn report_due(&self) -> Option<Mono> {
        match (&self.telling, &self.token) {
            (Progress::Next { at, .. }, Some(_)) => Some(*at),
            (Progress::Next { .. } | Progress::UnderWay { .. } | Progress::Finished, _) => None,
        }
    }

    pub(super) fn report(
        &mut self,
        call: CallId,
        error: String,
        cause: String,
    ) -> Option<CustodyOrder> {
        let token = self.token.clone()?;
        if let Progress::Next { attempts, maybe_effective, .. } = self.telling {
            self.telling = Progress::UnderWay { call, attempts: attempts + 1, maybe_effective };
        }
        Some(CustodyOrder::Fail { call, token, error, cause })
    }

    pub(super) fn reports_with(&self, call: CallId) -> bool {
        matches!(self.telling, Progress::UnderWay { call: present, .. } if present == call)
    }

    pub(super) fn reported(
        &mut self,
        answer: Result<Option<String>, Failure>,
        now: Now,
        rng: &mut fastrand::Rng,
    ) -> Reported {
        let Progress::UnderWay { attempts, maybe_effective, .. } = self.telling else {
            // Asked only for the call that is under way.
            return Reported::Accepted(None);
        };
        let failure = match answer {
            Ok(request_id) => return Reported::Accepted(request_id),
            Err(failure) => failure,
        };
        if let FailureKind::TokenOver(_) = failure.kind {
            // "Timed out or already closed": an earlier send whose answer was lost most likely did it.
            return match maybe_effective {
                true => Reported::Accepted(None),
                false => Reported::Over(failure),
            };
        }
        let doubled = FIRST_RETRY.saturating_mul(1 << attempts.saturating_sub(1).min(8));
        self.telling = Progress::Next {
            at: now.mono + jittered(doubled.min(LONGEST_RETRY), 0.2, rng),
            attempts,
            maybe_effective: maybe_effective || failure.is_ambiguous(),
        };
        Reported::Retry(failure)
    }

    /// The token is over: it is journaled, then the message is deleted.
    pub(super) fn finish(&mut self) -> Option<CustodyOrder> {
        self.telling = Progress::Finished;
        self.token.as_ref().map(|token| CustodyOrder::Note(token.fingerprint()))
    }

    pub(super) fn is_finished(&self) -> bool {
        matches!(self.telling, Progress::Finished)
    }

    pub(super) fn awaits_note_of(&self, fingerprint: &Fingerprint) -> bool {
        let fits = |token: &TaskToken| token.fingerprint() == *fingerprint;
        self.is_finished() && self.token.as_ref().is_some_and(fits)
    }
}
