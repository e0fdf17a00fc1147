//! Stopping a call at a point, and following the log.

use std::time::Duration;

use deskbeat::sandbox::{Action, Moment, Options, TaskSpec, TaskState, What};

use super::stage::play;

#[test]
fn a_call_is_held_before_and_after_its_effect() {
    play(Options::default(), async |stage| {
        for (moment, happened) in [(Moment::BeforeEffect, false), (Moment::BeforeAnswer, true)] {
            let id = stage.sandbox.start_task(TaskSpec::default());
            let token = stage.sandbox.task(id).token().to_owned();
            let gate = stage.sandbox.hold(Action::Success, moment);
            let caller = stage.clone();
            let call = tokio::task::spawn_local(async move {
                let client = caller.sfn();
                let call = client.send_task_success().task_token(token).output("{}").send();
                caller.call(call).await.is_ok()
            });
            assert_eq!(gate.reached().await, Action::Success);
            assert_eq!(stage.sandbox.task(id).is_over(), happened, "{moment:?}");
            assert_eq!(stage.seconds(), 0, "time stands still meanwhile");
            gate.open();
            assert!(call.await.unwrap());
            assert!(stage.sandbox.task(id).is_over());
        }
    });
}

#[test]
fn a_caller_killed_at_the_gate_leaves_what_had_happened() {
    play(Options::default(), async |stage| {
        let id = stage.sandbox.start_task(TaskSpec::default());
        let token = stage.sandbox.task(id).token().to_owned();
        let gate = stage.sandbox.hold(Action::Success, Moment::BeforeEffect);
        let caller = stage.clone();
        let call = tokio::task::spawn_local(async move {
            let client = caller.sfn();
            caller.call(client.send_task_success().task_token(token).output("{}").send()).await
        });
        gate.reached().await;
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
        // The sandbox sees the closed connection, and the call is gone.
        stage.sandbox.until(|_| gate.held().is_empty().then_some(())).await;
        gate.open();
        let over = stage.sandbox.over(id).await;
        let at = stage.at(300);
        assert_eq!(over.state, TaskState::HeartbeatTimedOut { at });
    });
}

#[test]
fn the_log_can_be_followed() {
    play(Options::default(), async |stage| {
        stage.sandbox.mark("before");
        let mut log = stage.sandbox.subscribe();
        let spec = TaskSpec { heartbeat: Some(Duration::from_secs(10)), ..TaskSpec::default() };
        let id = stage.sandbox.start_task(spec);
        assert_eq!(log.next().await.what, What::TaskStarted(id));
        let ended = log.find(|what| *what == What::HeartbeatTimedOut(id)).await;
        assert_eq!((ended.at, stage.seconds()), (stage.at(10), 10));
        assert_eq!(ended.what.to_string(), "task 1: no beat in time");
    });
}

#[test]
fn a_seed_makes_the_same_secrets_each_time_and_another_makes_others() {
    let secrets = |seed| {
        let made = std::cell::RefCell::new(None);
        play(Options { seed, ..Options::default() }, async |stage| {
            let task = stage.sandbox.start_task(TaskSpec::default());
            let token = stage.sandbox.task(task).token().to_owned();
            made.replace(Some((token, stage.key().secret_access_key)));
        });
        made.into_inner().unwrap()
    };
    assert_eq!(secrets(7), secrets(7));
    assert_ne!(secrets(7), secrets(8));
}
