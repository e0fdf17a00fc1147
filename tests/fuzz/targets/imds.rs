//! What answers at the metadata address, whatever it is: identity, role, tags, and what AWS announces.
//! The n-th question gets the n-th part of the input (parts end with a record separator, 0x1e): an
//! answer with this body, a whole HTTP answer if it begins like one, a 404 if it is empty.
#![no_main]

use std::rc::Rc;
use std::time::Duration;

use deskbeat::aws::announcements;
use deskbeat::aws::credentials::{Keeper, Source};
use deskbeat::aws::imds::{Imds, Role};
use deskbeat::session::Event;
use deskbeat_fuzz::peer::{Peer, World, ok};
use libfuzzer_sys::fuzz_target;
use tokio::sync::mpsc;

thread_local! {
    static WORLD: (World, Peer) = {
        let world = World::new();
        let peer = world.run(Peer::listen());
        (world, peer)
    };
}

const NOTHING: &[u8] = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";

fn is_shown(text: &str, most: usize) {
    assert!(text.chars().count() <= most, "{} characters", text.chars().count());
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

async fn questions(world: &World, peer: &Peer) {
    let endpoint = format!("http://{}", peer.address);
    let imds = Rc::new(Imds::new(world.clock.clone(), &endpoint).expect("an endpoint"));
    match imds.identity().await {
        Ok(identity) => {
            is_shown(&identity.instance_id, 129);
            // It becomes part of a host's name.
            let of_host = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            assert!(identity.region.bytes().all(of_host), "{:?}", identity.region);
        }
        Err(why) => is_shown(&why.to_string(), 1000),
    }
    match imds.role().await {
        Ok(Role::Refused { code, message, .. }) => {
            is_shown(&code, 129);
            is_shown(&message, 401);
        }
        Ok(Role::Credentials(key)) => assert!(!format!("{key:?}").contains('\n')),
        Ok(Role::None) => {}
        Err(why) => is_shown(&why.to_string(), 1000),
    }
    match imds.tag("deskbeat:queue-url").await {
        Ok(value) => is_shown(&value.unwrap_or_default(), 401),
        Err(why) => is_shown(&why.to_string(), 1000),
    }
    let keeper = Keeper::new(Source::Imds(imds.clone()), world.clock.clone());
    if let Event::CredentialsFailed { sentence, .. } = keeper.read().await {
        is_shown(&sentence, 2000);
    }
    let (events, mut told) = mpsc::unbounded_channel();
    tokio::select! {
        () = announcements::watch(imds, world.clock.clone(), events) => {}
        // Until all of them were looked at once.
        () = world.clock.sleep(Duration::from_secs(3)) => {}
    }
    while let Ok(event) = told.try_recv() {
        if let Event::Announced(announcement) = event {
            is_shown(&announcement.id, 201);
            is_shown(&announcement.text.unwrap_or_default(), 201);
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    WORLD.with(|(world, peer)| {
        let parts: Vec<Vec<u8>> = bytes.split(|byte| *byte == 0x1e).map(<[u8]>::to_vec).collect();
        peer.say(move |request, before| {
            // Before it come the question for the session token, and those answered so far.
            if request.starts_with("PUT ") && parts[0].first() != Some(&b'!') {
                let head = "HTTP/1.1 200 OK\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\n";
                return format!("{head}content-length: 5\r\n\r\ntoken").into_bytes();
            }
            let part = &parts[before.saturating_sub(1) % parts.len()];
            match part.as_slice() {
                b"" => NOTHING.to_vec(),
                raw if raw.starts_with(b"HTTP/") => raw.to_vec(),
                body => ok("application/json", body),
            }
        });
        deskbeat_fuzz::bounded(bytes.len(), || world.run(questions(world, peer)));
    });
});
