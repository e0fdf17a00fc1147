//! The ends that a living session runs towards, as data: TimeoutSeconds, an administrator's word,
//! nobody there; and when the user is warned of them.

use std::time::Duration;

use crate::session::contract::output::Reason;
use crate::session::interface::event::AwayKind;
use crate::session::interface::settings::Settings;
use crate::session::interface::time::{Mono, Now};
use crate::session::live::{Live, Standing};

/// Minutes before the end at which the user is warned. Source: the product's design.
const WARN_MINUTES: [u32; 5] = [60, 30, 15, 5, 1];
/// The share of a short session that the orderly close before its timeout may take at most.
const CLOSE_EARLY_SHARE: u32 = 10;

impl Live {
    /// When we close in order because the time is up.
    pub(in crate::session) fn time_up(&self, settings: &Settings) -> Option<Mono> {
        let end = self.end?;
        let margin = match self.length {
            Some(length) => settings.close_before_timeout.min(length / CLOSE_EARLY_SHARE),
            None => settings.close_before_timeout,
        };
        (!margin.is_zero()).then(|| end - margin)
    }

    /// When it ends for its user: at our close, else at TimeoutSeconds.
    pub(in crate::session) fn last_moment(&self, settings: &Settings) -> Option<Mono> {
        self.time_up(settings).or(self.end)
    }

    /// The share of its time that is left, 0 to 1.
    pub(in crate::session) fn share_left(&self, now: Now, settings: &Settings) -> Option<f64> {
        let (last, length) = (self.last_moment(settings)?, self.length?);
        let length = length.saturating_sub(last.until(self.end?)).as_secs_f64();
        let left = now.mono.until(last).as_secs_f64();
        (length > 0.0).then(|| (left / length).clamp(0.0, 1.0))
    }

    /// When the session closes in order because the time is up. Without a beat accepted, the service
    /// may have ended it long ago: ask first. Past the end only the service can tell what is true.
    pub(in crate::session) fn time_up_due(&self, settings: &Settings) -> Option<Mono> {
        self.time_up(settings).filter(|_| self.standing == Standing::Confirmed)
    }

    /// When a countdown closes the session, and for what reason.
    pub(in crate::session) fn countdown_due(&self) -> Option<(Mono, Reason)> {
        let (reason, at, _) = self.countdown().filter(|_| !self.may_be_over())?;
        Some((at, reason))
    }

    /// When the service has to be asked whether the session's end is true.
    pub(in crate::session) fn past_end_due(&self) -> Option<Mono> {
        match self.standing {
            Standing::New(_) | Standing::OfThisMachine | Standing::Confirmed => self.end,
            Standing::FromJournal | Standing::PastItsEnd(_) => None,
        }
    }

    /// The countdown that ends the session first, if one runs.
    pub(in crate::session) fn countdown(&self) -> Option<(Reason, Mono, bool)> {
        let remote = self.remote_end.map(|at| (Reason::Remote, at, false));
        let away = self.away.map(|(kind, at)| (reason_of(kind), at, true));
        [remote, away].into_iter().flatten().min_by_key(|(_, at, _)| *at)
    }

    /// The next warning's time, if one is to come.
    pub(in crate::session) fn next_warning(&self, settings: &Settings) -> Option<Mono> {
        let end = self.last_moment(settings).filter(|_| !self.may_be_over())?;
        let minutes = WARN_MINUTES.iter().find(|minutes| !self.warned_minutes.contains(minutes))?;
        Some(end - Duration::from_secs(60 * u64::from(*minutes)))
    }

    /// The warning to give now, if one is due. After a sleep that spans several, only the last.
    pub(in crate::session) fn due_warning(&mut self, now: Now, settings: &Settings) -> Option<u32> {
        let left = now.mono.until(self.last_moment(settings)?);
        let due = |minutes: &u32| left <= Duration::from_secs(60 * u64::from(*minutes));
        let fresh: Vec<u32> = WARN_MINUTES
            .into_iter()
            .filter(due)
            .filter(|minutes| !self.warned_minutes.contains(minutes))
            .collect();
        self.warned_minutes.extend(&fresh);
        if left.is_zero() { None } else { fresh.last().copied() }
    }

    /// True once TimeoutSeconds should have ended it.
    pub(in crate::session) fn is_past_its_end(&self, now: Now) -> bool {
        self.end.is_some_and(|end| end <= now.mono)
    }

    /// A beat was accepted although TimeoutSeconds should have ended the session: a clock jumped
    /// or the message was wrong. True if that was so; the end is not known then.
    pub(in crate::session) fn outlived_its_end(&mut self) -> bool {
        // The service may be this much behind our reckoning.
        const FINE: Duration = Duration::from_secs(5);
        let heard = self.cadence.window_end() - self.cadence.window();
        let outlived = self.end.is_some_and(|end| end + FINE < heard);
        if outlived {
            self.end = None;
            self.length = None;
        }
        outlived
    }
}

/// The reason that a close after being away carries.
pub(in crate::session) fn reason_of(kind: AwayKind) -> Reason {
    match kind {
        AwayKind::Idle => Reason::Idle,
        AwayKind::Disconnected => Reason::Disconnected,
    }
}
