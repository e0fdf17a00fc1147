//! What a living session does as time passes: warnings, announcements, countdowns, time up.

use std::time::Duration;

use super::live::Live;
use super::{Level, Notification, Phase, Session, State};
use crate::session::close::attempt::ClosePlan;
use crate::session::contract::output::Reason;
use crate::session::deadlines::reason_of;
use crate::session::interface::event::{Announcement, AnnouncementKind, AwayKind};
use crate::session::interface::time::{Mono, Now};
use crate::session::words::codes::Code;

/// The grace of an `end` message that does not name one.
const DEFAULT_END_GRACE: Duration = Duration::from_secs(60);

impl Session {
    /// Whatever is due in a living session: its end first, then warnings, then the beat.
    pub(super) fn advance_live(&mut self, now: Now) {
        if let Phase::Live(live) = &mut self.phase {
            if live.is_past_its_end(now) && !live.end_checked {
                live.end_checked = true;
                live.cadence.hurry(now);
            }
            match live.due_end(now, &self.settings) {
                Some(reason) => {
                    let after = self.settings.after_end;
                    self.begin_close(now, ClosePlan::end(reason, now), after, Vec::new());
                }
                None => self.warn_of_the_end(now),
            }
        }
        self.tell_of_risk(now);
        self.beat_if_due(now);
    }

    /// When something but a beat is due in a living session.
    pub(super) fn live_due(&self, live: &Live) -> Option<Mono> {
        let countdown = live.countdown().map(|(_, at, _)| at).filter(|_| !live.may_be_over);
        let time_up = live.time_up(&self.settings).filter(|_| live.may_close_early());
        let end = live.end.filter(|_| !live.end_checked);
        // The moment from which what is shown would be a lie.
        let hopeful = matches!(self.shown, State::Active | State::Waiting);
        let window_end = hopeful.then(|| live.cadence.window_end());
        let warning = live.next_warning(&self.settings).filter(|_| !live.may_be_over);
        [countdown, time_up, end, window_end, warning, self.risk_due(live)]
            .into_iter()
            .flatten()
            .min()
    }

    fn warn_of_the_end(&mut self, now: Now) {
        let Phase::Live(live) = &mut self.phase else { return };
        if live.may_be_over {
            return;
        }
        let known = live.warned_minutes.len();
        let minutes = live.due_warning(now, &self.settings);
        let changed = live.warned_minutes.len() != known;
        let extendable = live.extendable;
        let ends_at = self.ends_at(now);
        if let Some((minutes, ends_at)) = minutes.zip(ends_at) {
            self.log(
                Level::Info,
                Code::Warned,
                format!("{minutes} min left: the session ends at {ends_at}"),
            );
            self.notify(Notification::TimeLeft { minutes, ends_at, extendable });
        }
        if changed {
            self.save(now);
        }
    }

    pub(super) fn announced(&mut self, now: Now, announcement: Announcement) {
        let fresh = self.machine.note_announcement(&announcement);
        // Without a session nobody is there to warn; the log has it.
        if self.living_mut().is_some() {
            self.tell_announced(announcement, now);
        } else if fresh {
            self.log_announced(&announcement);
        }
    }

    /// Tells the user of the living session what AWS announced, once, also over a restart.
    pub(super) fn tell_announced(&mut self, announcement: Announcement, now: Now) {
        let Some(live) = self.living_mut() else { return };
        if !live.note_announcement(announcement.kind, &announcement.id, announcement.at, now) {
            return;
        }
        self.log_announced(&announcement);
        let Announcement { kind, at, text, .. } = announcement;
        self.notify(Notification::Announced { kind, at, text });
        self.save(now);
    }

    fn log_announced(&mut self, announcement: &Announcement) {
        let Announcement { kind, at, text, .. } = announcement;
        let what = match kind {
            AnnouncementKind::Spot => "EC2 takes this spot instance back",
            AnnouncementKind::Rebalance => "EC2 may soon take this spot instance back",
            AnnouncementKind::Maintenance => "EC2 maintenance of this machine is scheduled",
            AnnouncementKind::ScaleIn => "Auto Scaling is taking this machine out of service",
        };
        let when = at.map_or_else(String::new, |at| format!(" at {at}"));
        let words = text.as_deref().map_or_else(String::new, |text| format!(" ({text})"));
        self.log(Level::Warn, Code::Warned, format!("{what}{when}{words}"));
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
        self.log(Level::Info, Code::Countdown, "somebody is here: the countdown is off");
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
            Code::Countdown,
            format!("the session will be closed in {seconds} s, reason {reason:?}"),
        );
        self.notify(Notification::Countdown { reason, at: wall, can_stay });
    }
}
