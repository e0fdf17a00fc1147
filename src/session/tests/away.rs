//! Nobody there: a countdown that anybody who is can call off.

use super::story::{Story, seconds};
use crate::session::interface::event::AwayKind;
use crate::session::{Event, Notification, Refusal, Request, State};

#[test]
fn nobody_there_ends_the_session_after_a_countdown_with_its_reason() {
    for (kind, reason) in [(AwayKind::Idle, "idle"), (AwayKind::Disconnected, "disconnected")] {
        let mut story = Story::active();
        story.tell(Event::Away(kind, true));
        let countdown = story.view().countdown.unwrap();
        assert!(countdown.can_stay);
        assert_eq!(countdown.at, "2026-11-24T09:02:00Z".parse().unwrap());
        story.passes(seconds(119));
        assert_eq!(story.state(), State::Active);
        story.passes(seconds(1));
        assert_eq!(story.state(), State::Closed);
        assert_eq!(story.output()["reason"], reason);
    }
}

#[test]
fn whoever_is_back_or_says_so_stays() {
    let mut story = Story::active();
    story.tell(Event::Away(AwayKind::Idle, true));
    story.tell(Event::Away(AwayKind::Idle, false));
    assert_eq!(story.view().countdown, None);
    story.tell(Event::Away(AwayKind::Disconnected, true));
    let ask = story.ask(Request::StillHere);
    assert!(story.is_done(ask));
    assert_eq!(story.view().countdown, None);
    story.passes(seconds(600));
    assert_eq!(story.state(), State::Active);
    let ask = story.ask(Request::StillHere);
    assert_eq!(story.refused(ask), Some(Refusal::TooLate));
}

#[test]
fn another_kind_of_return_does_not_call_it_off() {
    let mut story = Story::active();
    story.tell(Event::Away(AwayKind::Disconnected, true));
    story.tell(Event::Away(AwayKind::Idle, true));
    story.tell(Event::Away(AwayKind::Idle, false));
    assert!(story.view().countdown.is_some());
    let told = story.notified();
    let told = told.iter().filter(|told| matches!(told, Notification::Countdown { .. }));
    assert_eq!(told.count(), 1);
}

#[test]
fn i_am_still_here_does_not_stop_an_administrator() {
    let mut story = Story::active();
    story.deliver(r#"{"type":"end","graceSeconds":60}"#);
    let ask = story.ask(Request::StillHere);
    assert_eq!(story.refused(ask), Some(Refusal::TooLate));
    story.passes(seconds(60));
    assert_eq!(story.state(), State::Closed);
}

#[test]
fn the_earlier_of_two_countdowns_counts() {
    let mut story = Story::active();
    story.deliver(r#"{"type":"end","graceSeconds":300}"#);
    story.tell(Event::Away(AwayKind::Idle, true));
    assert!(story.view().countdown.unwrap().can_stay);
    story.ask(Request::StillHere);
    assert!(!story.view().countdown.unwrap().can_stay);
}

#[test]
fn without_a_session_nobody_is_missed() {
    let mut story = Story::waiting();
    story.tell(Event::Away(AwayKind::Idle, true));
    assert_eq!(story.view().countdown, None);
    assert_eq!(story.notified(), []);
}
