//! Tokens that the service has not accepted yet: nothing is shown, deleted or given up for one.

use std::time::Duration;

use super::story::{Answer, Story, TIMED_OUT, seconds, start, start_of};
use crate::session::{Command, Event, FailureKind, Notification, State};

fn unreachable() -> Answer {
    Answer::Fails(FailureKind::Unreachable)
}

#[test]
fn a_lone_word_that_is_no_token_is_never_shown_and_stays_in_the_queue() {
    for word in ["hello", "aGVsbG8gd29ybGQ=", "\"quoted-word\""] {
        let mut story = Story::waiting();
        story.unknown = vec![word.trim_matches('"').into()];
        let receipt = story.deliver(word);
        story.passes(seconds(300));
        assert!(!story.deleted(receipt), "{word}");
        assert_eq!(story.beaten().len(), 1, "{word}: once is enough to know");
        assert_eq!(story.notified(), [], "{word}");
        assert_eq!((story.state(), story.view().session_id), (State::Waiting, None));
        assert_eq!(story.logged("left for the dead-letter queue"), 1);
        assert_eq!(story.view().rejected_messages, 1);
        let reason = story.view().last_rejection.unwrap();
        assert!(reason.contains("does not know"), "{reason}");
        assert_eq!(story.durable.session, None, "the journal never heard of it");
    }
}

#[test]
fn a_lone_word_that_is_a_token_is_shown_once_the_service_has_accepted_it() {
    let mut story = Story::waiting();
    story.beats = unreachable();
    let receipt = story.deliver("secret-bare");
    story.passes(seconds(20));
    assert_eq!((story.state(), story.view().started_at), (State::Waiting, None));
    assert!(!story.deleted(receipt) && story.notified().is_empty());
    story.beats = Answer::Good;
    story.passes(seconds(60));
    assert_eq!(story.state(), State::Active);
    assert!(story.deleted(receipt));
    let started = |told: &Notification| matches!(told, Notification::Started { .. });
    assert_eq!(story.notified().iter().filter(|told| started(told)).count(), 1);
    assert_eq!(story.durable.session.as_ref().unwrap().token.expose(), "secret-bare");
}

#[test]
fn a_message_is_deleted_only_once_its_token_is_proven() {
    let mut story = Story::waiting();
    story.beats = unreachable();
    let receipt = story.deliver(&start("secret-1"));
    story.passes(seconds(20));
    assert!(!story.deleted(receipt));
    assert!(story.durable.session.is_some(), "a crash would not cost the session");
    let again = story.deliver(&start("secret-1"));
    assert!(!story.deleted(again));
    story.beats = Answer::Good;
    story.passes(seconds(20));
    assert!(story.deleted(again));
}

#[test]
fn a_start_whose_token_the_service_never_knew_is_none() {
    let mut story = Story::waiting();
    story.unknown = vec!["secret-broken".into()];
    let receipt = story.deliver(&start("secret-broken"));
    assert_eq!((story.state(), story.deleted(receipt)), (State::Waiting, false));
    assert_eq!(story.notified(), []);
    story.passes(seconds(30));
    let again = story.deliver(&start("secret-broken"));
    assert!(!story.deleted(again));
    assert_eq!(story.beaten(), ["secret-broken"]);
    // The good one that follows is taken.
    let good = story.deliver(&start("secret-1"));
    assert!(story.deleted(good));
    assert_eq!(story.state(), State::Active);
}

#[test]
fn a_proven_token_is_not_given_up_for_a_broken_one() {
    let mut story = Story::active();
    story.unknown = vec!["secret-broken".into()];
    story.mark();
    let receipt = story.deliver(&start("secret-broken"));
    story.passes(seconds(300));
    assert!(!story.deleted(receipt));
    assert_eq!(story.state(), State::Active);
    assert_eq!(story.beaten().iter().filter(|token| *token == "secret-broken").count(), 1);
    assert!(story.beaten().iter().filter(|token| *token == "secret-1").count() > 10);
    assert_eq!(story.durable.session.as_ref().unwrap().token.expose(), "secret-1");
    // The good one is nobody's finished token.
    let good = story.deliver(&start("secret-1"));
    assert_eq!(story.logged("repeats a finished"), 0);
    assert!(story.deleted(good), "it repeats the present session's token");
    assert_eq!(story.notified(), []);
}

#[test]
fn the_old_token_beats_on_while_a_new_one_is_tried() {
    let mut story = Story::active();
    story.beats = Answer::Silent;
    story.mark();
    let receipt = story.deliver(&start("secret-2"));
    let call = story.last_call();
    assert_eq!(story.beaten(), ["secret-2"]);
    story.passes(seconds(25));
    assert_eq!(story.beaten(), ["secret-2", "secret-1"]);
    assert_eq!(story.durable.session.as_ref().unwrap().token.expose(), "secret-1");
    story.tell(Event::BeatAnswered(call, Ok(())));
    assert_eq!(story.durable.session.as_ref().unwrap().token.expose(), "secret-2");
    assert!(story.deleted(receipt));
}

#[test]
fn a_token_that_is_over_when_it_is_tried_is_done_with() {
    let mut story = Story::active();
    story.beats = Answer::Fails(TIMED_OUT);
    let receipt = story.deliver(&start("secret-2"));
    assert!(story.deleted(receipt));
    assert_eq!(story.state(), State::Active, "the present one was not asked");
}

#[test]
fn lone_words_make_no_stream_of_heartbeats() {
    for active in [false, true] {
        let mut story = if active { Story::active() } else { Story::waiting() };
        story.unknown = (0..1000).map(|n| format!("word-{n}")).collect();
        story.mark();
        for n in 0..600 {
            story.deliver(&format!("word-{n}"));
            story.passes(seconds(1) / 10);
        }
        let beats = story.beaten().len();
        assert!(beats <= 20, "active {active}: {beats} in a minute");
    }
}

#[test]
fn what_is_not_ours_costs_a_receive_a_second_at_most() {
    let bodies = ["{", r#"{"taskToken":"t","instanceId":"i-99"}"#, "unknown-word"];
    for body in bodies {
        let mut story = Story::waiting();
        story.unknown = vec!["unknown-word".into()];
        let at = story.now.wall;
        let message = story.message(at, body);
        let begin = story.now.mono;
        story.mark();
        while begin.until(story.now.mono) < seconds(120) {
            let before = story.count(|command| *command == Command::Receive);
            story.tell(Event::Received(Ok(vec![message.clone()])));
            // Whatever would hurry it.
            story.tell(Event::QueueFound("https://queue".into()));
            while story.count(|command| *command == Command::Receive) == before {
                story.passes(seconds(1) / 4);
            }
        }
        let receives = story.count(|command| *command == Command::Receive);
        assert!(receives <= 60, "{body}: {receives} in two minutes");
    }
}

#[test]
fn another_session_waits_until_this_one_is_over() {
    let mut story = Story::active();
    let receipt = story.deliver(&start_of("s-2", "secret-9"));
    story.passes(seconds(60));
    assert!(!story.deleted(receipt));
    assert!(story.beaten().iter().all(|token| token == "secret-1"));
}

#[test]
fn a_close_of_a_token_that_may_have_been_over_before_is_not_called_ours() {
    for (sent_before, state) in [(28_900, State::EndedElsewhere), (5, State::Closed)] {
        let mut story = Story::waiting();
        (story.beats, story.closes) = (unreachable(), unreachable());
        let sent = story.now.wall.checked_sub(seconds(sent_before)).unwrap();
        story.deliver_sent(sent, &start("secret-1"));
        story.end();
        story.closes = Answer::Fails(TIMED_OUT);
        story.passes(seconds(20));
        assert_eq!(story.state(), state, "sent {sent_before} s before, with a window of 60 s");
    }
}

#[test]
fn a_proven_token_stays_proven_over_a_restart_whatever_the_clocks_say() {
    // The queue's clock is ahead of the answers' dates: the beat seems older than its message.
    for ahead in [1, 600, 3_600_000] {
        let mut story = Story::waiting();
        let sent = story.now.wall + Duration::from_millis(ahead);
        story.deliver_sent(sent, &start("secret-1"));
        assert_eq!(story.state(), State::Active, "{ahead}");
        let mut story = story.restarts_after(1000);
        story.unknown = vec!["secret-1".into()];
        story.gets_ready();
        assert_eq!(story.state(), State::EndedElsewhere, "{ahead}: the user was told of it");
    }
}

#[test]
fn a_token_that_was_never_proven_is_not_after_a_restart_past_its_end_either() {
    for down in [10, 100_000] {
        let mut story = Story::waiting();
        story.beats = unreachable();
        story.deliver(&start("secret-1"));
        assert_eq!(story.durable.session.as_ref().unwrap().proven, Some(false));
        let mut story = story.restarts_after(down);
        story.unknown = vec!["secret-1".into()];
        story.gets_ready();
        story.passes(seconds(60));
        assert_eq!((story.state(), story.notified()), (State::Waiting, vec![]), "{down}");
    }
}

#[test]
fn a_journal_of_before_tells_by_its_beats_whether_its_token_is_proven() {
    for (beat_before_message, proven) in [(-5000, true), (400, true), (60_000, false)] {
        let mut story = Story::active();
        let session = story.durable.session.as_mut().unwrap();
        session.proven = None;
        let sent = session.token_sent_at.unwrap();
        session.last_beat_at = Some(sent - jiff::SignedDuration::from_millis(beat_before_message));
        let mut story = story.restarts_after(1000);
        story.unknown = vec!["secret-1".into()];
        story.gets_ready();
        let told = if proven { State::EndedElsewhere } else { State::Waiting };
        assert_eq!(story.state(), told, "{beat_before_message} ms");
    }
}
