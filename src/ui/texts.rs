//! The window's words: every label and hint that does not depend on the session.

use crate::session::State;

/// The window's title.
pub(crate) const TITLE: &str = "Deskbeat";

pub(crate) const ABOUT_TO_END: &str = "Your session is about to end";
pub(crate) const NOT_CLOSED: &str = "The session is not closed yet";

pub(crate) const END: &str = "End session…";
pub(crate) const EXTEND: &str = "Ask for more time";
pub(crate) const COPY: &str = "Copy diagnostics";
pub(crate) const STILL_HERE: &str = "I'm still here";
pub(crate) const TRY_AGAIN: &str = "Try again";
pub(crate) const START: &str = "Start Deskbeat";

pub(crate) const TIME_LEFT: &str = "Time left in this session";
pub(crate) const NO_END: &str = "No set end";
pub(crate) const LAST_BEAT: &str = "Last heartbeat";
pub(crate) const NO_BEAT: &str = "none yet";
pub(crate) const SESSION: &str = "Session";
pub(crate) const USER: &str = "For";
pub(crate) const COMPUTER: &str = "Computer";
pub(crate) const SO_FAR: &str = "Heartbeats so far";
pub(crate) const HAPPENED: &str = "What has happened";
pub(crate) const NOTHING_HAPPENED: &str = "Nothing yet.";
pub(crate) const NOW: &str = "now";

pub(crate) const EXTENDING: &str = "Asking for more time…";
pub(crate) const COPIED: &str = "Diagnostics are on the clipboard.";
pub(crate) const NOT_COPIED: &str = "Diagnostics";

pub(crate) const NOT_RUNNING: &str = "Deskbeat is not running.";
pub(crate) const NOT_RUNNING_MEANS: &str =
    "This computer's session is not kept alive and may end at any time.";
pub(crate) const CONNECTING: &str = "Asking Deskbeat how the session stands…";
pub(crate) const LOST: &str = "Deskbeat has stopped without a word.";
pub(crate) const LOST_MEANS: &str =
    "It should be back in a few seconds. If it is not, save your work and start it again.";

pub(crate) const ENDS_SOON: &str = "Ends soon";
pub(crate) const OFFER: &str = "Deskbeat keeps your session";
pub(crate) const OFFER_MEANS: &str =
    "This desktop has no place for its icon. Its window shows how the session stands.";
pub(crate) const OPEN: &str = "Open Deskbeat";

/// The state in a word or two, beside its icon.
pub(crate) fn state(state: State) -> &'static str {
    match state {
        State::Waiting => "Waiting",
        State::Active => "Active",
        State::AtRisk => "At risk",
        State::Ending => "Ending",
        State::Closed => "Closed",
        State::EndedElsewhere => "Ended elsewhere",
        State::NeedsAttention => "Needs attention",
    }
}
