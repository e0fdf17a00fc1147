//! Makes a history from a seed and lives through it.

use std::time::Duration;

use deskbeat::session::interface::event::{Announcement, AnnouncementKind, AwayKind};
use deskbeat::session::interface::settings::OsEnding;
use deskbeat::session::{AfterEnd, OnOsEnding, Request, Settings};

use crate::simulation::faults::{Fault, NewTask, SERVICE_FAULTS};
use crate::simulation::judge::{Tally, judge};
use crate::simulation::neighbour;
use crate::simulation::queue::Kind;
use crate::simulation::secret;
use crate::simulation::world::{Happening, INSTANCE, World};

const OS_ENDINGS: [OsEnding; 2] = [OsEnding::Shutdown, OsEnding::Logoff];
const DAY: Duration = Duration::from_secs(86_400);

/// The session of a history, as its workflow has it.
struct Plan {
    rng: fastrand::Rng,
    window: Duration,
    length: Duration,
    timeout: Duration,
    /// Its messages say which session they are about.
    named: bool,
    start: Duration,
    tokens: Vec<String>,
}

pub fn run(seed: u64, verbose: bool) -> Tally {
    live(seed, verbose, None)
}

/// The same history, in which the agent dies after that command.
pub fn run_dying(seed: u64, command: u64) -> Tally {
    live(seed, false, Some(command))
}

fn live(seed: u64, verbose: bool, dies_after: Option<u64>) -> Tally {
    let mut rng = fastrand::Rng::with_seed(seed ^ 0x9e37_79b9_7f4a_7c15);
    let window = Duration::from_secs([6, 10, 30, 60, 300, 600][rng.usize(0..6)]);
    let length = Duration::from_secs([120, 600, 3600, 8 * 3600][rng.usize(0..4)])
        // So many windows show whatever a longer history would.
        .min(window * 60);
    let settings = Settings {
        after_end: [AfterEnd::None, AfterEnd::Shutdown][rng.usize(0..2)],
        on_shutdown: [OnOsEnding::End, OnOsEnding::Keep][rng.usize(0..2)],
        on_logoff: [OnOsEnding::End, OnOsEnding::Keep][rng.usize(0..2)],
        close_before_timeout: Duration::from_secs([0, 30][rng.usize(0..2)]),
        ..Settings::default()
    };
    let mut world = World::new(seed, settings, verbose);
    let mut plan = Plan {
        window,
        length,
        timeout: if rng.u8(..4) == 0 { length / 2 } else { length * 2 },
        named: rng.bool(),
        start: world.now + Duration::from_secs(rng.u64(0..5)),
        tokens: Vec::new(),
        rng,
    };
    if plan.named && plan.rng.u8(..4) == 0 {
        plan.next_door(&mut world);
    }
    world.dies_after = dies_after;
    plan.begin(&mut world);
    plan.rotations(&mut world);
    plan.troubles(&mut world);
    plan.turn(&mut world);
    let end = plan.start + plan.length;
    world.run_until(end + Duration::from_secs(60));

    // The world is whole again; somebody ends the session.
    for fault in [
        Fault::Network(true),
        Fault::Flaky(false),
        Fault::Silent(false),
        Fault::Scarce(None),
        Fault::Imds(true),
        Fault::Service(None),
        Fault::Disk(true),
    ] {
        world.at(world.now, Happening::Fault(fault));
    }
    world.dies_after = None;
    let settled = world.now + Duration::from_secs(300);
    world.run_until(settled);
    for _ in 0..plan.rng.u8(1..3) {
        world.at(settled, Happening::Fault(Fault::Ask(Request::End { text: None })));
    }
    world.run_until(settled + Duration::from_secs(900));
    judge(&world, &plan.tokens)
}

impl Plan {
    /// The first token; and how the agent comes to be there.
    fn begin(&mut self, world: &mut World) {
        let first = self.task("tok-main", "s-1");
        world.at(self.start, Happening::Fault(Fault::NewTask(first)));
        if self.rng.u8(..8) > 0 {
            world.start_agent();
            return;
        }
        // The machine boots slowly: the task was given up and retried before anybody listened.
        let retried = self.start + self.window;
        let retry = self.task("tok-boot", "s-1");
        world.at(retried, Happening::Fault(Fault::Retry(retry)));
        let up = retried + self.window.mul_f64(self.rng.f64() / 2.0);
        world.at(up, Happening::Start { of: world.run, reboot: true });
    }

    /// Another desktop on the same queue, and its session.
    fn next_door(&mut self, world: &mut World) {
        world.neighbour_moves_in();
        let token = secret::named(neighbour::TOKEN);
        let body = world.neighbours_start(&token, self.window);
        let new = NewTask { kind: Kind::Foreign, window: self.window, timeout: DAY, token, body };
        world.at(self.start, Happening::Fault(Fault::NewTask(new)));
    }

    /// A task of this session, and its start message.
    fn task(&mut self, token: &str, session: &str) -> NewTask {
        let token = &secret::named(token);
        let (heartbeat, timeout) = (self.window.as_secs(), self.timeout.as_secs());
        let timers = format!(r#""heartbeatSeconds":{heartbeat},"timeoutSeconds":{timeout}"#);
        let body = if self.named {
            format!(
                r#"{{"taskToken":"{token}","sessionId":"{session}","instanceId":"{INSTANCE}",{timers},"extendable":true}}"#
            )
        } else {
            format!(r#"{{"taskToken":"{token}",{timers}}}"#)
        };
        if session == "s-1" {
            self.tokens.push(token.clone());
        }
        NewTask {
            token: token.clone(),
            window: self.window,
            timeout: self.timeout,
            kind: Kind::Start(token.clone()),
            body,
        }
    }

    /// As on EC2: a new key each hour, each valid for six and a half.
    fn rotations(&mut self, world: &mut World) {
        let hour = Duration::from_secs(3600);
        for n in 1..=(self.length.as_secs() / 3600 + 1) {
            let at = world.now + hour * n as u32;
            world.at(at, Happening::Fault(Fault::Rotate(hour * 13 / 2)));
        }
    }

    /// The troubles: none lasts past the session's length; after that the world is whole.
    fn troubles(&mut self, world: &mut World) {
        let end = self.start + self.length;
        for n in 0..self.rng.usize(0..9) {
            let at = self.start + self.length.mul_f64(self.rng.f64());
            let far = if self.rng.u8(..5) == 0 { 2.0 } else { 0.6 };
            let clears = (at + self.window.mul_f64(0.1 + self.rng.f64() * far)).min(end);
            let (begin, over) = self.trouble(n, clears - at);
            world.at(at, Happening::Fault(begin));
            if let Some(over) = over {
                world.at(clears, Happening::Fault(over));
            }
        }
    }

    fn trouble(&mut self, n: usize, lasts: Duration) -> (Fault, Option<Fault>) {
        let once = |fault| (fault, None);
        match self.rng.u8(..29) {
            0 | 1 => (Fault::Network(false), Some(Fault::Network(true))),
            2 => (Fault::Flaky(true), Some(Fault::Flaky(false))),
            3 => (Fault::Imds(false), Some(Fault::Imds(true))),
            4..=6 => {
                let kind = self.rng.choice(SERVICE_FAULTS).unwrap();
                (Fault::Service(Some(kind)), Some(Fault::Service(None)))
            }
            7 => (Fault::Disk(false), Some(Fault::Disk(true))),
            8 => once(Fault::Rotate(Duration::from_secs(3600))),
            9 => once(Fault::ExpireAll),
            10 | 11 => once(Fault::Crash(Duration::from_secs_f64(self.rng.f64() * 5.0))),
            12 => once(Fault::Reboot(lasts)),
            13 => once(Fault::Sleep(lasts)),
            14 => once(Fault::Clock(self.rng.i64(-3600..3600))),
            15 => once(Fault::Send(
                Kind::Foreign,
                format!(
                    r#"{{"taskToken":"{}","instanceId":"i-99"}}"#,
                    secret::named("tok-foreign")
                ),
            )),
            16 => {
                // None of ours: of no form, a lone word, or a token that is none, also for a session
                // that is alive.
                let token = secret::named(&format!("tok-broken-{n}"));
                let body = match self.rng.u8(..4) {
                    0 => r#"{"taskToken":7}"#.to_owned(),
                    1 => format!("hello-{n}"),
                    2 => format!(r#"{{"taskToken":"{token}","sessionId":"s-1"}}"#),
                    _ => format!(r#"{{"taskToken":"{token}"}}"#),
                };
                once(Fault::Send(Kind::Malformed, body))
            }
            17 | 18 => once(Fault::Duplicate),
            19 => once(Fault::Announce(Announcement {
                kind: *self
                    .rng
                    .choice(&[AnnouncementKind::Rebalance, AnnouncementKind::Spot])
                    .unwrap(),
                id: format!("r-{}", n % 2),
                at: Some(format!("2026-11-24T0{}:00:00Z", n % 2).parse().unwrap()),
                text: None,
            })),
            20 => (Fault::Away(AwayKind::Idle, true), Some(Fault::Away(AwayKind::Idle, false))),
            21 => once(Fault::Ask(Request::StillHere)),
            22 => once(Fault::Ask(Request::TryAgain)),
            23 => (Fault::Silent(true), Some(Fault::Silent(false))),
            24 => (Fault::Scarce(Some(self.rng.u8(10..60))), Some(Fault::Scarce(None))),
            25 | 26 => once(Fault::CrashAfter(self.rng.u64(1..40))),
            27 => once(Fault::Os(*self.rng.choice(&OS_ENDINGS).unwrap(), false)),
            _ => {
                let token = secret::named(&format!("tok-ready-{n}"));
                let body = format!(
                    r#"{{"type":"ready","taskToken":"{token}","instanceId":"{INSTANCE}"}}"#
                );
                let kind = Kind::Ready(token.clone());
                once(Fault::NewTask(NewTask { token, window: DAY, timeout: DAY, kind, body }))
            }
        }
    }

    /// A turn that the session takes on its way.
    fn turn(&mut self, world: &mut World) {
        let mid = self.start + self.length / 2;
        let soon = Duration::from_millis(self.rng.u64(1..4000));
        let turn = self.rng.u8(..18);
        if matches!(turn, 3..=5) && self.rng.u8(..6) > 0 {
            world.grant = Some((soon, Fault::NewTask(self.task("tok-more", "s-1"))));
        }
        let mut at = |when, fault| world.at(when, Happening::Fault(fault));
        match turn {
            0 => at(mid, Fault::AbortAll),
            1 => {
                // A retry: the old task is over, the session goes on with a new token.
                at(mid, Fault::AbortAll);
                at(mid + Duration::from_millis(10), Fault::NewTask(self.task("tok-retry", "s-1")));
            }
            2 => at(mid, Fault::NewTask(self.task("tok-other", "s-2"))),
            3 | 4 => at(mid, Fault::Ask(Request::Extend)),
            5 => {
                // More time while the answers get lost, clicked twice.
                at(mid, Fault::Flaky(true));
                at(mid + soon / 8, Fault::Ask(Request::Extend));
                at(mid + soon / 4, Fault::Ask(Request::Extend));
                at(mid + soon * 2, Fault::Flaky(false));
            }
            13 => {
                // The workflow asks again while the first task still waits.
                let session = if self.named { "s-1" } else { "s-2" };
                at(mid, Fault::NewTask(self.task("tok-second", session)));
            }
            14 => {
                // It goes without waiting as long as it said, or without a word.
                let kind = *self.rng.choice(&OS_ENDINGS).unwrap();
                at(mid, Fault::OsImpatient(kind, soon));
            }
            15 => {
                // Called off, and then in earnest; the other kind, perhaps.
                at(mid, Fault::Os(OsEnding::Logoff, false));
                at(mid + soon, Fault::Os(*self.rng.choice(&OS_ENDINGS).unwrap(), true));
            }
            16 => {
                // "End", and the system goes while that is on its way.
                at(mid, Fault::Ask(Request::End { text: None }));
                let when = mid + soon / 20;
                at(when, Fault::Os(*self.rng.choice(&OS_ENDINGS).unwrap(), true));
            }
            17 => at(mid + soon, Fault::Reboot(soon * 20)),
            6 => at(mid, Fault::Os(OsEnding::Shutdown, false)),
            7 => {
                let body =
                    format!(r#"{{"type":"end","graceSeconds":7,"instanceId":"{INSTANCE}"}}"#);
                at(mid, Fault::Send(Kind::Word, body));
            }
            8 | 9 => {
                let logoff = self.rng.bool();
                let kind = if logoff { OsEnding::Logoff } else { OsEnding::Shutdown };
                at(mid, Fault::Os(kind, true));
                if logoff {
                    at(mid + soon, Fault::Os(OsEnding::Shutdown, true));
                }
            }
            10 => {
                // An end that does not get through, and a user who does not wait.
                at(mid, Fault::Network(false));
                at(mid + soon, Fault::Ask(Request::End { text: Some("bye".into()) }));
                at(mid + soon * 4, Fault::Ask(Request::ShutDownAnyway));
                at(mid + soon * 5, Fault::Ask(Request::ShutDownAnyway));
                at(mid + soon * 6, Fault::Network(true));
            }
            11 => {
                let (error, cause) = ("Startup.Failed".to_owned(), "disk not found".to_owned());
                at(mid, Fault::Ask(Request::Fail { error, cause }));
            }
            _ => {}
        }
    }
}
