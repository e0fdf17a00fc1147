//! Turns what the SDK reports into the core's words: one kind, the service's code, its message.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use super::secrets::Secrets;
use crate::clock::Elapsed;
use crate::session::{Failure, FailureKind, TokenOver};

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
    own(FailureKind::Unreachable, "NotFromAws", message.into())
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
}
