//! AWS's errors as each service puts them on the wire.
//!
//! Sources: the services' API models; `__type` namespaces as seen in their answers; for SQS the
//! `x-amzn-query-error` header, from which SDKs take the older names.

use crate::sandbox::action::Service;
use crate::sandbox::wire::answer::HttpAnswer;

/// The content type of both JSON services.
pub(in crate::sandbox) const AMZ_JSON: &str = "application/x-amz-json-1.0";

/// An error by AWS's modern name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct AwsError {
    pub code: &'static str,
    pub message: String,
    /// `None`: the one that the service uses with this name.
    pub status: Option<u16>,
}

impl AwsError {
    pub(in crate::sandbox) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), status: None }
    }

    /// A violation of the API's model.
    pub(in crate::sandbox) fn validation(field: &str, constraint: &str) -> Self {
        // The value is left out on purpose: it may be a task token.
        Self::new(
            "ValidationException",
            format!(
                "1 validation error detected: Value at '{field}' failed to satisfy constraint: \
                 {constraint}"
            ),
        )
    }

    /// The error with the words that AWS uses with it.
    pub(in crate::sandbox) fn named(code: &'static str) -> Self {
        let message = match code {
            "ExpiredTokenException" => "The security token included in the request is expired",
            "UnrecognizedClientException" => {
                "The security token included in the request is invalid."
            }
            "AccessDeniedException" => {
                "User is not authorized to perform this action because no identity-based policy \
                 allows it"
            }
            "ThrottlingException" | "RequestThrottled" => "Rate exceeded",
            "QueueDoesNotExist" => "The specified queue does not exist.",
            "TaskTimedOut" => "Task Timed Out: 'Provided task does not exist anymore'",
            "TaskDoesNotExist" => "Task Does Not Exist: 'Provided task does not exist'",
            "InvalidToken" => "Invalid Token: 'Invalid token'",
            "UnknownOperationException" => "",
            other => other,
        };
        Self::new(code, message)
    }

    pub(in crate::sandbox) fn answer(&self, service: Service) -> HttpAnswer {
        let status = self.status.unwrap_or_else(|| self.usual_status(service));
        match service {
            Service::Imds => html(status),
            Service::Sfn | Service::Sqs => {
                let body = serde_json::json!({
                    "__type": format!("{}#{}", self.namespace(service), self.code),
                    "message": self.message,
                });
                let mut answer = HttpAnswer::new(status, AMZ_JSON, body.to_string());
                if service == Service::Sqs {
                    let fault = if status >= 500 { "Receiver" } else { "Sender" };
                    let value = format!("{};{fault}", self.query_code());
                    answer.headers.push(("x-amzn-query-error", value));
                }
                answer
            }
        }
    }

    fn usual_status(&self, service: Service) -> u16 {
        match (service, self.code) {
            (_, "InternalFailure" | "InternalServerError" | "InternalError") => 500,
            (_, "ServiceUnavailable" | "ServiceUnavailableException") => 503,
            (Service::Imds, _) => 500,
            (
                Service::Sqs,
                "AccessDeniedException"
                | "ExpiredTokenException"
                | "InvalidSignatureException"
                | "MissingAuthenticationTokenException"
                | "RequestThrottled"
                | "UnrecognizedClientException",
            ) => 403,
            (Service::Sqs | Service::Sfn, _) => 400,
        }
    }

    fn namespace(&self, service: Service) -> &'static str {
        match (self.code, service) {
            ("ValidationException", _) => "com.amazon.coral.validate",
            ("ThrottlingException", _) => "com.amazon.coral.availability",
            (
                "AccessDeniedException"
                | "ExpiredTokenException"
                | "InternalFailure"
                | "InvalidSignatureException"
                | "MissingAuthenticationTokenException"
                | "SerializationException"
                | "ServiceUnavailableException"
                | "UnknownOperationException"
                | "UnrecognizedClientException",
                _,
            ) => "com.amazon.coral.service",
            (_, Service::Sqs) => "com.amazonaws.sqs",
            (_, Service::Sfn | Service::Imds) => "com.amazonaws.swf.service.v2.model",
        }
    }

    /// The name in SQS's older protocol.
    fn query_code(&self) -> &'static str {
        match self.code {
            "AccessDeniedException" => "AccessDenied",
            "ExpiredTokenException" => "ExpiredToken",
            "InternalFailure" => "InternalError",
            "InvalidSignatureException" => "SignatureDoesNotMatch",
            "MessageNotInflight" => "AWS.SimpleQueueService.MessageNotInflight",
            "MissingAuthenticationTokenException" => "MissingAuthenticationToken",
            "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue",
            "UnknownOperationException" => "InvalidAction",
            "UnrecognizedClientException" => "InvalidClientTokenId",
            "UnsupportedOperation" => "AWS.SimpleQueueService.UnsupportedOperation",
            other => other,
        }
    }
}

/// An error page of IMDS.
pub(in crate::sandbox) fn html(status: u16) -> HttpAnswer {
    let reason = hyper::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Error");
    let page = format!(
        "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<html xmlns=\"http://www.w3.org/1999/xhtml\">\
         <head><title>{status} - {reason}</title></head><body><h1>{status} - {reason}</h1></body></html>\n"
    );
    HttpAnswer::new(status, "text/html", page)
}
