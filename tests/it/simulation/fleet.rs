//! A fleet of desktops that share AWS's bucket for SendTaskHeartbeat: the real core twenty thousand
//! times over, one service, an outage. Nobody may be lost to the others.
//!
//! A twentieth of the desktops share a twentieth of the bucket, which is the same story in a
//! twentieth of the time; `DESKBEAT_FLEET=whole` lives through it at full size.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use deskbeat::session::interface::event::KeyInfo;
use deskbeat::session::{
    Command, Delivery, Event, FailureKind, Mono, Now, Receipt, Record, Session, Settings, State,
    TokenOver,
};
use jiff::Timestamp;

use super::service::failure;
use crate::faults::row;

/// Outside of the three largest regions: bucket and refill a second of each SendTask* call.
/// Source: Step Functions quotas, "API action throttling".
const BUCKET: f64 = 1_500.0;
const REFILL: f64 = 300.0;
/// A call and its answer.
const ROUND_TRIP: Duration = Duration::from_millis(40);

/// What happens to the fleet.
#[derive(Clone, Copy)]
struct Weather {
    desktops: usize,
    window: u64,
    /// Everybody logs on within so many seconds.
    logon: u64,
    /// Seconds, from the last logon and two intervals on.
    outage: u64,
}

#[derive(Debug, Default)]
struct Outcome {
    calls: u64,
    throttled: u64,
    lost: usize,
    /// The shortest time between two tries of one desktop.
    shortest_gap: Duration,
    /// The most of a window that went by between two accepted beats, of the whole window.
    worst: f64,
    at_risk_told: u64,
}

struct Desktop {
    session: Session,
    heard: Duration,
    tried: Option<Duration>,
    lost: bool,
}

/// AWS's token bucket.
struct Bucket {
    tokens: f64,
    /// The share of the account's bucket.
    share: f64,
    at: Duration,
}

impl Bucket {
    fn take(&mut self, now: Duration) -> bool {
        self.tokens = (self.tokens + self.share * REFILL * (now - self.at).as_secs_f64())
            .min(self.share * BUCKET);
        self.at = now;
        let any = self.tokens >= 1.0;
        self.tokens -= f64::from(u8::from(any));
        any
    }
}

fn now(at: Duration) -> Now {
    let epoch: Timestamp = Timestamp::from_second(1_795_690_000).unwrap();
    Now { mono: Mono::at(at), wall: epoch.checked_add(at).unwrap() }
}

/// A desktop that has just been given its session.
fn logs_on(at: Duration, number: usize, window: u64) -> (Session, Vec<Command>) {
    let now = now(at);
    let mut session = Session::new(now, Settings::default(), Record::default(), number as u64);
    let mut commands = Vec::new();
    let body = format!(
        r#"{{"taskToken":"token-of-desktop-{number}","sessionId":"s-{number}","heartbeatSeconds":{window}}}"#
    );
    let key =
        KeyInfo { source: "imds", key_suffix: "AAAA".into(), expires_at: None, changed: true };
    let message =
        Delivery { receipt: Receipt(1), message_id: "m".into(), sent_at: Some(now.wall), body };
    for event in [
        Event::Identified { instance_id: "i-0123456789abcdef0".into() },
        Event::CredentialsLoaded(key),
        Event::QueueFound("https://queue".into()),
        Event::Received(Ok(vec![message])),
    ] {
        commands.extend(session.handle(now, event));
    }
    (session, commands)
}

struct Fleet {
    weather: Weather,
    desktops: Vec<Desktop>,
    due: BinaryHeap<Reverse<(Duration, usize)>>,
    bucket: Bucket,
    outage: std::ops::Range<Duration>,
    outcome: Outcome,
}

impl Fleet {
    /// Carries out what matters of a desktop's commands; answers come at once, on the clock of `at`.
    fn carry_out(&mut self, number: usize, at: Duration, commands: Vec<Command>) {
        let mut commands: std::collections::VecDeque<Command> = commands.into();
        while let Some(command) = commands.pop_front() {
            let desktop = &mut self.desktops[number];
            let answer = match command {
                Command::Beat { call, .. } => {
                    if let Some(before) = desktop.tried.replace(at) {
                        let shortest = &mut self.outcome.shortest_gap;
                        *shortest = (*shortest).min(at - before);
                    }
                    let answer = self.answered(number, at);
                    Event::BeatAnswered(call, answer)
                }
                Command::Save(revision, _) => Event::JournalSaved(revision),
                Command::Notify(deskbeat::session::Notification::AtRisk { .. }) => {
                    self.outcome.at_risk_told += 1;
                    continue;
                }
                _ => continue,
            };
            let desktop = &mut self.desktops[number];
            commands.extend(desktop.session.handle(now(at + ROUND_TRIP), answer));
        }
        let desktop = &self.desktops[number];
        if let Some(next) = desktop.session.next_deadline().filter(|_| !desktop.lost) {
            self.due.push(Reverse((next.since_start().max(at), number)));
        }
    }

    fn answered(&mut self, number: usize, at: Duration) -> Result<(), deskbeat::session::Failure> {
        if self.outage.contains(&at) {
            return Err(failure(FailureKind::Unreachable, "NoConnection"));
        }
        self.outcome.calls += 1;
        if !self.bucket.take(at) {
            self.outcome.throttled += 1;
            return Err(failure(FailureKind::Throttled, "ThrottlingException"));
        }
        let desktop = &mut self.desktops[number];
        let silence = (at - desktop.heard).as_secs_f64() / self.weather.window as f64;
        self.outcome.worst = self.outcome.worst.max(silence);
        if silence > 1.0 {
            self.outcome.lost += 1;
            desktop.lost = true;
            let over = FailureKind::TokenOver(TokenOver::TaskTimedOut);
            return Err(failure(over, "TaskTimedOut"));
        }
        desktop.heard = at;
        Ok(())
    }
}

/// The fleet's fate, to a window after the outage.
fn live(weather: Weather) -> Outcome {
    let share = if std::env::var_os("DESKBEAT_FLEET").is_some() { 1.0 } else { 0.05 };
    let weather = Weather { desktops: (weather.desktops as f64 * share) as usize, ..weather };
    let rng = &mut fastrand::Rng::with_seed(11);
    let start = Duration::from_secs(weather.logon + 120);
    let outage = start..start + Duration::from_secs(weather.outage);
    let end = outage.end + Duration::from_secs(weather.window);
    let mut fleet = Fleet {
        weather,
        desktops: Vec::with_capacity(weather.desktops),
        due: BinaryHeap::new(),
        bucket: Bucket { tokens: share * BUCKET, share, at: Duration::ZERO },
        outage,
        outcome: Outcome { shortest_gap: Duration::MAX, ..Outcome::default() },
    };
    let mut logons: Vec<Duration> = (0..weather.desktops)
        .map(|_| Duration::from_secs(weather.logon).mul_f64(rng.f64()))
        .collect();
    logons.sort();
    let mut logons = logons.into_iter().enumerate().peekable();
    loop {
        let next = fleet.due.peek().map(|Reverse((at, _))| *at);
        if let Some((number, at)) = logons.next_if(|(_, at)| next.is_none_or(|next| *at <= next)) {
            let (session, commands) = logs_on(at, number, weather.window);
            fleet.desktops.push(Desktop { session, heard: at, tried: None, lost: false });
            fleet.carry_out(number, at, commands);
            continue;
        }
        let Some(Reverse((at, number))) = fleet.due.pop() else { break };
        if at > end {
            break;
        }
        let commands = fleet.desktops[number].session.handle(now(at), Event::Tick);
        fleet.carry_out(number, at, commands);
    }
    // Whoever was not heard for a window has no next beat to be told so.
    let silent = |desktop: &&Desktop| {
        !desktop.lost && end.saturating_sub(desktop.heard) > Duration::from_secs(weather.window)
    };
    fleet.outcome.lost += fleet.desktops.iter().filter(silent).count();
    let active =
        fleet.desktops.iter().filter(|desktop| desktop.session.state(now(end)) == State::Active);
    println!("{} of {} are active at the end", active.count(), weather.desktops);
    fleet.outcome
}

#[track_caller]
fn nobody_is_lost(weather: Weather) -> Outcome {
    let outcome = live(weather);
    println!("{outcome:?}");
    assert_eq!(outcome.lost, 0, "{outcome:?}");
    assert!(outcome.shortest_gap >= Duration::from_secs(1), "{outcome:?}");
    outcome
}

#[test]
fn an_outage_of_five_minutes_with_the_templates_window() {
    for logon in [60, 600] {
        let weather = Weather { desktops: 20_000, window: 900, logon, outage: 300 };
        let outcome = nobody_is_lost(weather);
        assert!(outcome.throttled * 10 <= outcome.calls, "{outcome:?}");
        // Nobody, but for the one of 20,000 that has less than a third of its window left.
        assert!(outcome.at_risk_told == 0 || outcome.worst > 2.0 / 3.0, "{outcome:?}");
    }
    row("03-outage-900", "20,000 desktops at 300/s, window 900 s, an outage of 300 s")
        .shown("no notice")
        .recovered("0 lost, at most 10 % throttled, no two tries within 1 s")
        .kept();
}

#[test]
fn an_outage_of_two_minutes_with_a_short_window() {
    for logon in [60, 600] {
        nobody_is_lost(Weather { desktops: 20_000, window: 300, logon, outage: 120 });
    }
    row("03-outage-300", "20,000 desktops at 300/s, window 300 s, an outage of 120 s")
        .recovered("0 lost, no two tries within 1 s")
        .kept();
}

#[test]
fn more_desktops_than_the_quota_carries_at_the_usual_pace() {
    for logon in [60, 600] {
        nobody_is_lost(Weather { desktops: 30_000, window: 300, logon, outage: 0 });
    }
    row("03-too-many", "30,000 desktops at 300/s, window 300 s: more beats than the quota carries")
        .recovered("0 lost, no two tries within 1 s")
        .kept();
}
