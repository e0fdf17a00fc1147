//! Who calls: the key id, session token, scope and time of a SigV4 request.
//! The signature itself is not recomputed; that the SDK signs well is not ours to test.

use std::time::Duration;

use hyper::HeaderMap;
use jiff::Timestamp;

use crate::sandbox::Sandbox;
use crate::sandbox::action::Service;
use crate::sandbox::wire::refusal::AwsError;
use crate::sandbox::world::keys::BadKey;
use crate::session::interface::time::{earlier, later};

/// How far a request's time may be off. Source: AWS General Reference, "Signature Version 4",
/// error "Signature expired": 5 minutes.
const TOLERANCE: Duration = Duration::from_secs(300);

/// `20261124T090000Z`.
const AMZ_DATE: &str = "%Y%m%dT%H%M%SZ";

impl Sandbox {
    /// Refuses a request that AWS would not know the sender of.
    pub(in crate::sandbox) fn authenticate(
        &self,
        service: Service,
        headers: &HeaderMap,
    ) -> Result<(), AwsError> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let missing =
            || AwsError::new("MissingAuthenticationTokenException", "Missing Authentication Token");
        let scope = text("authorization")
            .and_then(|header| header.strip_prefix("AWS4-HMAC-SHA256 "))
            .and_then(|fields| {
                fields.split(',').find_map(|field| field.trim().strip_prefix("Credential="))
            })
            .ok_or_else(missing)?;
        let mut parts = scope.split('/');
        let (key_id, _day) = (parts.next().unwrap_or_default(), parts.next());
        let (region, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());

        let key = self.with(|world, now| {
            let session_token = text("x-amz-security-token").unwrap_or_default();
            world.keys.check(key_id, session_token, now)
        });
        match key {
            Ok(()) => {}
            Err(BadKey::Unknown) => return Err(AwsError::named("UnrecognizedClientException")),
            Err(BadKey::Expired) => return Err(AwsError::named("ExpiredTokenException")),
        }

        let invalid = |message: String| AwsError::new("InvalidSignatureException", message);
        if region != self.0.options.region {
            let message =
                format!("Credential should be scoped to a valid region, not '{region}'. ");
            return Err(invalid(message));
        }
        let own_name = match service {
            Service::Sqs => "sqs",
            Service::Sfn => "states",
            Service::Imds => "imds",
        };
        if name != own_name {
            let message = format!("Credential should be scoped to correct service: '{own_name}'. ");
            return Err(invalid(message));
        }
        let signed: Timestamp = text("x-amz-date")
            .and_then(|date| date.parse().ok())
            .ok_or_else(|| invalid("Date must be in ISO-8601 'basic format'".into()))?;
        check_time(signed, self.0.clock.now().wall).map_err(|skewed| invalid(skewed.to_string()))
    }
}

/// A signature's time that AWS would not take.
#[derive(Debug, thiserror::Error)]
enum Skewed {
    #[error("Signature expired: {signed} is now earlier than {oldest} ({now} - 5 min.)")]
    Expired { signed: String, oldest: String, now: String },
    #[error("Signature not yet current: {signed} is still later than {newest} ({now} + 5 min.)")]
    NotYet { signed: String, newest: String, now: String },
}

fn check_time(signed: Timestamp, now: Timestamp) -> Result<(), Skewed> {
    let show = |at: Timestamp| at.strftime(AMZ_DATE).to_string();
    let (oldest, newest) = (earlier(now, TOLERANCE), later(now, TOLERANCE));
    if signed < oldest {
        let (signed, oldest, now) = (show(signed), show(oldest), show(now));
        return Err(Skewed::Expired { signed, oldest, now });
    }
    if signed > newest {
        let (signed, newest, now) = (show(signed), show(newest), show(now));
        return Err(Skewed::NotYet { signed, newest, now });
    }
    Ok(())
}
