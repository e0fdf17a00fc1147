//! The role's credentials in trouble: each row of the table of what the SDK does, and IMDS's faults.

use std::time::Duration;

use deskbeat::sandbox::{
    Action, Extent, Fault, Options, Profile, Rotation, Service, TaskSpec, What,
};
use deskbeat::session::State;

use super::desk::{Desk, play, play_on, settings};
use crate::faults::row;

const MINUTE: Duration = Duration::from_secs(60);

/// Beats for half an hour while IMDS is in trouble: as if nothing were.
async fn half_an_hour_of(desk: &mut Desk, fault: Fault) {
    let task = desk.active().await;
    desk.sleep(20 * 60).await;
    desk.sandbox.fault(Service::Imds, fault, Extent::For(30 * MINUTE));
    desk.sleep(30 * 60).await;
    assert!(
        desk.sandbox.counts(Action::ImdsCredentials).faulted > 0
            || desk.sandbox.counts(Action::ImdsToken).faulted > 0
            || desk.sandbox.counts(Action::ImdsOther).faulted > 0
    );
    assert_eq!(desk.view().await.state, State::Active);
    desk.sleep(10 * 60).await;
    assert_eq!(desk.unanswered(Action::Heartbeat), 0);
    // An interval is a minute, give or take a tenth: not one beat waited for IMDS.
    assert!(desk.longest_pause(task) <= 66.01, "{}", desk.longest_pause(task));
    assert_eq!(desk.view().await.failures, 0);
    row("01-imds", "IMDS drops, hangs, fails or answers garbage for half an hour")
        .recovered("not one beat waits for it")
        .kept();
}

#[test]
fn imds_dropping_connections_for_half_an_hour_costs_no_beat() {
    play(async |desk| half_an_hour_of(desk, Fault::Drop).await);
}

#[test]
fn imds_hanging_for_half_an_hour_costs_no_beat() {
    play(async |desk| half_an_hour_of(desk, Fault::Hang).await);
}

#[test]
fn imds_failing_with_500_for_half_an_hour_costs_no_beat() {
    play(async |desk| half_an_hour_of(desk, Fault::status(500)).await);
}

#[test]
fn imds_answering_401_to_everything_for_half_an_hour_costs_no_beat() {
    play(async |desk| half_an_hour_of(desk, Fault::status(401)).await);
}

#[test]
fn imds_answering_garbage_for_half_an_hour_costs_no_beat() {
    play(async |desk| half_an_hour_of(desk, Fault::Garbage).await);
}

#[test]
fn imds_unplugged_for_half_an_hour_costs_no_beat() {
    play(async |desk| {
        let task = desk.active().await;
        desk.sandbox.unplug(Service::Imds).await;
        desk.sleep(30 * 60).await;
        desk.sandbox.plug_in(Service::Imds).await.unwrap();
        desk.sleep(10 * 60).await;
        assert_eq!(desk.unanswered(Action::Heartbeat), 0);
        assert!(desk.longest_pause(task) <= 66.01);
    });
}

#[test]
fn an_expired_key_that_looks_valid_costs_less_than_two_seconds() {
    // The SDK alone: stuck for good.
    play(async |desk| {
        let task = desk.active().await;
        desk.sleep(10 * 60).await;
        // The queue would tell before the next beat.
        desk.sandbox.fault(Service::Sqs, Fault::Hang, Extent::UntilCleared);
        desk.sandbox.rotate();
        desk.sandbox.expire_old_keys();
        let refused = desk
            .happens(|what| matches!(what, What::Refused { action: Action::Heartbeat, .. }))
            .await;
        let again = desk.next_beat(task).await;
        let lost = again - desk.since_start(refused.at);
        assert!(lost <= 2.0, "{lost} s");
        assert_eq!(desk.sandbox.counts(Action::Heartbeat).refused, 1);
        desk.state(State::Active).await;
        assert_eq!(desk.logged("DB-203").len(), 1);
    });
}

#[test]
fn expired_token_answered_once_costs_less_than_two_seconds() {
    play(async |desk| {
        let task = desk.active().await;
        let error = Fault::error("ExpiredTokenException");
        desk.sandbox.fault(Action::Heartbeat, error, Extent::Times(1));
        let struck = desk.happens(|what| matches!(what, What::Faulted { .. })).await;
        let again = desk.next_beat(task).await;
        let lost = again - desk.since_start(struck.at);
        row("05-expired-key", "a service calls a key expired that looks valid")
            .logged("DB-202", &desk.logged("DB-202"))
            .within(2.0, lost)
            .kept();
    });
}

#[test]
fn imds_down_past_the_key_s_end_recovers_within_seconds() {
    let options =
        Options { key_lifetime: 20 * MINUTE, rotation: Rotation::Manual, ..Options::default() };
    for fault in [Fault::Drop, Fault::Hang, Fault::status(500)] {
        play_on(options.clone(), settings(), async |desk| {
            let task = desk.active().await;
            desk.sleep_until(10 * 60).await;
            desk.sandbox.rotate();
            let down = desk.sandbox.fault(Service::Imds, fault.clone(), Extent::UntilCleared);
            desk.sleep_until(23 * 60).await;
            assert_eq!(desk.view().await.state, State::AtRisk);
            let (heard, before) = (desk.task(task).beats.len(), desk.seconds());
            desk.sandbox.clear(down);
            let lost = desk.beaten(task, heard + 1).await - before;
            assert!(lost <= 16.0, "{fault}: {lost} s");
            assert_eq!(desk.windows_missed(), 0);
        });
    }
}

#[test]
fn an_expired_key_from_imds_never_replaces_a_living_one() {
    // The SDK alone: takes it, and pretends 10 to 15 minutes of validity.
    play(async |desk| {
        desk.active().await;
        let good = desk.sandbox.current_key().unwrap();
        desk.sandbox.set_rotation(Rotation::Manual);
        desk.sandbox.hand_out_expired_key(5 * MINUTE);
        desk.sleep(30 * 60).await;
        assert_eq!(desk.unanswered(Action::Heartbeat), 0);
        let view = desk.view().await;
        assert_eq!(view.state, State::Active);
        assert_eq!(view.credentials.unwrap().key_suffix, good.suffix());
        desk.sandbox.rotate();
        let new = desk.sandbox.current_key().unwrap();
        let before = desk.seconds();
        desk.shows(|view| view.credentials.as_ref().unwrap().key_suffix == new.suffix()).await;
        assert!(desk.seconds() - before <= 16.0, "the failing reads are repeated often");
    });
}

#[test]
fn an_expired_key_at_the_start_is_told_and_its_successor_taken_within_seconds() {
    let options = Options { rotation: Rotation::Manual, ..Options::default() };
    play_on(options, settings(), async |desk| {
        desk.sandbox.hand_out_expired_key(5 * MINUTE);
        desk.start();
        let task = desk.workflow();
        desk.sleep(60).await;
        let view = desk.view().await;
        assert_eq!(view.state, State::NeedsAttention);
        assert!(view.sentence.contains("expired"), "{}", view.sentence);
        let before = desk.seconds();
        desk.sandbox.rotate();
        let first = desk.beaten(task, 1).await;
        assert!(first - before <= 17.0, "{} s", first - before);
        assert_eq!(desk.state(State::Active).await.beats, 1);
    });
}

/// Trouble at the start: what the user is told, and how soon it goes once it is mended.
async fn trouble_at_the_start(
    desk: &mut Desk,
    word: &str,
    limit: f64,
    mend: impl AsyncFnOnce(&Desk),
) {
    desk.start();
    let task = desk.workflow();
    desk.sleep(45).await;
    let view = desk.view().await;
    assert_eq!(view.state, State::NeedsAttention);
    assert!(view.sentence.contains(word), "{}", view.sentence);
    assert!(desk.task(task).beats.is_empty());
    let before = desk.seconds();
    mend(desk).await;
    let first = desk.beaten(task, 1).await;
    assert!(first - before <= limit, "{} s", first - before);
    desk.state(State::Active).await;
}

#[test]
fn no_imds_at_all() {
    play(async |desk| {
        desk.sandbox.unplug(Service::Imds).await;
        trouble_at_the_start(desk, "metadata service", 17.0, async |desk| {
            desk.sandbox.plug_in(Service::Imds).await.unwrap();
        })
        .await;
    });
}

#[test]
fn imds_with_each_fault_at_the_start() {
    let faults = [
        (Fault::Hang, "metadata service does not answer"),
        (Fault::status(500), "metadata service answers 500"),
        (Fault::status(401), "refuses its own session token"),
        (Fault::status(403), "switched off"),
        (Fault::Garbage, "cannot be"),
        (Fault::Drop, "cannot be reached"),
        (Fault::Cut, "cannot be reached"),
    ];
    for (fault, word) in faults {
        play(async |desk| {
            let id = desk.sandbox.fault(Service::Imds, fault, Extent::UntilCleared);
            trouble_at_the_start(desk, word, 20.0, async |desk| desk.sandbox.clear(id)).await;
        });
    }
}

#[test]
fn no_role() {
    play(async |desk| {
        desk.sandbox.set_profile(Profile::None);
        trouble_at_the_start(desk, "has no IAM role", 16.0, async |desk| {
            desk.sandbox.set_profile(Profile::Role("desktop-role".into()));
        })
        .await;
    });
}

#[test]
fn a_role_that_ec2_may_not_assume() {
    play(async |desk| {
        desk.sandbox.set_profile(Profile::Unauthorized("desktop-role".into()));
        trouble_at_the_start(desk, "AssumeRoleUnauthorizedAccess", 16.0, async |desk| {
            desk.sandbox.set_profile(Profile::Role("desktop-role".into()));
        })
        .await;
    });
}

#[test]
fn a_role_taken_away_from_a_living_session_costs_nothing_while_the_key_lives() {
    for profile in [Profile::None, Profile::Unauthorized("desktop-role".into())] {
        play(async |desk| {
            let task = desk.active().await;
            desk.sandbox.set_profile(profile);
            desk.sleep(3600).await;
            assert_eq!(desk.view().await.state, State::Active);
            assert_eq!(desk.unanswered(Action::Heartbeat), 0);
            assert!(desk.longest_pause(task) <= 66.01);
        });
    }
}

#[test]
fn a_swapped_role_is_followed() {
    play(async |desk| {
        let task = desk.active().await;
        desk.sandbox.set_profile(Profile::Role("other-role".into()));
        let key = desk.sandbox.current_key().unwrap();
        desk.shows(|view| view.credentials.as_ref().unwrap().key_suffix == key.suffix()).await;
        assert!(desk.seconds() <= 242.0, "{}", desk.seconds());
        // The same, with the old role's keys revoked: a beat tells.
        desk.sandbox.set_profile(Profile::Role("third-role".into()));
        desk.sandbox.expire_old_keys();
        let refused = desk.happens(|what| matches!(what, What::Refused { .. })).await;
        desk.shows(|view| view.failures <= 1 && view.state == State::Active).await;
        let again = desk.next_beat(task).await;
        assert!(again - desk.since_start(refused.at) <= 68.0);
        assert!(desk.longest_pause(task) <= 68.0);
    });
}

#[test]
fn forgotten_imds_sessions_are_made_anew() {
    play(async |desk| {
        desk.active().await;
        for _ in 0..6 {
            desk.sandbox.forget_imds_sessions();
            desk.sleep(11 * 60).await;
        }
        let key = desk.sandbox.current_key().unwrap();
        let view = desk.shows(|view| view.credentials.is_some()).await;
        assert_eq!(view.credentials.unwrap().key_suffix, key.suffix());
        assert!(desk.logged("WARN").is_empty(), "{:?}", desk.logged("WARN"));
    });
}

#[test]
fn imds_is_not_asked_at_every_beat() {
    // The SDK alone, with short keys: one load a beat.
    play(async |desk| {
        desk.active().await;
        desk.sleep(3600).await;
        // The list and the document, every four minutes.
        let asked = desk.sandbox.counts(Action::ImdsCredentials).seen;
        assert!((28..=36).contains(&asked), "{asked}");
    });
}

#[test]
fn a_service_that_never_answers_costs_seconds_not_minutes() {
    // The SDK alone: 75 s for one beat.
    play(async |desk| {
        desk.start();
        let spec = TaskSpec { heartbeat: Some(MINUTE), ..TaskSpec::default() };
        let task = desk.workflow_with(spec);
        desk.beaten(task, 3).await;
        desk.sandbox.fault(Action::Heartbeat, Fault::Hang, Extent::Times(1));
        desk.happens(|what| matches!(what, What::Faulted { .. })).await;
        let before = desk.seconds();
        let again = desk.next_beat(task).await;
        assert!(again - before <= 12.0, "{} s", again - before);
        assert_eq!(desk.windows_missed(), 0);
    });
}
