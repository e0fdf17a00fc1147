//! The queue, mostly through the real SDK.

use std::time::Duration;

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};
use deskbeat::sandbox::{Options, TaskSpec, What};
use deskbeat::session::contract::message::{Message, MessageKind};
use serde_json::json;

use super::stage::{Stage, play};

type Received = Vec<aws_sdk_sqs::types::Message>;

async fn receive(stage: &Stage, most: i32, wait: i32) -> Received {
    let call = stage
        .sqs()
        .receive_message()
        .queue_url(stage.sandbox.queue_url())
        .max_number_of_messages(most)
        .wait_time_seconds(wait)
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .send();
    stage.call(call).await.unwrap().messages.unwrap_or_default()
}

async fn delete(stage: &Stage, handle: &str) -> Result<(), String> {
    let sqs = stage.sqs();
    let call = sqs.delete_message().queue_url(stage.sandbox.queue_url()).receipt_handle(handle);
    let done = stage.call(call.send()).await;
    done.map(|_| ()).map_err(|error| error.code().unwrap_or_default().to_owned())
}

async fn hide(stage: &Stage, handle: &str, seconds: i32) -> Result<(), String> {
    let sqs = stage.sqs();
    let call = sqs.change_message_visibility().queue_url(stage.sandbox.queue_url());
    let call = call.receipt_handle(handle).visibility_timeout(seconds);
    let done = stage.call(call.send()).await;
    done.map(|_| ()).map_err(|error| error.code().unwrap_or_default().to_owned())
}

fn handle(message: &aws_sdk_sqs::types::Message) -> &str {
    message.receipt_handle().unwrap()
}

#[test]
fn a_message_is_hidden_while_in_flight_and_gone_when_deleted() {
    play(Options::default(), async |stage| {
        let sqs = stage.sqs();
        let url = stage.call(sqs.get_queue_url().queue_name("deskbeat-i-0123456789abcdef0").send());
        assert_eq!(url.await.unwrap().queue_url.unwrap(), stage.sandbox.queue_url());

        let send =
            sqs.send_message().queue_url(stage.sandbox.queue_url()).message_body("a \"b\"\n");
        let sent = stage.call(send.send()).await.unwrap();
        let got = receive(&stage, 10, 0).await;
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].body(), Some("a \"b\"\n"));
        assert_eq!(got[0].message_id(), sent.message_id());
        assert_eq!(got[0].md5_of_body(), sent.md5_of_message_body());
        let attributes = got[0].attributes().unwrap();
        let start = stage.at(0).as_millisecond().to_string();
        assert_eq!(attributes[&MessageSystemAttributeName::SentTimestamp], start);
        assert_eq!(attributes[&MessageSystemAttributeName::ApproximateReceiveCount], "1");

        assert!(receive(&stage, 10, 0).await.is_empty());
        stage.sleep(30).await;
        let again = receive(&stage, 10, 0).await;
        let attributes = again[0].attributes().unwrap();
        assert_eq!(attributes[&MessageSystemAttributeName::ApproximateReceiveCount], "2");

        delete(&stage, handle(&got[0])).await.unwrap();
        assert_eq!(stage.sandbox.messages().len(), 1, "the stale handle deleted nothing");
        delete(&stage, handle(&again[0])).await.unwrap();
        assert!(stage.sandbox.messages().is_empty());
        delete(&stage, handle(&again[0])).await.unwrap();
        assert_eq!(delete(&stage, "nonsense").await.unwrap_err(), "ReceiptHandleIsInvalid");
        assert_eq!(hide(&stage, handle(&again[0]), 0).await.unwrap_err(), "InvalidParameterValue");
    });
}

#[test]
fn a_long_poll_waits_for_a_message_or_its_time() {
    play(Options::default(), async |stage| {
        assert!(receive(&stage, 1, 20).await.is_empty());
        assert_eq!(stage.seconds(), 20);

        let sender = stage.clone();
        tokio::task::spawn_local(async move {
            sender.sleep(7).await;
            sender.sandbox.send("late");
        });
        assert_eq!(receive(&stage, 1, 20).await[0].body(), Some("late"));
        assert_eq!(stage.seconds(), 27);

        // In flight until 57, within the poll.
        stage.sleep(20).await;
        assert_eq!(receive(&stage, 1, 20).await[0].body(), Some("late"));
        assert_eq!(stage.seconds(), 57);
    });
}

#[test]
fn a_message_handed_back_shows_at_once() {
    play(Options::default(), async |stage| {
        stage.sandbox.send("for another instance");
        let got = receive(&stage, 1, 0).await;
        hide(&stage, handle(&got[0]), 0).await.unwrap();
        assert_eq!(
            hide(&stage, handle(&got[0]), 5).await.unwrap_err(),
            "AWS.SimpleQueueService.MessageNotInflight"
        );
        let again = receive(&stage, 1, 0).await;
        hide(&stage, handle(&again[0]), 300).await.unwrap();
        stage.sleep(299).await;
        assert!(receive(&stage, 1, 0).await.is_empty());
        stage.sleep(1).await;
        assert_eq!(receive(&stage, 1, 0).await.len(), 1);
        let released = |what: &What| matches!(what, What::MessageReleased { .. });
        assert_eq!(stage.sandbox.log().iter().filter(|entry| released(&entry.what)).count(), 2);
    });
}

#[test]
fn a_message_in_flight_blocks_its_group_and_no_other() {
    play(Options { fifo: true, ..Options::default() }, async |stage| {
        stage.sandbox.send_to_group("a1", "a");
        stage.sandbox.send_to_group("a2", "a");
        stage.sandbox.send_to_group("b1", "b");
        let bodies = |got: &Received| -> Vec<String> {
            got.iter().map(|message| message.body().unwrap().to_owned()).collect()
        };
        let first = receive(&stage, 1, 0).await;
        assert_eq!(bodies(&first), ["a1"]);
        assert_eq!(bodies(&receive(&stage, 10, 0).await), ["b1"]);
        assert!(receive(&stage, 10, 0).await.is_empty());
        delete(&stage, handle(&first[0])).await.unwrap();
        let second = receive(&stage, 10, 0).await;
        assert_eq!(bodies(&second), ["a2"]);
        stage.sleep(30).await;
        assert_eq!(delete(&stage, handle(&second[0])).await.unwrap_err(), "InvalidParameterValue");
        assert_eq!(bodies(&receive(&stage, 10, 0).await), ["a2", "b1"]);
    });
}

#[test]
fn a_message_received_too_often_goes_to_the_dead_letters() {
    play(Options { max_receives: Some(2), ..Options::default() }, async |stage| {
        stage.sandbox.send("poison");
        for _ in 0..2 {
            assert_eq!(receive(&stage, 1, 0).await.len(), 1);
            stage.sleep(30).await;
        }
        assert!(receive(&stage, 1, 0).await.is_empty());
        assert_eq!(stage.sandbox.dead_letters()[0].body, b"poison");
        assert!(stage.sandbox.messages().is_empty());
    });
}

#[test]
fn a_deleted_message_can_come_once_more() {
    play(Options::default(), async |stage| {
        let id = stage.sandbox.send("twice");
        let got = receive(&stage, 1, 0).await;
        delete(&stage, handle(&got[0])).await.unwrap();
        stage.sandbox.redeliver(&id);
        let again = receive(&stage, 1, 0).await;
        assert_eq!(again[0].message_id(), got[0].message_id());
    });
}

#[test]
fn a_queue_that_is_not_there_has_aws_s_name_for_it() {
    play(Options::default(), async |stage| {
        let sqs = stage.sqs();
        stage.sandbox.set_queue_exists(false);
        let url = stage.call(sqs.get_queue_url().queue_name("deskbeat-i-0123456789abcdef0").send());
        let error = url.await.unwrap_err();
        assert!(error.as_service_error().unwrap().is_queue_does_not_exist(), "{error:?}");
        let call = sqs.receive_message().queue_url(stage.sandbox.queue_url()).send();
        let error = stage.call(call).await.unwrap_err();
        assert!(error.as_service_error().unwrap().is_queue_does_not_exist(), "{error:?}");
        let raw = error.raw_response().unwrap();
        assert_eq!(raw.status().as_u16(), 400);
        assert_eq!(
            raw.headers().get("x-amzn-query-error"),
            Some("AWS.SimpleQueueService.NonExistentQueue;Sender")
        );
        stage.sandbox.set_queue_exists(true);
        let call = sqs.receive_message().queue_url(stage.sandbox.queue_url() + "-other").send();
        let error = stage.call(call).await.unwrap_err();
        assert!(error.as_service_error().unwrap().is_queue_does_not_exist(), "{error:?}");
    });
}

#[test]
fn keys_are_checked_under_the_queue_s_own_names() {
    play(Options::default(), async |stage| {
        let receive = async |key| {
            let sqs = stage.sqs_with(key);
            let call = sqs.receive_message().queue_url(stage.sandbox.queue_url()).send();
            let error = stage.call(call).await.unwrap_err();
            (error.code().unwrap().to_owned(), error.raw_response().unwrap().status().as_u16())
        };
        let first = stage.key();
        let mut foreign = first.clone();
        foreign.access_key_id = "ASIAFOREIGNFOREIGN00".into();
        assert_eq!(receive(&foreign).await, ("InvalidClientTokenId".into(), 403));
        stage.sleep(7 * 3600).await;
        assert_eq!(receive(&first).await, ("ExpiredToken".into(), 403));
    });
}

#[test]
fn parameters_out_of_range_are_refused() {
    play(Options::default(), async |stage| {
        let url = stage.sandbox.sqs_url();
        let queue = stage.sandbox.queue_url();
        for (field, value) in [
            ("MaxNumberOfMessages", 11),
            ("MaxNumberOfMessages", 0),
            ("WaitTimeSeconds", 21),
            ("VisibilityTimeout", 43_201),
        ] {
            let body = json!({ "QueueUrl": queue, field: value }).to_string();
            let reply = stage.json(&url, "AmazonSQS.ReceiveMessage", &body).await;
            assert_eq!(
                reply.header("x-amzn-query-error"),
                "InvalidParameterValue;Sender",
                "{field}"
            );
        }
        let reply = stage.json(&url, "AmazonSQS.ReceiveMessage", "{}").await;
        assert_eq!(reply.header("x-amzn-query-error"), "MissingParameter;Sender");
        let reply = stage.json(&url, "AmazonSQS.ReceiveMessage", "no json").await;
        assert!(reply.text().contains("SerializationException"));
    });
}

#[test]
fn attributes_tell_what_is_in_the_queue() {
    let options = Options { fifo: true, max_receives: Some(5), ..Options::default() };
    play(options, async |stage| {
        stage.sandbox.send_to_group("a", "a");
        stage.sandbox.send_to_group("b", "b");
        receive(&stage, 1, 0).await;
        let sqs = stage.sqs();
        let call = sqs.get_queue_attributes().queue_url(stage.sandbox.queue_url());
        let call = call.attribute_names(QueueAttributeName::All).send();
        let all = stage.call(call).await.unwrap().attributes.unwrap();
        assert_eq!(all[&QueueAttributeName::ApproximateNumberOfMessages], "1");
        assert_eq!(all[&QueueAttributeName::ApproximateNumberOfMessagesNotVisible], "1");
        assert_eq!(all[&QueueAttributeName::FifoQueue], "true");
        assert!(all[&QueueAttributeName::RedrivePolicy].contains("\"maxReceiveCount\":5"));
    });
}

#[test]
fn bytes_that_are_no_text_go_out_as_they_are() {
    play(Options::default(), async |stage| {
        stage.sandbox.send(b"\xff\xfe\x01".to_vec());
        let body = json!({ "QueueUrl": stage.sandbox.queue_url() }).to_string();
        let reply = stage.json(&stage.sandbox.sqs_url(), "AmazonSQS.ReceiveMessage", &body).await;
        assert_eq!(reply.status, 200);
        assert!(reply.body.windows(8).any(|bytes| bytes == b"\xff\xfe\\u0001"));
        assert!(std::str::from_utf8(&reply.body).is_err());
    });
}

#[test]
fn the_start_message_keeps_to_the_contract() {
    play(Options::default(), async |stage| {
        let task = stage.sandbox.start_task(TaskSpec::default());
        let body = stage.sandbox.start_message(task, json!({ "extendable": true, "user": null }));
        let read = Message::read(&body).unwrap();
        assert_eq!(read.instance_id.as_deref(), Some("i-0123456789abcdef0"));
        assert_eq!(read.session_id.as_deref(), Some("session-1"));
        let MessageKind::Start(start) = read.kind else { panic!("{read:?}") };
        assert_eq!(start.token.expose(), stage.sandbox.task(task).token());
        assert_eq!(start.heartbeat, Some(Duration::from_secs(300)));
        assert_eq!(start.timeout, Some(Duration::from_secs(8 * 3600)));
        assert_eq!(start.started_at, Some(stage.at(0)));
        assert_eq!((start.user, start.extendable), (None, Some(true)));

        let id = stage.sandbox.send_start(task, json!({}));
        assert_eq!(
            receive(&stage, 1, 0).await[0].message_id().unwrap().get(..8),
            Some(id.to_string().as_str())
        );
    });
}
