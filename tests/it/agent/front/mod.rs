//! The embedded AWS behind TLS and, where the caller offers it, HTTP/2, as AWS itself is: a front that
//! can go silent on the connections that it has, or close its side of them.
//!
//! Its certificate is of a test CA, valid from 2020 to 2120 (`over.pem`: until 2021).

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::net::{Shutdown, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use deskbeat::aws::surroundings::Surroundings;
use deskbeat::clock::Clock;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1 as client;
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A certificate for 127.0.0.1 that the test CA signed.
pub const CERTIFICATE: &[u8] = include_bytes!("leaf.pem");
/// The same, but over since 2021.
pub const CERTIFICATE_OVER: &[u8] = include_bytes!("over.pem");
const KEY: &[u8] = include_bytes!("key.pem");

/// What becomes of the connections that are open at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing comes back any more, and nothing says so.
    Silent,
    /// The service closes its side and reads no more; ours stays open.
    HalfClosed,
}

/// The front of one service. It serves until the runtime ends.
#[derive(Clone)]
pub struct Front(Rc<FrontState>);

struct FrontState {
    clock: Clock,
    behind: SocketAddr,
    address: SocketAddr,
    protocol: &'static [u8],
    accepted: Cell<usize>,
    /// Connections below this number have met their fate.
    lost: Cell<usize>,
    fate: Cell<Fate>,
    sockets: RefCell<Vec<std::net::TcpStream>>,
    changed: tokio::sync::watch::Sender<()>,
}

/// This computer's surroundings with the test CA in AWS_CA_BUNDLE.
pub fn trusting() -> Surroundings {
    let bundle = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/agent/front/ca.pem");
    Surroundings::read(|name| (name == "AWS_CA_BUNDLE").then(|| bundle.to_owned()))
}

impl Front {
    /// A front that speaks `protocol` (`h2` or `http/1.1`) before the service at `url`.
    pub async fn before(
        url: &str,
        protocol: &'static str,
        certificate: &[u8],
        clock: &Clock,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let front = Self(Rc::new(FrontState {
            clock: clock.clone(),
            behind: url.strip_prefix("http://").unwrap().parse().unwrap(),
            address: listener.local_addr().unwrap(),
            protocol: protocol.as_bytes(),
            accepted: Cell::new(0),
            lost: Cell::new(0),
            fate: Cell::new(Fate::Silent),
            sockets: RefCell::default(),
            changed: tokio::sync::watch::Sender::new(()),
        }));
        let certificate = CertificateDer::from_pem_slice(certificate).unwrap();
        let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
        let config = config.unwrap().with_no_client_auth().with_single_cert(vec![certificate], key);
        let mut config = config.unwrap();
        config.alpn_protocols = vec![front.0.protocol.to_vec()];
        let (acceptor, accepting) = (TlsAcceptor::from(Arc::new(config)), front.clone());
        tokio::task::spawn_local(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::task::spawn_local(accepting.clone().serve(acceptor.clone(), stream));
            }
        });
        front
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.0.address)
    }

    /// From now on this is the fate of every connection that is open; later ones are good.
    pub fn lose(&self, fate: Fate) {
        self.0.fate.set(fate);
        self.0.lost.set(self.0.accepted.get());
        if fate == Fate::HalfClosed {
            for socket in &*self.0.sockets.borrow() {
                // One that its caller has closed already is not open.
                let _closed = socket.shutdown(Shutdown::Write);
            }
        }
        self.0.changed.send_replace(());
    }

    /// Connections whose TLS came about.
    pub fn accepted(&self) -> usize {
        self.0.accepted.get()
    }

    async fn serve(self, acceptor: TlsAcceptor, stream: TcpStream) {
        // The socket outlives whoever serves it: to close one side is not to close it.
        let socket = stream.into_std().unwrap();
        let stream = TcpStream::from_std(socket.try_clone().unwrap()).unwrap();
        let Ok(stream) = acceptor.accept(stream).await else { return };
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(self.0.protocol));
        let number = self.0.accepted.replace(self.0.accepted.get() + 1);
        self.0.sockets.borrow_mut().push(socket);
        let front = self.clone();
        let answering = service_fn(move |request| front.clone().respond(number, request));
        let stream = TokioIo::new(stream);
        let mut changed = self.0.changed.subscribe();
        let half_closed = changed
            .wait_for(|()| self.0.fate.get() == Fate::HalfClosed && number < self.0.lost.get());
        let serving = async {
            // A connection that breaks is its caller's doing.
            if self.0.protocol == b"h2" {
                let connection = http2::Builder::new(Beside).serve_connection(stream, answering);
                let _broken = connection.await;
            } else {
                let _broken = http1::Builder::new().serve_connection(stream, answering).await;
            }
        };
        tokio::select! {
            () = serving => {}
            _ = half_closed => {}
        }
    }

    async fn respond(
        self,
        number: usize,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let mut changed = self.0.changed.subscribe();
        let silenced = changed.wait_for(|()| number < self.0.lost.get());
        let answer = tokio::select! {
            biased;
            _ = silenced => None,
            answer = self.forward(request) => Some(answer),
        };
        match answer {
            Some(answer) => Ok(answer),
            // Until the caller goes, with which this is dropped.
            None => loop {
                self.0.clock.park(Duration::from_secs(86_400)).await;
            },
        }
    }

    async fn forward(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let stream = TcpStream::connect(self.0.behind).await.unwrap();
        let (mut sender, connection) = client::handshake(TokioIo::new(stream)).await.unwrap();
        let exchange = async {
            let (head, body) = request.into_parts();
            let mut inner = Request::post(head.uri.path());
            *inner.headers_mut().unwrap() = head.headers;
            let host = head.uri.host().map(|_| self.0.address.to_string());
            if let Some(host) = host {
                inner = inner.header("host", host);
            }
            let body = Full::new(body.collect().await.unwrap().to_bytes());
            let (head, body) =
                sender.send_request(inner.body(body).unwrap()).await.unwrap().into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let mut answer = Response::new(Full::new(body));
            *answer.status_mut() = head.status;
            *answer.headers_mut() = head.headers;
            // Words of one HTTP/1.1 connection.
            for name in ["connection", "transfer-encoding", "content-length"] {
                answer.headers_mut().remove(name);
            }
            answer
        };
        tokio::pin!(connection, exchange);
        tokio::select! {
            biased;
            answer = &mut exchange => answer,
            _ended = &mut connection => exchange.await,
        }
    }
}

/// Runs what HTTP/2 needs beside the connection on the same thread.
#[derive(Clone, Copy)]
struct Beside;

impl<F: Future<Output = ()> + 'static> Executor<F> for Beside {
    fn execute(&self, work: F) {
        tokio::task::spawn_local(work);
    }
}
