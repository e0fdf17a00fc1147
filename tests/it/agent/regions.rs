//! Where calls go, and for which region they are signed: as the queue's URL and the execution's ARN say.

use std::cell::RefCell;
use std::rc::Rc;

use deskbeat::aws::QueueChoice;
use deskbeat::aws::surroundings::Surroundings;
use deskbeat::sandbox::What;
use deskbeat::session::State;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::desk::{Desk, play};
use crate::faults::row;

/// What a server was asked, in its order.
type Asked = Rc<RefCell<Vec<String>>>;

/// Reads a request's head, and its body as far as it is announced.
async fn request(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut part = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase();
            let length = length.split("content-length: ").nth(1).unwrap_or("0");
            let length: usize = length.lines().next().unwrap().trim().parse().unwrap();
            if body.len() >= length {
                return text;
            }
        }
        match stream.read(&mut part).await {
            Ok(count @ 1..) => read.extend_from_slice(&part[..count]),
            Ok(0) | Err(_) => return text,
        }
    }
}

/// A server that gives each request to `answer`, for whom was asked and what to say, and notes the former.
async fn noting(answer: impl Fn(&str) -> (String, String) + 'static) -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Asked::default());
    let (noting, answer) = (asked.clone(), Rc::new(answer));
    tokio::task::spawn_local(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (noting, answer) = (noting.clone(), answer.clone());
            tokio::task::spawn_local(async move {
                let (asked, answer) = answer(&request(&mut stream).await);
                noting.borrow_mut().push(asked);
                let _gone = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (format!("http://{address}"), asked)
}

/// A proxy that lets nobody through, and notes who was asked for.
async fn proxy() -> (String, Asked) {
    noting(|request| {
        let host = request.split(' ').nth(1).unwrap_or_default().to_owned();
        (host, "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n".into())
    })
    .await
}

/// A Step Functions that knows tasks of one region only, and notes for which it was asked.
async fn of_region(region: &'static str) -> (String, Asked) {
    noting(move |request| {
        let scope = request.split("Credential=").nth(1).unwrap_or_default();
        let asked = scope.split('/').nth(2).unwrap_or_default().to_owned();
        let (status, body) = match asked == region {
            true => ("200 OK", "{}"),
            false => ("400 Bad Request", r#"{"__type":"InvalidToken","message":"?"}"#),
        };
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.0\r\n\
             x-amzn-requestid: r-1\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        (asked, answer)
    })
    .await
}

fn set(desk: &mut Desk, variables: &[(&str, &str)]) {
    desk.access.surroundings = Surroundings::read(|name| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    });
}

#[test]
fn the_queue_is_asked_where_its_url_says() {
    let vpc = "vpce-0ab1-7xyz.sqs.eu-central-1.vpce.amazonaws.com";
    for (url, settings, host) in [
        ("https://sqs.us-west-2.amazonaws.com/1/d", &[][..], "sqs.us-west-2.amazonaws.com"),
        ("arn:aws:sqs:ap-south-1:123456789012:d", &[], "sqs.ap-south-1.amazonaws.com"),
        ("arn:aws-cn:sqs:cn-north-1:1:d", &[], "sqs.cn-north-1.amazonaws.com.cn"),
        ("https://sqs.us-gov-west-1.amazonaws.com/1/d", &[], "sqs.us-gov-west-1.amazonaws.com"),
        ("https://us-east-2.queue.amazonaws.com/1/d", &[], "sqs.us-east-2.amazonaws.com"),
        ("https://sqs-fips.us-east-2.amazonaws.com/1/d", &[], "sqs-fips.us-east-2.amazonaws.com"),
        ("https://sqs.ap-southeast-5.api.aws/1/d", &[], "sqs.ap-southeast-5.api.aws"),
        ("https://vpce-0ab1-7xyz.sqs.eu-central-1.vpce.amazonaws.com/1/d", &[], vpc),
        (
            "https://sqs.us-east-2.amazonaws.com/1/d",
            &[("AWS_USE_FIPS_ENDPOINT", "true")],
            "sqs-fips.us-east-2.amazonaws.com",
        ),
        (
            "https://sqs.eu-west-1.amazonaws.com/1/d",
            &[("AWS_USE_DUALSTACK_ENDPOINT", "true")],
            "sqs.eu-west-1.api.aws",
        ),
        (
            "https://sqs.us-west-2.amazonaws.com/1/d",
            &[("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_USE_DUALSTACK_ENDPOINT", "true")],
            "sqs-fips.us-west-2.api.aws",
        ),
    ] {
        play(async |desk| {
            let (proxy, asked) = proxy().await;
            set(desk, &[&[("HTTPS_PROXY", proxy.as_str())][..], settings].concat());
            desk.access.sqs_endpoint = None;
            desk.access.queue = QueueChoice::Url(url.into());
            desk.start();
            desk.shows(|view| view.state == State::NeedsAttention).await;
            assert_eq!(asked.borrow().first(), Some(&format!("{host}:443")), "{url}");
        });
    }
}

#[test]
fn step_functions_is_called_where_the_execution_is() {
    let arn = |region: &str| format!("arn:aws:states:{region}:1:execution:desk:a");
    for (execution, settings, hosts) in [
        // Where the call does not get through, the task may wait beside the computer.
        (
            arn("us-east-2"),
            &[][..],
            vec!["states.us-east-2.amazonaws.com:443", "states.eu-west-1.amazonaws.com:443"],
        ),
        (arn("eu-west-1"), &[], vec!["states.eu-west-1.amazonaws.com:443"]),
        ("no ARN".into(), &[], vec!["states.eu-west-1.amazonaws.com:443"]),
        (
            "arn:aws-cn:states:cn-north-1:1:execution:desk:a".into(),
            &[],
            vec!["states.cn-north-1.amazonaws.com.cn:443", "states.eu-west-1.amazonaws.com:443"],
        ),
        (
            arn("us-west-2"),
            &[("AWS_USE_FIPS_ENDPOINT", "true")],
            vec![
                "states-fips.us-west-2.amazonaws.com:443",
                "states-fips.eu-west-1.amazonaws.com:443",
            ],
        ),
    ] {
        play(async |desk| {
            let (proxy, asked) = proxy().await;
            set(desk, &[&[("HTTPS_PROXY", proxy.as_str())][..], settings].concat());
            desk.access.sfn_endpoint = None;
            desk.start();
            let task = desk.sandbox.start_task(Default::default());
            desk.sandbox.send_start(task, json!({ "executionArn": execution }));
            desk.shows(|view| view.failures > 0).await;
            assert_eq!(asked.borrow()[..hosts.len()], hosts, "{execution}");
        });
    }
}

/// A computer in us-east-1, its queue and the task in eu-west-1; what Step Functions was asked for.
fn elsewhere(story: impl AsyncFn(&mut Desk, &Asked)) {
    play(async |desk| {
        let (sfn, asked) = of_region("eu-west-1").await;
        let name = desk.sandbox.queue_url();
        let path = name.splitn(4, '/').nth(3).unwrap();
        desk.access.queue = QueueChoice::Url(format!("https://sqs.eu-west-1.amazonaws.com/{path}"));
        desk.access.sfn_endpoint = Some(sfn);
        desk.access.region = Some("us-east-1".into());
        desk.access.instance_id = Some(desk.sandbox.options().instance_id.clone());
        story(desk, &asked).await;
    });
}

#[test]
fn a_task_of_another_region_is_found_there_and_its_session_kept() {
    elsewhere(async |desk, asked| {
        desk.start();
        let task = desk.sandbox.start_task(Default::default());
        let arn = "arn:aws:states:eu-west-1:123456789012:execution:desk:a";
        let sent = desk.sandbox.send_start(task, json!({ "executionArn": arn }));
        let before = desk.seconds();
        let view = desk.state(State::Active).await;
        assert_eq!(*asked.borrow(), ["eu-west-1"], "the ARN says so");
        desk.deleted(&sent).await;
        row("04-another-region", "queue and execution are in another region than the computer")
            .shown(&view.sentence)
            .within(1.0, desk.seconds() - before)
            .kept();
        // The journal knows it too.
        desk.crash();
        asked.borrow_mut().clear();
        desk.start();
        desk.state(State::Active).await;
        assert_eq!(asked.borrow()[0], "eu-west-1");
    });
    elsewhere(async |desk, asked| {
        desk.start();
        let task = desk.sandbox.start_task(Default::default());
        let sent = desk.sandbox.send_start(task, json!({ "executionArn": null }));
        desk.state(State::Active).await;
        assert_eq!(*asked.borrow(), ["us-east-1", "eu-west-1"], "the configured one first");
        desk.deleted(&sent).await;
        desk.sleep(300).await;
        assert!(asked.borrow().len() > 4 && asked.borrow()[1..].iter().all(|r| r == "eu-west-1"));
        assert_eq!(desk.logged("DB-602"), [] as [String; 0]);
        desk.end().await;
        assert_eq!(desk.view().await.state, State::Closed);
        assert_eq!(asked.borrow().last().unwrap(), "eu-west-1");
    });
}

#[test]
fn a_token_that_no_region_knows_is_none() {
    elsewhere(async |desk, asked| {
        desk.start();
        let body = json!({ "taskToken": "AQCEAAAAKgAAAAMAAAAA", "heartbeatSeconds": 60,
            "executionArn": "arn:aws:states:sa-east-1:1:execution:desk:a" });
        desk.access.region = None;
        let id = desk.sandbox.send(body.to_string());
        desk.happens(|what| matches!(what, What::MessageReceived { .. })).await;
        // eu-west-1's Step Functions takes any token: it is the last that is asked.
        desk.deleted(&id).await;
        assert_eq!(*asked.borrow(), ["sa-east-1", "us-east-1", "eu-west-1"]);
    });
}
