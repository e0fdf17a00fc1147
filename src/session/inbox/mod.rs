//! What to do with messages: take, acknowledge, hand back or leave; and when to ask for more.
//! `message` judges a body's form; here is decided what follows from it.

pub(in crate::session) mod ready;
mod start;

use std::collections::VecDeque;
use std::time::Duration;

use crate::session::beats::cadence::jittered;
use crate::session::contract::message::{Kind, Message};
use crate::session::contract::output::Outcome;
use crate::session::inbox::ready::Ready;
use crate::session::interface::event::{Delivery, Receipt};
use crate::session::interface::failure::{Failure, FailureKind};
use crate::session::interface::time::{Mono, Now};
use crate::session::journal::Then;
use crate::session::live::Live;
use crate::session::words::codes::Code;
use crate::session::words::sentences;
use crate::session::{Command, Level, Notification, Phase, Session};

/// How long a message that we cannot use now stays hidden before it comes again.
const LATER: Duration = Duration::from_secs(30);
/// A token that is left for later comes back in this share of its heartbeat window, if it is not
/// called back before: a crash must not cost it the window, and each return costs a receive.
const PARKED_SHARE: u32 = 4;
const SHORTEST_PARKED: Duration = Duration::from_secs(1);
const LONGEST_PARKED: Duration = Duration::from_secs(300);
/// How many are remembered, to call them back; the rest come back by themselves.
const MAX_PARKED: usize = 32;
/// After handing back another machine's message, leave the queue to the others for this long;
/// doubled while nothing else comes.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// The first and the longest wait after a receive that failed.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(30);
/// How many message ids are remembered, to log each once.
const MAX_LOGGED: usize = 256;

/// The state of the intake.
#[derive(Debug)]
pub(super) struct Intake {
    receiving: bool,
    next: Mono,
    failures: u32,
    last_kind: Option<FailureKind>,
    /// Receives in a row that brought only messages of other machines.
    foreign_rounds: u32,
    logged: VecDeque<String>,
    /// Messages (by id) that may be of use when the present session is over.
    parked: Vec<(String, Receipt)>,
    pub(super) ready: Vec<Ready>,
}

impl Intake {
    pub(super) fn new(now: Now) -> Self {
        Self {
            receiving: false,
            next: now.mono,
            failures: 0,
            last_kind: None,
            foreign_rounds: 0,
            logged: VecDeque::new(),
            parked: Vec::new(),
            ready: Vec::new(),
        }
    }

    /// Ask the queue as soon as possible.
    pub(super) fn hurry(&mut self, now: Now) {
        self.next = self.next.min(now.mono);
    }

    /// New credentials are there: if the old ones were the trouble, ask at once.
    pub(super) fn credentials_changed(&mut self, now: Now) {
        if matches!(self.last_kind, Some(FailureKind::Credentials | FailureKind::Signature)) {
            self.hurry(now);
        }
        for ready in &mut self.ready {
            ready.hurry(now);
        }
    }

    /// True the first time that `message_id` is to be logged.
    fn log_once(&mut self, message_id: &str) -> bool {
        if self.logged.iter().any(|known| known == message_id) {
            return false;
        }
        if self.logged.len() == MAX_LOGGED {
            self.logged.pop_front();
        }
        self.logged.push_back(message_id.to_owned());
        true
    }
}

impl Session {
    /// When the intake has something to do.
    pub(super) fn intake_due(&self) -> Option<Mono> {
        if self.is_going_down() {
            return None;
        }
        let receive = (self.may_receive() && !self.intake.receiving).then_some(self.intake.next);
        let ready = self.intake.ready.iter().filter_map(Ready::due);
        receive.into_iter().chain(ready).min()
    }

    /// Nobody can judge a message before the machine knows itself, and no session begins on a
    /// machine that goes down.
    fn may_receive(&self) -> bool {
        let known = self.machine.instance_id.is_some()
            && self.machine.queue_url.is_some()
            && self.machine.can_sign();
        known && !self.is_going_down()
    }

    pub(super) fn advance_intake(&mut self, now: Now) {
        if self.may_receive() && !self.intake.receiving && self.intake.next <= now.mono {
            self.intake.receiving = true;
            self.out.push(Command::Receive);
        }
        self.answer_ready(now);
    }

    pub(super) fn received(&mut self, now: Now, answer: Result<Vec<Delivery>, Failure>) {
        self.intake.receiving = false;
        match answer {
            Ok(batch) => {
                if self.machine.receive_failing.take().is_some() {
                    self.log(Level::Info, Code::Queue, "the queue can be read again");
                }
                self.intake.failures = 0;
                self.intake.last_kind = None;
                self.intake.next = now.mono;
                let any = !batch.is_empty();
                let mut only_foreign = any;
                for delivery in batch {
                    only_foreign &= self.delivered(now, delivery) == Fate::HandedBack;
                }
                if only_foreign {
                    // Asking again at once would only fetch the same messages from their owners.
                    let doubled =
                        FIRST_PAUSE.saturating_mul(1 << self.intake.foreign_rounds.min(8));
                    let pause = jittered(doubled.min(LONGEST_PAUSE), 0.3, &mut self.rng);
                    self.intake.foreign_rounds += 1;
                    self.intake.next = now.mono + pause;
                } else if any {
                    self.intake.foreign_rounds = 0;
                }
            }
            Err(failure) => self.receive_failed(now, failure),
        }
    }

    fn receive_failed(&mut self, now: Now, failure: Failure) {
        let doubled = FIRST_RETRY.saturating_mul(1 << self.intake.failures.min(8));
        self.intake.failures += 1;
        self.intake.last_kind = Some(failure.kind);
        self.intake.next = now.mono + jittered(doubled.min(LONGEST_RETRY), 0.2, &mut self.rng);
        if self.intake.failures.is_power_of_two() {
            let text = format!(
                "the queue cannot be read: {failure}; {}; messages wait there, trying again",
                sentences::cause(&failure)
            );
            self.log(Level::Warn, Code::Queue, text);
        }
        self.remember_error("queue", &failure);
        if matches!(failure.kind, FailureKind::Credentials | FailureKind::Signature) {
            self.out.push(Command::RefreshCredentials);
        }
        let since = self.machine.receive_failing.take().map_or(now.mono, |(since, _)| since);
        self.machine.receive_failing = Some((since, failure));
    }

    fn delivered(&mut self, now: Now, delivery: Delivery) -> Fate {
        if self.is_going_down() {
            // It came while the decision was made: whoever listens next shall have it.
            self.out.push(Command::Release(delivery.receipt, Duration::ZERO));
            return Fate::Left;
        }
        let message = match Message::read(&delivery.body) {
            Ok(message) => message,
            Err(malformed) => {
                if self.intake.log_once(&delivery.message_id) {
                    let text = format!(
                        "message {} is left for the dead-letter queue: {malformed}",
                        delivery.message_id
                    );
                    self.log(Level::Warn, Code::Malformed, text);
                }
                return Fate::Left;
            }
        };
        self.say_what_was_tolerated(&message);
        let ours = self.machine.instance_id.as_deref();
        if message.instance_id.is_some() && message.instance_id.as_deref() != ours {
            self.say(&delivery, || {
                format!(
                    "is for {}, not for this machine: handed back",
                    message.instance_id.as_deref().unwrap_or_default()
                )
            });
            self.out.push(Command::Release(delivery.receipt, Duration::ZERO));
            return Fate::HandedBack;
        }
        match message.kind {
            Kind::Start(start) => self.start_delivered(now, &delivery, message.session_id, start),
            Kind::Ready(token) => self.ready_delivered(now, &delivery, message.session_id, token),
            Kind::End(grace) => {
                self.end_delivered(now, &delivery, message.session_id.as_deref(), grace)
            }
            Kind::Notice(text) => {
                if self.intake.log_once(&delivery.message_id) {
                    self.log(Level::Info, Code::Message, "showing a notice to the user");
                    self.notify(Notification::Text(text));
                }
                self.out.push(Command::Delete(delivery.receipt));
                Fate::Used
            }
        }
    }

    fn end_delivered(
        &mut self,
        now: Now,
        delivery: &Delivery,
        session_id: Option<&str>,
        grace: Option<Duration>,
    ) -> Fate {
        let concerns_us = |live: &Live| match (live.session_id.as_deref(), session_id) {
            (Some(ours), Some(theirs)) => ours == theirs,
            (_, None) | (None, _) => true,
        };
        match &self.phase {
            Phase::Live(live) if session_id.is_none() && live.began_after(delivery.sent_at) => {
                self.say(delivery, || "ends a session before this one: acknowledged".into());
                self.out.push(Command::Delete(delivery.receipt));
                Fate::Used
            }
            Phase::Live(live) if concerns_us(live) => {
                self.remote_end(now, grace);
                self.save(now);
                self.when_durable(now, Then::Delete(delivery.receipt));
                Fate::Used
            }
            // The session goes on with another token, and then it is to end.
            Phase::Ending(ending) if ending.plan.outcome == Outcome::Extend => {
                let window = ending.live.cadence.window();
                self.park(delivery, window);
                Fate::Left
            }
            Phase::Ending(ending) if concerns_us(&ending.live) => self.done_already(delivery),
            Phase::Closed(closed) if concerns_us(&closed.live) => self.done_already(delivery),
            Phase::EndedElsewhere(gone) if concerns_us(&gone.live) => self.done_already(delivery),
            Phase::Waiting(_)
            | Phase::Live(_)
            | Phase::Ending(_)
            | Phase::Closed(_)
            | Phase::EndedElsewhere(_) => {
                // Standard queues do not keep order: its start may be still to come.
                self.say(delivery, || {
                    "ends a session that is not here (yet): it stays in the queue".into()
                });
                self.out.push(Command::Release(delivery.receipt, LATER));
                Fate::Left
            }
        }
    }

    fn done_already(&mut self, delivery: &Delivery) -> Fate {
        self.say(delivery, || "ends a session that is ending or over already".into());
        self.out.push(Command::Delete(delivery.receipt));
        Fate::Used
    }

    /// Leaves a message in the queue, out of sight, until the present session is over, but not for
    /// so long that a crash would cost it the `window` it has.
    pub(super) fn park(&mut self, delivery: &Delivery, window: Duration) {
        let hidden = (window / PARKED_SHARE).clamp(SHORTEST_PARKED, LONGEST_PARKED);
        self.out.push(Command::Release(delivery.receipt, hidden));
        let parked = &mut self.intake.parked;
        parked.retain(|(id, _)| *id != delivery.message_id);
        if parked.len() < MAX_PARKED {
            parked.push((delivery.message_id.clone(), delivery.receipt));
        }
    }

    /// The session is over, or found to be: what was left for later may be of use now.
    pub(super) fn let_parked_come_back(&mut self, now: Now) {
        for (_, receipt) in std::mem::take(&mut self.intake.parked) {
            self.out.push(Command::Release(receipt, Duration::ZERO));
        }
        self.intake.hurry(now);
    }

    /// Logs in which other forms than the contract's the sender writes, once for each set of them.
    fn say_what_was_tolerated(&mut self, message: &Message) {
        let forms: Vec<String> = message.tolerated.iter().map(ToString::to_string).collect();
        let text = format!(
            "a message was read as its sender meant it, although it is not written as documented: {}",
            forms.join("; ")
        );
        if !forms.is_empty() && self.intake.log_once(&text) {
            self.log(Level::Info, Code::Message, text);
        }
    }

    /// Logs what happens to a message, once for each message.
    pub(super) fn say(&mut self, delivery: &Delivery, what: impl FnOnce() -> String) {
        if self.intake.log_once(&delivery.message_id) {
            let text = format!("message {} {}", delivery.message_id, what());
            self.log(Level::Info, Code::Message, text);
        }
    }
}

/// What became of a delivery, as far as the next receive is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Used,
    Left,
    HandedBack,
}
