//! Every fault, as the callers see it.

use std::time::Duration;

use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sfn::operation::RequestId;
use deskbeat::sandbox::{
    Action, Extent, Fault, Options, Service, Target, TaskSpec, TaskState, What,
};

use super::stage::{Stage, play};

const TEN_MINUTES: Duration = Duration::from_secs(600);

/// A beat's outcome in one word.
async fn beat(stage: &Stage, token: &str) -> String {
    let client = stage.sfn();
    outcome(stage.call(client.send_task_heartbeat().task_token(token).send()).await)
}

async fn success(stage: &Stage, token: &str) -> String {
    let client = stage.sfn();
    outcome(stage.call(client.send_task_success().task_token(token).output("{}").send()).await)
}

fn outcome<T, E: ProvideErrorMetadata, R>(done: Result<T, SdkError<E, R>>) -> String {
    match done {
        Ok(_) => "accepted".into(),
        Err(SdkError::ServiceError(context)) => context.err().code().unwrap_or("nameless").into(),
        Err(SdkError::DispatchFailure(_)) => "dispatch failure".into(),
        Err(SdkError::ResponseError(_)) => "response error".into(),
        Err(_) => "other".into(),
    }
}

fn task(stage: &Stage) -> (deskbeat::sandbox::TaskId, String) {
    let id = stage.sandbox.start_task(TaskSpec::default());
    (id, stage.sandbox.task(id).token().to_owned())
}

#[test]
fn an_error_strikes_once_or_for_a_while() {
    play(Options::default(), async |stage| {
        let (_, token) = task(&stage);
        stage.sandbox.fault(
            Action::Heartbeat,
            Fault::error("ExpiredTokenException"),
            Extent::Times(1),
        );
        assert_eq!(beat(&stage, &token).await, "ExpiredTokenException");
        assert_eq!(beat(&stage, &token).await, "accepted");

        let error = Fault::error("ThrottlingException");
        stage.sandbox.fault(Service::Sfn, error, Extent::For(TEN_MINUTES));
        assert_eq!(beat(&stage, &token).await, "ThrottlingException");
        stage.sleep(599).await;
        // 599 seconds without a beat are too long, but the fault comes first.
        assert_eq!(beat(&stage, &token).await, "ThrottlingException");
        stage.sleep(1).await;
        assert_eq!(beat(&stage, &token).await, "TaskTimedOut");

        let counts = stage.sandbox.counts(Action::Heartbeat);
        assert_eq!((counts.seen, counts.answered, counts.refused, counts.faulted), (5, 1, 1, 3));
    });
}

#[test]
fn every_named_error_is_the_one_that_the_sdk_knows() {
    play(Options::default(), async |stage| {
        let (id, token) = task(&stage);
        for name in [
            "InvalidToken",
            "TaskDoesNotExist",
            "TaskTimedOut",
            "InvalidOutput",
            "KmsAccessDeniedException",
            "KmsInvalidStateException",
            "KmsThrottlingException",
            "ExpiredTokenException",
            "UnrecognizedClientException",
            "InvalidSignatureException",
            "AccessDeniedException",
            "ThrottlingException",
        ] {
            stage.sandbox.fault(Action::Success, Fault::error(name), Extent::Times(1));
            let client = stage.sfn();
            let call = client.send_task_success().task_token(&token).output("{}").send();
            let error = stage.call(call).await.unwrap_err();
            assert_eq!(error.raw_response().unwrap().status().as_u16(), 400, "{name}");
            let error = error.into_service_error();
            assert_eq!(error.code(), Some(name));
            let typed = error.is_invalid_token()
                || error.is_task_does_not_exist()
                || error.is_task_timed_out()
                || error.is_invalid_output()
                || error.is_kms_access_denied_exception()
                || error.is_kms_invalid_state_exception()
                || error.is_kms_throttling_exception();
            let is_named_by_the_model = name.starts_with("Kms")
                || ["InvalidToken", "TaskDoesNotExist", "TaskTimedOut", "InvalidOutput"]
                    .contains(&name);
            assert_eq!(typed, is_named_by_the_model, "{name}");
        }
        assert_eq!(stage.sandbox.task(id).state, TaskState::Waiting, "none took effect");
        stage.sandbox.fault(Action::Success, Fault::status(500), Extent::Times(1));
        let client = stage.sfn();
        let call = client.send_task_success().task_token(&token).output("{}").send();
        assert_eq!(
            stage.call(call).await.unwrap_err().raw_response().unwrap().status().as_u16(),
            500
        );
        assert_eq!(success(&stage, &token).await, "accepted");
    });
}

#[test]
fn a_cut_answer_is_lost_after_its_effect_and_a_dropped_call_before() {
    play(Options::default(), async |stage| {
        let (id, token) = task(&stage);
        stage.sandbox.fault(Action::Success, Fault::Drop, Extent::Times(1));
        assert_eq!(success(&stage, &token).await, "dispatch failure");
        assert_eq!(stage.sandbox.task(id).state, TaskState::Waiting);
        stage.sandbox.fault(Action::Success, Fault::Cut, Extent::Times(1));
        assert_eq!(success(&stage, &token).await, "response error");
        assert!(matches!(stage.sandbox.task(id).state, TaskState::Succeeded { .. }));
        assert_eq!(success(&stage, &token).await, "TaskTimedOut");

        let url = format!("{}/latest/meta-data/instance-id", stage.sandbox.imds_url());
        stage.sandbox.fault(Action::ImdsOther, Fault::Cut, Extent::Times(1));
        stage.http("GET", &url, &[], "").await.unwrap_err();
        assert_eq!(stage.http("GET", &url, &[], "").await.unwrap().status, 401);
    });
}

#[test]
fn a_hanging_call_costs_its_caller_s_time_and_goes_through_when_it_is_over() {
    play(Options::default(), async |stage| {
        let (id, token) = task(&stage);
        let client = stage.sfn();
        let fault = stage.sandbox.fault(Action::Heartbeat, Fault::Hang, Extent::UntilCleared);
        let limit = Duration::from_secs(20);
        let beat = client.send_task_heartbeat().task_token(&token);
        stage.clock.call(limit, beat.clone().send()).await.unwrap_err();
        assert_eq!(stage.seconds(), 20);
        assert!(stage.sandbox.task(id).beats.is_empty(), "nothing came through");

        let helper = stage.clone();
        tokio::task::spawn_local(async move {
            helper.sleep(5).await;
            helper.sandbox.clear(fault);
        });
        stage.clock.call(limit, beat.clone().send()).await.unwrap().unwrap();
        assert_eq!(stage.seconds(), 25);

        stage.sandbox.fault(Target::Everything, Fault::Hang, Extent::For(Duration::from_secs(10)));
        stage.clock.call(limit, beat.send()).await.unwrap().unwrap();
        assert_eq!(stage.sandbox.task(id).beats, [stage.at(25), stage.at(35)]);
    });
}

#[test]
fn latency_adds_up_and_takes_the_clock_s_time_only() {
    play(Options::default(), async |stage| {
        let (id, token) = task(&stage);
        let slow = Fault::Latency(Duration::from_secs(3));
        stage.sandbox.fault(Service::Sfn, slow.clone(), Extent::UntilCleared);
        stage.sandbox.fault(Action::Heartbeat, slow, Extent::Times(1));
        assert_eq!(beat(&stage, &token).await, "accepted");
        assert_eq!(beat(&stage, &token).await, "accepted");
        assert_eq!(stage.sandbox.task(id).beats, [stage.at(6), stage.at(9)]);
        stage.sandbox.clear_all();
        assert_eq!(beat(&stage, &token).await, "accepted");
        assert_eq!(stage.seconds(), 9);
    });
}

#[test]
fn garbage_has_status_200_and_the_call_took_effect() {
    play(Options::default(), async |stage| {
        let url = format!("{}/latest/api/token", stage.sandbox.imds_url());
        let ttl = [("x-aws-ec2-metadata-token-ttl-seconds", "60")];
        stage.sandbox.fault(Service::Imds, Fault::Garbage, Extent::Times(1));
        let reply = stage.http("PUT", &url, &ttl, "").await.unwrap();
        assert_eq!(reply.status, 200);
        assert!(std::str::from_utf8(&reply.body).is_err());

        stage.sandbox.send("lost in flight");
        stage.sandbox.fault(Action::Receive, Fault::Garbage, Extent::Times(1));
        let call = stage.sqs().receive_message().queue_url(stage.sandbox.queue_url()).send();
        assert_eq!(outcome(stage.call(call).await), "nameless");
        assert_eq!(stage.sandbox.messages()[0].receives, 1);

        let (id, token) = task(&stage);
        stage.sandbox.fault(Action::Success, Fault::Garbage, Extent::Times(1));
        assert_eq!(success(&stage, &token).await, "accepted", "the SDK reads no body");
        assert!(stage.sandbox.task(id).is_over());
    });
}

#[test]
fn an_intercepted_call_never_arrives_and_has_no_request_id() {
    play(Options::default(), async |stage| {
        let (id, token) = task(&stage);
        stage.sandbox.fault(Action::Success, Fault::Intercepted, Extent::Times(1));
        let client = stage.sfn();
        let call = client.send_task_success().task_token(&token).output("{}");
        let fooled = stage.call(call.clone().send()).await.unwrap();
        assert_eq!(fooled.request_id(), None);
        assert_eq!(stage.sandbox.task(id).state, TaskState::Waiting);
        assert!(stage.call(call.send()).await.unwrap().request_id().is_some());
    });
}

#[test]
fn an_unplugged_service_refuses_connections_and_comes_back_at_its_address() {
    play(Options::default(), async |stage| {
        let (_, token) = task(&stage);
        let client = stage.sfn();
        let beat = client.send_task_heartbeat().task_token(&token);
        assert_eq!(outcome(stage.call(beat.clone().send()).await), "accepted");
        stage.sandbox.unplug(Service::Sfn).await;
        assert_eq!(outcome(stage.call(beat.clone().send()).await), "dispatch failure");
        assert_eq!(stage.sandbox.counts(Action::Heartbeat).seen, 1);
        stage.sandbox.plug_in(Service::Sfn).await.unwrap();
        assert_eq!(outcome(stage.call(beat.send()).await), "accepted");
    });
}

#[test]
fn denial_reaches_the_queue_s_callers_under_its_name() {
    play(Options::default(), async |stage| {
        stage.sandbox.fault(
            Service::Sqs,
            Fault::error("AccessDeniedException"),
            Extent::UntilCleared,
        );
        let call = stage.sqs().receive_message().queue_url(stage.sandbox.queue_url()).send();
        assert_eq!(outcome(stage.call(call).await), "AccessDenied");
        let struck = |what: &What| matches!(what, What::Faulted { action: Action::Receive, .. });
        assert!(stage.sandbox.log().iter().any(|entry| struck(&entry.what)));
    });
}
