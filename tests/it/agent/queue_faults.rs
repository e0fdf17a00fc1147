//! The queue in trouble, and messages that are not as they should be.

use std::time::Duration;

use deskbeat::sandbox::{Action, Extent, Fault, Service, TaskSpec, What};
use deskbeat::session::State;
use serde_json::json;

use super::desk::{Desk, play};

/// A queue in trouble at the start: the message waits, the user is told, and it is taken once mended.
async fn trouble(desk: &mut Desk, fault: Fault, word: &str, after: u64, limit: f64) {
    desk.start();
    desk.shows(|view| view.sentence.starts_with("Waiting for a session")).await;
    let id = desk.sandbox.fault(Service::Sqs, fault, Extent::UntilCleared);
    // The long poll that is under way still gets through.
    desk.happens(|what| matches!(what, What::Faulted { .. })).await;
    let task = desk.workflow();
    desk.sleep(after).await;
    let view = desk.view().await;
    assert_eq!(view.state, State::NeedsAttention, "{}", view.sentence);
    assert!(view.sentence.contains(word), "{}", view.sentence);
    let before = desk.seconds();
    desk.sandbox.clear(id);
    let first = desk.beaten(task, 1).await;
    assert!(first - before <= limit, "{} s", first - before);
    desk.state(State::Active).await;
}

#[test]
fn a_denied_queue() {
    play(async |desk| {
        trouble(desk, Fault::error("AccessDeniedException"), "role", 90, 75.0).await;
    });
}

#[test]
fn a_queue_that_refuses_the_signature() {
    play(async |desk| {
        trouble(desk, Fault::error("InvalidSignatureException"), "clock", 90, 75.0).await;
    });
}

#[test]
fn a_queue_that_hangs() {
    play(async |desk| trouble(desk, Fault::Hang, "network", 240, 1.0).await);
}

#[test]
fn a_queue_that_fails() {
    play(async |desk| trouble(desk, Fault::status(500), "AWS has a problem", 240, 75.0).await);
}

#[test]
fn a_queue_that_answers_garbage() {
    // The garbled answers hide the message until its visibility timeout is over.
    play(async |desk| trouble(desk, Fault::Garbage, "network", 240, 110.0).await);
}

#[test]
fn a_queue_that_cannot_be_connected() {
    play(async |desk| trouble(desk, Fault::Drop, "network", 240, 75.0).await);
}

#[test]
fn a_missing_queue_is_told_and_found_once_it_is_there() {
    play(async |desk| {
        desk.sandbox.set_queue_exists(false);
        desk.start();
        desk.sleep(30).await;
        let view = desk.view().await;
        assert_eq!(view.state, State::NeedsAttention);
        assert!(view.sentence.contains("There is no queue deskbeat-i-"), "{}", view.sentence);
        desk.sandbox.set_queue_exists(true);
        let task = desk.workflow();
        desk.beaten(task, 1).await;
        assert!(desk.seconds() <= 100.0);
    });
}

#[test]
fn a_queue_deleted_under_a_session_costs_no_beat() {
    play(async |desk| {
        let task = desk.active().await;
        desk.sandbox.set_queue_exists(false);
        desk.sleep(3600).await;
        assert_eq!(desk.view().await.state, State::Active);
        assert!(desk.longest_pause(task) <= 66.01);
        let receives = desk.sandbox.counts(Action::Receive).refused;
        assert!((50..=150).contains(&receives), "{receives} receives in an hour");
        assert!(desk.logged("DB-603").len() <= 8, "the log is not filled");
    });
}

#[test]
fn each_fault_of_the_queue_costs_no_beat() {
    for fault in [
        Fault::Hang,
        Fault::Drop,
        Fault::Garbage,
        Fault::Cut,
        Fault::error("AccessDeniedException"),
    ] {
        play(async |desk| {
            let task = desk.active().await;
            desk.sandbox.fault(Service::Sqs, fault, Extent::For(Duration::from_secs(1800)));
            desk.sleep(2400).await;
            assert_eq!(desk.view().await.state, State::Active);
            assert_eq!(desk.unanswered(Action::Heartbeat), 0);
            assert!(desk.longest_pause(task) <= 66.01);
        });
    }
}

#[test]
fn a_delete_that_fails_leaves_a_duplicate_that_is_acknowledged_later() {
    play(async |desk| {
        desk.start();
        let error = Fault::error("AccessDeniedException");
        let id = desk.sandbox.fault(Action::Delete, error, Extent::UntilCleared);
        let task = desk.sandbox.start_task(TaskSpec::default());
        let sent = desk.sandbox.send_start(task, json!({}));
        desk.beaten(task, 3).await;
        desk.sandbox.clear(id);
        desk.deleted(&sent).await;
        assert_eq!(desk.logged("DB-102").len(), 1);
        assert_eq!(desk.view().await.state, State::Active);
    });
}

#[test]
fn from_the_queue_to_the_first_beat_takes_no_second() {
    play(async |desk| {
        desk.start();
        desk.sleep(30).await;
        let before = desk.seconds();
        let task = desk.workflow();
        let first = desk.beaten(task, 1).await;
        assert!(first - before < 1.0, "{} s", first - before);
    });
}
