//! Notifications in the words that the user reads: a title, and what it means.

use jiff::Timestamp;

use crate::session::contract::output::Reason;
use crate::session::interface::event::AnnouncementKind;
use crate::session::words::sentences;
use crate::session::{Notification, State, View};
use crate::ui::times::local_time;

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
    let clock = |at: Timestamp| local_time(at, now);
    let until = |at: Option<Timestamp>| match at {
        Some(at) => format!("It ends at {} at the latest.", clock(at)),
        None => "It has no set end.".into(),
    };
    let subject = subject(notification);
    let (urgency, title, body) = match notification {
        Notification::Started { ends_at } => {
            (Urgency::Low, "Your session has started".into(), until(*ends_at))
        }
        Notification::AtRisk { gives_up_at, cause } => (
            Urgency::Critical,
            "Your session is at risk".into(),
            format!(
                "{}. If this lasts until {}, AWS ends the session: save your work.",
                sentence(cause),
                clock(*gives_up_at)
            ),
        ),
        Notification::Recovered => (
            Urgency::Normal,
            "Your session is safe again".into(),
            "AWS can be reached again; nothing was lost.".into(),
        ),
        Notification::TimeLeft { minutes, ends_at, extendable } => {
            let more = if *extendable { " You can ask for more time." } else { "" };
            let unit = if *minutes == 1 { "minute" } else { "minutes" };
            (
                if *minutes <= 5 { Urgency::Critical } else { Urgency::Normal },
                format!("{minutes} {unit} left"),
                format!("Your session ends at {}. Save your work.{more}", clock(*ends_at)),
            )
        }
        Notification::Announced { kind, at, text } => announced(*kind, at.map(clock), text),
        Notification::Countdown { reason, at, can_stay } => {
            let why = match reason {
                Reason::Idle => "Nobody seems to be using it",
                Reason::Disconnected => "The remote connection is gone",
                Reason::Remote => "An administrator is ending it",
                Reason::Spot => "AWS takes this computer back",
                Reason::TimeUp => "Its time is up",
                Reason::User | Reason::OsShutdown | Reason::Logoff | Reason::Failure => "It ends",
            };
            let stay = if *can_stay { " Say if you are still here." } else { "" };
            (
                Urgency::Critical,
                format!("Your session ends at {}", clock(*at)),
                format!("{why}. Save your work.{stay}"),
            )
        }
        Notification::Text(text) => {
            (Urgency::Normal, "A message from your administrator".into(), text.clone())
        }
        Notification::Unhealthy(sentence) => {
            (Urgency::Critical, "This computer is not well".into(), sentence.clone())
        }
        Notification::CloseStuck(cause) => (
            Urgency::Critical,
            "Your session could not be closed yet".into(),
            format!("{}. It goes on trying; you can also shut down anyway.", sentence(cause)),
        ),
        Notification::Closed { reason } => (
            Urgency::Normal,
            "Your session is closed".into(),
            format!("AWS confirmed it ({}).", sentences::reason(*reason)),
        ),
        Notification::Extended { ends_at } => {
            (Urgency::Normal, "You have more time".into(), until(*ends_at))
        }
        Notification::EndedElsewhere => (
            Urgency::Critical,
            "Your session was ended from outside".into(),
            "Save your work: this computer may be stopped at any moment.".into(),
        ),
        Notification::AfterEndRefused(why) => (
            Urgency::Normal,
            "This computer stays on".into(),
            format!("{}. AWS will stop it; you can disconnect.", sentence(why)),
        ),
    };
    Notice { subject, title, body, urgency }
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
pub fn attention(sentence: &str) -> Notice {
    Notice {
        subject: Subject::Attention,
        title: "Deskbeat needs attention".into(),
        body: sentence.into(),
        urgency: Urgency::Critical,
    }
}

/// What somebody chose was done, or could not be.
pub fn done(title: &str, body: String) -> Notice {
    Notice { subject: Subject::Done, title: title.into(), body, urgency: Urgency::Normal }
}

fn announced(
    kind: AnnouncementKind,
    at: Option<String>,
    text: &Option<String>,
) -> (Urgency, String, String) {
    let when = at.map_or_else(|| "soon".to_owned(), |at| format!("at {at}"));
    let words = text.as_ref().map_or_else(String::new, |text| format!(" ({text})"));
    match kind {
        AnnouncementKind::Spot => (
            Urgency::Critical,
            "AWS takes this computer back".into(),
            format!("It is stopped {when}. Save your work now."),
        ),
        AnnouncementKind::Rebalance => (
            Urgency::Normal,
            "AWS may take this computer back".into(),
            "It may be stopped in the next while, with two minutes' notice. Save your work.".into(),
        ),
        AnnouncementKind::Maintenance => (
            Urgency::Normal,
            "AWS will work on this computer".into(),
            format!("Maintenance begins {when}{words}. Save your work before."),
        ),
        AnnouncementKind::ScaleIn => (
            Urgency::Critical,
            "This computer is being taken out of service".into(),
            "It is stopped soon. Save your work now.".into(),
        ),
    }
}

/// `words` with a capital at the beginning and without a full stop.
fn sentence(words: &str) -> String {
    let words = words.trim_end_matches('.');
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}
