//! What must hold after every step, whatever the world does.

use std::time::Duration;

use deskbeat::session::{Command, Record, State as Shown, TaskResult};

use crate::simulation::neighbour;
use crate::simulation::queue::{Kind, Message};
use crate::simulation::secret;
use crate::simulation::service::State;
use crate::simulation::world::World;

/// How long a start message may lie there, visible, while an idle agent listens: a poll that began
/// before the network was back hangs for up to 25 s, then comes the longest wait after a failed
/// receive (36 s; after another machine's messages it is 26 s), and calls take their time.
const LYING: Duration = Duration::from_secs(65);
/// Every so many steps the whole view is looked at, also when the state has not changed.
const LOOK_EVERY: u64 = 16;

/// How long a healthy agent may be silent after a trouble: a call begun before may hang to its limit,
/// then comes the longest wait of the back-off, then a slow call or two.
fn longest_silence(window: Duration) -> Duration {
    let hangs = window.mul_f64(0.3).min(Duration::from_secs(10));
    let waits = (window / 3).min(Duration::from_secs(60)).mul_f64(1.2);
    // Whatever the interval is, several tries fit into what is left of the window.
    (hangs + waits).min(window.mul_f64(0.65)) + Duration::from_millis(3500)
}

impl World {
    pub fn check(&mut self) {
        self.seen.steps += 1;
        self.feel_the_pulse();
        self.no_avoidable_miss();
        self.no_token_left_lying();
        self.os_is_let_go_in_time();
        self.shown_is_true();
    }

    /// Since when nothing stands in the way of a beat.
    fn feel_the_pulse(&mut self) {
        let now = self.now;
        let key = self.held_key.and_then(|key| self.service.keys.get(&key));
        let healthy = self.network
            && !self.flaky
            && !self.silent
            && self.scarce.is_none()
            && self.imds
            && self.service_fault.is_none()
            && !self.disk.broken
            && self.is_awake()
            && key.is_some_and(|until| *until > now)
            && self.session.is_some();
        self.seen.healthy_since = match (healthy, self.seen.healthy_since) {
            (true, since) => since.or(Some(now)),
            (false, _) => None,
        };
    }

    /// A window that ran out although the agent held the token and nothing had been wrong for a
    /// good part of it was avoidable.
    fn no_avoidable_miss(&self) {
        let Some(since) = self.seen.healthy_since else { return };
        for (token, taken) in &self.seen.acknowledged {
            let since = since.max(*taken);
            let Some(task) = self.service.tasks.get(token) else { continue };
            let State::HeartbeatTimeout(at) = task.state else { continue };
            if self.seen.replaced.contains(token) {
                continue;
            }
            let needed = longest_silence(task.window);
            assert!(
                at < since + needed,
                "{token} missed its window although nothing was wrong for {:?}",
                at - since
            );
        }
    }

    /// A token whose message is gone, and whose task waits, is in the journal; or a newer one of the
    /// session is, which the service has accepted.
    pub fn no_token_lost(&mut self) {
        let kept = self.disk.durable.session.as_ref().map(|session| session.token.expose());
        let tasks = &self.service.tasks;
        let newest = kept.and_then(|kept| tasks.get(kept)).filter(|task| task.beats > 0);
        for token in self.seen.acknowledged.keys() {
            let Some(task) = tasks.get(token).filter(|task| task.state == State::Waiting) else {
                continue;
            };
            if newest.is_some_and(|newest| task.started < newest.started) {
                self.seen.replaced.insert(token.clone());
            }
            let done = self.seen.replaced.contains(token);
            assert!(done || kept == Some(token), "{token} is neither queued nor journaled");
        }
    }

    /// The journal goes from a token whose task waits to another one only if the service has
    /// accepted a beat of that.
    pub fn no_proven_token_is_given_up(&mut self, record: &Record) {
        let new = record.session.as_ref().map(|session| session.token.expose().to_owned());
        let old = std::mem::replace(&mut self.seen.journaled, new.clone());
        let (Some(old), Some(new)) = (old, new) else { return };
        if old == new {
            return;
        }
        let task = |token: &str| self.service.tasks.get(token);
        let proven = task(&old).is_some_and(|t| t.state == State::Waiting && t.beats > 0);
        let accepted = task(&new).is_some_and(|task| task.beats > 0);
        assert!(!proven || accepted, "{old}, which is alive, was given up for {new}");
        if proven {
            self.seen.replaced.insert(old);
        }
    }

    /// A close that is known to be accepted is not sent again.
    pub fn no_accepted_close_is_repeated(&self, token: &str) {
        self.nobody_elses_token_is_used(token);
        let known = self.seen.known_closed.contains(token);
        assert!(!known, "{token} is closed again although its close is known to be accepted");
    }

    /// What another desktop was given is not ours to beat with or to close.
    pub fn nobody_elses_token_is_used(&self, token: &str) {
        assert!(!neighbour::has(token), "another desktop's {token} is used");
    }

    /// What is for another machine, or for nobody, stays in the queue.
    pub fn nobody_elses_message_is_deleted(&self, message: &Message) {
        assert_ne!(message.kind, Kind::Foreign, "another machine's message was deleted");
        assert_ne!(message.kind, Kind::Malformed, "a malformed message was deleted");
    }

    /// After "End", with the service there, nothing of the session waits any more when the computer
    /// is shut down, and the journal says so.
    pub fn accepted_before_the_after_end_action(&self) {
        let given_up = |token: &String| self.seen.replaced.contains(token);
        let waiting = self.service.tasks.iter().any(|(token, task)| {
            let is_ours = !neighbour::has(token);
            task.state == State::Waiting && task.reached && is_ours && !given_up(token)
        });
        let ordered = self.shut_down_anyway;
        assert!(!waiting || ordered, "after-end action while the service still waits");
        let journaled = self.disk.durable.session.is_none();
        assert!(
            journaled || ordered || self.seen.disk_was_broken,
            "after-end action before the end is in the journal"
        );
    }

    /// Whatever this computer's clock says, a session closes because its time is up only when it is.
    pub fn nothing_ends_early(&self, command: &Command, token: &str) {
        let Command::Close { verdict: TaskResult::Success(output), .. } = command else { return };
        let Some(task) = self.service.tasks.get(token) else { return };
        if output.contains("\"time-up\"") {
            let left = task.times_out.saturating_sub(self.now);
            assert!(left < Duration::from_secs(36), "{token} is closed {left:?} before its end");
        }
    }

    /// An idle agent takes a token soon.
    fn no_token_left_lying(&self) {
        let Some(since) = self.seen.healthy_since else { return };
        let idle = matches!(self.seen.last_shown, Some(Shown::Waiting | Shown::EndedElsewhere));
        if !idle || self.seen.after_ends > 0 || self.seen.let_go > 0 {
            return;
        }
        for message in &self.queue.messages {
            if matches!(message.kind, Kind::Start(_)) {
                let lies = self.now.saturating_sub(since.max(message.visible_at));
                assert!(lies < LYING, "{} lies there for {lies:?}", message.id);
            }
        }
    }

    fn os_is_let_go_in_time(&self) {
        let Some(deadline) = self.seen.os_deadline.filter(|_| self.is_awake()) else { return };
        assert!(
            self.now <= deadline.max(self.asleep_until.unwrap_or_default()),
            "the operating system still waits after its deadline"
        );
    }

    /// What is shown is never better than the truth.
    fn shown_is_true(&mut self) {
        let now = self.now_for_agent();
        // At the moment of waking, the core has not heard of it yet.
        let awake = self.asleep_until.is_none_or(|until| until < self.now);
        let Some(session) = self.session.as_ref().filter(|_| awake) else { return };
        let state = session.state(now);
        let changed = self.seen.last_shown.replace(state) != Some(state);
        if !changed && !self.seen.steps.is_multiple_of(LOOK_EVERY) {
            return;
        }
        let view = session.view(now);
        self.seen.shown.insert(format!("{state:?}"));
        assert_eq!(view.state, state);
        assert!(view.sentence.encode_utf16().count() <= 127, "too long: {}", view.sentence);
        secret::is_not_in(&serde_json::to_string(&view).unwrap());
        let task = self.seen.in_use.as_ref().and_then(|token| self.service.tasks.get(token));
        match state {
            Shown::Active => {
                let task = task.expect("shown as active, but nothing was sent");
                let left = (task.last_heard + task.window).saturating_sub(self.now);
                // It may be over by now; then the next beat tells.
                assert!(task.beats > 0 && !left.is_zero(), "active, but not heard in its window");
                let shown = view.window_remaining_seconds.unwrap();
                assert!(shown <= left.as_secs(), "{shown} s of the window shown, of {left:?}");
            }
            Shown::Closed => {
                let task = task.expect("shown as closed, but nothing was sent");
                // An abort in the moment of a lost answer looks the same to us; a window that ran
                // out does not.
                let over =
                    matches!(task.state, State::Closed { .. } | State::Aborted | State::Timeout);
                assert!(over, "shown as closed, but it is {:?}", task.state);
                let confirmed = view.closing.is_some_and(|closing| closing.request_id.is_some());
                assert!(!confirmed || matches!(task.state, State::Closed { .. }));
            }
            Shown::Waiting
            | Shown::AtRisk
            | Shown::Ending
            | Shown::EndedElsewhere
            | Shown::NeedsAttention => {}
        }
    }
}
