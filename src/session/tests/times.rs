//! Clocks that jump or are wrong, and messages whose times cannot be true.

use super::story::{Answer, Story, TIMED_OUT, seconds};
use crate::session::{AfterEnd, Event, Settings, State};

fn start_at(started: &str, timeout: u64) -> String {
    format!(
        r#"{{"taskToken":"secret-1","sessionId":"s-1","heartbeatSeconds":60,
            "timeoutSeconds":{timeout},"startedAt":"{started}"}}"#
    )
}

/// In order, so long before TimeoutSeconds.
const EARLY: u64 = 30;

#[test]
fn the_end_is_counted_from_when_the_workflow_began_to_wait() {
    let mut story = Story::waiting();
    story.deliver(&start_at("2026-11-24T08:00:00Z", 28_800));
    assert_eq!(story.view().ends_at, Some("2026-11-24T15:59:30Z".parse().unwrap()));
    assert_eq!(story.view().session_remaining_seconds, Some(7 * 3600 - EARLY));
    let share = story.view().session_remaining_share.unwrap();
    assert!((0.874..0.876).contains(&share), "{share}");
}

#[test]
fn without_a_start_it_is_counted_from_when_the_message_was_sent() {
    let mut story = Story::waiting();
    let sent = story.now.wall - seconds(600);
    story.deliver_sent(sent, r#"{"taskToken":"secret-1","timeoutSeconds":3600}"#);
    assert_eq!(story.view().session_remaining_seconds, Some(3000 - EARLY));
}

#[test]
fn where_the_clock_cannot_be_right_it_is_counted_from_now_and_said() {
    for started in ["2026-11-24T10:00:00Z", "2026-11-23T09:00:00Z", "1970-01-01T00:00:00Z"] {
        let mut story = Story::waiting();
        story.deliver(&start_at(started, 3600));
        assert_eq!(story.state(), State::Active);
        assert_eq!(story.view().session_remaining_seconds, Some(3600 - EARLY), "{started}");
        assert_eq!(story.logged("check the clock"), 1, "{started}");
    }
}

#[test]
fn synchronised_clocks_differ_a_little_and_nobody_is_bothered() {
    let mut story = Story::waiting();
    story.deliver(&start_at("2026-11-24T09:00:03Z", 3600));
    assert_eq!(story.logged("check the clock"), 0);
}

#[test]
fn a_jump_of_the_time_of_day_moves_neither_beats_nor_the_end() {
    for jump in [-7200i64, 7200] {
        let mut story = Story::active();
        story.passes(seconds(60));
        story.now.wall = story.now.wall.checked_add(jiff::SignedDuration::from_secs(jump)).unwrap();
        story.mark();
        story.tell(Event::Tick);
        story.passes(seconds(600));
        assert_eq!(story.state(), State::Active, "jump of {jump} s");
        assert!((27..=34).contains(&story.beaten().len()), "{}", story.beaten().len());
        let left = story.view().session_remaining_seconds.unwrap();
        assert_eq!(left, 28_800 - 660 - EARLY, "jump of {jump} s");
        assert_eq!(story.closes_sent(), []);
    }
}

#[test]
fn the_time_is_up_half_a_minute_before_the_service_says_so() {
    let mut story = Story::active();
    story.passes(seconds(28_800 - 31));
    assert_eq!(story.state(), State::Active);
    story.passes(seconds(1));
    assert_eq!(story.state(), State::Closed);
    assert_eq!(story.output()["reason"], "time-up");
}

#[test]
fn a_short_session_is_not_cut_by_more_than_a_tenth() {
    let mut story = Story::waiting();
    story.deliver(r#"{"taskToken":"secret-1","timeoutSeconds":60}"#);
    story.passes(seconds(53));
    assert_eq!(story.state(), State::Active);
    story.passes(seconds(1));
    assert_eq!(story.state(), State::Closed);
}

#[test]
fn where_it_is_not_to_be_closed_early_the_service_has_the_last_word() {
    let settings = Settings {
        close_before_timeout: seconds(0),
        after_end: AfterEnd::None,
        ..Settings::default()
    };
    let mut story = Story::active_with(settings);
    story.passes(seconds(28_799));
    assert_eq!(story.state(), State::Active);
    story.beats = Answer::Silent;
    story.mark();
    story.passes(seconds(1));
    assert_eq!(story.beaten().len(), 1, "is it true?");
    assert_eq!(story.state(), State::AtRisk, "active would be a lie by now");
    assert!(story.view().sentence.contains("time is up"), "{}", story.view().sentence);
    let call = story.last_call();
    story.tell(Event::BeatAnswered(call, Err(super::story::failure(TIMED_OUT))));
    assert_eq!(story.state(), State::EndedElsewhere);
}

#[test]
fn a_machine_that_slept_past_the_end_does_not_shut_down_by_itself() {
    let mut story = Story::active();
    story.beats = Answer::Fails(TIMED_OUT);
    story.closes = Answer::Fails(TIMED_OUT);
    story.sleeps(seconds(9 * 3600));
    assert_eq!((story.state(), story.after_ends()), (State::EndedElsewhere, 0));
}

#[test]
fn without_a_timeout_the_end_is_not_known_and_nothing_is_made_up() {
    let mut story = Story::waiting();
    story.deliver("secret-bare-token");
    let view = story.view();
    assert_eq!((view.ends_at, view.session_remaining_seconds), (None, None));
    assert_eq!(view.session_remaining_share, None);
    story.passes(seconds(7 * 86_400));
    assert_eq!(story.state(), State::Active);
}

/// Tells the session what AWS's clock says, which is `ahead` seconds behind this computer's.
fn hear(story: &mut Story, ahead: i64) {
    let ahead = jiff::SignedDuration::from_secs(ahead);
    let at = story.now.wall.checked_sub(ahead).unwrap();
    story.tell(Event::ServiceTime { at: at.round(jiff::Unit::Second).unwrap() });
}

#[test]
fn time_left_is_judged_by_the_services_clock() {
    for ahead in [-7200i64, -240, 240, 1800, 7200] {
        let mut story = Story::waiting();
        hear(&mut story, ahead);
        let began = story.now.wall.checked_sub(jiff::SignedDuration::from_secs(ahead + 100));
        let began = began.unwrap();
        story.deliver(&start_at(&began.to_string(), 1900));
        let left = story.view().session_remaining_seconds.unwrap();
        let true_left = 1800 - EARLY;
        assert!(left.abs_diff(true_left) <= 1, "{ahead} s ahead: {left} s left");
        assert_eq!(story.logged("check the clock"), 0, "{ahead}");
        assert_eq!(story.view().clock_offset_seconds, Some(ahead));
        story.passes(seconds(1600));
        assert_eq!(story.closes_sent(), [], "{ahead} s ahead: ended early");
    }
}

#[test]
fn a_clock_that_steps_while_the_session_lives_ends_nothing_early() {
    for step in [-3600i64, 3600] {
        let mut story = Story::waiting();
        hear(&mut story, 0);
        let began = story.now.wall.to_string();
        story.deliver(&start_at(&began, 1900));
        let by = jiff::SignedDuration::from_secs(step);
        story.now.wall = story.now.wall.checked_add(by).unwrap();
        hear(&mut story, step);
        let left = story.view().session_remaining_seconds.unwrap();
        assert!(left.abs_diff(1900 - EARLY) <= 1, "step of {step} s: {left} s left");
        assert_eq!(story.view().clock_offset_seconds, Some(step));
        story.passes(seconds(1700));
        assert_eq!((story.state(), story.closes_sent().len()), (State::Active, 0));
    }
}

#[test]
fn the_first_answer_puts_the_end_right_whichever_way_the_clock_is_wrong() {
    for ahead in [-100i64, 100] {
        let mut story = Story::waiting();
        let began = story.now.wall.checked_sub(jiff::SignedDuration::from_secs(ahead + 600));
        story.deliver(&start_at(&began.unwrap().to_string(), 1900));
        hear(&mut story, ahead);
        let left = story.view().session_remaining_seconds.unwrap();
        assert!(left.abs_diff(1300 - EARLY) <= 1, "{ahead} s ahead: {left} s left");
    }
}

#[test]
fn a_corrected_clock_moves_no_end_that_was_counted_from_now() {
    let mut story = Story::waiting();
    // This computer's clock is two hours ahead, and the message's times look over already.
    let began = story.now.wall.checked_sub(jiff::SignedDuration::from_secs(7200)).unwrap();
    story.deliver(&start_at(&began.to_string(), 3600));
    hear(&mut story, 7200);
    assert_eq!(story.view().session_remaining_seconds, Some(3600 - EARLY));
}

#[test]
fn a_corrected_clock_is_no_reason_to_fear_for_a_session_whose_beats_are_accepted() {
    let mut story = Story::active();
    story.passes(seconds(5));
    let left = story.view().window_remaining_seconds;
    hear(&mut story, -600);
    assert_eq!((story.state(), story.view().window_remaining_seconds), (State::Active, left));
    // Nor for one whose first beat is still under way.
    let mut story = Story::waiting();
    story.beats = Answer::Silent;
    story.deliver(&super::story::start("secret-1"));
    hear(&mut story, -600);
    assert_eq!(story.view().window_remaining_seconds, Some(60));
}

#[test]
fn a_restart_on_a_wrong_clock_is_put_right_by_the_first_answer() {
    let mut story = Story::waiting();
    hear(&mut story, 0);
    let began = story.now.wall.to_string();
    story.deliver(&start_at(&began, 1900));
    let mut again = story.restarts_after(10);
    again.now.wall = again.now.wall.checked_add(jiff::SignedDuration::from_secs(1800)).unwrap();
    again = Story::starts(again.now, Settings::default(), again.durable.clone());
    hear(&mut again, 1800);
    assert_eq!(again.view().window_remaining_seconds, Some(50));
    again.gets_ready();
    let left = again.view().session_remaining_seconds.unwrap();
    assert!(left.abs_diff(1890 - EARLY) <= 1, "{left} s left");
    again.passes(seconds(1500));
    assert_eq!((again.state(), again.closes_sent().len()), (State::Active, 0));
}
