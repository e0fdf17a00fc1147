//! Keeps what the window shows of the session so far: bounded, in memory, gone with the agent.
//! It looks at the events and commands that pass the driver and decides nothing.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use crate::session::words::said::said;
use crate::session::words::sentences;
use crate::session::words::text::Text;
use crate::session::{Command, Event, Notification, State};
use crate::ui::history::{Happening, HappeningKind, History, Slot};
use crate::ui::notification::{NoticeTexts, Urgency, telling};
use crate::ui::times::local_time;

/// Slots kept. When more are needed, two become one: the whole session stays in the picture.
const MOST_SLOTS: usize = 480;
/// A session's first slots are this long.
const FIRST_SLOT: Duration = Duration::from_secs(60);
/// Happenings kept: more than anybody reads, and some 20 kB.
const MOST_HAPPENINGS: usize = 120;

/// The session so far.
#[derive(Debug)]
pub(super) struct Recorder {
    slot: Duration,
    beats: VecDeque<Slot>,
    happened: VecDeque<Happening>,
    /// Which credentials were last in use.
    key: Option<String>,
    state: State,
}

impl Recorder {
    pub(super) fn new() -> Self {
        Self {
            slot: FIRST_SLOT,
            beats: VecDeque::new(),
            happened: VecDeque::new(),
            key: None,
            state: State::Waiting,
        }
    }

    /// What has been kept.
    pub(super) fn history(&self) -> History {
        History {
            slot_seconds: u32::try_from(self.slot.as_secs()).unwrap_or(u32::MAX),
            beats: self.beats.iter().copied().collect(),
            happened: self.happened.iter().cloned().collect(),
        }
    }

    /// An event on its way to the core; true if something was kept.
    pub(super) fn event(&mut self, at: Timestamp, event: &Event) -> bool {
        match event {
            Event::BeatAnswered(_, Ok(())) => self.beat(at, true),
            Event::BeatAnswered(_, Err(failure)) => {
                self.beat(at, false);
                let text = said!("happened-beat-failed", cause = sentences::cause(failure)).into();
                // An hour of the same is one line.
                let repeated = self.happened.back().is_some_and(|last| last.text == text);
                if !repeated {
                    self.note(at, HappeningKind::Trouble, text);
                }
            }
            Event::CredentialsLoaded(key) => {
                let is_new = self.key.as_ref() != Some(&key.key_suffix);
                if is_new && self.key.replace(key.key_suffix.clone()).is_some() {
                    let text = said!("happened-renewed", key = &key.key_suffix);
                    self.note(at, HappeningKind::Renewed, text.into());
                    return true;
                }
                return false;
            }
            Event::Woke => self.note(at, HappeningKind::Told, said!("happened-woke").into()),
            Event::Tick
            | Event::ServiceTime { .. }
            | Event::Identified { .. }
            | Event::Unidentified(_)
            | Event::CredentialsFailed { .. }
            | Event::QueueFound(_)
            | Event::NoQueue(_)
            | Event::Received(_)
            | Event::JournalSaved(_)
            | Event::JournalFailed(..)
            | Event::CloseAnswered(..)
            | Event::Announced(_)
            | Event::Asked(..)
            | Event::Away(..)
            | Event::Health(_)
            | Event::OsEnding(..)
            | Event::Configured(_)
            | Event::OsEndingCancelled
            | Event::AfterEndDone
            | Event::AfterEndRefused(_) => return false,
        }
        true
    }

    /// A command of the core; true if something was kept.
    pub(super) fn command(&mut self, at: Timestamp, command: &Command) -> bool {
        let Command::Notify(notification) = command else { return false };
        if let Notification::Started { .. } = notification {
            // Another session than the one that was kept; its first beat has just been accepted.
            self.beats.clear();
            self.happened.clear();
            self.slot = FIRST_SLOT;
            self.beat(at, true);
        }
        let NoticeTexts { urgency, title, body } = telling(notification);
        let kind = match (notification, urgency) {
            (Notification::Recovered | Notification::Extended { .. }, _) => HappeningKind::Good,
            (Notification::Started { .. } | Notification::Closed { .. }, _) => HappeningKind::Good,
            (_, Urgency::Critical) => HappeningKind::Trouble,
            (_, Urgency::Normal | Urgency::Low) => HappeningKind::Told,
        };
        let text = said!("happened-told", title = title, body = body);
        // A window that is older than this agent shows the English as it is.
        self.note(at, kind, Text::in_english(text, &|then| local_time(then, at)));
        true
    }

    /// The state that is shown; true if it is another one, and something was kept.
    pub(super) fn state(&mut self, at: Timestamp, state: State, sentence: &Text) -> bool {
        if std::mem::replace(&mut self.state, state) == state {
            return false;
        }
        // The others come with a notification, or with what the user has just done.
        if !matches!(state, State::Ending | State::NeedsAttention) {
            return false;
        }
        let kind =
            if state == State::Ending { HappeningKind::Told } else { HappeningKind::Trouble };
        self.note(at, kind, sentence.clone());
        true
    }

    fn beat(&mut self, at: Timestamp, accepted: bool) {
        let begin = begin_of_slot(at, self.slot);
        let (yes, no) = (u32::from(accepted), u32::from(!accepted));
        match self.beats.back_mut() {
            // A clock that was set back counts into the newest.
            Some(last) if last.at >= begin => {
                last.accepted += yes;
                last.failed += no;
            }
            Some(_) | None => self.beats.push_back(Slot { at: begin, accepted: yes, failed: no }),
        }
        while self.beats.len() > MOST_SLOTS {
            self.slot *= 2;
            self.beats = merged(&self.beats, self.slot);
        }
    }

    fn note(&mut self, at: Timestamp, kind: HappeningKind, text: Text) {
        if self.happened.len() >= MOST_HAPPENINGS {
            self.happened.pop_front();
        }
        self.happened.push_back(Happening { at, kind, text });
    }
}

fn begin_of_slot(at: Timestamp, slot: Duration) -> Timestamp {
    let seconds = i64::try_from(slot.as_secs()).unwrap_or(i64::MAX);
    let begin = at.as_second() - at.as_second().rem_euclid(seconds);
    Timestamp::from_second(begin).unwrap_or(at)
}

/// The same beats in slots of `slot`.
fn merged(beats: &VecDeque<Slot>, slot: Duration) -> VecDeque<Slot> {
    let mut merged: VecDeque<Slot> = VecDeque::with_capacity(beats.len() / 2 + 1);
    for beat in beats {
        let at = begin_of_slot(beat.at, slot);
        match merged.back_mut() {
            Some(last) if last.at >= at => {
                last.accepted += beat.accepted;
                last.failed += beat.failed;
            }
            Some(_) | None => merged.push_back(Slot { at, ..*beat }),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{CallId, Failure, FailureKind};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_764_000_000 + seconds).unwrap()
    }

    fn failure() -> Failure {
        Failure {
            kind: FailureKind::Throttled,
            code: "ThrottlingException".into(),
            message: "slow down".into(),
            request_id: None,
        }
    }

    fn beat(recorder: &mut Recorder, seconds: i64, answer: Result<(), Failure>) {
        assert!(recorder.event(at(seconds), &Event::BeatAnswered(CallId(1), answer)));
    }

    #[test]
    fn beats_are_counted_by_the_minute() {
        let mut recorder = Recorder::new();
        beat(&mut recorder, 0, Ok(()));
        beat(&mut recorder, 20, Ok(()));
        beat(&mut recorder, 40, Err(failure()));
        beat(&mut recorder, 60, Ok(()));
        let history = recorder.history();
        let counts: Vec<_> =
            history.beats.iter().map(|slot| (slot.accepted, slot.failed)).collect();
        assert_eq!((history.slot_seconds, counts), (60, vec![(2, 1), (1, 0)]));
    }

    #[test]
    fn days_of_beats_stay_whole_and_bounded() {
        let mut recorder = Recorder::new();
        let beats = 3 * 24 * 180;
        for beat_at in 0..beats {
            beat(&mut recorder, beat_at * 20, Ok(()));
        }
        let history = recorder.history();
        assert!(history.beats.len() <= MOST_SLOTS, "{}", history.beats.len());
        let total: u32 = history.beats.iter().map(|slot| slot.accepted).sum();
        assert_eq!(i64::from(total), beats);
        assert!(history.beats[0].at <= at(0));
    }

    #[test]
    fn a_failure_that_repeats_is_one_line_and_the_list_is_bounded() {
        let mut recorder = Recorder::new();
        for second in 0..500 {
            beat(&mut recorder, second, Err(failure()));
        }
        assert_eq!(recorder.history().happened.len(), 1);
        for second in 0..500 {
            recorder.event(at(second), &Event::Woke);
        }
        assert_eq!(recorder.history().happened.len(), MOST_HAPPENINGS);
    }

    #[test]
    fn a_new_session_begins_a_new_history() {
        let mut recorder = Recorder::new();
        beat(&mut recorder, 0, Err(failure()));
        let started = Command::Notify(Notification::Started { ends_at: None });
        assert!(recorder.command(at(5), &started));
        let history = recorder.history();
        let counts: Vec<_> =
            history.beats.iter().map(|slot| (slot.accepted, slot.failed)).collect();
        assert_eq!(counts, [(1, 0)]);
        let texts: Vec<_> = history.happened.iter().map(|one| &*one.text).collect();
        assert_eq!(texts, ["Your session has started. It has no set end."]);
    }
}
