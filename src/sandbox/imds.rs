//! IMDS over HTTP, version 2 only.
//! Source: EC2 user guide, "Use the Instance Metadata Service"; 404 is its normal "there is none".

use std::time::Duration;

use hyper::{HeaderMap, Method};
use jiff::Timestamp;
use serde_json::json;

use super::log::What;
use super::{Sandbox, World};
use crate::sandbox::action::Action;
use crate::sandbox::options::LifeCycle;
use crate::sandbox::wire::answer::HttpAnswer;
use crate::sandbox::wire::refusal::html;
use crate::sandbox::world::instance::seconds;
use crate::sandbox::world::keys::Profile;

const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const SESSION: &str = "x-aws-ec2-metadata-token";
const TOKEN_PATH: &str = "/latest/api/token";
const CREDENTIALS: &str = "meta-data/iam/security-credentials";

/// The call that a path names.
pub(super) fn action(path: &str) -> Action {
    if path == TOKEN_PATH {
        Action::ImdsToken
    } else if below_version(path).is_some_and(|path| path.starts_with(CREDENTIALS)) {
        Action::ImdsCredentials
    } else {
        Action::ImdsOther
    }
}

/// `/latest/x` and `/2021-01-03/x` are `x`.
fn below_version(path: &str) -> Option<&str> {
    let (version, rest) = path.strip_prefix('/')?.split_once('/')?;
    let dated = version.len() == 10 && version.starts_with(|c: char| c.is_ascii_digit());
    (version == "latest" || dated).then_some(rest)
}

fn text(body: impl Into<String>) -> HttpAnswer {
    HttpAnswer::new(200, "text/plain", body.into())
}

impl Sandbox {
    pub(super) fn imds(&self, method: &Method, path: &str, headers: &HeaderMap) -> HttpAnswer {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if path == TOKEN_PATH {
            return self.imds_token(method, headers.contains_key("x-forwarded-for"), header(TTL));
        }
        if method != Method::GET {
            return html(405);
        }
        let known =
            |session: &str| self.with(|world, now| world.instance.has_session(session, now));
        if !header(SESSION).is_some_and(known) {
            return html(401);
        }
        let Some(path) = below_version(path) else { return html(404) };
        if let Some(role) = path.strip_prefix(CREDENTIALS) {
            let role = role.trim_matches('/');
            return self.with(|world, now| credentials(world, role, now));
        }
        self.metadata(path).map_or_else(|| html(404), text)
    }

    fn imds_token(&self, method: &Method, forwarded: bool, ttl: Option<&str>) -> HttpAnswer {
        if method != Method::PUT {
            return html(405);
        }
        if forwarded {
            return html(403);
        }
        let lifetime: Option<u64> = ttl.and_then(|ttl| ttl.parse().ok());
        // Source: EC2 user guide: a minimum of 1 second and a maximum of 21,600.
        match lifetime {
            Some(lifetime @ 1..=21_600) => {
                let session =
                    self.with(|world, now| world.imds_session(now, Duration::from_secs(lifetime)));
                let mut answer = text(session);
                answer.headers.push((TTL, lifetime.to_string()));
                answer
            }
            Some(_) | None => html(400),
        }
    }

    fn metadata(&self, path: &str) -> Option<String> {
        let options = &self.0.options;
        let meta = match path {
            "dynamic/instance-identity/document" => return Some(self.identity_document()),
            path => path.strip_prefix("meta-data/")?,
        };
        match meta {
            "instance-id" => Some(options.instance_id.clone()),
            "placement/region" => Some(options.region.clone()),
            "placement/availability-zone" => Some(format!("{}a", options.region)),
            "instance-life-cycle" => Some(self.with(|world, _| match world.instance.life_cycle {
                LifeCycle::OnDemand => "on-demand".into(),
                LifeCycle::Spot => "spot".into(),
            })),
            meta => match meta.strip_prefix("tags/instance") {
                Some(key) => self.tag(key.trim_start_matches('/')),
                None => self.with(|world, _| world.instance.notice(meta)),
            },
        }
    }

    /// One tag's value, or with an empty key the list of keys.
    fn tag(&self, key: &str) -> Option<String> {
        let key = percent_decoded(key);
        self.with(|world, _| {
            let tags = world.instance.tags.as_ref()?;
            if key.is_empty() {
                let keys: Vec<_> = tags.iter().map(|(key, _)| key.as_str()).collect();
                return Some(keys.join("\n"));
            }
            tags.iter().find(|(known, _)| *known == key).map(|(_, value)| value.clone())
        })
    }

    fn identity_document(&self) -> String {
        let options = &self.0.options;
        let document = json!({
            "accountId": options.account_id,
            "architecture": "x86_64",
            "availabilityZone": format!("{}a", options.region),
            "imageId": "ami-0123456789abcdef0",
            "instanceId": options.instance_id,
            "instanceType": "g4dn.xlarge",
            "kernelId": null,
            "pendingTime": "2026-01-01T00:00:00Z",
            "privateIp": "10.0.0.10",
            "ramdiskId": null,
            "region": options.region,
            "version": "2017-09-30",
        });
        format!("{document:#}")
    }
}

/// The list of roles (there is one at most), or the document of one.
fn credentials(world: &mut World, asked: &str, now: Timestamp) -> HttpAnswer {
    let (role, trusted) = match world.keys.profile() {
        Profile::None => return html(404),
        Profile::Role(role) => (role.clone(), true),
        Profile::Unauthorized(role) => (role.clone(), false),
    };
    if asked.is_empty() {
        return text(role);
    }
    if asked != role {
        return html(404);
    }
    let document = if trusted {
        let Some(key) = world.keys.current() else { return html(404) };
        let suffix = key.suffix().to_owned();
        let document = json!({
            "Code": "Success",
            "LastUpdated": seconds(key.issued),
            "Type": "AWS-HMAC",
            "AccessKeyId": key.access_key_id,
            "SecretAccessKey": key.secret_access_key,
            "Token": key.session_token,
            "Expiration": seconds(key.expires),
        });
        world.note(now, What::KeyRead { suffix });
        document
    } else {
        json!({
            "Code": "AssumeRoleUnauthorizedAccess",
            "Message": format!(
                "EC2 cannot assume the role {role}.  Please see documentation at \
                 https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#\
                 troubleshoot_iam-ec2_errors-info-doc."
            ),
            "LastUpdated": seconds(now),
        })
    };
    text(format!("{document:#}"))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &rest[3..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
