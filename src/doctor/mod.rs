//! `deskbeat doctor`: names the faulty item, with a sentence on what to do.
//!
//! Asks the same edges that a session uses. Changes nothing, anywhere.

pub mod bundle;
pub mod image;

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;

use crate::aws::credentials::{HeldKey, Keeper, Source};
use crate::aws::imds::{Imds, ImdsError};
use crate::aws::probe::{self, Found};
use crate::aws::surroundings::Surroundings;
use crate::aws::{Access, Clients, CredentialSource};
use crate::aws::{Place, discovery};
use crate::clock::Clock;
use crate::session::interface::event::CredentialProblem;
use crate::session::interface::time::in_seconds;
use crate::session::words::said::said;
use crate::session::words::sentences;
use crate::session::words::text::Text;
use crate::session::{Event, Failure, FailureKind, TaskToken};
use crate::store::Store;

/// How an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Fine.
    Good,
    /// Works, but somebody should know.
    Note,
    /// Faulty: a session would suffer.
    Faulty,
    /// Cannot be checked until something else is mended.
    Skipped,
}

/// One item's result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its name, stable.
    pub item: &'static str,
    /// How it stands.
    pub verdict: Verdict,
    /// What was found and what to do, in a sentence.
    pub sentence: String,
}

/// The whole examination's limit.
const PATIENCE: Duration = Duration::from_secs(8);

/// What is examined.
#[derive(Debug)]
pub struct Patient<'a> {
    /// Where AWS is.
    pub access: &'a Access,
    /// The state folder.
    pub state_dir: &'a Path,
    /// Names of AWS variables in the environment that would have shadowed the role.
    pub shadowing: &'a [String],
    /// HeartbeatSeconds assumed where a message does not say.
    pub heartbeat: Duration,
    /// The longest interval between beats.
    pub interval: Duration,
}

/// Examines everything, each finding told to `tell` as it is made.
pub async fn examine(patient: &Patient<'_>, clock: &Clock, tell: &mut dyn FnMut(Finding)) {
    let mut told = 0;
    let mut count = |finding: Finding| {
        told += 1;
        tell(finding);
    };
    count(shadowing(patient));
    count(timers(patient));
    count(state_folder(patient.state_dir));
    surroundings(&patient.access.surroundings, &mut count);
    let rest = clock.call(PATIENCE, aws(patient, clock, &mut count)).await;
    if rest.is_err() {
        let limit = in_seconds(PATIENCE);
        let sentence = format!("The rest was not checked: AWS took longer than {limit}.");
        tell(Finding { item: "time", verdict: Verdict::Faulty, sentence });
    }
}

fn finding(item: &'static str, verdict: Verdict, sentence: impl Into<String>) -> Finding {
    Finding { item, verdict, sentence: sentence.into() }
}

fn shadowing(patient: &Patient<'_>) -> Finding {
    const ITEM: &str = "shadow credentials";
    match (patient.shadowing, patient.access.credentials) {
        ([], _) => finding(ITEM, Verdict::Good, "No AWS credentials in the environment."),
        (names, CredentialSource::Imds) => {
            let names = names.join(", ");
            let sentence = format!(
                "{names} in the environment: other AWS programs would use stale keys from there; \
                 Deskbeat ignores them."
            );
            finding(ITEM, Verdict::Note, sentence)
        }
        (names, CredentialSource::Chain) => {
            let names = names.join(", ");
            let sentence = format!("{names} may be used: credentials = \"chain\" is configured.");
            finding(ITEM, Verdict::Note, sentence)
        }
    }
}

/// What the computer's owner set for every program that calls AWS.
fn surroundings(found: &Surroundings, tell: &mut dyn FnMut(Finding)) {
    const ITEM: &str = "surroundings";
    for told in found.unusable() {
        tell(finding(ITEM, Verdict::Faulty, format!("{told}.")));
    }
    let told = found.told();
    let sentence = if told.is_empty() {
        "No proxy, CA bundle, FIPS, dual-stack or IPv6 mode is set: AWS is spoken to directly."
            .into()
    } else {
        format!("From the environment: {}.", told.join("; "))
    };
    tell(finding(ITEM, Verdict::Good, sentence));
}

fn timers(patient: &Patient<'_>) -> Finding {
    const ITEM: &str = "timers";
    let (heartbeat, interval) = (patient.heartbeat, patient.interval);
    let beats = interval.min(heartbeat / 3);
    if heartbeat < Duration::from_secs(10) {
        let sentence = format!(
            "heartbeat_seconds is {} s: a short network trouble ends the session. Use 60 or more.",
            heartbeat.as_secs()
        );
        return finding(ITEM, Verdict::Note, sentence);
    }
    let sentence = format!(
        "Where a message names no heartbeatSeconds, {} s is assumed: a heartbeat every {} s.",
        heartbeat.as_secs(),
        beats.as_secs()
    );
    finding(ITEM, Verdict::Good, sentence)
}

fn state_folder(folder: &Path) -> Finding {
    const ITEM: &str = "state folder";
    match Store::check(folder) {
        Ok(()) => finding(ITEM, Verdict::Good, format!("{} can be written.", folder.display())),
        Err(error) => finding(ITEM, Verdict::Faulty, error.to_string()),
    }
}

async fn aws(patient: &Patient<'_>, clock: &Clock, tell: &mut dyn FnMut(Finding)) {
    let access = patient.access;
    let imds = match Imds::new(clock.clone(), access.imds_endpoint()) {
        Ok(imds) => Rc::new(imds),
        Err(error) => return tell(finding("metadata service", Verdict::Faulty, error.to_string())),
    };
    let place = metadata(access, &imds, tell).await;
    let keeper = key(access, imds.clone(), clock, tell).await;
    let (Some(place), Some(keeper)) = (place, keeper) else {
        for item in ["queue", "read messages", "delete messages", "heartbeats", "clock"] {
            let sentence = "Not checked: the items above come first.";
            tell(finding(item, Verdict::Skipped, sentence));
        }
        return;
    };
    let key = keeper.key();
    let clients = Clients::new(access, &place.region, clock, key);
    let of_queue = queue(access, &place, &imds, &clients, key, clock, tell).await;
    // Step Functions sends to queues of its own region, whatever this computer's is.
    let beside_queue = of_queue.filter(|_| access.region.is_none()).unwrap_or(clients);
    heartbeats(&beside_queue, key, clock, tell).await;
}

async fn metadata(access: &Access, imds: &Imds, tell: &mut dyn FnMut(Finding)) -> Option<Place> {
    const ITEM: &str = "metadata service";
    match discovery::place(access, imds).await {
        Ok(place) => {
            let sentence =
                format!("IMDSv2 answers: this is {} in {}.", place.instance_id, place.region);
            tell(finding(ITEM, Verdict::Good, sentence));
            Some(place)
        }
        Err(error) => {
            let advice = match &error {
                ImdsError::Unreachable(_) => {
                    "Is this an EC2 instance? Is the metadata endpoint enabled, and no proxy or \
                     firewall in between?"
                }
                ImdsError::Silent(_) => {
                    "In a container or behind a bridge, raise HttpPutResponseHopLimit to 2 (aws \
                     ec2 modify-instance-metadata-options)."
                }
                ImdsError::SwitchedOff => {
                    "Enable it: aws ec2 modify-instance-metadata-options --http-endpoint enabled. If \
                     it is: no proxy may stand before 169.254.169.254."
                }
                ImdsError::NoToken(_) => {
                    "Deskbeat asks it directly, never by HTTP_PROXY: look for a transparent proxy, a \
                     container's own metadata service, or endpoint_imds in the configuration."
                }
                ImdsError::BadEndpoint(_)
                | ImdsError::TokenRefused
                | ImdsError::NotFound(_)
                | ImdsError::Status(..)
                | ImdsError::Unusable(..) => "Something else than IMDS may be answering there.",
            };
            let what = Text::from(said!("metadata-trouble", problem = error.said()));
            tell(finding(ITEM, Verdict::Faulty, format!("{what} {advice}")));
            None
        }
    }
}

async fn key(
    access: &Access,
    imds: Rc<Imds>,
    clock: &Clock,
    tell: &mut dyn FnMut(Finding),
) -> Option<Keeper> {
    const ITEM: &str = "role";
    let source = match access.credentials {
        CredentialSource::Imds => Source::Imds(imds),
        CredentialSource::Chain => {
            Source::chain(clock, access.region.as_deref(), &access.surroundings).await
        }
    };
    let keeper = Keeper::new(source, clock.clone());
    match keeper.read().await {
        Event::CredentialsLoaded(key) => {
            let until = key.expires_at.map_or("for good".into(), |at| format!("until {at:.0}"));
            let (suffix, from) = (&key.key_suffix, key.source);
            let sentence = format!("Credentials …{suffix} from {from}, valid {until}.");
            tell(finding(ITEM, Verdict::Good, sentence));
            Some(keeper)
        }
        Event::CredentialsFailed { problem, sentence } => {
            tell(finding(ITEM, Verdict::Faulty, sentence));
            (problem == CredentialProblem::Expired).then_some(keeper)
        }
        other => {
            tracing::debug!("the keeper answered {other:?}");
            tell(finding(ITEM, Verdict::Faulty, "Reading the key came to nothing known."));
            None
        }
    }
}

/// The clients of the queue's region, if there is a queue.
async fn queue(
    access: &Access,
    place: &Place,
    imds: &Imds,
    clients: &Clients,
    key: &HeldKey,
    clock: &Clock,
    tell: &mut dyn FnMut(Finding),
) -> Option<Clients> {
    let url = match discovery::queue_url(access, place, imds, clients, clock).await {
        Ok(url) => url,
        Err(why) => {
            tell(finding("queue", Verdict::Faulty, why.sentence));
            for item in ["read messages", "delete messages"] {
                tell(finding(item, Verdict::Skipped, "Not checked: there is no queue."));
            }
            return None;
        }
    };
    tell(finding("queue", Verdict::Good, format!("Listening to {url}.")));
    let clients = clients.for_queue(access, place, &url, clock, key);
    let read = probe::receive(&clients, clock, &url).await;
    tell(judge("read messages", read, "sqs:ReceiveMessage"));
    let delete = probe::delete(&clients, clock, &url).await;
    tell(judge("delete messages", delete, "sqs:DeleteMessage"));
    Some(clients)
}

async fn heartbeats(
    clients: &Clients,
    key: &HeldKey,
    clock: &Clock,
    tell: &mut dyn FnMut(Finding),
) {
    const RIGHT: &str = "states:SendTaskHeartbeat";
    // A token that no service ever made.
    let Ok(token) = TaskToken::new("deskbeat-doctor") else { return };
    let found = probe::beat(clients, clock, &token).await;
    let offset = offset(clock, key);
    let clock = match &found {
        Found::Trouble(Failure { kind: FailureKind::Signature, .. }) => {
            let now = clock.now().wall;
            let sentence = format!(
                "This computer's clock says {now:.0}, and AWS refuses signatures from it: set it, \
                 or let it synchronise with 169.254.169.123.{offset}"
            );
            finding("clock", Verdict::Faulty, sentence)
        }
        // The service looks at the signature before it looks at rights.
        Found::Allowed | Found::Trouble(Failure { kind: FailureKind::AccessDenied, .. }) => {
            let sentence = format!("AWS takes signatures made with this computer's clock.{offset}");
            finding("clock", Verdict::Good, sentence)
        }
        Found::Trouble(_) => {
            finding("clock", Verdict::Skipped, "Not checked: AWS did not judge it.")
        }
    };
    tell(judge("heartbeats", found, RIGHT));
    tell(clock);
}

/// By how much this clock differs from that of the answer that has just come, in a sentence.
fn offset(clock: &Clock, key: &HeldKey) -> String {
    /// The `Date` is cut to seconds, and the answer took its time.
    const FINE: i64 = 2;
    let Some(service) = key.service_clock().last() else { return String::new() };
    match clock.now().wall.duration_since(service).as_secs() {
        fine if fine.abs() <= FINE => " It agrees with AWS's.".into(),
        ahead @ 0.. => format!(" It is {ahead} s ahead of AWS's."),
        behind => format!(" It is {} s behind AWS's.", -behind),
    }
}

fn judge(item: &'static str, found: Found, right: &str) -> Finding {
    match found {
        Found::Allowed => finding(item, Verdict::Good, format!("Allowed ({right}).")),
        Found::Trouble(failure) => {
            let cause = sentences::trouble(&failure);
            let advice = match failure.kind {
                FailureKind::AccessDenied => format!("; the role needs {right}"),
                _ => String::new(),
            };
            let more =
                sentences::advice(&failure).map_or_else(String::new, |more| format!(" {more}"));
            finding(item, Verdict::Faulty, format!("{failure}: {cause}{advice}.{more}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Barrier;

    #[test]
    fn whatever_stands_in_the_way_is_named_with_what_to_do() {
        for (barrier, cause, advice) in [
            (Barrier::Refused, "is refused", "Security groups"),
            (Barrier::Swallowed, "a firewall", "route table"),
            (Barrier::Name, "cannot be looked up", "DNS servers"),
            (Barrier::ProxySignIn, "(407)", "name and password into HTTPS_PROXY"),
            (Barrier::Proxy, "does not let AWS through", "states.REGION and sqs.REGION"),
            (Barrier::Certificate, "unknown certificate", "in PEM, in AWS_CA_BUNDLE"),
            (Barrier::CertificateTime, "set the clock", "169.254.169.123"),
            (Barrier::Page, "sign-in or block page", "Sign in with a browser"),
        ] {
            let failure = Failure {
                kind: FailureKind::Blocked(barrier),
                code: "Code".into(),
                message: "what was said".into(),
                request_id: None,
            };
            let found = judge("heartbeats", Found::Trouble(failure), "states:SendTaskHeartbeat");
            assert_eq!(found.verdict, Verdict::Faulty);
            for word in ["Code: what was said", cause, advice] {
                assert!(found.sentence.contains(word), "{barrier:?}: {}", found.sentence);
            }
        }
    }
}
