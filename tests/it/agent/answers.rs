//! Answers that have no end, come a byte a second, or lead elsewhere: bounded in time and in bytes, and
//! never followed.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use deskbeat::clock::Clock;
use deskbeat::session::State;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::desk::{Desk, play};
use crate::faults::row;

/// What a server does with a connection, once it was asked.
type Answer = fn(TcpStream, Clock, Rc<Cell<usize>>) -> std::pin::Pin<Box<dyn Future<Output = ()>>>;

/// A server that answers so; its address, and what it counts.
async fn server(clock: &Clock, answer: Answer) -> (String, Rc<Cell<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (counted, clock) = (Rc::new(Cell::new(0)), clock.clone());
    let counting = counted.clone();
    tokio::task::spawn_local(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (clock, counting) = (clock.clone(), counting.clone());
            tokio::task::spawn_local(async move {
                let mut request = [0; 16_384];
                let _gone = stream.read(&mut request).await;
                answer(stream, clock, counting).await;
            });
        }
    });
    (format!("http://{address}"), counted)
}

const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\n\
                         x-amzn-requestid: r\r\ntransfer-encoding: chunked\r\n\r\n";

/// Chunks for ever, as fast as they are taken; counts their bytes.
fn endless_chunks(
    mut stream: TcpStream,
    _clock: Clock,
    sent: Rc<Cell<usize>>,
) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async move {
        let chunk = [&b"10000\r\n"[..], &[b' '; 1 << 16], b"\r\n"].concat();
        let _gone = stream.write_all(CHUNKED).await;
        while stream.write_all(&chunk).await.is_ok() {
            sent.set(sent.get() + chunk.len());
        }
    })
}

/// Keeps the caller waiting for a second; false once it has gone.
async fn is_waited_for(stream: &mut TcpStream, clock: &Clock) -> bool {
    let mut nothing = [0; 1];
    tokio::select! {
        () = clock.park(Duration::from_secs(1)) => true,
        _gone = stream.read(&mut nothing) => false,
    }
}

/// A byte a second.
fn drop_by_drop(
    mut stream: TcpStream,
    clock: Clock,
    sent: Rc<Cell<usize>>,
) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async move {
        let _gone = stream.write_all(CHUNKED).await;
        while stream.write_all(b"1\r\n \r\n").await.is_ok()
            && is_waited_for(&mut stream, &clock).await
        {
            sent.set(sent.get() + 1);
        }
    })
}

/// "Go on" for ever, a second apart.
fn endless_continue(
    mut stream: TcpStream,
    clock: Clock,
    sent: Rc<Cell<usize>>,
) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async move {
        let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
        while stream.write_all(go_on).await.is_ok() && is_waited_for(&mut stream, &clock).await {
            sent.set(sent.get() + 1);
        }
    })
}

/// Counts who comes.
fn nobody_should_come(
    _stream: TcpStream,
    _clock: Clock,
    came: Rc<Cell<usize>>,
) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
    came.set(came.get() + 1);
    Box::pin(async {})
}

/// The sentence of an agent whose SQS answers so.
async fn told(desk: &mut Desk, answer: Answer) -> (String, usize) {
    let (url, counted) = server(&desk.clock, answer).await;
    desk.access.queue = deskbeat::aws::QueueChoice::Url(desk.sandbox.queue_url());
    desk.access.sqs_endpoint = Some(url);
    desk.start();
    let view = desk.shows(|view| view.state == State::NeedsAttention).await;
    (view.sentence.to_string(), counted.get())
}

#[test]
fn chunks_without_an_end_are_not_taken_in() {
    play(async |desk| {
        let (sentence, sent) = told(desk, endless_chunks).await;
        let calls = desk.logged("the queue cannot be read").len();
        assert!(calls > 0 && !desk.logged("longer than 8 MB").is_empty());
        // What the system's buffers hold comes on top, for each call.
        assert!(sent < 20 * (32 << 20), "{sent} bytes were taken");
        row("14-endless-answer", "an answer of SQS or Step Functions without an end")
            .shown(&sentence)
            .logged("DB-603", &desk.logged("DB-603"))
            .recovered("each call is given up after 8 MB")
            .kept();
    });
}

#[test]
fn an_answer_that_comes_byte_by_byte_is_given_up() {
    for answer in [drop_by_drop, endless_continue] {
        play(async |desk| {
            let (sentence, sent) = told(desk, answer).await;
            assert!(sentence.contains("network"), "{sentence}");
            assert!(sent < 200, "{sent}");
            assert!(desk.seconds() < 150.0, "{} s", desk.seconds());
        });
    }
}

#[test]
fn a_metadata_service_that_comes_byte_by_byte_is_given_up() {
    for answer in [drop_by_drop, endless_continue, endless_chunks] {
        play(async |desk| {
            let (url, _) = server(&desk.clock, answer).await;
            desk.access.imds_endpoint = url;
            desk.start();
            let view = desk.shows(|view| view.state == State::NeedsAttention).await;
            assert!(view.sentence.contains("metadata"), "{}", view.sentence);
        });
    }
}

#[test]
fn nobody_is_followed_elsewhere() {
    for status in ["301 Moved Permanently", "307 Temporary Redirect", "308 Permanent Redirect"] {
        play(async |desk| {
            let (elsewhere, came) = server(&desk.clock, nobody_should_come).await;
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::task::spawn_local(async move {
                loop {
                    let (mut stream, _) = listener.accept().await.unwrap();
                    let mut request = [0; 16_384];
                    let _gone = stream.read(&mut request).await;
                    let answer = format!(
                        "HTTP/1.1 {status}\r\nlocation: {elsewhere}/\r\nconnection: close\r\n\
                         content-length: 0\r\n\r\n"
                    );
                    let _gone = stream.write_all(answer.as_bytes()).await;
                }
            });
            desk.access.sfn_endpoint = Some(format!("http://{address}"));
            desk.access.imds_endpoint = desk.sandbox.imds_url();
            desk.start();
            desk.workflow();
            let view = desk.shows(|view| view.failures > 2).await;
            assert_ne!(view.state, State::Active, "{status}");
            assert_eq!(came.get(), 0, "{status}: the token went elsewhere");
        });
    }
}
