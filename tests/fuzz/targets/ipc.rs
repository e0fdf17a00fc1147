//! The control socket, from both ends: what a client sends to the agent, and what something that
//! listens in the agent's place says to `deskbeat status`. The first byte says which.
#![no_main]

use std::time::Duration;

use deskbeat::agent::link::{AgentEnd, FrontCall};
use deskbeat::control::{Client, Listener, serve};
use deskbeat::session::{Record, Reply, Session, Settings};
use deskbeat::ui::history::History;
use deskbeat_fuzz::peer::World;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

struct Setting {
    world: World,
    agent: TempDir,
    impostor: TempDir,
    socket: UnixListener,
}

thread_local! {
    static SETTING: Setting = setting();
}

fn setting() -> Setting {
    let world = World::new();
    let (agent, impostor) = (deskbeat_fuzz::folder(), deskbeat_fuzz::folder());
    let socket = world.run(async {
        let listener = Listener::bind(agent.path()).expect("a socket");
        let (mut desk, link) = AgentEnd::new();
        tokio::task::spawn_local(serve(listener, link, world.clock.clone()));
        let clock = world.clock.clone();
        tokio::task::spawn_local(async move {
            let now = clock.now();
            let session = Session::new(now, Settings::default(), Record::default(), 0);
            loop {
                let call = tokio::select! {
                    call = desk.next() => call,
                    // Whoever watches hears of it, and one that has gone is noticed.
                    () = clock.sleep(Duration::from_millis(10)) => {
                        desk.changed();
                        continue;
                    }
                };
                // A client may have gone before its answer came.
                match call {
                    FrontCall::View(answer) => drop(answer.send(session.view(now))),
                    FrontCall::History(answer) => drop(answer.send(History::default())),
                    FrontCall::Ask(_, answer) => {
                        let sentence = "The service accepted it.".into();
                        drop(answer.send(Reply::Done { sentence, request_id: None }));
                    }
                    FrontCall::Report(event) => panic!("nobody may report here: {event:?}"),
                }
            }
        });
        UnixListener::bind(impostor.path().join("control.sock")).expect("a socket")
    });
    Setting { world, agent, impostor, socket }
}

/// Sends `bytes` to the agent, and holds every line that comes back to the protocol.
async fn to_the_agent(setting: &Setting, bytes: &[u8]) {
    let path = setting.agent.path().join("control.sock");
    let mut stream = UnixStream::connect(path).await.expect("the agent listens");
    // It may hang up before it has read it all.
    let _sent = stream.write_all(bytes).await;
    let _shut = stream.shutdown().await;
    let mut answers = Vec::new();
    tokio::select! {
        _end = stream.read_to_end(&mut answers) => {}
        // A client that said more than `watch` is never told to go.
        () = setting.world.clock.sleep(Duration::from_millis(100)) => {}
    }
    for line in answers.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let Ok(answer) = serde_json::from_slice::<serde_json::Value>(line) else {
            // The last one may be cut off, where we stopped reading.
            assert!(
                answers.ends_with(line),
                "no line of JSON: {:?}",
                String::from_utf8_lossy(line)
            );
            continue;
        };
        assert_eq!(answer["v"], 1);
    }
}

/// Asks something that says `bytes` and nothing more.
async fn to_the_impostor(setting: &Setting, bytes: &[u8]) {
    let impostor = async {
        let (mut stream, _) = setting.socket.accept().await.expect("a client");
        let _sent = stream.write_all(bytes).await;
        // Read, so that a close is no reset.
        let mut asked = [0; 512];
        let _read = stream.read(&mut asked).await;
    };
    let client = async {
        let mut client = Client::connect(setting.impostor.path()).await.expect("it listens");
        match client.view().await {
            Ok(view) => drop(serde_json::to_string(&view).expect("a view is JSON")),
            Err(why) => assert!(!why.to_string().is_empty()),
        }
    };
    tokio::join!(impostor, client);
}

fuzz_target!(|bytes: &[u8]| {
    let Some((which, bytes)) = bytes.split_first() else { return };
    SETTING.with(|setting| {
        deskbeat_fuzz::bounded(bytes.len(), || {
            setting.world.run(async {
                if which % 2 == 0 {
                    to_the_agent(setting, bytes).await;
                } else {
                    to_the_impostor(setting, bytes).await;
                }
            });
        });
    });
});
