//! Task tokens that are being tried: the service alone can say whether a word is one. Until it has
//! accepted a beat nothing is shown of such a token, nothing is given up for it, and its message
//! stays in the queue.

use std::time::Duration;

use crate::session::beats;
use crate::session::interface::command::{Command, Level};
use crate::session::interface::event::{CallId, Delivery, Receipt};
use crate::session::interface::failure::{Failure, FailureKind};
use crate::session::interface::outbox::{Context, Outbox};
use crate::session::interface::time::{Mono, Now};
use crate::session::interface::token::Fingerprint;
use crate::session::live::Live;
use crate::session::words::codes::Code;
use crate::session::words::sentences;

/// How many are tried at a time; more stay in the queue.
const MAX_TRIALS: usize = 4;
/// Lone words are begun no faster: garbage must not become a stream of heartbeats.
const BETWEEN_WORDS: Duration = Duration::from_secs(5);

/// A token that is being tried, and its message.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub(super) live: Live,
    pub(super) receipt: Receipt,
    pub(super) message_id: String,
    /// It is from before the living session's token, and cannot take its place.
    pub(super) is_older: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Trials {
    tried: Vec<Trial>,
    /// When the next lone word may be tried.
    next_word: Option<Mono>,
}

/// What the answer to a beat means for them.
#[derive(Debug)]
pub(super) enum TrialMeans {
    /// It was no beat of a trial.
    NotOurs,
    /// It is tried again.
    Nothing,
    /// The service waits for this token.
    Proven(Box<Trial>),
    /// It does not.
    Over(Box<Trial>, Failure),
}

impl Trials {
    /// A further message with a token that is being tried. False if it is not.
    pub(super) fn repeated(
        &mut self,
        token: &Fingerprint,
        delivery: &Delivery,
        out: &mut Outbox,
    ) -> bool {
        let Some(trial) = self.tried.iter_mut().find(|trial| trial.live.fingerprint == *token)
        else {
            return false;
        };
        trial.receipt = delivery.receipt;
        hide(&trial.live, delivery.receipt, out);
        true
    }

    /// Whether another token can be tried now; `is_bare` for a lone word.
    pub(super) fn has_room(&mut self, now: Now, is_bare: bool) -> bool {
        if self.tried.len() >= MAX_TRIALS {
            return false;
        }
        if is_bare {
            if self.next_word.is_some_and(|next| now.mono < next) {
                return false;
            }
            self.next_word = Some(now.mono + BETWEEN_WORDS);
        }
        true
    }

    /// Tries `live`, which `delivery` brought.
    pub(super) fn begin(
        &mut self,
        live: Live,
        delivery: &Delivery,
        is_older: bool,
        out: &mut Outbox,
    ) {
        hide(&live, delivery.receipt, out);
        let message_id = delivery.message_id.clone();
        self.tried.push(Trial { live, receipt: delivery.receipt, message_id, is_older });
    }

    /// When the next beat of one is due.
    pub(super) fn due(&self, context: &Context) -> Option<Mono> {
        if context.going_down {
            return None;
        }
        self.tried.iter().filter_map(|trial| beats::due(&trial.live, context)).min()
    }

    /// Sends whatever beat is due.
    pub(super) fn send(&mut self, now: Now, context: &Context, out: &mut Outbox) {
        for trial in &mut self.tried {
            if beats::due(&trial.live, context).is_some_and(|due| due <= now.mono) {
                beats::send(&mut trial.live, now, out);
            }
        }
    }

    /// Takes the answer to a beat.
    pub(super) fn answered(
        &mut self,
        now: Now,
        call: CallId,
        answer: &Result<(), Failure>,
        out: &mut Outbox,
    ) -> TrialMeans {
        let waits = |trial: &Trial| trial.live.cadence.waits_for(call);
        let Some(at) = self.tried.iter().position(waits) else { return TrialMeans::NotOurs };
        let cadence = &mut self.tried[at].live.cadence;
        let Err(failure) = answer else {
            cadence.accepted(call, now, &mut out.rng);
            // Whoever sends tokens as lone words is not to wait because of it.
            self.next_word = None;
            return TrialMeans::Proven(Box::new(self.tried.remove(at)));
        };
        let failure = failure.clone().without(&self.tried[at].live.token);
        let live = &mut self.tried[at].live;
        live.cadence.failed(call, failure.clone(), now, &mut out.rng);
        if matches!(failure.kind, FailureKind::TokenOver(_)) {
            return TrialMeans::Over(Box::new(self.tried.remove(at)), failure);
        }
        let attempts = live.cadence.failing().map_or(0, |failing| failing.attempts);
        out.call_failed("heartbeat", &failure);
        if attempts.is_power_of_two() {
            let text = sentences::trial_failed(&live.fingerprint, attempts, &failure);
            out.log(Level::Warn, Code::AtRisk, text);
        }
        TrialMeans::Nothing
    }

    /// New credentials are there: if the old ones were the trouble, try at once.
    pub(super) fn credentials_changed(&mut self, now: Now) {
        for trial in &mut self.tried {
            trial.live.cadence.credentials_changed(now);
        }
    }

    /// The machine slept: no answer comes any more.
    pub(super) fn woke(&mut self, now: Now) {
        for trial in &mut self.tried {
            trial.live.cadence.beat_again(now);
        }
    }
}

/// Keeps a message out of sight while its token is tried, but not for so long that a crash would
/// cost it its window.
pub(super) fn hide(live: &Live, receipt: Receipt, out: &mut Outbox) {
    let window = live.cadence.window();
    let hidden = (window / 4).clamp(Duration::from_secs(1), Duration::from_secs(300));
    out.push(Command::Release(receipt, hidden));
}
