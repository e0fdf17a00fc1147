//! A session that has a token: what is known of it, its rhythm and its countdowns.
//! `ends` reckons its ends, `warnings` tells of them; `close` takes it over when its end is decided.

mod ends;
pub(in crate::session) mod warnings;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::session::beats::cadence::Cadence;
use crate::session::contract::message::Start;
use crate::session::contract::record::SessionRecord;
use crate::session::interface::event::{AnnouncementKind, AwayKind, Delivery, Receipt};
use crate::session::interface::settings::Settings;
use crate::session::interface::time::{Mono, Now, between, corrected, later};
use crate::session::interface::token::{Fingerprint, TaskToken};

/// How many messages with one token are remembered until it is proven; more come again.
const MAX_UNPROVEN: usize = 32;

/// A session with its token.
#[derive(Clone, Debug)]
pub(in crate::session) struct Live {
    pub(in crate::session) token: TaskToken,
    pub(in crate::session) fingerprint: Fingerprint,
    pub(in crate::session) session_id: Option<String>,
    /// When the queue got this token's message, and the first one's of this session.
    pub(in crate::session) token_sent_at: Option<Timestamp>,
    pub(in crate::session) first_sent_at: Option<Timestamp>,
    pub(in crate::session) execution_arn: Option<String>,
    pub(in crate::session) user: Option<String>,
    pub(in crate::session) started_at: Timestamp,
    pub(in crate::session) extendable: bool,
    pub(in crate::session) cadence: Cadence,
    pub(in crate::session) standing: Standing,
    /// The service has accepted a beat of this very token, in this run or before.
    pub(in crate::session) proven: bool,
    /// Messages that brought it, which stay in the queue until the service has accepted it.
    pub(in crate::session) unproven: Vec<(String, Receipt)>,
    /// Its end was reckoned from a time of day, not counted from its message's coming.
    pub(in crate::session) told_end: bool,
    /// When TimeoutSeconds ends it.
    pub(in crate::session) end: Option<Mono>,
    /// How long the session lasts in all, if that is known.
    pub(in crate::session) length: Option<Duration>,
    pub(in crate::session) warned_minutes: Vec<u32>,
    pub(in crate::session) announced: Vec<String>,
    pub(in crate::session) spot_at: Option<Timestamp>,
    /// An `end` message's countdown.
    pub(in crate::session) remote_end: Option<Mono>,
    /// An idle or disconnect countdown.
    pub(in crate::session) away: Option<(AwayKind, Mono)>,
    /// When the journal last got the counts.
    pub(in crate::session) counts_saved: Mono,
}

/// How far the token has been proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Standing {
    /// A message brought it; no beat has been accepted yet. What the user is told when one is.
    New(Option<Greeting>),
    /// The journal held it; it may be another machine's.
    FromJournal,
    /// The journal held it, and it is this machine's; the service may have ended it meanwhile.
    OfThisMachine,
    /// The service has accepted a beat in this run.
    Confirmed,
    /// TimeoutSeconds should have ended it; the service is asked. What the user is to be told yet.
    PastItsEnd(Option<Greeting>),
}

/// What a session that begins is to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Greeting {
    Started,
    Extended,
}

/// Whether two messages speak of the same session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Same {
    Yes,
    No,
    CannotTell,
}

impl Live {
    /// A new session from its start message. The second value is a warning about the clock, if
    /// the message's times cannot be true on this machine's clock.
    pub(in crate::session) fn start(
        now: Now,
        settings: &Settings,
        session_id: Option<String>,
        start: Start,
        sent_at: Option<Timestamp>,
    ) -> (Self, Option<String>) {
        let window = start.heartbeat.unwrap_or(settings.heartbeat);
        let timeout = start.timeout.or(settings.timeout);
        let told = start.started_at.or(sent_at);
        let (elapsed, warning) = plausible_elapsed(now, told, timeout);
        let started_at = crate::session::interface::time::earlier(now.wall, elapsed);
        let live = Self {
            fingerprint: start.token.fingerprint(),
            token: start.token,
            session_id,
            token_sent_at: sent_at,
            first_sent_at: sent_at,
            execution_arn: start.execution_arn,
            user: start.user,
            started_at,
            extendable: start.extendable.unwrap_or(settings.extendable),
            standing: Standing::New(Some(Greeting::Started)),
            proven: false,
            unproven: Vec::new(),
            told_end: told.is_some() && warning.is_none(),
            cadence: Cadence::new(now, window, settings.max_interval, elapsed),
            end: timeout.map(|timeout| now.mono + timeout.saturating_sub(elapsed)),
            length: timeout,
            warned_minutes: Vec::new(),
            announced: Vec::new(),
            spot_at: None,
            remote_end: None,
            away: None,
            counts_saved: now.mono,
        };
        (live.with_past_warnings(now, settings), warning)
    }

    /// A session as the journal holds it.
    pub(in crate::session) fn resume(now: Now, settings: &Settings, record: SessionRecord) -> Self {
        let window = Duration::from_secs(record.heartbeat_seconds.max(1));
        let heard = record.last_beat_at.unwrap_or(record.started_at);
        let proven = record.proven.unwrap_or_else(|| record.has_beats_of_its_token());
        let mut cadence =
            Cadence::new(now, window, settings.max_interval, between(heard, now.wall));
        cadence.beats = record.beats;
        cadence.last_beat_at = record.last_beat_at;
        Self {
            fingerprint: record.token.fingerprint(),
            token: record.token,
            session_id: record.session_id,
            token_sent_at: record.token_sent_at,
            first_sent_at: record.first_sent_at,
            execution_arn: record.execution_arn,
            user: record.user,
            started_at: record.started_at,
            extendable: record.extendable,
            standing: Standing::FromJournal,
            proven,
            unproven: Vec::new(),
            told_end: true,
            cadence,
            end: record.ends_at.map(|at| now.mono_at(at)),
            length: record.ends_at.map(|at| between(record.started_at, at)),
            warned_minutes: record.warned_minutes,
            announced: record.announced,
            spot_at: record.spot_at,
            remote_end: record.remote_end_at.map(|at| now.mono_at(at)),
            away: None,
            counts_saved: now.mono,
        }
    }

    /// What the journal keeps of it.
    pub(in crate::session) fn record(&self, now: Now) -> SessionRecord {
        SessionRecord {
            token: self.token.clone(),
            session_id: self.session_id.clone(),
            token_sent_at: self.token_sent_at,
            first_sent_at: self.first_sent_at,
            execution_arn: self.execution_arn.clone(),
            user: self.user.clone(),
            heartbeat_seconds: self.cadence.window().as_secs(),
            started_at: self.started_at,
            ends_at: self.times_out_at(now),
            extendable: self.extendable,
            beats: self.cadence.beats,
            last_beat_at: self.cadence.last_beat_at,
            proven: Some(self.proven),
            warned_minutes: self.warned_minutes.clone(),
            announced: self.announced.clone(),
            spot_at: self.spot_at,
            remote_end_at: self.remote_end.map(|at| now.wall_at(at)),
            closing: None,
        }
    }

    /// It came from the journal and the machine's identity has not been compared yet: nothing is sent.
    pub(in crate::session) fn is_unverified(&self) -> bool {
        self.standing == Standing::FromJournal
    }

    /// It came from the journal and no beat has told yet that the service still waits.
    pub(in crate::session) fn may_be_over(&self) -> bool {
        matches!(self.standing, Standing::FromJournal | Standing::OfThisMachine)
    }

    /// The journal is ours: what was held back may go.
    pub(in crate::session) fn verified(&mut self, now: Now) {
        if self.is_unverified() {
            self.standing = Standing::OfThisMachine;
        }
        self.cadence.hurry(now);
    }

    /// TimeoutSeconds should have ended it: the service tells whether that is true.
    pub(in crate::session) fn passed_its_end(&mut self, now: Now) {
        self.standing = Standing::PastItsEnd(self.greeting());
        self.cadence.hurry(now);
    }

    /// The service has accepted a beat: the greeting to give, if one is due.
    pub(in crate::session) fn confirmed(&mut self) -> Option<Greeting> {
        let greeting = self.greeting();
        self.proven = true;
        let ended = matches!(self.standing, Standing::PastItsEnd(_)) && self.end.is_some();
        // Accepted a moment after the end: the next beat tells.
        self.standing = if ended { Standing::PastItsEnd(None) } else { Standing::Confirmed };
        greeting
    }

    /// A message brought its token, which the service has not accepted yet.
    pub(in crate::session) fn came_again(&mut self, delivery: &Delivery) {
        self.unproven.retain(|(id, _)| *id != delivery.message_id);
        if self.unproven.len() < MAX_UNPROVEN {
            self.unproven.push((delivery.message_id.clone(), delivery.receipt));
        }
    }

    /// No beat of its token was ever accepted; those of the token before it do not count.
    pub(in crate::session) fn is_unproven(&self) -> bool {
        !self.proven
    }

    /// The service cannot have given up for want of a beat yet. It waits since before the message
    /// was sent.
    pub(in crate::session) fn is_in_window(&self, now: Now) -> bool {
        let window = self.cadence.window();
        let sent = || self.token_sent_at.is_some_and(|sent| between(sent, now.wall) < window);
        now.mono < self.cadence.window_end() && (!self.is_unproven() || sent())
    }

    /// The time of day by which its ends were reckoned has to be corrected; `now` is the right one.
    pub(in crate::session) fn correct_clock(&mut self, now: Now, by: SignedDuration) {
        if self.told_end {
            self.end = self.end.map(|end| corrected(end, by));
        }
        let from_journal = matches!(self.standing, Standing::FromJournal | Standing::OfThisMachine);
        if from_journal && !self.cadence.was_confirmed() {
            let heard = self.cadence.last_beat_at.unwrap_or(self.started_at);
            self.cadence.heard_before(now, between(heard, now.wall));
        }
    }

    fn greeting(&self) -> Option<Greeting> {
        match self.standing {
            Standing::New(greeting) | Standing::PastItsEnd(greeting) => greeting,
            Standing::FromJournal | Standing::OfThisMachine | Standing::Confirmed => None,
        }
    }

    /// The session's id, for the log.
    pub(in crate::session) fn name(&self) -> &str {
        self.session_id.as_deref().unwrap_or("without id")
    }

    /// When TimeoutSeconds ends it, as a time of day.
    pub(in crate::session) fn times_out_at(&self, now: Now) -> Option<Timestamp> {
        self.end.map(|end| now.wall_at(end))
    }

    /// Marks the warnings whose time was over before the session was taken.
    fn with_past_warnings(mut self, now: Now, settings: &Settings) -> Self {
        let _too_late_to_give = self.due_warning(now, settings);
        self
    }

    /// Takes over the new token of the same session; counts and the first start stay.
    pub(in crate::session) fn replaced_by(&self, mut new: Live) -> Live {
        new.started_at = self.started_at.min(new.started_at);
        new.session_id = new.session_id.or_else(|| self.session_id.clone());
        new.first_sent_at = self.first_sent_at.or(new.first_sent_at);
        new.user = new.user.or_else(|| self.user.clone());
        new.cadence.beats += self.cadence.beats;
        new.cadence.failures += self.cadence.failures;
        new.cadence.last_beat_at = new.cadence.last_beat_at.or(self.cadence.last_beat_at);
        new.announced = self.announced.clone();
        new.spot_at = self.spot_at;
        new.away = self.away;
        // An administrator's word outlives a retry: its message is gone.
        new.remote_end = self.remote_end;
        new.standing = Standing::New(self.greeting());
        new
    }

    /// Whether a start message with these ids speaks of this session.
    pub(in crate::session) fn same_session(
        &self,
        session_id: Option<&str>,
        arn: Option<&str>,
    ) -> Same {
        same((self.session_id.as_deref(), self.execution_arn.as_deref()), (session_id, arn))
    }

    /// `new` is this session, by its ids.
    pub(in crate::session) fn goes_on_as(&self, new: &Live) -> bool {
        self.same_as(new) == Same::Yes
    }

    /// `new` is this session, unless its ids say otherwise.
    pub(in crate::session) fn may_go_on_as(&self, new: &Live) -> bool {
        self.same_as(new) != Same::No
    }

    fn same_as(&self, new: &Live) -> Same {
        self.same_session(new.session_id.as_deref(), new.execution_arn.as_deref())
    }

    /// True if a message was sent before the one that brought this token. Queues do not keep order.
    pub(in crate::session) fn is_newer_than(&self, sent_at: Option<Timestamp>) -> bool {
        self.token_sent_at.zip(sent_at).is_some_and(|(ours, theirs)| theirs < ours)
    }

    /// True if a message was sent before this session's first token.
    pub(in crate::session) fn began_after(&self, sent_at: Option<Timestamp>) -> bool {
        self.first_sent_at.zip(sent_at).is_some_and(|(ours, theirs)| theirs < ours)
    }

    /// Remembers an announcement; false if it was there already.
    pub(in crate::session) fn note_announcement(
        &mut self,
        kind: AnnouncementKind,
        id: &str,
        at: Option<Timestamp>,
        now: Now,
    ) -> bool {
        let key = format!("{kind:?}:{id}");
        if self.announced.contains(&key) {
            return false;
        }
        self.announced.push(key);
        if kind == AnnouncementKind::Spot {
            // Source: EC2 guide, spot instance interruption notices: two minutes.
            self.spot_at = Some(at.unwrap_or_else(|| later(now.wall, Duration::from_secs(120))));
        }
        true
    }
}

/// Compares (session id, execution) pairs.
pub(in crate::session) fn same(
    ours: (Option<&str>, Option<&str>),
    theirs: (Option<&str>, Option<&str>),
) -> Same {
    match (ours.0.zip(theirs.0), ours.1.zip(theirs.1)) {
        (Some((a, b)), _) => yes_if(a == b),
        (None, Some((a, b))) => yes_if(a == b),
        (None, None) => Same::CannotTell,
    }
}

fn yes_if(equal: bool) -> Same {
    if equal { Same::Yes } else { Same::No }
}

/// How long the session has lasted already. Where this machine's clock makes the workflow's time
/// impossible, the session is taken to begin now, rather than to be over.
fn plausible_elapsed(
    now: Now,
    told: Option<Timestamp>,
    timeout: Option<Duration>,
) -> (Duration, Option<String>) {
    // Clocks that are synchronised differ by less than this.
    const FINE: Duration = Duration::from_secs(5);
    let Some(told) = told else { return (Duration::ZERO, None) };
    let elapsed = between(told, now.wall);
    let from_the_future = between(now.wall, told) > FINE;
    let over_already = timeout.is_some_and(|timeout| elapsed >= timeout);
    if from_the_future || over_already {
        let warning = format!(
            "the message says the session began at {told}, but this computer's clock says {}: \
             counting from now; check the clock",
            now.wall
        );
        return (Duration::ZERO, Some(warning));
    }
    (elapsed, None)
}
