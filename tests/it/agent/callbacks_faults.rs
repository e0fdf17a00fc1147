//! Step Functions in trouble: what each error means for a beat and for a close.

use std::time::Duration;

use deskbeat::sandbox::{Action, Extent, Fault, TaskSpec, TaskState, What};
use deskbeat::session::{Notification, Refusal, Reply, Request, State};

use super::desk::{Desk, OVER_BEFORE, done, play};
use crate::faults::row;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn each_of_the_three_named_errors_ends_the_session_elsewhere() {
    for name in ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"] {
        play(async |desk| {
            desk.active().await;
            desk.sandbox.fault(Action::Heartbeat, Fault::error(name), Extent::UntilCleared);
            let view = desk.state(State::EndedElsewhere).await;
            assert!(view.last_error.unwrap().contains(name));
            let seen = desk.sandbox.counts(Action::Heartbeat).seen;
            desk.sleep(3600).await;
            assert_eq!(desk.sandbox.counts(Action::Heartbeat).seen, seen, "beats have stopped");
            assert_eq!(desk.logged("DB-401").len(), 2, "{:?}", desk.logged("DB-401"));
            assert_eq!(desk.told_of(|told| *told == Notification::EndedElsewhere), 1);
            assert_eq!(desk.closes(), 0);
        });
    }
}

/// Two minutes of trouble in a window of five: the session lives, and says so at each moment.
async fn survived(desk: &mut Desk, fault: Fault, word: &str) -> (String, f64) {
    let task = desk.active().await;
    desk.sleep(600).await;
    let heard = desk.task(task).beats.len();
    let id = desk.sandbox.fault(Action::Heartbeat, fault, Extent::UntilCleared);
    let view = desk.state(State::AtRisk).await;
    assert!(view.sentence.contains(word), "{}", view.sentence);
    let since = desk.seconds();
    desk.sleep(120).await;
    assert_eq!(desk.view().await.state, State::AtRisk);
    assert_eq!(desk.task(task).beats.len(), heard);
    let tries = desk.unanswered(Action::Heartbeat);
    assert!((3..=16).contains(&tries), "{tries} tries in two minutes");
    desk.sandbox.clear(id);
    let again = desk.beaten(task, heard + 1).await;
    // A minute's interval at the most, but several tries must fit into the rest of the window.
    assert!(again - since <= 120.0 + 60.0, "{} s", again - since);
    desk.state(State::Active).await;
    assert_eq!(desk.windows_missed(), 0);
    assert_eq!(desk.logged("DB-203").len(), 1, "recovered, once");
    assert_eq!(desk.logged("DB-401").len(), 0);
    (view.sentence.to_string(), again - since)
}

macro_rules! survives {
    ($($name:ident: $fault:expr, $word:expr $(, $row:literal, $what:literal)?;)*) => {$(
        #[test]
        fn $name() {
            play(async |desk| {
                let (_shown, _took) = survived(desk, $fault, $word).await;
                $(row($row, $what)
                    .shown(&_shown)
                    .logged("DB-202", &desk.logged("DB-202"))
                    .within(180.0, _took)
                    .kept();)?
            });
        }
    )*};
}

survives! {
    a_beat_survives_expired_token: Fault::error("ExpiredTokenException"), "credentials";
    a_beat_survives_unrecognized_client: Fault::error("UnrecognizedClientException"), "credentials";
    a_beat_survives_invalid_signature: Fault::error("InvalidSignatureException"), "clock";
    a_beat_survives_access_denied: Fault::error("AccessDeniedException"), "administrator",
        "05-denied", "the role loses its right for two minutes, in a window of five";
    a_beat_survives_throttling: Fault::error("ThrottlingException"), "too busy",
        "03-throttled", "Step Functions throttles every call for two minutes, in a window of five";
    a_beat_survives_kms_throttling: Fault::error("KmsThrottlingException"), "too busy";
    a_beat_survives_kms_denied: Fault::error("KmsAccessDeniedException"), "encryption key";
    a_beat_survives_kms_state: Fault::error("KmsInvalidStateException"), "encryption key";
    a_beat_survives_invalid_output: Fault::error("InvalidOutput"), "answer";
    a_beat_survives_an_unknown_error: Fault::error("SomethingNewException"), "AWS has a problem";
    a_beat_survives_500: Fault::status(500), "AWS has a problem";
    a_beat_survives_503: Fault::status(503), "AWS has a problem";
    a_beat_survives_429: Fault::status(429), "too busy";
    a_beat_survives_dropped_connections: Fault::Drop, "network",
        "05-network-cut", "the network is cut for two minutes, in a window of five";
    a_beat_survives_a_proxy_that_answers_in_aws_s_place: Fault::Intercepted, "sign-in or block page",
        "05-page-for-beats", "a page answers in AWS's place for two minutes, in a window of five";
}

#[test]
fn a_beat_survives_a_service_that_hangs() {
    play(async |desk| {
        let task = desk.active().await;
        desk.sandbox.fault(Action::Heartbeat, Fault::Hang, Extent::For(4 * MINUTE));
        desk.state(State::AtRisk).await;
        desk.sleep(240).await;
        desk.state(State::Active).await;
        assert_eq!(desk.windows_missed(), 0);
        assert!(desk.unanswered(Action::Heartbeat) >= 5, "several tries");
        assert!(desk.longest_pause(task) < 290.0);
    });
}

#[test]
fn an_answer_cut_in_the_middle_is_tried_again() {
    play(async |desk| {
        let task = desk.active().await;
        let heard = desk.task(task).beats.len();
        desk.sandbox.fault(Action::Heartbeat, Fault::Cut, Extent::Times(1));
        // The cut one was heard; its answer was not.
        let first = desk.beaten(task, heard + 1).await;
        let second = desk.beaten(task, heard + 2).await;
        assert!(second - first <= 2.0);
        let view = desk.state(State::Active).await;
        assert_eq!(view.failures, 1);
    });
}

#[test]
fn ten_minutes_of_expired_tokens_are_survived_in_a_window_of_fifteen() {
    play(async |desk| {
        desk.start();
        let spec = TaskSpec { heartbeat: Some(15 * MINUTE), ..TaskSpec::default() };
        let task = desk.workflow_with(spec);
        desk.beaten(task, 2).await;
        let error = Fault::error("ExpiredTokenException");
        desk.sandbox.fault(Action::Heartbeat, error, Extent::For(10 * MINUTE));
        desk.state(State::AtRisk).await;
        desk.sleep(9 * 60).await;
        assert_eq!(desk.view().await.state, State::AtRisk);
        desk.state(State::Active).await;
        assert_eq!(desk.windows_missed(), 0);
        let tries = desk.unanswered(Action::Heartbeat);
        assert!((8..=40).contains(&tries), "{tries} tries in ten minutes");
        // The key was read again, but not at a hammer's pace.
        let asked = desk.sandbox.counts(Action::ImdsCredentials).seen;
        assert!(asked <= 2 * (40 + tries + 10), "{asked}");
        assert_eq!(desk.told_of(|told| *told == Notification::Recovered), 1);
    });
}

#[test]
fn ten_minutes_of_expired_tokens_end_a_window_of_five_and_nobody_claims_otherwise() {
    play(async |desk| {
        let task = desk.active().await;
        let error = Fault::error("ExpiredTokenException");
        desk.sandbox.fault(Action::Heartbeat, error, Extent::For(10 * MINUTE));
        let over = desk.sandbox.over(task).await;
        assert!(matches!(over.state, TaskState::HeartbeatTimedOut { .. }));
        assert_eq!(desk.view().await.state, State::AtRisk);
        assert_eq!(desk.told_of(|told| matches!(told, Notification::AtRisk { .. })), 1);
        desk.state(State::EndedElsewhere).await;
        assert_eq!(desk.closes(), 0);
    });
}

/// A close meets trouble three times, then goes through; nothing else was told the service.
async fn closed_in_spite_of(desk: &mut Desk, fault: Fault) {
    let task = desk.active().await;
    desk.sandbox.fault(Action::Success, fault, Extent::Times(3));
    let before = desk.seconds();
    let sentence = done(desk.end().await);
    assert!(sentence.contains("confirmed"), "{sentence}");
    assert!(desk.seconds() - before <= 40.0, "{} s", desk.seconds() - before);
    desk.closed_by_us(task, "ended", "user");
    let view = desk.view().await;
    assert_eq!(view.state, State::Closed);
    assert_eq!(view.closing.unwrap().attempts, 4);
    assert_eq!(desk.closes(), 1);
    assert_eq!(desk.told_of(|told| matches!(told, Notification::CloseStuck(_))), 1);
}

macro_rules! closes {
    ($($name:ident: $fault:expr;)*) => {$(
        #[test]
        fn $name() {
            play(async |desk| closed_in_spite_of(desk, $fault).await);
        }
    )*};
}

closes! {
    a_close_survives_expired_token: Fault::error("ExpiredTokenException");
    a_close_survives_unrecognized_client: Fault::error("UnrecognizedClientException");
    a_close_survives_invalid_signature: Fault::error("InvalidSignatureException");
    a_close_survives_access_denied: Fault::error("AccessDeniedException");
    a_close_survives_throttling: Fault::error("ThrottlingException");
    a_close_survives_kms_throttling: Fault::error("KmsThrottlingException");
    a_close_survives_kms_denied: Fault::error("KmsAccessDeniedException");
    a_close_survives_kms_state: Fault::error("KmsInvalidStateException");
    a_close_survives_500: Fault::status(500);
    a_close_survives_dropped_connections: Fault::Drop;
    a_close_survives_a_proxy_that_answers_in_aws_s_place: Fault::Intercepted;
}

#[test]
fn a_kms_error_is_told_to_whoever_can_mend_it() {
    play(async |desk| {
        desk.active().await;
        let error = Fault::error("KmsAccessDeniedException");
        let id = desk.sandbox.fault(Action::Success, error, Extent::UntilCleared);
        let ending = desk.ask_beside(Request::End { text: None });
        let view = desk
            .shows(|view| view.closing.as_ref().is_some_and(|closing| closing.attempts >= 4))
            .await;
        assert_eq!(view.state, State::Ending);
        let problem = view.closing.unwrap().problem.unwrap();
        assert!(problem.contains("encryption key") && problem.contains("administrator"));
        desk.sandbox.clear(id);
        done(ending.await.unwrap().unwrap());
    });
}

#[test]
fn a_refused_output_is_sent_again_as_the_least_there_is() {
    play(async |desk| {
        let task = desk.active().await;
        desk.sandbox.fault(Action::Success, Fault::error("InvalidOutput"), Extent::Times(1));
        let before = desk.seconds();
        done(desk.end().await);
        assert_eq!(desk.output(task), serde_json::json!({}));
        assert!(desk.seconds() - before < 1.0, "at once");
    });
}

#[test]
fn a_close_whose_answer_was_cut_is_closed_not_ended_elsewhere() {
    for fault in [Fault::Cut, Fault::Garbage] {
        play(async |desk| {
            let task = desk.active().await;
            desk.sandbox.fault(Action::Success, fault, Extent::Times(1));
            done(desk.end().await);
            assert_eq!(desk.view().await.state, State::Closed);
            desk.closed_by_us(task, "ended", "user");
            assert_eq!(desk.closes(), 1);
            assert_eq!(desk.logged("DB-401").len(), 0);
        });
    }
}

#[test]
fn a_close_that_hangs_is_given_up_and_sent_again() {
    play(async |desk| {
        let task = desk.active().await;
        desk.sandbox.fault(Action::Success, Fault::Hang, Extent::For(25 * Duration::from_secs(1)));
        let before = desk.seconds();
        done(desk.end().await);
        assert!(desk.seconds() - before <= 40.0);
        desk.closed_by_us(task, "ended", "user");
        assert_eq!(desk.closes(), 1);
    });
}

#[test]
fn beats_go_on_while_the_close_does_not_get_through() {
    play(async |desk| {
        let task = desk.active().await;
        let id = desk.sandbox.fault(Action::Success, Fault::status(500), Extent::UntilCleared);
        let ending = desk.ask_beside(Request::End { text: None });
        desk.state(State::Ending).await;
        desk.sleep(30 * 60).await;
        assert!(!desk.task(task).is_over(), "it would have timed out without beats");
        desk.sandbox.clear(id);
        done(ending.await.unwrap().unwrap());
        desk.closed_by_us(task, "ended", "user");
    });
}

#[test]
fn a_close_that_comes_too_late_is_told_as_such() {
    for name in ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"] {
        play(async |desk| {
            desk.active().await;
            desk.sandbox.fault(Action::Success, Fault::error(name), Extent::UntilCleared);
            desk.sandbox.mark(OVER_BEFORE);
            let reply = desk.end().await;
            assert!(
                matches!(reply, Reply::Refused { why: Refusal::EndedElsewhere, .. }),
                "{reply:?}"
            );
            desk.state(State::EndedElsewhere).await;
            let closes = desk.sandbox.counts(Action::Success).seen;
            desk.sleep(3600).await;
            assert_eq!(desk.sandbox.counts(Action::Success).seen, closes);
        });
    }
}

#[test]
fn a_failure_is_reported_in_spite_of_trouble() {
    play(async |desk| {
        let task = desk.active().await;
        desk.sandbox.fault(Action::Failure, Fault::error("ThrottlingException"), Extent::Times(2));
        let (error, cause) = ("Setup.Failed".to_owned(), "no licence".to_owned());
        done(desk.ask(Request::Fail { error, cause }).await);
        let TaskState::Failed { error, cause, .. } = desk.task(task).state else { panic!() };
        assert_eq!(error.as_deref(), Some("Setup.Failed"));
        assert_eq!(cause.as_deref(), Some("no licence"));
        let log = desk.sandbox.log();
        assert_eq!(log.iter().filter(|e| matches!(e.what, What::CloseAccepted { .. })).count(), 1);
    });
}
