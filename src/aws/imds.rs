//! The instance metadata service, version 2 only.
//!
//! Typed questions, one connection each (IMDS is one hop away, and no stale connection can hang a
//! question). Keeps the IMDSv2 session token, which is neither the task token nor the credentials.

use std::cell::RefCell;
use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde::Deserialize;
use tokio::net::TcpStream;

use super::regions;
use super::secrets::Secrets;
use crate::clock::Clock;
use crate::session::Mono;
use crate::session::words::said::{Said, said};
use crate::session::words::text::Text;

/// The longest life of an IMDSv2 session token. Source: EC2 guide, "Use IMDSv2".
const TOKEN_TTL: Duration = Duration::from_secs(21_600);
/// A token this near to its end is not used for a new question.
const TOKEN_SPARE: Duration = Duration::from_secs(60);
/// One question, with its connection. IMDS answers within milliseconds or is in trouble.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest name, and the longest text, of IMDS that is shown.
const MAX_WORD_CHARS: usize = 128;
const MAX_TEXT_CHARS: usize = 400;
/// No document of IMDS comes near this.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// Why a question was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImdsError {
    /// The endpoint is not one we can connect to.
    BadEndpoint(String),
    /// No connection, or it broke.
    Unreachable(String),
    /// Connected, but no answer in time. With the token question this is what a hop limit of 1 looks like.
    Silent(Duration),
    /// 403: switched off for this instance.
    SwitchedOff,
    /// 401, even with a new session token.
    TokenRefused,
    /// 404: there is no such thing now. For most paths this is a normal answer.
    NotFound(String),
    /// What answers hands out no session token: it is no IMDS, or a very old one.
    NoToken(String),
    /// Another status.
    Status(u16, String),
    /// An answer that makes no sense.
    Unusable(String, String),
}

impl std::error::Error for ImdsError {}

impl std::fmt::Display for ImdsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Text::from(self.said()).fmt(f)
    }
}

impl ImdsError {
    /// The same for the user, as a part of a sentence.
    pub(crate) fn said(&self) -> Said {
        match self {
            ImdsError::BadEndpoint(endpoint) => said!("metadata-endpoint", endpoint = endpoint),
            ImdsError::Unreachable(why) => said!("metadata-unreachable", why = why),
            ImdsError::Silent(limit) => said!("metadata-silent", limit = *limit),
            ImdsError::SwitchedOff => said!("metadata-off"),
            ImdsError::TokenRefused => said!("metadata-token"),
            ImdsError::NotFound(what) => said!("metadata-missing", what = what),
            ImdsError::NoToken(how) => said!("metadata-foreign", how = how),
            ImdsError::Status(status, what) => {
                said!("metadata-status", status = u64::from(*status), what = what)
            }
            ImdsError::Unusable(what, why) => said!("metadata-unusable", what = what, why = why),
        }
    }
}

/// A client of the metadata service.
#[derive(Debug)]
pub struct Imds {
    clock: Clock,
    authority: String,
    address: String,
    secrets: Secrets,
    token: RefCell<Option<SessionToken>>,
}

struct SessionToken {
    value: String,
    usable_until: Mono,
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SessionToken(until {:?})", self.usable_until)
    }
}

/// Who this machine is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// For example `i-0123456789abcdef0`.
    pub instance_id: String,
    /// For example `eu-west-1`.
    pub region: String,
    /// Twelve digits.
    #[serde(default)]
    pub account_id: Option<String>,
}

/// The role's credentials, as IMDS hands them out.
#[derive(Clone, PartialEq, Eq)]
pub struct RoleCredentials {
    /// The role's name.
    pub role: String,
    /// Shown by its last four characters only.
    pub access_key_id: String,
    /// Secret.
    pub secret_access_key: String,
    /// Secret.
    pub session_token: String,
    /// As AWS says.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for RoleCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RoleCredentials")
            .field("role", &self.role)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// What IMDS says of the role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Its credentials.
    Credentials(RoleCredentials),
    /// No instance profile is attached.
    None,
    /// EC2 could not assume it; its code, for example `AssumeRoleUnauthorizedAccess`, and message.
    Refused {
        /// The role's name.
        role: String,
        /// IMDS's code.
        code: String,
        /// IMDS's message.
        message: String,
    },
}

/// Where the role's name is, and under it its credentials.
const ROLES: &str = "meta-data/iam/security-credentials/";

/// The document under `iam/security-credentials/<role>`; everything but `Code` is absent when EC2
/// could not assume the role.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CredentialDocument {
    code: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    access_key_id: Option<String>,
    #[serde(default)]
    secret_access_key: Option<String>,
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    expiration: Option<String>,
}

impl Imds {
    /// A client of the service at `endpoint`, an http URL.
    pub fn new(clock: Clock, endpoint: &str) -> Result<Self, ImdsError> {
        let bad = || ImdsError::BadEndpoint(endpoint.to_owned());
        let uri: Uri = endpoint.trim_end_matches('/').parse().map_err(|_| bad())?;
        let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http"));
        let authority = authority.ok_or_else(bad)?;
        Ok(Self {
            clock,
            address: format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80)),
            authority: authority.to_string(),
            secrets: Secrets::default(),
            token: RefCell::new(None),
        })
    }

    /// What must not be shown of what this computer holds.
    pub(super) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The instance identity document.
    pub async fn identity(&self) -> Result<Identity, ImdsError> {
        let path = "dynamic/instance-identity/document";
        let Identity { instance_id, region, account_id } =
            self.parse(path, &self.get(path).await?)?;
        // It becomes part of the host's name that task tokens are sent to.
        if !regions::is_region(&region) {
            return Err(ImdsError::Unusable(path.into(), "its region is the name of none".into()));
        }
        let word = |text: String| self.words(&text, MAX_WORD_CHARS);
        Ok(Identity { instance_id: word(instance_id), region, account_id: account_id.map(word) })
    }

    /// The role's credentials.
    pub async fn role(&self) -> Result<Role, ImdsError> {
        let listed = match self.get(ROLES).await {
            Err(ImdsError::NotFound(_)) => return Ok(Role::None),
            other => other?,
        };
        let Some(role) = listed.lines().next().map(str::trim).filter(|role| !role.is_empty())
        else {
            return Ok(Role::None);
        };
        let text = match self.get(&format!("{ROLES}{role}")).await {
            // Taken away between the two questions.
            Err(ImdsError::NotFound(_)) => return Ok(Role::None),
            other => other?,
        };
        Ok(match read_role(&self.words(role, MAX_WORD_CHARS), &text)? {
            Role::Refused { role, code, message } => Role::Refused {
                role,
                code: self.words(&code, MAX_WORD_CHARS),
                message: self.words(&message, MAX_TEXT_CHARS),
            },
            other @ (Role::Credentials(_) | Role::None) => other,
        })
    }

    /// The value of an instance tag, if there is one and the instance allows tags in metadata.
    pub async fn tag(&self, key: &str) -> Result<Option<String>, ImdsError> {
        let value = self.find(&format!("meta-data/tags/instance/{}", encode(key))).await?;
        Ok(value.map(|value| self.words(&value, MAX_TEXT_CHARS)))
    }

    /// `spot`, `on-demand` or another life cycle.
    pub async fn life_cycle(&self) -> Result<Option<String>, ImdsError> {
        let value = self.find("meta-data/instance-life-cycle").await?;
        Ok(value.map(|value| self.words(&value, MAX_WORD_CHARS)))
    }

    /// Words of IMDS as they may be shown: one line of at most so many characters.
    pub(super) fn words(&self, text: &str, max_chars: usize) -> String {
        self.secrets.clean(text, max_chars)
    }

    /// Reads JSON. What is wrong with it is told without control characters; it may quote a little.
    pub(super) fn parse<T: for<'a> Deserialize<'a>>(
        &self,
        path: &str,
        text: &str,
    ) -> Result<T, ImdsError> {
        serde_json::from_str(text).map_err(|error| {
            ImdsError::Unusable(path.into(), self.words(&error.to_string(), MAX_TEXT_CHARS))
        })
    }

    /// The document at `path`, as it came, or `None` where 404 is the normal "nothing".
    pub async fn find(&self, path: &str) -> Result<Option<String>, ImdsError> {
        match self.get(path).await {
            Ok(text) => Ok(Some(text)),
            Err(ImdsError::NotFound(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// The text at `/latest/<path>`. On 401 a new session token is asked for, once.
    async fn get(&self, path: &str) -> Result<String, ImdsError> {
        for fresh in [false, true] {
            let token = self.token(fresh).await?;
            let request =
                Request::get(format!("/latest/{path}")).header("x-aws-ec2-metadata-token", token);
            match self.ask(request, path).await {
                Err(ImdsError::TokenRefused) if !fresh => {}
                answer => return answer,
            }
        }
        Err(ImdsError::TokenRefused)
    }

    /// The session token, a new one if `fresh` or if there is none that lives.
    async fn token(&self, fresh: bool) -> Result<String, ImdsError> {
        let now = self.clock.now().mono;
        if let Some(token) = &*self.token.borrow()
            && !fresh
            && now < token.usable_until
        {
            return Ok(token.value.clone());
        }
        let request = Request::builder()
            .method(Method::PUT)
            .uri("/latest/api/token")
            .header("x-aws-ec2-metadata-token-ttl-seconds", TOKEN_TTL.as_secs());
        let value = match self.ask(request, "api/token").await {
            Err(ImdsError::NotFound(_)) => Err(ImdsError::NoToken("404 for the token".into())),
            Ok(value) if !is_token(&value) => {
                Err(ImdsError::NoToken("no token in its answer".into()))
            }
            other => other,
        }?;
        self.secrets.learn(&value, || "<IMDS token>".into());
        let usable_until = now + (TOKEN_TTL - TOKEN_SPARE);
        self.token.replace(Some(SessionToken { value: value.clone(), usable_until }));
        Ok(value)
    }

    async fn ask(
        &self,
        request: hyper::http::request::Builder,
        path: &str,
    ) -> Result<String, ImdsError> {
        // The role's name is IMDS's own word. To clean it is dear: only where it is shown.
        let shown = || match path.starts_with(ROLES) {
            true => self.words(path, MAX_TEXT_CHARS),
            false => path.to_owned(),
        };
        let request = request
            .header("host", &self.authority)
            .header("accept", "*/*")
            .header("connection", "close")
            .body(Empty::<Bytes>::new())
            .map_err(|error| ImdsError::Unusable(shown(), error.to_string()))?;
        let answer = self.clock.call(QUESTION_TIMEOUT, self.exchange(request, shown)).await;
        let (status, text) = answer.map_err(|elapsed| ImdsError::Silent(elapsed.0))??;
        match status {
            StatusCode::OK => Ok(text),
            StatusCode::UNAUTHORIZED => Err(ImdsError::TokenRefused),
            StatusCode::FORBIDDEN => Err(ImdsError::SwitchedOff),
            StatusCode::NOT_FOUND => Err(ImdsError::NotFound(shown())),
            other => Err(ImdsError::Status(other.as_u16(), shown())),
        }
    }

    async fn exchange(
        &self,
        request: Request<Empty<Bytes>>,
        path: impl Fn() -> String,
    ) -> Result<(StatusCode, String), ImdsError> {
        let broken = |error: &dyn std::error::Error| ImdsError::Unreachable(error.to_string());
        let stream = TcpStream::connect(&self.address).await.map_err(|error| broken(&error))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| broken(&error))?;
        let exchange = async {
            let answer = sender.send_request(request).await.map_err(|error| broken(&error))?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect().await;
            let body = body.map_err(|error| ImdsError::Unreachable(error.to_string()))?.to_bytes();
            let text = String::from_utf8(body.into())
                .map_err(|_| ImdsError::Unusable(path(), "it is not UTF-8".into()))?;
            Ok((status, text))
        };
        // The connection moves only while it is polled. Its end may come before all of the answer
        // was looked at; what went wrong with it, the exchange hears too.
        tokio::pin!(connection, exchange);
        tokio::select! {
            biased;
            answer = &mut exchange => answer,
            _ended = &mut connection => exchange.await,
        }
    }
}

fn read_role(role: &str, text: &str) -> Result<Role, ImdsError> {
    const WHAT: &str = "the role's credentials";
    // serde's own message may quote what it read: name the place only.
    let document: CredentialDocument = serde_json::from_str(text).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        ImdsError::Unusable(WHAT.into(), place)
    })?;
    if document.code != "Success" {
        return Ok(Role::Refused {
            role: role.to_owned(),
            code: document.code,
            message: document.message.unwrap_or_default(),
        });
    }
    let missing = |what: &str| ImdsError::Unusable(WHAT.into(), format!("it has no {what}"));
    let expires_at = document.expiration.ok_or_else(|| missing("Expiration"))?;
    Ok(Role::Credentials(RoleCredentials {
        role: role.to_owned(),
        access_key_id: document.access_key_id.ok_or_else(|| missing("AccessKeyId"))?,
        secret_access_key: document.secret_access_key.ok_or_else(|| missing("SecretAccessKey"))?,
        session_token: document.token.ok_or_else(|| missing("Token"))?,
        expires_at: expires_at.parse().map_err(|_| missing("Expiration that is a time"))?,
    }))
}

/// A session token is one word of base64; a page for people is none.
fn is_token(text: &str) -> bool {
    let of_word = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_.".contains(&byte);
    !text.is_empty() && text.len() <= 1024 && text.bytes().all(of_word)
}

/// Percent-encodes a tag's key for use in a path.
fn encode(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~:".contains(&byte);
    key.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[test]
    fn a_refused_role_is_told_by_its_code() {
        let text = r#"{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role desk"}"#;
        let Role::Refused { role, code, .. } = read_role("desk", text).unwrap() else { panic!() };
        assert_eq!((role.as_str(), code.as_str()), ("desk", "AssumeRoleUnauthorizedAccess"));
    }

    #[test]
    fn a_broken_document_is_told_without_quoting_it() {
        for text in [
            r#"{"Code":"Success","SecretAccessKey":"hush"#,
            r#"{"Code":"Success","SecretAccessKey":"hush"}"#,
            r#"{"Code":"Success","AccessKeyId":"hush","SecretAccessKey":"hush","Token":"hush","Expiration":"soon"}"#,
            "hush",
        ] {
            let said = read_role("desk", text).unwrap_err().to_string();
            assert!(!said.contains("hush"), "{said}");
        }
    }

    /// What a client of IMDS hears of its identity where this is the document.
    fn identity_of(document: &str) -> Result<Identity, ImdsError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let endpoint = format!("http://{}", listener.local_addr().unwrap());
            let service = async {
                for body in ["token", document] {
                    let (mut stream, _) = listener.accept().await.unwrap();
                    // One read holds the whole of a request as small as ours.
                    let read = stream.read(&mut [0; 4096]).await.unwrap();
                    assert!(read > 0);
                    let length = body.len();
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
                    stream.write_all(head.as_bytes()).await.unwrap();
                    // Who has heard enough hangs up.
                    let _gone = stream.write_all(body.as_bytes()).await;
                }
            };
            let imds = Imds::new(Clock::system(), &endpoint).unwrap();
            tokio::join!(imds.identity(), service).0
        })
    }

    #[test]
    fn a_region_that_would_lead_the_token_to_another_host_is_none() {
        let identity_in =
            |region: &str| identity_of(&format!(r#"{{"instanceId":"i-1","region":"{region}"}}"#));
        assert_eq!(identity_in("us-gov-west-1").unwrap().region, "us-gov-west-1");
        for elsewhere in
            ["evil.example/", "evil.example:443/?", "x@evil.example#", "eu-west-1.", ""]
        {
            let said = identity_in(elsewhere).unwrap_err().to_string();
            assert!(said.contains("region"), "{elsewhere}: {said}");
        }
    }

    #[test]
    fn a_document_without_an_end_is_not_taken_in() {
        let of_length = |length: usize| {
            let rest = "x".repeat(length);
            identity_of(&format!(r#"{{"instanceId":"i-1","region":"eu-west-1","x":"{rest}"}}"#))
        };
        assert!(of_length(MAX_ANSWER_BYTES - 100).is_ok());
        let said = of_length(MAX_ANSWER_BYTES).unwrap_err().to_string();
        assert!(said.contains("length limit"), "{said}");
    }

    #[test]
    fn an_endpoint_has_a_host_and_speaks_http() {
        let clock = Clock::system();
        let at = |endpoint: &str| Imds::new(clock.clone(), endpoint).map(|imds| imds.address);
        assert_eq!(at(super::super::IMDS_ENDPOINT).unwrap(), "169.254.169.254:80");
        assert_eq!(at("http://[fd00:ec2::254]/").unwrap(), "[fd00:ec2::254]:80");
        assert_eq!(at("http://127.0.0.1:1338").unwrap(), "127.0.0.1:1338");
        assert!(at("https://169.254.169.254").is_err());
        assert!(at("169.254.169.254").is_err());
    }
}
