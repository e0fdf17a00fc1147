//! More time: asked for with outcome `extend`, granted with a new token that takes over.

use super::story::{Answer, Story, failure, seconds, start, start_of};
use crate::session::{
    Command, Event, FailureKind, Notification, Refusal, Request, Settings, State,
};

#[test]
fn more_time_is_a_close_with_outcome_extend_and_the_new_token_takes_over() {
    let mut story = Story::active();
    story.passes(seconds(3600));
    let beats = story.view().beats;
    let ask = story.ask(Request::Extend);
    assert!(story.is_done(ask));
    assert_eq!(story.output()["outcome"], "extend");
    assert_eq!(story.after_ends(), 0, "nobody goes home");
    assert_eq!(story.state(), State::Waiting);
    assert!(story.view().sentence.contains("More time was asked for"));
    story.mark();
    story.passes(seconds(3));
    let receipt = story.deliver(&start("secret-2"));
    assert_eq!(story.beaten(), ["secret-2"]);
    assert!(story.deleted(receipt));
    assert_eq!(story.state(), State::Active);
    let ends_at = Some("2026-11-24T17:59:33Z".parse().unwrap());
    assert!(story.notified().contains(&Notification::Extended { ends_at }));
    assert_eq!(story.view().beats, beats + 1);
    assert_eq!(story.view().started_at, Some("2026-11-24T09:00:00Z".parse().unwrap()));
}

#[test]
fn who_asks_again_while_more_time_is_asked_for_waits_for_the_same_answer() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    let asks = [story.ask(Request::Extend), story.ask(Request::Extend)];
    assert_eq!(story.view().extend_refusal, None);
    let call = story.last_call();
    story.tell(Event::CloseAnswered(call, Ok(None)));
    assert!(asks.into_iter().all(|ask| story.is_done(ask)));
}

#[test]
fn nobody_extends_what_its_user_is_ending() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    story.end();
    assert!(story.view().extend_refusal.is_some());
    let ask = story.ask(Request::Extend);
    assert_eq!(story.refused(ask), Some(Refusal::TooLate));
}

#[test]
fn it_listens_at_once_for_the_answer() {
    let mut story = Story::active();
    story.ask(Request::Extend);
    let waits =
        story.said.iter().rev().take(6).any(|(_, said)| *said == crate::session::Command::Receive);
    // The long poll of before is still out; it brings the token.
    assert!(waits || story.session.next_deadline().is_some());
    story.deliver(&start("secret-2"));
    assert_eq!(story.state(), State::Active);
}

#[test]
fn a_lost_answer_does_not_ask_the_workflow_for_more_time_again() {
    let mut story = Story::active();
    story.closes = Answer::Fails(FailureKind::Unreachable);
    let ask = story.ask(Request::Extend);
    story.closes = Answer::Good;
    // It got through all the same: the workflow answers.
    story.deliver(&start("secret-2"));
    assert_eq!(story.state(), State::Active);
    assert!(story.is_done(ask));
    story.passes(seconds(60));
    let extended = story.closes_sent();
    assert!(extended.iter().all(|(token, _)| token == "secret-1"), "the new one is not closed");
    assert_eq!(story.durable.session.as_ref().unwrap().closing, None);
}

#[test]
fn where_the_workflow_does_not_offer_it_nothing_is_closed() {
    let mut story = Story::waiting();
    story.deliver(&start_of("s-1", "secret-1"));
    assert!(story.view().extend_refusal.unwrap().contains("does not offer"));
    let ask = story.ask(Request::Extend);
    assert_eq!(story.refused(ask), Some(Refusal::NotOffered));
    assert_eq!(story.state(), State::Active);
    let settings = Settings { extendable: true, ..Settings::default() };
    let mut story = Story::waiting_with(settings);
    story.deliver(&start_of("s-1", "secret-1"));
    assert_eq!(story.view().extend_refusal, None);
}

#[test]
fn no_answer_for_a_minute_is_said_and_a_late_one_still_taken() {
    let mut story = Story::active();
    story.ask(Request::Extend);
    story.passes(seconds(59));
    assert_eq!(story.state(), State::Waiting);
    story.passes(seconds(2));
    assert_eq!(story.state(), State::NeedsAttention);
    assert!(story.view().sentence.contains("Save your work"));
    assert_eq!(story.logged("may not loop on outcome"), 1);
    story.deliver(&start("secret-2"));
    assert_eq!(story.state(), State::Active);
}

#[test]
fn an_answer_without_session_id_is_the_answer_all_the_same() {
    let settings = Settings { extendable: true, ..Settings::default() };
    let mut story = Story::waiting_with(settings);
    story.deliver("secret-bare-1");
    story.ask(Request::Extend);
    story.deliver("secret-bare-2");
    assert_eq!(story.state(), State::Active);
    assert_eq!(story.view().beats, 2);
}

#[test]
fn another_session_is_not_taken_for_the_answer() {
    let mut story = Story::active();
    story.ask(Request::Extend);
    story.deliver(&start_of("s-2", "secret-2"));
    assert_eq!(story.view().session_id.as_deref(), Some("s-2"));
    assert_eq!(story.view().beats, 1);
}

#[test]
fn nobody_extends_what_an_administrator_is_ending() {
    let mut story = Story::active();
    story.deliver(r#"{"type":"end","graceSeconds":60}"#);
    let ask = story.ask(Request::Extend);
    assert_eq!(story.refused(ask), Some(Refusal::NotOffered));
}

#[test]
fn an_end_that_comes_while_more_time_is_asked_for_is_kept_for_the_new_token() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    story.ask(Request::Extend);
    let receipt = story.deliver(r#"{"type":"end","graceSeconds":5}"#);
    assert!(!story.deleted(receipt), "the wish would have swallowed it");
    let call = story.last_call();
    story.tell(crate::session::Event::CloseAnswered(call, Ok(None)));
    assert_eq!(story.released(receipt), Some(seconds(0)));
}

#[test]
fn an_administrators_end_outlives_a_retry() {
    let mut story = Story::active();
    story.deliver(r#"{"type":"end","graceSeconds":60}"#);
    story.deliver(&start("secret-2"));
    story.passes(seconds(60));
    assert_eq!(story.state(), State::Closed);
    assert_eq!(story.output()["reason"], "remote");
}

#[test]
fn ending_while_the_answer_is_awaited_is_refused_with_its_reason() {
    let mut story = Story::active();
    story.ask(Request::Extend);
    let ask = story.end();
    assert_eq!(story.refused(ask), Some(Refusal::NoSession));
    let ask = story.ask(Request::Extend);
    assert_eq!(story.refused(ask), Some(Refusal::TooLate), "once is enough");
    assert_eq!(story.closes_sent().len(), 1);
}

#[test]
fn a_queue_that_was_deleted_and_made_again_brings_the_answer_within_seconds() {
    let mut story = Story::active();
    // Long enough for the longest back-off.
    for _ in 0..8 {
        story.tell(Event::Received(Err(failure(FailureKind::NoSuchQueue))));
        story.passes(seconds(40));
    }
    story.tell(Event::Received(Err(failure(FailureKind::NoSuchQueue))));
    story.ask(Request::Extend);
    for _ in 0..3 {
        story.mark();
        story.passes(seconds(6));
        let asked = story.said.iter().filter(|(_, said)| *said == Command::Receive).count();
        assert_eq!(asked, 1);
        story.tell(Event::Received(Err(failure(FailureKind::NoSuchQueue))));
    }
}

#[test]
fn an_answer_that_is_no_token_stays_in_the_queue() {
    let mut story = Story::active();
    story.ask(Request::Extend);
    story.mark();
    story.unknown = vec!["secret-none".into()];
    let receipt = story.deliver(&start("secret-none"));
    story.passes(seconds(20));
    assert!(!story.deleted(receipt), "the beats of the token before do not count for it");
    assert_eq!(story.logged("left for the dead-letter queue"), 1);
    assert_eq!(story.notified(), []);
    story.deliver(&start("secret-2"));
    assert_eq!(story.state(), State::Active);
}

#[test]
fn an_answer_that_is_no_token_is_told_from_one_after_a_restart_too() {
    let mut story = Story::active();
    story.ask(Request::Extend);
    story.beats = Answer::Silent;
    story.passes(seconds(3));
    story.deliver(&start("secret-none"));
    let mut story = story.restarts_after(10);
    story.unknown = vec!["secret-none".into()];
    story.gets_ready();
    let receipt = story.deliver(&start("secret-none"));
    story.passes(seconds(20));
    assert!(!story.deleted(receipt));
    assert_eq!(story.notified(), []);
}
