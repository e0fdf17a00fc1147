//! The world round the core: carries out its commands with delays and faults, and checks the
//! invariants at every step.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use deskbeat::session::event::{CredentialProblem, KeyInfo, OsEnding};
use deskbeat::session::{
    AskId, Command, Delivery, Event, Failure, FailureKind, Mono, Notification, Now, Receipt, Reply,
    Session, Settings, State as Shown,
};
use jiff::Timestamp;

use crate::disk::Disk;
use crate::queue::{Kind, Queue};
use crate::service::{self, Service, State};

pub const INSTANCE: &str = "i-0123456789abcdef0";
const LONG_POLL: Duration = Duration::from_secs(20);
const KEEPER_EVERY: Duration = Duration::from_secs(240);

/// Something that will happen at a time.
#[derive(Clone, Debug)]
pub enum Happening {
    /// An answer or report to the agent of that run.
    Tell(u64, Event),
    /// A request reaches AWS.
    Arrive(Call),
    /// A write to the journal ends.
    Written(u64, u64),
    /// The keeper of that run reads the role's key.
    Keep(u64),
    /// The session's own deadline.
    Tick,
    PollEnds(u64),
    /// The agent comes back, unless it went down again meanwhile.
    Start { of: u64, reboot: bool },
    Fault(Fault),
}

/// A request on its way to AWS.
#[derive(Clone, Debug)]
pub struct Call {
    run: u64,
    command: Command,
    key: Option<u64>,
    answered_by: Duration,
    lose_answer: bool,
}

/// What the scenario does to the world.
#[derive(Clone, Debug)]
pub enum Fault {
    Network(bool),
    Imds(bool),
    /// The service answers every call so, until cleared.
    Service(Option<FailureKind>),
    Disk(bool),
    Rotate(Duration),
    ExpireAll,
    Crash(Duration),
    Reboot(Duration),
    Sleep(Duration),
    Abort(String),
    Send(Kind, String),
    Duplicate,
    NewTask(String, Duration, Duration, Kind, String),
    Ask(deskbeat::session::Request),
    Os(OsEnding, bool),
    Announce(deskbeat::session::event::Announcement),
}

pub struct World {
    pub now: Duration,
    pub rng: fastrand::Rng,
    pub service: Service,
    pub queue: Queue,
    pub disk: Disk,
    pub session: Option<Session>,
    pub settings: Settings,
    booted: Duration,
    asleep_until: Option<Duration>,
    run: u64,
    heap: BinaryHeap<Reverse<(Duration, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    order: u64,
    receipts: u64,
    polling: Option<u64>,
    network: bool,
    imds: bool,
    service_fault: Option<FailureKind>,
    current_key: (u64, Duration),
    held_key: Option<u64>,
    asks: u64,
    shut_down_anyway: bool,
    verbose: bool,
    /// Since when nothing is wrong, the agent runs and the network works.
    healthy_since: Option<Duration>,
    pub replies: BTreeMap<u64, Reply>,
    pub after_ends: u32,
    pub crashes: u32,
    pub let_go: u32,
    pub notified: Vec<Notification>,
    pub shown: BTreeSet<String>,
    pub failures_seen: BTreeSet<String>,
    /// Tokens whose start message was deleted.
    pub acknowledged: BTreeSet<String>,
}

impl World {
    pub fn new(seed: u64, settings: Settings, verbose: bool) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let queue =
            Queue { visibility: Duration::from_secs(rng.u64(5..60)), ..Default::default() };
        let mut world = Self {
            now: Duration::from_secs(1000),
            service: Service::default(),
            queue,
            disk: Disk::default(),
            session: None,
            settings,
            booted: Duration::from_secs(rng.u64(0..1000)),
            asleep_until: None,
            run: 0,
            heap: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            order: 0,
            receipts: 0,
            polling: None,
            network: true,
            imds: true,
            service_fault: None,
            current_key: (0, Duration::ZERO),
            held_key: None,
            asks: 0,
            shut_down_anyway: false,
            verbose,
            healthy_since: None,
            replies: BTreeMap::new(),
            after_ends: 0,
            crashes: 0,
            let_go: 0,
            notified: Vec::new(),
            shown: BTreeSet::new(),
            failures_seen: BTreeSet::new(),
            acknowledged: BTreeSet::new(),
            rng,
        };
        world.rotate(Duration::from_secs(6 * 3600));
        world.start_agent();
        world
    }

    pub fn at(&mut self, when: Duration, what: Happening) {
        self.order += 1;
        self.heap.push(Reverse((when.max(self.now), self.order)));
        self.happenings.insert(self.order, what);
    }

    pub fn now_for_agent(&self) -> Now {
        let start: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        Now { mono: Mono::at(self.now - self.booted), wall: start.checked_add(self.now).unwrap() }
    }

    fn say(&self, what: impl FnOnce() -> String) {
        if self.verbose {
            println!("{:>12.3} {}", self.now.as_secs_f64(), what());
        }
    }

    /// Lives on until `end`.
    pub fn run_until(&mut self, end: Duration) {
        let mut steps = 0u64;
        while let Some(Reverse((when, order))) = self.heap.peek().copied() {
            if when > end {
                break;
            }
            self.heap.pop();
            let Some(what) = self.happenings.remove(&order) else { continue };
            self.now = when;
            self.service.advance(when);
            self.happen(what);
            self.check();
            steps += 1;
            assert!(steps < 400_000, "the world does not come to rest: a busy loop");
        }
        self.now = end;
        self.service.advance(end);
        self.check();
    }

    fn happen(&mut self, what: Happening) {
        if let (Some(until), true) = (self.asleep_until, self.is_for_agent(&what)) {
            // The machine sleeps: whatever it would hear, it hears when it wakes.
            if self.now < until {
                self.at(until, what);
                return;
            }
        }
        match what {
            Happening::Tell(run, event) if run == self.run => self.tell(event),
            Happening::Tell(..) => {}
            Happening::Tick => {
                let due = self.session.as_ref().and_then(Session::next_deadline);
                if due.is_some_and(|due| due <= self.now_for_agent().mono) {
                    self.tell(Event::Tick);
                }
            }
            Happening::Arrive(call) => self.arrive(call),
            Happening::Written(run, revision) => self.written(run, revision),
            Happening::Keep(run) if run == self.run && self.session.is_some() => {
                self.read_key();
                self.at(self.now + KEEPER_EVERY, Happening::Keep(run));
            }
            Happening::Keep(_) => {}
            Happening::PollEnds(run) => {
                if run == self.run && self.polling == Some(run) {
                    self.polling = None;
                    self.tell(Event::Received(Ok(Vec::new())));
                }
            }
            Happening::Start { of, reboot } if of == self.run && self.session.is_none() => {
                if reboot {
                    self.booted = self.now;
                }
                self.start_agent();
            }
            Happening::Start { .. } => {}
            Happening::Fault(fault) => self.fault(fault),
        }
        self.answer_poll();
    }

    fn is_for_agent(&self, what: &Happening) -> bool {
        matches!(
            what,
            Happening::Tell(..) | Happening::Tick | Happening::Written(..) | Happening::Keep(_)
                | Happening::PollEnds(_) | Happening::Fault(Fault::Ask(_) | Fault::Os(..))
        )
    }

    fn start_agent(&mut self) {
        self.run += 1;
        self.held_key = None;
        self.polling = None;
        let now = self.now_for_agent();
        let record = self.disk.durable.clone();
        self.say(|| format!("-- agent starts, run {}", self.run));
        let seed = self.rng.u64(..);
        self.session = Some(Session::new(now, self.settings.clone(), record, seed));
        let run = self.run;
        let soon = self.now + self.latency();
        self.at(soon, Happening::Tell(run, Event::Identified { instance_id: INSTANCE.into() }));
        self.at(soon, Happening::Tell(run, Event::QueueFound("https://queue".into())));
        self.at(soon, Happening::Keep(run));
        self.tell(Event::Tick);
    }

    fn latency(&mut self) -> Duration {
        let most = if self.rng.u8(..20) == 0 { 1500 } else { 120 };
        Duration::from_millis(self.rng.u64(1..most))
    }

    pub fn tell(&mut self, event: Event) {
        let now = self.now_for_agent();
        let Some(session) = self.session.as_mut() else { return };
        if self.verbose {
            println!("{:>12.3} > {event:?}", self.now.as_secs_f64());
        }
        let commands = session.handle(now, event);
        if let Some(due) = session.next_deadline() {
            assert!(due > now.mono, "a deadline that handling it does not remove: busy loop");
            let when = self.booted + due.since_start();
            self.at(when, Happening::Tick);
        }
        for command in commands {
            self.carry_out(command);
        }
    }

    fn carry_out(&mut self, command: Command) {
        self.say(|| format!("    < {command:?}"));
        match command {
            Command::Save(revision, record) => {
                let takes = Duration::from_millis(self.rng.u64(1..40));
                let done = self.disk.write(revision, *record, self.now, takes);
                self.at(done, Happening::Written(self.run, revision));
            }
            Command::Beat { timeout, .. } | Command::Close { timeout, .. } => {
                self.send(command, timeout);
            }
            Command::Receive | Command::Delete(_) | Command::Release(..) => {
                self.send(command, Duration::from_secs(25));
            }
            Command::RefreshCredentials => self.read_key(),
            Command::Notify(notification) => self.notified.push(notification),
            Command::Reply(AskId(id), reply) => {
                let again = self.replies.insert(id, reply);
                assert!(again.is_none(), "ask {id} was answered twice");
            }
            Command::AfterEnd(action) => {
                self.after_ends += 1;
                let waiting =
                    self.service.tasks.values().any(|task| task.state == State::Waiting && task.reached);
                assert!(
                    !waiting || self.shut_down_anyway,
                    "after-end action {action:?} while the service still waits"
                );
                self.at(self.now, Happening::Tell(self.run, Event::AfterEndDone(Ok(()))));
            }
            Command::LetOsProceed => self.let_go += 1,
            Command::Log(line) => {
                assert!(!line.text.contains("tok-"), "a token in the log: {line:?}");
            }
        }
    }

    fn send(&mut self, command: Command, timeout: Duration) {
        let call = Call {
            run: self.run,
            key: self.held_key,
            answered_by: self.now + timeout,
            lose_answer: self.healthy_since.is_none() && self.rng.u8(..10) == 0,
            command,
        };
        let arrival = self.now + self.latency();
        if self.network {
            self.at(arrival, Happening::Arrive(call));
        } else {
            self.no_answer(&call);
        }
    }

    /// The caller gives up: at once when refused, else at its limit.
    fn no_answer(&mut self, call: &Call) {
        let when = if self.rng.bool() { call.answered_by } else { self.now };
        self.answer(call, when, Err(service::failure(FailureKind::Unreachable, "Timeout")));
    }

    fn answer(&mut self, call: &Call, when: Duration, answer: Result<Option<String>, Failure>) {
        if let Err(failure) = &answer {
            self.failures_seen.insert(failure.code.clone());
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

    fn arrive(&mut self, call: Call) {
        if !self.network {
            self.no_answer(&call);
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
                self.service.close(call.key, token.expose(), verdict, now)
            }
            Command::Receive => {
                if call.run == self.run {
                    self.polling = Some(call.run);
                    self.at(now + LONG_POLL, Happening::PollEnds(call.run));
                }
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
        if call.lose_answer || back > call.answered_by {
            let lost = service::failure(FailureKind::Unreachable, "AnswerLost");
            self.answer(&call, call.answered_by.max(now), Err(lost));
        } else {
            self.answer(&call, back, outcome);
        }
    }

    fn deleted(&mut self, receipt: Receipt) {
        let Some(message) = self.queue.delete(receipt) else { return };
        match message.kind {
            Kind::Foreign => panic!("another machine's message was deleted"),
            Kind::Malformed => panic!("a malformed message was deleted"),
            Kind::Start(token) => {
                let parsed = deskbeat::session::TaskToken::new(token.clone()).unwrap();
                let alive = self.disk.durable.session.as_ref().is_some_and(|s| s.token == parsed);
                let over = self.service.tasks.get(&token).is_none_or(|t| t.state != State::Waiting);
                let finished = self.disk.durable.finished.contains(&parsed.fingerprint());
                assert!(
                    alive || finished || over,
                    "the message was deleted, but its token is not durable: {token}"
                );
                self.acknowledged.insert(token);
            }
            Kind::Ready(token) => {
                let task = &self.service.tasks[&token];
                assert_ne!(task.state, State::Waiting, "a ready was deleted before its answer");
            }
            Kind::Word => {}
        }
    }

    /// Hands out what is visible to the poll that waits, if the machine is awake.
    fn answer_poll(&mut self) {
        let awake = self.asleep_until.is_none_or(|until| until <= self.now);
        if self.polling != Some(self.run) || !self.network || !awake || self.session.is_none() {
            return;
        }
        let mut receipts = self.receipts;
        let batch = self.queue.receive(self.now, || {
            receipts += 1;
            Receipt(receipts)
        });
        self.receipts = receipts;
        if batch.is_empty() {
            if let Some(next) = self.queue.next_visible() {
                // Look again when something becomes visible.
                self.at(next, Happening::Tick);
            }
            return;
        }
        self.polling = None;
        let start: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        let batch = batch
            .into_iter()
            .map(|message| Delivery {
                receipt: message.receipt.unwrap(),
                message_id: message.id,
                sent_at: start.checked_add(message.sent).ok(),
                body: message.body,
            })
            .collect();
        let back = self.now + self.latency();
        self.at(back, Happening::Tell(self.run, Event::Received(Ok(batch))));
    }

    fn written(&mut self, run: u64, revision: u64) {
        if run != self.run || self.session.is_none() {
            return;
        }
        let event = if self.disk.finish(revision) {
            Event::JournalSaved(revision)
        } else {
            Event::JournalFailed(revision, "No space left on device".into())
        };
        self.tell(event);
    }

    fn read_key(&mut self) {
        let event = if self.imds {
            let (key, expires) = self.current_key;
            let changed = self.held_key.replace(key) != Some(key);
            let start: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
            Event::CredentialsLoaded(KeyInfo {
                source: "imds",
                key_suffix: format!("{key:04}"),
                expires_at: start.checked_add(expires).ok(),
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

    fn rotate(&mut self, lives: Duration) {
        self.current_key = (self.current_key.0 + 1, self.now + lives);
        self.service.keys.insert(self.current_key.0, self.now + lives);
    }

    fn fault(&mut self, fault: Fault) {
        self.say(|| format!("-- {fault:?}"));
        match fault {
            Fault::Network(up) => self.network = up,
            Fault::Imds(up) => self.imds = up,
            Fault::Service(kind) => self.service_fault = kind,
            Fault::Disk(works) => self.disk.broken = !works,
            Fault::Rotate(lives) => self.rotate(lives),
            Fault::ExpireAll => {
                let now = self.now;
                self.service.keys.values_mut().for_each(|until| *until = (*until).min(now));
                self.rotate(Duration::from_secs(6 * 3600));
            }
            Fault::Crash(down) => self.stop_agent(down, false),
            Fault::Reboot(down) => self.stop_agent(down, true),
            Fault::Sleep(long) => {
                if self.session.is_some() {
                    let wakes = self.now + long;
                    self.asleep_until = Some(wakes);
                    self.at(wakes, Happening::Tell(self.run, Event::Woke));
                }
            }
            Fault::Abort(token) => {
                if let Some(task) = self.service.tasks.get_mut(&token)
                    && task.state == State::Waiting
                {
                    task.state = State::Aborted;
                }
            }
            Fault::Send(kind, body) => self.queue.send(kind, body, self.now),
            Fault::Duplicate => {
                if let Some(message) = self.queue.messages.first().cloned() {
                    self.queue.send(message.kind, message.body, self.now);
                }
            }
            Fault::NewTask(token, window, timeout, kind, body) => {
                self.service.start(&token, window, timeout, self.now);
                self.queue.send(kind, body, self.now);
            }
            Fault::Ask(request) => {
                self.shut_down_anyway |= request == deskbeat::session::Request::ShutDownAnyway;
                self.asks += 1;
                let ask = AskId(self.asks);
                self.tell(Event::Asked(ask, request));
            }
            Fault::Os(kind, really) => {
                let deadline = self.now_for_agent().mono + Duration::from_secs(4);
                self.tell(Event::OsEnding(kind, deadline));
                if really {
                    self.at(self.now + Duration::from_secs(5), Happening::Fault(Fault::Crash(Duration::from_secs(30))));
                } else {
                    let when = self.now + Duration::from_secs(1);
                    self.at(when, Happening::Tell(self.run, Event::OsEndingCancelled));
                }
            }
            Fault::Announce(announcement) => self.tell(Event::Announced(announcement)),
        }
    }

    fn stop_agent(&mut self, down: Duration, reboot: bool) {
        if self.session.take().is_some() {
            self.crashes += 1;
        }
        let kept = self.rng.usize(0..3);
        self.disk.crash(kept);
        self.asleep_until = None;
        self.polling = None;
        self.healthy_since = None;
        self.run += 1;
        self.at(self.now + down, Happening::Start { of: self.run, reboot });
    }

    /// The invariants that hold after every step.
    fn check(&mut self) {
        let now = self.now;
        let key_works =
            self.held_key.and_then(|key| self.service.keys.get(&key)).is_some_and(|until| *until > now);
        let awake = self.asleep_until.is_none_or(|until| until <= now);
        let healthy = self.network
            && self.imds
            && self.service_fault.is_none()
            && !self.disk.broken
            && awake
            && key_works
            && self.session.is_some();
        self.healthy_since = match (healthy, self.healthy_since) {
            (true, since) => since.or(Some(now)),
            (false, _) => None,
        };
        self.no_avoidable_miss();
        self.shown_is_true();
        for (token, task) in &self.service.tasks {
            assert!(task.effective_closes <= 1, "{token} was closed twice");
        }
    }

    /// A window that ran out although the agent held the token and nothing had been wrong for a
    /// good part of it was avoidable.
    fn no_avoidable_miss(&self) {
        let Some(since) = self.healthy_since else { return };
        for token in &self.acknowledged {
            let Some(task) = self.service.tasks.get(token) else { continue };
            let State::HeartbeatTimeout(at) = task.state else { continue };
            if at < since {
                continue;
            }
            // A call begun before may hang for 0.3 of a window, and the wait after it be another 0.3.
            let needed = task.window.mul_f64(0.65) + Duration::from_millis(3500);
            assert!(
                at - since < needed,
                "{token} missed its window although nothing was wrong for {:?}",
                at - since
            );
        }
    }

    fn shown_is_true(&mut self) {
        let now = self.now_for_agent();
        let awake = self.asleep_until.is_none_or(|until| until < self.now);
        let Some(session) = self.session.as_ref().filter(|_| awake) else { return };
        let view = session.view(now);
        self.shown.insert(format!("{:?}", view.state));
        assert!(view.sentence.encode_utf16().count() <= 127, "too long: {}", view.sentence);
        let json = serde_json::to_string(&view).unwrap();
        assert!(!json.contains("tok-"), "a token in the view: {json}");
        match view.state {
            Shown::Active => {
                // Some task heard us less than a window ago; if it is over by now, the next beat tells.
                let heard = self.service.tasks.values().any(|task| {
                    task.beats > 0 && self.now < task.last_heard + task.window + Duration::from_millis(1)
                });
                assert!(heard, "shown as active, but no task heard us within its window");
            }
            Shown::Closed => {
                // A lost answer leaves it open who ended the task; that it is over is certain.
                let over = self.service.tasks.values().any(|task| task.state != State::Waiting);
                assert!(over, "shown as closed, but nothing was");
            }
            Shown::Waiting | Shown::AtRisk | Shown::Ending | Shown::EndedElsewhere
            | Shown::NeedsAttention => {}
        }
    }
}
