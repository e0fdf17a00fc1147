//! What depends on time, without waiting for it.

use super::*;

#[test]
fn while_something_counts_down_a_watching_client_sees_it_move() {
    let runtime = runtime().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let (clock, driver) = Clock::simulated(jiff::Timestamp::UNIX_EPOCH, None);
        spawn_local(driver.run());
        let agent = Agent::start(clock.clone());
        agent.pretence.window.set(Some(300));
        let mut watch = agent.client().await.watch().await.unwrap();
        let mut last = watch.next().await.unwrap().beats;
        for _ in 0..20 {
            let next = watch.next().await.unwrap().beats;
            assert!(next > last);
            last = next;
        }
        assert!(clock.now().mono.since_start().as_secs() >= 19, "a second of the session each");
    });
}

#[test]
fn while_nothing_counts_down_a_watching_client_is_left_alone() {
    let runtime = runtime().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let (clock, driver) = Clock::simulated(jiff::Timestamp::UNIX_EPOCH, None);
        spawn_local(driver.run());
        let agent = Agent::start(clock.clone());
        let mut watch = agent.client().await.watch().await.unwrap();
        watch.next().await.unwrap();
        clock.sleep(std::time::Duration::from_secs(3600)).await;
        assert_eq!(agent.pretence.views.get(), 1);
    });
}

#[test]
fn a_client_that_says_nothing_or_half_a_line_is_sent_away_in_the_end() {
    for said in [b"".as_slice(), b"{\"v\":1,"] {
        // tokio's paused time moves on by itself when all wait.
        let runtime = runtime().start_paused(true).build().unwrap();
        LocalSet::new().block_on(&runtime, async {
            let agent = Agent::start(Clock::system());
            let answer = agent.raw(said).await;
            assert!(answer.contains("\"silent\"") && answer.contains("30s"), "{answer}");
        });
    }
}

#[test]
fn an_agent_that_does_not_answer_is_not_waited_for_for_ever() {
    let runtime = runtime().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let folder = tempfile::tempdir().unwrap();
        // It listens and never accepts.
        let _listener = Listener::bind(folder.path()).unwrap();
        let answer = Client::connect(folder.path()).await.unwrap().view().await;
        assert!(matches!(answer, Err(CallError::NoAnswer(_))), "{answer:?}");
    });
}
