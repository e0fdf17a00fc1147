//! The verbs: what they say, and their exit codes, on which scripts rely.

use std::io::{Read, Write};

use deskbeat::sandbox::{Action, Extent, Fault, Moment, TaskState, What};
use serde_json::json;

use super::computer::play;

#[test]
fn status_json_has_its_fields_and_not_the_token() {
    play(async |computer| {
        let task = computer.active().await;
        let said = computer.ends_with(0, &["status", "--json"]).await;
        let view: serde_json::Value = serde_json::from_str(&said).unwrap();
        let key = computer.sandbox.current_key().unwrap();
        assert_eq!(view["state"], "active");
        assert_eq!(view["sessionId"], "session-1");
        assert_eq!(view["instanceId"], "i-0123456789abcdef0");
        assert_eq!(view["beats"], 1);
        assert_eq!(view["failures"], 0);
        assert_eq!(view["credentials"]["source"], "imds");
        assert_eq!(view["credentials"]["keySuffix"], key.suffix());
        assert_eq!(view["lastError"], json!(null));
        let time = |value: &serde_json::Value| value.as_str().unwrap().parse::<jiff::Timestamp>();
        let [started, last, next, expires] = [
            &view["startedAt"],
            &view["lastBeatAt"],
            &view["nextBeatAt"],
            &view["credentials"]["expiresAt"],
        ]
        .map(|value| time(value).unwrap());
        assert!(started <= last && last < next && next < expires);
        assert!((1..=300).contains(&view["windowRemainingSeconds"].as_u64().unwrap()));
        assert!((1..=8 * 3600).contains(&view["sessionRemainingSeconds"].as_u64().unwrap()));
        let token = computer.sandbox.task(task).token().to_owned();
        assert!(!said.contains(&token));
        let shown = computer.ends_with(0, &["status"]).await;
        assert!(shown.starts_with("Your session is active.") && !shown.contains(&token), "{shown}");
    });
}

#[test]
fn stale_variables_are_told_and_never_used() {
    play(async |computer| {
        let task = computer.active().await;
        computer.beaten(task, 1).await;
        assert!(computer.log().contains("AWS_SESSION_TOKEN in the environment: it would shadow"));
        let refused = |what: &What| matches!(what, What::Refused { .. });
        assert!(!computer.sandbox.log().iter().any(|entry| refused(&entry.what)));
    });
}

#[test]
fn end_returns_zero_only_after_the_service_accepted_it() {
    play(async |computer| {
        let task = computer.active().await;
        let gate = computer.sandbox.hold(Action::Success, Moment::BeforeEffect);
        let ending = computer.beside(&["end", "--yes", "--reason", "see you"]);
        gate.reached().await;
        assert!(!ending.is_finished(), "it waits for the service");
        assert_eq!(computer.sandbox.task(task).state, TaskState::Waiting);
        gate.open();
        let output = ending.await.unwrap();
        let TaskState::Succeeded { request_id, .. } = computer.sandbox.task(task).state else {
            panic!("not closed")
        };
        assert_eq!(output.status.code(), Some(0));
        assert!(String::from_utf8(output.stdout).unwrap().contains(&request_id));
        assert_eq!(computer.sandbox.task(task).output().unwrap()["reasonText"], "see you");
        // Again: it is closed.
        computer.ends_with(0, &["end", "--yes"]).await;
        assert_eq!(computer.sandbox.counts(Action::Success).seen, 1);
        // The Step Functions of this test must never shut a computer down.
        computer.status(|view| view["state"] == "closed").await;
        // A thread of its own writes the log.
        while !computer.log().contains("is not carried out") {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn without_an_agent_each_verb_says_so() {
    play(async |computer| {
        for arguments in [
            &["status"][..],
            &["status", "--json"],
            &["status", "--watch"],
            &["end", "--yes"],
            &["extend"],
        ] {
            let said = computer.ends_with(3, arguments).await;
            assert!(said.contains("not running"), "{said}");
        }
    });
}

#[test]
fn without_a_session_there_is_nothing_to_end() {
    play(async |computer| {
        computer.start();
        computer.status(|view| view["state"] == "waiting").await;
        computer.ends_with(4, &["end", "--yes"]).await;
        computer.ends_with(4, &["fail", "--error", "E", "--cause", "c"]).await;
        computer.ends_with(4, &["extend"]).await;
        // Said at once, before anybody is asked.
        let said = computer.ends_with(4, &["end"]).await;
        assert!(said.contains("There is no session to end."), "{said}");
    });
}

#[test]
fn an_end_that_nobody_can_confirm_is_not_carried_out() {
    play(async |computer| {
        let task = computer.active().await;
        let said = computer.ends_with(2, &["end"]).await;
        assert!(said.contains("end --yes"), "{said}");
        assert_eq!(computer.sandbox.task(task).state, TaskState::Waiting);
        computer.ends_with(0, &["end", "--yes"]).await;
        let said = computer.ends_with(0, &["end"]).await;
        assert!(said.contains("closed already") && said.contains("request"), "{said}");
    });
}

#[test]
fn an_end_after_a_reported_failure_is_refused_in_both_forms() {
    play(async |computer| {
        computer.active().await;
        computer.ends_with(0, &["fail", "--error", "E", "--cause", "c"]).await;
        for end in [&["end"][..], &["end", "--yes"]] {
            let said = computer.ends_with(5, end).await;
            assert!(said.contains("closed already"), "{said}");
        }
    });
}

#[test]
fn a_second_agent_says_that_one_runs() {
    play(async |computer| {
        computer.start();
        computer.status(|_| true).await;
        computer.ends_with(9, &["run", "--headless"]).await;
        computer.ends_with(9, &["--log", "text"]).await;
    });
}

#[test]
fn a_wrong_command_line_is_wrong_usage() {
    play(async |computer| {
        for arguments in [
            &["explode"][..],
            &["--no-such-flag"],
            &["fail", "--error", "E"],
            &["startup"],
            &["startup", "--timeout", "soon", "--", "true"],
            &["--set", "after_end"],
            &["demo", "--scenario", "no-such-story"],
            &["demo", "--speed", "-1"],
        ] {
            computer.ends_with(2, arguments).await;
        }
        for arguments in [&["--help"][..], &["--version"], &["demo", "--list"], &["end", "--help"]]
        {
            computer.ends_with(0, arguments).await;
        }
    });
}

#[test]
fn a_wrong_configuration_is_told_with_its_place_and_the_allowed_values() {
    play(async |computer| {
        let said = computer.ends_with(8, &["--after-end", "explode", "status"]).await;
        assert!(said.contains("none, logoff, shutdown"), "{said}");
        computer.set("DESKBEAT_HEARTBEAT_SECONDS", "soon");
        let said = computer.ends_with(8, &["run", "--headless"]).await;
        assert!(said.contains("DESKBEAT_HEARTBEAT_SECONDS"), "{said}");
        computer.ends_with(8, &["--config", "/no/such/file.toml", "status"]).await;
    });
}

#[test]
fn more_time_is_asked_for_where_it_is_offered() {
    play(async |computer| {
        computer.active().await;
        computer.ends_with(5, &["extend"]).await;
    });
    play(async |computer| {
        computer.start();
        let first = computer.workflow(json!({ "extendable": true }));
        computer.beaten(first, 1).await;
        computer.status(|view| view["state"] == "active").await;
        computer.ends_with(0, &["extend"]).await;
        assert_eq!(computer.sandbox.task(first).output().unwrap()["outcome"], "extend");
        let second = computer.workflow(json!({ "extendable": true }));
        computer.beaten(second, 1).await;
    });
}

#[test]
fn a_failure_is_reported() {
    play(async |computer| {
        let task = computer.active().await;
        let long = "E".repeat(257);
        computer.ends_with(5, &["fail", "--error", &long, "--cause", "c"]).await;
        computer.ends_with(0, &["fail", "--error", "Setup.Failed", "--cause", "no licence"]).await;
        let TaskState::Failed { error, cause, .. } = computer.sandbox.task(task).state else {
            panic!("not failed")
        };
        assert_eq!(
            (error.as_deref(), cause.as_deref()),
            (Some("Setup.Failed"), Some("no licence"))
        );
    });
}

#[test]
fn a_session_that_was_over_is_told_as_ended_elsewhere() {
    play(async |computer| {
        let task = computer.active().await;
        computer.sandbox.abort(task);
        computer.ends_with(6, &["end", "--yes"]).await;
        computer.status(|view| view["state"] == "ended-elsewhere").await;
        computer.ends_with(6, &["end", "--yes"]).await;
    });
}

#[test]
fn an_agent_that_dies_before_the_end_was_accepted_is_told() {
    play(async |computer| {
        computer.active().await;
        let gate = computer.sandbox.hold(Action::Success, Moment::BeforeEffect);
        let ending = computer.ends_with(7, &["end", "--yes"]);
        gate.reached().await;
        computer.kill().await;
        ending.await;
    });
}

#[test]
fn doctor_finds_a_healthy_computer_healthy_and_names_what_is_missing() {
    play(async |computer| {
        let said = computer.ends_with(0, &["doctor"]).await;
        assert!(said.contains("A session could start"), "{said}");
        assert!(said.contains("agrees with AWS's") && said.contains("No proxy"), "{said}");
        computer.set("HTTPS_PROXY", "http://ana:hush@proxy.example:3128");
        computer.set("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6");
        computer.set("AWS_CA_BUNDLE", "/does/not/exist.pem");
        let said = computer.ends_with(1, &["doctor"]).await;
        for word in
            ["proxy.example:3128", "IPv6", "AWS_CA_BUNDLE=/does/not/exist.pem cannot be used"]
        {
            assert!(said.contains(word) && !said.contains("hush"), "{word}: {said}");
        }
        computer.set("AWS_CA_BUNDLE", "");
        computer.sandbox.set_queue_exists(false);
        let said = computer.ends_with(1, &["doctor", "--json"]).await;
        let faulty = said
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .filter(|finding| finding["verdict"] == "faulty")
            .map(|finding| finding["item"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>();
        assert_eq!(faulty, ["queue"]);
    });
}

#[test]
fn names_of_any_length_break_neither_the_status_nor_the_end() {
    play(async |computer| {
        computer.start();
        let long = "x".repeat(100_000);
        let task = computer.workflow(json!({ "user": long, "sessionId": long }));
        computer.beaten(task, 1).await;
        let said = computer.ends_with(0, &["status", "--json"]).await;
        assert!(said.len() < 10_000, "{} bytes", said.len());
        computer.ends_with(0, &["end", "--yes"]).await;
        crate::faults::row("15-long-names", "a user or sessionId of 100 kB")
            .shown("its beginning, and a digest that keeps two of them apart")
            .recovered("status and end work")
            .kept();
        assert_eq!(computer.sandbox.task(task).output().unwrap()["outcome"], "ended");
    });
}

#[test]
fn a_chain_that_finds_nothing_says_what_each_of_its_links_says() {
    play(async |computer| {
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            computer.set(name, "");
        }
        computer.set("DESKBEAT_CREDENTIALS", "chain");
        computer.set("AWS_REGION", "eu-west-1");
        let said = computer.beside(&["doctor"]).await.unwrap();
        assert_eq!(said.status.code(), Some(0), "IMDS is its last link: {said:?}");
        computer.sandbox.set_profile(deskbeat::sandbox::Profile::None);
        let said = computer.beside(&["doctor"]).await.unwrap();
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        for link in ["environment: ", "profile: ", "web identity: ", "container: ", "IMDS: "] {
            assert!(said.contains(link), "{link}: {said}");
        }
        assert!(said.contains("No AWS credentials in the environment"), "{said}");
    });
}

#[test]
fn a_terminal_is_spoken_to_in_its_language_and_a_script_in_english() {
    play(async |computer| {
        computer.active().await;
        computer.set("LANG", "de_DE.UTF-8");
        let german = computer.ends_with(0, &["status"]).await;
        assert!(german.starts_with("Ihre Sitzung ist aktiv.\n  Sitzung"), "{german}");
        let json = computer.ends_with(0, &["status", "--json"]).await;
        computer.set("DESKBEAT_LANGUAGE", "fr");
        let chosen = computer.ends_with(0, &["status"]).await;
        assert!(chosen.starts_with("Votre session est active."), "{chosen}");
        let view: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(view["sentence"], "Your session is active.");
        assert_eq!(view["sentenceSaid"], json!({"id": "active"}));
    });
}

#[test]
fn a_user_without_an_agent_is_told_in_their_language_and_an_administrator_in_english() {
    play(async |computer| {
        for (locale, not_running) in [
            ("de_DE.UTF-8", "Deskbeat läuft nicht"),
            ("fr_FR.UTF-8", "Deskbeat n’est pas en cours d’exécution"),
            ("es_ES.UTF-8", "Deskbeat no se está ejecutando"),
            ("ja_JP.UTF-8", "Deskbeat は実行されていません"),
            ("pt_BR.UTF-8", "o Deskbeat não está em execução"),
            ("zh_CN.UTF-8", "Deskbeat 没有运行"),
            ("C.UTF-8", "Deskbeat is not running"),
        ] {
            computer.set("LC_ALL", locale);
            for arguments in [&["status"][..], &["end", "--yes"], &["end"], &["extend"]] {
                let said = computer.ends_with(3, arguments).await;
                assert!(said.contains(not_running), "{locale}: {said}");
            }
            let said = computer.ends_with(0, &["doctor"]).await;
            assert!(said.contains("No agent of this user is running"), "{locale}: {said}");
            let said = computer.ends_with(0, &["logs"]).await;
            assert!(said.contains("There is no log in"), "{locale}: {said}");
        }
    });
    play(async |computer| {
        computer.set("LC_ALL", "de_DE.UTF-8");
        let task = computer.active().await;
        let said = computer.ends_with(2, &["end"]).await;
        assert!(said.contains("niemand ist da, um zu bestätigen"), "{said}");
        let broken = computer.state_dir().with_file_name("broken.toml");
        std::fs::write(&broken, "after_end = \"nix\"\n").unwrap();
        computer.set("DESKBEAT_CONFIG", broken.to_str().unwrap());
        let said = computer.ends_with(0, &["status"]).await;
        assert!(said.contains("is not one of") && said.contains("Ihrem Administrator"), "{said}");
        let gate = computer.sandbox.hold(Action::Success, Moment::BeforeEffect);
        let ending = computer.ends_with(7, &["end", "--yes"]);
        gate.reached().await;
        computer.kill().await;
        let said = ending.await;
        assert!(said.contains("bevor Step Functions es angenommen hatte"), "{said}");
        assert_eq!(computer.sandbox.task(task).state, TaskState::Waiting);
    });
}

/// Somebody who answers in IMDS's place, with a page; where.
fn answering_pages() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut heard) = (stream.unwrap(), [0; 4096]);
            let _whatever_is_asked = stream.read(&mut heard);
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _reader_gone = stream.write_all(answer.as_bytes());
        }
    });
    url
}

#[test]
fn doctor_says_what_is_wrong_and_not_that_it_is_tried_again() {
    play(async |computer| {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        let foreign = answering_pages();
        for (endpoint, word) in [
            (format!("http://127.0.0.1:{port}"), "does not answer within 2 s."),
            (foreign, "at the metadata address"),
            ("http://127.0.0.1:1".to_owned(), "cannot be reached"),
        ] {
            computer.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &endpoint);
            let said = computer.ends_with(1, &["doctor"]).await;
            assert!(said.contains(word), "{word}: {said}");
            for wrong in ["gain.", "?.", "..", "2s", "reading"] {
                assert!(!said.contains(wrong), "{wrong}: {said}");
            }
        }
        computer.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &computer.sandbox.imds_url());
        for code in ["ThrottlingException", "ServiceUnavailable", "ExpiredTokenException"] {
            for action in [Action::Heartbeat, Action::GetQueueUrl] {
                computer.sandbox.fault(action, Fault::error(code), Extent::UntilCleared);
            }
            let said = computer.ends_with(1, &["doctor"]).await;
            let again = ["again", "new ones"].iter().any(|word| said.contains(word));
            assert!(said.contains(code) && !again, "{said}");
            computer.sandbox.clear_all();
        }
    });
}
