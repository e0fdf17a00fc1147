//! Keeping the task alive: sends beats when `cadence` says so, and decides what each answer means.

pub(crate) mod cadence;

use std::time::Duration;

use crate::session::close::attempt::Ending;
use crate::session::interface::event::CallId;
use crate::session::interface::failure::{Failure, FailureKind, TokenOver};
use crate::session::interface::time::{Mono, Now};
use crate::session::live::{Greeting, Live};
use crate::session::words::codes::Code;
use crate::session::words::sentences;
use crate::session::{Command, Gone, Level, Notification, Phase, Session};

/// The counts and the last beat of a session are journaled twice a window, within these bounds, so
/// that a restart knows how much of the window is left, and the disk is left alone.
const SAVE_AT_MOST_EVERY: Duration = Duration::from_secs(30);
const SAVE_AT_LEAST_EVERY: Duration = Duration::from_secs(300);

impl Session {
    /// When `live` should beat next; `None` while one is under way, or nothing to sign with is there.
    pub(super) fn beat_due(&self, live: &Live) -> Option<Mono> {
        let ready = !live.unverified && self.machine.can_sign();
        live.cadence.due().filter(|_| ready)
    }

    /// Until the close is accepted the task must live; but the system's last seconds are the close's.
    pub(super) fn beats_while(&self, ending: &Ending) -> bool {
        self.os_patience().is_none() && !ending.beats_are_over
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
        live.may_be_over = false;
        let risk_told = std::mem::take(&mut live.cadence.risk_told);
        let (end, outlived) = (live.times_out_at(now), live.outlived_its_end());
        let first = live.greeting.is_some();
        let often = (live.cadence.window() / 2).clamp(SAVE_AT_MOST_EVERY, SAVE_AT_LEAST_EVERY);
        let counts_are_old = live.counts_saved.until(now.mono) >= often;
        if let Some(trouble) = trouble {
            let text = format!(
                "beats are accepted again after {} failed ones (last: {}); the session goes on",
                trouble.attempts, trouble.last
            );
            self.log(Level::Info, Code::Recovered, text);
        }
        if risk_told {
            self.notify(Notification::Recovered);
        }
        if let Some(end) = end.filter(|_| outlived) {
            let text = format!(
                "the service still waits although the session's time was to be up at {end}: the \
                 end is not known any longer; check the clock, and timeoutSeconds in the message"
            );
            self.log(Level::Warn, Code::Clock, text);
        }
        self.greet(now);
        if first || outlived || counts_are_old {
            self.save(now);
        }
    }

    fn beat_failed(&mut self, now: Now, call: CallId, failure: Failure) {
        let mut rng = self.rng.fork();
        let Some(live) = self.living_mut() else { return };
        let failure = failure.without(&live.token);
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
                Code::AtRisk,
                format!(
                    "beat {attempts} in a row failed: {failure}; {}; Step Functions gives up in \
                     {} s unless one gets through; trying again",
                    sentences::cause(&failure),
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
    }

    /// Why no beat gets through, in words for the user, if it is more than a hiccup.
    fn risk(&self, live: &Live) -> Option<&str> {
        match live.cadence.failing() {
            Some(failing) => (failing.attempts >= 2).then(|| sentences::cause(&failing.last)),
            // Not even one can be sent.
            None => self.machine.holds_beats_back().filter(|_| !live.cadence.is_under_way()),
        }
    }

    /// When the user is to be told that the session is at risk, unless a beat gets through before.
    pub(super) fn risk_due(&self, live: &Live) -> Option<Mono> {
        let untold = !live.cadence.risk_told && self.risk(live).is_some();
        untold.then(|| live.cadence.half_time())
    }

    /// Tells the user once per run of failures, when half of the window is gone.
    pub(super) fn tell_of_risk(&mut self, now: Now) {
        let Phase::Live(live) = &self.phase else { return };
        if self.risk_due(live).is_none_or(|due| due > now.mono) {
            return;
        }
        let gives_up_at = now.wall_at(live.cadence.window_end());
        let cause = self.risk(live).unwrap_or_default().to_owned();
        if let Phase::Live(live) = &mut self.phase {
            live.cadence.risk_told = true;
        }
        self.notify(Notification::AtRisk { gives_up_at, cause });
    }

    /// Tells the user that the session has begun, now that the service has confirmed it, and of
    /// whatever AWS had announced before.
    fn greet(&mut self, now: Now) {
        let Some(live) = self.living_mut() else { return };
        let Some(greeting) = live.greeting.take() else { return };
        let ends_at = self.ends_at(now);
        self.notify(match greeting {
            Greeting::Started => Notification::Started { ends_at },
            Greeting::Extended => Notification::Extended { ends_at },
        });
        for announcement in self.machine.announcements.clone() {
            self.tell_announced(announcement, now);
        }
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
        let never_known = live.cadence.beats == 0;
        let unknown = matches!(
            failure.kind,
            FailureKind::TokenOver(TokenOver::InvalidToken | TokenOver::TaskDoesNotExist)
        );
        let why = if never_known && unknown {
            ": it does not know the token; was it cut or changed on its way?"
        } else if quiet {
            ": its heartbeat window had run out"
        } else {
            ""
        };
        let text = format!(
            "Step Functions no longer waits for this session ({failure}){why}; beats have stopped; \
             a new task token will be taken when one comes"
        );
        self.log(Level::Warn, Code::EndedElsewhere, text);
        self.phase = Phase::EndedElsewhere(Box::new(Gone { live }));
        // A message from before this machine was up is no session that the user knew of.
        if !never_known {
            self.notify(Notification::EndedElsewhere);
        }
        self.let_parked_come_back(now);
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
