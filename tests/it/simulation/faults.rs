//! What a scenario does to the world.

use std::time::Duration;

use deskbeat::session::interface::event::{Announcement, AwayKind};
use deskbeat::session::interface::settings::OsEnding;
use deskbeat::session::{AskId, Event, FailureKind, Request};
use jiff::SignedDuration;

use crate::simulation::neighbour;
use crate::simulation::queue::Kind;
use crate::simulation::service::State;
use crate::simulation::world::{Happening, World};

/// What the service may answer with for a while.
pub const SERVICE_FAULTS: [FailureKind; 6] = [
    FailureKind::Throttled,
    FailureKind::AccessDenied,
    FailureKind::Service,
    FailureKind::Signature,
    FailureKind::KmsThrottled,
    FailureKind::Credentials,
];

#[derive(Clone, Debug)]
pub enum Fault {
    Network(bool),
    /// A third of the requests and a third of the answers are lost.
    Flaky(bool),
    Imds(bool),
    /// The service answers every call so, until cleared.
    Service(Option<FailureKind>),
    Disk(bool),
    /// The time of day jumps by so many seconds.
    Clock(i64),
    Rotate(Duration),
    ExpireAll,
    /// Connections go silent: nothing is refused, nothing is answered.
    Silent(bool),
    /// The account's other desktops leave so many of a hundred calls.
    Scarce(Option<u8>),
    Crash(Duration),
    /// The agent dies between two of the commands that follow, the so manieth.
    CrashAfter(u64),
    Reboot(Duration),
    Sleep(Duration),
    /// Whatever waits is over in Step Functions.
    AbortAll,
    Send(Kind, String),
    Duplicate,
    NewTask(NewTask),
    /// A new task in the place of one that is over; none if one still waits.
    Retry(NewTask),
    Ask(Request),
    Away(AwayKind, bool),
    /// The system ends (true), or says so and calls it off.
    Os(OsEnding, bool),
    /// The system says that it ends and does not wait as long as it says.
    OsImpatient(OsEnding, Duration),
    Announce(Announcement),
}

#[derive(Clone, Debug)]
pub struct NewTask {
    pub token: String,
    pub window: Duration,
    pub timeout: Duration,
    pub kind: Kind,
    pub body: String,
}

impl World {
    pub fn fault(&mut self, fault: Fault) {
        self.say(|| format!("-- {fault:?}"));
        match fault {
            Fault::Network(up) => self.network = up,
            Fault::Flaky(on) => self.flaky = on,
            Fault::Imds(up) => self.imds = up,
            Fault::Service(kind) => self.service_fault = kind,
            Fault::Disk(works) => {
                self.disk.broken = !works;
                self.seen.disk_was_broken |= !works;
            }
            Fault::Clock(seconds) => {
                self.skew += SignedDuration::from_secs(seconds);
                self.seen.clock_jumped = true;
            }
            Fault::Rotate(lives) => self.rotate(lives),
            Fault::ExpireAll => {
                let now = self.now;
                let ours = self.service.keys.iter_mut().filter(|(key, _)| **key != neighbour::KEY);
                ours.for_each(|(_, until)| *until = (*until).min(now));
                self.rotate(Duration::from_secs(6 * 3600));
            }
            Fault::Silent(on) => self.silent = on,
            Fault::Scarce(admitted) => self.scarce = admitted,
            Fault::CrashAfter(commands) => self.dies_after = Some(self.commands + commands),
            Fault::Crash(down) => self.stop_agent(down, false),
            Fault::Reboot(down) => self.stop_agent(down, true),
            Fault::Sleep(long) => {
                if self.session.is_some() {
                    let wakes = self.now + long;
                    self.asleep_until = Some(wakes);
                    self.at(wakes, Happening::Tell(self.run, Event::Woke));
                }
            }
            Fault::AbortAll => {
                self.service.advance(self.now);
                let waiting = self.service.tasks.values_mut().filter(|t| t.state == State::Waiting);
                waiting.for_each(|task| task.state = State::Aborted);
            }
            Fault::Send(kind, body) => self.queue.send(kind, body, self.now),
            Fault::Duplicate => self.queue.duplicate(self.now, &mut self.rng),
            Fault::NewTask(new) => self.new_task(new),
            Fault::Retry(new) => {
                self.service.advance(self.now);
                let mut tasks = self.service.tasks.iter();
                let waits = tasks.any(|(token, task)| {
                    task.state == State::Waiting
                        && !token.starts_with("tok-ready")
                        && !neighbour::has(token)
                });
                if !waits {
                    self.new_task(new);
                }
            }
            Fault::Ask(request) => self.ask(request),
            Fault::Away(kind, away) => self.tell(Event::Away(kind, away)),
            Fault::Os(kind, really) => self.os_ends(kind, really.then_some(Duration::from_secs(5))),
            Fault::OsImpatient(kind, gone) => self.os_ends(kind, Some(gone)),
            Fault::Announce(announcement) => self.tell(Event::Announced(announcement)),
        }
    }

    fn new_task(&mut self, new: NewTask) {
        self.service.start(&new.token, new.window, new.timeout, self.now);
        self.queue.send(new.kind, new.body, self.now);
    }

    fn ask(&mut self, request: Request) {
        if self.session.is_none() {
            return;
        }
        self.shut_down_anyway |= request == Request::ShutDownAnyway;
        self.seen.extends_asked += u64::from(request == Request::Extend);
        self.asks += 1;
        self.seen.asked.insert(self.asks, self.run);
        self.tell(Event::Asked(AskId(self.asks), request));
    }

    fn os_ends(&mut self, kind: OsEnding, gone: Option<Duration>) {
        if self.session.is_none() {
            return;
        }
        let patience = Duration::from_secs(4);
        let deadline = self.now_for_agent().mono + patience;
        self.seen.os_deadline.get_or_insert(self.now + patience);
        self.tell(Event::OsEnding(kind, deadline));
        let (of, reboot) = (self.run, kind == OsEnding::Shutdown);
        if let Some(after) = gone {
            let gone = self.now + after;
            let down = Duration::from_secs(self.rng.u64(20..120));
            self.at(gone, Happening::Stop { of, down, reboot });
        } else {
            let when = self.now + Duration::from_secs(self.rng.u64(0..2));
            self.at(when, Happening::Tell(of, Event::OsEndingCancelled));
        }
    }
}
