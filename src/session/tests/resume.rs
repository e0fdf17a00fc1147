//! Restart, crash and reboot: the journal's session goes on where it was.

use super::story::{
    Answer, INSTANCE, Story, TIMED_OUT, failure, key, morning, seconds, start, start_of,
};
use crate::session::{
    AfterEnd, Command, Event, FailureKind, Mono, Notification, Now, Record, Refusal, Request,
    Settings, State, TokenOver,
};

#[test]
fn a_restart_inside_the_window_goes_on_with_a_beat_at_once() {
    let mut story = Story::active();
    story.passes(seconds(400));
    let (beats, ends_at) = (story.view().beats, story.view().ends_at);
    let mut again = story.restarts_after(10);
    assert_eq!(again.state(), State::Waiting, "unconfirmed is not active");
    assert_eq!(again.beaten(), [""; 0]);
    again.gets_ready();
    assert_eq!(again.beaten(), ["secret-1"]);
    assert_eq!(again.state(), State::Active);
    assert!(again.view().beats >= beats - 15 && again.view().beats > 0);
    assert_eq!(again.view().ends_at, ends_at);
    assert_eq!(again.view().session_id.as_deref(), Some("s-1"));
    assert_eq!(again.view().user.as_deref(), Some("ana"));
    assert_eq!(again.notified(), [], "the user knows of it already");
}

#[test]
fn a_reboot_starts_the_clock_anew_and_no_window_grows_by_it() {
    let mut story = Story::active();
    story.passes(seconds(5));
    // The machine was off for ten minutes; its monotonic clock begins at zero.
    let wall = story.now.wall + seconds(600);
    let now = Now { mono: Mono::at(seconds(8)), wall };
    let again = Story::starts(now, Settings::default(), story.durable.clone());
    assert_eq!(again.view().window_remaining_seconds, Some(0));
    assert_eq!(again.state(), State::AtRisk);
    assert_eq!(again.view().ends_at, story.view().ends_at);
}

/// A disk that is cloned at that moment would take its session to another machine.
#[test]
fn what_is_written_before_the_machine_knows_itself_still_says_whose_it_is() {
    let mut again = Story::active().restarts_after(5);
    again.end();
    assert!(again.durable.session.as_ref().unwrap().closing.is_some());
    assert_eq!(again.durable.instance_id.as_deref(), Some(INSTANCE));
}

#[test]
fn a_machine_made_of_another_ones_disk_takes_over_nothing() {
    let settings = Settings { after_end: AfterEnd::None, ..Settings::default() };
    let mut story = Story::active_with(settings);
    story.end();
    story.deliver(&start_of("s-2", "secret-2"));
    assert_eq!(story.state(), State::Active);
    assert_eq!(story.durable.finished.len(), 1);
    let mut clone = story.restarts_after(5);
    clone.tell(key("AAAA", true));
    clone.tell(Event::Identified { instance_id: "i-99".into() });
    clone.passes(seconds(120));
    assert_eq!((clone.state(), clone.beaten().len()), (State::Waiting, 0));
    assert_eq!((&clone.durable.session, clone.durable.finished.len()), (&None, 0));
    assert_eq!(clone.durable.instance_id.as_deref(), Some("i-99"));
}

#[test]
fn a_session_that_was_accepted_before_a_restart_ends_for_its_user_whatever_the_service_forgot() {
    let mut story = Story::active();
    story.passes(seconds(120));
    let mut again = story.restarts_after(5);
    again.beats = Answer::Fails(FailureKind::TokenOver(TokenOver::TaskDoesNotExist));
    again.gets_ready();
    assert_eq!(again.state(), State::EndedElsewhere);
    assert_eq!(again.notified(), [Notification::EndedElsewhere]);
}

#[test]
fn a_session_that_ended_meanwhile_is_found_out_by_the_first_beat() {
    let mut story = Story::active();
    story.passes(seconds(30));
    let mut again = story.restarts_after(3600);
    again.beats = Answer::Fails(TIMED_OUT);
    again.gets_ready();
    assert_eq!(again.state(), State::EndedElsewhere);
    assert_eq!(again.after_ends(), 0);
    assert_eq!(again.notified(), [Notification::EndedElsewhere]);
    assert_eq!(again.durable.session, None);
}

#[test]
fn a_resumed_session_whose_time_is_up_asks_the_service_before_it_closes_anything() {
    let story = Story::active();
    for down in [8 * 3600 - 20, 8 * 3600 + 600] {
        let mut again = story.restarts_after(down);
        again.beats = Answer::Silent;
        again.gets_ready();
        again.passes(seconds(5));
        assert_eq!(again.closes_sent(), [], "down for {down} s");
        let call = again.last_call();
        again.tell(Event::BeatAnswered(call, Err(failure(TIMED_OUT))));
        assert_eq!((again.state(), again.after_ends()), (State::EndedElsewhere, 0));
    }
}

#[test]
fn an_end_that_the_service_disproves_is_forgotten() {
    let story = Story::active();
    // The clock was wrong when the machine came back: the service still waits.
    let mut again = story.restarts_after(9 * 3600);
    again.gets_ready();
    assert_eq!(again.state(), State::Active);
    assert_eq!(again.view().ends_at, None);
    assert_eq!(again.logged("check the clock"), 1);
    again.passes(seconds(3600));
    assert_eq!((again.state(), again.closes_sent().len()), (State::Active, 0));
}

#[test]
fn a_countdown_goes_on_over_a_restart_but_asks_first() {
    let mut story = Story::active();
    story.deliver(r#"{"type":"end","graceSeconds":120}"#);
    let mut again = story.restarts_after(60);
    again.gets_ready();
    assert!(again.view().countdown.is_some());
    again.passes(seconds(60));
    assert_eq!(again.output()["reason"], "remote");
    // Past already: only if the session still is one.
    let mut late = story.restarts_after(3600);
    late.beats = Answer::Fails(TIMED_OUT);
    late.gets_ready();
    assert_eq!((late.state(), late.closes_sent().len()), (State::EndedElsewhere, 0));
    assert_eq!(late.after_ends(), 0, "whoever is here now did not ask for it");
}

#[test]
fn a_close_that_was_decided_is_sent_by_the_next_run_without_its_shutdown() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    story.ask(Request::End { text: Some("bye".into()) });
    let mut again = story.restarts_after(5);
    assert_eq!(again.state(), State::Ending);
    again.gets_ready();
    assert_eq!(again.state(), State::Closed);
    assert_eq!(again.output()["reasonText"], "bye");
    assert_eq!(again.output()["endedAt"], "2026-11-24T09:00:00Z");
    assert_eq!(again.after_ends(), 0, "whoever is here now did not ask for it");
}

#[test]
fn a_close_that_got_through_before_the_crash_is_closed_within_the_window_only() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    story.end();
    for (down, state) in [(5, State::Closed), (600, State::EndedElsewhere)] {
        let mut again = story.restarts_after(down);
        again.closes = Answer::Fails(TIMED_OUT);
        again.beats = Answer::Fails(TIMED_OUT);
        again.gets_ready();
        assert_eq!(again.state(), state, "down for {down} s");
    }
}

#[test]
fn a_clock_that_is_behind_after_a_restart_makes_no_close_of_a_timeout() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    story.end();
    // The window ran out while the machine was off, and its clock does not know it.
    let real = story.now.wall + seconds(600);
    let now = Now { mono: Mono::at(seconds(8)), wall: real - seconds(590) };
    let mut again = Story::starts(now, Settings::default(), story.durable.clone());
    again.closes = Answer::Fails(TIMED_OUT);
    again.beats = Answer::Silent;
    again.tell(Event::ServiceTime { at: real.round(jiff::Unit::Second).unwrap() });
    again.gets_ready();
    assert_eq!(again.state(), State::EndedElsewhere);
}

#[test]
fn a_former_runs_end_does_not_hold_for_the_token_of_a_retry() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    story.end();
    let mut again = story.restarts_after(600);
    again.closes = Answer::Silent;
    again.beats = Answer::Silent;
    again.gets_ready();
    assert_eq!(again.state(), State::Ending);
    again.beats = Answer::Good;
    again.deliver(&start("secret-2"));
    assert_eq!(again.state(), State::Active, "the workflow has started it anew");
    let closed = again.closes_sent();
    assert!(closed.iter().all(|(token, _)| token == "secret-1"));
    // But whoever asks for the end in this run gets it.
    let mut again = story.restarts_after(600);
    again.closes = Answer::Silent;
    again.beats = Answer::Silent;
    again.gets_ready();
    let ask = again.end();
    again.closes = Answer::Good;
    again.beats = Answer::Good;
    again.deliver(&start("secret-2"));
    assert!(again.is_done(ask));
}

#[test]
fn a_crash_between_the_wish_for_more_time_and_its_answer_loses_neither() {
    let mut story = Story::active();
    story.ask(Request::Extend);
    let mut again = story.restarts_after(5);
    again.gets_ready();
    assert_eq!(again.beaten(), [""; 0], "the old token is over");
    assert!(again.view().sentence.contains("More time was asked for"));
    again.deliver(&start("secret-2"));
    assert_eq!(again.state(), State::Active);
    assert!(again.notified().iter().any(|told| matches!(told, Notification::Extended { .. })));
    // Long after, nobody hopes any longer.
    let mut late = story.restarts_after(600);
    late.gets_ready();
    assert_eq!(late.state(), State::NeedsAttention);
}

#[test]
fn a_crash_before_the_record_was_durable_leaves_the_message_in_the_queue() {
    let mut story = Story::waiting();
    story.disk = Answer::Silent;
    let receipt = story.deliver(&start("secret-1"));
    assert!(!story.deleted(receipt));
    let mut again = story.restarts_after(30);
    again.gets_ready();
    assert_eq!(again.state(), State::Waiting);
    again.deliver(&start("secret-1"));
    assert_eq!(again.state(), State::Active);
}

#[test]
fn the_journal_of_another_machine_is_discarded_before_any_beat() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    let active = story.durable.clone();
    story.end();
    let closing = story.durable.clone();
    for record in [active, closing] {
        let record = Record { instance_id: Some("i-original".into()), ..record };
        let mut clone = Story::starts(morning(), Settings::default(), record);
        clone.tell(key("AAAA", true));
        clone.passes(seconds(60));
        let ask = clone.end();
        clone.tell(Event::Identified { instance_id: INSTANCE.into() });
        assert_eq!((clone.beaten().len(), clone.closes_sent().len()), (0, 0));
        assert_eq!(clone.refused(ask), Some(Refusal::NoSession), "its user is not left waiting");
        assert_eq!(clone.logged("was written on i-original"), 1);
        assert_eq!(clone.durable.instance_id.as_deref(), Some(INSTANCE));
        assert_eq!(clone.durable.session, None);
        assert!(clone.durable.finished.is_empty());
    }
}

#[test]
fn a_machine_that_cannot_identify_itself_holds_the_session_back_and_says_so() {
    let story = Story::active();
    let mut again = story.restarts_after(5);
    again.tell(key("AAAA", true));
    again.tell(Event::Unidentified("IMDS does not answer: check its hop limit.".into()));
    again.passes(seconds(30));
    assert_eq!(again.beaten(), [""; 0], "it may be another machine's");
    assert_eq!(again.state(), State::AtRisk);
    assert!(again.view().sentence.contains("IMDS does not answer"));
    let told = again.notified();
    assert_eq!(told.len(), 1, "half of the window is gone: {told:?}");
    assert!(matches!(told[0], Notification::AtRisk { .. }));
    again.tell(Event::Identified { instance_id: INSTANCE.into() });
    assert_eq!(again.state(), State::Active);
    assert_eq!(again.notified().last(), Some(&Notification::Recovered));
}

#[test]
fn without_credentials_a_resumed_session_is_at_risk_and_its_user_told() {
    let story = Story::active();
    let mut again = story.restarts_after(5);
    again.tell(Event::Identified { instance_id: INSTANCE.into() });
    again.tell(Event::CredentialsFailed {
        problem: crate::session::interface::event::CredentialProblem::NoRole,
        sentence: "This computer has no IAM role: ask your administrator.".into(),
    });
    assert_eq!(again.state(), State::AtRisk);
    again.passes(seconds(24));
    assert_eq!(again.notified(), []);
    again.passes(seconds(2));
    assert!(matches!(again.notified()[..], [Notification::AtRisk { .. }]));
    again.tell(key("BBBB", true));
    assert_eq!(again.state(), State::Active);
}

#[test]
fn announcements_and_warnings_given_are_not_given_again() {
    use crate::session::interface::event::{Announcement, AnnouncementKind};
    let mut story = Story::active();
    let kind = AnnouncementKind::Rebalance;
    let announced = Event::Announced(Announcement { kind, id: "r".into(), at: None, text: None });
    story.tell(announced.clone());
    story.passes(seconds(7 * 3600 + 60));
    assert_eq!(story.notified().len(), 3, "started, rebalance, 60 minutes");
    let mut again = story.restarts_after(30);
    again.gets_ready();
    again.tell(announced);
    again.passes(seconds(60));
    assert_eq!(again.notified(), []);
}

#[test]
fn every_restart_point_of_a_session_keeps_its_token() {
    // Kill the agent after each command that the life of a session consists of.
    let mut whole = Story::waiting();
    whole.disk = Answer::Silent;
    whole.closes = Answer::Silent;
    let receipt = whole.deliver(&start("secret-1"));
    let mut records = vec![(whole.deleted(receipt), whole.durable.clone())];
    whole.disk = Answer::Good;
    whole.tell(Event::JournalFailed(1, "retry".into()));
    whole.passes(seconds(5));
    records.push((whole.deleted(receipt), whole.durable.clone()));
    whole.end();
    records.push((whole.deleted(receipt), whole.durable.clone()));
    for (deleted, record) in records {
        let kept = record.session.as_ref().is_some_and(|it| it.token.expose() == "secret-1");
        assert!(kept || !deleted, "neither in the queue nor in the journal");
        let mut again = Story::starts(whole.now, Settings::default(), record);
        again.gets_ready();
        again.deliver(&start("secret-1"));
        assert!(
            again.count(|said| matches!(said, Command::Beat { .. } | Command::Close { .. })) > 0
        );
    }
}

#[test]
fn a_full_journal_of_finished_tokens_forgets_the_oldest() {
    let settings = Settings { after_end: crate::session::AfterEnd::None, ..Settings::default() };
    let mut story = Story::waiting_with(settings);
    for n in 0..40 {
        story.deliver(&super::story::start_of(&format!("s-{n}"), &format!("secret-{n}")));
        story.end();
    }
    let of = |n: u32| crate::session::TaskToken::new(format!("secret-{n}")).unwrap().fingerprint();
    assert_eq!(story.durable.finished, (8..40).map(of).collect::<Vec<_>>());
    let receipt = story.deliver(&super::story::start_of("s-39", "secret-39"));
    assert!(story.deleted(receipt));
    assert_eq!(story.state(), State::Closed);
    let mut long = story.durable.clone();
    long.finished = (0..100)
        .map(|n| crate::session::TaskToken::new(format!("secret-{n}")).unwrap().fingerprint())
        .collect();
    let mut again = Story::starts(story.now, Settings::default(), long);
    again.gets_ready();
    again.deliver(&start("secret-new"));
    again.beats = Answer::Fails(FailureKind::TokenOver(crate::session::TokenOver::TaskTimedOut));
    again.passes(seconds(30));
    assert_eq!(again.durable.finished.len(), 32);
}
