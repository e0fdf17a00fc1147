//! What a living session does as time passes: warnings, announcements, countdowns, time up.

use std::time::Duration;

use super::closing::Plan;
use super::event::{Announcement, AnnouncementKind, AwayKind};
use super::live::reason_of;
use super::output::Reason;
use super::time::{Mono, Now};
use super::wording::code;
use super::{Level, Notification, Phase, Session};

/// The grace of an `end` message that does not name one.
const DEFAULT_END_GRACE: Duration = Duration::from_secs(60);

impl Session {
    /// Whatever is due in a living session: its end first, then warnings, then the beat.
    pub(super) fn advance_live(&mut self, now: Now) {
        if let Phase::Live(live) = &mut self.phase {
            let countdown = live.countdown().filter(|(_, at, _)| *at <= now.mono);
            let time_up = live.time_up(&self.settings).filter(|at| *at <= now.mono);
            let reason = countdown.map(|(reason, _, _)| reason);
            // Without a beat accepted in this run, the service may have ended it long ago: ask first.
            let confirmed = live.cadence.was_confirmed();
            let reason = reason.or(time_up.filter(|_| confirmed).map(|_| Reason::TimeUp));
            match reason {
                Some(reason) => {
                    let after = self.settings.after_end;
                    self.begin_close(now, Plan::end(reason, now), after, Vec::new());
                }
                None => self.warn_of_the_end(now),
            }
        }
        self.beat_if_due(now);
    }

    fn warn_of_the_end(&mut self, now: Now) {
        let Phase::Live(live) = &mut self.phase else { return };
        let known = live.warned_minutes.len();
        let minutes = live.due_warning(now);
        let changed = live.warned_minutes.len() != known;
        let (ends_at, extendable) = (live.ends_at(now), live.extendable);
        if let Some((minutes, ends_at)) = minutes.zip(ends_at) {
            self.log(
                Level::Info,
                code::WARNED,
                format!("{minutes} min left: TimeoutSeconds ends the session at {ends_at}"),
            );
            self.notify(Notification::TimeLeft { minutes, ends_at, extendable });
        }
        if changed {
            self.save(now);
        }
    }

    pub(super) fn announced(&mut self, now: Now, announcement: Announcement) {
        let Announcement { kind, id, at, text } = announcement;
        let fresh = match self.living_mut() {
            Some(live) => live.note_announcement(kind, &id, at, now),
            // Without a session nobody is there to warn; the log has it.
            None => true,
        };
        if !fresh {
            return;
        }
        let what = match kind {
            AnnouncementKind::Spot => "EC2 takes this spot instance back",
            AnnouncementKind::Rebalance => "EC2 may soon take this spot instance back",
            AnnouncementKind::Maintenance => "EC2 maintenance of this machine is scheduled",
            AnnouncementKind::ScaleIn => "Auto Scaling is taking this machine out of service",
        };
        let when = at.map_or_else(String::new, |at| format!(" at {at}"));
        let words = text.as_deref().map_or_else(String::new, |text| format!(" ({text})"));
        self.log(Level::Warn, code::WARNED, format!("{what}{when}{words}"));
        if self.living_mut().is_some() {
            self.notify(Notification::Announced { kind, at, text });
            self.save(now);
        }
    }

    pub(super) fn away(&mut self, now: Now, kind: AwayKind, away: bool) {
        let grace = self.settings.away_grace;
        let Phase::Live(live) = &mut self.phase else { return };
        match (live.away, away) {
            (None, true) => {
                let at = now.mono + grace;
                live.away = Some((kind, at));
                self.count_down(now, reason_of(kind), at, true);
            }
            (Some((running, _)), false) if running == kind => {
                self.stay();
            }
            (Some(_), _) | (None, false) => {}
        }
    }

    /// Calls an idle or disconnect countdown off. False if none runs.
    pub(super) fn stay(&mut self) -> bool {
        let Phase::Live(live) = &mut self.phase else { return false };
        if live.away.take().is_none() {
            return false;
        }
        self.log(Level::Info, code::COUNTDOWN, "somebody is here: the countdown is off");
        true
    }

    /// An administrator's `end`: closes after its grace. A second one may only shorten it.
    pub(super) fn remote_end(&mut self, now: Now, grace: Option<Duration>) {
        let Phase::Live(live) = &mut self.phase else { return };
        let at = now.mono + grace.unwrap_or(DEFAULT_END_GRACE);
        if live.remote_end.is_some_and(|before| before <= at) {
            return;
        }
        live.remote_end = Some(at);
        self.count_down(now, Reason::Remote, at, false);
    }

    fn count_down(&mut self, now: Now, reason: Reason, at: Mono, can_stay: bool) {
        let wall = now.wall_at(at);
        let seconds = now.mono.until(at).as_secs();
        self.log(
            Level::Info,
            code::COUNTDOWN,
            format!("the session will be closed in {seconds} s, reason {reason:?}"),
        );
        self.notify(Notification::Countdown { reason, at: wall, can_stay });
    }
}
