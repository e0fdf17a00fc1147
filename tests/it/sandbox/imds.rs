//! IMDS over raw HTTP.

use std::time::{Duration, SystemTime};

use aws_credential_types::provider::ProvideCredentials;
use deskbeat::sandbox::{LifeCycle, Maintenance, Options, Profile, Rotation, What};
use serde_json::json;

use super::stage::{Reply, Stage, play};

const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const SESSION: &str = "x-aws-ec2-metadata-token";
const ROLE: &str = "meta-data/iam/security-credentials/desktop-role";

async fn session(stage: &Stage, seconds: &str) -> Reply {
    let url = format!("{}/latest/api/token", stage.sandbox.imds_url());
    stage.http("PUT", &url, &[(TTL, seconds)], "").await.unwrap()
}

async fn get_with(stage: &Stage, session: &str, path: &str) -> Reply {
    let url = format!("{}/latest/{path}", stage.sandbox.imds_url());
    stage.http("GET", &url, &[(SESSION, session)], "").await.unwrap()
}

async fn get(stage: &Stage, path: &str) -> Reply {
    let session = session(stage, "60").await;
    get_with(stage, session.text(), path).await
}

#[test]
fn a_session_lives_as_long_as_asked_and_nothing_is_told_without_one() {
    play(Options::default(), async |stage| {
        for bad in ["0", "21601", "x", ""] {
            assert_eq!(session(&stage, bad).await.status, 400, "{bad:?}");
        }
        let url = format!("{}/latest/meta-data/instance-id", stage.sandbox.imds_url());
        assert_eq!(stage.http("GET", &url, &[], "").await.unwrap().status, 401);

        let token = session(&stage, "60").await;
        assert_eq!(token.header(TTL), "60");
        let token = token.text().to_owned();
        assert_eq!(token.len(), 56);
        let id = get_with(&stage, &token, "meta-data/instance-id").await;
        assert_eq!((id.status, id.text()), (200, "i-0123456789abcdef0"));
        stage.sleep(59).await;
        assert_eq!(get_with(&stage, &token, "meta-data/instance-id").await.status, 200);
        stage.sleep(1).await;
        assert_eq!(get_with(&stage, &token, "meta-data/instance-id").await.status, 401);

        let token = session(&stage, "21600").await.text().to_owned();
        stage.sandbox.forget_imds_sessions();
        assert_eq!(get_with(&stage, &token, "meta-data/instance-id").await.status, 401);
    });
}

#[test]
fn keys_rotate_on_the_clock_and_say_when_they_expire() {
    play(Options::default(), async |stage| {
        let list = get(&stage, "meta-data/iam/security-credentials/").await;
        assert_eq!(list.text(), "desktop-role");
        let first = get(&stage, ROLE).await.json();
        assert_eq!(first["Code"], "Success");
        assert_eq!(first["Type"], "AWS-HMAC");
        assert_eq!(first["LastUpdated"], "2026-11-24T09:00:00Z");
        assert_eq!(first["Expiration"], "2026-11-24T15:30:00Z");
        stage.sleep(3599).await;
        assert_eq!(get(&stage, ROLE).await.json(), first);
        stage.sleep(1).await;
        let second = get(&stage, ROLE).await.json();
        assert_ne!(second["AccessKeyId"], first["AccessKeyId"]);
        assert_eq!(second["Expiration"], "2026-11-24T16:30:00Z");

        stage.sandbox.set_rotation(Rotation::Manual);
        stage.sleep(12 * 3600).await;
        assert_eq!(get(&stage, ROLE).await.json(), second, "expired, and still handed out");
        stage.sandbox.rotate();
        assert_eq!(get(&stage, ROLE).await.json()["LastUpdated"], "2026-11-24T22:00:00Z");
        stage.sandbox.hand_out_expired_key(Duration::from_secs(60));
        assert_eq!(get(&stage, ROLE).await.json()["Expiration"], "2026-11-24T21:59:00Z");

        let issued = |what: &What| matches!(what, What::KeyIssued { .. });
        let log = stage.sandbox.log();
        assert_eq!(log.iter().filter(|entry| issued(&entry.what)).count(), 4);
        let secret = second["SecretAccessKey"].as_str().unwrap();
        assert!(!format!("{log:?}{:?}", stage.key()).contains(secret));
    });
}

#[test]
fn the_role_can_be_missing_swapped_or_not_trusted() {
    play(Options::default(), async |stage| {
        stage.sandbox.set_profile(Profile::Role("other-role".into()));
        assert_eq!(get(&stage, ROLE).await.status, 404);
        let other = get(&stage, "meta-data/iam/security-credentials/other-role").await;
        assert_eq!(other.json()["Code"], "Success");
        stage.sandbox.set_profile(Profile::None);
        assert_eq!(get(&stage, "meta-data/iam/security-credentials/").await.status, 404);
        stage.sandbox.set_profile(Profile::Unauthorized("desktop-role".into()));
        let broken = get(&stage, ROLE).await;
        assert_eq!(broken.status, 200);
        assert_eq!(broken.json()["Code"], "AssumeRoleUnauthorizedAccess");
        assert_eq!(broken.json().get("AccessKeyId"), None);
    });
}

#[test]
fn the_instance_and_its_notices_are_told() {
    let options = Options {
        tags: Some(vec![("deskbeat:queue-url".into(), "https://q".into())]),
        life_cycle: LifeCycle::Spot,
        ..Options::default()
    };
    play(options, async |stage| {
        let document = get(&stage, "dynamic/instance-identity/document").await.json();
        assert_eq!(document["region"], "eu-west-1");
        assert_eq!(document["accountId"], "123456789012");
        assert_eq!(document["instanceId"], "i-0123456789abcdef0");
        for (path, value) in [
            ("meta-data/tags/instance/", "deskbeat:queue-url"),
            ("meta-data/tags/instance/deskbeat:queue-url", "https://q"),
            ("meta-data/tags/instance/deskbeat%3Aqueue-url", "https://q"),
            ("meta-data/instance-life-cycle", "spot"),
            ("meta-data/placement/region", "eu-west-1"),
            ("meta-data/events/maintenance/scheduled", "[]"),
        ] {
            assert_eq!(get(&stage, path).await.text(), value, "{path}");
        }
        let notices = [
            "meta-data/tags/instance/absent",
            "meta-data/spot/instance-action",
            "meta-data/events/recommendations/rebalance",
            "meta-data/autoscaling/target-lifecycle-state",
            "meta-data/nonsense",
            "nonsense",
        ];
        for path in notices {
            assert_eq!(get(&stage, path).await.status, 404, "{path}");
        }

        let soon = stage.at(120);
        stage.sandbox.spot_notice(Some(("stop", soon)));
        stage.sandbox.rebalance_notice(Some(soon));
        stage.sandbox.set_target_state(Some("Terminated"));
        stage.sandbox.set_maintenance(vec![Maintenance {
            event_id: "instance-event-1".into(),
            code: "system-reboot".into(),
            state: "active".into(),
            description: "scheduled reboot".into(),
            not_before: soon,
            not_after: stage.at(3600),
        }]);
        let action = get(&stage, "meta-data/spot/instance-action").await.json();
        assert_eq!(action, json!({ "action": "stop", "time": "2026-11-24T09:02:00Z" }));
        let rebalance = get(&stage, "meta-data/events/recommendations/rebalance").await.json();
        assert_eq!(rebalance, json!({ "noticeTime": "2026-11-24T09:02:00Z" }));
        let events = get(&stage, "meta-data/events/maintenance/scheduled").await.json();
        assert_eq!(events[0]["NotBefore"], "24 Nov 2026 09:02:00 GMT");
        assert_eq!(events[0]["Code"], "system-reboot");
        let state = get(&stage, "meta-data/autoscaling/target-lifecycle-state").await;
        assert_eq!(state.text(), "Terminated");

        stage.sandbox.set_tags(None);
        assert_eq!(get(&stage, "meta-data/tags/instance/").await.status, 404);
    });
}

#[test]
fn the_sdk_s_own_provider_reads_the_keys() {
    play(Options::default(), async |stage| {
        let provider = stage.imds_provider();
        for _ in 0..3 {
            let read = stage.call(provider.provide_credentials()).await.unwrap();
            let key = stage.key();
            assert_eq!(read.access_key_id(), key.access_key_id);
            assert_eq!(read.secret_access_key(), key.secret_access_key);
            assert_eq!(read.session_token(), Some(key.session_token.as_str()));
            let expiry = read.expiry().unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap();
            assert_eq!(expiry.as_secs(), key.expires.as_second().unsigned_abs());
            // Longer than the provider's session may live: it must renew it.
            stage.sleep(6 * 3600 + 60).await;
        }
        stage.sandbox.set_profile(Profile::None);
        stage.call(imds_error(&stage)).await;
    });
}

async fn imds_error(stage: &Stage) {
    let error = stage.imds_provider().provide_credentials().await.unwrap_err();
    assert!(
        error.to_string().contains("not loaded") || format!("{error:?}").contains("404"),
        "{error:?}"
    );
}
