//! The role's credentials: what IMDS hands out, what the services accept, and rotation.

use std::fmt;
use std::time::Duration;

use fastrand::Rng;
use jiff::Timestamp;

use crate::sandbox::log::What;
use crate::sandbox::options::{Options, Rotation};
use crate::sandbox::{Sandbox, World, ids};
use crate::session::interface::time::{earlier, later};

/// The instance's role as IMDS shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Profile {
    /// This role, with keys.
    Role(String),
    /// No role at all: 404.
    None,
    /// This role, whose trust policy does not let EC2 assume it: a document with the code
    /// `AssumeRoleUnauthorizedAccess`.
    Unauthorized(String),
}

/// Credentials that IMDS handed out. `Debug` shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedKey {
    /// `AccessKeyId`.
    pub access_key_id: String,
    /// `SecretAccessKey`.
    pub secret_access_key: String,
    /// `Token`.
    pub session_token: String,
    /// The role that it is for.
    pub role: String,
    /// `LastUpdated`.
    pub issued: Timestamp,
    /// `Expiration`, as IMDS says it.
    pub expires: Timestamp,
}

impl IssuedKey {
    /// The last four characters of its id.
    pub fn suffix(&self) -> &str {
        let start = self.access_key_id.len().saturating_sub(4);
        &self.access_key_id[start..]
    }
}

impl fmt::Debug for IssuedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuedKey(…{}, {}, until {})", self.suffix(), self.role, self.expires)
    }
}

/// Why a service does not take a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum BadKey {
    Unknown,
    Expired,
}

pub(in crate::sandbox) struct KeyRing {
    /// All that were issued, and whether the services refuse it before its time; the last is current.
    keys: Vec<(IssuedKey, bool)>,
    profile: Profile,
    lifetime: Duration,
    rotation: Rotation,
    next: Option<Timestamp>,
}

impl KeyRing {
    pub(in crate::sandbox) fn new(options: &Options, now: Timestamp) -> Self {
        Self {
            keys: Vec::new(),
            profile: Profile::Role(options.role.clone()),
            lifetime: options.key_lifetime,
            rotation: options.rotation,
            next: Some(now),
        }
    }

    pub(in crate::sandbox) fn profile(&self) -> &Profile {
        &self.profile
    }

    pub(in crate::sandbox) fn current(&self) -> Option<&IssuedKey> {
        self.keys.last().map(|(key, _)| key)
    }

    pub(in crate::sandbox) fn next_rotation(&self) -> Option<Timestamp> {
        self.next
    }

    pub(in crate::sandbox) fn check(
        &self,
        id: &str,
        session_token: &str,
        now: Timestamp,
    ) -> Result<(), BadKey> {
        let known = self.keys.iter().find(|(key, _)| key.access_key_id == id);
        let Some((key, revoked)) = known.filter(|(key, _)| key.session_token == session_token)
        else {
            return Err(BadKey::Unknown);
        };
        if *revoked || key.expires <= now { Err(BadKey::Expired) } else { Ok(()) }
    }

    pub(in crate::sandbox) fn forget_expired(&mut self, now: Timestamp) {
        self.keys.retain(|(key, _)| key.expires > now);
    }

    fn issue(
        &mut self,
        rng: &mut Rng,
        role: String,
        issued: Timestamp,
        lifetime: Duration,
    ) -> What {
        let key = IssuedKey {
            access_key_id: format!("ASIA{}", ids::base32(rng, 16)),
            secret_access_key: ids::base64(rng, "", 40),
            session_token: ids::base64(rng, "IQoJb3JpZ2luX2Vj", 800),
            role: role.clone(),
            issued,
            expires: later(issued, lifetime),
        };
        let what = What::KeyIssued { suffix: key.suffix().into(), role, expires: key.expires };
        self.keys.push((key, false));
        what
    }
}

impl World {
    /// A new key at `at`, and the time of the next one.
    pub(in crate::sandbox) fn rotate(&mut self, at: Timestamp) {
        let ring = &mut self.keys;
        ring.next = match ring.rotation {
            Rotation::Every(period) => Some(later(at, period)),
            Rotation::Manual => None,
        };
        if let Profile::Role(role) = ring.profile.clone() {
            let what = ring.issue(&mut self.rng, role, at, ring.lifetime);
            self.note(at, what);
        }
    }
}

impl Sandbox {
    /// Gives IMDS a new key now; the old ones stay valid until they expire.
    pub fn rotate(&self) {
        self.with(World::rotate);
    }

    /// From now on IMDS gets new keys in this way; the current one stays.
    pub fn set_rotation(&self, rotation: Rotation) {
        self.with(|world, now| {
            world.keys.rotation = rotation;
            world.keys.next = match rotation {
                Rotation::Every(period) => Some(later(now, period)),
                Rotation::Manual => None,
            };
        });
    }

    /// The services refuse every key but the current one as expired from now on, whatever its
    /// `Expiration` said.
    pub fn expire_old_keys(&self) {
        self.with(|world, _| {
            let old = world.keys.keys.len().saturating_sub(1);
            world.keys.keys.iter_mut().take(old).for_each(|(_, revoked)| *revoked = true);
        });
    }

    /// The services refuse the current key too as expired, though IMDS goes on handing it out with
    /// an `Expiration` in the future, until the next rotation.
    pub fn expire_all_keys(&self) {
        self.with(|world, _| {
            world.keys.keys.iter_mut().for_each(|(_, revoked)| *revoked = true);
        });
    }

    /// IMDS hands out a key that expired `ago`, until the next rotation.
    pub fn hand_out_expired_key(&self, ago: Duration) {
        self.with(|world, now| {
            if let Profile::Role(role) = world.keys.profile.clone() {
                let lifetime = world.keys.lifetime;
                let issued = earlier(earlier(now, ago), lifetime);
                let what = world.keys.issue(&mut world.rng, role, issued, lifetime);
                world.note(now, what);
            }
        });
    }

    /// Swaps the role (with a new key of its own at once), takes it away, or breaks its trust.
    pub fn set_profile(&self, profile: Profile) {
        self.with(|world, now| {
            world.keys.profile = profile;
            world.rotate(now);
        });
    }

    /// The key that IMDS hands out now; `None` before there was a role.
    pub fn current_key(&self) -> Option<IssuedKey> {
        self.with(|world, _| world.keys.current().cloned())
    }
}
