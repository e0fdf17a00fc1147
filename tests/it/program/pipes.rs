//! Readers that have seen enough: no verb complains, none dies of it, and the agent goes on.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use deskbeat::sandbox::TaskState;

use super::computer::play;

/// Runs it with standard output and standard error to a pipe that nobody reads.
fn unread(mut command: Command) -> std::process::ExitStatus {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let errors = writer.try_clone().unwrap();
    command.stdout(writer).stderr(errors).status().unwrap()
}

#[test]
fn a_closed_pipe_ends_every_verb_quietly() {
    play(async |computer| {
        let task = computer.active().await;
        for (code, arguments) in [
            (0, &["--help"][..]),
            (0, &["--version"]),
            (0, &["status"]),
            (0, &["status", "--json"]),
            (0, &["status", "--watch"]),
            (0, &["status", "--json", "--watch"]),
            (0, &["doctor"]),
            (0, &["doctor", "--json"]),
            (0, &["doctor", "--image"]),
            (0, &["logs"]),
            (0, &["logs", "--all"]),
            (0, &["config"]),
            (0, &["config", "--json"]),
            (8, &["config", "check", "/no/such/file.toml"]),
            (0, &["status", "--prometheus"]),
            (1, &["window"]),
            (2, &["end"]),
            (0, &["startup", "--", "true"]),
            (0, &["demo", "--list"]),
            (0, &["demo", "--scenario", "network-cut", "--speed", "0"]),
            (2, &["explode"]),
            (8, &["--after-end", "explode", "status"]),
            (9, &["run", "--headless"]),
            (5, &["extend"]),
            (0, &["end", "--yes"]),
            (6, &["fail", "--error", "E", "--cause", "c"]),
        ] {
            let command = computer.command(arguments);
            let status = tokio::task::spawn_blocking(move || unread(command)).await.unwrap();
            // A session that is closed refuses otherwise than one that was ended elsewhere.
            let code = if arguments[0] == "fail" { 5 } else { code };
            assert_eq!((status.code(), status.signal()), (Some(code), None), "{arguments:?}");
        }
        assert!(computer.sandbox.task(task).output().is_some());
    });
}

#[test]
fn the_quiet_end_says_nothing_on_standard_error() {
    play(async |computer| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = computer.command(&["doctor"]);
        command.stdout(writer).stderr(Stdio::piped());
        let output =
            tokio::task::spawn_blocking(move || command.spawn().unwrap().wait_with_output());
        let output = output.await.unwrap().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    });
}

#[test]
fn a_start_up_that_fails_is_told_though_nobody_reads_what_it_says() {
    for (script, code) in
        [(&["/no/such/script"][..], 127), (&["/bin/sh", "-c", "echo gone; exit 3"], 3)]
    {
        play(async |computer| {
            let task = computer.workflow(serde_json::json!({}));
            let command = computer.command(&[&["startup", "--"], script].concat());
            let status = tokio::task::spawn_blocking(move || unread(command)).await.unwrap();
            assert_eq!((status.code(), status.signal()), (Some(code), None), "{script:?}");
            let state = computer.sandbox.task(task).state;
            assert!(matches!(state, TaskState::Failed { .. }), "{script:?}: {state:?}");
        });
    }
}
