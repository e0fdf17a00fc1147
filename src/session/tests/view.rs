//! What is shown: both clocks, every state in one short sentence, never better than the truth.

use super::story::{Answer, PASSING, Story, TIMED_OUT, failure, seconds, start};
use crate::session::interface::event::{Announcement, AnnouncementKind, AwayKind};
use crate::session::{AfterEnd, Event, FailureKind, Request, Settings, State, View};

#[test]
fn both_clocks_are_shown() {
    let mut story = Story::active();
    story.passes(seconds(15));
    let view = story.view();
    assert_eq!(view.window_remaining_seconds, Some(45));
    assert_eq!(view.session_remaining_seconds, Some(28_785 - 30));
    assert_eq!(view.last_beat_at, Some("2026-11-24T09:00:00Z".parse().unwrap()));
    assert!(view.next_beat_at > view.last_beat_at);
    let credentials = view.credentials.unwrap();
    assert_eq!((&*credentials.source, &*credentials.key_suffix), ("imds", "AAAA"));
}

#[test]
fn active_is_shown_only_while_the_window_of_an_accepted_beat_runs() {
    let mut story = Story::waiting();
    story.beats = Answer::Silent;
    story.deliver(&start("secret-1"));
    assert_eq!(story.state(), State::Waiting, "taken, not confirmed");
    let call = story.last_call();
    story.tell(Event::BeatAnswered(call, Ok(())));
    assert_eq!(story.state(), State::Active);
    story.passes(seconds(59));
    assert_eq!(story.state(), State::Active, "a beat hangs, but the window still runs");
    story.passes(seconds(1));
    assert_eq!(story.state(), State::AtRisk);
    assert_eq!(story.logged("Active -> AtRisk"), 1, "and the log says so at that moment");
}

#[test]
fn the_window_counts_from_when_a_beat_was_sent_not_from_its_answer() {
    let mut story = Story::waiting();
    story.beats = Answer::Silent;
    story.deliver(&start("secret-1"));
    let call = story.last_call();
    story.passes(seconds(7));
    story.tell(Event::BeatAnswered(call, Ok(())));
    assert_eq!(story.view().window_remaining_seconds, Some(53));
}

#[test]
fn a_session_at_risk_says_how_long_it_has_left() {
    let mut story = Story::active();
    story.beats = Answer::Fails(FailureKind::Unreachable);
    story.passes(seconds(25));
    assert!(story.view().sentence.contains("35 s left"), "{}", story.view().sentence);
    assert!(story.view().last_error.unwrap().starts_with("heartbeat: Code"));
    story.passes(seconds(60));
    assert!(story.view().sentence.contains("run out"), "{}", story.view().sentence);
}

#[test]
fn over_is_over_and_shows_no_clock() {
    let mut story = Story::active();
    story.end();
    let view = story.view();
    assert_eq!((view.ends_at, view.window_remaining_seconds), (None, None));
    assert_eq!((view.next_beat_at, view.session_remaining_share), (None, None));
    assert!(view.last_beat_at.is_some());
}

/// Every state there is, with every cause that its sentence may name.
pub(crate) fn every_view() -> Vec<(String, View)> {
    let mut views = Vec::new();
    for kind in PASSING {
        let mut story = Story::active();
        story.beats = Answer::Fails(kind);
        story.passes(seconds(25));
        views.push((format!("heartbeats fail, {kind:?}"), story.view()));
        story.passes(seconds(100));
        views.push((format!("heartbeats fail for long, {kind:?}"), story.view()));
        let mut story = Story::active();
        story.closes = Answer::Fails(kind);
        story.end();
        views.push((format!("the close fails, {kind:?}"), story.view()));
        let mut story = Story::waiting();
        story.tell(Event::Received(Err(failure(kind))));
        story.passes(seconds(61));
        views.push((format!("the queue cannot be read, {kind:?}"), story.view()));
    }
    for after_end in [AfterEnd::None, AfterEnd::Logoff, AfterEnd::Shutdown] {
        let settings = Settings { after_end, ..Settings::default() };
        let mut story = Story::active_with(settings);
        story.tell(Event::Away(AwayKind::Idle, true));
        views.push(("nobody at the desk".into(), story.view()));
        story.deliver(r#"{"type":"end","graceSeconds":9}"#);
        views.push(("an administrator ends it".into(), story.view()));
        story.closes = Answer::Silent;
        story.end();
        views.push((format!("closing, then {after_end:?}"), story.view()));
        let call = story.last_call();
        story.tell(Event::CloseAnswered(call, Ok(None)));
        views.push((format!("closed, then {after_end:?}"), story.view()));
        story.tell(Event::AfterEndRefused("no".into()));
        views.push((format!("closed, {after_end:?} refused"), story.view()));
    }
    let mut story = Story::active();
    let (kind, id) = (AnnouncementKind::Spot, "terminate".to_owned());
    story.tell(Event::Announced(Announcement { kind, id, at: None, text: None }));
    views.push(("a spot interruption".into(), story.view()));
    story.ask(Request::Extend);
    views.push(("more time asked for".into(), story.view()));
    story.passes(seconds(100));
    views.push(("no answer to that".into(), story.view()));
    let mut story = Story::active();
    story.beats = Answer::Fails(TIMED_OUT);
    story.passes(seconds(25));
    views.push(("the service ended it".into(), story.view()));
    views.push(("nothing yet".into(), Story::waiting().view()));
    views
}

#[test]
fn every_sentence_fits_into_a_tooltip_whole() {
    let views = every_view();
    for (_, view) in &views {
        let units = view.sentence.encode_utf16().count();
        assert!(units <= 127, "{units}: {}", view.sentence);
        assert!(!view.sentence.ends_with('…') || units < 60, "cut: {}", view.sentence);
    }
    for state in State::ALL {
        assert!(views.iter().any(|(_, view)| view.state == state), "{state:?} was not seen");
    }
}

#[test]
fn the_json_has_the_fields_that_others_script() {
    let mut story = Story::active();
    story.passes(seconds(15));
    let json = serde_json::to_value(story.view()).unwrap();
    for field in [
        "state",
        "sessionId",
        "instanceId",
        "startedAt",
        "lastBeatAt",
        "nextBeatAt",
        "windowRemainingSeconds",
        "sessionRemainingSeconds",
        "beats",
        "failures",
        "lastError",
    ] {
        assert!(json.get(field).is_some(), "{field}");
    }
    assert_eq!(json["state"], "active");
    for field in ["source", "keySuffix", "expiresAt"] {
        assert!(json["credentials"].get(field).is_some(), "{field}");
    }
}

#[test]
fn a_service_that_quotes_the_token_does_not_bring_it_into_log_or_view() {
    let quoting = |kind| crate::session::Failure {
        message: "Invalid Token: 'secret-1'".into(),
        ..failure(kind)
    };
    let mut story = Story::active();
    story.beats = Answer::Silent;
    story.closes = Answer::Silent;
    story.passes(seconds(22));
    let call = story.last_call();
    // The teller looks at every command and view for the token.
    story.tell_unseen(Event::BeatAnswered(call, Err(quoting(FailureKind::AccessDenied))));
    assert!(story.view().last_error.unwrap().contains("Invalid Token: '#"));
    story.end();
    let call = story.last_call();
    story.tell_unseen(Event::CloseAnswered(call, Err(quoting(FailureKind::AccessDenied))));
    assert_eq!(story.logged("Invalid Token: '#"), 2);
}

#[test]
fn each_change_of_state_is_logged_once_with_its_code() {
    let mut story = Story::active();
    story.end();
    for (change, code) in [
        ("Waiting -> Active", "DB-201"),
        ("Active -> Ending", "DB-301"),
        ("Ending -> Closed", "DB-302"),
    ] {
        let log = story.log();
        let lines: Vec<_> = log.iter().filter(|line| line.text.contains(change)).collect();
        assert_eq!(lines.len(), 1, "{change}");
        assert_eq!(lines[0].code.id(), code);
    }
}

/// A front in another language says the same again from it.
#[test]
fn a_view_that_was_written_as_json_is_read_with_its_texts() {
    let mut story = Story::active();
    story.tell(Event::Health(Some("The streaming server hangs.".into())));
    let view = story.view();
    let read: crate::session::View =
        serde_json::from_str(&serde_json::to_string(&view).unwrap()).unwrap();
    assert_eq!(read, view);
    assert_eq!(read.sentence.said(), view.sentence.said());
    assert!(read.sentence.said().is_some());
    assert_eq!(read.unhealthy.as_deref(), Some("The streaming server hangs."));
}
