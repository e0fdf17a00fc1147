//! What the user of a living session is told of its end: warnings, announcements, countdowns.

use std::time::Duration;

use crate::session::contract::in_contract;
use crate::session::contract::output::Reason;
use crate::session::interface::command::Level;
use crate::session::interface::event::{Announcement, AnnouncementKind, AwayKind};
use crate::session::interface::notification::Notification;
use crate::session::interface::outbox::Outbox;
use crate::session::interface::settings::Settings;
use crate::session::interface::time::{Mono, Now};
use crate::session::live::Live;
use crate::session::live::ends::reason_of;
use crate::session::words::codes::Code;

/// The grace of an `end` message that does not name one.
const DEFAULT_END_GRACE: Duration = Duration::from_secs(60);

impl Live {
    /// Gives the warning that is due; the record has changed then.
    pub(in crate::session) fn warn(&mut self, now: Now, settings: &Settings, out: &mut Outbox) {
        let minutes = self.due_warning(now, settings);
        let ends_at = self.last_moment(settings).map(|at| now.wall_at(at));
        if let Some((minutes, ends_at)) = minutes.zip(ends_at) {
            let text = format!("{minutes} min left: the session ends at {ends_at}");
            out.log(Level::Info, Code::Warned, text);
            let extendable = self.extendable;
            out.notify(Notification::TimeLeft { minutes, ends_at, extendable });
        }
    }

    /// Tells the user what AWS announced, once, also over a restart. False if it was told before.
    pub(in crate::session) fn tell_announced(
        &mut self,
        now: Now,
        announcement: &Announcement,
        out: &mut Outbox,
    ) -> bool {
        let Announcement { kind, id, at, text } = announcement;
        if !self.note_announcement(*kind, id, *at, now) {
            return false;
        }
        log_announced(announcement, out);
        out.notify(Notification::Announced { kind: *kind, at: *at, text: text.clone() });
        true
    }

    /// The user is away, or back.
    pub(in crate::session) fn away(
        &mut self,
        now: Now,
        kind: AwayKind,
        away: bool,
        settings: &Settings,
        out: &mut Outbox,
    ) {
        match (self.away, away) {
            (None, true) => {
                let at = now.mono + settings.away_grace;
                self.away = Some((kind, at));
                count_down(now, reason_of(kind), at, true, out);
            }
            (Some((running, _)), false) if running == kind => {
                self.stay(out);
            }
            (Some(_), _) | (None, false) => {}
        }
    }

    /// Calls an idle or disconnect countdown off. False if none runs.
    pub(in crate::session) fn stay(&mut self, out: &mut Outbox) -> bool {
        let ran = self.away.take().is_some();
        if ran {
            out.log(Level::Info, Code::Countdown, "somebody is here: the countdown is off");
        }
        ran
    }

    /// An administrator's `end`: closes after its grace. A second one may only shorten it.
    pub(in crate::session) fn end_remotely(
        &mut self,
        now: Now,
        grace: Option<Duration>,
        out: &mut Outbox,
    ) {
        let at = now.mono + grace.unwrap_or(DEFAULT_END_GRACE);
        if self.remote_end.is_some_and(|before| before <= at) {
            return;
        }
        self.remote_end = Some(at);
        count_down(now, Reason::Remote, at, false, out);
    }
}

fn count_down(now: Now, reason: Reason, at: Mono, can_stay: bool, out: &mut Outbox) {
    let seconds = now.mono.until(at).as_secs();
    let reason_word = in_contract(&reason);
    let text = format!("the session will be closed in {seconds} s, reason {reason_word}");
    out.log(Level::Info, Code::Countdown, text);
    out.notify(Notification::Countdown { reason, at: now.wall_at(at), can_stay });
}

/// For the log, where nobody is there to be warned.
pub(in crate::session) fn log_announced(announcement: &Announcement, out: &mut Outbox) {
    let Announcement { kind, at, text, .. } = announcement;
    let what = match kind {
        AnnouncementKind::Spot => "EC2 takes this spot instance back",
        AnnouncementKind::Rebalance => "EC2 may soon take this spot instance back",
        AnnouncementKind::Maintenance => "EC2 maintenance of this machine is scheduled",
        AnnouncementKind::ScaleIn => "Auto Scaling is taking this machine out of service",
    };
    let when = at.map_or_else(String::new, |at| format!(" at {at}"));
    let words = text.as_deref().map_or_else(String::new, |text| format!(" ({text})"));
    out.log(Level::Warn, Code::Warned, format!("{what}{when}{words}"));
}
