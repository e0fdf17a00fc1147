//! The credential keeper: holds the role's present key, so that no call is ever signed with a
//! stale one.
//!
//! It reads the key at start, again every few minutes, and at once when the service refused one;
//! keeps the last good key while IMDS is down; never invents an expiry; never asks the environment.
//! The design's table of faults (what the SDK's own cache does wrong) is its specification.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use aws_config::Region;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use jiff::Timestamp;
use tokio::sync::{Notify, mpsc};

pub use super::clients::HeldKey;
use super::clients::SdkClock;
use super::imds::{Imds, Role, RoleCredentials};
use super::secrets::Secrets;
use super::surroundings::Surroundings;
use super::transport::{AnswerDates, Transport};
use super::{TOLD_AFTER, failures};
use crate::clock::Clock;
use crate::session::Event;
use crate::session::interface::event::{CredentialProblem, KeyInfo};
use crate::session::interface::time::between;
use crate::session::words::said::said;
use crate::session::words::text::Text;

/// AWS makes a new key known at least five minutes before the old one ends, so reading more often
/// than that never misses one. Source: EC2 guide, "IAM roles for Amazon EC2".
const READ_EVERY: Duration = Duration::from_secs(240);
/// A key this near to its end should have a successor: look often.
const NEARLY_OVER: Duration = Duration::from_secs(300);
const READ_OFTEN: Duration = Duration::from_secs(15);
/// After a read that failed; doubled up to [`READ_OFTEN`].
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// However often somebody asks, IMDS is not asked more often than this.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
/// What a chain says of why it found nothing.
const MAX_REASON_CHARS: usize = 600;
/// The whole of a chain's work, which may start programs and ask several services.
const CHAIN_TIMEOUT: Duration = Duration::from_secs(15);

/// Where the keeper reads.
#[derive(Debug)]
pub enum Source {
    /// The instance's role.
    Imds(Rc<Imds>),
    /// The SDK's default chain.
    Chain(DefaultChain),
}

impl Source {
    /// The SDK's default chain, for a developer's computer.
    pub async fn chain(clock: &Clock, region: Option<&str>, surroundings: &Surroundings) -> Self {
        let https = Transport::new(None, surroundings, &AnswerDates::default());
        let config = ProviderConfig::without_region()
            .with_region(region.map(|region| Region::new(region.to_owned())))
            .with_http_client(https.shared())
            .with_sleep_impl(SdkClock(clock.clone()))
            .with_time_source(SdkClock(clock.clone()));
        let profile = ProfileFileCredentialsProvider::builder().configure(&config).build();
        let role = WebIdentityTokenCredentialsProvider::builder().configure(&config).build();
        let container = EcsCredentialsProvider::builder().configure(&config).build();
        let links = vec![
            (
                "environment",
                SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()),
            ),
            ("profile", SharedCredentialsProvider::new(profile)),
            ("web identity", SharedCredentialsProvider::new(role)),
            ("container", SharedCredentialsProvider::new(container)),
        ];
        let chain = DefaultCredentialsChain::builder().configure(config).build().await;
        Self::Chain(DefaultChain { whole: SharedCredentialsProvider::new(chain), links })
    }
}

/// The SDK's default chain, and its links: it keeps what each of them said to itself.
#[derive(Debug)]
pub struct DefaultChain {
    whole: SharedCredentialsProvider,
    links: Vec<(&'static str, SharedCredentialsProvider)>,
}

/// Holds the key. Clones keep the same one.
#[derive(Clone, Debug)]
pub struct Keeper(Rc<KeeperState>);

#[derive(Debug)]
struct KeeperState {
    source: Source,
    clock: Clock,
    key: HeldKey,
    secrets: Secrets,
    held: RefCell<Option<Held>>,
    asked: Notify,
    new_key: Notify,
}

/// What is known of the key in use.
#[derive(Clone, Debug)]
struct Held {
    id: String,
    role: Option<String>,
    expires_at: Option<Timestamp>,
    /// The service has refused it.
    refused: bool,
}

/// A key that was read.
struct ReadKey {
    role: Option<String>,
    credentials: Credentials,
    expires_at: Option<Timestamp>,
}

impl Keeper {
    /// A keeper that has read nothing yet.
    pub fn new(source: Source, clock: Clock) -> Self {
        let secrets = match &source {
            Source::Imds(imds) => imds.secrets().clone(),
            Source::Chain(_) => Secrets::default(),
        };
        Self::with_secrets(source, clock, secrets)
    }

    /// The same; its keys are among these `secrets`.
    pub(super) fn with_secrets(source: Source, clock: Clock, secrets: Secrets) -> Self {
        Self(Rc::new(KeeperState {
            source,
            clock,
            key: HeldKey::new(secrets.clone()),
            secrets,
            held: RefCell::new(None),
            asked: Notify::new(),
            new_key: Notify::new(),
        }))
    }

    /// What calls are signed with.
    pub fn key(&self) -> &HeldKey {
        &self.0.key
    }

    /// There is something to sign with.
    pub fn has_key(&self) -> bool {
        self.0.held.borrow().is_some()
    }

    /// The service refused the key in use: look for another one now.
    pub fn refused(&self) {
        if let Some(held) = &mut *self.0.held.borrow_mut() {
            held.refused = true;
        }
        self.0.asked.notify_one();
    }

    /// A service took the key in use: a refusal before it was no fault of the key.
    pub fn accepted(&self) {
        if let Some(held) = &mut *self.0.held.borrow_mut() {
            held.refused = false;
        }
    }

    /// Returns once another key was taken over since it was last asked.
    pub async fn new_key(&self) {
        self.0.new_key.notified().await;
    }

    /// Keeps the key for ever, and reports each read to `events`.
    pub async fn keep(&self, events: mpsc::UnboundedSender<Event>) {
        let mut failures = 0u32;
        loop {
            let event = self.read().await;
            let failed = matches!(event, Event::CredentialsFailed { .. });
            failures = if failed { failures + 1 } else { 0 };
            let passing = matches!(
                event,
                Event::CredentialsFailed { problem: CredentialProblem::Unavailable, .. }
            );
            // A service that is not up yet when this computer starts is nothing to tell.
            let is_told = !passing || failures >= TOLD_AFTER || self.has_key();
            if is_told && events.send(event).is_err() {
                return;
            }
            let clock = &self.0.clock;
            clock.sleep(SHORTEST_PAUSE).await;
            tokio::select! {
                () = self.0.asked.notified() => {}
                () = clock.sleep(self.pause(failures)) => {}
            }
        }
    }

    /// How long to wait before the next read.
    fn pause(&self, failures: u32) -> Duration {
        if failures > 0 {
            return FIRST_RETRY.saturating_mul(1 << (failures - 1).min(8)).min(READ_OFTEN);
        }
        let now = self.0.clock.now().wall;
        match &*self.0.held.borrow() {
            Some(Held { refused: true, .. }) => READ_OFTEN,
            Some(Held { expires_at: Some(at), .. }) if between(now, *at) <= NEARLY_OVER => {
                READ_OFTEN
            }
            Some(_) | None => READ_EVERY,
        }
    }

    /// Reads the key once and takes it over if it is better than the one in use.
    pub async fn read(&self) -> Event {
        let found = match &self.0.source {
            Source::Imds(imds) => read_imds(imds).await,
            Source::Chain(chain) => read_chain(chain, &self.0.clock, &self.0.secrets).await,
        };
        match found {
            Ok(found) => self.take(found),
            Err((problem, sentence)) => Event::CredentialsFailed { problem, sentence },
        }
    }

    fn take(&self, found: ReadKey) -> Event {
        let now = self.0.clock.now().wall;
        let mut held = self.0.held.borrow_mut();
        let id = found.credentials.access_key_id().to_owned();
        let source = match &self.0.source {
            Source::Imds(_) => "imds",
            Source::Chain(_) => "chain",
        };
        let over = found.expires_at.is_some_and(|at| at <= now);
        let changed = held.as_ref().is_none_or(|held| held.id != id);
        if !changed || is_better(held.as_ref(), &found, now) {
            let refused = held.as_ref().is_some_and(|held| !changed && held.refused);
            let (role, expires_at) = (found.role, found.expires_at);
            *held = Some(Held { id: id.clone(), role, expires_at, refused });
            self.0.key.put(found.credentials);
            if changed {
                self.0.new_key.notify_one();
            }
            if !over {
                return Event::CredentialsLoaded(KeyInfo {
                    source,
                    key_suffix: suffix(&id),
                    expires_at,
                    changed,
                });
            }
        }
        // Even an expired key is used if it is all there is: this clock may be wrong, the service
        // knows. But nobody is told that it is good.
        let said = match found.expires_at {
            Some(at) => said!("key-expired-at", at = at),
            None => said!("key-expired"),
        };
        Event::CredentialsFailed { problem: CredentialProblem::Expired, sentence: said.into() }
    }
}

/// True if `found` should be signed with in place of `held`.
fn is_better(held: Option<&Held>, found: &ReadKey, now: Timestamp) -> bool {
    let Some(held) = held else { return true };
    let expired = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    let later = match (held.expires_at, found.expires_at) {
        (Some(held), Some(found)) => found >= held,
        (None, _) | (_, None) => true,
    };
    held.refused
        || later
        || held.role != found.role && !expired(found.expires_at)
        || expired(held.expires_at) && !expired(found.expires_at)
}

/// The last four characters: enough to tell keys apart, of no use to anybody else.
fn suffix(id: &str) -> String {
    let skip = id.chars().count().saturating_sub(4);
    id.chars().skip(skip).collect()
}

async fn read_imds(imds: &Imds) -> Result<ReadKey, (CredentialProblem, Text)> {
    match imds.role().await {
        Ok(Role::Credentials(key)) => Ok(found(key)),
        Ok(Role::None) => Err((CredentialProblem::NoRole, said!("no-role").into())),
        Ok(Role::Refused { role, code, .. }) => Err((
            CredentialProblem::RoleRefused,
            said!("role-refused", role = role, code = code).into(),
        )),
        Err(error) => {
            let sentence = said!("metadata-trouble", problem = error.said());
            Err((CredentialProblem::Unavailable, sentence.into()))
        }
    }
}

fn found(key: RoleCredentials) -> ReadKey {
    let credentials = Credentials::new(
        key.access_key_id,
        key.secret_access_key,
        Some(key.session_token),
        // The expiry is the keeper's business: the SDK must not drop or stretch it.
        None,
        "imds",
    );
    ReadKey { role: Some(key.role), credentials, expires_at: Some(key.expires_at) }
}

async fn read_chain(
    chain: &DefaultChain,
    clock: &Clock,
    secrets: &Secrets,
) -> Result<ReadKey, (CredentialProblem, Text)> {
    let answer = clock.call(CHAIN_TIMEOUT, chain.whole.provide_credentials()).await;
    let why = match answer {
        Ok(Ok(credentials)) => {
            let expires_at = credentials.expiry().and_then(|at| at.try_into().ok());
            return Ok(ReadKey { role: None, credentials, expires_at });
        }
        Ok(Err(error)) => secrets.clean(&reasons(chain, clock, &error).await, MAX_REASON_CHARS),
        Err(elapsed) => elapsed.to_string(),
    };
    Err((CredentialProblem::Unavailable, said!("no-credentials", why = why).into()))
}

/// What each link of a chain says that gave no key; IMDS is the last, and `last` may be its word.
async fn reasons(chain: &DefaultChain, clock: &Clock, last: &CredentialsError) -> String {
    let mut said = Vec::new();
    for (name, link) in &chain.links {
        match clock.call(CHAIN_TIMEOUT, link.provide_credentials()).await {
            // It has just been found.
            Ok(Ok(_)) => {}
            Ok(Err(error)) => said.push(format!("{name}: {}", failures::chain(&error))),
            Err(elapsed) => said.push(format!("{name}: {elapsed}")),
        }
    }
    let imds = match last {
        CredentialsError::CredentialsNotLoaded(_) => "no role".to_owned(),
        other => failures::chain(other),
    };
    if !said.iter().any(|link| link.ends_with(&imds)) {
        said.push(format!("IMDS: {imds}"));
    }
    said.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    fn held(role: &str, expires: i64, refused: bool) -> Held {
        let expires_at = Some(at(expires));
        Held { id: "OLD".into(), role: Some(role.into()), expires_at, refused }
    }

    fn new(role: &str, expires: i64) -> ReadKey {
        let credentials = Credentials::new("NEW", "s", None, None, "test");
        ReadKey { role: Some(role.into()), credentials, expires_at: Some(at(expires)) }
    }

    #[test]
    fn the_later_expiry_wins_unless_the_service_says_otherwise() {
        let now = at(10);
        assert!(is_better(None, &new("desk", 5), now), "anything beats nothing");
        assert!(is_better(Some(&held("desk", 12, false)), &new("desk", 13), now));
        assert!(!is_better(Some(&held("desk", 13, false)), &new("desk", 12), now));
        assert!(is_better(Some(&held("desk", 13, true)), &new("desk", 12), now), "refused");
        assert!(is_better(Some(&held("desk", 13, false)), &new("other", 12), now), "role swapped");
        assert!(!is_better(Some(&held("desk", 13, false)), &new("other", 9), now), "over already");
        assert!(is_better(Some(&held("desk", 9, false)), &new("desk", 12), now));
        assert!(!is_better(Some(&held("desk", 13, false)), &new("desk", 9), now), "stale IMDS");
    }

    #[test]
    fn only_four_characters_of_a_key_are_shown() {
        assert_eq!(suffix("ASIAABCDEFGHIJKLWXYZ"), "WXYZ");
        assert_eq!(suffix("abc"), "abc");
    }
}
