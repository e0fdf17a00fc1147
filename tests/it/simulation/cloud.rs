//! AWS as the agent reaches it: calls that take their time or are lost, the long poll, the role's key.

use std::time::Duration;

use deskbeat::session::interface::event::{CredentialProblem, KeyInfo};
use deskbeat::session::{Command, Delivery, Event, Failure, FailureKind, Receipt, TaskResult};

use crate::simulation::queue::Kind;
use crate::simulation::service::{self, State};
use crate::simulation::world::{Call, Happening, World};

const LONG_POLL: Duration = Duration::from_secs(20);
const KEEPER_EVERY: Duration = Duration::from_secs(240);

impl World {
    pub fn latency(&mut self) -> Duration {
        let most = if self.rng.u8(..20) == 0 { 1500 } else { 120 };
        Duration::from_millis(self.rng.u64(1..most))
    }

    pub fn send(&mut self, command: Command, timeout: Duration) {
        let call = Call {
            run: self.run,
            key: self.held_key,
            answered_by: self.now + timeout,
            lose_answer: self.flaky && self.rng.u8(..3) == 0,
            goes_silent: self.silent,
            command,
        };
        let arrival = self.now + self.latency();
        let lost = self.flaky && self.rng.u8(..3) == 0;
        if self.network && !self.silent && !lost {
            self.at(arrival, Happening::Arrive(call));
        } else {
            self.no_answer(&call);
        }
    }

    /// The caller gives up: at once when refused, else at its limit.
    fn no_answer(&mut self, call: &Call) {
        let refused = !call.goes_silent && self.rng.bool();
        let when = if refused { self.now } else { call.answered_by.max(self.now) };
        self.answer(call, when, Err(service::failure(FailureKind::Unreachable, "Timeout")));
    }

    fn answer(&mut self, call: &Call, when: Duration, answer: Result<Option<String>, Failure>) {
        if let Err(failure) = &answer {
            self.seen.failures.insert(failure.code.clone());
        }
        let event = match &call.command {
            Command::Beat { call, .. } => Event::BeatAnswered(*call, answer.map(|_| ())),
            Command::Close { call, .. } => Event::CloseAnswered(*call, answer),
            Command::Receive => match answer {
                Err(failure) => Event::Received(Err(failure)),
                Ok(_) => return,
            },
            _ => return,
        };
        self.at(when, Happening::Tell(call.run, event));
    }

    pub fn arrive(&mut self, call: Call) {
        if !self.network {
            self.no_answer(&call);
            return;
        }
        if self.scarce.is_some_and(|admitted| self.rng.u8(..100) >= admitted)
            && matches!(call.command, Command::Beat { .. } | Command::Close { .. })
        {
            let back = self.now + self.latency();
            let kind = FailureKind::Throttled;
            self.answer(&call, back, Err(service::failure(kind, "ThrottlingException")));
            return;
        }
        if let Some(kind) = self.service_fault {
            let back = self.now + self.latency();
            self.answer(&call, back, Err(service::failure(kind, &format!("{kind:?}"))));
            return;
        }
        let now = self.now;
        let outcome = match &call.command {
            Command::Beat { token, .. } => {
                self.service.beat(call.key, token.expose(), now).map(|()| None)
            }
            Command::Close { token, verdict, .. } => {
                let outcome = self.service.close(call.key, token.expose(), verdict, now);
                let wants_more =
                    matches!(verdict, TaskResult::Success(output) if output.contains("\"extend\""));
                if outcome.is_ok()
                    && wants_more
                    && let Some((takes, grant)) = self.grant.take()
                {
                    self.at(now + takes, Happening::Fault(grant));
                }
                outcome
            }
            Command::Receive => {
                self.poll_begins(&call);
                return;
            }
            Command::Delete(receipt) => {
                self.deleted(*receipt);
                return;
            }
            Command::Release(receipt, after) => {
                self.queue.release(*receipt, *after, now);
                return;
            }
            other => unreachable!("{other:?} is not a call"),
        };
        let back = now + self.latency();
        if call.lose_answer || self.silent || back > call.answered_by {
            let lost = service::failure(FailureKind::Unreachable, "AnswerLost");
            self.answer(&call, call.answered_by.max(now), Err(lost));
        } else {
            self.tell_service_time(call.run, back);
            self.answer(&call, back, outcome);
        }
    }

    /// Every answer says what AWS's clock says, in whole seconds, at the moment of its making.
    fn tell_service_time(&mut self, run: u64, back: Duration) {
        let at = self.wall(Duration::from_secs(self.now.as_secs()));
        self.at(back, Happening::Tell(run, Event::ServiceTime { at }));
    }

    fn deleted(&mut self, receipt: Receipt) {
        let Some(message) = self.queue.delete(receipt) else { return };
        self.nobody_elses_message_is_deleted(&message);
        match message.kind {
            Kind::Foreign | Kind::Malformed => {}
            Kind::Start(token) => {
                self.seen.acknowledged.entry(token).or_insert(self.now);
                self.no_token_lost();
            }
            Kind::Ready(token) => {
                let task = &self.service.tasks[&token];
                assert_ne!(task.state, State::Waiting, "a ready was deleted before its answer");
            }
            Kind::Word => {}
        }
    }

    fn poll_begins(&mut self, call: &Call) {
        if call.run != self.run {
            return;
        }
        self.polls += 1;
        self.polling = Some(self.polls);
        self.at(self.now + LONG_POLL, Happening::PollEnds(call.run, self.polls));
    }

    pub fn poll_ends(&mut self, run: u64, poll: u64) {
        if run == self.run && self.polling == Some(poll) {
            if self.silent {
                // The edge's own limit.
                let gives_up = self.now + Duration::from_secs(5);
                let lost = service::failure(FailureKind::Unreachable, "Timeout");
                self.polling = None;
                self.at(gives_up, Happening::Tell(run, Event::Received(Err(lost))));
                return;
            }
            self.polling = None;
            self.tell(Event::Received(Ok(Vec::new())));
        }
    }

    /// Hands out what is visible to the poll that waits, if the machine is awake.
    pub fn answer_poll(&mut self) {
        if self.network && self.orphan.is_some_and(|until| self.now < until) {
            // What a process that is gone was handed comes back when its time out of sight is over.
            let (now, rng) = (self.now, &mut self.rng);
            if !self.queue.receive(now, rng, || Receipt(0)).is_empty() {
                self.orphan = None;
            }
        }
        if self.silent
            || self.polling.is_none()
            || !self.network
            || !self.is_awake()
            || self.session.is_none()
        {
            return;
        }
        let Some(received) = self.hand_out() else { return };
        self.polling = None;
        let back = self.now + self.latency();
        self.tell_service_time(self.run, back);
        self.at(back, Happening::Tell(self.run, received));
    }

    /// What the queue gives to a poll now; `None` if it has nothing to give.
    pub fn hand_out(&mut self) -> Option<Event> {
        let mut receipts = self.receipts;
        let batch = self.queue.receive(self.now, &mut self.rng, || {
            receipts += 1;
            Receipt(receipts)
        });
        self.receipts = receipts;
        if batch.is_empty() {
            if let Some(next) = self.queue.next_visible() {
                // Look again when something becomes visible.
                self.tick_at(next);
            }
            return None;
        }
        let deliveries = batch.into_iter().map(|message| Delivery {
            receipt: message.receipt.unwrap(),
            message_id: message.id,
            sent_at: Some(self.wall(message.sent)),
            body: message.body,
        });
        Some(Event::Received(Ok(deliveries.collect())))
    }

    pub fn keep(&mut self, run: u64) {
        if run == self.run && self.session.is_some() {
            self.read_key();
            self.at(self.now + KEEPER_EVERY, Happening::Keep(run));
        }
    }

    pub fn read_key(&mut self) {
        let event = if self.imds {
            let (key, expires) = self.current_key;
            let changed = self.held_key.replace(key) != Some(key);
            Event::CredentialsLoaded(KeyInfo {
                source: "imds",
                key_suffix: format!("{key:04}"),
                expires_at: Some(self.wall(expires)),
                changed,
            })
        } else {
            Event::CredentialsFailed {
                problem: CredentialProblem::Unavailable,
                sentence: "IMDS does not answer.".into(),
            }
        };
        let when = self.now + self.latency();
        self.at(when, Happening::Tell(self.run, event));
    }

    /// The role gets a new key, as it does every hour; the old one lives on.
    pub fn rotate(&mut self, lives: Duration) {
        self.current_key = (self.current_key.0 + 1, self.now + lives);
        self.service.keys.insert(self.current_key.0, self.now + lives);
    }
}
