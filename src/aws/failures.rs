//! Turns what the SDK reports into the core's words: one kind, the service's code, its message.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use crate::clock::Elapsed;
use crate::session::{Failure, FailureKind, TaskToken, TokenOver};

/// A service's message is for a line of the log, not for a page.
const MAX_MESSAGE_CHARS: usize = 400;

/// No answer within the call's limit.
pub(super) fn timed_out(elapsed: Elapsed) -> Failure {
    own(FailureKind::Unreachable, "Timeout", elapsed.to_string())
}

/// A 200 that Step Functions did not write.
pub(super) fn not_from_aws() -> Failure {
    let message = "the answer has no request id: something between here and AWS wrote it";
    own(FailureKind::Unreachable, "NotFromAws", message.into())
}

fn own(kind: FailureKind, code: &str, message: String) -> Failure {
    Failure { kind, code: code.into(), message, request_id: None }
}

/// A failed call to SQS, or to anything else that knows no task token.
pub(super) fn of_call<E>(error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let request_id = error.request_id().map(str::to_owned);
    let failure = match error {
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
        SdkError::DispatchFailure(_) => own(FailureKind::Unreachable, "NoConnection", chain(error)),
        SdkError::ConstructionFailure(_) => own(FailureKind::Service, "NotSent", chain(error)),
        other => own(FailureKind::Service, "Unknown", chain(other)),
    };
    Failure { message: cut(failure.message), request_id, ..failure }
}

/// The answer to a call like [`of_call`]'s that had a limit: too late is a failure too.
pub(super) fn answer_of<T, E>(
    called: Result<Result<T, SdkError<E, HttpResponse>>, Elapsed>,
) -> Result<T, Failure>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    called.map_err(timed_out)?.map_err(|error| of_call(&error))
}

/// A failed callback: like any call, but three named errors end the token, and no message may
/// repeat the token.
pub(super) fn of_callback<E>(error: &SdkError<E, HttpResponse>, token: &TaskToken) -> Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let failure = of_call(error);
    let kind = match failure.code.as_str() {
        "TaskTimedOut" => FailureKind::TokenOver(TokenOver::TaskTimedOut),
        "TaskDoesNotExist" => FailureKind::TokenOver(TokenOver::TaskDoesNotExist),
        "InvalidToken" => FailureKind::TokenOver(TokenOver::InvalidToken),
        "InvalidOutput" => FailureKind::InvalidOutput,
        _ => failure.kind,
    };
    let message = failure.message.replace(token.expose(), "<task token>");
    Failure { kind, message, ..failure }
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

/// An error with all of its causes, in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
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

fn cut(text: String) -> String {
    let line = text.replace(['\r', '\n'], " ");
    match line.char_indices().nth(MAX_MESSAGE_CHARS) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_mean_what_the_core_needs_to_know() {
        for (code, status, kind) in [
            ("ExpiredTokenException", 400, FailureKind::Credentials),
            ("UnrecognizedClientException", 400, FailureKind::Credentials),
            ("InvalidClientTokenId", 403, FailureKind::Credentials),
            ("InvalidSignatureException", 400, FailureKind::Signature),
            ("AccessDeniedException", 400, FailureKind::AccessDenied),
            ("ThrottlingException", 400, FailureKind::Throttled),
            ("RequestThrottled", 403, FailureKind::Throttled),
            ("Whatever", 429, FailureKind::Throttled),
            ("KmsThrottlingException", 400, FailureKind::KmsThrottled),
            ("KmsInvalidStateException", 400, FailureKind::Kms),
            ("AWS.SimpleQueueService.NonExistentQueue", 400, FailureKind::NoSuchQueue),
            ("InternalFailure", 500, FailureKind::Service),
            // Only the Step Functions callbacks give this code its own meaning.
            ("InvalidToken", 400, FailureKind::Service),
        ] {
            assert_eq!(kind_of(code, status), kind, "{code}");
        }
    }

    #[test]
    fn a_message_is_one_line_and_not_a_page() {
        let long = cut(format!("a\r\nb{}", "ä".repeat(1000)));
        assert!(!long.contains('\n') && long.chars().count() == MAX_MESSAGE_CHARS + 1);
    }
}
