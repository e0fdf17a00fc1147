//! A sandbox on a simulated clock, and two kinds of callers: raw HTTP and the SDK's clients.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use deskbeat::clock::Clock;
use deskbeat::sandbox::{IssuedKey, Options, Sandbox};
use deskbeat::session::interface::time::{between, later};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;

/// Longer than any wait that a test lets a caller have.
const PATIENCE: Duration = Duration::from_secs(3600);

#[derive(Clone)]
pub struct Stage {
    pub clock: Clock,
    pub sandbox: Sandbox,
    start: Timestamp,
}

/// What a raw call got.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Runs a story on a simulated clock that goes as fast as the work allows.
pub fn play(options: Options, story: impl AsyncFnOnce(Stage)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let start = "2026-11-24T09:00:00Z".parse().unwrap();
        let (clock, driver) = Clock::simulated(start, None);
        let sandbox = Sandbox::start(clock.clone(), options).await.unwrap();
        tokio::task::spawn_local(driver.run());
        story(Stage { clock, sandbox, start }).await;
    });
}

impl Stage {
    /// Seconds since the story began.
    pub fn seconds(&self) -> u64 {
        self.clock.now().mono.since_start().as_secs()
    }

    /// The time of day so long after the beginning.
    pub fn at(&self, seconds: u64) -> Timestamp {
        later(self.start, Duration::from_secs(seconds))
    }

    pub async fn sleep(&self, seconds: u64) {
        self.clock.sleep(Duration::from_secs(seconds)).await;
    }

    /// Waits for a call, as the agent does: the clock stands still unless the sandbox makes it wait.
    pub async fn call<T>(&self, work: impl Future<Output = T>) -> T {
        self.clock.call(PATIENCE, work).await.unwrap()
    }

    /// A raw request on a connection of its own.
    pub async fn http(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Reply, String> {
        self.call(raw(method, url, headers, body)).await
    }

    /// A raw JSON call, signed (but for the signature) with the current key.
    pub async fn json(&self, url: &str, target: &str, body: &str) -> Reply {
        let key = self.key();
        let now = self.clock.now().wall;
        let headers =
            signed(&key, target, &now.strftime("%Y%m%dT%H%M%SZ").to_string(), "eu-west-1");
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.http("POST", url, &headers, body).await.unwrap()
    }

    pub fn key(&self) -> IssuedKey {
        self.sandbox.current_key().unwrap()
    }

    fn config(&self, key: &IssuedKey, ahead: i64) -> aws_types::sdk_config::Builder {
        let credentials = Credentials::new(
            &key.access_key_id,
            &key.secret_access_key,
            Some(key.session_token.clone()),
            None,
            "test",
        );
        SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SharedTimeSource::new(Watch(self.clock.clone(), ahead)))
            .retry_config(RetryConfig::disabled())
    }

    /// The SDK's own provider of IMDS credentials.
    pub fn imds_provider(&self) -> aws_config::imds::credentials::ImdsCredentialsProvider {
        let config = aws_config::provider_config::ProviderConfig::without_region()
            .with_http_client(aws_smithy_http_client::Builder::new().build_http())
            .with_sleep_impl(TokioSleep::new())
            .with_time_source(Watch(self.clock.clone(), 0));
        let client = aws_config::imds::Client::builder()
            .configure(&config)
            .endpoint(self.sandbox.imds_url())
            .unwrap()
            .build();
        aws_config::imds::credentials::ImdsCredentialsProvider::builder()
            .configure(&config)
            .imds_client(client)
            .build()
    }

    /// The SDK's Step Functions client, with the current key.
    pub fn sfn(&self) -> aws_sdk_sfn::Client {
        self.sfn_with(&self.key(), 0)
    }

    /// The same with another key and a watch that is so many seconds ahead.
    pub fn sfn_with(&self, key: &IssuedKey, ahead: i64) -> aws_sdk_sfn::Client {
        let config = self.config(key, ahead).endpoint_url(self.sandbox.sfn_url()).build();
        aws_sdk_sfn::Client::new(&config)
    }

    /// The SDK's SQS client, with the current key.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        self.sqs_with(&self.key())
    }

    /// The same with another key.
    pub fn sqs_with(&self, key: &IssuedKey) -> aws_sdk_sqs::Client {
        let config = self.config(key, 0).endpoint_url(self.sandbox.sqs_url()).build();
        aws_sdk_sqs::Client::new(&config)
    }
}

/// The headers that a service looks at to know who calls.
pub fn signed(
    key: &IssuedKey,
    target: &str,
    date: &str,
    region: &str,
) -> Vec<(&'static str, String)> {
    let service = if target.starts_with("AmazonSQS") { "sqs" } else { "states" };
    let (id, day) = (&key.access_key_id, &date[..8]);
    let credential = format!("{id}/{day}/{region}/{service}/aws4_request");
    vec![
        ("content-type", "application/x-amz-json-1.0".into()),
        ("x-amz-target", target.into()),
        ("x-amz-date", date.into()),
        ("x-amz-security-token", key.session_token.clone()),
        (
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=00ff"),
        ),
    ]
}

async fn raw(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Reply, String> {
    let (host, path) = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap_or((url.strip_prefix("http://").unwrap(), ""));
    let stream = tokio::net::TcpStream::connect(host).await.map_err(|err| err.to_string())?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    let talking = tokio::task::spawn_local(connection);
    let _hang_up = HangUp(talking);
    let mut request =
        Request::builder().method(method).uri(format!("/{path}")).header("host", host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
    let response = sender.send_request(request).await.map_err(|err| err.to_string())?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|err| err.to_string())?.to_bytes().to_vec();
    Ok(Reply { status: head.status.as_u16(), headers: head.headers, body })
}

/// Closes the connection with the call.
struct HangUp(tokio::task::JoinHandle<hyper::Result<()>>);

impl Drop for HangUp {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The SDK's time: the sandbox's, or so many seconds ahead of it.
#[derive(Debug)]
struct Watch(Clock, i64);

impl TimeSource for Watch {
    fn now(&self) -> SystemTime {
        let since = between(Timestamp::UNIX_EPOCH, self.0.now().wall);
        let now = SystemTime::UNIX_EPOCH + since;
        let by = Duration::from_secs(self.1.unsigned_abs());
        if self.1 < 0 { now - by } else { now + by }
    }
}
