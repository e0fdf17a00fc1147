//! Makes a history from a seed, lives through it, and judges its end.

use std::collections::BTreeSet;
use std::time::Duration;

use deskbeat::session::event::{Announcement, AnnouncementKind, OsEnding};
use deskbeat::session::{
    AfterEnd, FailureKind, Notification, OnOsEnding, Reply, Request, Settings, Verdict,
};

use crate::queue::Kind;
use crate::service::State;
use crate::world::{Fault, Happening, INSTANCE, World};

/// What happened in a run, to see that the runs together saw everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    closed: u64,
    heartbeat_timeouts: u64,
    timeouts: u64,
    beats: u64,
    after_ends: u64,
    crashes: u64,
    let_go: u64,
    replies_done: u64,
    extended: u64,
    shown: BTreeSet<String>,
    failures: BTreeSet<String>,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.closed += other.closed;
        self.heartbeat_timeouts += other.heartbeat_timeouts;
        self.timeouts += other.timeouts;
        self.beats += other.beats;
        self.after_ends += other.after_ends;
        self.crashes += other.crashes;
        self.let_go += other.let_go;
        self.replies_done += other.replies_done;
        self.extended += other.extended;
        self.shown.extend(other.shown.iter().cloned());
        self.failures.extend(other.failures.iter().cloned());
    }

    pub fn must_have_seen_everything(&self) {
        let counts = [
            self.closed, self.heartbeat_timeouts, self.timeouts, self.beats, self.after_ends,
            self.crashes, self.let_go, self.replies_done, self.extended,
        ];
        assert!(counts.iter().all(|count| *count > 0), "something never happened: {self:?}");
        for state in ["Waiting", "Active", "AtRisk", "Ending", "Closed", "EndedElsewhere", "NeedsAttention"] {
            assert!(self.shown.contains(state), "{state} was never shown: {self:?}");
        }
        for code in ["Timeout", "AnswerLost", "ExpiredTokenException", "TaskTimedOut", "Throttled"] {
            assert!(self.failures.contains(code), "{code} never happened: {self:?}");
        }
    }
}

pub fn run(seed: u64, verbose: bool) -> Tally {
    let mut plan = fastrand::Rng::with_seed(seed ^ 0x9e37_79b9_7f4a_7c15);
    let window = Duration::from_secs([6, 10, 30, 60, 300, 600][plan.usize(0..6)]);
    let length = Duration::from_secs([120, 600, 3600, 8 * 3600][plan.usize(0..4)]);
    let settings = Settings {
        after_end: [AfterEnd::None, AfterEnd::Shutdown][plan.usize(0..2)],
        on_shutdown: [OnOsEnding::End, OnOsEnding::Keep][plan.usize(0..2)],
        ..Settings::default()
    };
    let mut world = World::new(seed, settings, verbose);
    let start = world.now + Duration::from_secs(plan.u64(0..5));

    let timeout = if plan.u8(..4) == 0 { length / 2 } else { length * 2 };
    let main = "tok-main".to_owned();
    let named = plan.bool();
    let body = |token: &str, session: &str| {
        if named {
            format!(
                r#"{{"taskToken":"{token}","sessionId":"{session}","instanceId":"{INSTANCE}","heartbeatSeconds":{},"timeoutSeconds":{},"extendable":true}}"#,
                window.as_secs(),
                timeout.as_secs()
            )
        } else {
            format!(
                r#"{{"taskToken":"{token}","heartbeatSeconds":{},"timeoutSeconds":{}}}"#,
                window.as_secs(),
                timeout.as_secs()
            )
        }
    };
    let first = Fault::NewTask(
        main.clone(), window, timeout, Kind::Start(main.clone()), body(&main, "s-1"),
    );
    world.at(start, Happening::Fault(first));
    let foreign = r#"{"taskToken":"tok-foreign","instanceId":"i-99"}"#.to_owned();
    let malformed = r#"{"taskToken":7}"#.to_owned();

    // As on EC2: a new key each hour, each valid for six and a half.
    let hour = Duration::from_secs(3600);
    for n in 1..=(length.as_secs() / 3600 + 1) {
        let at = world.now + hour * n as u32;
        world.at(at, Happening::Fault(Fault::Rotate(hour * 13 / 2)));
    }

    // The troubles: none lasts past `length`; after that the world is whole.
    let troubles = plan.usize(0..9);
    for n in 0..troubles {
        let at = start + Duration::from_secs_f64(plan.f64() * length.as_secs_f64());
        let lasts = window.mul_f64(0.1 + plan.f64() * if plan.u8(..5) == 0 { 2.0 } else { 0.6 });
        let clears = (at + lasts).min(start + length);
        let (begin, end) = match plan.u8(..17) {
            0 | 1 => (Fault::Network(false), Some(Fault::Network(true))),
            2 => (Fault::Imds(false), Some(Fault::Imds(true))),
            3 => (Fault::Service(Some(FailureKind::Throttled)), Some(Fault::Service(None))),
            4 => (Fault::Service(Some(FailureKind::AccessDenied)), Some(Fault::Service(None))),
            5 => (Fault::Service(Some(FailureKind::Service)), Some(Fault::Service(None))),
            6 => (Fault::Disk(false), Some(Fault::Disk(true))),
            7 => (Fault::Rotate(Duration::from_secs(3600)), None),
            8 => (Fault::ExpireAll, None),
            9 => (Fault::Crash(Duration::from_secs_f64(plan.f64() * 5.0)), None),
            10 => (Fault::Reboot(window.mul_f64(plan.f64())), None),
            11 => (Fault::Sleep(lasts), None),
            12 => (Fault::Send(Kind::Foreign, foreign.clone()), None),
            13 => (Fault::Send(Kind::Malformed, malformed.clone()), None),
            14 => (Fault::Duplicate, None),
            15 => (
                Fault::Announce(Announcement {
                    kind: AnnouncementKind::Rebalance,
                    id: format!("r-{}", n % 2),
                    at: None,
                    text: None,
                }),
                None,
            ),
            _ => {
                let token = format!("tok-ready-{n}");
                let body = format!(r#"{{"type":"ready","taskToken":"{token}"}}"#);
                let day = Duration::from_secs(86_400);
                (Fault::NewTask(token.clone(), day, day, Kind::Ready(token), body), None)
            }
        };
        world.at(at, Happening::Fault(begin));
        if let Some(end) = end {
            world.at(clears, Happening::Fault(end));
        }
    }

    // A turn that a session may take on its way.
    let mid = start + length / 2;
    let mut tokens = vec![main.clone()];
    match plan.u8(..8) {
        0 => world.at(mid, Happening::Fault(Fault::Abort(main.clone()))),
        1 => {
            // A retry: the old task is over, the session goes on with a new token.
            world.at(mid, Happening::Fault(Fault::Abort(main.clone())));
            let token = "tok-retry".to_owned();
            let new = Fault::NewTask(
                token.clone(), window, timeout, Kind::Start(token.clone()), body(&token, "s-1"),
            );
            world.at(mid + Duration::from_millis(10), Happening::Fault(new));
            tokens.push(token);
        }
        2 => {
            let token = "tok-other".to_owned();
            let day = Duration::from_secs(86_400);
            let new = Fault::NewTask(
                token.clone(), day, day, Kind::Start(token.clone()), body(&token, "s-2"),
            );
            world.at(mid, Happening::Fault(new));
        }
        3 if named => {
            world.at(mid, Happening::Fault(Fault::Ask(Request::Extend)));
            let token = "tok-more".to_owned();
            let new = Fault::NewTask(
                token.clone(), window, timeout, Kind::Start(token.clone()), body(&token, "s-1"),
            );
            world.at(mid + Duration::from_secs(3), Happening::Fault(new));
            tokens.push(token);
        }
        4 => world.at(mid, Happening::Fault(Fault::Os(OsEnding::Shutdown, false))),
        5 => {
            let body = r#"{"type":"end","graceSeconds":7}"#.to_owned();
            world.at(mid, Happening::Fault(Fault::Send(Kind::Word, body)));
        }
        6 => {
            let kind = if plan.bool() { OsEnding::Shutdown } else { OsEnding::Logoff };
            world.at(mid, Happening::Fault(Fault::Os(kind, true)));
        }
        _ => {}
    }
    world.run_until(start + length + Duration::from_secs(60));

    // The world is whole again; somebody ends the session.
    for fault in [Fault::Network(true), Fault::Imds(true), Fault::Service(None), Fault::Disk(true)] {
        world.at(world.now, Happening::Fault(fault));
    }
    let settle = world.now + Duration::from_secs(300);
    world.run_until(settle);
    world.at(settle, Happening::Fault(Fault::Ask(Request::End { text: None })));
    world.run_until(settle + Duration::from_secs(600));
    judge(&world, &tokens)
}

fn judge(world: &World, tokens: &[String]) -> Tally {
    let mut tally = Tally {
        after_ends: world.after_ends.into(),
        crashes: world.crashes.into(),
        let_go: world.let_go.into(),
        shown: world.shown.clone(),
        failures: world.failures_seen.clone(),
        ..Tally::default()
    };
    for (token, task) in &world.service.tasks {
        tally.beats += task.beats;
        match &task.state {
            State::HeartbeatTimeout(_) => tally.heartbeat_timeouts += 1,
            State::Timeout => tally.timeouts += 1,
            State::Closed { by } => {
                tally.closed += 1;
                if let Verdict::Success(output) = by {
                    tally.extended += u64::from(output.contains("\"extend\""));
                }
            }
            State::Waiting | State::Aborted => {}
        }
        // "End" was the last word, and nothing stood in its way: no task of this session waits on.
        if tokens.contains(token) {
            assert_ne!(task.state, State::Waiting, "{token} is left waiting after the end");
        }
    }
    for reply in world.replies.values() {
        tally.replies_done += u64::from(matches!(reply, Reply::Done { .. }));
    }
    // The user's last request got its answer, unless the agent that heard it was killed later.
    assert!(!world.replies.is_empty() || world.crashes > 0, "nobody answered the user");
    let left = |kind: fn(&Kind) -> bool| world.queue.messages.iter().filter(|m| kind(&m.kind)).count();
    if world.after_ends == 0 {
        let words = left(|kind| matches!(kind, Kind::Ready(_)));
        assert_eq!(words, 0, "a ready was left unanswered");
    }
    if world.crashes == 0 {
        no_warning_twice(&world.notified);
    }
    tally
}

fn no_warning_twice(notified: &[Notification]) {
    let mut seen = BTreeSet::new();
    for notification in notified {
        match notification {
            Notification::TimeLeft { minutes, ends_at, .. } => {
                assert!(seen.insert(format!("{minutes} {ends_at:.0}")), "warned twice of {minutes} min");
            }
            Notification::Announced { kind, .. } => {
                // Two ids at the most in a scenario.
                let key = format!("{kind:?}");
                let again = format!("{key} again");
                assert!(seen.insert(key) || seen.insert(again), "announced {kind:?} more than twice");
            }
            _ => {}
        }
    }
}
