//! Messages: taken, acknowledged, handed back or left, and when the queue is asked for more.

use super::story::{Answer, INSTANCE, Story, TIMED_OUT, failure, key, seconds, start};
use crate::session::{
    AfterEnd, Command, Event, FailureKind, Notification, Settings, State, TaskResult,
};

#[test]
fn a_message_is_deleted_only_once_its_token_is_durable() {
    let mut story = Story::waiting();
    story.disk = Answer::Silent;
    let receipt = story.deliver(&start("secret-1"));
    assert_eq!(story.beaten(), ["secret-1"], "the beat does not wait for the disk");
    story.passes(seconds(5));
    assert!(!story.deleted(receipt));
    story.tell(Event::JournalSaved(1));
    assert!(story.deleted(receipt));
}

#[test]
fn another_machines_message_is_handed_back_at_once_and_the_queue_left_to_it() {
    let mut story = Story::waiting();
    let body = r#"{"taskToken":"secret-1","instanceId":"i-99"}"#;
    let mut gaps = Vec::new();
    for _ in 0..8 {
        let receipt = story.deliver(body);
        assert_eq!(story.released(receipt), Some(seconds(0)));
        assert!(!story.deleted(receipt));
        story.mark();
        let asked = story.now.mono;
        while story.count(|command| *command == Command::Receive) == 0 {
            story.passes(seconds(1));
        }
        gaps.push(asked.until(story.now.mono).as_secs());
    }
    assert!(gaps[0] <= 2 && gaps[7] >= 10 && gaps.iter().all(|gap| *gap <= 27), "{gaps:?}");
    assert_eq!(story.state(), State::Waiting);
    assert_eq!(story.beaten(), [""; 0]);
}

#[test]
fn our_own_message_in_a_batch_of_others_is_taken() {
    let mut story = Story::waiting();
    let at = story.now.wall;
    let foreign = story.message(at, r#"{"taskToken":"secret-9","instanceId":"i-99"}"#);
    let body = format!(r#"{{"taskToken":"secret-1","instanceId":"{INSTANCE}"}}"#);
    let ours = story.message(at, &body);
    let (back, taken) = (foreign.receipt, ours.receipt);
    story.tell(Event::Received(Ok(vec![foreign, ours])));
    assert_eq!(story.released(back), Some(seconds(0)));
    assert!(story.deleted(taken) && !story.deleted(back));
    assert_eq!(story.beaten(), ["secret-1"]);
}

#[test]
fn what_is_malformed_is_left_and_its_reason_logged_once() {
    let long = format!(r#"{{"taskToken":"{}"}}"#, "x".repeat(2049));
    let huge = "x".repeat(256 * 1024);
    for body in
        ["", "{", "[]", "{}", r#"{"taskToken":7}"#, r#"{"type":"x"}"#, "\u{fffd}", &long, &huge]
    {
        let mut story = Story::waiting();
        let at = story.now.wall;
        let message = story.message(at, body);
        for _ in 0..10 {
            story.tell(Event::Received(Ok(vec![message.clone()])));
            story.passes(seconds(30));
        }
        assert!(!story.deleted(message.receipt), "{body:.20}");
        assert_eq!(story.released(message.receipt), None, "its dead-letter queue counts receives");
        assert_eq!(story.logged("left for the dead-letter queue"), 1, "{body:.20}");
        assert_eq!(story.state(), State::Waiting);
    }
}

#[test]
fn each_malformed_message_is_counted_and_logged_once_however_they_alternate() {
    let mut story = Story::waiting();
    let at = story.now.wall;
    let two = [story.message(at, "{"), story.message(at, "[")];
    for message in two.iter().chain(&two) {
        story.tell(Event::Received(Ok(vec![message.clone()])));
        story.passes(seconds(600));
    }
    assert_eq!(story.view().rejected_messages, 2);
    assert_eq!(story.logged("is left for the dead-letter queue"), 2);
}

#[test]
fn however_many_malformed_messages_come_a_good_one_is_waited_for_as_before() {
    let mut story = Story::waiting();
    for _ in 0..8 {
        story.deliver("{");
        story.mark();
        story.passes(seconds(2));
        assert_eq!(story.count(|command| *command == Command::Receive), 1);
    }
}

#[test]
fn tokens_of_every_length_that_aws_allows_are_taken_whole() {
    for length in [1, 1024, 2048] {
        let token = "t".repeat(length);
        let mut story = Story::waiting();
        story.deliver(&start(&token));
        assert_eq!(story.beaten(), [token]);
    }
}

#[test]
fn a_batch_is_taken_in_its_order_as_a_fifo_queue_promises_it() {
    let mut story = Story::waiting();
    let at = story.now.wall;
    let begin = story.message(at, &start("secret-1"));
    let end = story.message(at, r#"{"type":"end","graceSeconds":30}"#);
    let notice = story.message(at, r#"{"type":"notice","text":"Lunch"}"#);
    let receipts = [begin.receipt, end.receipt, notice.receipt];
    story.tell(Event::Received(Ok(vec![begin, end, notice])));
    for receipt in receipts {
        assert!(story.deleted(receipt), "what is left blocks its group");
    }
    assert!(story.view().countdown.is_some());
}

#[test]
fn a_delivery_that_is_printed_shows_which_it_is_and_not_what_it_says() {
    let mut story = Story::waiting();
    let at = story.now.wall;
    let shown = format!("{:?}", story.message(at, &start("secret-1")));
    assert!(shown.contains("m-1") && !shown.contains("secret"), "{shown}");
}

#[test]
fn a_notice_that_quotes_the_task_token_is_shown_without_it() {
    let mut story = Story::active();
    let token = story.beaten().remove(0);
    let at = story.now.wall;
    let notice = story.message(at, &format!(r#"{{"type":"notice","text":"Use {token} now"}}"#));
    story.tell(Event::Received(Ok(vec![notice])));
    let shown = story.notified().iter().find_map(|told| match told {
        Notification::Text(text) => Some(text.clone()),
        _ => None,
    });
    let shown = shown.unwrap();
    assert!(shown.starts_with("Use #") && !shown.contains(&token), "{shown}");
}

#[test]
fn a_notice_is_shown_once() {
    let mut story = Story::active();
    let at = story.now.wall;
    let notice = story.message(at, r#"{"type":"notice","text":"Lunch"}"#);
    let another = story.message(at, r#"{"type":"notice","text":"Back"}"#);
    for message in [&notice, &another, &notice, &another] {
        story.tell(Event::Received(Ok(vec![message.clone()])));
    }
    let shown = story.notified();
    assert_eq!(shown.iter().filter(|told| **told == Notification::Text("Lunch".into())).count(), 1);
    assert!(story.deleted(notice.receipt));
}

#[test]
fn ready_is_answered_and_deleted_only_when_the_answer_was_accepted() {
    let settings = Settings { local_user: Some("ana".into()), ..Settings::default() };
    let mut story = Story::waiting_with(settings);
    story.closes = Answer::Fails(FailureKind::Throttled);
    let receipt = story.deliver(r#"{"type":"ready","taskToken":"secret-r","sessionId":"s-1"}"#);
    assert!(!story.deleted(receipt));
    story.closes = Answer::Fails(FailureKind::AccessDenied);
    story.passes(seconds(30));
    assert_eq!(story.logged("a ready message cannot be answered"), 2, "each kind of failure once");
    story.closes = Answer::Good;
    story.passes(seconds(60));
    assert!(story.deleted(receipt));
    let output = story.output();
    assert_eq!(output["outcome"], "ready");
    assert_eq!((&output["user"], &output["instanceId"]), (&"ana".into(), &INSTANCE.into()));
    assert_eq!(story.state(), State::Waiting);
    assert_eq!(story.beaten(), [""; 0], "ready is waited for without heartbeats");
    assert_eq!(story.after_ends(), 0);
}

#[test]
fn a_failed_answer_to_ready_is_sent_again_within_a_second_or_two_and_at_once_with_a_new_key() {
    let mut story = Story::waiting();
    story.closes = Answer::Fails(FailureKind::Credentials);
    story.deliver(r#"{"type":"ready","taskToken":"secret-r"}"#);
    story.passes(seconds(13) / 10);
    assert_eq!(story.closes_sent().len(), 2);
    story.tell(key("BBBB", true));
    assert_eq!(story.closes_sent().len(), 3);
}

#[test]
fn a_ready_that_comes_twice_is_answered_once_at_a_time() {
    let mut story = Story::waiting();
    story.closes = Answer::Silent;
    let body = r#"{"type":"ready","taskToken":"secret-r"}"#;
    story.deliver(body);
    let newest = story.deliver(body);
    assert_eq!(story.closes_sent().len(), 1);
    let call = story.last_call();
    story.tell(Event::CloseAnswered(call, Err(failure(TIMED_OUT))));
    assert!(story.deleted(newest), "over is answered too");
    story.passes(seconds(100));
    assert_eq!(story.closes_sent().len(), 1);
}

#[test]
fn ready_while_a_session_lives_does_not_touch_it() {
    let mut story = Story::active();
    story.deliver(r#"{"type":"ready","taskToken":"secret-r"}"#);
    assert_eq!(story.closes_sent().pop().unwrap().0, "secret-r");
    assert_eq!(story.state(), State::Active);
    assert!(matches!(story.closes_sent().pop().unwrap().1, TaskResult::Success(_)));
}

#[test]
fn an_end_counts_down_and_closes_with_reason_remote() {
    let mut story = Story::active();
    let receipt = story.deliver(r#"{"type":"end","graceSeconds":90,"sessionId":"s-1"}"#);
    assert!(story.deleted(receipt));
    let countdown = story.view().countdown.unwrap();
    assert_eq!(countdown.at, "2026-11-24T09:01:30Z".parse().unwrap());
    assert!(!countdown.can_stay);
    story.passes(seconds(89));
    assert_eq!(story.state(), State::Active);
    story.passes(seconds(1));
    assert_eq!(story.state(), State::Closed);
    assert_eq!(story.output()["reason"], "remote");
    assert_eq!(story.after_ends(), 1);
}

#[test]
fn a_second_end_may_only_shorten_the_grace() {
    let mut story = Story::active();
    story.deliver(r#"{"type":"end","graceSeconds":60}"#);
    story.deliver(r#"{"type":"end","graceSeconds":30}"#);
    story.deliver(r#"{"type":"end","graceSeconds":600}"#);
    story.passes(seconds(30));
    assert_eq!(story.state(), State::Closed);
}

#[test]
fn an_end_without_grace_closes_at_once() {
    let mut story = Story::active();
    story.deliver(r#"{"type":"end","graceSeconds":0}"#);
    assert_eq!(story.state(), State::Closed);
}

#[test]
fn the_grace_of_an_end_runs_on_while_the_machine_sleeps() {
    let mut story = Story::active();
    story.deliver(r#"{"type":"end","graceSeconds":60}"#);
    story.sleeps(seconds(61));
    assert_eq!(story.state(), State::Closed);
    assert_eq!(story.output()["reason"], "remote");
}

#[test]
fn an_end_of_a_session_that_is_not_here_waits_for_its_start() {
    let mut story = Story::waiting();
    let receipt = story.deliver(r#"{"type":"end","sessionId":"s-1"}"#);
    assert!(!story.deleted(receipt));
    assert_eq!(story.released(receipt), Some(seconds(30)));
    story.deliver(&start("secret-1"));
    let receipt = story.deliver(r#"{"type":"end","sessionId":"s-2"}"#);
    assert!(!story.deleted(receipt), "another session's");
    assert_eq!(story.view().countdown, None);
}

#[test]
fn an_end_from_before_the_session_does_not_end_it() {
    let mut story = Story::active();
    let yesterday = story.now.wall - seconds(86_400);
    let receipt = story.deliver_sent(yesterday, r#"{"type":"end"}"#);
    assert!(story.deleted(receipt));
    assert_eq!(story.view().countdown, None);
}

#[test]
fn an_end_of_what_is_over_is_acknowledged() {
    let settings = Settings { after_end: AfterEnd::None, ..Settings::default() };
    let mut story = Story::active_with(settings);
    story.end();
    let receipt = story.deliver(r#"{"type":"end","sessionId":"s-1"}"#);
    assert!(story.deleted(receipt));
    assert_eq!(story.closes_sent().len(), 1);
}

#[test]
fn an_end_of_this_session_is_done_with_once_it_ends_and_one_of_another_waits_for_its_start() {
    let ends = |story: &mut Story| {
        let ours = story.deliver(r#"{"type":"end","sessionId":"s-1"}"#);
        let theirs = story.deliver(r#"{"type":"end","sessionId":"s-2"}"#);
        assert!(story.deleted(ours), "{:?}", story.state());
        assert!(!story.deleted(theirs), "{:?}", story.state());
    };
    let settings = Settings { after_end: AfterEnd::None, ..Settings::default() };
    let mut story = Story::active_with(settings.clone());
    story.closes = Answer::Silent;
    story.end();
    ends(&mut story);
    let call = story.last_call();
    story.tell(Event::CloseAnswered(call, Ok(None)));
    assert_eq!(story.state(), State::Closed);
    ends(&mut story);
    let mut story = Story::active_with(settings);
    story.beats = Answer::Fails(TIMED_OUT);
    story.passes(seconds(25));
    assert_eq!(story.state(), State::EndedElsewhere);
    ends(&mut story);
}

#[test]
fn failing_receives_back_off_and_hurry_when_the_key_was_the_trouble() {
    let mut story = Story::waiting();
    story.mark();
    story.tell(Event::Received(Err(failure(FailureKind::Credentials))));
    assert_eq!(story.count(|command| *command == Command::RefreshCredentials), 1);
    assert_eq!(story.count(|command| *command == Command::Receive), 0, "not at once");
    story.tell(key("BBBB", true));
    assert_eq!(story.count(|command| *command == Command::Receive), 1);
    for earlier in 0..12 {
        story.tell(Event::Received(Err(failure(FailureKind::Unreachable))));
        story.mark();
        story.passes(seconds(20));
        let asked = story.count(|command| *command == Command::Receive);
        assert!(earlier < 6 || asked == 0, "after {earlier} failures the queue has no rest");
        story.passes(seconds(17));
        assert_eq!(story.count(|command| *command == Command::Receive), 1, "within half a minute");
    }
}

#[test]
fn one_long_poll_at_a_time() {
    let mut story = Story::waiting();
    story.passes(seconds(600));
    assert_eq!(story.count(|command| *command == Command::Receive), 1);
    story.tell(Event::Received(Ok(Vec::new())));
    assert_eq!(story.count(|command| *command == Command::Receive), 2);
}

#[test]
fn what_was_tolerated_in_messages_is_logged_once() {
    let mut story = Story::waiting();
    for token in ["secret-1", "secret-2"] {
        story.deliver(&format!(
            r#"{{"TaskToken":"{token}","sessionId":"s-1","heartbeatSeconds":"60.0"}}"#
        ));
    }
    assert_eq!(story.beaten(), ["secret-1", "secret-2"]);
    assert_eq!(story.logged("another spelling of the key taskToken"), 1);
    assert_eq!(story.logged("another form of the value of heartbeatSeconds"), 1);
}
