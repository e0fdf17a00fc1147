//! What can go wrong with a call to AWS, in the core's own words.
//! The AWS edge maps every error to one of these kinds; what each means for the session is decided
//! in `cadence` and `closing`, not here.

use std::fmt;

use crate::session::interface::mask;
use crate::session::interface::token::TaskToken;

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What it means.
    pub kind: FailureKind,
    /// The service's error code, or a short word of ours (`Timeout`, `Unreachable`).
    pub code: String,
    /// The service's message, or what the network said. Never contains a token or a secret.
    pub message: String,
    /// The request id that AWS support asks for.
    pub request_id: Option<String>,
}

/// The kinds of failure that are told apart, because something different follows from each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// One of the three named errors that end a token's life.
    TokenOver(TokenOver),
    /// The service refuses the key: expired, unknown or not there. Read the role's key again.
    Credentials,
    /// The signature's time or value is refused: the machine's clock is wrong, or the key is torn.
    Signature,
    /// The role lacks the right.
    AccessDenied,
    /// Too many requests.
    Throttled,
    /// `InvalidOutput`: the output of a close is not what the service takes.
    InvalidOutput,
    /// `KmsThrottlingException`: try again.
    KmsThrottled,
    /// The other Kms errors: somebody has to mend a key policy.
    Kms,
    /// The queue does not exist.
    NoSuchQueue,
    /// An answer came, and it says that the service itself failed (5xx), or nothing we know.
    Service,
    /// No answer: cut or timed out. The call may or may not have taken effect.
    Unreachable,
    /// No answer of AWS, and what stands in the way has a name.
    Blocked(Barrier),
}

/// What stands between this computer and AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// The connection is refused.
    Refused,
    /// Nothing answers to the wish to connect: a firewall drops it, or there is no route.
    Swallowed,
    /// The service's name cannot be looked up.
    Name,
    /// 407: the proxy wants to know who calls.
    ProxySignIn,
    /// The proxy does not connect to AWS.
    Proxy,
    /// The certificate is of a CA that nobody here knows: a proxy that looks into TLS.
    Certificate,
    /// The certificate is not valid yet, or no longer, by this computer's clock.
    CertificateTime,
    /// A page for people: a captive portal's, or a proxy's that blocks.
    Page,
}

/// The three named errors after which Step Functions no longer knows the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenOver {
    /// `TaskTimedOut`: timed out, *or already closed*; the answer cannot tell which.
    /// Source: API reference of SendTaskSuccess.
    TaskTimedOut,
    /// `TaskDoesNotExist`.
    TaskDoesNotExist,
    /// `InvalidToken`.
    InvalidToken,
}

impl Failure {
    /// True when the service may have carried the call out although we have no good answer.
    pub fn is_ambiguous(&self) -> bool {
        // Whoever answered with a page may have passed the call on before.
        let page = FailureKind::Blocked(Barrier::Page);
        self.kind == page || matches!(self.kind, FailureKind::Unreachable | FailureKind::Service)
    }

    /// True when the service says that it never knew such a token.
    pub(in crate::session) fn is_unknown_token(&self) -> bool {
        matches!(
            self.kind,
            FailureKind::TokenOver(TokenOver::InvalidToken | TokenOver::TaskDoesNotExist)
        )
    }

    /// True when other credentials would mend it.
    pub(in crate::session) fn is_of_credentials(&self) -> bool {
        matches!(self.kind, FailureKind::Credentials | FailureKind::Signature)
    }

    /// The same without `token`, should an edge have let it through.
    pub(in crate::session) fn without(self, token: &TaskToken) -> Self {
        let masked = |text: String| without(token, &text);
        Self {
            kind: self.kind,
            code: masked(self.code),
            message: masked(self.message),
            request_id: self.request_id.map(masked),
        }
    }
}

/// `text` without any piece of `token`.
pub(in crate::session) fn without(token: &TaskToken, text: &str) -> String {
    mask::cover(text, [(token.fingerprint().to_string().as_str(), token.expose())])
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}
