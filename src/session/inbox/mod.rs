//! The queue's messages: when to ask for more, which are ours and of good form, and which are left
//! for later. What follows from one that is ours, `start` decides and `Session` carries out.

pub(in crate::session) mod fate;
pub(in crate::session) mod ready;
pub(in crate::session) mod start;

use std::time::Duration;

use crate::session::backoff::BackOff;
use crate::session::contract::message::{Message, MessageKind};
use crate::session::inbox::fate::{LoggedMessages, Parked, Rejected};
use crate::session::inbox::ready::ReadyAnswers;
use crate::session::interface::command::{Command, Level};
use crate::session::interface::event::{Delivery, Receipt};
use crate::session::interface::failure::{Failure, FailureKind};
use crate::session::interface::notification::Notification;
use crate::session::interface::outbox::{Context, Outbox};
use crate::session::interface::time::{Mono, Now};
use crate::session::interface::token::Fingerprint;
use crate::session::words::codes::Code;
use crate::session::words::sentences;
use crate::session::words::text::Text;

/// How long a message that we cannot use now stays hidden before it comes again.
const LATER: Duration = Duration::from_secs(30);
/// After a receive that brought nothing of ours, leave the queue alone for this long; longer while
/// only messages of other machines come, or the same at once again.
const PAUSE: BackOff =
    BackOff { first: Duration::from_secs(1), longest: Duration::from_secs(20), jitter: 0.3 };
/// After a receive that failed.
const RETRY: BackOff =
    BackOff { first: Duration::from_secs(1), longest: Duration::from_secs(30), jitter: 0.2 };
/// A queue may have been made again meanwhile, and whoever asked for more time waits for its message.
const LONGEST_WHILE_AWAITED: Duration = Duration::from_secs(5);
/// Messages bring the next beat forward no more often than this.
const BETWEEN_QUESTIONS: Duration = Duration::from_secs(5);
/// Why a message whose token is none is left.
const UNKNOWN: &str =
    "Step Functions does not know its task token; was it cut or changed on its way?";
/// Shorter troubles of the network are not worth a face.
const RECEIVE_PATIENCE: Duration = Duration::from_secs(60);

/// A queue that cannot be read.
#[derive(Debug)]
struct Failing {
    since: Mono,
    last: Mono,
    failure: Failure,
}

/// Why nothing is made of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LeftBecause {
    /// It was handed back to another machine.
    Foreign,
    /// It waits for the dead-letter queue.
    Malformed,
    /// It does, and came again sooner than it was asked to.
    Hasty,
}

/// The state of the inbox.
#[derive(Debug)]
pub(super) struct Inbox {
    receiving: bool,
    /// A back-off.
    not_before: Mono,
    failures: u32,
    /// Receives fail, since then.
    failing: Option<Failing>,
    /// Receives in a row that brought only messages of other machines, and what comes again at once.
    fruitless_rounds: u32,
    pub(super) rejected: Rejected,
    /// When a message may bring the next beat forward.
    next_question: Mono,
    pub(super) told: LoggedMessages,
    parked: Parked,
    pub(super) ready: ReadyAnswers,
}

impl Inbox {
    pub(super) fn new(now: Now) -> Self {
        Self {
            receiving: false,
            not_before: now.mono,
            failures: 0,
            failing: None,
            fruitless_rounds: 0,
            rejected: Rejected::default(),
            next_question: now.mono,
            told: LoggedMessages::default(),
            parked: Parked::default(),
            ready: ReadyAnswers::default(),
        }
    }

    /// New credentials are there: if the old ones were the trouble, ask at once.
    pub(super) fn credentials_changed(&mut self, now: Now) {
        if self.failing.as_ref().is_some_and(|failing| failing.failure.is_of_credentials()) {
            // What the back-off waited for has come.
            self.not_before = now.mono;
        }
        self.ready.hurry(now);
    }

    /// When to ask the queue; never while a receive is under way. `awaited`: a user waits for what it
    /// is to bring.
    pub(super) fn due(&self, context: &Context, awaited: bool) -> Option<Mono> {
        let may = context.can_receive && !context.going_down && !self.receiving;
        may.then(|| match &self.failing {
            Some(failing) if awaited => self.not_before.min(failing.last + LONGEST_WHILE_AWAITED),
            Some(_) | None => self.not_before,
        })
    }

    /// Asks the queue.
    pub(super) fn receive(&mut self, out: &mut Outbox) {
        self.receiving = true;
        out.push(Command::Receive);
    }

    /// Takes what a receive brought, and gives back what is ours and of good form.
    pub(super) fn received(
        &mut self,
        now: Now,
        answer: Result<Vec<Delivery>, Failure>,
        context: &Context,
        out: &mut Outbox,
    ) -> Vec<(Delivery, Message)> {
        self.receiving = false;
        let batch = match answer {
            Ok(batch) => batch,
            Err(failure) => {
                self.receive_failed(now, failure, out);
                return Vec::new();
            }
        };
        if self.failing.take().is_some() {
            out.log(Level::Info, Code::Queue, "the queue can be read again");
        }
        self.failures = 0;
        let came = batch.len();
        let mut fruitless = true;
        let mut ours = Vec::new();
        for delivery in batch {
            if context.going_down {
                // It came while the decision was made: whoever listens next shall have it.
                out.push(Command::Release(delivery.receipt, Duration::ZERO));
                continue;
            }
            let judged = self.judge(now, &delivery, context, out);
            fruitless &= matches!(judged, Err(LeftBecause::Foreign | LeftBecause::Hasty));
            if let Ok(message) = judged {
                ours.push((delivery, message));
            }
        }
        // A lone word is a token only once the service says so.
        let useful = ours.iter().any(|(_, message): &(Delivery, Message)| !message.is_bare);
        if came > 0 && !useful {
            // Asking again at once would only fetch the same messages. Those of other machines are left
            // to their owners, longer each time; behind malformed ones a good one may wait.
            if !fruitless {
                self.fruitless_rounds = 0;
            }
            self.not_before = now.mono + PAUSE.wait(self.fruitless_rounds, &mut out.rng);
            self.fruitless_rounds += 1;
        } else {
            self.fruitless_rounds = 0;
        }
        ours
    }

    /// The message, if it is of good form and for this machine. One of another machine is handed
    /// back; what is none of ours is left for the dead-letter queue.
    fn judge(
        &mut self,
        now: Now,
        delivery: &Delivery,
        context: &Context,
        out: &mut Outbox,
    ) -> Result<Message, LeftBecause> {
        let message = match Message::read(&delivery.body) {
            Ok(message) => message,
            Err(malformed) => {
                let (id, why) = (&delivery.message_id, malformed.to_string());
                return Err(self.leave_malformed(now, id, delivery.receipt, &why, out));
            }
        };
        self.told.say_what_was_tolerated(&message, out);
        match message.instance_id.as_deref() {
            Some(theirs) if Some(theirs) != context.instance_id => {
                let text = format!("is for {theirs}, not for this machine: handed back");
                self.told.say(delivery, &text, out);
                out.push(Command::Release(delivery.receipt, Duration::ZERO));
                Err(LeftBecause::Foreign)
            }
            Some(_) | None => match &message.kind {
                MessageKind::Start(start)
                    if self.rejected.is_refused(&start.token.fingerprint()) =>
                {
                    Err(self.leave_malformed(
                        now,
                        &delivery.message_id,
                        delivery.receipt,
                        UNKNOWN,
                        out,
                    ))
                }
                MessageKind::Start(_)
                | MessageKind::Ready(_)
                | MessageKind::End(_)
                | MessageKind::Notice(_) => Ok(message),
            },
        }
    }

    fn leave_malformed(
        &mut self,
        now: Now,
        message_id: &str,
        receipt: Receipt,
        why: &str,
        out: &mut Outbox,
    ) -> LeftBecause {
        let is_hasty = self.rejected.leave(now, message_id, receipt, why, out);
        if is_hasty { LeftBecause::Hasty } else { LeftBecause::Malformed }
    }

    /// The service does not know `token`, and never has: its message is none of ours.
    pub(super) fn refuse(
        &mut self,
        now: Now,
        token: Fingerprint,
        message: Option<(&str, Receipt)>,
        out: &mut Outbox,
    ) {
        self.rejected.refuse(token);
        if let Some((message_id, receipt)) = message {
            self.leave_malformed(now, message_id, receipt, UNKNOWN, out);
        }
    }

    /// True if a message may bring the next beat forward: not at each of a stream of them.
    pub(super) fn may_ask_service(&mut self, now: Now) -> bool {
        let may = self.next_question <= now.mono;
        if may {
            self.next_question = now.mono + BETWEEN_QUESTIONS;
        }
        may
    }

    fn receive_failed(&mut self, now: Now, failure: Failure, out: &mut Outbox) {
        self.not_before = now.mono + RETRY.wait(self.failures, &mut out.rng);
        self.failures += 1;
        if self.failures.is_power_of_two() {
            let text = format!(
                "the queue cannot be read: {failure}; {}; messages wait there, trying again",
                sentences::cause(&failure)
            );
            out.log(Level::Warn, Code::Queue, text);
        }
        out.call_failed("queue", &failure);
        let since = self.failing.take().map_or(now.mono, |failing| failing.since);
        self.failing = Some(Failing { since, last: now.mono, failure });
    }

    /// What somebody has to mend before the queue can be read, if it is more than a hiccup.
    pub(super) fn attention(&self, now: Now) -> Option<Text> {
        let Failing { since, failure, .. } = self.failing.as_ref()?;
        let at_once = match failure.kind {
            FailureKind::AccessDenied
            | FailureKind::NoSuchQueue
            | FailureKind::Credentials
            | FailureKind::Signature => true,
            FailureKind::TokenOver(_)
            | FailureKind::Throttled
            | FailureKind::InvalidOutput
            | FailureKind::KmsThrottled
            | FailureKind::Kms
            | FailureKind::Service
            | FailureKind::Unreachable
            | FailureKind::Blocked(_) => false,
        };
        let told = at_once || since.until(now.mono) >= RECEIVE_PATIENCE;
        told.then(|| sentences::queue_unreadable(failure))
    }

    /// Leaves a message for when the present session, with its heartbeat `window`, is over.
    pub(super) fn park(&mut self, delivery: &Delivery, window: Duration, out: &mut Outbox) {
        self.parked.park(delivery, window, out);
    }

    /// The session is over, or found to be: what was left for later may be of use now.
    pub(super) fn call_back(&mut self, out: &mut Outbox) {
        self.parked.call_back(out);
    }

    /// Leaves a message that cannot be used yet: standard queues do not keep order.
    pub(super) fn leave(&mut self, delivery: &Delivery, why: &str, out: &mut Outbox) {
        self.told.say(delivery, why, out);
        out.push(Command::Release(delivery.receipt, LATER));
    }

    /// A message is done with.
    pub(super) fn acknowledge(&mut self, delivery: &Delivery, why: &str, out: &mut Outbox) {
        self.told.say(delivery, why, out);
        out.push(Command::Delete(delivery.receipt));
    }

    /// Shows an administrator's text to the user, once.
    pub(super) fn show_notice(&mut self, delivery: &Delivery, text: String, out: &mut Outbox) {
        if self.told.first(&delivery.message_id) {
            out.log(Level::Info, Code::Message, "showing a notice to the user");
            out.notify(Notification::Text(text));
        }
        out.push(Command::Delete(delivery.receipt));
    }
}
