//! The configuration as its administrators meet it: shown, checked, and changed under a running agent.

use std::fs;

use serde_json::Value;

use super::computer::{Computer, play};

fn file(computer: &mut Computer, text: &str) -> String {
    let path = computer.state_dir().with_file_name("config.toml").to_str().unwrap().to_owned();
    fs::write(&path, text).unwrap();
    computer.set("DESKBEAT_CONFIG", &path);
    path
}

/// Waits until the log has a line with this.
async fn logged(computer: &Computer, text: &str) {
    while !computer.log().contains(text) {
        tokio::task::yield_now().await;
    }
}

#[test]
fn each_setting_is_shown_with_where_it_comes_from() {
    play(async |computer| {
        let path = file(computer, "# ours\nafter_end = \"logoff\"\n");
        computer.set("DESKBEAT_IDLE_MINUTES", "45");
        let shown = computer.ends_with(0, &["config", "--set", "on_logoff=keep"]).await;
        for line in [
            format!("after_end = \"logoff\" ({path}, line 2)"),
            "idle_minutes = \"45\" (environment variable DESKBEAT_IDLE_MINUTES)".into(),
            "on_logoff = \"keep\" (flag --set on_logoff)".into(),
            "on_shutdown = \"end\" (built in)".into(),
        ] {
            assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
        }
        let json = computer.ends_with(0, &["config", "--json"]).await;
        let lines: Vec<Value> =
            json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let idle = lines.iter().find(|line| line["name"] == "idle_minutes").unwrap();
        assert_eq!(idle["value"], "45");
    });
}

#[test]
fn a_file_is_checked_before_it_is_in_its_place() {
    play(async |computer| {
        // Whatever is wrong elsewhere.
        computer.set("DESKBEAT_HEARTBEAT_SECONDS", "soon");
        let path = computer.state_dir().with_file_name("new.toml").to_str().unwrap().to_owned();
        fs::write(&path, "after_end = \"none\"\nidle_minutes = 5\n").unwrap();
        let said = computer.ends_with(0, &["config", "check", &path]).await;
        assert!(said.contains("is right: 2 settings"), "{said}");
        fs::write(&path, "after_end = \"nothing\"\nidle_minute = 5\n").unwrap();
        let said = computer.ends_with(8, &["config", "check", &path]).await;
        assert!(said.contains("line 1") && said.contains("did you mean idle_minutes?"), "{said}");
        computer.ends_with(8, &["config", "check", "/no/such/file.toml"]).await;
        // What is odd is told all the same: in the file, and a variable that nobody reads.
        computer.set("DESKBEAT_QUEUE_TGA", "team:queue");
        fs::write(&path, "queue_name_template = \"desk\"\nregion = \"eu-wset-1\"\n").unwrap();
        let said = computer.ends_with(0, &["config", "check", &path]).await;
        for word in ["{instance_id}", "did you mean eu-west-1?", "did you mean DESKBEAT_QUEUE_TAG?"]
        {
            assert!(said.contains(word), "{word}: {said}");
        }
    });
}

#[test]
fn a_variable_that_nobody_reads_is_told_by_every_verb_that_reads_settings() {
    play(async |computer| {
        computer.set("DESKBEAT_AFTEREND", "none");
        for (code, arguments) in [
            (3, &["status"][..]),
            (3, &["status", "--json"]),
            (0, &["status", "--prometheus"]),
            (3, &["end", "--yes"]),
            (3, &["extend"]),
            (0, &["config"]),
            (0, &["config", "--json"]),
            (0, &["doctor"]),
            (1, &["window"]),
            (4, &["fail", "--error", "E", "--cause", "c", "--wait", "0"]),
            (0, &["startup", "--", "true"]),
            // The start-up has a log by now.
            (0, &["logs"]),
        ] {
            let said = computer.ends_with(code, arguments).await;
            assert!(said.contains("DESKBEAT_AFTEREND is not known"), "{arguments:?}: {said}");
        }
    });
}

#[test]
fn a_changed_file_is_taken_over_under_the_session_as_far_as_it_can_be() {
    play(async |computer| {
        let path = file(computer, "on_logoff = \"end\"\n");
        let task = computer.active().await;
        fs::write(&path, "on_logoff = \"explode\"\n").unwrap();
        logged(computer, "not taken over").await;
        fs::write(&path, "on_logoff = \"keep\"\nqueue_tag = \"team:queue\"\n").unwrap();
        logged(computer, "on_logoff = \\\"keep\\\" from now on").await;
        logged(computer, "queue_tag = \\\"team:queue\\\" from the next start").await;
        // The session has lived on, and ends by the new policy: not at all.
        computer.signal(rustix::process::Signal::TERM);
        assert_eq!(computer.gone().await.code(), Some(0));
        assert_eq!(computer.sandbox.task(task).output(), None, "it was kept");
        assert!(!computer.log().contains("DB-401"));
    });
}

#[test]
fn the_log_is_shown_from_the_last_sessions_start() {
    play(async |computer| {
        let said = computer.ends_with(0, &["logs"]).await;
        assert!(said.contains("There is no log"), "{said}");
        // Nothing follows an end: the next session may begin.
        computer.set("DESKBEAT_AFTER_END", "none");
        computer.active().await;
        computer.ends_with(0, &["end", "--yes", "--reason", "first"]).await;
        let second = computer.workflow(serde_json::json!({}));
        computer.beaten(second, 1).await;
        computer.status(|view| view["state"] == "active").await;
        let started = |text: &str| text.matches("\"code\":\"DB-102\"").count();
        while started(&computer.log()) < 2 {
            tokio::task::yield_now().await;
        }
        let all = computer.ends_with(0, &["logs", "--all"]).await;
        let last = computer.ends_with(0, &["logs"]).await;
        assert_eq!((started(&all), started(&last)), (2, 1), "{last}");
        assert!(last.lines().next().unwrap().contains("DB-102"), "{last}");
    });
}

#[test]
fn a_session_that_was_given_more_time_is_shown_whole() {
    play(async |computer| {
        computer.start();
        let extendable = || serde_json::json!({ "extendable": true, "sessionId": "s-1" });
        let first = computer.workflow(extendable());
        computer.beaten(first, 1).await;
        computer.status(|view| view["state"] == "active").await;
        computer.ends_with(0, &["extend"]).await;
        let second = computer.workflow(extendable());
        computer.beaten(second, 1).await;
        computer.status(|view| view["state"] == "active").await;
        logged(computer, "session s-1 goes on: task token").await;
        let last = computer.ends_with(0, &["logs"]).await;
        let (begun, more) = (last.find("session s-1 taken"), last.find("session s-1 goes on"));
        assert!(begun.is_some() && begun < more, "{last}");
        assert_eq!(last.matches("DB-102").count(), 1, "{last}");
    });
}

#[test]
fn the_numbers_for_prometheus_tell_of_an_agent_that_does_not_run_too() {
    play(async |computer| {
        let text = computer.ends_with(0, &["status", "--prometheus"]).await;
        assert_eq!(text.lines().last(), Some("deskbeat_up 0"), "{text}");
        computer.active().await;
        let text = computer.ends_with(0, &["status", "--prometheus"]).await;
        for line in [
            "deskbeat_up 1",
            "deskbeat_state{state=\"active\"} 1",
            "deskbeat_state{state=\"at-risk\"} 0",
            "deskbeat_heartbeats_total 1",
            "# TYPE deskbeat_heartbeats_total counter",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line}: {text}");
        }
        // Each name once in HELP, and no sample without.
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split(['{', ' ']).next().unwrap();
            assert_eq!(text.matches(&format!("# HELP {name} ")).count(), 1, "{line}");
        }
    });
}

#[test]
fn an_agent_that_does_not_answer_is_a_number_for_prometheus() {
    play(async |computer| {
        fs::create_dir_all(computer.state_dir()).unwrap();
        let hung =
            std::os::unix::net::UnixListener::bind(computer.state_dir().join("control.sock"));
        let hung = hung.unwrap();
        let listening = std::thread::spawn(move || drop(hung.accept().unwrap()));
        let text = computer.ends_with(0, &["status", "--prometheus"]).await;
        assert!(
            text.contains("deskbeat_up 0") && text.contains("stopped before it answered"),
            "{text}"
        );
        listening.join().unwrap();
    });
}

#[test]
fn a_file_that_an_administrator_broke_keeps_no_user_from_an_agent_that_runs() {
    play(async |computer| {
        file(computer, "after_end = \"none\"\n");
        computer.active().await;
        file(computer, "after_end = \"nix\"\nqueue_url = \n");
        let told = computer.ends_with(0, &["status", "--prometheus"]).await;
        assert!(told.contains("deskbeat_up 1"), "{told}");
        let told = computer.ends_with(0, &["status"]).await;
        assert!(told.contains("active"), "{told}");
        // What the user says has to be right all the same.
        computer.ends_with(8, &["status", "--set", "after_end=nix"]).await;
        computer.ends_with(8, &["status", "--config", "/no/such/file.toml"]).await;
        computer.ends_with(8, &["doctor"]).await;
        computer.ends_with(0, &["end", "--yes"]).await;
    });
}
