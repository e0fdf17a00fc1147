//! A computer whose clock is wrong, while AWS's is right. The SDK learns the difference from the
//! `Date` of the answer that refuses its signature; from then on its client signs right.

use deskbeat::sandbox::{Action, Extent, Fault, What};
use deskbeat::session::State;
use jiff::SignedDuration;

use super::desk::{Desk, done, play};
use crate::faults::row;

const WRONG_BY_HOURS: [i64; 4] = [1, -1, 26, -26];

fn is_refused(what: &What, of: Action) -> bool {
    matches!(what, What::Refused { action, code, .. }
        if *action == of && code == "InvalidSignatureException")
}

fn refused(desk: &Desk, of: Action) -> usize {
    desk.count(|what| is_refused(what, of))
}

#[test]
fn a_clock_that_is_wrong_costs_one_call_of_each_client() {
    for hours in WRONG_BY_HOURS {
        play(async |desk| {
            desk.clock_error = SignedDuration::from_hours(hours);
            let task = desk.active().await;
            assert!(desk.seconds() <= 3.0, "{hours} h: {} s", desk.seconds());
            desk.sleep(3600).await;
            assert_eq!(refused(desk, Action::GetQueueUrl), 1);
            assert_eq!(refused(desk, Action::Heartbeat), 1);
            assert_eq!(refused(desk, Action::Receive), 0);
            assert!(desk.longest_pause(task) <= 66.01);
            let view = desk.view().await;
            assert_eq!(view.state, State::Active);
            assert!(view.last_error.unwrap().contains("InvalidSignatureException"));
            let offset = view.clock_offset_seconds.unwrap();
            assert!((offset - hours * 3600).abs() <= 2, "{offset} s");
            assert!(!desk.logged("check this computer's clock").is_empty(), "somebody is told");
            row("02-wrong-clock", "this computer's clock is hours wrong, ahead or behind")
                .shown("by how much it is off, in status and doctor")
                .logged("DB-202", &desk.logged("check this computer's clock"))
                .recovered("after one call of each client; time left is judged by AWS's clock")
                .kept();
            done(desk.end().await);
            desk.closed_by_us(task, "ended", "user");
        });
    }
}

#[test]
fn imds_is_not_asked_for_ever_after_a_signature_was_refused() {
    play(async |desk| {
        desk.clock_error = SignedDuration::from_hours(1);
        desk.active().await;
        desk.sleep(3600).await;
        let asked = desk.sandbox.counts(Action::ImdsCredentials).seen;
        assert!(asked <= 40, "{asked}");
    });
}

#[test]
fn a_restart_in_the_middle_with_a_clock_that_jumped_goes_on() {
    for hours in WRONG_BY_HOURS {
        play(async |desk| {
            let task = desk.active().await;
            desk.sleep(600).await;
            desk.crash();
            desk.clock_error = SignedDuration::from_hours(hours);
            desk.start();
            let before = desk.seconds();
            let again = desk.next_beat(task).await;
            assert!(again - before <= 3.0);
            desk.sleep(1800).await;
            assert_eq!(desk.windows_missed(), 0);
        });
    }
}

#[test]
fn signatures_that_stay_refused_are_told_as_a_matter_of_the_clock() {
    play(async |desk| {
        let error = Fault::error("InvalidSignatureException");
        let id = desk.sandbox.fault(deskbeat::sandbox::Service::Sqs, error, Extent::UntilCleared);
        desk.start();
        desk.sleep(60).await;
        let view = desk.view().await;
        assert_eq!(view.state, State::NeedsAttention);
        assert!(view.sentence.contains("clock"), "{}", view.sentence);
        desk.sandbox.clear(id);
        let task = desk.workflow();
        desk.beaten(task, 1).await;
        desk.state(State::Active).await;
    });
}
