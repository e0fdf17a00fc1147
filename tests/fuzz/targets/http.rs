//! What answers in place of AWS: the service, a proxy, a sign-in page, nonsense. The first byte says
//! which call is answered; the rest is the whole HTTP answer.
#![no_main]

use std::rc::Rc;
use std::time::Duration;

use deskbeat::aws::credentials::{Keeper, Source};
use deskbeat::aws::imds::Imds;
use deskbeat::aws::surroundings::Surroundings;
use deskbeat::aws::{Access, Callbacks, Clients, CredentialSource, Queue, QueueChoice};
use deskbeat::session::{Failure, TaskResult, TaskToken};
use deskbeat_fuzz::peer::{Peer, World, ok};
use libfuzzer_sys::fuzz_target;

const TOKEN: &str = "AQCEAAAAKgAAAAMAAAAAAAAAAexample/with+base64==";
const KEY: &str = r#"{"Code":"Success","AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"secret",
    "Token":"session","Expiration":"2030-01-01T00:00:00Z"}"#;

struct Setting {
    world: World,
    peer: Peer,
    callbacks: Callbacks,
    queue: Queue,
}

thread_local! {
    static SETTING: Setting = setting();
}

fn setting() -> Setting {
    let world = World::new();
    let (peer, keeper) = world.run(async {
        let peer = Peer::listen().await;
        peer.say(|request, _| match request {
            "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1" => ok("text/plain", b"role"),
            _ if request.starts_with("GET ") => ok("text/plain", KEY.as_bytes()),
            _ => {
                let head = "HTTP/1.1 200 OK\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\n";
                format!("{head}content-length: 5\r\n\r\ntoken").into_bytes()
            }
        });
        let endpoint = format!("http://{}", peer.address);
        let imds = Imds::new(world.clock.clone(), &endpoint).expect("an endpoint");
        let keeper = Keeper::new(Source::Imds(Rc::new(imds)), world.clock.clone());
        keeper.read().await;
        assert!(keeper.has_key(), "the key above is no key");
        (peer, keeper)
    });
    let url = format!("http://{}", peer.address);
    let access = Access {
        region: None,
        instance_id: None,
        sfn_endpoint: Some(url.clone()),
        sqs_endpoint: Some(url.clone()),
        imds_endpoint: url.clone(),
        credentials: CredentialSource::Imds,
        queue: QueueChoice::Url(format!("{url}/1/q")),
        surroundings: Surroundings::default(),
    };
    let clients = Clients::new(&access, "eu-west-1", &world.clock, keeper.key());
    let callbacks = Callbacks::new(&clients, world.clock.clone());
    let queue = Queue::new(&clients, world.clock.clone(), format!("{url}/1/q"));
    Setting { world, peer, callbacks, queue }
}

/// Whatever a service says is cut to a line, and what it quotes of a token is covered.
fn is_shown(failure: &Failure) {
    let words =
        [&failure.code, &failure.message, failure.request_id.as_ref().unwrap_or(&failure.code)];
    for text in words {
        assert!(text.chars().count() <= 401 + 80, "{} characters", text.chars().count());
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
    let told = format!("{failure} {failure:?}");
    for at in 0..TOKEN.len() - 12 {
        assert!(!told.contains(&TOKEN[at..at + 12]), "part of the token in {told:?}");
    }
}

async fn calls(setting: &Setting, which: u8) {
    let Setting { callbacks, queue, .. } = setting;
    let token = TaskToken::new(TOKEN).expect("a token");
    let limit = Duration::from_secs(10);
    let failure = match which % 4 {
        0 => callbacks.beat(&token, limit).await.err(),
        1 => {
            let ended = TaskResult::Success("{}".into());
            callbacks.close(&token, ended, limit).await.err()
        }
        2 => {
            let (error, cause) = ("Deskbeat.Failed".into(), "a cause".into());
            callbacks.close(&token, TaskResult::Failure { error, cause }, limit).await.err()
        }
        _ => match queue.receive().await {
            Ok(deliveries) => {
                assert!(deliveries.iter().all(|delivery| delivery.message_id.len() < 1000));
                match deliveries.first() {
                    Some(delivery) => queue.delete(delivery.receipt).await.err(),
                    None => None,
                }
            }
            Err(failure) => Some(failure),
        },
    };
    if let Some(failure) = failure {
        is_shown(&failure);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((which, answer)) = bytes.split_first() else { return };
    SETTING.with(|setting| {
        let answer = answer.to_vec();
        setting.peer.say(move |_, _| answer.clone());
        deskbeat_fuzz::bounded(bytes.len(), || setting.world.run(calls(setting, *which)));
    });
});
