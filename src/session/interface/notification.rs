//! What the user is told without asking: each once.

use jiff::Timestamp;

use crate::session::contract::output::Reason;
use crate::session::interface::event::AnnouncementKind;
use crate::session::words::text::Text;

/// Something to show to the user.
#[derive(Clone, Debug, PartialEq)]
pub enum Notification {
    /// A session began; until when, if that is known.
    Started {
        /// When TimeoutSeconds ends it.
        ends_at: Option<Timestamp>,
    },
    /// Beats fail and a good part of the heartbeat window is gone.
    AtRisk {
        /// When the service gives up.
        gives_up_at: Timestamp,
        /// What is wrong.
        cause: Text,
    },
    /// Beats are accepted again, after an `AtRisk`.
    Recovered,
    /// The end is near.
    TimeLeft {
        /// 60, 30, 15, 5 or 1.
        minutes: u32,
        /// When it ends.
        ends_at: Timestamp,
        /// True if "Ask for more time" works.
        extendable: bool,
    },
    /// AWS announced something about this machine.
    Announced {
        /// What.
        kind: AnnouncementKind,
        /// When it takes effect.
        at: Option<Timestamp>,
        /// AWS's words.
        text: Option<String>,
    },
    /// The session closes by itself at `at`.
    Countdown {
        /// Why.
        reason: Reason,
        /// When.
        at: Timestamp,
        /// True when "I'm still here" stops it.
        can_stay: bool,
    },
    /// An administrator's text.
    Text(String),
    /// Something that the session needs on this computer is unwell; what, and what to do.
    Unhealthy(Text),
    /// The close does not get through; what is wrong and what to do.
    CloseStuck(Text),
    /// The service confirmed the end.
    Closed {
        /// Why it ended.
        reason: Reason,
    },
    /// More time was granted, until then if that is known.
    Extended {
        /// The new end.
        ends_at: Option<Timestamp>,
    },
    /// The service had ended the session without us.
    EndedElsewhere,
    /// The session is closed but this computer could not be shut down from here.
    AfterEndRefused(Text),
}
