//! Custody of the messages that wait for this computer's agent while there is none.
//!
//! A pure state machine: inputs in, orders out, time as an argument. A start or ready message is
//! held out of sight by its visibility, never by receiving it again: each receive brings it nearer to
//! the dead-letter queue. So custody costs a message one receive, however long the script runs.
//! `session::contract::message` judges the form; `driver` carries the orders out.

mod held;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::session::backoff::jittered;
use crate::session::contract::message::{Message, MessageKind};
use crate::session::interface::token::Fingerprint;
use crate::session::words::codes::Code;
use crate::session::{
    CallId, Delivery, Failure, FailureKind, Level, LogLine, Mono, Now, Receipt, TaskToken,
};

use held::{HeldMessage, Reported};

/// The longest wait of one receive. Source: API reference of ReceiveMessage, WaitTimeSeconds.
const LONG_POLL: Duration = Duration::from_secs(20);
/// No two receives begin within this time.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// After a receive that failed, or brought only what is not ours; doubled up to the longest.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(20);
/// A message without a heartbeat stays hidden for this long at a time, renewed at a third of it: if
/// we are killed, it comes back then.
const LONGEST_HOLD: Duration = Duration::from_secs(60);
const SHORTEST_HOLD: Duration = Duration::from_secs(12);
/// The first look is short, so that it is soon known whether the queue can be asked at all; all of
/// SQS's servers are asked even so. Source: SQS Developer Guide, "long polling".
const FIRST_LOOK: Duration = Duration::from_secs(1);
/// However short the wait: finding the queue takes a moment, and one look is taken unless it is known
/// what stands in the way.
const TIME_TO_LOOK: Duration = Duration::from_secs(3);
/// What was found is reported for at least this long before it is given up.
const TIME_TO_REPORT: Duration = Duration::from_secs(30);

/// What happened.
#[derive(Debug)]
pub(crate) enum CustodyInput {
    /// Something that was planned is due.
    Tick,
    /// Which computer this is.
    Identified(String),
    /// The queue can be asked.
    QueueFound,
    /// The edge has said why the queue cannot be asked.
    Hindered,
    /// There are other credentials than before.
    NewKey,
    /// A receive came back.
    Received(Result<Vec<Delivery>, Failure>),
    /// A beat was answered.
    BeatAnswered(CallId, Result<(), Failure>),
    /// A SendTaskFailure was answered, with the request id if it was accepted.
    FailureAnswered(CallId, Result<Option<String>, Failure>),
    /// A message could not be kept out of sight any longer.
    LetGo(Receipt),
    /// The journal holds this token as finished, or cannot.
    Noted(Fingerprint),
    /// Report this to whatever token waits, or comes until then.
    Report { error: String, cause: String, until: Mono },
    /// Hand everything back, for the agent.
    HandBack,
}

/// What to do, in this order.
#[derive(Debug, PartialEq)]
pub(crate) enum CustodyOrder {
    /// One poll of the queue of this length.
    Receive(Duration),
    /// Out of sight for so long; zero: handed back.
    Hide(Receipt, Duration),
    /// SendTaskHeartbeat.
    Beat { call: CallId, token: TaskToken, timeout: Duration },
    /// SendTaskFailure.
    Fail { call: CallId, token: TaskToken, error: String, cause: String },
    /// Journal the token as finished; answer `Noted`.
    Note(Fingerprint),
    /// Delete the message: it is done with.
    Delete(Receipt),
    /// The service refused the key.
    RefreshCredentials,
    /// A line for the log.
    Log(LogLine),
    /// What became of a `Report`.
    Reported(ReportOutcome),
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReportOutcome {
    /// The service accepted it.
    Accepted { request_id: Option<String> },
    /// Every token that waited was over already.
    Over,
    /// The queue was asked, and no token waits.
    NothingWaits,
    /// The queue could not be asked; the last failure, if there was one.
    NotAsked(Option<Failure>),
    /// A token waits, and the service did not accept it.
    NotAccepted(Failure),
}

/// What is to become of what is held.
#[derive(Debug)]
enum Aim {
    /// Hold it, and beat.
    Hold,
    /// Report a failure.
    Report(Box<Telling>),
    /// Hand it back.
    HandBack,
}

#[derive(Debug)]
struct Telling {
    error: String,
    cause: String,
    since: Mono,
    until: Mono,
    /// When the first token was there to report to.
    found: Option<Mono>,
    accepted: Option<Option<String>>,
    any_over: bool,
    failure: Option<Failure>,
}

/// Custody of one computer's messages.
#[derive(Debug)]
pub(crate) struct Custody {
    rng: fastrand::Rng,
    instance_id: Option<String>,
    queue_found: bool,
    /// It is known what keeps us from asking the queue.
    hindered: bool,
    receiving: bool,
    next_receive: Mono,
    /// Receives in a row that failed, or brought only what is not ours.
    fruitless: u32,
    /// The queue has answered once.
    asked: bool,
    receive_failure: Option<Failure>,
    next_call: u64,
    held: Vec<HeldMessage>,
    logged: BTreeSet<String>,
    aim: Aim,
    out: Vec<CustodyOrder>,
}

impl Custody {
    pub(crate) fn new(now: Now, seed: u64) -> Self {
        Self {
            rng: fastrand::Rng::with_seed(seed),
            instance_id: None,
            queue_found: false,
            hindered: false,
            receiving: false,
            next_receive: now.mono,
            fruitless: 0,
            asked: false,
            receive_failure: None,
            next_call: 0,
            held: Vec::new(),
            logged: BTreeSet::new(),
            aim: Aim::Hold,
            out: Vec::new(),
        }
    }

    /// True while a token waits here for the script's end.
    pub(crate) fn holds_a_token(&self) -> bool {
        self.held.iter().any(|held| held.token.is_some() && !held.is_finished())
    }

    /// Takes one input and says what to do.
    pub(crate) fn handle(&mut self, now: Now, input: CustodyInput) -> Vec<CustodyOrder> {
        match input {
            CustodyInput::Tick => {}
            CustodyInput::Identified(instance_id) => self.instance_id = Some(instance_id),
            CustodyInput::QueueFound => (self.queue_found, self.hindered) = (true, false),
            CustodyInput::Hindered => self.hindered = true,
            CustodyInput::NewKey => {
                self.hindered = false;
                self.new_key(now);
            }
            CustodyInput::Received(answer) => self.received(now, answer),
            CustodyInput::BeatAnswered(call, answer) => self.beat_answered(now, call, answer),
            CustodyInput::FailureAnswered(call, answer) => self.failure_answered(now, call, answer),
            CustodyInput::LetGo(receipt) => {
                if let Some(held) = self.held.iter_mut().find(|held| held.has(receipt)) {
                    held.let_go = true;
                    self.next_receive = self.next_receive.min(now.mono);
                }
            }
            CustodyInput::Noted(fingerprint) => self.noted(&fingerprint),
            CustodyInput::Report { error, cause, until } => {
                self.aim = Aim::Report(Box::new(Telling {
                    error,
                    cause,
                    since: now.mono,
                    until,
                    found: None,
                    accepted: None,
                    any_over: false,
                    failure: None,
                }));
            }
            CustodyInput::HandBack => {
                self.aim = Aim::HandBack;
                self.hand_back_all();
            }
        }
        self.advance(now);
        std::mem::take(&mut self.out)
    }

    /// When to call [`Custody::handle`] with [`CustodyInput::Tick`], if nothing happens before.
    pub(crate) fn next_deadline(&self) -> Option<Mono> {
        let receive = (self.wants_messages() && !self.receiving).then_some(self.next_receive);
        let renewals = self.held.iter().map(|held| held.renew_at);
        let calls = self.held.iter().filter_map(|held| match self.aim {
            Aim::Hold => held.beat_due(),
            Aim::Report(_) => held.report_due(),
            Aim::HandBack => None,
        });
        let end = match &self.aim {
            Aim::Report(report) => Some(self.ends(report)),
            Aim::Hold | Aim::HandBack => None,
        };
        receive.into_iter().chain(renewals).chain(calls).chain(end).min()
    }

    /// Nobody can judge a message before the computer knows itself. One token is enough: more in
    /// custody would be more receives.
    fn wants_messages(&self) -> bool {
        let known = self.instance_id.is_some() && self.queue_found;
        let has = self.held.iter().any(|held| held.token.is_some() && !held.let_go);
        let over = match &self.aim {
            Aim::Hold => false,
            Aim::Report(report) => report.accepted.is_some(),
            Aim::HandBack => true,
        };
        known && !has && !over
    }

    fn advance(&mut self, now: Now) {
        if self.wants_messages() && !self.receiving && self.next_receive <= now.mono {
            self.receiving = true;
            self.next_receive = now.mono + SHORTEST_PAUSE;
            let wait = match &self.aim {
                Aim::Report(report) => now.mono.until(report.until).clamp(FIRST_LOOK, LONG_POLL),
                Aim::Hold | Aim::HandBack if !self.asked => FIRST_LOOK,
                Aim::Hold | Aim::HandBack => LONG_POLL,
            };
            self.out.push(CustodyOrder::Receive(wait));
        }
        for held in &mut self.held {
            if held.renew_at <= now.mono {
                held.renew_at = now.mono + held.hold / 3;
                let hold = held.hold;
                self.out.extend(held.receipts.iter().map(|(_, it)| CustodyOrder::Hide(*it, hold)));
            }
        }
        match &self.aim {
            Aim::Hold => self.beat(now),
            Aim::Report(_) => self.report(now),
            Aim::HandBack => {}
        }
    }

    fn new_key(&mut self, now: Now) {
        self.next_receive = self.next_receive.min(now.mono);
        for held in &mut self.held {
            held.new_key(now);
        }
    }

    fn received(&mut self, now: Now, answer: Result<Vec<Delivery>, Failure>) {
        self.receiving = false;
        let batch = match answer {
            Ok(batch) => batch,
            Err(failure) => {
                if self.fruitless.is_power_of_two() || self.receive_failure.is_none() {
                    self.log(Level::Warn, Code::Queue, format!("cannot read the queue: {failure}"));
                }
                if matches!(failure.kind, FailureKind::Credentials | FailureKind::Signature) {
                    self.out.push(CustodyOrder::RefreshCredentials);
                }
                self.receive_failure = Some(failure);
                self.pause(now);
                return;
            }
        };
        (self.asked, self.receive_failure) = (true, None);
        let any = !batch.is_empty();
        let mut any_ours = false;
        for delivery in batch {
            any_ours |= self.delivered(now, delivery);
        }
        match any && !any_ours {
            true => self.pause(now),
            false => self.fruitless = 0,
        }
    }

    /// Leaves the queue to the others for a while.
    fn pause(&mut self, now: Now) {
        let doubled = FIRST_RETRY.saturating_mul(1 << self.fruitless.min(8)).min(LONGEST_RETRY);
        self.fruitless += 1;
        self.next_receive = now.mono + jittered(doubled, 0.2, &mut self.rng);
    }

    /// Judges a message as the agent would. True if it is ours.
    fn delivered(&mut self, now: Now, delivery: Delivery) -> bool {
        let (id, receipt) = (delivery.message_id.clone(), delivery.receipt);
        if matches!(self.aim, Aim::HandBack) {
            self.out.push(CustodyOrder::Hide(receipt, Duration::ZERO));
            return true;
        }
        let message = match Message::read(&delivery.body) {
            Ok(message) => message,
            Err(malformed) => {
                let text = format!("message {id} is left for the dead-letter queue: {malformed}");
                self.log_once(Level::Warn, Code::Malformed, &id, text);
                return false;
            }
        };
        if message.instance_id.is_some() && message.instance_id != self.instance_id {
            let text = format!("message {id} is not for this computer: handed back");
            self.log_once(Level::Info, Code::Message, &id, text);
            self.out.push(CustodyOrder::Hide(receipt, Duration::ZERO));
            return false;
        }
        let (token, heartbeat) = match message.kind {
            MessageKind::Start(start) => (Some(start.token), start.heartbeat),
            MessageKind::Ready(token) => (Some(token), None),
            MessageKind::End(_) | MessageKind::Notice(_) => (None, None),
        };
        let known = self.held.iter_mut().find(|held| match &token {
            Some(token) => held.token.as_ref() == Some(token),
            None => held.is(&id),
        });
        if let Some(held) = known {
            held.came_again(id, receipt);
            held.renew_at = now.mono;
            return true;
        }
        let what = match &token {
            Some(token) => format!("has task token {}", token.fingerprint()),
            None => "is for a session's agent".into(),
        };
        let text = format!("message {id} {what}: held for as long as the start-up lasts");
        self.log_once(Level::Info, Code::Message, &id, text);
        let hold = heartbeat.map_or(LONGEST_HOLD, |window| window / 4);
        let hold = hold.clamp(SHORTEST_HOLD, LONGEST_HOLD);
        self.held.push(HeldMessage::new(now, (id, receipt), token, heartbeat, hold));
        true
    }

    fn beat(&mut self, now: Now) {
        for held in &mut self.held {
            if held.beat_due().is_none_or(|due| due > now.mono) {
                continue;
            }
            self.next_call += 1;
            self.out.extend(held.beat(CallId(self.next_call), now));
        }
    }

    fn beat_answered(&mut self, now: Now, call: CallId, answer: Result<(), Failure>) {
        let Some(at) = self.held.iter().position(|held| held.beats_with(call)) else { return };
        let held = &mut self.held[at];
        let failure = match answer {
            Ok(()) => return held.beat_accepted(call, now, &mut self.rng),
            Err(failure) => failure,
        };
        if let FailureKind::TokenOver(_) = failure.kind {
            return self.over(at, &failure);
        }
        if held.beat_failed(call, failure.clone(), now, &mut self.rng) {
            let text = format!("a beat of the session that waits failed: {failure}; trying again");
            self.log(Level::Warn, Code::AtRisk, text);
        }
        if matches!(failure.kind, FailureKind::Credentials | FailureKind::Signature) {
            self.out.push(CustodyOrder::RefreshCredentials);
        }
    }

    /// The service knows the token no more, or never did.
    fn over(&mut self, at: usize, failure: &Failure) {
        let held = &mut self.held[at];
        if held.may_never_have_been_a_token(failure) {
            // The agent's rule: what was never accepted is malformed, and not ours to delete.
            let held = self.held.remove(at);
            let text = format!(
                "message {} has no task token that Step Functions knows ({}): left for the \
                 dead-letter queue",
                held.id(),
                failure.code
            );
            self.log(Level::Warn, Code::Malformed, text);
            return;
        }
        let text = format!("the task of message {} is over: {failure}", held.id());
        let note = held.finish();
        self.out.extend(note);
        self.log(Level::Info, Code::EndedElsewhere, text);
    }

    fn report(&mut self, now: Now) {
        let Aim::Report(report) = &mut self.aim else { return };
        for held in &mut self.held {
            let Some(due) = held.report_due() else { continue };
            report.found.get_or_insert(now.mono);
            if due <= now.mono {
                self.next_call += 1;
                let (error, cause) = (report.error.clone(), report.cause.clone());
                self.out.extend(held.report(CallId(self.next_call), error, cause));
            }
        }
        let Aim::Report(report) = &self.aim else { return };
        let pending = self.held.iter().any(|held| held.token.is_some());
        let is_over = now.mono >= self.ends(report);
        let outcome = match (&report.accepted, pending) {
            (Some(request_id), false) => ReportOutcome::Accepted { request_id: request_id.clone() },
            (Some(request_id), true) if is_over => {
                ReportOutcome::Accepted { request_id: request_id.clone() }
            }
            (None, true) if is_over => match report.failure.clone() {
                Some(failure) => ReportOutcome::NotAccepted(failure),
                None => ReportOutcome::NotAsked(None),
            },
            (None, false) if is_over && report.any_over => ReportOutcome::Over,
            (None, false) if is_over && self.asked => ReportOutcome::NothingWaits,
            (None, false) if is_over => ReportOutcome::NotAsked(self.receive_failure.clone()),
            (_, true) | (None, false) => return,
        };
        // What is held stays so until `HandBack`: each return to the queue would be a receive more.
        self.aim = Aim::Hold;
        self.next_receive = self.next_receive.max(now.mono + SHORTEST_PAUSE);
        self.out.push(CustodyOrder::Reported(outcome));
    }

    /// When a report is given up.
    fn ends(&self, report: &Telling) -> Mono {
        match report.found {
            Some(found) => report.until.max(found + TIME_TO_REPORT),
            None if self.asked || self.hindered || self.receive_failure.is_some() => report.until,
            None => report.until.max(report.since + TIME_TO_LOOK),
        }
    }

    fn failure_answered(
        &mut self,
        now: Now,
        call: CallId,
        answer: Result<Option<String>, Failure>,
    ) {
        let Some(at) = self.held.iter().position(|held| held.reports_with(call)) else { return };
        let held = &mut self.held[at];
        let reported = held.reported(answer, now, &mut self.rng);
        let Aim::Report(report) = &mut self.aim else { return };
        match reported {
            Reported::Accepted(request_id) => {
                let text = format!(
                    "the workflow was told that the start-up failed with {} (request {})",
                    report.error,
                    request_id.as_deref().unwrap_or("unknown")
                );
                report.accepted = Some(request_id);
                let note = held.finish();
                self.out.extend(note);
                self.log(Level::Info, Code::StartupFailed, text);
            }
            Reported::Over(failure) => {
                report.any_over = true;
                self.over(at, &failure);
            }
            Reported::Retry(failure) => {
                if matches!(failure.kind, FailureKind::Credentials | FailureKind::Signature) {
                    self.out.push(CustodyOrder::RefreshCredentials);
                }
                let text = format!("the failure cannot be reported: {failure}; trying again");
                report.failure = Some(failure);
                self.log(Level::Warn, Code::StartupFailed, text);
            }
        }
    }

    /// What is finished in the journal is deleted from the queue.
    fn noted(&mut self, fingerprint: &Fingerprint) {
        let Some(at) = self.held.iter().position(|held| held.awaits_note_of(fingerprint)) else {
            return;
        };
        let held = self.held.remove(at);
        self.out
            .extend(held.receipts.into_iter().map(|(_, receipt)| CustodyOrder::Delete(receipt)));
    }

    /// A message whose token is told already is not handed back: its deletion is under way.
    fn hand_back_all(&mut self) {
        let (kept, back) = self.held.drain(..).partition(HeldMessage::is_finished);
        self.held = kept;
        let back: Vec<HeldMessage> = back;
        let receipts = back.into_iter().flat_map(|held| held.receipts);
        self.out.extend(receipts.map(|(_, receipt)| CustodyOrder::Hide(receipt, Duration::ZERO)));
    }

    fn log(&mut self, level: Level, code: Code, text: String) {
        self.out.push(CustodyOrder::Log(LogLine { level, code, text }));
    }

    fn log_once(&mut self, level: Level, code: Code, message_id: &str, text: String) {
        if self.logged.insert(message_id.to_owned()) {
            self.log(level, code, text);
        }
    }
}
