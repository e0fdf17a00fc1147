//! Step Functions, mostly through the real SDK.

use std::time::Duration;

use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sfn::operation::RequestId;
use deskbeat::sandbox::{Action, Options, TaskSpec, TaskState, What};
use serde_json::json;

use super::stage::{play, signed};

const MINUTE: Duration = Duration::from_secs(60);

fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::ServiceError(context) => context.err().code().unwrap_or("").to_owned(),
        _ => "no answer of the service".into(),
    }
}

#[test]
fn beats_are_counted_and_a_closed_task_says_task_timed_out() {
    play(Options::default(), async |stage| {
        let task = stage.sandbox.start_task(TaskSpec::default());
        let token = stage.sandbox.task(task).token().to_owned();
        let client = stage.sfn();
        for _ in 0..3 {
            stage.call(client.send_task_heartbeat().task_token(&token).send()).await.unwrap();
            stage.sleep(60).await;
        }
        let beats = stage.sandbox.task(task).beats;
        assert_eq!(beats, [stage.at(0), stage.at(60), stage.at(120)]);

        let success =
            client.send_task_success().task_token(&token).output(r#"{"outcome":"ended"}"#);
        let accepted = stage.call(success.send()).await.unwrap();
        let closed = stage.sandbox.task(task);
        assert_eq!(closed.output(), Some(json!({ "outcome": "ended" })));
        let TaskState::Succeeded { at, request_id, .. } = closed.state else { panic!() };
        assert_eq!(at, stage.at(180));
        assert_eq!(accepted.request_id(), Some(request_id.as_str()));

        let beat = client.send_task_heartbeat().task_token(&token).send();
        let late = stage.call(beat).await.unwrap_err();
        assert!(late.as_service_error().unwrap().is_task_timed_out(), "{late:?}");
        let again = client.send_task_success().task_token(&token).output("{}").send();
        let again = stage.call(again).await.unwrap_err();
        assert!(again.as_service_error().unwrap().is_task_timed_out(), "{again:?}");
        let fail = client.send_task_failure().task_token(&token).send();
        let fail = stage.call(fail).await.unwrap_err();
        assert!(fail.as_service_error().unwrap().is_task_timed_out(), "{fail:?}");

        stage.sandbox.mark("after-end: shutdown");
        let log = stage.sandbox.log();
        let place = |wanted: &dyn Fn(&What) -> bool| {
            log.iter().position(|entry| wanted(&entry.what)).unwrap()
        };
        assert!(
            place(&|what| matches!(what, What::CloseAccepted { .. }))
                < place(&|what| *what == What::Mark("after-end: shutdown".into()))
        );
        let counts = stage.sandbox.counts(Action::Heartbeat);
        assert_eq!((counts.seen, counts.answered, counts.refused), (4, 3, 1));
        assert!(!format!("{log:?}{:?}", stage.sandbox.task(task)).contains(&token));
    });
}

#[test]
fn a_failure_keeps_its_error_and_cause() {
    play(Options::default(), async |stage| {
        let task = stage.sandbox.start_task(TaskSpec::default());
        let token = stage.sandbox.task(task).token().to_owned();
        let failure = stage.sfn().send_task_failure().task_token(&token);
        stage.call(failure.error("Startup").cause("exit 3").send()).await.unwrap();
        match stage.sandbox.over(task).await.state {
            TaskState::Failed { error, cause, .. } => {
                assert_eq!((error.as_deref(), cause.as_deref()), (Some("Startup"), Some("exit 3")));
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn the_two_timers_run_on_the_clock_and_a_beat_moves_only_one() {
    play(Options::default(), async |stage| {
        let spec =
            TaskSpec { heartbeat: Some(MINUTE), timeout: Some(MINUTE * 3), ..TaskSpec::default() };
        let silent = stage.sandbox.start_task(spec.clone());
        let beating = stage.sandbox.start_task(spec);
        let endless = stage.sandbox.start_task(TaskSpec {
            heartbeat: None,
            timeout: None,
            ..TaskSpec::default()
        });
        let token = stage.sandbox.task(beating).token().to_owned();
        let client = stage.sfn();
        for _ in 0..3 {
            stage.sleep(50).await;
            stage.call(client.send_task_heartbeat().task_token(&token).send()).await.unwrap();
        }
        assert_eq!(
            stage.sandbox.over(silent).await.state,
            TaskState::HeartbeatTimedOut { at: stage.at(60) }
        );
        assert_eq!(
            stage.sandbox.over(beating).await.state,
            TaskState::TimedOut { at: stage.at(180) }
        );
        assert_eq!(stage.seconds(), 180, "told at that moment");
        let late = stage.call(client.send_task_heartbeat().task_token(&token).send()).await;
        assert!(late.unwrap_err().as_service_error().unwrap().is_task_timed_out());

        stage.sleep(86_400).await;
        assert_eq!(stage.sandbox.task(endless).state, TaskState::Waiting);
        stage.sandbox.abort(endless);
        assert_eq!(
            stage.sandbox.task(endless).state,
            TaskState::Aborted { at: stage.at(180 + 86_400) }
        );
        let token = stage.sandbox.task(endless).token().to_owned();
        let late = stage.sfn().send_task_success().task_token(&token).output("{}");
        let late = stage.call(late.send()).await.unwrap_err();
        assert!(late.as_service_error().unwrap().is_task_timed_out());
    });
}

#[test]
fn what_is_wrong_with_a_call_has_aws_s_name() {
    play(Options::default(), async |stage| {
        let client = stage.sfn();
        let beat = async |token: &str| {
            stage.call(client.send_task_heartbeat().task_token(token).send()).await
        };
        for length in [1, 1024, 2048] {
            let spec = TaskSpec { token_length: length, ..TaskSpec::default() };
            let task = stage.sandbox.task(stage.sandbox.start_task(spec));
            assert_eq!(task.token().len(), length);
            beat(task.token()).await.unwrap();
        }
        let spec = TaskSpec { token_length: 2049, ..TaskSpec::default() };
        let long = stage.sandbox.task(stage.sandbox.start_task(spec));
        assert_eq!(code(&beat(long.token()).await.unwrap_err()), "ValidationException");
        assert_eq!(code(&beat("").await.unwrap_err()), "ValidationException");
        let error = beat("nonsense").await.unwrap_err();
        assert!(error.as_service_error().unwrap().is_invalid_token());

        let id = stage.sandbox.start_task(TaskSpec::default());
        let token = stage.sandbox.task(id).token().to_owned();
        let success = async |output: String| {
            stage.call(client.send_task_success().task_token(&token).output(output).send()).await
        };
        let error = success("no json".into()).await.unwrap_err();
        assert!(error.as_service_error().unwrap().is_invalid_output());
        let error = success(format!("\"{}\"", "x".repeat(262_143))).await.unwrap_err();
        assert_eq!(code(&error), "ValidationException");
        let failure = async |error: usize, cause: usize| {
            let (error, cause) = ("e".repeat(error), "c".repeat(cause));
            let call = client.send_task_failure().task_token(&token).error(error).cause(cause);
            stage.call(call.send()).await
        };
        assert_eq!(code(&failure(257, 0).await.unwrap_err()), "ValidationException");
        assert_eq!(code(&failure(0, 32_769).await.unwrap_err()), "ValidationException");
        assert_eq!(stage.sandbox.task(id).state, TaskState::Waiting);
        success(format!("\"{}\"", "x".repeat(262_142))).await.unwrap();

        let gone = stage.sandbox.start_task(TaskSpec::default());
        let token = stage.sandbox.task(gone).token().to_owned();
        stage.sandbox.forget(gone);
        let error = beat(&token).await.unwrap_err();
        assert!(error.as_service_error().unwrap().is_task_does_not_exist());
    });
}

#[test]
fn a_key_is_taken_until_it_expires_and_no_other_is() {
    play(Options::default(), async |stage| {
        let spec = TaskSpec { timeout: None, heartbeat: None, ..TaskSpec::default() };
        let task = stage.sandbox.start_task(spec);
        let token = stage.sandbox.task(task).token().to_owned();
        let beat = async |client: aws_sdk_sfn::Client| {
            stage.call(client.send_task_heartbeat().task_token(&token).send()).await
        };
        let first = stage.key();
        stage.sleep(6 * 3600 + 30 * 60 - 1).await;
        beat(stage.sfn_with(&first, 0)).await.unwrap();
        stage.sleep(1).await;
        let error = beat(stage.sfn_with(&first, 0)).await.unwrap_err();
        assert_eq!(code(&error), "ExpiredTokenException");
        let raw = error.raw_response().unwrap();
        assert_eq!(raw.status().as_u16(), 400);
        assert!(raw.headers().get("x-amzn-requestid").is_some());
        beat(stage.sfn()).await.unwrap();

        let mut foreign = stage.key();
        foreign.access_key_id = "ASIAFOREIGNFOREIGN00".into();
        let error = beat(stage.sfn_with(&foreign, 0)).await.unwrap_err();
        assert_eq!(code(&error), "UnrecognizedClientException");
        let mut mixed = stage.key();
        mixed.session_token = first.session_token.clone();
        let error = beat(stage.sfn_with(&mixed, 0)).await.unwrap_err();
        assert_eq!(code(&error), "UnrecognizedClientException");

        let old = stage.key();
        stage.sandbox.rotate();
        beat(stage.sfn_with(&old, 0)).await.unwrap();
        stage.sandbox.expire_old_keys();
        let error = beat(stage.sfn_with(&old, 0)).await.unwrap_err();
        assert_eq!(code(&error), "ExpiredTokenException");
        beat(stage.sfn()).await.unwrap();
        stage.sandbox.expire_all_keys();
        assert_eq!(code(&beat(stage.sfn()).await.unwrap_err()), "ExpiredTokenException");
        stage.sandbox.rotate();
        beat(stage.sfn()).await.unwrap();
    });
}

#[test]
fn a_wrong_clock_is_told_as_aws_tells_it() {
    play(Options::default(), async |stage| {
        let task = stage.sandbox.start_task(TaskSpec::default());
        let token = stage.sandbox.task(task).token().to_owned();
        for (ahead, accepted, words) in [
            (299, true, ""),
            (-299, true, ""),
            (301, false, "Signature not yet current"),
            (-301, false, "Signature expired"),
        ] {
            let client = stage.sfn_with(&stage.key(), ahead);
            let beat = stage.call(client.send_task_heartbeat().task_token(&token).send()).await;
            match beat {
                Ok(_) => assert!(accepted, "{ahead}"),
                Err(error) => {
                    assert!(!accepted, "{ahead}: {error:?}");
                    assert_eq!(code(&error), "InvalidSignatureException");
                    let said = error.as_service_error().unwrap().message().unwrap().to_owned();
                    assert!(said.starts_with(words), "{said}");
                }
            }
        }
    });
}

#[test]
fn a_request_without_a_sender_or_for_another_region_is_refused() {
    play(Options::default(), async |stage| {
        let url = stage.sandbox.sfn_url();
        let target = "AWSStepFunctions.SendTaskHeartbeat";
        let none = stage.http("POST", &url, &[("x-amz-target", target)], "{}").await.unwrap();
        let code = "com.amazon.coral.service#MissingAuthenticationTokenException";
        assert_eq!(none.json()["__type"], code);
        for (region, name) in
            [("us-east-1", "InvalidSignatureException"), ("eu-west-1", "ValidationException")]
        {
            let headers = signed(&stage.key(), target, "20261124T090000Z", region);
            let headers: Vec<_> =
                headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let reply = stage.http("POST", &url, &headers, "{}").await.unwrap();
            assert_eq!(reply.status, 400);
            let said = reply.json()["__type"].as_str().unwrap().to_owned();
            assert!(said.ends_with(name), "{region}: {said}");
        }
        let unknown = stage.json(&url, "AWSStepFunctions.Nonsense", "{}").await;
        assert!(unknown.text().contains("UnknownOperationException"));
        assert_eq!(unknown.header("date"), "Tue, 24 Nov 2026 09:00:00 GMT");
    });
}

#[test]
fn a_day_of_beats_with_hourly_keys_passes_in_a_moment() {
    play(Options::default(), async |stage| {
        let day = MINUTE * 60 * 24;
        let spec = TaskSpec { timeout: Some(day + MINUTE), ..TaskSpec::default() };
        let task = stage.sandbox.start_task(spec);
        let token = stage.sandbox.task(task).token().to_owned();
        let listener = stage.clone();
        tokio::task::spawn_local(async move {
            let sqs = listener.sqs();
            let poll = sqs.receive_message().queue_url(listener.sandbox.queue_url());
            while listener.call(poll.clone().wait_time_seconds(20).send()).await.is_ok() {}
        });
        for hour in 0..24 {
            let client = stage.sfn();
            for beats in 0..15 {
                let beat = client.send_task_heartbeat().task_token(&token).send();
                stage.call(beat).await.unwrap();
                assert_eq!(stage.seconds(), (hour * 15 + beats) * 240);
                stage.sleep(240).await;
            }
        }
        let success = stage.sfn().send_task_success().task_token(&token).output("{}").send();
        stage.call(success).await.unwrap();
        assert_eq!(stage.sandbox.task(task).beats.len(), 24 * 15);
        let polls = stage.sandbox.counts(Action::Receive);
        let valid_for = 6 * 3600 + 30 * 60;
        assert_eq!(polls.answered, valid_for / 20, "one key was used until it expired");
        assert_eq!(polls.refused, 1);
    });
}
