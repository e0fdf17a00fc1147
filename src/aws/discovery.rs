//! Finds out which machine this is, in which region, and which queue is its own.

use std::time::Duration;

use tokio::sync::mpsc;

use super::clients::Clients;
use super::credentials::Keeper;
use super::imds::{Imds, ImdsError};
use super::{Access, Place, QueueChoice, TOLD_AFTER, failures, regions};
use crate::clock::Clock;
use crate::session::words::said::{Said, said};
use crate::session::words::sentences;
use crate::session::words::text::Text;
use crate::session::{Event, Failure, FailureKind};

const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(15);
/// A queue that is not there may be made any moment; a minute is soon enough.
const LONGEST_QUEUE_RETRY: Duration = Duration::from_secs(60);
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// The instance id and region, asked of IMDS until it answers, and reported as `Identified`.
/// What the configuration names is not asked for.
pub async fn identify(
    access: &Access,
    imds: &Imds,
    clock: &Clock,
    events: &mpsc::UnboundedSender<Event>,
) -> Place {
    let mut wait = FIRST_RETRY;
    let mut failures = 0;
    loop {
        match place(access, imds).await {
            Ok(place) => {
                let instance_id = place.instance_id.clone();
                let _agent_gone = events.send(Event::Identified { instance_id });
                return place;
            }
            Err(error) => {
                let text = said!("unidentified", problem = error.said()).into();
                failures += 1;
                if failures >= TOLD_AFTER {
                    let _agent_gone = events.send(Event::Unidentified(text));
                }
            }
        }
        clock.sleep(wait).await;
        wait = (wait * 2).min(LONGEST_RETRY);
    }
}

/// Asks once.
pub async fn place(access: &Access, imds: &Imds) -> Result<Place, ImdsError> {
    if let (Some(instance_id), Some(region)) = (&access.instance_id, &access.region) {
        return Ok(Place { instance_id: instance_id.clone(), region: region.clone() });
    }
    let identity = imds.identity().await?;
    Ok(Place {
        instance_id: access.instance_id.clone().unwrap_or(identity.instance_id),
        region: access.region.clone().unwrap_or(identity.region),
    })
}

/// Why there is no queue to listen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoQueue {
    /// For people: what is wrong and what to do.
    pub sentence: Text,
    /// It may mend itself.
    pub passing: bool,
    /// The service refused the key: another one may be let in.
    pub key_refused: bool,
}

impl From<Said> for NoQueue {
    fn from(sentence: Said) -> Self {
        Self { sentence: sentence.into(), passing: false, key_refused: false }
    }
}

/// The queue's URL, looked for until it is found; each reason why not is reported as `NoQueue`.
pub async fn find_queue(
    access: &Access,
    place: &Place,
    imds: &Imds,
    clients: &Clients,
    keeper: &Keeper,
    clock: &Clock,
    events: &mpsc::UnboundedSender<Event>,
) -> String {
    let mut wait = FIRST_RETRY;
    let mut failures = 0;
    loop {
        match queue_url(access, place, imds, clients, clock).await {
            Ok(url) => return url,
            // Nothing was asked yet. What keeps the key away, the keeper tells.
            Err(_) if !keeper.has_key() => {}
            Err(NoQueue { sentence, passing, key_refused }) => {
                failures += 1;
                if !passing || failures >= TOLD_AFTER {
                    let _agent_gone = events.send(Event::NoQueue(sentence));
                }
                if key_refused {
                    keeper.refused();
                }
            }
        }
        tokio::select! {
            () = clock.sleep(wait) => wait = (wait * 2).min(LONGEST_QUEUE_RETRY),
            // The old key, or none at all, may have been the trouble.
            () = keeper.new_key() => wait = FIRST_RETRY,
        }
    }
}

/// Looks once: configuration, instance tag, then the name made from the template.
pub async fn queue_url(
    access: &Access,
    place: &Place,
    imds: &Imds,
    clients: &Clients,
    clock: &Clock,
) -> Result<String, NoQueue> {
    let (tag, template) = match &access.queue {
        QueueChoice::Url(url) => return Ok(regions::queue_url(url)),
        QueueChoice::Discover { tag, name_template } => (tag, name_template),
    };
    // Tags are off for most instances, and IMDS may be down: the name is the other way to find it.
    if let Ok(Some(url)) = imds.tag(tag).await {
        let url = regions::queue_url(&url);
        if is_usable(&url) {
            return Ok(url);
        }
        return Err(said!("queue-tag", tag = tag).into());
    }
    let name = template.replace("{instance_id}", &place.instance_id);
    let call = clients.sqs.get_queue_url().queue_name(&name).send();
    match failures::answer_of(&clients.secrets, clock.call(CALL_TIMEOUT, call).await) {
        Ok(answer) => answer.queue_url.ok_or_else(|| said!("queue-no-url", queue = &name).into()),
        Err(failure) => Err(NoQueue {
            sentence: no_queue(&name, &failure).into(),
            passing: matches!(
                failure.kind,
                FailureKind::Unreachable | FailureKind::Blocked(_) | FailureKind::Service
            ),
            key_refused: failure.kind == FailureKind::Credentials,
        }),
    }
}

/// Tags are written by people: https, or a test server on this computer.
fn is_usable(url: &str) -> bool {
    let Ok(uri) = url.parse::<hyper::Uri>() else { return false };
    let here = matches!(uri.host(), Some("127.0.0.1" | "localhost" | "[::1]"));
    let encrypted = uri.scheme_str() == Some("https") && uri.host().is_some();
    let plain = uri.scheme_str() == Some("http") && here;
    (encrypted || plain) && uri.authority().is_some_and(|who| !who.as_str().contains('@'))
}

fn no_queue(name: &str, failure: &Failure) -> Said {
    match failure.kind {
        FailureKind::NoSuchQueue => said!("queue-missing", queue = name),
        FailureKind::AccessDenied => said!("queue-access", queue = name),
        FailureKind::Signature => said!("queue-signature"),
        FailureKind::Credentials
        | FailureKind::Throttled
        | FailureKind::InvalidOutput
        | FailureKind::KmsThrottled
        | FailureKind::Kms
        | FailureKind::Service
        | FailureKind::Unreachable
        | FailureKind::Blocked(_)
        | FailureKind::TokenOver(_) => {
            said!("queue-trouble", queue = name, cause = sentences::trouble(failure))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_usable;

    #[test]
    fn a_tag_names_a_queue_of_aws_or_of_this_computer() {
        assert!(is_usable("https://sqs.eu-west-1.amazonaws.com/123456789012/desk"));
        assert!(is_usable("http://127.0.0.1:4566/000000000000/desk"));
        for bad in [
            "http://127.0.0.1.evil.example/1/desk",
            "http://sqs.eu-west-1.amazonaws.com/1/desk",
            "http://127.0.0.1@evil.example/1/desk",
            "desk",
            "",
        ] {
            assert!(!is_usable(bad), "{bad}");
        }
    }
}
