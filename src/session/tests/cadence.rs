//! Beats: when they are sent, what each error means for them, and that only a named one ends them.

use super::story::{Answer, PASSING, Story, TIMED_OUT, failure, key, seconds, start};
use crate::session::{
    Command, Event, FailureKind, Level, Notification, Settings, State, TokenOver,
};

#[test]
fn the_first_beat_goes_out_with_the_token() {
    let mut story = Story::waiting();
    story.deliver(&start("secret-1"));
    assert_eq!(story.beaten(), ["secret-1"]);
    assert_eq!(story.beat_times(), [600.0]);
    assert_eq!(story.state(), State::Active);
}

#[test]
fn a_session_of_eight_hours_beats_every_third_of_its_window() {
    let mut story = Story::active();
    story.passes(seconds(8 * 3600 - 60));
    let times = story.beat_times();
    assert!(times.len() > 1300, "{} beats", times.len());
    for pair in times.windows(2) {
        let gap = pair[1] - pair[0];
        assert!((18.0..=22.0).contains(&gap), "{gap} s between beats");
    }
    assert_eq!(story.view().failures, 0);
}

#[test]
fn no_other_error_than_the_three_named_ones_ends_the_beats() {
    for kind in PASSING {
        let mut story = Story::active();
        story.beats = Answer::Fails(kind);
        story.passes(seconds(300));
        assert_eq!(story.state(), State::AtRisk, "{kind:?}");
        story.mark();
        story.passes(seconds(60));
        assert!(!story.beaten().is_empty(), "{kind:?}: it gave up, long after the window");
        story.beats = Answer::Good;
        story.passes(seconds(30));
        assert_eq!(story.state(), State::Active, "{kind:?}");
        assert!(story.notified().contains(&Notification::Recovered), "{kind:?}");
    }
}

#[test]
fn each_named_error_ends_the_session_at_once() {
    for over in [TokenOver::TaskTimedOut, TokenOver::TaskDoesNotExist, TokenOver::InvalidToken] {
        let mut story = Story::active();
        story.beats = Answer::Fails(FailureKind::TokenOver(over));
        story.passes(seconds(22));
        assert_eq!(story.state(), State::EndedElsewhere);
        assert!(story.notified().contains(&Notification::EndedElsewhere));
        assert_eq!(story.logged("heartbeat window had run out"), 0, "it had not");
        assert_eq!(story.durable.session, None, "the journal would resume it");
        assert_eq!(story.durable.finished.len(), 1);
        story.mark();
        story.passes(seconds(600));
        assert_eq!(story.beaten(), [""; 0], "it beats on after {over:?}");
        assert_eq!(story.after_ends(), 0, "nobody asked for a shutdown");
    }
}

#[test]
fn a_token_that_was_never_known_is_no_session_that_the_user_loses() {
    let mut story = Story::waiting();
    story.beats = Answer::Fails(FailureKind::TokenOver(TokenOver::InvalidToken));
    story.deliver(&start("secret-1"));
    assert_eq!(story.notified(), []);
    assert_eq!(story.logged("was it cut or changed"), 1);
}

#[test]
fn errors_of_the_credentials_ask_for_new_ones_and_beat_as_soon_as_they_are_there() {
    for kind in PASSING {
        let by_key = matches!(kind, FailureKind::Credentials | FailureKind::Signature);
        let mut story = Story::active();
        story.beats = Answer::Fails(kind);
        story.passes(seconds(22));
        let asked = story.count(|command| *command == Command::RefreshCredentials);
        assert_eq!(asked > 0, by_key, "{kind:?}");
        story.mark();
        story.beats = Answer::Good;
        story.tell(key("BBBB", true));
        assert_eq!(story.beaten().len(), usize::from(by_key), "{kind:?}");
    }
}

#[test]
fn the_same_key_again_is_no_reason_to_hurry() {
    let mut story = Story::active();
    story.beats = Answer::Fails(FailureKind::Credentials);
    story.passes(seconds(22));
    story.mark();
    story.tell(key("AAAA", false));
    assert_eq!(story.beaten(), [""; 0]);
}

#[test]
fn several_tries_fit_into_what_is_left_of_the_window() {
    let mut story = Story::active();
    story.passes(seconds(10));
    story.mark();
    story.beats = Answer::Fails(FailureKind::Unreachable);
    story.passes(seconds(50));
    let tries = story.beat_times();
    assert!(tries.len() >= 6, "only {} tries", tries.len());
    assert!(tries.len() <= 40, "{} tries in a window is a hammer", tries.len());
    let gaps: Vec<f64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!((0.8..=1.2).contains(&gaps[0]), "the first retry comes after {} s", gaps[0]);
}

#[test]
fn a_call_is_given_less_than_a_third_of_the_window() {
    for window in [3, 60, 3600] {
        let mut story = Story::waiting();
        story.deliver(&format!(r#"{{"taskToken":"secret-1","heartbeatSeconds":{window}}}"#));
        let limits = story.said.iter().filter_map(|(_, command)| match command {
            Command::Beat { timeout, .. } => Some(*timeout),
            _ => None,
        });
        for limit in limits {
            assert!(limit < seconds(window) / 3, "{limit:?} of a window of {window} s");
        }
    }
}

#[test]
fn the_configured_interval_caps_a_wide_window() {
    let settings = Settings { max_interval: seconds(30), ..Settings::default() };
    let mut story = Story::waiting_with(settings);
    story.deliver(r#"{"taskToken":"secret-1","heartbeatSeconds":3600}"#);
    story.passes(seconds(600));
    let gap = 600.0 / (story.beaten().len() - 1) as f64;
    assert!((27.0..=33.0).contains(&gap), "{gap} s");
}

#[test]
fn a_bare_token_beats_by_the_configured_window() {
    let settings = Settings { heartbeat: seconds(30), ..Settings::default() };
    let mut story = Story::waiting_with(settings);
    story.deliver("secret-bare-token");
    story.passes(seconds(95));
    assert!((9..=12).contains(&story.beaten().len()), "{}", story.beaten().len());
}

#[test]
fn the_user_is_told_once_when_a_third_of_the_window_is_left() {
    let mut story = Story::active();
    story.beats = Answer::Fails(FailureKind::Unreachable);
    story.passes(seconds(39));
    let at_risk = |story: &Story| {
        let told = story.notified();
        told.iter().filter(|told| matches!(told, Notification::AtRisk { .. })).count()
    };
    assert_eq!(at_risk(&story), 0, "a hiccup is not worth a notification");
    assert_eq!(story.state(), State::AtRisk, "but it is shown");
    story.passes(seconds(2));
    assert_eq!(at_risk(&story), 1);
    let gives_up = "2026-11-24T09:01:00Z".parse().unwrap();
    assert!(story.notified().iter().any(|told| matches!(
        told,
        Notification::AtRisk { gives_up_at, .. } if *gives_up_at == gives_up
    )));
    story.passes(seconds(600));
    assert_eq!(at_risk(&story), 1);
}

#[test]
fn hours_of_failure_do_not_flood_the_log() {
    let mut story = Story::active();
    story.beats = Answer::Fails(FailureKind::AccessDenied);
    story.passes(seconds(6 * 3600));
    assert!(story.view().failures > 500, "{}", story.view().failures);
    assert!(story.log().len() < 40, "{} lines", story.log().len());
}

#[test]
fn after_sleep_it_beats_at_once_whatever_was_under_way() {
    let mut story = Story::active();
    story.mark();
    story.sleeps(seconds(5));
    assert_eq!(story.beaten().len(), 1);

    story.beats = Answer::Silent;
    story.passes(seconds(22));
    let before_sleep = story.last_call();
    story.mark();
    story.sleeps(seconds(3600));
    assert_eq!(story.beaten().len(), 1, "the beat that slept is not waited for");
    assert_eq!(story.state(), State::AtRisk, "the window ran out meanwhile");
    story.tell(Event::BeatAnswered(before_sleep, Ok(())));
    assert_eq!(story.state(), State::AtRisk, "an answer from before the sleep says nothing");
    let call = story.last_call();
    story.tell(Event::BeatAnswered(call, Err(failure(TIMED_OUT))));
    assert_eq!(story.state(), State::EndedElsewhere);
    assert_eq!(story.logged("heartbeat window had run out"), 1);
}

#[test]
fn one_beat_at_a_time() {
    let mut story = Story::active();
    story.beats = Answer::Silent;
    story.mark();
    story.passes(seconds(120));
    assert_eq!(story.beaten().len(), 1);
}

#[test]
fn a_throttle_slows_the_beats_down_and_is_told_when_a_third_of_the_window_is_left() {
    let at_risk = |story: &Story| {
        let told = story.notified();
        told.iter().filter(|told| matches!(told, Notification::AtRisk { .. })).count()
    };
    let mut story = Story::waiting();
    story.deliver(r#"{"taskToken":"secret-1","sessionId":"s-1","heartbeatSeconds":900}"#);
    story.passes(seconds(30));
    story.mark();
    story.beats = Answer::Fails(FailureKind::Throttled);
    story.passes(seconds(560));
    assert_eq!(at_risk(&story), 0, "more than a third is left");
    assert!(story.logged("too many callers") >= 3, "{:?}", story.log());
    assert_eq!(story.logged("in a row failed"), 0, "one code: {:?}", story.log());
    let times = story.beat_times();
    let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|gap| *gap >= 1.0), "{gaps:?}");
    assert!((4..=20).contains(&times.len()), "{} tries", times.len());
    story.passes(seconds(60));
    assert_eq!(at_risk(&story), 1);
    // Every beat that is accepted makes the next ones a little faster, to the usual pace.
    story.beats = Answer::Good;
    story.passes(seconds(3600));
    story.mark();
    story.passes(seconds(4 * 3600));
    let times = story.beat_times();
    let last = times[times.len() - 1] - times[times.len() - 2];
    assert!((54.0..=66.0).contains(&last), "{last}");
}

#[test]
fn a_lone_throttle_is_over_without_a_word_and_anything_else_with_one() {
    let (throttled, unreachable) = (FailureKind::Throttled, FailureKind::Unreachable);
    for (failures, kind, told) in
        [(1, throttled, 0), (2, throttled, 1), (3, throttled, 1), (1, unreachable, 1)]
    {
        let mut story = Story::waiting();
        story.deliver(r#"{"taskToken":"secret-1","sessionId":"s-1","heartbeatSeconds":900}"#);
        story.beats = Answer::Fails(kind);
        while story.view().failures < failures {
            story.passes(seconds(1));
        }
        assert_eq!(story.view().failures, failures);
        story.beats = Answer::Good;
        story.passes(seconds(400));
        assert_eq!(story.logged("beats are accepted again"), told, "{failures} {kind:?}");
    }
}

#[test]
fn an_outage_is_a_warning_first_and_then_an_error() {
    let mut story = Story::active();
    story.beats = Answer::Fails(FailureKind::Unreachable);
    story.passes(seconds(50));
    let lines = story.log();
    let level =
        |word: &str| lines.iter().find(|line| line.text.contains(word)).map(|line| line.level);
    assert_eq!(level("beat 1 in a row failed"), Some(Level::Warn));
    assert_eq!(level("beat 2 in a row failed"), Some(Level::Warn));
    assert_eq!(level("beat 4 in a row failed"), Some(Level::Error));
}
