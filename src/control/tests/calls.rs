//! Calls and their answers; bad callers, and that they disturb nobody.

use super::super::line::LONGEST;
use super::super::seats::{MOST_ASKS, MOST_WATCHES};
use super::super::server::MOST_CONNECTIONS;
use super::*;

#[test]
fn a_client_is_told_how_the_session_stands_and_who_answers() {
    run(async |agent| {
        let mut client = agent.client().await;
        let seen = client.view().await.unwrap();
        assert_eq!(seen, agent.pretence.view());
        assert_eq!(client.view().await.unwrap().beats, 2, "several calls on one connection");
        let about = client.about().await.unwrap();
        let version = env!("CARGO_PKG_VERSION").into();
        let pid = std::process::id();
        let expected = About { version, pid, leaving: false, starting_up: false };
        assert_eq!(about, expected);
    });
}

#[test]
fn every_request_reaches_the_agent_as_it_was_asked_and_its_reply_comes_back() {
    run(async |agent| {
        let requests = [
            Request::End { text: Some("line\nbreak, \"quotes\" and Zoë".into()) },
            Request::End { text: None },
            Request::Extend,
            Request::Fail { error: "E".into(), cause: "c".repeat(32_768) },
            Request::StillHere,
            Request::TryAgain,
            Request::ShutDownAnyway,
        ];
        let mut client = agent.client().await;
        for request in &requests {
            assert_eq!(client.ask(request.clone()).await.unwrap(), done());
        }
        assert_eq!(*agent.pretence.asked.borrow(), requests);
    });
}

#[test]
fn a_refusal_is_a_reply_and_a_slow_reply_holds_nobody_else_up() {
    run(async |agent| {
        agent.pretence.holds.set(true);
        let mut asking = agent.client().await;
        let reply = spawn_local(async move { asking.ask(Request::Extend).await });
        agent.pretence.saw_a_request.notified().await;
        assert!(agent.client().await.view().await.is_ok());
        let refused = Reply::Refused { sentence: "No.".into(), why: Refusal::NotOffered };
        let held = agent.pretence.held.borrow_mut().pop().unwrap();
        held.send(refused.clone()).unwrap();
        assert_eq!(reply.await.unwrap().unwrap(), refused);
    });
}

#[test]
fn a_watching_client_sees_the_session_at_once_and_after_each_change() {
    run(async |agent| {
        let mut watch = agent.client().await.watch().await.unwrap();
        let first = watch.next().await.unwrap().beats;
        for _ in 0..3 {
            let before = agent.pretence.views.get();
            agent.pretence.change.notify_one();
            while watch.next().await.unwrap().beats <= before {}
        }
        assert!(first >= 1);
    });
}

#[test]
fn bad_lines_are_answered_with_the_reason_and_disturb_nobody() {
    run(async |agent| {
        let mut other = agent.client().await;
        let long = [b"{\"v\":1,\"call\":\"".as_slice(), &vec![b'x'; LONGEST], b"\"}\n"].concat();
        let endless = vec![b'x'; 4 * 1024 * 1024];
        let nested = [vec![b'['; 50_000], b"\n".to_vec()].concat();
        let cases: [(&[u8], &str); 14] = [
            (b"hello\n", "not-understood"),
            (b"\n", "not-understood"),
            (b"\xff\xfe\x00\n", "not-understood"),
            (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "not-understood"),
            (b"{}\n", "not-understood"),
            (b"[1]\n", "not-understood"),
            (b"{\"v\":1}\n", "not-understood"),
            (b"{\"v\":1,\"call\":\"dance\"}\n", "not-understood"),
            (b"{\"v\":1,\"call\":\"ask\",\"request\":{\"do\":\"dance\"}}\n", "not-understood"),
            (b"{\"v\":\"1\",\"call\":\"view\"}\n", "not-understood"),
            (b"{\"v\":2,\"call\":\"view\"}\n", "\"version\""),
            (&long, "too-long"),
            (&endless, "too-long"),
            (&nested, "not-understood"),
        ];
        for (line, why) in cases {
            let answer = agent.raw(line).await;
            let shown = String::from_utf8_lossy(&line[..line.len().min(60)]);
            let object: serde_json::Value = serde_json::from_str(&answer).expect(&shown);
            assert_eq!((&object["v"], &object["answer"]), (&1.into(), &"error".into()), "{shown}");
            assert!(answer.contains(why), "{shown}: {answer}");
            assert!(object["sentence"].as_str().unwrap().len() > 10, "{shown}: {answer}");
        }
        assert!(other.view().await.is_ok());
        assert!(agent.pretence.asked.borrow().is_empty());
    });
}

#[test]
fn a_good_call_before_a_bad_one_is_answered() {
    run(async |agent| {
        let answers = agent.raw(b"{\"v\":1,\"call\":\"about\",\"more\":0}\r\nbye\n").await;
        let lines: Vec<_> = answers.lines().collect();
        assert_eq!(lines.len(), 2, "{answers}");
        assert!(lines[0].contains("\"about\":{\"version\""), "{answers}");
        assert!(lines[1].contains("not-understood"), "{answers}");
    });
}

#[test]
fn when_all_places_are_taken_the_longest_silent_makes_room() {
    run(async |agent| {
        let mut silent = Vec::new();
        for _ in 0..MOST_CONNECTIONS {
            let mut client = agent.client().await;
            // Only after an answer it is certain that the connection has its place.
            client.about().await.unwrap();
            silent.push(client);
        }
        // The first is not the one that has been silent for longest any more.
        silent[0].about().await.unwrap();
        assert!(agent.client().await.view().await.is_ok());
        for (index, client) in silent.iter_mut().enumerate() {
            let answer = client.about().await;
            let sent_away = matches!(answer, Err(CallError::Refused { why: Why::Silent, .. }));
            assert_eq!(sent_away, index == 1, "{index}: {answer:?}");
        }
    });
}

#[test]
fn whoever_watches_or_waits_never_locks_out_a_call_that_acts() {
    run(async |agent| {
        let mut watching = Vec::new();
        for _ in 0..MOST_WATCHES {
            let mut watch = agent.client().await.watch().await.unwrap();
            watch.next().await.unwrap();
            watching.push(watch);
        }
        let mut refused = agent.client().await.watch().await.unwrap();
        let answer = refused.next().await;
        assert!(matches!(answer, Err(CallError::Refused { why: Why::Busy, .. })), "{answer:?}");
        assert_eq!(agent.client().await.ask(Request::TryAgain).await.unwrap(), done());
        agent.pretence.saw_a_request.notified().await;

        agent.pretence.holds.set(true);
        let mut waiting = Vec::new();
        for _ in 0..MOST_ASKS {
            let mut client = agent.client().await;
            waiting.push(spawn_local(async move { client.ask(Request::TryAgain).await }));
            agent.pretence.saw_a_request.notified().await;
        }
        let answer = agent.client().await.ask(Request::TryAgain).await;
        assert!(matches!(answer, Err(CallError::Refused { why: Why::Busy, .. })), "{answer:?}");
        // A question is answered all the same, however many are silent beside it.
        let mut silent = Vec::new();
        for _ in 0..MOST_CONNECTIONS {
            silent.push(agent.client().await);
        }
        assert!(agent.client().await.view().await.is_ok());
        for held in agent.pretence.held.take() {
            held.send(done()).unwrap();
        }
        for reply in waiting {
            assert_eq!(reply.await.unwrap().unwrap(), done());
        }
    });
}

#[test]
fn what_was_asked_is_done_even_if_the_client_has_gone() {
    run(async |agent| {
        let mut stream = platform::connect(agent.folder()).await.unwrap();
        stream
            .write_all(b"{\"v\":1,\"call\":\"ask\",\"request\":{\"do\":\"extend\"}}\n")
            .await
            .unwrap();
        drop(stream);
        agent.pretence.saw_a_request.notified().await;
        assert_eq!(*agent.pretence.asked.borrow(), [Request::Extend]);
    });
}

#[test]
fn when_the_agent_stops_everybody_is_told_and_serving_ends() {
    run(async |agent| {
        agent.pretence.holds.set(true);
        let mut watch = agent.client().await.watch().await.unwrap();
        watch.next().await.unwrap();
        let mut silent = agent.client().await;
        silent.about().await.unwrap();
        let mut asking = agent.client().await;
        let reply = spawn_local(async move { asking.ask(Request::Extend).await });
        agent.pretence.saw_a_request.notified().await;
        agent.pretence.stop.notify_one();
        agent.pretence.held.take();
        let Agent { folder, pretence: _, serving } = agent;
        serving.await.unwrap();
        assert!(matches!(reply.await.unwrap(), Err(CallError::Gone)));
        while let Ok(_view) = watch.next().await {}
        assert!(matches!(watch.next().await, Err(CallError::Gone)));
        assert!(matches!(silent.view().await, Err(CallError::Gone)));
        let nobody = Client::connect(folder.path()).await.unwrap_err();
        assert!(matches!(nobody, ConnectError::NotRunning { .. }), "{nobody}");
    });
}

#[test]
fn where_no_agent_runs_the_client_says_so() {
    let runtime = runtime().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        for state in [folder.path().to_owned(), folder.path().join("none")] {
            let problem = Client::connect(&state).await.unwrap_err();
            assert!(matches!(problem, ConnectError::NotRunning { .. }), "{problem:?}");
            assert!(problem.to_string().contains("not running"), "{problem}");
        }
    });
}

#[test]
fn a_second_agent_is_refused_and_the_first_goes_on() {
    run(async |agent| {
        let problem = Listener::bind(agent.folder()).unwrap_err();
        assert!(
            matches!(problem, BindError::AlreadyRunning { pid: Some(pid) } if pid == std::process::id())
        );
        assert!(agent.client().await.view().await.is_ok());
    });
}
