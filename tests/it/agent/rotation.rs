//! Keys come and go under a session: hourly as on EC2, faster, late, and not at all.

use std::time::Duration;

use deskbeat::sandbox::{Action, Options, Rotation, TaskSpec, What};
use deskbeat::session::State;

use super::desk::{play, play_on, settings};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn each_new_key_is_in_use_within_four_minutes() {
    play(async |desk| {
        desk.active().await;
        for _hour in 0..3 {
            desk.happens(|what| matches!(what, What::KeyIssued { .. })).await;
            let key = desk.sandbox.current_key().unwrap();
            let view = desk
                .shows(|view| {
                    view.credentials.as_ref().is_some_and(|c| c.key_suffix == key.suffix())
                })
                .await;
            assert_eq!(view.credentials.unwrap().expires_at, Some(key.expires));
            let age = desk.seconds() - desk.since_start(key.issued);
            assert!(age <= 241.0, "taken over after {age} s");
            desk.sleep_until(desk.since_start(key.issued) as u64 + 3601).await;
        }
    });
}

#[test]
fn ten_minute_keys_never_cost_a_beat() {
    let rotation = Rotation::Every(5 * MINUTE);
    let options = Options { key_lifetime: 10 * MINUTE, rotation, ..Options::default() };
    play_on(options, settings(), async |desk| {
        let task = desk.active().await;
        desk.sleep(2 * 3600).await;
        assert_eq!(desk.unanswered(Action::Heartbeat), 0);
        assert!(desk.longest_pause(task) <= 67.0);
        assert!(desk.task(task).beats.len() > 100);
    });
}

#[test]
fn a_key_that_comes_after_its_predecessor_s_end_is_taken_within_seconds() {
    let options =
        Options { key_lifetime: 20 * MINUTE, rotation: Rotation::Manual, ..Options::default() };
    play_on(options, settings(), async |desk| {
        let task = desk.active().await;
        desk.sleep_until(20 * 60 + 150).await;
        let view = desk.view().await;
        assert_eq!(view.state, State::AtRisk);
        assert!(view.sentence.contains("credentials"), "{}", view.sentence);
        assert!(view.last_error.unwrap().contains("ExpiredToken"));
        let (heard, before) = (desk.task(task).beats.len(), desk.seconds());
        desk.sandbox.rotate();
        let again = desk.beaten(task, heard + 1).await;
        assert!(again - before <= 16.0, "{} s", again - before);
        desk.state(State::Active).await;
        assert_eq!(desk.windows_missed(), 0);
    });
}

#[test]
fn a_key_that_never_comes_is_told_and_the_session_is_not_called_active() {
    let options =
        Options { key_lifetime: 20 * MINUTE, rotation: Rotation::Manual, ..Options::default() };
    play_on(options, settings(), async |desk| {
        desk.start();
        let spec = TaskSpec { heartbeat: Some(10 * MINUTE), ..TaskSpec::default() };
        let task = desk.workflow_with(spec);
        desk.beaten(task, 1).await;
        desk.sandbox.over(task).await;
        // The service gave up; the agent cannot know, and says that it is at risk at best.
        assert_eq!(desk.view().await.state, State::AtRisk);
        desk.sandbox.rotate();
        desk.state(State::EndedElsewhere).await;
    });
}
