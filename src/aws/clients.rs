//! Builds the SDK's clients: pinned region and endpoints, the keeper's credentials uncached, our
//! clock, no retries of the SDK's own (the core decides when to try again).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::Region;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::identity::SharedIdentityCache;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;

use super::Place;
use super::secrets::Secrets;
use super::transport::{AnswerDates, Transport};
use super::{Access, CONNECT_TIMEOUT, regions};
use crate::clock::Clock;

/// The clients of one region. The long poll has connections of its own, so that a queue that
/// hangs never holds up a beat.
#[derive(Clone, Debug)]
pub struct Clients {
    pub(super) sfn: aws_sdk_sfn::Client,
    pub(super) sqs: aws_sdk_sqs::Client,
    /// What the services' words are cleaned of.
    pub(super) secrets: Secrets,
    /// For whoever has to give its connections up.
    pub(super) sfn_transport: Transport,
}

impl Clients {
    /// Clients for `region` that sign with whatever `key` holds at each call.
    pub fn new(access: &Access, region: &str, clock: &Clock, key: &HeldKey) -> Self {
        Self::at(access, region, access.sqs_endpoint.as_deref(), clock, key)
    }

    fn at(
        access: &Access,
        region: &str,
        sqs_endpoint: Option<&str>,
        clock: &Clock,
        key: &HeldKey,
    ) -> Self {
        let surroundings = &access.surroundings;
        let transport =
            |endpoint: Option<&str>| Transport::new(endpoint, surroundings, &key.service_clock);
        let (sfn_transport, sqs_transport) =
            (transport(access.sfn_endpoint.as_deref()), transport(sqs_endpoint));
        let config = base(region, clock, SharedCredentialsProvider::new(key.clone()));
        let sfn = aws_sdk_sfn::config::Builder::from(&config).http_client(sfn_transport.shared());
        let sqs = aws_sdk_sqs::config::Builder::from(&config).http_client(sqs_transport.shared());
        let sfn = match &access.sfn_endpoint {
            Some(url) => sfn.endpoint_url(url),
            None => sfn.use_fips(surroundings.fips()).use_dual_stack(surroundings.dual_stack()),
        };
        let sqs = match sqs_endpoint {
            Some(url) => sqs.endpoint_url(url),
            None => sqs.use_fips(surroundings.fips()).use_dual_stack(surroundings.dual_stack()),
        };
        Self {
            sfn: aws_sdk_sfn::Client::from_conf(sfn.build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
            secrets: key.secrets.clone(),
            sfn_transport,
        }
    }

    /// Clients that ask the queue at `url` where it says, and sign for its region, which may be another
    /// than `place`'s.
    pub fn for_queue(
        &self,
        access: &Access,
        place: &Place,
        url: &str,
        clock: &Clock,
        key: &HeldKey,
    ) -> Self {
        let region = regions::named_in(url).unwrap_or_else(|| place.region.clone());
        // Where the configuration says where SQS is, the URL only names the queue.
        let own = regions::own_endpoint(url).filter(|_| access.sqs_endpoint.is_none());
        match own.as_deref().or(access.sqs_endpoint.as_deref()) {
            _ if own.is_none() && region == place.region => self.clone(),
            endpoint => Self::at(access, &region, endpoint, clock, key),
        }
    }
}

fn base(region: &str, clock: &Clock, credentials: SharedCredentialsProvider) -> SdkConfig {
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).build();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(credentials)
        // The SDK's cache never drops a key that the service calls expired; the keeper does.
        .identity_cache(uncached())
        .retry_config(RetryConfig::disabled())
        // It wakes ten times a second during a long poll; every call has its own limit already.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(timeouts)
        .sleep_impl(SdkClock(clock.clone()))
        .time_source(SdkClock(clock.clone()))
        .build()
}

fn uncached() -> SharedIdentityCache {
    aws_sdk_sfn::config::IdentityCache::no_cache()
}

/// Our clock, as the SDK wants to see one.
#[derive(Clone, Debug)]
pub struct SdkClock(pub Clock);

impl TimeSource for SdkClock {
    fn now(&self) -> SystemTime {
        // Only a time before 1970 or so does not fit; the service refuses such a signature anyway.
        self.0.now().wall.try_into().unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

impl AsyncSleep for SdkClock {
    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = self.0.clone();
        Sleep::new(async move { clock.sleep(duration).await })
    }
}

/// The key that calls are signed with. The keeper puts it there; the SDK asks for it at each call.
#[derive(Clone)]
pub struct HeldKey {
    key: Arc<Mutex<Option<Credentials>>>,
    secrets: Secrets,
    service_clock: AnswerDates,
}

impl HeldKey {
    /// No key yet; the ones to come are `secrets`.
    pub(super) fn new(secrets: Secrets) -> Self {
        Self { key: Arc::default(), secrets, service_clock: AnswerDates::default() }
    }

    /// The services' clock, as the answers to calls with this key tell it.
    pub fn service_clock(&self) -> &AnswerDates {
        &self.service_clock
    }

    /// Signs with `credentials` from now on.
    pub(super) fn put(&self, credentials: Credentials) {
        self.secrets.learn_key(&credentials);
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = Some(credentials);
    }

    fn get(&self) -> Result<Credentials, CredentialsError> {
        let held = self.key.lock().unwrap_or_else(PoisonError::into_inner).clone();
        held.ok_or_else(|| CredentialsError::not_loaded("no credentials were read yet"))
    }
}

impl std::fmt::Debug for HeldKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HeldKey")
    }
}

impl ProvideCredentials for HeldKey {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(self.get())
    }
}
