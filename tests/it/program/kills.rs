//! kill -9 at each step between receive and delete, and during the close.

use deskbeat::sandbox::{Action, Moment, TaskState, What};

use super::computer::play;

const STEPS: [(Action, Moment); 6] = [
    (Action::Receive, Moment::BeforeEffect),
    (Action::Receive, Moment::BeforeAnswer),
    (Action::Heartbeat, Moment::BeforeEffect),
    (Action::Heartbeat, Moment::BeforeAnswer),
    (Action::Delete, Moment::BeforeEffect),
    (Action::Delete, Moment::BeforeAnswer),
];

#[test]
fn killed_at_any_step_between_receive_and_delete_it_goes_on_with_the_same_session() {
    for (action, moment) in STEPS {
        play(async |computer| {
            let gate = computer.sandbox.hold(action, moment);
            let task = computer.workflow(serde_json::json!({}));
            computer.start();
            assert_eq!(gate.reached().await, action);
            computer.kill().await;
            computer.sandbox.until(|_| gate.held().is_empty().then_some(())).await;
            gate.open();
            let heard = computer.sandbox.task(task).beats.len();
            computer.start();
            computer.beaten(task, heard + 1).await;
            let view = computer.status(|view| view["state"] == "active").await;
            assert_eq!(view["sessionId"], "session-1");
            // And its message is done with.
            let deleted = |what: &What| matches!(what, What::MessageDeleted(_));
            computer
                .sandbox
                .until(|sandbox| sandbox.log().iter().any(|e| deleted(&e.what)).then_some(()))
                .await;
            computer.ends_with(0, &["end", "--yes"]).await;
            assert!(matches!(computer.sandbox.task(task).state, TaskState::Succeeded { .. }));
        });
    }
}

#[test]
fn killed_during_the_close_it_closes_once_after_the_restart() {
    for moment in [Moment::BeforeEffect, Moment::BeforeAnswer] {
        play(async |computer| {
            let task = computer.active().await;
            let gate = computer.sandbox.hold(Action::Success, moment);
            let ending = computer.ends_with(7, &["end", "--yes", "--reason", "done"]);
            gate.reached().await;
            computer.kill().await;
            // Whoever waited is not told that it is closed.
            ending.await;
            computer.sandbox.until(|_| gate.held().is_empty().then_some(())).await;
            gate.open();
            computer.start();
            let view = computer.status(|view| view["state"] == "closed").await;
            assert_eq!(view["closing"]["afterEnd"], "none", "nobody asked for a shutdown now");
            let task = computer.sandbox.task(task);
            assert_eq!(task.output().unwrap()["reasonText"], "done");
            let closes = |what: &What| matches!(what, What::CloseAccepted { .. });
            let log = computer.sandbox.log();
            assert_eq!(log.iter().filter(|entry| closes(&entry.what)).count(), 1);
        });
    }
}
