//! Start-up scripts: `startup`, and `fail` without an agent. What the script does decides what the
//! service and the queue see.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output, Stdio};

use deskbeat::sandbox::{Action, Moment, Sandbox, TaskId, TaskSpec, TaskState, What};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::computer::{Computer, play};
use crate::faults::row;

/// `startup` with a shell's script.
fn script<'a>(flags: &[&'a str], text: &'a str) -> Vec<&'a str> {
    [&["startup"], flags, &["--", "/bin/sh", "-c", text]].concat()
}

async fn run(computer: &Computer, flags: &[&str], text: &str) -> Output {
    computer.beside(&script(flags, text)).await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What the workflow was told.
fn told(sandbox: &Sandbox, task: TaskId) -> (String, String) {
    match sandbox.task(task).state {
        TaskState::Failed { error, cause, .. } => (error.unwrap(), cause.unwrap()),
        other => panic!("not failed: {other:?}"),
    }
}

fn receives(sandbox: &Sandbox) -> usize {
    let log = sandbox.log();
    log.iter().filter(|entry| matches!(entry.what, What::MessageReceived { .. })).count()
}

async fn received(sandbox: &Sandbox) {
    sandbox.until(|sandbox| (receives(sandbox) > 0).then_some(())).await;
}

fn start(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

async fn end(child: Child) -> Output {
    tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap()
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_raw(child.id().cast_signed()).unwrap(), signal).unwrap();
}

#[test]
fn fail_without_an_agent_tells_the_workflow_that_waits() {
    for kind in ["start", "ready"] {
        play(async |computer| {
            let task = computer.workflow(json!({ "type": kind }));
            let said = computer
                .ends_with(0, &["fail", "--error", "Setup.Failed", "--cause", "no licence"])
                .await;
            assert!(said.contains("(request "), "{said}");
            let (error, cause) = told(&computer.sandbox, task);
            assert_eq!((error.as_str(), cause.as_str()), ("Setup.Failed", "no licence"));
            assert!(computer.sandbox.messages().is_empty(), "its message is done with");
            row("21-no-agent", "the start-up script fails before anybody logs on: `deskbeat fail`")
                .shown(said.split(" (request").next().unwrap())
                .recovered("SendTaskFailure at once; the message is done with")
                .lost("it never began, and the workflow knows");
            // The agent that comes later does not take a late duplicate for a session.
            let message = computer.sandbox.start_message(task, json!({}));
            computer.sandbox.send(message);
            computer.start();
            computer.sandbox.until(|sandbox| sandbox.messages().is_empty().then_some(())).await;
            let view = computer.status(|_| true).await;
            assert_eq!(view["state"], "waiting", "{view}");
        });
    }
}

#[test]
fn a_token_in_a_cause_is_not_sent_even_if_it_comes_later() {
    play(async |computer| {
        let spec = TaskSpec { token_length: 600, ..TaskSpec::default() };
        let task = computer.sandbox.start_task(spec);
        let token = computer.sandbox.task(task).token().to_owned();
        let quoted = format!("beat with {} failed", &token[100..200].replace('/', "%2F"));
        let fail = computer.ends_with(0, &["fail", "--error", "E", "--cause", &quoted]);
        computer.sandbox.send_start(task, json!({}));
        fail.await;
        let (_, cause) = told(&computer.sandbox, task);
        assert!(cause.starts_with("beat with <task token #"), "{cause}");
        assert!(!cause.contains(&token[110..122]), "{cause}");
        row(
            "21-quoted-token",
            "`deskbeat fail` without an agent, and its cause quotes the task token",
        )
        .recovered("the token's fingerprint is sent in its place")
        .lost("it never began, and the workflow knows");
    });
    play(async |computer| {
        let task = computer.workflow(json!({}));
        let token = computer.sandbox.task(task).token().to_owned();
        // Too short and too plain for anybody who does not know it to take it for a secret.
        let piece = &token[8..24];
        run(computer, &[], &format!("echo \"token {piece}.\"; exit 1")).await;
        let (_, cause) = told(&computer.sandbox, task);
        assert!(!cause.contains(piece) && cause.contains("token <task token #"), "{cause}");
    });
}

#[test]
fn fail_where_nothing_waits_says_so_and_leaves_others_messages() {
    play(async |computer| {
        let fail = ["fail", "--error", "E", "--cause", "c", "--wait", "1"];
        let said = computer.ends_with(4, &fail).await;
        assert!(said.contains("No task token waits"), "{said}");
        row("21-nothing-waits", "`deskbeat fail`, and no token waits in the queue")
            .shown(&said)
            .kept();
        let task = computer.workflow(json!({ "instanceId": "i-00000000000000bad" }));
        computer.ends_with(4, &fail).await;
        assert_eq!(computer.sandbox.task(task).state, TaskState::Waiting);
        assert_eq!(computer.sandbox.messages().len(), 1);
    });
}

#[test]
fn fail_refuses_what_no_workflow_could_catch() {
    play(async |computer| {
        let long = "E".repeat(257);
        for error in ["", "  \t", &long] {
            computer.ends_with(5, &["fail", "--error", error, "--cause", "c"]).await;
        }
        let long = "c".repeat(32_769);
        computer.ends_with(5, &["fail", "--error", "E", "--cause", &long]).await;
        let task = computer.active().await;
        computer.ends_with(5, &["fail", "--error", " ", "--cause", "c"]).await;
        assert_eq!(computer.sandbox.task(task).state, TaskState::Waiting);
    });
}

#[test]
fn fail_says_what_keeps_it_from_asking_the_queue() {
    play(async |computer| {
        computer.sandbox.set_queue_exists(false);
        let fail = ["fail", "--error", "E", "--cause", "c", "--wait", "1"];
        let said = computer.ends_with(1, &fail).await;
        assert!(said.contains("There is no queue deskbeat-i-0123456789abcdef0"), "{said}");
    });
}

#[test]
fn a_script_that_succeeds_passes_everything_on_and_the_agent_gets_the_token() {
    play(async |computer| {
        let task = computer.workflow(json!({}));
        let mut command = computer.command(&script(&[], "read line; echo \"out $line\"; echo err >&2; while [ ! -e \"$HOME/go\" ]; do sleep 0.05; done"));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"here\n").unwrap();
        // Beaten while it runs; and whoever looks is told.
        computer.beaten(task, 1).await;
        let said = computer.ends_with(0, &["status"]).await;
        assert!(said.contains("start-up is not finished"), "{said}");
        std::fs::write(computer.state_dir().parent().unwrap().join("go"), "").unwrap();
        let output = end(child).await;
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(
            (text(&output.stdout), text(&output.stderr)),
            ("out here\n".into(), "err\n".into())
        );
        let beats = computer.sandbox.task(task).beats.len();
        let messages = computer.sandbox.messages();
        assert_eq!((messages.len(), messages[0].receives), (1, 1), "handed back, received once");
        assert!(messages[0].visible_at <= computer.sandbox.clock().now().wall);
        computer.start();
        computer.beaten(task, beats + 1).await;
        let view = computer.status(|view| view["state"] == "active").await;
        assert_eq!(view["sessionId"], "session-1");
    });
}

#[test]
fn a_script_that_fails_is_reported_with_its_code_and_last_lines() {
    play(async |computer| {
        let task = computer.workflow(json!({}));
        let output = run(computer, &[], "for i in $(seq 100); do echo line $i; done; printf 'password=hunter2 oh no' >&2; exit 3").await;
        assert_eq!(output.status.code(), Some(3));
        assert!(text(&output.stdout).starts_with("line 1\n"), "all of it is passed on");
        assert!(text(&output.stderr).contains("(request "), "{}", text(&output.stderr));
        let (error, cause) = told(&computer.sandbox, task);
        assert_eq!(error, "Deskbeat.StartupFailed");
        assert!(cause.contains("exit code 3") && cause.contains("line 100\n"), "{cause}");
        assert!(cause.contains("password=[masked] oh no"), "{cause}");
        row("22-script-fails", "`deskbeat startup -- COMMAND`: the script ends with a code")
            .shown("its own output, and its own exit code")
            .recovered("Deskbeat.StartupFailed with code and last lines, secrets masked")
            .lost("it never began, and the workflow knows");
        assert!(!cause.contains("line 1\n"), "{cause}");
        assert!(computer.sandbox.messages().is_empty());
    });
}

#[test]
fn a_ready_is_not_answered_by_a_script_and_told_of_its_failure() {
    play(async |computer| {
        let task = computer.sandbox.start_task(TaskSpec { heartbeat: None, ..TaskSpec::default() });
        computer.sandbox.send_start(task, json!({ "type": "ready" }));
        let child = start(
            computer.command(&script(&[], "while [ ! -e \"$HOME/go\" ]; do sleep 0.05; done")),
        );
        received(&computer.sandbox).await;
        std::fs::write(computer.state_dir().parent().unwrap().join("go"), "").unwrap();
        assert_eq!(end(child).await.status.code(), Some(0));
        assert_eq!(computer.sandbox.task(task).state, TaskState::Waiting, "that is the agent's");
        assert_eq!(computer.sandbox.task(task).beats.len(), 0);
        let output = run(computer, &[], "exit 1").await;
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(told(&computer.sandbox, task).0, "Deskbeat.StartupFailed");
    });
}

#[test]
fn a_script_that_is_killed_or_cannot_start_is_reported() {
    for (arguments, code, word) in [
        (script(&[], "kill -SEGV $$"), 128 + 11, "signal 11"),
        (vec!["startup", "--", "/no/such/script"], 127, "could not be started"),
        (vec!["startup", "--", "/etc/passwd"], 126, "could not be started"),
    ] {
        play(async |computer| {
            let task = computer.workflow(json!({}));
            let output = computer.beside(&arguments).await.unwrap();
            assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
            let (error, cause) = told(&computer.sandbox, task);
            assert_eq!(error, "Deskbeat.StartupFailed");
            assert!(cause.contains(word), "{cause}");
        });
    }
}

#[test]
fn a_script_that_overruns_is_ended_with_all_that_it_started() {
    play(async |computer| {
        let task = computer.workflow(json!({}));
        let output = run(computer, &["--timeout", "1s"], "sleep 600 & echo child $!; wait").await;
        assert_eq!(output.status.code(), Some(124));
        let (error, cause) = told(&computer.sandbox, task);
        assert_eq!(error, "Deskbeat.StartupFailed");
        assert!(cause.contains("did not end within") && cause.contains("child"), "{cause}");
        row("22-script-overruns", "the script overruns `--timeout`")
            .shown("exit code 124")
            .recovered("ended with all that it started; Deskbeat.StartupFailed")
            .lost("it never began, and the workflow knows");
        let said = text(&output.stdout);
        let child: u32 = said.trim().strip_prefix("child ").unwrap().parse().unwrap();
        let state = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        assert!(state.is_empty() || state.contains(") Z "), "it lives on: {state}");
    });
}

#[test]
fn told_to_end_it_ends_the_script_and_leaves_the_message() {
    play(async |computer| {
        let task = computer.workflow(json!({}));
        let child = start(computer.command(&script(&[], "sleep 600")));
        computer.beaten(task, 1).await;
        signal(&child, Signal::TERM);
        let output = end(child).await;
        assert_eq!(output.status.code(), Some(128 + 15), "{}", text(&output.stderr));
        assert_eq!(computer.sandbox.task(task).state, TaskState::Waiting, "nobody was told");
        computer.start();
        computer.status(|view| view["state"] == "active").await;
    });
}

/// Starts it, and waits for this word on its standard error.
async fn started_and_said(computer: &Computer, arguments: &[&str], word: &'static str) -> Child {
    let mut child = start(computer.command(arguments));
    let heard = tokio::task::spawn_blocking(move || {
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains(word) {
            line.clear();
            assert_ne!(errors.read_line(&mut line).unwrap(), 0, "it never says {word:?}");
        }
        // What follows is nobody's; but it must not be refused.
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
        child
    });
    heard.await.unwrap()
}

#[test]
fn told_to_end_it_ends_while_it_waits_for_a_token_to_report_to() {
    for told in [Signal::TERM, Signal::INT, Signal::HUP] {
        // A script that could not start, and one that failed.
        for (arguments, word, code) in [
            (vec!["startup", "--wait", "1h", "--", "/no/such/script"], "cannot be started", 127),
            (script(&["--wait", "1h"], "echo over >&2; exit 3"), "over", 3),
        ] {
            play(async |computer| {
                let child = started_and_said(computer, &arguments, word).await;
                signal(&child, told);
                assert_eq!(end(child).await.status.code(), Some(code), "{arguments:?}, {told:?}");
            });
        }
    }
}

#[test]
fn told_to_end_it_ends_while_an_agent_tells_of_the_failure() {
    play(async |computer| {
        let task = computer.active().await;
        let gate = computer.sandbox.hold(Action::Failure, Moment::BeforeEffect);
        let child = start(computer.command(&script(&[], "exit 3")));
        gate.reached().await;
        signal(&child, Signal::TERM);
        assert_eq!(end(child).await.status.code(), Some(3));
        // The agent goes on with it.
        gate.open();
        computer
            .sandbox
            .until(|sandbox| {
                matches!(sandbox.task(task).state, TaskState::Failed { .. }).then_some(())
            })
            .await;
    });
}

#[test]
fn a_start_up_waits_neither_for_a_message_that_is_the_agents_nor_longer_than_it_was_told() {
    play(async |computer| {
        let polls = |computer: &Computer| computer.sandbox.counts(Action::Receive).seen;
        for (last, code, said) in [
            ("exit 0", 0, ""),
            ("exit 3", 3, "No task token waits in this computer's queue (looked for 1 s)"),
        ] {
            let text = format!("while [ ! -e \"$HOME/go\" ]; do sleep 0.05; done; {last}");
            let before = polls(computer);
            let child = start(computer.command(&script(&["--wait", "1s"], &text)));
            // The second is a long poll, and under way when the script ends.
            while polls(computer) < before + 2 {
                tokio::task::yield_now().await;
            }
            let go = computer.state_dir().with_file_name("go");
            std::fs::write(&go, "").unwrap();
            let output = end(child).await;
            std::fs::remove_file(&go).unwrap();
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(code), "{errors}");
            assert!(errors.contains(said) && !errors.contains("in time"), "{errors}");
        }
    });
}

#[test]
fn an_agent_that_comes_during_the_start_up_waits_for_its_end_and_ends_when_told() {
    play(async |computer| {
        let task = computer.workflow(json!({}));
        let wait = "while [ ! -e \"$HOME/go\" ]; do sleep 0.05; done";
        let child = start(computer.command(&script(&[], wait)));
        computer.beaten(task, 1).await;
        let waits = async |computer: &Computer| {
            while !computer.log().contains("start-up is not finished: waiting") {
                tokio::task::yield_now().await;
            }
        };
        computer.start();
        waits(computer).await;
        let view = computer.status(|_| true).await;
        assert_eq!(
            (&view["state"], &view["code"]),
            (&json!("waiting"), &json!("DB-101")),
            "{view}"
        );
        computer.signal(Signal::TERM);
        assert_eq!(computer.gone().await.code(), Some(0), "told to stop before it began");
        std::fs::remove_file(computer.state_dir().with_file_name("log")).unwrap();
        computer.start();
        waits(computer).await;
        std::fs::write(computer.state_dir().with_file_name("go"), "").unwrap();
        assert_eq!(end(child).await.status.code(), Some(0));
        computer.status(|view| view["state"] == "active").await;
        assert_eq!(computer.sandbox.task(task).state, TaskState::Waiting);
    });
}

#[test]
fn killed_it_leaves_the_message_to_come_back() {
    play(async |computer| {
        let spec =
            TaskSpec { heartbeat: Some(std::time::Duration::from_secs(40)), ..TaskSpec::default() };
        let task = computer.sandbox.start_task(spec);
        computer.sandbox.send_start(task, json!({}));
        let child = start(computer.command(&script(&[], "exec sleep 2")));
        computer.beaten(task, 1).await;
        signal(&child, Signal::KILL);
        assert_eq!(end(child).await.status.signal(), Some(9));
        let hidden = computer.sandbox.messages()[0].visible_at;
        let left = hidden.duration_since(computer.sandbox.clock().now().wall).as_secs();
        row("22-killed", "`deskbeat startup` itself is killed, with a heartbeat window of 40 s")
            .within(13.0, left as f64)
            .kept();
        assert_eq!(computer.sandbox.messages()[0].receives, 1);
    });
}

#[test]
fn the_script_s_own_report_is_the_one_that_is_told() {
    play(async |computer| {
        let task = computer.workflow(json!({}));
        let report = format!(
            "{} fail --error Setup.Licence --cause 'the server is down'; echo told $?; exit 7",
            env!("CARGO_BIN_EXE_deskbeat")
        );
        let output = run(computer, &[], &report).await;
        assert_eq!(output.status.code(), Some(7));
        assert!(text(&output.stdout).contains("told 0"), "{}", text(&output.stdout));
        assert_eq!(told(&computer.sandbox, task).0, "Setup.Licence");
        assert_eq!(computer.sandbox.counts(Action::Failure).seen, 1);
    });
}

#[test]
fn what_runs_on_in_the_background_can_still_write() {
    play(async |computer| {
        let text = "(trap '' HUP; while [ ! -e \"$HOME/go\" ]; do sleep 0.05; done; echo one; echo two && touch \"$HOME/alive\") & exit 0";
        let output = computer
            .command(&script(&[], text))
            .stdout(std::fs::File::create(computer.state_dir().with_extension("out")).unwrap())
            .status()
            .unwrap();
        assert_eq!(output.code(), Some(0));
        let home = computer.state_dir().parent().unwrap().to_owned();
        std::fs::write(home.join("go"), "").unwrap();
        while !home.join("alive").exists() {
            tokio::task::yield_now().await;
        }
        let mut written = String::new();
        while !written.contains("two") {
            written = std::fs::read_to_string(computer.state_dir().with_extension("out")).unwrap();
        }
    });
}

#[test]
fn an_agent_that_has_the_session_is_told_of_the_failure() {
    play(async |computer| {
        let task = computer.active().await;
        let output = run(computer, &[], "echo broken; exit 9").await;
        assert_eq!(output.status.code(), Some(9), "{}", text(&output.stderr));
        let (error, cause) = told(&computer.sandbox, task);
        assert_eq!(error, "Deskbeat.StartupFailed");
        assert!(cause.contains("exit code 9") && cause.contains("broken"), "{cause}");
    });
}
