//! The end of a session: told to the service until it accepts, then journaled, then the machine.

use super::story::{Answer, PASSING, Story, TIMED_OUT, failure, key, seconds, start};
use crate::session::{
    AfterEnd, Command, Event, FailureKind, Notification, Refusal, Reply, Request, Settings, State,
    TaskResult,
};

fn after_end(after_end: AfterEnd) -> Settings {
    Settings { after_end, ..Settings::default() }
}

#[test]
fn the_end_is_accepted_then_journaled_then_the_machine_shuts_down() {
    let mut story = Story::active();
    story.passes(seconds(100));
    let ask = story.ask(Request::End { text: Some("done for today".into()) });
    assert_eq!(story.state(), State::Closed);
    let said = |what: fn(&Command) -> bool| story.place(what);
    let intent = said(|command| {
        matches!(command, Command::Save(_, record)
        if record.session.as_ref().is_some_and(|session| session.closing.is_some()))
    });
    let close = said(|command| matches!(command, Command::Close { .. }));
    let saved = said(|command| {
        matches!(command, Command::Save(_, record)
        if record.session.is_none() && !record.finished.is_empty())
    });
    let shutdown = said(|command| *command == Command::AfterEnd(AfterEnd::Shutdown));
    assert!(intent < close && close < saved && saved < shutdown);
    assert_eq!(story.logged("ending session s-1: outcome ended, reason user"), 1);
    assert_eq!(story.logged("session s-1 closed with outcome ended"), 1);
    let request_id = match story.reply(ask) {
        Some(Reply::Done { request_id, .. }) => request_id,
        other => panic!("{other:?}"),
    };
    assert_eq!(request_id.as_deref(), Some("req-9"));
    let output = story.output();
    assert_eq!(output["outcome"], "ended");
    assert_eq!(output["reason"], "user");
    assert_eq!(output["reasonText"], "done for today");
    assert_eq!(output["sessionId"], "s-1");
    assert_eq!(output["instanceId"], super::story::INSTANCE);
    assert_eq!(output["user"], "ana");
    assert_eq!(output["startedAt"], "2026-11-24T09:00:00Z");
    assert_eq!(output["endedAt"], "2026-11-24T09:01:40Z");
    assert_eq!(output["beats"], story.view().beats);
    let closing = story.view().closing.unwrap();
    assert_eq!(closing.request_id.as_deref(), Some("req-9"));
    assert!(closing.accepted_at.is_some());
}

#[test]
fn however_often_it_is_clicked_there_is_one_close_and_everybody_is_answered() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    let asks: Vec<_> = (0..5).map(|_| story.end()).collect();
    assert_eq!(story.closes_sent().len(), 1);
    assert!(asks.iter().all(|ask| story.reply(*ask).is_none()), "answered before the outcome");
    let call = story.last_call();
    story.tell(Event::CloseAnswered(call, Ok(None)));
    story.tell(Event::CloseAnswered(call, Ok(None)));
    assert!(asks.iter().all(|ask| story.is_done(*ask)));
    let late = story.end();
    assert!(story.is_done(late), "what is closed is closed");
    assert_eq!((story.closes_sent().len(), story.after_ends()), (1, 1));
}

#[test]
fn every_passing_error_is_tried_again_until_the_close_is_accepted() {
    for kind in PASSING {
        let mut story = Story::active();
        story.closes = Answer::Fails(kind);
        let ask = story.end();
        story.passes(seconds(40));
        assert_eq!(story.state(), State::Ending, "{kind:?}");
        assert!(story.closes_sent().len() >= 4, "{kind:?}: {}", story.closes_sent().len());
        assert_eq!(story.after_ends(), 0, "{kind:?}: shut down before it was accepted");
        assert_eq!(story.reply(ask), None, "{kind:?}");
        let stuck = story.notified();
        let stuck = stuck.iter().filter(|told| matches!(told, Notification::CloseStuck(_)));
        assert_eq!(stuck.count(), 1, "{kind:?}");
        let refreshes = story.count(|command| *command == Command::RefreshCredentials);
        let by_key = matches!(kind, FailureKind::Credentials | FailureKind::Signature);
        assert_eq!(refreshes > 0, by_key, "{kind:?}");
        assert!(story.beaten().len() >= 2, "{kind:?}: the task must live until then");
        story.closes = Answer::Good;
        story.passes(seconds(40));
        assert_eq!(story.state(), State::Closed, "{kind:?}");
        assert!(story.is_done(ask) && story.after_ends() == 1, "{kind:?}");
    }
}

#[test]
fn a_close_is_stuck_after_its_second_failure_and_told_after_its_third() {
    let mut story = Story::active();
    assert!(!story.view().is_stuck());
    story.closes = Answer::Fails(FailureKind::Throttled);
    story.end();
    for failures in 1..=3 {
        let told = story.notified();
        let told = told.iter().any(|told| matches!(told, Notification::CloseStuck(_)));
        assert_eq!((story.view().is_stuck(), told), (failures >= 2, failures >= 3));
        while story.closes_sent().len() == failures {
            story.passes(seconds(1) / 10);
        }
    }
    story.closes = Answer::Good;
    story.passes(seconds(20));
    story.tell(Event::AfterEndRefused("polkit says no".into()));
    assert_eq!((story.state(), story.view().is_stuck()), (State::Closed, false));
}

#[test]
fn throttled_closes_are_sent_with_growing_gaps() {
    let mut story = Story::active();
    story.closes = Answer::Fails(FailureKind::Throttled);
    story.end();
    story.passes(seconds(60));
    let times = story.close_times();
    let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!((0.4..=0.6).contains(&gaps[0]), "{gaps:?}");
    assert!(gaps.iter().all(|gap| *gap <= 12.0) && gaps.last() > gaps.first(), "{gaps:?}");
}

#[test]
fn closes_that_a_policy_denies_are_sent_every_half_minute() {
    let mut story = Story::active();
    story.closes = Answer::Fails(FailureKind::AccessDenied);
    story.end();
    story.passes(seconds(300));
    let times = story.close_times();
    let last = times[times.len() - 1] - times[times.len() - 2];
    assert!((24.0..=36.0).contains(&last), "{times:?}");
}

#[test]
fn new_credentials_send_the_close_at_once_if_the_old_ones_were_the_trouble() {
    let mut story = Story::active();
    story.closes = Answer::Fails(FailureKind::Credentials);
    story.end();
    story.passes(seconds(20));
    story.mark();
    story.closes = Answer::Good;
    story.tell(key("BBBB", true));
    assert_eq!(story.state(), State::Closed);
}

#[test]
fn an_output_that_is_refused_is_replaced_by_the_least_there_is() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    story.end();
    let call = story.last_call();
    story.closes = Answer::Good;
    story.tell(Event::CloseAnswered(call, Err(failure(FailureKind::InvalidOutput))));
    assert_eq!(story.closes_sent()[1].1, TaskResult::Success("{}".into()));
    assert_eq!(story.state(), State::Closed);
}

#[test]
fn task_timed_out_after_a_lost_answer_is_our_own_close() {
    let mut story = Story::active();
    story.closes = Answer::Fails(FailureKind::Unreachable);
    let ask = story.end();
    story.closes = Answer::Fails(TIMED_OUT);
    story.passes(seconds(2));
    assert_eq!(story.state(), State::Closed);
    assert!(story.is_done(ask));
    assert_eq!(story.after_ends(), 1);
}

#[test]
fn task_timed_out_after_an_answer_that_was_a_refusal_is_not_claimed() {
    let mut story = Story::active();
    story.closes = Answer::Fails(FailureKind::Throttled);
    story.end();
    story.closes = Answer::Fails(TIMED_OUT);
    story.passes(seconds(2));
    assert_eq!(story.state(), State::EndedElsewhere);
}

#[test]
fn a_beat_that_hears_of_it_first_hurries_the_close_and_does_not_end_elsewhere() {
    let mut story = Story::active();
    story.closes = Answer::Fails(FailureKind::Unreachable);
    story.end();
    story.closes = Answer::Fails(TIMED_OUT);
    story.beats = Answer::Fails(TIMED_OUT);
    story.tell(Event::Woke);
    assert_eq!(story.state(), State::Closed);
}

#[test]
fn beats_stop_once_the_task_is_over_whatever_the_close_is_told() {
    let mut story = Story::active();
    story.closes = Answer::Fails(FailureKind::Throttled);
    story.end();
    story.beats = Answer::Fails(TIMED_OUT);
    story.passes(seconds(25));
    story.mark();
    story.passes(seconds(120));
    assert_eq!(story.beaten(), [""; 0]);
    assert!(story.closes_sent().len() > 5, "only the close itself tells whose end it was");
}

#[test]
fn a_close_that_was_cut_off_for_a_whole_window_is_not_claimed() {
    let mut story = Story::active();
    story.closes = Answer::Fails(FailureKind::Unreachable);
    story.beats = Answer::Fails(FailureKind::Unreachable);
    let ask = story.end();
    story.passes(seconds(90));
    story.closes = Answer::Fails(TIMED_OUT);
    story.beats = Answer::Fails(TIMED_OUT);
    story.passes(seconds(30));
    assert_eq!(story.state(), State::EndedElsewhere, "its window had run out");
    assert_eq!(story.refused(ask), Some(Refusal::EndedElsewhere));
}

#[test]
fn a_task_that_was_over_before_the_first_try_is_ended_elsewhere_and_the_user_may_go() {
    for kind in [
        TIMED_OUT,
        FailureKind::TokenOver(crate::session::TokenOver::TaskDoesNotExist),
        FailureKind::TokenOver(crate::session::TokenOver::InvalidToken),
    ] {
        let mut story = Story::active();
        story.closes = Answer::Fails(kind);
        let ask = story.end();
        assert_eq!(story.state(), State::EndedElsewhere);
        assert_eq!(story.refused(ask), Some(Refusal::EndedElsewhere));
        assert_eq!(story.after_ends(), 1, "the user asked for it, and nobody has a claim left");
    }
}

#[test]
fn a_slow_disk_holds_the_close_up_for_half_a_second_at_most() {
    let mut story = Story::active();
    story.disk = Answer::Silent;
    story.end();
    assert_eq!(story.closes_sent(), []);
    story.passes(seconds(1) / 2);
    assert_eq!(story.closes_sent().len(), 1);
}

#[test]
fn a_disk_that_hangs_holds_the_shutdown_up_for_two_seconds_at_most() {
    let mut story = Story::active();
    story.disk = Answer::Silent;
    story.end();
    story.passes(seconds(1));
    assert_eq!((story.state(), story.after_ends()), (State::Closed, 0));
    story.passes(seconds(2));
    assert_eq!(story.after_ends(), 1);
}

#[test]
fn what_is_closed_cannot_fail_any_more() {
    let mut story = Story::active();
    story.end();
    let ask = story.ask(Request::Fail { error: "Late".into(), cause: "too late".into() });
    assert_eq!(story.refused(ask), Some(Refusal::TooLate));
}

/// A crash after a close that no record knows of would beat for a task that is over.
#[test]
fn an_earlier_record_that_becomes_durable_does_not_send_the_close() {
    let mut story = Story::active();
    story.disk = Answer::Silent;
    // The record of the new token is still on its way when the end is decided.
    story.deliver(&start("secret-2"));
    let before = story.newest_record();
    story.end();
    story.tell(Event::JournalSaved(before));
    assert_eq!(story.closes_sent(), []);
    story.tell(Event::JournalSaved(story.newest_record()));
    assert_eq!(story.closes_sent().len(), 1);
}

#[test]
fn nor_does_it_send_the_close_of_the_token_that_came_meanwhile() {
    let mut story = Story::active();
    story.disk = Answer::Silent;
    story.end();
    let before = story.newest_record();
    story.deliver(&start("secret-2"));
    assert!(story.newest_record() > before, "the new token was not taken");
    story.tell(Event::JournalSaved(before));
    assert_eq!(story.closes_sent(), []);
    story.tell(Event::JournalSaved(story.newest_record()));
    assert_eq!(story.closes_sent()[0].0, "secret-2");
}

#[test]
fn a_broken_disk_does_not_hold_up_the_end() {
    let mut story = Story::active();
    story.disk = Answer::Fails(FailureKind::Service);
    let ask = story.end();
    assert!(story.is_done(ask));
    assert_eq!(story.after_ends(), 1);
}

#[test]
fn fifty_duplicates_waiting_for_the_disk_do_not_crowd_out_the_shutdown() {
    let mut story = Story::active();
    story.disk = Answer::Silent;
    story.end();
    for _ in 0..50 {
        story.deliver(&start("secret-1"));
    }
    story.passes(seconds(1));
    assert_eq!((story.state(), story.after_ends()), (State::Closed, 0));
    story.tell(Event::JournalSaved(story.newest_record()));
    assert_eq!(story.after_ends(), 1);
}

#[test]
fn without_an_after_end_action_the_machine_stays_and_listens() {
    let mut story = Story::active_with(after_end(AfterEnd::None));
    story.end();
    assert_eq!((story.state(), story.after_ends()), (State::Closed, 0));
    story.deliver(&super::story::start_of("s-2", "secret-2"));
    assert_eq!(story.state(), State::Active);
}

#[test]
fn a_refused_shutdown_is_told_and_left_to_the_workflow() {
    for after in [AfterEnd::Shutdown, AfterEnd::Logoff] {
        let mut story = Story::active_with(after_end(after));
        story.end();
        assert_eq!(story.count(|command| *command == Command::AfterEnd(after)), 1);
        let waiting = story.count(|command| *command == Command::Receive);
        story.tell(Event::AfterEndRefused("polkit says no".into()));
        assert!(story.notified().contains(&Notification::AfterEndRefused("polkit says no".into())));
        assert_eq!(story.state(), State::Closed);
        assert!(story.view().sentence.contains("AWS will stop this computer"));
        assert_eq!(story.view().closing.unwrap().problem.as_deref(), Some("polkit says no"));
        // The long poll of before is still out.
        story.tell(Event::Received(Ok(Vec::new())));
        assert!(story.count(|command| *command == Command::Receive) > waiting, "deaf for ever");
    }
}

#[test]
fn a_machine_that_goes_down_takes_no_session() {
    let mut story = Story::active();
    story.end();
    let receipt = story.deliver(&super::story::start_of("s-2", "secret-2"));
    assert_eq!(story.released(receipt), Some(seconds(0)), "others may have it at once");
    assert!(!story.deleted(receipt));
    assert_eq!(story.state(), State::Closed);
    story.mark();
    story.passes(seconds(60));
    assert_eq!(story.count(|command| *command == Command::Receive), 0);
    story.passes(seconds(600));
    assert!(story.count(|command| *command == Command::Receive) > 0, "it never went down");
}

#[test]
fn try_again_sends_a_stuck_close_at_once() {
    let mut story = Story::active();
    story.closes = Answer::Fails(FailureKind::AccessDenied);
    story.end();
    story.passes(seconds(45));
    story.closes = Answer::Good;
    let ask = story.ask(Request::TryAgain);
    assert!(story.is_done(ask));
    assert_eq!(story.state(), State::Closed);
    let ask = story.ask(Request::TryAgain);
    assert_eq!(story.refused(ask), Some(Refusal::TooLate));
}

#[test]
fn whoever_does_not_want_to_wait_shuts_down_anyway_but_only_once() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    story.end();
    let early = story.ask(Request::ShutDownAnyway);
    assert_eq!(story.refused(early), Some(Refusal::TooLate), "its answer is still to come");
    let call = story.last_call();
    story.closes = Answer::Fails(FailureKind::Unreachable);
    story.tell(Event::CloseAnswered(call, Err(failure(FailureKind::Unreachable))));
    let (first, second) = (story.ask(Request::ShutDownAnyway), story.ask(Request::ShutDownAnyway));
    assert!(story.is_done(first) && story.is_done(second));
    assert_eq!(story.after_ends(), 1);
    assert_eq!(story.state(), State::Ending, "it is not closed for that");
    assert!(story.durable.session.as_ref().unwrap().closing.is_some(), "and stays journaled");
    story.closes = Answer::Good;
    story.passes(seconds(15));
    assert_eq!((story.state(), story.after_ends()), (State::Closed, 1));
}

#[test]
fn shutting_down_anyway_is_not_offered_where_nothing_would_follow() {
    let mut story = Story::active_with(after_end(AfterEnd::None));
    story.closes = Answer::Fails(FailureKind::Unreachable);
    story.end();
    let ask = story.ask(Request::ShutDownAnyway);
    assert_eq!(story.refused(ask), Some(Refusal::NotOffered));
}

#[test]
fn a_failure_is_told_as_one_within_its_limits() {
    let mut story = Story::active();
    let ask = story.ask(Request::Fail { error: "e".repeat(257), cause: String::new() });
    assert_eq!(story.refused(ask), Some(Refusal::BadRequest));
    assert_eq!(story.state(), State::Active);
    let ask =
        story.ask(Request::Fail { error: "Startup.Failed".into(), cause: "ä".repeat(32_768) });
    assert!(story.is_done(ask));
    let (_, verdict) = story.closes_sent().pop().unwrap();
    assert!(matches!(verdict, TaskResult::Failure { error, cause }
        if error == "Startup.Failed" && cause.chars().count() == 32_768));
}

#[test]
fn nothing_is_closed_where_there_is_no_session() {
    let mut story = Story::waiting();
    let ask = story.end();
    assert_eq!(story.refused(ask), Some(Refusal::NoSession));
    let ask = story.ask(Request::Fail { error: "E".into(), cause: String::new() });
    assert_eq!(story.refused(ask), Some(Refusal::NoSession));
    assert_eq!(story.closes_sent(), []);
}

#[test]
fn another_kind_of_end_comes_too_late() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    story.end();
    let ask = story.ask(Request::Extend);
    assert_eq!(story.refused(ask), Some(Refusal::TooLate));
    let ask = story.ask(Request::Fail { error: "E".into(), cause: String::new() });
    assert_eq!(story.refused(ask), Some(Refusal::TooLate));
}

#[test]
fn a_close_that_slept_is_sent_again_and_its_first_answer_still_counts() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    let ask = story.end();
    let before_sleep = story.last_call();
    story.sleeps(seconds(30));
    assert_eq!(story.closes_sent().len(), 2);
    story.tell(Event::CloseAnswered(before_sleep, Ok(Some("req-1".into()))));
    assert_eq!(story.state(), State::Closed);
    assert!(story.is_done(ask));
    let second = story.last_call();
    story.tell(Event::CloseAnswered(second, Err(failure(TIMED_OUT))));
    assert_eq!(story.state(), State::Closed);
}
