//! The end of the system under the session: when the operating system goes, and when we make it go.
//! What a session's close is, `closing` and `ending` know; here is decided who has to wait for whom.

use std::time::Duration;

use crate::session::close::attempt::ClosePlan;
use crate::session::contract::output::{Outcome, Reason};
use crate::session::interface::event::OsEnding;
use crate::session::interface::time::{Mono, Now};
use crate::session::journal::Then;
use crate::session::words::codes::Code;
use crate::session::{AfterEnd, Command, Level, Notification, OnOsEnding, Phase, Refusal, Session};

/// A system that is still up so long after we let it go is not going down.
const GONE_BY_THEN: Duration = Duration::from_secs(120);
/// The same for a shutdown of our own, which may give people a minute or two.
const LEFT_BY_THEN: Duration = Duration::from_secs(300);

/// The operating system is ending.
#[derive(Clone, Copy, Debug)]
pub(super) struct OsDeparture {
    ending: OsEnding,
    /// It waits for us until then.
    deadline: Mono,
    /// It was told that it need not; it should be gone by then.
    let_go: Option<Mono>,
}

impl OsDeparture {
    /// When something follows from it.
    pub(super) fn due(self) -> Mono {
        self.let_go.unwrap_or(self.deadline)
    }
}

impl Session {
    /// True while the operating system waits for us; for fronts that must answer it in time.
    pub fn os_is_waiting(&self) -> Option<OsEnding> {
        self.os_ending.filter(|departure| departure.let_go.is_none()).map(|it| it.ending)
    }

    /// Until when the operating system waits for us, if it does.
    pub(super) fn os_patience(&self) -> Option<Mono> {
        self.os_ending.filter(|departure| departure.let_go.is_none()).map(|it| it.deadline)
    }

    /// No session begins on a machine that goes down.
    pub(super) fn is_going_down(&self) -> bool {
        self.os_ending.is_some() || self.leaving.is_some()
    }

    pub(super) fn os_ends(&mut self, now: Now, ending: OsEnding, deadline: Mono) {
        let mut deadline = deadline;
        if let Some(before) = &mut self.os_ending {
            if before.let_go.is_none() {
                deadline = before.deadline.min(deadline);
                before.deadline = deadline;
            }
            // A shutdown follows a logoff with a policy of its own; anything else is the same end.
            if !matches!((before.ending, ending), (OsEnding::Logoff, OsEnding::Shutdown)) {
                if before.let_go.is_some() {
                    self.out.push(Command::LetOsProceed);
                }
                return;
            }
        }
        self.os_ending = Some(OsDeparture { ending, deadline, let_go: None });
        let policy = self.settings.on(ending);
        let text = format!("the operating system says: {ending:?}; policy for it: {policy:?}");
        self.log(Level::Info, Code::OsEnding, text);
        match (&mut self.phase, policy) {
            (Phase::Live(live), OnOsEnding::End) => {
                let plan = ClosePlan::end(reason_for(ending, live.spot_at.is_some()), now);
                self.begin_close(now, plan, AfterEnd::None, Vec::new());
            }
            (Phase::Live(live), OnOsEnding::Keep) => {
                // The whole window for the reboot.
                live.cadence.hurry(now);
                self.save(now);
                self.when_durable(now, Then::LetOsProceed);
            }
            (Phase::Ending(_), OnOsEnding::End) => self.end_instead_of_extending(now, ending),
            (Phase::Ending(ending), OnOsEnding::Keep) => ending.send_again(now),
            (Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_), _) => {
                self.when_durable(now, Then::LetOsProceed);
            }
        }
    }

    /// A close is under way as the system goes: no time to lose. More time, if the workflow has not
    /// been asked for it yet, would be granted to a machine that is gone.
    fn end_instead_of_extending(&mut self, now: Now, os: OsEnding) {
        let Phase::Ending(ending) = &mut self.phase else { return };
        ending.send_again(now);
        if ending.plan.outcome != Outcome::Extend || ending.attempts > 0 {
            return;
        }
        ending.plan = ClosePlan::end(reason_for(os, ending.live.spot_at.is_some()), now);
        let asks = std::mem::take(&mut ending.asks);
        for ask in asks {
            let sentence = "The computer is shutting down: the session is being closed.".into();
            self.refuse(ask, Refusal::TooLate, sentence);
        }
        self.save(now);
    }

    /// The announced end of the system was called off.
    pub(super) fn os_stays(&mut self, now: Now) {
        if self.os_ending.take().is_none() {
            return;
        }
        self.log(Level::Info, Code::OsEnding, "the shutdown was called off; going on");
        self.intake.hurry(now);
        // Was it ours? Then somebody does not want it.
        let ours = self.leaving.take().is_some();
        if let Phase::Closed(closed) = &self.phase {
            let after = closed.after;
            if !ours && closed.after_problem.is_none() {
                self.leave(now, after);
            }
            return;
        }
        let Phase::Ending(ending) = &self.phase else { return };
        let by_os = match ending.plan.reason {
            Reason::OsShutdown | Reason::Logoff | Reason::Spot => ending.asks.is_empty(),
            Reason::User
            | Reason::Idle
            | Reason::Disconnected
            | Reason::Remote
            | Reason::TimeUp
            | Reason::Failure => false,
        };
        if !by_os || ending.may_have_been_told() {
            return;
        }
        // Nothing was sent: the session goes on.
        if let Some(ending) = self.take_ending() {
            let mut live = ending.live;
            live.cadence.hurry(now);
            self.phase = Phase::Live(Box::new(live));
            self.save(now);
        }
    }

    /// Lets the system go when its patience is over, whatever was reached; and goes on if it stays.
    pub(super) fn advance_departure(&mut self, now: Now) {
        if self.leaving.is_some_and(|until| until <= now.mono) {
            self.leaving = None;
            self.intake.hurry(now);
            let text = "this computer is still up long after its shutdown was ordered: listening \
                        for a session again";
            self.log(Level::Warn, Code::AfterEnd, text);
        }
        let Some(departure) = self.os_ending.filter(|departure| departure.due() <= now.mono) else {
            return;
        };
        if departure.let_go.is_some() {
            self.os_ending = None;
            self.intake.hurry(now);
            let text = "the system is still up long after it said that it ends: going on";
            self.log(Level::Warn, Code::OsEnding, text);
            return;
        }
        if let Phase::Ending(ending) = &self.phase {
            let text = format!(
                "the operating system waits no longer and the close was not accepted ({} \
                 attempts); it is journaled: the next start sends it again, else the heartbeat \
                 timeout cleans up",
                ending.attempts
            );
            self.log(Level::Error, Code::CloseFailed, text);
        }
        self.let_os_proceed(now);
    }

    pub(super) fn let_os_proceed(&mut self, now: Now) {
        let Some(departure) = self.os_ending.as_mut().filter(|it| it.let_go.is_none()) else {
            return;
        };
        departure.let_go = Some(now.mono + GONE_BY_THEN);
        let sentence = "Deskbeat is stopping before Step Functions accepted the end.";
        self.refuse_all_waiting(Refusal::Stopped, sentence);
        self.out.push(Command::LetOsProceed);
    }

    /// Answers everybody who waits for the close that it will not be.
    pub(super) fn refuse_all_waiting(&mut self, why: Refusal, sentence: &str) {
        let Phase::Ending(ending) = &mut self.phase else { return };
        for ask in std::mem::take(&mut ending.asks) {
            self.refuse(ask, why, sentence.into());
        }
    }

    /// The session is over and the record on its way: what follows on this machine.
    pub(super) fn leave(&mut self, now: Now, after: AfterEnd) {
        if self.os_ending.is_some() {
            self.when_durable(now, Then::LetOsProceed);
            return;
        }
        match after {
            AfterEnd::None => {}
            // The user did not wait for the service; it is on its way.
            AfterEnd::Logoff | AfterEnd::Shutdown if self.leaving.is_some() => {}
            AfterEnd::Logoff | AfterEnd::Shutdown => {
                self.leaving = Some(now.mono + LEFT_BY_THEN);
                self.when_durable(now, Then::AfterEnd(after));
            }
        }
    }

    /// The after-end action now, without the service.
    pub(super) fn leave_anyway(&mut self, now: Now, after: AfterEnd) {
        if self.leaving.is_none() {
            self.leaving = Some(now.mono + LEFT_BY_THEN);
            self.out.push(Command::AfterEnd(after));
        }
    }

    pub(super) fn after_end_done(&mut self, now: Now, result: Result<(), String>) {
        let Err(problem) = result else { return };
        self.leaving = None;
        self.intake.hurry(now);
        self.log(
            Level::Warn,
            Code::AfterEnd,
            format!(
                "the after-end action was refused: {problem}; the workflow will stop the computer"
            ),
        );
        if let Phase::Closed(closed) = &mut self.phase {
            closed.after_problem = Some(problem.clone());
        }
        self.notify(Notification::AfterEndRefused(problem));
    }
}

/// The reason that a close carries because the system ends.
fn reason_for(ending: OsEnding, spot: bool) -> Reason {
    match ending {
        // EC2 shuts the system down when it takes a spot instance back.
        OsEnding::Shutdown if spot => Reason::Spot,
        OsEnding::Shutdown => Reason::OsShutdown,
        OsEnding::Logoff => Reason::Logoff,
    }
}
