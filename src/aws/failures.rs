//! Turns what the SDK reports into the core's words: one kind, the service's code, its message.

use std::error::Error;
use std::io;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use rustls::CertificateError;

use super::secrets::Secrets;
use crate::clock::Elapsed;
use crate::session::{Barrier, Failure, FailureKind, TokenOver};

/// A service's message is for a line of the log, not for a page.
const MAX_MESSAGE_CHARS: usize = 400;
/// A code or a request id is a word.
pub(super) const MAX_WORD_CHARS: usize = 80;

/// No answer within the call's limit.
pub(super) fn timed_out(elapsed: Elapsed) -> Failure {
    own(FailureKind::Unreachable, "Timeout", elapsed.to_string())
}

/// A 200 that Step Functions did not write.
pub(super) fn not_from_aws() -> Failure {
    let message = "the answer has no request id: something between here and AWS wrote it";
    own(FailureKind::Blocked(Barrier::Page), "NotFromAws", message.into())
}

/// True if `answer` is a page for people. AWS's own front doors send such, too, when they fail (5xx).
fn is_page(answer: &HttpResponse) -> bool {
    let kind = answer.headers().get("content-type").unwrap_or_default();
    let is_html = kind.trim_start().to_ascii_lowercase().starts_with("text/html");
    let nobody_signed = answer.headers().get("x-amzn-requestid").is_none();
    is_html && nobody_signed && answer.status().as_u16() < 500
}

fn own(kind: FailureKind, code: &str, message: String) -> Failure {
    Failure { kind, code: code.into(), message, request_id: None }
}

/// A failed call to SQS, or to anything else that knows no task token.
pub(super) fn of_call<E>(secrets: &Secrets, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let request_id = error.request_id().map(|id| secrets.clean(id, MAX_WORD_CHARS));
    let failure = match error {
        SdkError::ServiceError(_) | SdkError::ResponseError(_)
            if error.raw_response().is_some_and(is_page) =>
        {
            let status = error.raw_response().map_or(0, |answer| answer.status().as_u16());
            let message = format!("a page in HTML instead of AWS's answer [HTTP {status}]");
            own(FailureKind::Blocked(Barrier::Page), "NotFromAws", message)
        }
        // The SDK calls an answer that it cannot parse the service's error, without a name.
        SdkError::ServiceError(context) if context.raw().status().is_success() => {
            let message = format!("the answer cannot be read: {}", chain(error));
            own(FailureKind::Unreachable, "UnreadableAnswer", message)
        }
        SdkError::ServiceError(context) => {
            let status = context.raw().status().as_u16();
            let metadata = context.err().meta();
            let code = metadata.code().unwrap_or("Unknown").to_owned();
            let message = metadata.message().unwrap_or("no message");
            let message = format!("{message} [HTTP {status}]");
            Failure { kind: kind_of(&code, status), code, message, request_id: None }
        }
        SdkError::ResponseError(context) => {
            let status = context.raw().status().as_u16();
            let message = format!("the answer (HTTP {status}) cannot be read: {}", chain(error));
            own(of_unread(status), "UnreadableAnswer", message)
        }
        SdkError::TimeoutError(_) => own(FailureKind::Unreachable, "Timeout", chain(error)),
        SdkError::DispatchFailure(_) => match barrier(error) {
            Some((barrier, code)) => own(FailureKind::Blocked(barrier), code, chain(error)),
            None => own(FailureKind::Unreachable, "NoConnection", chain(error)),
        },
        SdkError::ConstructionFailure(_) => own(FailureKind::Service, "NotSent", chain(error)),
        other => own(FailureKind::Service, "Unknown", chain(other)),
    };
    Failure {
        code: secrets.clean(&failure.code, MAX_WORD_CHARS),
        message: secrets.clean(&failure.message, MAX_MESSAGE_CHARS),
        request_id,
        kind: failure.kind,
    }
}

/// The answer to a call like [`of_call`]'s that had a limit: too late is a failure too.
pub(super) fn answer_of<T, E>(
    secrets: &Secrets,
    called: Result<Result<T, SdkError<E, HttpResponse>>, Elapsed>,
) -> Result<T, Failure>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    called.map_err(timed_out)?.map_err(|error| of_call(secrets, &error))
}

/// A failed callback: like any call, but three named errors end the token.
pub(super) fn of_callback<E>(secrets: &Secrets, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let failure = of_call(secrets, error);
    let kind = match failure.code.as_str() {
        "TaskTimedOut" => FailureKind::TokenOver(TokenOver::TaskTimedOut),
        "TaskDoesNotExist" => FailureKind::TokenOver(TokenOver::TaskDoesNotExist),
        "InvalidToken" => FailureKind::TokenOver(TokenOver::InvalidToken),
        "InvalidOutput" => FailureKind::InvalidOutput,
        _ => failure.kind,
    };
    Failure { kind, ..failure }
}

/// What a service's error code means. Source: the services' "Common errors" pages and
/// facts on what they really send.
fn kind_of(code: &str, status: u16) -> FailureKind {
    match code {
        "ExpiredTokenException"
        | "ExpiredToken"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "IncompleteSignature"
        | "IncompleteSignatureException" => FailureKind::Credentials,
        "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "RequestExpired"
        | "RequestTimeTooSkewed" => FailureKind::Signature,
        "AccessDenied"
        | "AccessDeniedException"
        | "NotAuthorized"
        | "OptInRequired"
        | "UnauthorizedOperation" => FailureKind::AccessDenied,
        "QueueDoesNotExist" | "AWS.SimpleQueueService.NonExistentQueue" => FailureKind::NoSuchQueue,
        "KmsThrottlingException" | "KmsThrottled" | "KMS.ThrottlingException" => {
            FailureKind::KmsThrottled
        }
        _ if code.starts_with("Kms") || code.starts_with("KMS.") => FailureKind::Kms,
        _ if code.contains("Throttl") || code == "TooManyRequestsException" || status == 429 => {
            FailureKind::Throttled
        }
        "RequestLimitExceeded" | "SlowDown" => FailureKind::Throttled,
        _ => FailureKind::Service,
    }
}

/// An answer that broke off may belong to a call that took effect; one that is complete nonsense
/// (a captive portal's page) comes from no service at all. Either way: not known.
fn of_unread(status: u16) -> FailureKind {
    if status >= 500 { FailureKind::Service } else { FailureKind::Unreachable }
}

/// What kept `error`'s call from reaching the service, with a code of ours, if it can be told.
fn barrier(error: &(dyn Error + 'static)) -> Option<(Barrier, &'static str)> {
    // The types of the others are their crates' own: only their words tell.
    of_cause(error).or_else(|| of_words(&chain(error)))
}

fn of_words(words: &str) -> Option<(Barrier, &'static str)> {
    [
        ("proxy authorization required", Barrier::ProxySignIn, "ProxySignIn"),
        ("tunnel error: unsuccessful", Barrier::Proxy, "ProxyRefuses"),
        ("dns error", Barrier::Name, "NameNotFound"),
        ("failed to lookup address", Barrier::Name, "NameNotFound"),
        ("invalid dns name", Barrier::Name, "NameNotFound"),
        ("connect timeout occurred", Barrier::Swallowed, "ConnectTimeout"),
    ]
    .into_iter()
    .find_map(|(text, barrier, code)| words.contains(text).then_some((barrier, code)))
}

/// What `error`, or a cause of it, is.
fn of_cause(error: &(dyn Error + 'static)) -> Option<(Barrier, &'static str)> {
    let found = match error.downcast_ref::<io::Error>() {
        Some(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => Some((Barrier::Refused, "ConnectionRefused")),
            io::ErrorKind::TimedOut
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable => Some((Barrier::Swallowed, "NoRoute")),
            // What it carries is no source of it.
            _ => error.get_ref().and_then(|carried| of_cause(carried)),
        },
        None => error.downcast_ref().and_then(of_certificate),
    };
    found.or_else(|| of_cause(error.source()?))
}

fn of_certificate(error: &rustls::Error) -> Option<(Barrier, &'static str)> {
    let rustls::Error::InvalidCertificate(why) = error else { return None };
    Some(match why {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            (Barrier::CertificateTime, "CertificateTime")
        }
        _ => (Barrier::Certificate, "UnknownCertificate"),
    })
}

/// An error with all of its causes, in one line.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let more = cause.to_string();
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn a_page_is_html_that_nobody_signed_and_no_front_door_s_failure() {
        for (kind, signed, status, page) in [
            ("text/html; charset=utf-8", false, 200, true),
            (" Text/HTML", false, 404, true),
            ("text/html", false, 499, true),
            ("text/html", false, 500, false),
            ("text/html", true, 404, false),
            ("application/x-amz-json-1.0", false, 404, false),
            ("application/x-amz-json-1.0", true, 400, false),
        ] {
            let mut answer = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
            answer.headers_mut().insert("content-type", kind);
            if signed {
                answer.headers_mut().insert("x-amzn-requestid", "1");
            }
            assert_eq!(is_page(&answer), page, "{kind}, {signed}, {status}");
        }
    }

    #[test]
    fn codes_mean_what_the_core_needs_to_know() {
        for (code, status, kind) in [
            ("ExpiredTokenException", 400, FailureKind::Credentials),
            ("UnrecognizedClientException", 400, FailureKind::Credentials),
            ("InvalidClientTokenId", 403, FailureKind::Credentials),
            ("InvalidSignatureException", 400, FailureKind::Signature),
            ("SignatureDoesNotMatch", 403, FailureKind::Signature),
            ("RequestExpired", 400, FailureKind::Signature),
            ("AccessDeniedException", 400, FailureKind::AccessDenied),
            ("ThrottlingException", 400, FailureKind::Throttled),
            ("RequestThrottled", 403, FailureKind::Throttled),
            ("TooManyRequestsException", 400, FailureKind::Throttled),
            ("RequestLimitExceeded", 503, FailureKind::Throttled),
            ("SlowDown", 503, FailureKind::Throttled),
            ("Whatever", 429, FailureKind::Throttled),
            ("KmsThrottlingException", 400, FailureKind::KmsThrottled),
            ("KmsInvalidStateException", 400, FailureKind::Kms),
            ("KMS.DisabledException", 400, FailureKind::Kms),
            ("AWS.SimpleQueueService.NonExistentQueue", 400, FailureKind::NoSuchQueue),
            ("InternalFailure", 500, FailureKind::Service),
            // Only the Step Functions callbacks give this code its own meaning.
            ("InvalidToken", 400, FailureKind::Service),
        ] {
            assert_eq!(kind_of(code, status), kind, "{code}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_the_service_s_failure_only_with_its_status() {
        assert_eq!(of_unread(499), FailureKind::Unreachable);
        assert_eq!(of_unread(500), FailureKind::Service);
    }

    /// An error with a cause, as libraries wrap them.
    #[derive(Debug, thiserror::Error)]
    #[error("it did not work")]
    struct Because(#[source] Box<dyn Error + Send + Sync>);

    fn because(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Because {
        Because(cause.into())
    }

    #[test]
    fn what_keeps_a_call_from_its_service_is_told_by_the_cause_however_deep() {
        for (kind, barrier, code) in [
            (io::ErrorKind::ConnectionRefused, Barrier::Refused, "ConnectionRefused"),
            (io::ErrorKind::TimedOut, Barrier::Swallowed, "NoRoute"),
            (io::ErrorKind::HostUnreachable, Barrier::Swallowed, "NoRoute"),
            (io::ErrorKind::NetworkUnreachable, Barrier::Swallowed, "NoRoute"),
        ] {
            let told = Some((barrier, code));
            assert_eq!(super::barrier(&io::Error::from(kind)), told, "{kind}");
            assert_eq!(super::barrier(&because(io::Error::from(kind))), told, "{kind}");
            let carried = io::Error::other(because(io::Error::from(kind)));
            assert_eq!(super::barrier(&because(carried)), told, "{kind}");
        }
        assert_eq!(super::barrier(&io::Error::from(io::ErrorKind::BrokenPipe)), None);
        assert_eq!(super::barrier(&because("nothing that is known")), None);
    }

    #[test]
    fn a_certificate_that_is_not_valid_now_is_told_from_one_that_nobody_knows() {
        let of = |why| super::barrier(&because(rustls::Error::InvalidCertificate(why)));
        let time = Some((Barrier::CertificateTime, "CertificateTime"));
        assert_eq!(of(CertificateError::Expired), time);
        assert_eq!(of(CertificateError::NotValidYet), time);
        let unknown = Some((Barrier::Certificate, "UnknownCertificate"));
        assert_eq!(of(CertificateError::UnknownIssuer), unknown);
        assert_eq!(super::barrier(&because(rustls::Error::DecryptError)), None);
    }

    #[test]
    fn what_other_crates_alone_know_is_told_by_their_words() {
        for (words, barrier, code) in [
            ("proxy authorization required", Barrier::ProxySignIn, "ProxySignIn"),
            ("tunnel error: unsuccessful", Barrier::Proxy, "ProxyRefuses"),
            ("dns error: no such name", Barrier::Name, "NameNotFound"),
            ("failed to lookup address information", Barrier::Name, "NameNotFound"),
            ("invalid dns name", Barrier::Name, "NameNotFound"),
            ("HTTP connect timeout occurred after 3.1s", Barrier::Swallowed, "ConnectTimeout"),
        ] {
            assert_eq!(super::barrier(&because(words)), Some((barrier, code)), "{words}");
        }
    }

    #[test]
    fn a_chain_says_each_cause_once() {
        assert_eq!(chain(&because(because("at the end"))), "it did not work: at the end");
        let last = because(io::Error::other("at the end"));
        assert_eq!(chain(&last), "it did not work: at the end");
    }
}
