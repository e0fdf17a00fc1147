//! Keeping the task alive: sends beats when `cadence` says so, and decides what each answer means.

use super::closing::Ending;
use super::event::CallId;
use super::failure::{Failure, FailureKind};
use super::live::Live;
use super::time::{Mono, Now};
use super::wording::{self, code};
use super::{Command, Gone, Level, Notification, Phase, Session};

/// The counts of a long session are journaled this often, so that a crash loses few.
const SAVE_COUNTS_EVERY: std::time::Duration = std::time::Duration::from_secs(300);

impl Session {
    /// When `live` should beat next; `None` while one is under way, or nothing to sign with is there.
    pub(super) fn beat_due(&self, live: &Live) -> Option<Mono> {
        let ready = !live.unverified && self.machine.key.is_some();
        live.cadence.due().filter(|_| ready)
    }

    /// Until the close is accepted the task must live; but the system's last seconds are the close's.
    pub(super) fn beats_while(&self, ending: &Ending) -> bool {
        self.os_ending.is_none() && !ending.beats_are_over
    }

    /// Sends a beat for the living session if one is due.
    pub(super) fn beat_if_due(&mut self, now: Now) {
        let live = match &self.phase {
            Phase::Live(live) => live,
            Phase::Ending(ending) if self.beats_while(ending) => &ending.live,
            Phase::Ending(_) | Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {
                return;
            }
        };
        if self.beat_due(live).is_none_or(|due| due > now.mono) {
            return;
        }
        let (token, timeout) = (live.token.clone(), live.cadence.call_timeout());
        let call = self.next_call();
        if let Some(live) = self.living_mut() {
            live.cadence.sent(call, now);
        }
        self.out.push(Command::Beat { call, token, timeout });
    }

    pub(super) fn beat_answered(&mut self, now: Now, call: CallId, answer: Result<(), Failure>) {
        match answer {
            Ok(()) => self.beat_accepted(now, call),
            Err(failure) => self.beat_failed(now, call, failure),
        }
    }

    fn beat_accepted(&mut self, now: Now, call: CallId) {
        let mut rng = self.rng.fork();
        let Some(live) = self.living_mut() else { return };
        let trouble = live.cadence.failing().cloned();
        if !live.cadence.accepted(call, &mut rng) {
            return;
        }
        let save = live.counts_saved.until(now.mono) >= SAVE_COUNTS_EVERY;
        if let Some(trouble) = trouble {
            let text = format!(
                "beats are accepted again after {} failed ones (last: {}); the session goes on",
                trouble.attempts, trouble.last
            );
            self.log(Level::Info, code::RECOVERED, text);
            if trouble.notified {
                self.notify(Notification::Recovered);
            }
        }
        if save {
            self.save(now);
        }
    }

    fn beat_failed(&mut self, now: Now, call: CallId, failure: Failure) {
        let mut rng = self.rng.fork();
        let Some(live) = self.living_mut() else { return };
        if !live.cadence.failed(call, failure.clone(), now, &mut rng) {
            return;
        }
        let attempts = live.cadence.failing().map_or(0, |failing| failing.attempts);
        let left = now.mono.until(live.cadence.window_end());
        self.remember_error("beat", &failure);
        // Doubling the gap between lines keeps hours of failure readable.
        let over = matches!(failure.kind, FailureKind::TokenOver(_));
        if attempts.is_power_of_two() && !over {
            let level = if attempts >= 4 { Level::Error } else { Level::Warn };
            self.log(
                level,
                code::AT_RISK,
                format!(
                    "beat {attempts} in a row failed: {failure}; {}; Step Functions gives up in \
                     {} s unless one gets through; trying again",
                    wording::cause(&failure),
                    left.as_secs()
                ),
            );
        }
        match failure.kind {
            FailureKind::TokenOver(_) => self.token_is_over(now, failure),
            FailureKind::Credentials | FailureKind::Signature => {
                self.out.push(Command::RefreshCredentials);
            }
            FailureKind::AccessDenied
            | FailureKind::Throttled
            | FailureKind::InvalidOutput
            | FailureKind::KmsThrottled
            | FailureKind::Kms
            | FailureKind::NoSuchQueue
            | FailureKind::Service
            | FailureKind::Unreachable => {}
        }
        self.notify_at_risk(now);
    }

    /// Tells the user once per run of failures, when half of the window is gone.
    fn notify_at_risk(&mut self, now: Now) {
        let Phase::Live(live) = &mut self.phase else { return };
        let gives_up = live.cadence.window_end();
        let left = now.mono.until(gives_up);
        let half = live.cadence.window() / 2;
        let Some(failing) = live.cadence.failing_mut() else { return };
        if failing.notified || failing.attempts < 2 || left > half {
            return;
        }
        failing.notified = true;
        let cause = wording::cause(&failing.last).to_owned();
        self.notify(Notification::AtRisk { gives_up_at: now.wall_at(gives_up), cause });
    }

    /// A named token error: Step Functions no longer waits for this task.
    fn token_is_over(&mut self, now: Now, failure: Failure) {
        match &mut self.phase {
            Phase::Live(_) => self.ended_elsewhere(now, &failure),
            // A close is under way; its own answer tells whether it was ours.
            Phase::Ending(ending) => {
                ending.beats_are_over = true;
                ending.hurry(now);
            }
            Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {}
        }
    }

    /// The service ended the session without us.
    pub(super) fn ended_elsewhere(&mut self, now: Now, failure: &Failure) {
        let live = match std::mem::replace(&mut self.phase, Phase::Waiting(None)) {
            Phase::Live(live) => *live,
            Phase::Ending(ending) => ending.live,
            other @ (Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_)) => {
                self.phase = other;
                return;
            }
        };
        self.journaling.finish(live.fingerprint.clone());
        let quiet = now.mono >= live.cadence.window_end();
        let text = format!(
            "Step Functions no longer waits for this session ({failure}){}; beats have stopped; a \
             new task token will be taken when one comes",
            if quiet { ": its heartbeat window had run out" } else { "" }
        );
        self.log(Level::Warn, code::ENDED_ELSEWHERE, text);
        self.phase = Phase::EndedElsewhere(Box::new(Gone { live }));
        self.notify(Notification::EndedElsewhere);
        self.intake.hurry(now);
        self.save(now);
    }

    /// The session whose token is being kept alive, closing or not.
    pub(super) fn living_mut(&mut self) -> Option<&mut Live> {
        match &mut self.phase {
            Phase::Live(live) => Some(live),
            Phase::Ending(ending) => Some(&mut ending.live),
            Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => None,
        }
    }
}
