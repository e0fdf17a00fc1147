//! The words of menu and window that do not depend on the session: every label and hint.

use std::fmt;

use crate::session::State;
use crate::session::words::said::Said;
use crate::ui::language::spoken;

/// The program's name, the same in every language, and the window's title.
pub(crate) const TITLE: &str = "Deskbeat";

/// A text without arguments, by its name in the languages' files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label(&'static str);

impl Label {
    /// In the language that is spoken.
    pub(crate) fn words(self) -> String {
        spoken(Said::new(self.0, []))
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.words()
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}

pub(crate) const ABOUT_TO_END: Label = Label("label-about-to-end");
pub(crate) const NOT_CLOSED: Label = Label("label-not-closed");

pub(crate) const END: Label = Label("label-end");
pub(crate) const EXTEND: Label = Label("label-extend");
pub(crate) const COPY: Label = Label("label-copy");
pub(crate) const STILL_HERE: Label = Label("label-still-here");
pub(crate) const TRY_AGAIN: Label = Label("label-try-again");
pub(crate) const START: Label = Label("label-start");

pub(crate) const TIME_LEFT: Label = Label("label-time-left");
pub(crate) const NO_END: Label = Label("label-no-end");
pub(crate) const LAST_BEAT: Label = Label("label-last-beat");
pub(crate) const NO_BEAT: Label = Label("label-no-beat");
pub(crate) const SESSION: Label = Label("label-session");
pub(crate) const USER: Label = Label("label-user");
pub(crate) const COMPUTER: Label = Label("label-computer");
pub(crate) const SO_FAR: Label = Label("label-so-far");
pub(crate) const HAPPENED: Label = Label("label-happened");
pub(crate) const NOTHING_HAPPENED: Label = Label("label-nothing-happened");
pub(crate) const NOW: Label = Label("label-now");

pub(crate) const EXTENDING: Label = Label("label-extending");
pub(crate) const COPIED: Label = Label("label-copied");
pub(crate) const NOT_COPIED: Label = Label("label-not-copied");

pub(crate) const NOT_RUNNING: Label = Label("label-not-running");
pub(crate) const NOT_RUNNING_MEANS: Label = Label("label-not-running-means");
pub(crate) const CONNECTING: Label = Label("label-connecting");
pub(crate) const LOST: Label = Label("label-lost");
pub(crate) const LOST_MEANS: Label = Label("label-lost-means");

pub(crate) const ENDS_SOON: Label = Label("label-ends-soon");
pub(crate) const OFFER: Label = Label("label-offer");
pub(crate) const OFFER_MEANS: Label = Label("label-offer-means");
pub(crate) const OPEN: Label = Label("label-open");

pub(crate) const END_NOW: Label = Label("label-end-now");
pub(crate) const KEEP: Label = Label("label-keep");
pub(crate) const SHUT_DOWN_ANYWAY: Label = Label("label-shut-down-anyway");
pub(crate) const LOG_OFF_ANYWAY: Label = Label("label-log-off-anyway");
pub(crate) const CLOSE: Label = Label("label-close");
pub(crate) const ABOUT: Label = Label("label-about");
pub(crate) const OPEN_LOG: Label = Label("label-open-log");
pub(crate) const NOT_OFFERED: Label = Label("label-not-offered");
pub(crate) const NO_SESSION_TO_END: Label = Label("label-no-session-to-end");

pub(crate) const ASKED_FOR_MORE: Label = Label("label-asked-for-more");
pub(crate) const LOG_OPEN: Label = Label("label-log-open");
pub(crate) const LOG_OPEN_WHERE: Label = Label("label-log-open-where");
pub(crate) const LOG_NOT_OPEN: Label = Label("label-log-not-open");
pub(crate) const COPIED_DONE: Label = Label("label-copied-done");
pub(crate) const COPIED_WHERE: Label = Label("label-copied-where");

/// The state in a word or two, beside its icon.
pub(crate) fn state(state: State) -> Label {
    match state {
        State::Waiting => Label("state-waiting"),
        State::Active => Label("state-active"),
        State::AtRisk => Label("state-at-risk"),
        State::Ending => Label("state-ending"),
        State::Closed => Label("state-closed"),
        State::EndedElsewhere => Label("state-ended-elsewhere"),
        State::NeedsAttention => Label("state-needs-attention"),
    }
}
