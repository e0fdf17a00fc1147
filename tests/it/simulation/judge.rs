//! The end of a history: what must be true of it as a whole, and what was seen in it.

use std::collections::BTreeSet;
use std::time::Duration;

use deskbeat::session::{Notification, Reply, TaskResult};

use crate::simulation::neighbour;
use crate::simulation::queue::Kind;
use crate::simulation::service::{State, Task};
use crate::simulation::world::World;

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
    done: u64,
    refused: u64,
    extended: u64,
    failed: u64,
    warned: u64,
    announced: u64,
    at_risk: u64,
    next_door: u64,
    replaced: u64,
    shown: BTreeSet<String>,
    failures: BTreeSet<String>,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        for (mine, theirs) in self.counts().into_iter().zip(other.clone().counts()) {
            *mine += *theirs;
        }
        self.shown.extend(other.shown.iter().cloned());
        self.failures.extend(other.failures.iter().cloned());
    }

    fn counts(&mut self) -> [&mut u64; 16] {
        [
            &mut self.closed,
            &mut self.heartbeat_timeouts,
            &mut self.timeouts,
            &mut self.beats,
            &mut self.after_ends,
            &mut self.crashes,
            &mut self.let_go,
            &mut self.done,
            &mut self.refused,
            &mut self.extended,
            &mut self.failed,
            &mut self.warned,
            &mut self.announced,
            &mut self.at_risk,
            &mut self.next_door,
            &mut self.replaced,
        ]
    }

    pub fn must_have_seen_everything(&self) {
        let mut copy = self.clone();
        let all = copy.counts().into_iter().all(|count| *count > 0);
        assert!(all, "something never happened: {self:?}");
        for state in
            ["Waiting", "Active", "AtRisk", "Ending", "Closed", "EndedElsewhere", "NeedsAttention"]
        {
            assert!(self.shown.contains(state), "{state} was never shown: {self:?}");
        }
        for code in [
            "Timeout",
            "AnswerLost",
            "ExpiredTokenException",
            "TaskTimedOut",
            "Throttled",
            "ThrottlingException",
        ] {
            assert!(self.failures.contains(code), "{code} never happened: {self:?}");
        }
    }
}

/// Judges the history of the session with these `tokens`.
pub fn judge(world: &World, tokens: &[String]) -> Tally {
    let seen = &world.seen;
    let mut tally = Tally {
        after_ends: seen.after_ends,
        crashes: seen.crashed_at.len() as u64,
        let_go: seen.let_go,
        shown: seen.shown.clone(),
        failures: seen.failures.clone(),
        ..Tally::default()
    };
    for (token, task) in &world.service.tasks {
        tally.beats += task.beats;
        if neighbour::has(token) {
            tally.next_door += task.beats;
            continue;
        }
        match &task.state {
            State::HeartbeatTimeout(_) => tally.heartbeat_timeouts += 1,
            State::Timeout => tally.timeouts += 1,
            State::Closed { by: TaskResult::Success(output) } => {
                tally.closed += 1;
                tally.extended += u64::from(output.contains("\"extend\""));
            }
            State::Closed { by: TaskResult::Failure { .. } } => tally.failed += 1,
            State::Waiting | State::Aborted => {}
        }
        at_most_one_effective_close(token, task);
        // "End" was the last word, and nothing stood in its way: no task of this session waits on.
        if tokens.contains(token) {
            assert_ne!(task.state, State::Waiting, "{token} is left waiting after the end");
        }
    }
    // However often it is clicked, a history has one such wish.
    let wishes = seen.extends_asked.min(1);
    assert!(tally.extended <= wishes, "more time was asked for more often than wished");
    everybody_was_answered(world);
    for reply in seen.replies.values() {
        match reply {
            Reply::Done { .. } => tally.done += 1,
            Reply::Refused { .. } => tally.refused += 1,
        }
    }
    if seen.after_ends == 0 && seen.let_go == 0 {
        let open = world.queue.messages.iter().any(|m| matches!(m.kind, Kind::Ready(_)));
        assert!(!open, "a ready was left unanswered");
    }
    for (_, notification) in &seen.notified {
        match notification {
            Notification::TimeLeft { .. } => tally.warned += 1,
            Notification::Announced { .. } => tally.announced += 1,
            Notification::AtRisk { .. } => tally.at_risk += 1,
            _ => {}
        }
    }
    nothing_is_told_twice(world);
    world.nobody_next_door_is_lost();
    tally.replaced = seen.replaced.len() as u64;
    tally
}

fn at_most_one_effective_close(token: &str, task: &Task) {
    assert!(task.effective_closes <= 1, "{token} was closed {} times", task.effective_closes);
}

fn everybody_was_answered(world: &World) {
    for (ask, run) in &world.seen.asked {
        let heard_by_this_run = *run == world.run && world.session.is_some();
        let answered = world.seen.replies.contains_key(ask);
        assert!(answered || !heard_by_this_run, "ask {ask} was never answered");
    }
}

/// No warning and no announcement comes twice for a session, not even after a restart, unless the
/// record of it had no time to become durable.
fn nothing_is_told_twice(world: &World) {
    let seen = &world.seen;
    if seen.disk_was_broken || seen.clock_jumped {
        return;
    }
    let lost = |told: Duration| {
        let soon = told + Duration::from_millis(500);
        seen.crashed_at.iter().any(|crash| (told..soon).contains(crash))
    };
    let mut told = BTreeSet::new();
    for (at, notification) in &seen.notified {
        let key = match notification {
            Notification::Started { .. } => {
                told.clear();
                continue;
            }
            Notification::TimeLeft { minutes, ends_at, .. } => {
                let end = ends_at.round(jiff::Unit::Minute).unwrap();
                format!("{minutes} min before {end}")
            }
            Notification::Announced { kind, at, .. } => format!("{kind:?} {at:?}"),
            _ => continue,
        };
        assert!(told.insert(key.clone()) || lost(*at), "told twice: {key}");
        if lost(*at) {
            told.remove(&key);
        }
    }
}
