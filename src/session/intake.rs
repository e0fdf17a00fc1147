//! What to do with messages: take, acknowledge, hand back or leave; and when to ask for more.
//! `message` judges a body's form; here is decided what follows from it.

use std::collections::VecDeque;
use std::time::Duration;

use super::cadence::jittered;
use super::event::{CallId, Delivery, Receipt};
use super::failure::{Failure, FailureKind};
use super::journaling::Then;
use super::live::{Live, Same, same};
use super::message::{Kind, Message, Start};
use super::output::{Outcome, Output};
use super::time::{Mono, Now};
use super::token::TaskToken;
use super::wording::{self, code};
use super::{AfterEnd, Command, Level, Notification, Phase, Session, Verdict};

/// How long a message that we cannot use now stays hidden before it comes again.
const LATER: Duration = Duration::from_secs(30);
/// The same where it is likely to be usable very soon.
const SOON: Duration = Duration::from_secs(1);
/// After handing back another machine's message, leave the queue to the others for this long;
/// doubled while nothing else comes.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// The first and the longest wait after a receive that failed.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// How many message ids are remembered, to log each once.
const MAX_LOGGED: usize = 256;
/// How many `ready` messages are answered at a time; more stay in the queue.
const MAX_READY: usize = 8;
/// How long the answer to a `ready` may take.
const READY_CALL: Duration = Duration::from_secs(10);

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
    ready: Vec<Ready>,
}

/// A `ready` that is being answered. Its message is its journal: deleted only once accepted.
#[derive(Debug)]
struct Ready {
    token: TaskToken,
    receipt: Receipt,
    session_id: Option<String>,
    call: Option<CallId>,
    next: Mono,
    attempts: u32,
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
            ready.next = ready.next.min(now.mono);
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
        let receive = (self.may_receive() && !self.intake.receiving).then_some(self.intake.next);
        let ready =
            self.intake.ready.iter().filter(|ready| ready.call.is_none()).map(|ready| ready.next);
        receive.into_iter().chain(ready).min()
    }

    /// Nobody can judge a message before the machine knows itself, and no session begins on a
    /// machine that goes down.
    fn may_receive(&self) -> bool {
        let known = self.machine.instance_id.is_some()
            && self.machine.queue_url.is_some()
            && self.machine.key.is_some();
        let going_down = self.os_ending.is_some()
            || matches!(&self.phase, Phase::Closed(closed)
                if closed.after != AfterEnd::None && closed.after_problem.is_none());
        known && !going_down
    }

    pub(super) fn advance_intake(&mut self, now: Now) {
        if self.may_receive() && !self.intake.receiving && self.intake.next <= now.mono {
            self.intake.receiving = true;
            self.out.push(Command::Receive);
        }
        let due: Vec<usize> = (0..self.intake.ready.len())
            .filter(|&i| {
                self.intake.ready[i].call.is_none() && self.intake.ready[i].next <= now.mono
            })
            .collect();
        for i in due {
            let call = self.next_call();
            let output = self.ready_output(self.intake.ready[i].session_id.clone());
            let ready = &mut self.intake.ready[i];
            ready.call = Some(call);
            ready.attempts += 1;
            let token = ready.token.clone();
            let verdict = Verdict::Success(output);
            self.out.push(Command::Close { call, token, verdict, timeout: READY_CALL });
        }
    }

    pub(super) fn received(&mut self, now: Now, answer: Result<Vec<Delivery>, Failure>) {
        self.intake.receiving = false;
        match answer {
            Ok(batch) => {
                if self.machine.receive_failing.take().is_some() {
                    self.log(Level::Info, code::QUEUE, "the queue can be read again");
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
                wording::cause(&failure)
            );
            self.log(Level::Warn, code::QUEUE, text);
        }
        self.remember_error("queue", &failure);
        if matches!(failure.kind, FailureKind::Credentials | FailureKind::Signature) {
            self.out.push(Command::RefreshCredentials);
        }
        let since = self.machine.receive_failing.take().map_or(now.mono, |(since, _)| since);
        self.machine.receive_failing = Some((since, failure));
    }

    fn delivered(&mut self, now: Now, delivery: Delivery) -> Fate {
        let message = match Message::read(&delivery.body) {
            Ok(message) => message,
            Err(malformed) => {
                if self.intake.log_once(&delivery.message_id) {
                    let text = format!(
                        "message {} is left for the dead-letter queue: {malformed}",
                        delivery.message_id
                    );
                    self.log(Level::Warn, code::MALFORMED, text);
                }
                return Fate::Left;
            }
        };
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
                self.log(Level::Info, code::MESSAGE, "showing a notice to the user");
                self.notify(Notification::Text(text));
                self.out.push(Command::Delete(delivery.receipt));
                Fate::Used
            }
        }
    }

    fn start_delivered(
        &mut self,
        now: Now,
        delivery: &Delivery,
        session_id: Option<String>,
        start: Start,
    ) -> Fate {
        let fingerprint = start.token.fingerprint();
        if self.journaling.finished.contains(&fingerprint) {
            self.say(delivery, || format!("repeats a finished session's token {fingerprint}"));
            self.out.push(Command::Delete(delivery.receipt));
            return Fate::Used;
        }
        let living = match &self.phase {
            Phase::Live(live) => Some(live.as_ref()),
            Phase::Ending(ending) => Some(&ending.live),
            Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => None,
        };
        let Some(live) = living else {
            self.take(now, delivery, session_id, start);
            return Fate::Used;
        };
        if live.fingerprint == fingerprint {
            self.say(delivery, || format!("repeats the present session's token {fingerprint}"));
            self.when_durable(Then::Delete(delivery.receipt));
            return Fate::Used;
        }
        match live.same_session(session_id.as_deref(), start.execution_arn.as_deref()) {
            Same::Yes => {
                self.replace(now, delivery, session_id, start);
                Fate::Used
            }
            Same::No => {
                self.say(delivery, || {
                    "starts another session while this one is alive: it stays in the queue".into()
                });
                self.out.push(Command::Release(delivery.receipt, LATER));
                Fate::Left
            }
            Same::CannotTell => {
                // If it is a retry, our own token is over: a beat tells.
                let seen = self.intake.logged.contains(&delivery.message_id);
                let window = start.heartbeat.unwrap_or(self.settings.heartbeat);
                let hidden = if seen { LATER.min(window / 4).max(SOON) } else { SOON };
                self.say(delivery, || {
                    "has a task token without session id while another is alive: it stays in the \
                     queue until a beat has told whether the present one still is"
                        .into()
                });
                if let Some(live) = self.living_mut() {
                    live.cadence.hurry(now);
                }
                self.out.push(Command::Release(delivery.receipt, hidden));
                Fate::Left
            }
        }
    }

    /// A session begins.
    fn take(&mut self, now: Now, delivery: &Delivery, session_id: Option<String>, start: Start) {
        let (mut live, warning) =
            Live::start(now, &self.settings, session_id, start, delivery.sent_at);
        if let Some(warning) = warning {
            self.log(Level::Warn, code::CLOCK, warning);
        }
        let before = match std::mem::replace(&mut self.phase, Phase::Waiting(None)) {
            Phase::Waiting(Some(extension)) => Some(extension.before),
            Phase::EndedElsewhere(gone) => Some(gone.live),
            Phase::Waiting(None) | Phase::Live(_) | Phase::Ending(_) | Phase::Closed(_) => None,
        };
        let before = before.filter(|before| {
            let ids = (live.session_id.as_deref(), live.execution_arn.as_deref());
            same((before.session_id.as_deref(), before.execution_arn.as_deref()), ids) == Same::Yes
        });
        let text = format!(
            "session {} taken: task token {}, heartbeat window {} s, {}",
            live.session_id.as_deref().unwrap_or("without id"),
            live.fingerprint,
            live.cadence.window().as_secs(),
            match live.ends_at(now) {
                Some(at) => format!("TimeoutSeconds ends it at {at}"),
                None => "end not known (no timeoutSeconds in the message)".into(),
            }
        );
        self.log(Level::Info, code::STARTED, text);
        let ends_at = live.ends_at(now);
        match before {
            Some(before) => {
                live = before.replaced_by(live);
                self.notify(Notification::Extended { ends_at });
            }
            None => self.notify(Notification::Started { ends_at }),
        }
        self.phase = Phase::Live(Box::new(live));
        self.save(now);
        self.when_durable(Then::Delete(delivery.receipt));
    }

    /// The same session's new token takes the old one's place.
    fn replace(&mut self, now: Now, delivery: &Delivery, session_id: Option<String>, start: Start) {
        let (new, warning) = Live::start(now, &self.settings, session_id, start, delivery.sent_at);
        if let Some(warning) = warning {
            self.log(Level::Warn, code::CLOCK, warning);
        }
        let Some(live) = self.living_mut() else { return };
        let old = live.fingerprint.clone();
        let new = live.replaced_by(new);
        let text =
            format!("task token {} of the same session takes {old}'s place", new.fingerprint);
        self.log(Level::Info, code::REPLACED, text);
        self.journaling.finish(old);
        let intent = self.journaling.revision() + 1;
        match &mut self.phase {
            Phase::Live(live) => **live = new,
            Phase::Ending(ending) => ending.new_token(new, intent, now),
            Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {}
        }
        self.save(now);
        self.when_durable(Then::Delete(delivery.receipt));
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
            Phase::Live(live) if concerns_us(live) => {
                self.remote_end(now, grace);
                self.save(now);
                self.when_durable(Then::Delete(delivery.receipt));
                Fate::Used
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

    fn ready_delivered(
        &mut self,
        now: Now,
        delivery: &Delivery,
        session_id: Option<String>,
        token: TaskToken,
    ) -> Fate {
        let known = self.intake.ready.iter_mut().find(|ready| ready.token == token);
        if let Some(ready) = known {
            ready.receipt = delivery.receipt;
        } else if self.intake.ready.len() < MAX_READY {
            self.intake.ready.push(Ready {
                token,
                receipt: delivery.receipt,
                session_id,
                call: None,
                next: now.mono,
                attempts: 0,
            });
        }
        Fate::Used
    }

    fn ready_output(&self, session_id: Option<String>) -> String {
        let output = Output {
            outcome: Outcome::Ready,
            reason: None,
            reason_text: None,
            session_id,
            instance_id: self.machine.instance_id.clone(),
            user: self.settings.local_user.clone(),
            started_at: None,
            ended_at: None,
            last_beat_at: None,
            beats: 0,
            version: env!("CARGO_PKG_VERSION").into(),
        };
        // Serialising plain fields into memory cannot fail; were it to, the least output still answers.
        serde_json::to_string(&output).unwrap_or_else(|_| "{}".into())
    }

    /// Takes the answer to a `ready`. False if `call` was none.
    pub(super) fn ready_answered(
        &mut self,
        now: Now,
        call: CallId,
        answer: &Result<Option<String>, Failure>,
    ) -> bool {
        let Some(i) = self.intake.ready.iter().position(|ready| ready.call == Some(call)) else {
            return false;
        };
        let over = matches!(answer, Err(Failure { kind: FailureKind::TokenOver(_), .. }));
        if over || answer.is_ok() {
            let ready = self.intake.ready.remove(i);
            let text = if over {
                "a ready message was answered before, or its workflow is over"
            } else {
                "told the workflow that an agent and a user are ready"
            };
            self.log(Level::Info, code::READY, text);
            self.out.push(Command::Delete(ready.receipt));
            return true;
        }
        let ready = &mut self.intake.ready[i];
        ready.call = None;
        let wait = FIRST_RETRY.saturating_mul(1 << (ready.attempts - 1).min(8)).min(LONGEST_RETRY);
        ready.next = now.mono + jittered(wait, 0.2, &mut self.rng);
        if let Err(failure) = answer {
            self.remember_error("ready", failure);
            if matches!(failure.kind, FailureKind::Credentials | FailureKind::Signature) {
                self.out.push(Command::RefreshCredentials);
            }
        }
        true
    }

    /// Logs what happens to a message, once for each message.
    fn say(&mut self, delivery: &Delivery, what: impl FnOnce() -> String) {
        if self.intake.log_once(&delivery.message_id) {
            let text = format!("message {} {}", delivery.message_id, what());
            self.log(Level::Info, code::MESSAGE, text);
        }
    }
}

/// What became of a delivery, as far as the next receive is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Used,
    Left,
    HandedBack,
}
