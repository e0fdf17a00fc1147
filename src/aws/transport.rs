//! How calls reach a service: connections that are given up after one unanswered call, answers that
//! have an end, the proxy and the certificates that the computer's owner set, and the service's clock.
//!
//! Knows HTTP, not what a call means. IMDS is not reached through here, and never through a proxy.

use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::surroundings::Surroundings;
use crate::session::Event;

/// The longest answer that is read, in bytes: ten messages of SQS at their largest and their JSON
/// are below it.
pub(super) const MAX_ANSWER_BYTES: u64 = 8 << 20;

/// The way to one service. Clones share the connections.
#[derive(Clone, Debug)]
pub(super) struct Transport(Arc<SharedWay>);

#[derive(Debug)]
struct SharedWay {
    /// On this computer: without TLS and without a proxy.
    plain: bool,
    surroundings: Surroundings,
    connections: Mutex<Connections>,
    clock: AnswerDates,
}

/// The connections in use, and how often they were given up.
#[derive(Debug)]
struct Connections {
    client: SharedHttpClient,
    generation: u64,
}

impl Transport {
    /// The way to `endpoint`, or to the service's own where there is none.
    pub(super) fn new(
        endpoint: Option<&str>,
        surroundings: &Surroundings,
        clock: &AnswerDates,
    ) -> Self {
        // A test server on this computer: the system's certificates need not be read for it.
        let plain = endpoint.is_some_and(|url| url.starts_with("http://"));
        let client = connect(plain, surroundings);
        Self(Arc::new(SharedWay {
            plain,
            surroundings: surroundings.clone(),
            connections: Mutex::new(Connections { client, generation: 0 }),
            clock: clock.clone(),
        }))
    }

    /// Lets every further call make a connection of its own; calls under way keep theirs.
    pub(super) fn connect_anew(&self) {
        let mut held = self.0.connections.lock().unwrap_or_else(PoisonError::into_inner);
        held.client = connect(self.0.plain, &self.0.surroundings);
        held.generation += 1;
    }

    /// As the SDK wants to see it.
    pub(super) fn shared(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }
}

fn connect(plain: bool, surroundings: &Surroundings) -> SharedHttpClient {
    if plain {
        return Builder::new().build_http();
    }
    let surroundings = surroundings.clone();
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut trusted = TrustStore::default();
        if let Some(bundle) = surroundings.certificates() {
            trusted = trusted.with_pem_certificate(bundle);
        }
        let trusted = TlsContext::builder().with_trust_store(trusted).build();
        let mut connector =
            Connector::builder().tls_provider(tls::Provider::Rustls(CryptoMode::Ring));
        if let Ok(trusted) = trusted {
            connector = connector.tls_context(trusted);
        }
        connector.set_proxy_config(Some(surroundings.proxy()));
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.build()
    })
}

impl HttpClient for Transport {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let held = self.0.connections.lock().unwrap_or_else(PoisonError::into_inner);
        SharedHttpConnector::new(Way {
            connector: held.client.http_connector(settings, components),
            generation: held.generation,
            transport: self.clone(),
        })
    }
}

/// One call's way.
#[derive(Debug)]
struct Way {
    connector: SharedHttpConnector,
    generation: u64,
    transport: Transport,
}

impl HttpConnector for Way {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let unanswered =
            Unanswered { transport: self.transport.clone(), generation: self.generation };
        let answer = self.connector.call(request);
        HttpConnectorFuture::new(async move {
            // Given up by its caller, or broken: dropping `unanswered` gives the connection up.
            let mut answer = answer.await?;
            // A page of something in between has a clock of its own.
            if answer.headers().get("x-amzn-requestid").is_some()
                && let Some(date) = answer.headers().get("date")
            {
                unanswered.transport.0.clock.tell(date);
            }
            let inner = std::mem::replace(answer.body_mut(), SdkBody::taken());
            let unanswered = if inner.is_end_stream() {
                unanswered.answered();
                None
            } else {
                Some(unanswered)
            };
            let bounded = Bounded { inner, left: MAX_ANSWER_BYTES, unanswered };
            *answer.body_mut() = SdkBody::from_body_1_x(bounded);
            Ok(answer)
        })
    }
}

/// A call without the whole of its answer. Dropped so, its connection is not used again: with HTTP/2
/// a connection that went silent would be used for ever.
#[derive(Debug)]
struct Unanswered {
    transport: Transport,
    generation: u64,
}

impl Unanswered {
    fn answered(mut self) {
        // Of a generation that never is: nothing is given up.
        self.generation = u64::MAX;
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        let held = self.transport.0.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let still_used = held.generation == self.generation;
        drop(held);
        if still_used {
            self.transport.connect_anew();
        }
    }
}

/// A body that ends in an error where it gets longer than any answer of AWS is.
#[derive(Debug)]
struct Bounded {
    inner: SdkBody,
    left: u64,
    unanswered: Option<Unanswered>,
}

impl Bounded {
    /// The answer has come to its end: the connection is good for another.
    fn is_whole(&mut self) {
        if let Some(unanswered) = self.unanswered.take() {
            unanswered.answered();
        }
    }
}

/// An answer longer than [`MAX_ANSWER_BYTES`].
#[derive(Debug, thiserror::Error)]
#[error("the answer is longer than {} MB", MAX_ANSWER_BYTES >> 20)]
struct TooLong;

impl Body for Bounded {
    type Data = Bytes;
    type Error = aws_smithy_types::body::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(frame) => frame,
            Poll::Pending => return Poll::Pending,
        };
        let bytes = match &frame {
            Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len) as u64,
            Some(Err(_)) => 0,
            None => {
                self.is_whole();
                0
            }
        };
        match self.left.checked_sub(bytes) {
            Some(left) => self.left = left,
            None => return Poll::Ready(Some(Err(TooLong.into()))),
        }
        if self.inner.is_end_stream() && !matches!(frame, Some(Err(_))) {
            self.is_whole();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        Body::size_hint(&self.inner)
    }
}

/// The services' clock, as the `Date` of each answer says. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct AnswerDates(Arc<ServiceTimes>);

#[derive(Debug, Default)]
struct ServiceTimes {
    listener: OnceLock<mpsc::UnboundedSender<Event>>,
    last: Mutex<Option<Timestamp>>,
}

impl AnswerDates {
    /// Reports each date to `events` from now on.
    pub(super) fn report_to(&self, events: mpsc::UnboundedSender<Event>) {
        // There is one agent; a second listener is a test's, and hears nothing.
        let _already_reporting = self.0.listener.set(events);
    }

    /// The date of the last answer.
    pub fn last(&self) -> Option<Timestamp> {
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer had this `Date`.
    pub(super) fn tell(&self, date: &str) {
        let Ok(at) = jiff::fmt::rfc2822::parse(date) else { return };
        let at = at.timestamp();
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
        if let Some(events) = self.0.listener.get() {
            let _agent_gone = events.send(Event::ServiceTime { at });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::super::clients::HeldKey;
    use super::super::secrets::Secrets;
    use super::super::{Access, Callbacks, Clients};
    use super::*;
    use crate::clock::Clock;
    use crate::session::{Barrier, FailureKind, TaskToken};

    const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\n\
                        x-amzn-requestid: r-1\r\ndate: Thu, 26 Nov 2026 09:00:00 GMT\r\n";

    /// Reads one request with its body.
    async fn request(stream: &mut TcpStream) -> bool {
        let mut read = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let text = String::from_utf8_lossy(&read).to_ascii_lowercase();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.split("content-length: ").nth(1).unwrap_or("0");
                let length: usize = length.lines().next().unwrap().trim().parse().unwrap();
                if body.len() >= length {
                    return true;
                }
            }
            match stream.read(&mut buffer).await {
                Ok(count @ 1..) => read.extend_from_slice(&buffer[..count]),
                Ok(0) | Err(_) => return false,
            }
        }
    }

    async fn callbacks(listener: &TcpListener) -> (Callbacks, HeldKey) {
        callbacks_at(listener, Clock::system()).await
    }

    async fn callbacks_at(listener: &TcpListener, clock: Clock) -> (Callbacks, HeldKey) {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let access = Access::at(&url);
        let key = HeldKey::new(Secrets::default());
        key.put(aws_credential_types::Credentials::new("AKIA", "secret", None, None, "test"));
        (Callbacks::new(&Clients::new(&access, "eu-west-1", &clock, &key), clock), key)
    }

    fn run(story: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        tokio::task::LocalSet::new().block_on(&runtime, story);
    }

    #[test]
    fn a_connection_that_goes_silent_is_given_up_within_the_beat() {
        run(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let (callbacks, key) = callbacks(&listener).await;
            tokio::task::spawn_local(async move {
                // The first connection answers once and is then silent; every other one answers.
                for number in 0.. {
                    let (mut stream, _) = listener.accept().await.unwrap();
                    tokio::task::spawn_local(async move {
                        let mut answered = 0;
                        while request(&mut stream).await {
                            if number == 0 && answered == 1 {
                                std::future::pending::<()>().await;
                            }
                            let answer = format!("{HEAD}content-length: 2\r\n\r\n{{}}");
                            stream.write_all(answer.as_bytes()).await.unwrap();
                            answered += 1;
                        }
                    });
                }
            });
            let token = TaskToken::new("AQCEAAAAKgAAAAMAAAAAtoken").unwrap();
            callbacks.beat(&token, Duration::from_secs(10)).await.unwrap();
            assert_eq!(key.service_clock().last(), Some("2026-11-26T09:00:00Z".parse().unwrap()));
            // Silent now; the same beat gets through over another connection.
            callbacks.beat(&token, Duration::from_millis(800)).await.unwrap();
            let verdict = crate::session::TaskResult::Success("{}".into());
            let closed = callbacks.close(&token, verdict, Duration::from_secs(3)).await;
            assert_eq!(closed, Ok(Some("r-1".into())));
        });
    }

    #[test]
    fn packets_that_are_dropped_are_told_from_a_refusal() {
        run(async {
            // Its queue of connections is full: whatever comes is dropped by the system.
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
            let listener = socket.listen(0).unwrap();
            let address = listener.local_addr().unwrap();
            let mut filling = Vec::new();
            for _ in 0..8 {
                let connect = TcpStream::connect(address);
                filling.push(tokio::time::timeout(Duration::from_millis(50), connect).await);
            }
            let (clock, driver) = Clock::simulated(Timestamp::UNIX_EPOCH, None);
            tokio::task::spawn_local(driver.run());
            let (callbacks, _key) = callbacks_at(&listener, clock.clone()).await;
            let token = TaskToken::new("AQCEAAAAKgAAAAMAAAAAtoken").unwrap();
            // Who keeps this caller waiting is no server that could park it.
            let waiting = clock.park(Duration::from_secs(60));
            let failure = tokio::select! {
                failure = callbacks.beat(&token, Duration::from_secs(12)) => failure.unwrap_err(),
                () = waiting => panic!("no limit"),
            };
            assert_eq!(failure.kind, FailureKind::Blocked(Barrier::Swallowed), "{failure}");
            drop(listener);
            let failure = callbacks.beat(&token, Duration::from_secs(12)).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Blocked(Barrier::Refused), "{failure}");
        });
    }

    #[test]
    fn an_answer_without_an_end_is_not_taken_in() {
        run(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let (callbacks, _key) = callbacks(&listener).await;
            let sent = std::rc::Rc::new(std::cell::Cell::new(0u64));
            let sending = sent.clone();
            tokio::task::spawn_local(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                assert!(request(&mut stream).await);
                let head = format!("{HEAD}content-length: 300000000\r\n\r\n");
                stream.write_all(head.as_bytes()).await.unwrap();
                let part = vec![b' '; 1 << 16];
                while stream.write_all(&part).await.is_ok() {
                    sending.set(sending.get() + part.len() as u64);
                }
            });
            let token = TaskToken::new("AQCEAAAAKgAAAAMAAAAAtoken").unwrap();
            let failure = callbacks.beat(&token, Duration::from_secs(30)).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Unreachable, "{failure}");
            assert!(failure.message.contains("longer than 8 MB"), "{failure}");
            // What the system's buffers hold comes on top.
            assert!(sent.get() < 4 * MAX_ANSWER_BYTES, "{} bytes were taken", sent.get());
        });
    }
}
