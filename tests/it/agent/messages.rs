//! What a queue may hold: malformed messages, duplicates, other machines' and other sessions'
//! messages, and each form of a good one.

use std::time::Duration;

use deskbeat::sandbox::{Action, MessageId, Options, TaskSpec, TaskState, What};
use deskbeat::session::{AfterEnd, Notification, State};
use serde_json::json;

use super::desk::{play, play_on, settings};
use crate::faults::row;

/// Each message is received this often before the queue gives it up.
const MAX_RECEIVES: u32 = 3;

fn with_dead_letters() -> Options {
    Options { max_receives: Some(MAX_RECEIVES), ..Options::default() }
}

/// What no agent can make sense of, and a word of the reason.
fn malformed() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let token = |length: usize| "t".repeat(length);
    vec![
        ("garbage", b"}{ what is this".to_vec(), "white space"),
        ("broken JSON", b"{\"taskToken\": \"AQCEAAAA-top-secret-token".to_vec(), "breaks at line"),
        ("empty", b"".to_vec(), "empty"),
        ("blanks", b" \r\n\t ".to_vec(), "empty"),
        ("huge", vec![b'x'; 256 * 1024], "262144"),
        ("huge JSON", huge_json(), "no taskToken"),
        ("an array", b"[1, 2, 3]".to_vec(), "not an object"),
        ("no token", json!({ "sessionId": "s" }).to_string().into(), "no taskToken"),
        ("null token", json!({ "taskToken": null }).to_string().into(), "no taskToken"),
        ("empty token", json!({ "taskToken": "" }).to_string().into(), "empty"),
        ("number as token", json!({ "taskToken": 7 }).to_string().into(), "must be a text"),
        ("2049", json!({ "taskToken": token(2049) }).to_string().into(), "2049"),
        ("2049 bare", token(2049).into(), "2049"),
        (
            "wrong type",
            json!({ "taskToken": "abc", "heartbeatSeconds": "soon" }).to_string().into(),
            "heartbeatSeconds",
        ),
        (
            "wrong time",
            json!({ "taskToken": "abc", "startedAt": "now" }).to_string().into(),
            "startedAt",
        ),
        ("unknown", json!({ "type": "reboot" }).to_string().into(), "unknown type"),
        ("not UTF-8", b"\xff\xfe\xfa".to_vec(), ""),
    ]
}

fn huge_json() -> Vec<u8> {
    let mut body = json!({ "padding": "" }).to_string().into_bytes();
    let padding = vec![b'p'; 256 * 1024 - body.len()];
    let at = body.len() - 2;
    body.splice(at..at, padding);
    body
}

#[test]
fn malformed_messages_end_in_the_dead_letter_list_with_one_reason_each_and_hide_nobody() {
    play_on(with_dead_letters(), settings(), async |desk| {
        let bad: Vec<(&str, MessageId, &str)> = malformed()
            .into_iter()
            .map(|(name, body, word)| (name, desk.sandbox.send(body), word))
            .collect();
        desk.secrets.push("AQCEAAAA-top-secret-token".into());
        desk.secrets.push("t".repeat(2049));
        desk.start();
        let task = desk.workflow();
        let first = desk.beaten(task, 1).await;
        assert!(first <= 60.0, "the good message waited {first} s behind the bad ones");
        for (name, id, word) in &bad {
            desk.happens(|what| *what == What::MessageDeadLettered(id.clone())).await;
            if !word.is_empty() {
                let lines = desk.logged(&format!("message {}", id.as_str()));
                assert_eq!(lines.len(), 1, "{name}: {lines:?}");
                assert!(lines[0].contains("DB-602") && lines[0].contains(word), "{}", lines[0]);
            }
        }
        assert_eq!(desk.sandbox.dead_letters().len(), bad.len());
        assert_eq!(desk.view().await.state, State::Active);
        assert_eq!(desk.unanswered(Action::Heartbeat), 0);
        row("07-no-message", "messages that are none of ours: garbage, half an envelope, no token")
            .logged("DB-602", &desk.logged("DB-602"))
            .recovered("left for the dead-letter queue, each reason once")
            .kept();
    });
}

#[test]
fn tokens_of_every_allowed_length_are_beaten_and_closed_whole() {
    for token_length in [1, 1024, 2048] {
        play(async |desk| {
            desk.start();
            let task = desk.workflow_with(TaskSpec { token_length, ..TaskSpec::default() });
            desk.beaten(task, 2).await;
            desk.end().await;
            desk.closed_by_us(task, "ended", "user");
        });
    }
}

#[test]
fn fifty_duplicates_are_acknowledged_and_change_nothing() {
    play(async |desk| {
        let task = desk.active().await;
        let sent: Vec<MessageId> =
            (0..50).map(|_| desk.sandbox.send_start(task, json!({}))).collect();
        for id in &sent {
            desk.deleted(id).await;
        }
        assert!(desk.seconds() <= 60.0, "{} s", desk.seconds());
        assert_eq!(desk.logged("DB-102").len(), 1, "taken once");
        assert_eq!(desk.told_of(|told| matches!(told, Notification::Started { .. })), 1);
        desk.end().await;
        // And after the end, as a standard queue may.
        desk.sandbox.redeliver(&sent[0]);
        desk.sleep(600).await;
        assert_eq!(desk.closes(), 1);
        assert_eq!(desk.view().await.state, State::Closed);
    });
}

#[test]
fn a_duplicate_after_the_end_and_a_restart_starts_nothing() {
    play(async |desk| {
        desk.settings.after_end = AfterEnd::None;
        let task = desk.active().await;
        desk.end().await;
        desk.sleep(1).await;
        desk.crash();
        desk.start();
        let again = desk.sandbox.send_start(task, json!({}));
        desk.deleted(&again).await;
        let beats = desk.sandbox.counts(Action::Heartbeat).seen;
        desk.sleep(600).await;
        assert_eq!(desk.sandbox.counts(Action::Heartbeat).seen, beats);
        assert_eq!(desk.view().await.state, State::Waiting);
    });
}

#[test]
fn another_machine_s_messages_are_handed_back_and_never_deleted() {
    play(async |desk| {
        let theirs: Vec<MessageId> = ["start", "end", "notice", "ready"]
            .into_iter()
            .map(|kind| {
                let body = json!({ "type": kind, "taskToken": "abc", "text": "hello",
                    "instanceId": "i-00000000000000bad" });
                desk.sandbox.send(body.to_string())
            })
            .collect();
        let task = desk.active().await;
        desk.sleep(1800).await;
        assert_eq!(desk.view().await.state, State::Active);
        let there: Vec<MessageId> = desk.sandbox.messages().into_iter().map(|m| m.id).collect();
        assert_eq!(there, theirs);
        let gone =
            desk.count(|what| theirs.iter().any(|id| *what == What::MessageDeleted(id.clone())));
        assert_eq!(gone, 0);
        // At once visible for their owner each time, and not fetched all the time.
        let fetched =
            desk.count(|what| matches!(what, What::MessageReceived { id, .. } if *id == theirs[0]));
        let back = desk.count(|what| {
            matches!(what, What::MessageReleased { id, visible_in }
            if *id == theirs[0] && visible_in.is_zero())
        });
        assert_eq!(fetched, back);
        assert!((60..=200).contains(&fetched), "{fetched} times in half an hour");
        row("09-comes-back", "a message for another computer comes back at once, again and again")
            .logged("DB-601", &desk.logged("handed back"))
            .recovered("handed back, at most 200 receives in half an hour")
            .kept();
        assert_eq!(desk.logged("handed back").len(), theirs.len(), "one line each");
        assert_eq!(desk.told_of(|told| matches!(told, Notification::Text(_))), 0);
        assert!(desk.longest_pause(task) <= 66.01);
    });
}

#[test]
fn another_session_s_token_waits_in_the_queue_until_ours_is_over() {
    play(async |desk| {
        desk.settings.after_end = AfterEnd::None;
        desk.active().await;
        let other = TaskSpec { session_id: Some("session-2".into()), ..TaskSpec::default() };
        let other = desk.sandbox.start_task(TaskSpec { heartbeat: None, ..other });
        let sent = desk.sandbox.send_start(other, json!({}));
        desk.sleep(600).await;
        assert!(desk.sandbox.messages().iter().any(|message| message.id == sent));
        assert_eq!(desk.logged("starts another session").len(), 1);
        desk.end().await;
        let before = desk.seconds();
        desk.beaten(other, 1).await;
        assert!(desk.seconds() - before <= 31.0);
        assert_eq!(desk.state(State::Active).await.session_id.as_deref(), Some("session-2"));
    });
}

#[test]
fn a_retried_state_s_token_replaces_the_old_one() {
    play(async |desk| {
        let first = desk.active().await;
        let arn = desk.task(first).spec.execution_arn;
        desk.sandbox.abort(first);
        let spec = TaskSpec { execution_arn: arn, ..TaskSpec::default() };
        let second = desk.workflow_with(spec);
        let before = desk.seconds();
        desk.beaten(second, 1).await;
        assert!(desk.seconds() - before <= 1.0);
        desk.state(State::Active).await;
        assert_eq!(desk.told_of(|told| *told == Notification::EndedElsewhere), 0);
        desk.end().await;
        desk.closed_by_us(second, "ended", "user");
    });
}

#[test]
fn a_bare_token_lives_on_the_configured_timers() {
    play(async |desk| {
        desk.settings.heartbeat = Duration::from_secs(90);
        desk.settings.timeout = Some(Duration::from_secs(7200));
        desk.start();
        let spec = TaskSpec { heartbeat: Some(Duration::from_secs(90)), ..TaskSpec::default() };
        let task = desk.sandbox.start_task(spec);
        desk.sandbox.send(desk.task(task).token());
        desk.beaten(task, 3).await;
        let view = desk.state(State::Active).await;
        assert!(desk.longest_pause(task) <= 33.1, "a third of 90 s");
        assert_eq!(view.ends_at, Some(desk.at(7200 - 30)), "closed in order before the timeout");
        assert_eq!(view.session_id, None);
    });
}

#[test]
fn an_sns_envelope_is_unwrapped() {
    play(async |desk| {
        desk.start();
        let task = desk.sandbox.start_task(TaskSpec::default());
        let message = desk.sandbox.start_message(task, json!({}));
        let envelope = json!({ "Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:desk",
            "MessageId": "m", "Message": message });
        desk.sandbox.send(envelope.to_string());
        desk.beaten(task, 1).await;
        assert_eq!(desk.state(State::Active).await.session_id.as_deref(), Some("session-1"));
        row(
            "06-other-form",
            "the message in another form than the contract's: envelope, keys, values",
        )
        .logged("DB-601", &desk.logged("read as its sender meant it"))
        .recovered("read as its sender meant it")
        .kept();
    });
    play(async |desk| {
        desk.start();
        let task = desk.sandbox.start_task(TaskSpec::default());
        let id = &desk.sandbox.options().instance_id;
        let arn = format!(" arn:aws:ec2:eu-west-1:123456789012:instance/{id} ");
        desk.sandbox.send_start(task, json!({ "instanceId": arn, "heartbeatSeconds": "PT5M" }));
        desk.beaten(task, 1).await;
        row("10-instance", "instanceId as an ARN or with blanks, a timer as a duration")
            .logged("DB-601", &desk.logged("read as its sender meant it"))
            .recovered("read as its sender meant it")
            .kept();
    });
}

#[test]
fn a_broken_token_of_the_same_session_costs_nothing() {
    play_on(with_dead_letters(), settings(), async |desk| {
        let task = desk.active().await;
        let id = desk.task(task).spec.session_id;
        let body = json!({ "taskToken": "AQCEAAAAKgAAAAMAAAAAbroken", "sessionId": id });
        let broken = desk.sandbox.send(body.to_string());
        desk.happens(|what| *what == What::MessageDeadLettered(broken.clone())).await;
        desk.sleep(600).await;
        let view = desk.view().await;
        assert_eq!(view.state, State::Active);
        assert!(desk.longest_pause(task) <= 66.01, "{}", desk.longest_pause(task));
        row("08-broken-token", "another token of the same session comes, and it is broken")
            .logged("DB-602", &desk.logged("DB-602"))
            .recovered("the proven one beats on; the message is left for the dead-letter queue")
            .kept();
        desk.end().await;
        desk.closed_by_us(task, "ended", "user");
    });
}

#[test]
fn a_fifo_queue_serves_as_well() {
    let options =
        Options { queue_name: Some("deskbeat-x.fifo".into()), fifo: true, ..with_dead_letters() };
    play_on(options, settings(), async |desk| {
        desk.sandbox.set_tags(Some(vec![("deskbeat:queue-url".into(), desk.sandbox.queue_url())]));
        desk.start();
        // A message that nobody can read must not block its group for ever.
        desk.sandbox.send("}{");
        let task = desk.workflow();
        desk.beaten(task, 1).await;
        row("10-fifo", "a FIFO queue, and a message of its group that nobody can read")
            .logged("DB-602", &desk.logged("DB-602"))
            .within(130.0, desk.seconds())
            .kept();
        desk.sandbox.send_start(task, json!({}));
        desk.sandbox.send(json!({ "type": "end", "graceSeconds": 0 }).to_string());
        desk.sandbox.over(task).await;
        desk.closed_by_us(task, "ended", "remote");
    });
}

#[test]
fn a_notice_is_shown_once_and_an_end_gives_its_grace() {
    play(async |desk| {
        let task = desk.active().await;
        let notice = json!({ "type": "notice", "text": "Lunch at noon" }).to_string();
        let sent = desk.sandbox.send(notice);
        desk.deleted(&sent).await;
        desk.sleep(60).await;
        assert_eq!(desk.told_of(|told| *told == Notification::Text("Lunch at noon".into())), 1);

        let before = desk.seconds();
        desk.sandbox.send(json!({ "type": "end", "graceSeconds": 120 }).to_string());
        let view = desk.shows(|view| view.countdown.is_some()).await;
        assert!(!view.countdown.unwrap().can_stay);
        assert_eq!(view.state, State::Active);
        let over = desk.sandbox.over(task).await;
        let TaskState::Succeeded { at, .. } = over.state else { panic!("{over:?}") };
        let grace = desk.since_start(at) - before;
        assert!((120.0..=121.0).contains(&grace), "{grace} s");
        desk.closed_by_us(task, "ended", "remote");
        assert_eq!(desk.told_of(|told| matches!(told, Notification::Countdown { .. })), 1);
    });
}

#[test]
fn a_ready_message_is_answered_at_once_and_once() {
    play(async |desk| {
        desk.start();
        let waits = desk.sandbox.start_task(TaskSpec { heartbeat: None, ..TaskSpec::default() });
        let sent = desk.sandbox.send_start(waits, json!({ "type": "ready" }));
        desk.sandbox.over(waits).await;
        assert!(desk.seconds() <= 1.0);
        assert_eq!(desk.output(waits)["outcome"], "ready");
        desk.deleted(&sent).await;
        let task = desk.workflow();
        desk.beaten(task, 1).await;
        desk.sandbox.redeliver(&sent);
        desk.sleep(60).await;
        assert_eq!(desk.view().await.state, State::Active);
        assert!(desk.sandbox.messages().is_empty());
    });
}
