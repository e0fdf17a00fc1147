//! Notifications in the words that the user reads: a title, and what it means.

use jiff::Timestamp;

use crate::session::contract::output::Reason;
use crate::session::interface::event::AnnouncementKind;
use crate::session::words::said::{Said, said};
use crate::session::words::sentences;
use crate::session::words::text::Text;
use crate::session::{Notification, State, View};
use crate::ui::language::spoken;
use crate::ui::times::told;

/// How much it matters that the user sees it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// May be missed.
    Low,
    /// Should be seen.
    Normal,
    /// The user's work is at stake.
    Critical,
}

/// What a notification is about. One notification stands for each at a time: a later one takes the
/// former's place, and it goes when there is nothing to say of it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A session began, or has more time.
    Began,
    /// Beats fail, or are accepted again.
    Risk,
    /// How much time is left.
    TimeLeft,
    /// AWS announced something about this computer.
    Announced,
    /// The session is about to close by itself.
    Countdown,
    /// An administrator's text; each stands for itself.
    Text,
    /// The session's end.
    End,
    /// What this computer does after it.
    AfterEnd,
    /// Somebody has to mend something.
    Attention,
    /// What somebody chose was done.
    Done,
    /// A question, where no window can ask it; whoever asks takes it back.
    Question,
}

impl Subject {
    /// False once a notification about it would mislead whoever reads it.
    pub fn stands(self, view: &View) -> bool {
        let lives = matches!(view.state, State::Active | State::AtRisk);
        match self {
            // A session that was found is Waiting until its first beat is accepted.
            Subject::Began | Subject::Risk | Subject::Announced => {
                lives || view.state == State::Waiting
            }
            Subject::TimeLeft => lives,
            Subject::Countdown => view.countdown.is_some(),
            Subject::Text | Subject::Done | Subject::Question => true,
            Subject::End => match view.state {
                State::Ending => view.closing.as_ref().is_some_and(|it| it.problem.is_some()),
                State::Closed | State::EndedElsewhere => true,
                State::Waiting | State::Active | State::AtRisk | State::NeedsAttention => false,
            },
            Subject::AfterEnd => view.state == State::Closed,
            Subject::Attention => view.state == State::NeedsAttention,
        }
    }

    /// True if a second one takes the first one's place.
    pub fn replaces(self) -> bool {
        !matches!(self, Subject::Text | Subject::Announced | Subject::Question)
    }
}

/// A notification as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub subject: Subject,
    /// A few words.
    pub title: String,
    /// One or two sentences: what it means, what to do.
    pub body: String,
    /// How much it matters.
    pub urgency: Urgency,
}

/// `notification` in words; times are in this computer's time zone.
pub fn notice(notification: &Notification, now: Timestamp) -> Notice {
    let NoticeTexts { urgency, title, body } = telling(notification);
    let (title, body) = (told(&title, now), told(&body, now));
    Notice { subject: subject(notification), title, body, urgency }
}

/// What a notification tells, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeTexts {
    /// How much it matters.
    pub urgency: Urgency,
    /// A few words.
    pub title: Text,
    /// One or two sentences: what it means, what to do.
    pub body: Text,
}

/// What `notification` tells, for whoever reads it, in whatever language.
pub fn telling(notification: &Notification) -> NoticeTexts {
    let until = |at: &Option<Timestamp>| match at {
        Some(at) => said!("notice-ends-at", at = *at),
        None => said!("notice-no-end"),
    };
    let (urgency, title, body) = match notification {
        Notification::Started { ends_at } => {
            (Urgency::Low, said!("notice-started"), until(ends_at).into())
        }
        Notification::AtRisk { gives_up_at, cause } => (
            Urgency::Critical,
            said!("notice-risk"),
            said!("notice-risk-body", cause = cause, at = *gives_up_at).into(),
        ),
        Notification::Recovered => {
            (Urgency::Normal, said!("notice-recovered"), said!("notice-recovered-body").into())
        }
        Notification::TimeLeft { minutes, ends_at, extendable } => {
            let body = match extendable {
                true => said!("notice-time-left-more", at = *ends_at),
                false => said!("notice-time-left-body", at = *ends_at),
            };
            (
                if *minutes <= 5 { Urgency::Critical } else { Urgency::Normal },
                said!("notice-time-left", minutes = *minutes),
                body.into(),
            )
        }
        Notification::Announced { kind, at, text } => announced(*kind, *at, text.as_deref()),
        Notification::Countdown { reason, at, can_stay } => {
            let why = match reason {
                Reason::Idle => said!("countdown-idle"),
                Reason::Disconnected => said!("countdown-disconnected"),
                Reason::Remote => said!("countdown-remote"),
                Reason::Spot => said!("countdown-spot"),
                Reason::TimeUp => said!("countdown-time-up"),
                Reason::User | Reason::OsShutdown | Reason::Logoff | Reason::Failure => {
                    said!("countdown")
                }
            };
            let body = match can_stay {
                true => said!("notice-countdown-stay", why = why),
                false => said!("notice-countdown-body", why = why),
            };
            (Urgency::Critical, said!("notice-countdown", at = *at), body.into())
        }
        Notification::Text(text) => (Urgency::Normal, said!("notice-text"), text.as_str().into()),
        Notification::Unhealthy(sentence) => {
            (Urgency::Critical, said!("notice-unhealthy"), sentence.clone())
        }
        Notification::CloseStuck(cause) => (
            Urgency::Critical,
            said!("notice-stuck"),
            said!("notice-stuck-body", cause = cause).into(),
        ),
        Notification::Closed { reason } => (
            Urgency::Normal,
            said!("notice-closed"),
            said!("notice-closed-body", reason = sentences::reason(*reason)).into(),
        ),
        Notification::Extended { ends_at } => {
            (Urgency::Normal, said!("notice-extended"), until(ends_at).into())
        }
        Notification::EndedElsewhere => (
            Urgency::Critical,
            said!("notice-ended-elsewhere"),
            said!("notice-ended-elsewhere-body").into(),
        ),
        Notification::AfterEndRefused(why) => (
            Urgency::Normal,
            said!("notice-stays-on"),
            said!("notice-stays-on-body", why = why).into(),
        ),
    };
    NoticeTexts { urgency, title: title.into(), body }
}

fn subject(notification: &Notification) -> Subject {
    match notification {
        Notification::Started { .. } | Notification::Extended { .. } => Subject::Began,
        Notification::AtRisk { .. } | Notification::Recovered => Subject::Risk,
        Notification::TimeLeft { .. } => Subject::TimeLeft,
        Notification::Announced { .. } => Subject::Announced,
        Notification::Countdown { .. } => Subject::Countdown,
        Notification::Text(_) | Notification::Unhealthy(_) => Subject::Text,
        Notification::CloseStuck(_)
        | Notification::Closed { .. }
        | Notification::EndedElsewhere => Subject::End,
        Notification::AfterEndRefused(_) => Subject::AfterEnd,
    }
}

/// Somebody has to mend something; `sentence` says what.
pub fn attention(sentence: &Text, now: Timestamp) -> Notice {
    Notice {
        subject: Subject::Attention,
        title: spoken(said!("notice-attention")),
        body: told(sentence, now),
        urgency: Urgency::Critical,
    }
}

/// What somebody chose was done, or could not be.
pub fn done(title: impl Into<String>, body: String) -> Notice {
    Notice { subject: Subject::Done, title: title.into(), body, urgency: Urgency::Normal }
}

fn announced(
    kind: AnnouncementKind,
    at: Option<Timestamp>,
    text: Option<&str>,
) -> (Urgency, Said, Text) {
    match kind {
        AnnouncementKind::Spot => {
            let body = match at {
                Some(at) => said!("notice-spot-at", at = at),
                None => said!("notice-stopped-soon"),
            };
            (Urgency::Critical, said!("notice-spot"), body.into())
        }
        AnnouncementKind::Rebalance => {
            (Urgency::Normal, said!("notice-rebalance"), said!("notice-rebalance-body").into())
        }
        AnnouncementKind::Maintenance => {
            let body = match (at, text) {
                (Some(at), Some(words)) => {
                    said!("notice-maintenance-at-words", at = at, words = words)
                }
                (Some(at), None) => said!("notice-maintenance-at", at = at),
                (None, Some(words)) => said!("notice-maintenance-words", words = words),
                (None, None) => said!("notice-maintenance-body"),
            };
            (Urgency::Normal, said!("notice-maintenance"), body.into())
        }
        AnnouncementKind::ScaleIn => {
            (Urgency::Critical, said!("notice-scale-in"), said!("notice-stopped-soon").into())
        }
    }
}
