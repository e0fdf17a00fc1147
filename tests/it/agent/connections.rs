//! Connections that are lost without a word, over HTTP/2 and over HTTP/1.1, both within TLS.

use std::time::Duration;

use deskbeat::sandbox::TaskSpec;
use deskbeat::session::State;

use super::desk::{Desk, play};
use super::front::{CERTIFICATE, Fate, Front, trusting};
use crate::faults::row;

/// The longest that one of the stories took, in seconds.
type Worst = std::cell::Cell<f64>;

const PROTOCOLS: [&str; 2] = ["h2", "http/1.1"];

/// Sets fronts before Step Functions and SQS.
async fn fronts(desk: &mut Desk, protocol: &'static str) -> (Front, Front) {
    let clock = desk.clock.clone();
    let sfn = Front::before(&desk.sandbox.sfn_url(), protocol, CERTIFICATE, &clock).await;
    let sqs = Front::before(&desk.sandbox.sqs_url(), protocol, CERTIFICATE, &clock).await;
    desk.access.sfn_endpoint = Some(sfn.url());
    desk.access.sqs_endpoint = Some(sqs.url());
    desk.access.surroundings = trusting();
    (sfn, sqs)
}

/// A story for each protocol and each way to lose a connection.
fn each(story: impl AsyncFn(&mut Desk, &Front, &Front, Fate)) {
    for protocol in PROTOCOLS {
        for fate in [Fate::Silent, Fate::HalfClosed] {
            play(async |desk| {
                let (sfn, sqs) = fronts(desk, protocol).await;
                story(desk, &sfn, &sqs, fate).await;
            });
        }
    }
}

#[test]
fn a_beat_is_accepted_within_15_s_of_the_loss() {
    let worst = Worst::default();
    each(async |desk, sfn, _sqs, fate| {
        desk.start();
        let window = Some(Duration::from_secs(60));
        let task = desk.workflow_with(TaskSpec { heartbeat: window, ..TaskSpec::default() });
        desk.beaten(task, 3).await;
        assert_eq!(sfn.accepted(), 1, "one connection carries all beats");
        // Lost just before the next beat is due: it runs into the silence.
        let next = desk.shows(|view| view.beats == 3).await.next_beat_at.unwrap();
        desk.sleep_until(desk.since_start(next) as u64 - 1).await;
        let heard = desk.task(task).beats.len();
        sfn.lose(fate);
        let lost_at = desk.seconds();
        let heard_at = desk.beaten(task, heard + 1).await;
        assert!(heard_at - lost_at <= 15.0, "{fate:?}: {} s", heard_at - lost_at);
        worst.set(worst.get().max(heard_at - lost_at));
        desk.state(State::Active).await;
    });
    let fault =
        "the connection to Step Functions goes silent or is half-closed, HTTP/2 or HTTP/1.1";
    row("01-silent-beat", fault).within(15.0, worst.get()).kept();
}

#[test]
fn a_close_is_accepted_within_3_s_of_the_loss() {
    let worst = Worst::default();
    each(async |desk, sfn, sqs, fate| {
        let task = desk.active().await;
        sfn.lose(fate);
        sqs.lose(fate);
        let asked_at = desk.seconds();
        desk.end().await;
        assert!(desk.task(task).is_over());
        assert!(desk.seconds() - asked_at <= 3.0, "{fate:?}: {} s", desk.seconds() - asked_at);
        worst.set(worst.get().max(desk.seconds() - asked_at));
    });
    row("01-silent-close", "the same, and the session is ended").within(3.0, worst.get()).kept();
}

#[test]
fn the_queue_is_read_again_after_the_loss() {
    let worst = Worst::default();
    each(async |desk, _sfn, sqs, fate| {
        desk.start();
        desk.shows(|view| view.sentence.starts_with("Waiting for a session")).await;
        desk.sleep(5).await;
        sqs.lose(fate);
        let task = desk.workflow();
        let lost_at = desk.seconds();
        // A long poll of 20 s may be under way, and is given up 6 s after it should have come back.
        let heard_at = desk.beaten(task, 1).await;
        assert!(heard_at - lost_at <= 30.0, "{fate:?}: {} s", heard_at - lost_at);
        worst.set(worst.get().max(heard_at - lost_at));
    });
    let fault = "the same with SQS, in a long poll of 20 s: until a message's first beat";
    row("01-silent-queue", fault).within(30.0, worst.get()).kept();
}
