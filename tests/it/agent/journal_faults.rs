//! The journal in trouble, and crashes at every step that it stands between.

use std::fs;
use std::path::PathBuf;

use deskbeat::sandbox::{Action, Moment, Target, TaskSpec, What};
use deskbeat::session::{AfterEnd, Request, State};
use serde_json::json;

use super::desk::{Desk, done, play};

/// Where a record is written before it takes the journal's place.
fn new_journal(desk: &Desk) -> PathBuf {
    desk.folder().join("journal.new")
}

/// Nothing can be written any more, as on a disk that is full or read-only.
fn break_disk(desk: &Desk) {
    // A folder in the file's place stops root too, whom rights do not stop.
    let place = new_journal(desk);
    let _leftover = fs::remove_file(&place);
    fs::create_dir(&place).unwrap();
    fs::write(place.join("x"), "x").unwrap();
}

fn mend_disk(desk: &Desk) {
    fs::remove_dir_all(new_journal(desk)).unwrap();
}

#[test]
fn while_the_journal_cannot_be_written_the_session_lives_and_its_message_stays() {
    play(async |desk| {
        desk.start();
        desk.state(State::Waiting).await;
        desk.sleep(5).await;
        break_disk(desk);
        let task = desk.sandbox.start_task(TaskSpec::default());
        let sent = desk.sandbox.send_start(task, json!({}));
        desk.beaten(task, 1).await;
        desk.sleep(1800).await;
        assert_eq!(desk.view().await.state, State::Active);
        assert!(desk.view().await.last_error.unwrap().contains("journal"));
        assert!(desk.sandbox.messages().iter().any(|message| message.id == sent), "it stays");
        assert!(!desk.logged("DB-701").is_empty());
        assert!(desk.logged("DB-701").len() <= 8);
        assert_eq!(desk.logged("DB-102").len(), 1, "taken once, however often it comes");
        mend_disk(desk);
        desk.deleted(&sent).await;
        assert_eq!(desk.logged("DB-702").len(), 1);
        assert!(desk.longest_pause(task) <= 66.01);
        desk.crash();
        desk.start();
        desk.next_beat(task).await;
    });
}

#[test]
fn a_crash_before_the_journal_could_be_written_loses_no_token() {
    play(async |desk| {
        desk.start();
        desk.state(State::Waiting).await;
        desk.sleep(5).await;
        break_disk(desk);
        let task = desk.workflow();
        desk.beaten(task, 2).await;
        desk.crash();
        mend_disk(desk);
        desk.start();
        desk.next_beat(task).await;
        desk.state(State::Active).await;
        assert_eq!(desk.windows_missed(), 0);
    });
}

#[test]
fn a_broken_disk_does_not_hold_up_the_close_nor_the_shutdown() {
    play(async |desk| {
        let task = desk.active().await;
        desk.sleep(60).await;
        break_disk(desk);
        let before = desk.seconds();
        done(desk.end().await);
        assert!(desk.seconds() - before <= 1.0);
        desk.closed_by_us(task, "ended", "user");
        desk.after_end(AfterEnd::Shutdown).await;
    });
}

#[test]
fn a_journal_that_cannot_be_read_is_set_aside_and_the_agent_starts() {
    let breaks: [fn(&mut Vec<u8>); 5] = [
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| bytes.clear(),
        |bytes| *bytes = b"{\"version\": 900}\n".to_vec(),
        |bytes| *bytes = vec![0; 4096],
        |bytes| {
            let at = bytes.len() - 10;
            bytes[at] ^= 1;
        },
    ];
    for broken in breaks {
        play(async |desk| {
            let task = desk.active().await;
            desk.sleep(1).await;
            desk.crash();
            let journal = desk.folder().join("journal");
            let mut bytes = fs::read(&journal).unwrap();
            broken(&mut bytes);
            fs::write(&journal, &bytes).unwrap();
            desk.start();
            desk.sleep(1).await;
            assert_eq!(desk.view().await.state, State::Waiting);
            let aside = fs::read_dir(desk.folder()).unwrap().flatten().filter(|entry| {
                entry.file_name().to_string_lossy().starts_with("journal.set-aside-")
            });
            let aside: Vec<_> = aside.collect();
            assert_eq!(aside.len(), 1);
            assert_eq!(fs::read(aside[0].path()).unwrap(), bytes, "kept as it was");
            // The message again, and it goes on.
            desk.sandbox.send_start(task, json!({}));
            desk.next_beat(task).await;
            assert_eq!(desk.windows_missed(), 0);
        });
    }
}

#[test]
fn the_journal_of_another_machine_is_discarded() {
    play(async |desk| {
        let task = desk.active().await;
        desk.sleep(1).await;
        desk.crash();
        let beats = desk.sandbox.counts(Action::Heartbeat).seen;
        // A clone: the same disk, another machine.
        desk.access.instance_id = Some("i-00000000000000bad".into());
        desk.access.region = Some("eu-west-1".into());
        desk.start();
        desk.sleep(400).await;
        assert_eq!(desk.sandbox.counts(Action::Heartbeat).seen, beats, "not one beat");
        assert!(desk.task(task).is_over());
        assert_eq!(desk.logged("DB-703").len(), 1);
    });
}

/// The steps from the queue to the delete at which an agent may die.
const STEPS: [(Action, Moment); 8] = [
    (Action::Receive, Moment::BeforeEffect),
    (Action::Receive, Moment::BeforeAnswer),
    (Action::Heartbeat, Moment::BeforeEffect),
    (Action::Heartbeat, Moment::BeforeAnswer),
    (Action::Delete, Moment::BeforeEffect),
    (Action::Delete, Moment::BeforeAnswer),
    (Action::ImdsCredentials, Moment::BeforeEffect),
    (Action::GetQueueUrl, Moment::BeforeAnswer),
];

#[test]
fn a_crash_at_any_step_between_receive_and_delete_loses_no_token() {
    for (action, moment) in STEPS {
        play(async |desk| {
            let gate = desk.sandbox.hold(action, moment);
            // Already there, so that the very first receive brings it.
            let task = desk.workflow();
            let link = desk.start();
            assert_eq!(gate.reached().await, action);
            // Whatever else goes on beside the held call comes to its rest.
            let view = link.view().await.unwrap();
            assert_ne!(view.state, State::EndedElsewhere);
            desk.crash();
            desk.sandbox.until(|_| gate.held().is_empty().then_some(())).await;
            gate.open();
            desk.start();
            desk.next_beat(task).await;
            desk.state(State::Active).await;
            desk.sleep(120).await;
            assert!(desk.sandbox.messages().is_empty(), "{action:?} {moment:?}: acknowledged");
            assert_eq!(desk.windows_missed(), 0);
            done(desk.end().await);
            assert_eq!(desk.closes(), 1);
        });
    }
}

#[test]
fn a_crash_at_any_step_of_the_close_closes_it_once_after_the_restart() {
    for moment in [Moment::BeforeEffect, Moment::BeforeAnswer] {
        play(async |desk| {
            let task = desk.active().await;
            let gate = desk.sandbox.hold(Action::Success, moment);
            let ending = desk.ask_beside(Request::End { text: Some("done".into()) });
            gate.reached().await;
            desk.crash();
            assert_eq!(ending.await.unwrap(), None, "nobody was told that it is closed");
            desk.sandbox.until(|_| gate.held().is_empty().then_some(())).await;
            gate.open();
            desk.start();
            let view = desk.state(State::Closed).await;
            desk.closed_by_us(task, "ended", "user");
            assert_eq!(desk.output(task)["reasonText"], "done");
            assert_eq!(desk.closes(), 1);
            // Whoever started it again did not ask for a shutdown.
            assert_eq!(view.closing.unwrap().after_end, AfterEnd::None);
            desk.sleep(600).await;
            assert_eq!(desk.after_ends(AfterEnd::Shutdown), 0);
            assert_eq!(desk.logged("DB-401").len(), 0);
        });
    }
}

#[test]
fn a_crash_after_the_close_was_accepted_starts_nothing_again() {
    play(async |desk| {
        let task = desk.active().await;
        done(desk.end().await);
        desk.after_end(AfterEnd::Shutdown).await;
        desk.crash();
        let calls = desk.sandbox.counts(Action::Heartbeat).seen;
        desk.start();
        desk.sleep(600).await;
        assert_eq!(desk.sandbox.counts(Action::Heartbeat).seen, calls);
        assert_eq!(desk.view().await.state, State::Waiting);
        desk.closed_by_us(task, "ended", "user");
    });
}

#[test]
fn a_hundred_crashes_in_an_hour_keep_one_session() {
    play(async |desk| {
        let task = desk.active().await;
        for round in 0..100 {
            desk.sleep(1 + round % 70).await;
            desk.crash();
            desk.start();
        }
        desk.state(State::Active).await;
        assert_eq!(desk.windows_missed(), 0);
        assert_eq!(desk.count(|what| matches!(what, What::TaskStarted(_))), 1);
        done(desk.end().await);
        desk.closed_by_us(task, "ended", "user");
    });
}

#[test]
fn a_restart_without_aws_goes_on_where_it_was_once_aws_is_back() {
    play(async |desk| {
        let task = desk.active().await;
        desk.crash();
        let all = deskbeat::sandbox::Fault::Drop;
        let id =
            desk.sandbox.fault(Target::Everything, all, deskbeat::sandbox::Extent::UntilCleared);
        desk.start();
        desk.sleep(200).await;
        assert_ne!(desk.view().await.state, State::Active, "nothing was confirmed");
        desk.sandbox.clear(id);
        desk.next_beat(task).await;
        desk.state(State::Active).await;
        assert_eq!(desk.windows_missed(), 0);
    });
}
