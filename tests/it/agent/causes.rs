//! What stands between this computer and AWS is named, with what to do, and nothing is called faulty
//! that only takes its time.

use deskbeat::aws::surroundings::Surroundings;
use deskbeat::sandbox::{Action, Extent, Fault, Service};
use deskbeat::session::State;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::desk::{Desk, play};
use super::front::{CERTIFICATE, CERTIFICATE_OVER, Front, trusting};
use crate::faults::row;

const PAGE: &str = "<html><body>This site is blocked. Sign in to go on.</body></html>";

/// Something that answers every request so, whatever it is asked; its address.
async fn answering(head: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::task::spawn_local(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::task::spawn_local(async move {
                let mut request = [0; 16_384];
                // One read holds the whole of a request as small as ours; who has gone needs no answer.
                let _gone = stream.read(&mut request).await;
                let length = PAGE.len();
                let answer = format!(
                    "HTTP/1.1 {head}\r\ncontent-type: text/html\r\nconnection: close\r\n\
                     content-length: {length}\r\n\r\n{PAGE}"
                );
                let _gone = stream.write_all(answer.as_bytes()).await;
                let _gone = stream.shutdown().await;
            });
        }
    });
    format!("http://{address}")
}

/// An agent whose queue cannot be read for the reason that `set` makes: told in status and log.
fn queue_is_told(
    (name, fault): (&'static str, &'static str),
    set: impl AsyncFnOnce(&mut Desk),
    word: &str,
    code: &str,
) {
    play(async |desk| {
        // Step Functions' and SQS's way are the same; the queue's needs no session.
        let url = desk.sandbox.queue_url();
        desk.access.queue = deskbeat::aws::QueueChoice::Url(url);
        set(desk).await;
        desk.start();
        let view = desk.shows(|view| view.state == State::NeedsAttention).await;
        assert!(view.sentence.contains(word), "{} {:?}", view.sentence, view.last_error);
        assert!(!view.sentence.ends_with('…'), "{}", view.sentence);
        assert!(!desk.logged(code).is_empty(), "{code}: {:?}", desk.logged("DB-603"));
        row(name, fault).shown(&view.sentence).logged("DB-603", &desk.logged(code)).kept();
    });
}

#[test]
fn a_page_that_blocks() {
    for head in ["403 Forbidden", "200 OK", "302 Found"] {
        queue_is_told(
            ("05-page", "a sign-in or block page answers in AWS's place"),
            async |desk| desk.access.sqs_endpoint = Some(answering(head).await),
            "sign-in or block page",
            "NotFromAws",
        );
    }
}

#[test]
fn a_connection_that_is_refused() {
    queue_is_told(
        ("05-refused", "a firewall or a wrong endpoint refuses the connection"),
        async |desk| desk.sandbox.unplug(Service::Sqs).await,
        "is refused",
        "ConnectionRefused",
    );
}

#[test]
fn a_name_that_cannot_be_looked_up() {
    // No resolver knows the first (RFC 6761), and the second is longer than a label may be.
    for name in ["https://sqs.invalid".to_owned(), format!("https://{}.aws", "sqs".repeat(30))] {
        let set = async |desk: &mut Desk| desk.access.sqs_endpoint = Some(name);
        queue_is_told(("05-name", "AWS's name cannot be looked up"), set, "DNS", "NameNotFound");
    }
}

#[test]
fn a_metadata_service_that_is_there_over_ipv6_only() {
    play(async |desk| {
        // A computer without IPv6 cannot show it.
        let Ok(listener) = TcpListener::bind("[::1]:0").await else { return };
        desk.access.imds_endpoint = format!("http://{}", listener.local_addr().unwrap());
        let behind = desk.sandbox.imds_url().replace("http://", "");
        tokio::task::spawn_local(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut imds = tokio::net::TcpStream::connect(&behind).await.unwrap();
                tokio::task::spawn_local(async move {
                    // Whoever ends first ends the other.
                    let _ended = tokio::io::copy_bidirectional(&mut stream, &mut imds).await;
                });
            }
        });
        desk.active().await;
    });
}

/// Sets a front with this certificate before SQS.
async fn front(desk: &mut Desk, certificate: &[u8]) {
    let front = Front::before(&desk.sandbox.sqs_url(), "h2", certificate, &desk.clock).await;
    desk.access.sqs_endpoint = Some(front.url());
}

#[test]
fn a_certificate_that_nobody_knows() {
    let set = async |desk: &mut Desk| front(desk, CERTIFICATE).await;
    queue_is_told(
        ("05-certificate", "a certificate that nobody knows answers for AWS"),
        set,
        "AWS_CA_BUNDLE",
        "UnknownCertificate",
    );
}

#[test]
fn a_certificate_of_another_time() {
    let set = async |desk: &mut Desk| {
        front(desk, CERTIFICATE_OVER).await;
        desk.access.surroundings = trusting();
    };
    queue_is_told(
        ("05-certificate-time", "AWS's certificate is not valid by this clock"),
        set,
        "set the clock",
        "CertificateTime",
    );
}

#[test]
fn a_proxy_that_refuses() {
    for (head, word, code, (name, fault)) in [
        (
            "407 Proxy Authentication Required",
            "sign-in (407)",
            "ProxySignIn",
            ("05-proxy-sign-in", "the proxy of HTTPS_PROXY wants a sign-in"),
        ),
        (
            "403 Forbidden",
            "does not let AWS through",
            "ProxyRefuses",
            ("05-proxy", "the proxy of HTTPS_PROXY refuses"),
        ),
    ] {
        let set = async |desk: &mut Desk| {
            let proxy = answering(head).await;
            desk.access.sqs_endpoint = None;
            desk.access.surroundings =
                Surroundings::read(|name| (name == "HTTPS_PROXY").then(|| proxy.clone()));
        };
        queue_is_told((name, fault), set, word, code);
    }
}

#[test]
fn something_else_than_imds() {
    for head in ["404 Not Found", "200 OK"] {
        play(async |desk| {
            desk.access.imds_endpoint = answering(head).await;
            desk.start();
            let view = desk.shows(|view| view.state == State::NeedsAttention).await;
            assert!(view.sentence.contains("no IMDSv2"), "{head}: {}", view.sentence);
            let (name, fault) = match head {
                "200 OK" => ("05-imds-page", "a page answers at IMDS's address"),
                _ => ("05-imds-404", "something answers 404 for IMDS's token"),
            };
            row(name, fault).shown(&view.sentence).logged("DB-501", &desk.logged("DB-501")).kept();
        });
    }
}

#[test]
fn a_slow_start_is_not_called_faulty() {
    play(async |desk| {
        // The region is known, the key is late, and the queue has to be asked for.
        let late = Fault::Latency(Duration::from_millis(1500));
        desk.sandbox.fault(Action::ImdsCredentials, late, Extent::Times(2));
        desk.start();
        desk.shows(|view| view.sentence.starts_with("Waiting for a session")).await;
        assert_eq!(desk.logged("DB-501"), [] as [String; 0]);
    });
    play(async |desk| {
        // The network comes up two seconds after the agent.
        desk.sandbox.fault(Service::Imds, Fault::Drop, Extent::For(Duration::from_secs(2)));
        desk.start();
        desk.shows(|view| view.sentence.starts_with("Waiting for a session")).await;
        assert_eq!(desk.logged("DB-501"), [] as [String; 0]);
    });
}
