//! The world round the core: its time, and what is going to happen in it.
//! What happens is spelled out in `agent`, `cloud` and `faults`; `invariants` looks after each step.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use deskbeat::session::{
    Command, Event, FailureKind, Mono, Notification, Now, Reply, Session, Settings, State as Shown,
};
use jiff::{SignedDuration, Timestamp};

use crate::simulation::disk::Disk;
use crate::simulation::faults::Fault;
use crate::simulation::neighbour::Neighbour;
use crate::simulation::queue::Queue;
use crate::simulation::service::Service;

pub const INSTANCE: &str = "i-0123456789abcdef0";

/// Something that will happen at a time.
#[derive(Clone, Debug)]
pub enum Happening {
    /// An answer or report to the agent of that run.
    Tell(u64, Event),
    /// A request reaches AWS.
    Arrive(Call),
    /// A write to the journal of that run ends.
    Written(u64, u64),
    /// The keeper of that run reads the role's key.
    Keep(u64),
    /// The session's own deadline, or the queue's.
    Tick,
    /// The other desktop hears this.
    Neighbour(Event),
    /// The long poll of that run, by its number, comes to its end.
    PollEnds(u64, u64),
    /// The agent comes back, unless it went down again meanwhile.
    Start {
        of: u64,
        reboot: bool,
    },
    /// The agent of that run is killed, for so long.
    Stop {
        of: u64,
        down: Duration,
        reboot: bool,
    },
    Fault(Fault),
}

/// A request on its way to AWS.
#[derive(Clone, Debug)]
pub struct Call {
    pub run: u64,
    pub command: Command,
    pub key: Option<u64>,
    pub answered_by: Duration,
    pub goes_silent: bool,
    pub lose_answer: bool,
}

pub struct World {
    pub now: Duration,
    pub rng: fastrand::Rng,
    pub service: Service,
    pub queue: Queue,
    pub disk: Disk,
    pub session: Option<Session>,
    pub settings: Settings,
    pub booted: Duration,
    /// How far the machine's time of day is off.
    pub skew: SignedDuration,
    pub asleep_until: Option<Duration>,
    pub run: u64,
    pub polling: Option<u64>,
    pub polls: u64,
    pub receipts: u64,
    pub network: bool,
    pub flaky: bool,
    pub silent: bool,
    /// Of a hundred calls to Step Functions, so many get into the account's bucket.
    pub scarce: Option<u8>,
    /// A poll of a process that is gone, and until when the service holds it open.
    pub orphan: Option<Duration>,
    /// Commands carried out, of all runs.
    pub commands: u64,
    /// The agent dies when so many were.
    pub dies_after: Option<u64>,
    /// Another desktop on the same queue.
    pub neighbour: Option<Neighbour>,
    pub imds: bool,
    pub service_fault: Option<FailureKind>,
    pub current_key: (u64, Duration),
    pub held_key: Option<u64>,
    pub asks: u64,
    pub shut_down_anyway: bool,
    pub may_shut_down: bool,
    /// What the workflow does once it is asked for more time, and how long it takes.
    pub grant: Option<(Duration, Fault)>,
    pub seen: Seen,
    heap: BinaryHeap<Reverse<(Duration, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    order: u64,
    /// Ticks that are to come, so that none is there twice.
    ticks: BTreeSet<Duration>,
    epoch: Timestamp,
    verbose: bool,
}

/// What was seen, for the invariants and the judge.
#[derive(Default)]
pub struct Seen {
    /// Since when nothing is wrong, the agent runs and the network works.
    pub healthy_since: Option<Duration>,
    pub steps: u64,
    pub last_shown: Option<Shown>,
    pub shown: BTreeSet<String>,
    pub failures: BTreeSet<String>,
    /// Living tokens in whose place a proven one was taken.
    pub replaced: BTreeSet<String>,
    /// Tokens whose start message was deleted, and when.
    pub acknowledged: BTreeMap<String, Duration>,
    /// The closes that this run sent, by call.
    pub closes: BTreeMap<u64, String>,
    /// Tokens whose close this run knows to be accepted.
    pub known_closed: BTreeSet<String>,
    /// The token that this run last beat with or closed.
    pub in_use: Option<String>,
    /// Until when the operating system waits.
    pub os_deadline: Option<Duration>,
    /// Asks by number, with the run that heard them.
    pub asked: BTreeMap<u64, u64>,
    pub replies: BTreeMap<u64, Reply>,
    pub extends_asked: u64,
    pub notified: Vec<(Duration, Notification)>,
    pub crashed_at: Vec<Duration>,
    pub after_ends: u64,
    pub let_go: u64,
    /// The token that the journal was told last.
    pub journaled: Option<String>,
    pub disk_was_broken: bool,
    pub clock_jumped: bool,
}

impl World {
    pub fn new(seed: u64, settings: Settings, verbose: bool) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let queue = Queue { visibility: Duration::from_secs(rng.u64(5..60)), ..Default::default() };
        let mut world = Self {
            now: Duration::from_secs(1000),
            service: Service::default(),
            queue,
            disk: Disk::default(),
            session: None,
            settings,
            booted: Duration::from_secs(rng.u64(0..1000)),
            // Many a machine's clock is wrong from the start.
            skew: SignedDuration::from_secs([0, 0, 0, 240, 1800, -1800][rng.usize(0..6)]),
            asleep_until: None,
            run: 0,
            polling: None,
            polls: 0,
            receipts: 0,
            network: true,
            flaky: false,
            silent: false,
            scarce: None,
            orphan: None,
            commands: 0,
            dies_after: None,
            neighbour: None,
            imds: true,
            service_fault: None,
            current_key: (0, Duration::ZERO),
            held_key: None,
            asks: 0,
            shut_down_anyway: false,
            may_shut_down: rng.u8(..4) > 0,
            grant: None,
            seen: Seen::default(),
            heap: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            order: 0,
            ticks: BTreeSet::new(),
            epoch: "2026-11-24T00:00:00Z".parse().unwrap(),
            verbose,
            rng,
        };
        world.rotate(Duration::from_secs(6 * 3600));
        world
    }

    pub fn at(&mut self, when: Duration, what: Happening) {
        self.order += 1;
        self.heap.push(Reverse((when.max(self.now), self.order)));
        self.happenings.insert(self.order, what);
    }

    pub fn tick_at(&mut self, when: Duration) {
        let when = when.max(self.now);
        if self.ticks.insert(when) {
            self.at(when, Happening::Tick);
        }
    }

    /// AWS's time of day.
    pub fn wall(&self, at: Duration) -> Timestamp {
        self.epoch.checked_add(at).unwrap()
    }

    pub fn now_for_agent(&self) -> Now {
        let wall = self.wall(self.now).checked_add(self.skew).unwrap();
        Now { mono: Mono::at(self.now - self.booted), wall }
    }

    pub fn is_awake(&self) -> bool {
        self.asleep_until.is_none_or(|until| until <= self.now)
    }

    pub fn say(&self, what: impl FnOnce() -> String) {
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
        if let Some(until) = self.asleep_until.filter(|until| self.now < *until)
            && is_for_agent(&what)
        {
            // The machine sleeps: whatever it would hear, it hears when it wakes.
            if matches!(what, Happening::Tick) {
                self.ticks.remove(&self.now);
                self.tick_at(until);
            } else {
                self.at(until, what);
            }
            return;
        }
        match what {
            Happening::Tell(run, event) if run == self.run => self.tell(event),
            Happening::Tell(..) => {}
            Happening::Tick => {
                self.ticks.remove(&self.now);
                let due = self.session.as_ref().and_then(Session::next_deadline);
                if due.is_some_and(|due| due <= self.now_for_agent().mono) {
                    self.tell(Event::Tick);
                }
            }
            Happening::Neighbour(event) => self.tell_neighbour(event),
            Happening::Arrive(call) => self.arrive(call),
            Happening::Written(run, revision) => self.written(run, revision),
            Happening::Keep(run) => self.keep(run),
            Happening::PollEnds(run, poll) => self.poll_ends(run, poll),
            Happening::Start { of, reboot } if of == self.run && self.session.is_none() => {
                if reboot {
                    self.booted = self.now;
                }
                self.start_agent();
            }
            Happening::Start { .. } => {}
            Happening::Stop { of, down, reboot } if of == self.run => {
                self.stop_agent(down, reboot);
            }
            Happening::Stop { .. } => {}
            Happening::Fault(fault) => self.fault(fault),
        }
        if self.rng.bool() {
            self.answer_neighbours_poll();
        }
        self.answer_poll();
        self.answer_neighbours_poll();
    }
}

fn is_for_agent(what: &Happening) -> bool {
    matches!(
        what,
        Happening::Tell(..)
            | Happening::Tick
            | Happening::Written(..)
            | Happening::Keep(_)
            | Happening::PollEnds(..)
            | Happening::Fault(
                Fault::Ask(_)
                    | Fault::Os(..)
                    | Fault::OsImpatient(..)
                    | Fault::Away(..)
                    | Fault::Announce(_)
            )
    )
}
