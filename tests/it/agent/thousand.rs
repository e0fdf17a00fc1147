//! Again and again: whatever the service does to the close, it is accepted before the after-end
//! action. A thousand sessions, one after the other, on one computer.

use std::time::Duration;

use deskbeat::clock::Clock;
use deskbeat::demo::stage::Stage;
use deskbeat::sandbox::{Action, Extent, Fault, Options, TaskSpec, What};
use deskbeat::session::{AfterEnd, Reply, Request, Settings};

const SESSIONS: u64 = 1000;

#[test]
fn a_thousand_of_a_thousand_closes_come_before_the_after_end_action() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let settings = Settings { after_end: AfterEnd::Shutdown, ..Settings::default() };
        let mut stage = Stage::new(Options::default(), settings, None).await.unwrap();
        let mut rng = fastrand::Rng::with_seed(1000);
        let mut troubled = 0;
        for session in 0..SESSIONS {
            troubled += u64::from(one_session(&mut stage, &mut rng, session).await);
        }
        assert!(troubled > SESSIONS / 2, "only {troubled} closes met with any trouble");
    });
}

/// Lives through one session; true if its close met with trouble.
async fn one_session(stage: &mut Stage, rng: &mut fastrand::Rng, session: u64) -> bool {
    let mut log = stage.sandbox.subscribe();
    let link = stage.start_agent().unwrap();
    let name = Some(format!("session-{session}"));
    let task = stage.sandbox.start_task(TaskSpec { session_id: name, ..TaskSpec::default() });
    stage.sandbox.send_start(task, serde_json::json!({}));
    log.find(|what| *what == What::BeatAccepted(task)).await;

    let trouble = trouble(rng);
    if let Some(trouble) = trouble.clone() {
        stage.sandbox.fault(Action::Success, trouble, Extent::Times(1));
    }
    let clock: Clock = stage.clock.clone();
    clock.sleep(Duration::from_millis(rng.u64(0..90_000))).await;
    let reply = link.ask(Request::End { text: None }).await.unwrap();
    assert!(matches!(reply, Reply::Done { .. }), "session {session}, {trouble:?}: {reply:?}");

    let mut accepted = false;
    loop {
        match log.next().await.what {
            What::CloseAccepted { task: closed, .. } => accepted |= closed == task,
            What::Mark(_) => break,
            _ => {}
        }
    }
    assert!(accepted, "session {session}, {trouble:?}: the after-end action came first");
    stage.sandbox.clear_all();
    trouble.is_some()
}

fn trouble(rng: &mut fastrand::Rng) -> Option<Fault> {
    match rng.u8(0..8) {
        0 => Some(Fault::error("ThrottlingException")),
        1 => Some(Fault::error("ExpiredTokenException")),
        2 => Some(Fault::status(500)),
        3 => Some(Fault::Hang),
        4 => Some(Fault::Cut),
        5 => Some(Fault::Drop),
        6 => Some(Fault::Latency(Duration::from_millis(rng.u64(1..4000)))),
        _ => None,
    }
}
