//! The queue's messages: when to ask for more, which are ours and of good form, and which are left
//! for later. What follows from one that is ours, `start` decides and `Session` carries out.

pub(in crate::session) mod fate;
pub(in crate::session) mod ready;
pub(in crate::session) mod start;

use std::time::Duration;

use crate::session::backoff::BackOff;
use crate::session::contract::message::Message;
use crate::session::inbox::fate::{LoggedMessages, Parked};
use crate::session::inbox::ready::ReadyAnswers;
use crate::session::interface::command::{Command, Level};
use crate::session::interface::event::Delivery;
use crate::session::interface::failure::{Failure, FailureKind};
use crate::session::interface::notification::Notification;
use crate::session::interface::outbox::{Context, Outbox};
use crate::session::interface::time::{Mono, Now};
use crate::session::words::codes::Code;
use crate::session::words::sentences;

/// How long a message that we cannot use now stays hidden before it comes again.
const LATER: Duration = Duration::from_secs(30);
/// After handing back another machine's message, leave the queue to the others for this long;
/// longer while nothing else comes.
const PAUSE: BackOff =
    BackOff { first: Duration::from_secs(1), longest: Duration::from_secs(20), jitter: 0.3 };
/// After a receive that failed.
const RETRY: BackOff =
    BackOff { first: Duration::from_secs(1), longest: Duration::from_secs(30), jitter: 0.2 };
/// Shorter troubles of the network are not worth a face.
const RECEIVE_PATIENCE: Duration = Duration::from_secs(60);

/// The state of the inbox.
#[derive(Debug)]
pub(super) struct Inbox {
    receiving: bool,
    next: Mono,
    failures: u32,
    /// Receives fail, since then.
    failing: Option<(Mono, Failure)>,
    /// Receives in a row that brought only messages of other machines.
    foreign_rounds: u32,
    pub(super) told: LoggedMessages,
    parked: Parked,
    pub(super) ready: ReadyAnswers,
}

impl Inbox {
    pub(super) fn new(now: Now) -> Self {
        Self {
            receiving: false,
            next: now.mono,
            failures: 0,
            failing: None,
            foreign_rounds: 0,
            told: LoggedMessages::default(),
            parked: Parked::default(),
            ready: ReadyAnswers::default(),
        }
    }

    /// Ask the queue as soon as possible.
    pub(super) fn hurry(&mut self, now: Now) {
        self.next = self.next.min(now.mono);
    }

    /// New credentials are there: if the old ones were the trouble, ask at once.
    pub(super) fn credentials_changed(&mut self, now: Now) {
        if self.failing.as_ref().is_some_and(|(_, failure)| failure.is_of_credentials()) {
            self.hurry(now);
        }
        self.ready.hurry(now);
    }

    /// When to ask the queue; never while a receive is under way.
    pub(super) fn due(&self, context: &Context) -> Option<Mono> {
        let may = context.can_receive && !context.going_down && !self.receiving;
        may.then_some(self.next)
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
        self.next = now.mono;
        let came = batch.len();
        let mut ours = Vec::new();
        let mut foreign = 0;
        for delivery in batch {
            if context.going_down {
                // It came while the decision was made: whoever listens next shall have it.
                out.push(Command::Release(delivery.receipt, Duration::ZERO));
                continue;
            }
            match self.judge(&delivery, context, out) {
                Judgement::Ours(message) => ours.push((delivery, message)),
                Judgement::Foreign => foreign += 1,
                Judgement::Malformed => {}
            }
        }
        if came > 0 && foreign == came {
            // Asking again at once would only fetch the same messages from their owners.
            self.next = now.mono + PAUSE.wait(self.foreign_rounds, &mut out.rng);
            self.foreign_rounds += 1;
        } else if came > 0 {
            self.foreign_rounds = 0;
        }
        ours
    }

    /// Whether a message is of good form and for this machine.
    fn judge(&mut self, delivery: &Delivery, context: &Context, out: &mut Outbox) -> Judgement {
        let message = match Message::read(&delivery.body) {
            Ok(message) => message,
            Err(malformed) => {
                if self.told.first(&delivery.message_id) {
                    let id = &delivery.message_id;
                    let text =
                        format!("message {id} is left for the dead-letter queue: {malformed}");
                    out.log(Level::Warn, Code::Malformed, text);
                }
                return Judgement::Malformed;
            }
        };
        self.told.say_what_was_tolerated(&message, out);
        match message.instance_id.as_deref() {
            Some(theirs) if Some(theirs) != context.instance_id => {
                let text = format!("is for {theirs}, not for this machine: handed back");
                self.told.say(delivery, &text, out);
                out.push(Command::Release(delivery.receipt, Duration::ZERO));
                Judgement::Foreign
            }
            Some(_) | None => Judgement::Ours(message),
        }
    }

    fn receive_failed(&mut self, now: Now, failure: Failure, out: &mut Outbox) {
        self.next = now.mono + RETRY.wait(self.failures, &mut out.rng);
        self.failures += 1;
        if self.failures.is_power_of_two() {
            let text = format!(
                "the queue cannot be read: {failure}; {}; messages wait there, trying again",
                sentences::cause(&failure)
            );
            out.log(Level::Warn, Code::Queue, text);
        }
        out.call_failed("queue", &failure);
        let since = self.failing.take().map_or(now.mono, |(since, _)| since);
        self.failing = Some((since, failure));
    }

    /// What somebody has to mend before the queue can be read, if it is more than a hiccup.
    pub(super) fn attention(&self, now: Now) -> Option<String> {
        let (since, failure) = self.failing.as_ref()?;
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
            | FailureKind::Unreachable => false,
        };
        let told = at_once || since.until(now.mono) >= RECEIVE_PATIENCE;
        told.then(|| sentences::queue_unreadable(failure))
    }

    /// Leaves a message for when the present session, with its heartbeat `window`, is over.
    pub(super) fn park(&mut self, delivery: &Delivery, window: Duration, out: &mut Outbox) {
        self.parked.park(delivery, window, out);
    }

    /// The session is over, or found to be: what was left for later may be of use now.
    pub(super) fn call_back(&mut self, now: Now, out: &mut Outbox) {
        self.parked.call_back(out);
        self.hurry(now);
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

/// What a message is.
enum Judgement {
    Ours(Message),
    /// Handed back to its owner.
    Foreign,
    /// Left for the dead-letter queue.
    Malformed,
}
