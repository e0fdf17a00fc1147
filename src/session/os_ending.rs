//! The end of the system under the session: when the operating system goes, and when we make it go.
//! Who has to wait for whom; what a close is, `close` knows.

use std::time::Duration;

use crate::session::contract::output::Reason;
use crate::session::interface::command::{Command, Level};
use crate::session::interface::outbox::Outbox;
use crate::session::interface::settings::OsEnding;
use crate::session::interface::time::{Mono, Now};
use crate::session::words::codes::Code;

/// A system that is still up so long after we let it go is not going down.
const GONE_BY_THEN: Duration = Duration::from_secs(120);
/// The same for a shutdown of our own, which may give people a minute or two.
const LEFT_BY_THEN: Duration = Duration::from_secs(300);

/// Whether the system under us is about to end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Departure {
    /// The operating system is ending.
    os: Option<OsWait>,
    /// The after-end action was ordered: the machine is expected to be gone by then.
    ordered: Option<Mono>,
}

#[derive(Clone, Copy, Debug)]
struct OsWait {
    ending: OsEnding,
    /// It waits for us until then.
    deadline: Mono,
    /// It was told that it need not; it should be gone by then.
    let_go: Option<Mono>,
    /// It waits a second time, for this process.
    again: bool,
}

/// What the end of the operating system's patience means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PatienceOver {
    /// It has to be let go, whatever was reached.
    LetGo,
    /// It was let go long ago and is still up: everything goes on.
    StillUp,
}

impl Departure {
    /// What the operating system waits for us to do, if it waits.
    pub(super) fn waiting(self) -> Option<OsEnding> {
        self.os.filter(|os| os.let_go.is_none()).map(|os| os.ending)
    }

    /// Until when it waits.
    pub(super) fn deadline(self) -> Option<Mono> {
        self.os.filter(|os| os.let_go.is_none()).map(|os| os.deadline)
    }

    /// The operating system ends by itself.
    pub(super) fn os_is_ending(self) -> bool {
        self.os.is_some()
    }

    /// No session begins on a machine that goes down.
    pub(super) fn is_going_down(self) -> bool {
        self.os.is_some() || self.ordered.is_some()
    }

    pub(super) fn patience_due(self) -> Option<Mono> {
        self.os.map(|os| os.let_go.unwrap_or(os.deadline))
    }

    pub(super) fn ordered_due(self) -> Option<Mono> {
        self.ordered
    }

    /// The operating system says that it ends. False if it had said so, and nothing follows.
    pub(super) fn announced(
        &mut self,
        ending: OsEnding,
        mut deadline: Mono,
        out: &mut Outbox,
    ) -> bool {
        if let Some(before) = &mut self.os {
            if before.let_go.is_none() {
                deadline = before.deadline.min(deadline);
                before.deadline = deadline;
            }
            // A shutdown follows a logoff with a policy of its own; anything else is the same end.
            if !matches!((before.ending, ending), (OsEnding::Logoff, OsEnding::Shutdown)) {
                if before.let_go.is_some() {
                    out.push(Command::LetOsProceed);
                }
                return false;
            }
        }
        self.os = Some(OsWait { ending, deadline, let_go: None, again: false });
        true
    }

    /// What was let go waits once more, until `deadline`. False if it was not let go, or did before.
    pub(super) fn waits_again(&mut self, deadline: Mono) -> bool {
        let Some(os) = self.os.as_mut().filter(|os| os.let_go.is_some() && !os.again) else {
            return false;
        };
        *os = OsWait { deadline, let_go: None, again: true, ..*os };
        true
    }

    /// True if this process ends when the patience does, and not only the machine's wait for it.
    pub(super) fn process_stops(self) -> bool {
        self.os.is_some_and(|os| os.again || os.ending == OsEnding::Logoff)
    }

    /// The end was called off: `Some` if one had been announced, true if it was ours.
    pub(super) fn called_off(&mut self, out: &mut Outbox) -> Option<bool> {
        self.os.take()?;
        out.log(Level::Info, Code::OsEnding, "the shutdown was called off; going on");
        Some(self.ordered.take().is_some())
    }

    /// What follows now that the system's patience is over.
    pub(super) fn patience_over(&mut self, out: &mut Outbox) -> PatienceOver {
        if self.os.is_none_or(|os| os.let_go.is_none()) {
            return PatienceOver::LetGo;
        }
        self.os = None;
        let text = "the system is still up long after it said that it ends: going on";
        out.log(Level::Warn, Code::OsEnding, text);
        PatienceOver::StillUp
    }

    /// It need not wait for us any longer. False if it was told before, or does not end.
    pub(super) fn let_go(&mut self, now: Now) -> bool {
        let Some(os) = self.os.as_mut().filter(|os| os.let_go.is_none()) else { return false };
        os.let_go = Some(now.mono + GONE_BY_THEN);
        true
    }

    /// The after-end action is ordered. False if it was already.
    pub(super) fn order(&mut self, now: Now) -> bool {
        let is_new = self.ordered.is_none();
        self.ordered.get_or_insert(now.mono + LEFT_BY_THEN);
        is_new
    }

    /// The machine stays, although its end was ordered.
    pub(super) fn stays(&mut self) {
        self.ordered = None;
    }

    /// It should have been gone by now.
    pub(super) fn still_here(&mut self, out: &mut Outbox) {
        self.ordered = None;
        let text = "this computer is still up long after its shutdown was ordered: listening for \
                    a session again";
        out.log(Level::Warn, Code::AfterEnd, text);
    }
}

/// The reason that a close carries because the system ends.
pub(super) fn reason_for(ending: OsEnding, spot: bool) -> Reason {
    match ending {
        // EC2 shuts the system down when it takes a spot instance back.
        OsEnding::Shutdown if spot => Reason::Spot,
        OsEnding::Shutdown => Reason::OsShutdown,
        OsEnding::Logoff => Reason::Logoff,
    }
}
