//! Tokens that come while one is there already: repetitions, retries, other sessions, and tokens
//! that do not say which session they are of.

use super::story::{Answer, Story, TIMED_OUT, failure, key, seconds, start, start_of};
use crate::session::{Event, FailureKind, Notification, Settings, State, TokenOver};

#[test]
fn fifty_duplicates_change_nothing_and_are_all_acknowledged() {
    let mut story = Story::active();
    story.mark();
    let receipts: Vec<_> = (0..50).map(|_| story.deliver(&start("secret-1"))).collect();
    assert!(receipts.iter().all(|receipt| story.deleted(*receipt)));
    assert_eq!(story.beaten(), [""; 0], "a duplicate is no reason to beat");
    assert_eq!(story.notified(), []);
    assert_eq!(story.state(), State::Active);
}

#[test]
fn fifty_duplicates_in_one_batch_start_one_session() {
    let mut story = Story::waiting();
    let at = story.now.wall;
    let batch: Vec<_> = (0..50).map(|_| story.message(at, &start("secret-1"))).collect();
    let receipts: Vec<_> = batch.iter().map(|delivery| delivery.receipt).collect();
    story.tell(Event::Received(Ok(batch)));
    assert_eq!(story.beaten(), ["secret-1"]);
    let started = story.notified();
    let started = started.iter().filter(|told| matches!(told, Notification::Started { .. }));
    assert_eq!(started.count(), 1);
    // The disk is told of once; who found no room to wait comes again, and is acknowledged then.
    assert!(receipts.iter().filter(|receipt| story.deleted(**receipt)).count() >= 32);
}

#[test]
fn beats_and_failures_are_counted_for_the_session_whatever_its_token() {
    let mut story = Story::active();
    story.passes(seconds(60));
    story.beats = Answer::Fails(FailureKind::Unreachable);
    story.passes(seconds(25));
    story.beats = Answer::Good;
    story.passes(seconds(10));
    let (beats, failures) = (story.view().beats, story.view().failures);
    assert!(failures > 1);
    story.deliver(&start("secret-2"));
    assert_eq!((story.view().beats, story.view().failures), (beats + 1, failures));
}

#[test]
fn after_a_session_that_ended_elsewhere_another_one_begins_from_nothing() {
    let mut story = Story::active();
    story.beats = Answer::Fails(TIMED_OUT);
    story.passes(seconds(25));
    assert_eq!(story.state(), State::EndedElsewhere);
    story.beats = Answer::Good;
    story.mark();
    story.deliver(&start_of("s-2", "secret-2"));
    assert_eq!(story.notified(), [Notification::Started { ends_at: None }]);
    assert_eq!((story.view().beats, story.view().user), (1, None));
}

#[test]
fn an_administrators_end_that_did_not_get_through_yet_holds_for_a_new_token() {
    let mut story = Story::active();
    story.closes = Answer::Fails(FailureKind::Unreachable);
    story.deliver(r#"{"type":"end","sessionId":"s-1","graceSeconds":0}"#);
    assert_eq!(story.state(), State::Ending);
    story.mark();
    story.deliver(&start("secret-2"));
    assert_eq!(story.state(), State::Ending);
    assert_eq!(story.notified(), [], "nothing begins");
    story.closes = Answer::Good;
    story.passes(seconds(20));
    assert_eq!(story.state(), State::Closed);
    assert_eq!(story.closes_sent().pop().unwrap().0, "secret-2");
}

#[test]
fn a_token_that_comes_again_while_it_is_tried_is_tried_once_and_its_last_message_deleted() {
    let mut story = Story::active();
    story.beats = Answer::Silent;
    story.mark();
    let first = story.deliver(&start("secret-2"));
    let call = story.last_call();
    let second = story.deliver(&start("secret-2"));
    assert_eq!(story.beaten(), ["secret-2"]);
    for receipt in [first, second] {
        let hidden = story.released(receipt).expect("it comes back and uses up its receives");
        assert_eq!(hidden, seconds(15), "a crash must not cost it its window");
    }
    story.tell(Event::BeatAnswered(call, Ok(())));
    assert!(story.deleted(second));
}

#[test]
fn every_session_that_waits_is_called_back_when_this_one_is_over() {
    let settings = Settings { after_end: crate::session::AfterEnd::None, ..Settings::default() };
    let mut story = Story::active_with(settings);
    let waiting = [("s-2", "secret-2"), ("s-3", "secret-3")]
        .map(|(id, token)| story.deliver(&start_of(id, token)));
    story.end();
    assert_eq!(waiting.map(|receipt| story.released(receipt)), [Some(seconds(0)); 2]);
}

#[test]
fn no_token_that_the_service_does_not_know_is_tried_twice() {
    let mut story = Story::waiting();
    story.unknown = vec!["secret-8".into(), "secret-9".into()];
    for token in ["secret-8", "secret-9", "secret-8", "secret-9"] {
        story.deliver(&start_of("s-1", token));
        story.passes(seconds(60));
    }
    assert_eq!(story.beaten(), ["secret-8", "secret-9"]);
}

#[test]
fn each_of_two_tokens_that_are_tried_has_its_own_answer() {
    let mut story = Story::active();
    story.beats = Answer::Silent;
    story.deliver(&start("secret-2"));
    let second = story.last_call();
    story.deliver(&start("secret-3"));
    let third = story.last_call();
    assert_ne!(second, third);
    let unknown = FailureKind::TokenOver(TokenOver::InvalidToken);
    story.tell(Event::BeatAnswered(third, Err(failure(unknown))));
    story.tell(Event::BeatAnswered(second, Ok(())));
    story.beats = Answer::Good;
    story.mark();
    story.passes(seconds(30));
    assert!(story.beaten().iter().all(|token| token == "secret-2"), "{:?}", story.beaten());
}

#[test]
fn a_new_key_and_the_end_of_a_sleep_bring_the_next_try_of_a_token_forward() {
    let mut story = Story::active();
    story.beats = Answer::Fails(FailureKind::Credentials);
    story.deliver(&start("secret-2"));
    story.beats = Answer::Silent;
    story.mark();
    story.tell(key("BBBB", true));
    assert_eq!(story.beaten(), ["secret-2"]);
    story.mark();
    story.sleeps(seconds(20));
    assert!(story.beaten().contains(&"secret-2".into()), "{:?}", story.beaten());
}

#[test]
fn a_finished_token_that_comes_again_starts_nothing() {
    let settings = Settings { after_end: crate::session::AfterEnd::None, ..Settings::default() };
    let mut story = Story::active_with(settings);
    story.end();
    story.mark();
    let receipt = story.deliver(&start("secret-1"));
    assert!(story.deleted(receipt));
    assert_eq!((story.state(), story.beaten().len()), (State::Closed, 0));
    // Nor does it after a restart.
    let mut again = story.restarts_after(60);
    again.gets_ready();
    let receipt = again.deliver(&start("secret-1"));
    assert!(again.deleted(receipt));
    assert_eq!((again.state(), again.beaten().len()), (State::Waiting, 0));
}

#[test]
fn a_new_token_of_the_same_session_takes_over_with_no_gap() {
    let mut story = Story::active();
    story.passes(seconds(100));
    let before = story.view();
    story.mark();
    let receipt = story.deliver(&start("secret-2"));
    assert_eq!(story.beaten(), ["secret-2"]);
    assert!(story.deleted(receipt));
    assert_eq!(story.view().beats, before.beats + 1, "the counts go on");
    assert_eq!(story.view().started_at, before.started_at);
    assert_eq!(story.durable.session.as_ref().unwrap().token.expose(), "secret-2");
    story.passes(seconds(60));
    assert!(story.beaten().iter().all(|token| token == "secret-2"));
}

#[test]
fn a_token_that_was_replaced_does_not_come_back() {
    let mut story = Story::active();
    story.deliver(&start("secret-2"));
    let receipt = story.deliver(&start("secret-1"));
    assert!(story.deleted(receipt));
    assert_eq!(story.durable.session.as_ref().unwrap().token.expose(), "secret-2");
}

#[test]
fn the_older_token_of_a_batch_does_not_replace_the_newer() {
    // The machine booted for so long that the task was given up and retried; queues keep no order.
    let mut story = Story::waiting();
    let (old, new) = (story.now.wall, story.now.wall + seconds(60));
    let newer = story.message(new, &start("secret-2"));
    let older = story.message(old, &start("secret-1"));
    let (kept, late) = (newer.receipt, older.receipt);
    story.tell(Event::Received(Ok(vec![newer, older])));
    assert_eq!(story.beaten(), ["secret-2"]);
    assert!(story.deleted(kept));
    assert!(!story.deleted(late), "not before a beat has told that the newer one is alive");
    let again = story.deliver_sent(old, &start("secret-1"));
    assert!(story.deleted(again), "it is: the older one is of no use");
    assert_eq!(story.state(), State::Active);
}

#[test]
fn the_older_token_is_called_back_if_the_newer_is_dead() {
    let mut story = Story::waiting();
    story.beats = Answer::Silent;
    let (old, new) = (story.now.wall, story.now.wall + seconds(60));
    story.deliver_sent(new, &start("secret-2"));
    let parked = story.deliver_sent(old, &start("secret-1"));
    assert!(story.released(parked).unwrap() <= seconds(15), "a quarter of its window at most");
    let call = story.last_call();
    story.tell(Event::BeatAnswered(call, Err(super::story::failure(TIMED_OUT))));
    assert_eq!(story.released(parked), Some(seconds(0)));
    story.beats = Answer::Good;
    story.deliver_sent(old, &start("secret-1"));
    assert_eq!(story.state(), State::Active);
}

#[test]
fn another_session_waits_in_the_queue_and_is_called_back_when_ours_is_over() {
    let settings = Settings { after_end: crate::session::AfterEnd::None, ..Settings::default() };
    let mut story = Story::active_with(settings);
    let receipt = story.deliver(&start_of("s-2", "secret-2"));
    assert!(!story.deleted(receipt));
    assert_eq!(story.released(receipt), Some(seconds(15)), "a quarter of its window");
    assert_eq!(story.logged("starts another session while this one is alive"), 1);
    assert_eq!(story.view().session_id.as_deref(), Some("s-1"));
    let receipt = story.deliver(&start_of("s-2", "secret-2"));
    story.end();
    assert_eq!(story.released(receipt), Some(seconds(0)));
    let receipt = story.deliver(&start_of("s-2", "secret-2"));
    assert!(story.deleted(receipt));
    assert_eq!(story.view().session_id.as_deref(), Some("s-2"));
}

#[test]
fn a_token_without_session_id_waits_until_a_beat_has_told() {
    let mut story = Story::waiting();
    story.deliver("secret-bare-1");
    story.mark();
    story.beats = Answer::Silent;
    let receipt = story.deliver("secret-bare-2");
    assert_eq!(story.beaten(), ["secret-bare-1"], "is the present one alive? A beat tells");
    assert!(!story.deleted(receipt));
    // It was a retry: ours is over, the other is called back and taken.
    let call = story.last_call();
    story.tell(Event::BeatAnswered(call, Err(super::story::failure(TIMED_OUT))));
    assert_eq!(story.released(receipt), Some(seconds(0)));
    story.beats = Answer::Good;
    let receipt = story.deliver("secret-bare-2");
    assert!(story.deleted(receipt));
    assert_eq!(story.state(), State::Active);
}

#[test]
fn a_token_without_session_id_does_not_replace_a_living_one() {
    let mut story = Story::active();
    let receipt = story.deliver("secret-bare");
    story.passes(seconds(120));
    assert!(!story.deleted(receipt));
    assert_eq!(story.durable.session.as_ref().unwrap().token.expose(), "secret-1");
}

#[test]
fn executions_tell_sessions_apart_where_ids_are_missing() {
    let mut story = Story::waiting();
    story.deliver(r#"{"taskToken":"secret-1","executionArn":"arn:a"}"#);
    let other = story.deliver(r#"{"taskToken":"secret-2","executionArn":"arn:b"}"#);
    assert!(!story.deleted(other));
    let same = story.deliver(r#"{"taskToken":"secret-3","executionArn":"arn:a"}"#);
    assert!(story.deleted(same));
    assert_eq!(story.durable.session.as_ref().unwrap().token.expose(), "secret-3");
}

#[test]
fn a_retry_after_ended_elsewhere_goes_on_with_the_session() {
    let mut story = Story::active();
    story.beats = Answer::Fails(TIMED_OUT);
    story.passes(seconds(22));
    let beats = story.view().beats;
    story.beats = Answer::Good;
    story.deliver(&start("secret-2"));
    assert_eq!(story.state(), State::Active);
    assert_eq!(story.view().beats, beats + 1);
}

#[test]
fn the_end_holds_for_a_retrys_token() {
    let mut story = Story::active();
    story.closes = Answer::Fails(FailureKind::Throttled);
    let ask = story.end();
    story.closes = Answer::Good;
    story.deliver(&start("secret-2"));
    assert_eq!(story.closes_sent().pop().unwrap().0, "secret-2");
    assert_eq!(story.state(), State::Closed);
    assert!(story.is_done(ask));
}

#[test]
fn more_time_that_comes_while_the_time_is_up_is_taken() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    story.passes(seconds(28_775));
    assert_eq!((story.state(), story.closes_sent().len()), (State::Ending, 1));
    story.mark();
    let receipt = story.deliver(&start("secret-2"));
    assert!(story.deleted(receipt));
    assert_eq!(story.state(), State::Active);
    let extended = |told: &Notification| matches!(told, Notification::Extended { .. });
    assert!(story.notified().iter().any(extended));
    story.passes(seconds(600));
    assert_eq!(story.closes_sent(), [], "it was the old token's time that was up");
    assert_eq!(story.durable.session.as_ref().unwrap().closing, None);
}

#[test]
fn whoever_wants_the_end_besides_has_it_with_a_new_token_too() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    story.passes(seconds(28_775));
    let ask = story.ask(crate::session::Request::End { text: None });
    story.closes = Answer::Good;
    story.deliver(&start("secret-2"));
    story.passes(seconds(1));
    assert_eq!(story.state(), State::Closed);
    assert!(story.is_done(ask));
    assert_eq!(story.closes_sent().last().unwrap().0, "secret-2");
}

/// The second of two tokens is accepted before the first is answered; then the first comes again.
fn given_up_unproven(unknown: &[&str]) -> (Story, bool) {
    let mut story = Story::waiting();
    story.beats = Answer::Silent;
    story.deliver(&start("secret-1"));
    story.deliver(&start("secret-2"));
    let call = story.last_call();
    story.tell(Event::BeatAnswered(call, Ok(())));
    assert_eq!(story.durable.session.as_ref().unwrap().token.expose(), "secret-2");
    story.beats = Answer::Good;
    story.unknown = unknown.iter().map(|token| (*token).to_owned()).collect();
    let again = story.deliver(&start("secret-1"));
    let deleted = story.deleted(again);
    (story, deleted)
}

#[test]
fn a_token_given_up_before_it_was_proven_is_judged_when_it_comes_again() {
    let (story, deleted) = given_up_unproven(&["secret-1"]);
    assert!(!deleted, "it never was one: its message stays for the dead-letter queue");
    assert_eq!(story.logged("left for the dead-letter queue"), 1);
    assert_eq!(story.state(), State::Active);

    let (story, deleted) = given_up_unproven(&[]);
    let kept = story.durable.session.as_ref().unwrap();
    assert!(deleted && kept.token.expose() == "secret-1", "it lives, and is in the journal");
    assert_eq!(story.state(), State::Active);
}
