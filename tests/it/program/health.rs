//! What a session needs beside the agent: told while it is unwell, and ended if it stays so.

use std::fs::{self, File};

use deskbeat::sandbox::TaskState;
use rustix::process::Signal;

use super::computer::play;
use crate::faults::row;

#[test]
fn what_stays_unwell_is_told_and_ends_the_session_with_the_reason() {
    play(async |computer| {
        let alive = computer.state_dir().with_extension("alive");
        File::create(&alive).unwrap();
        let file = format!(
            "[health]\nfiles = [\"{}=2\"]\nprocesses = [\"deskbeat\"]\nfail_after_seconds = 1\n",
            alive.display()
        );
        let path = computer.state_dir().with_extension("toml");
        fs::write(&path, file).unwrap();
        computer.set("DESKBEAT_CONFIG", path.to_str().unwrap());
        let task = computer.active().await;
        let view = computer.status(|view| !view["unhealthy"].is_null()).await;
        let said = view["unhealthy"].as_str().unwrap();
        assert!(
            said.contains("alive has not changed for") && said.contains("save your work"),
            "{said}"
        );
        let task = computer.sandbox.over(task).await;
        let TaskState::Failed { error, cause, .. } = task.state else { panic!("{:?}", task.state) };
        assert_eq!(error.as_deref(), Some("Deskbeat.Unhealthy"));
        let cause = cause.unwrap();
        assert!(cause.contains("alive has not changed for"), "{cause}");
        assert!(!cause.contains("process"), "that one is well: {cause}");
        let log = computer.log();
        let lines: Vec<String> =
            log.lines().filter(|line| line.contains("DB-504")).map(str::to_owned).collect();
        row("23-unhealthy", "a file of `[health]` is stale for longer than `fail_after_seconds`")
            .shown("what is unwell, since when, and to save one's work")
            .logged("DB-504", &lines)
            .lost("ended with Deskbeat.Unhealthy and the reason");
    });
}

#[test]
fn what_comes_back_in_time_is_told_as_well_again() {
    play(async |computer| {
        let alive = computer.state_dir().with_extension("alive");
        computer.set("DESKBEAT_HEALTH_FILES", &format!("{}=1", alive.display()));
        let task = computer.active().await;
        let view = computer.status(|view| !view["unhealthy"].is_null()).await;
        assert!(view["unhealthy"].as_str().unwrap().contains("is not there"), "{view}");
        assert!(view["unhealthy"].as_str().unwrap().contains("administrator"), "it only tells");
        let file = File::create(&alive).unwrap();
        // Fresh for as long as the story lasts.
        file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(3600))
            .unwrap();
        computer.status(|view| view["unhealthy"].is_null()).await;
        assert_eq!(computer.sandbox.task(task).state, TaskState::Waiting);
        row("23-well-again", "the same, and it comes back; or `fail_after_seconds` is not set")
            .shown("what is unwell, and to tell an administrator")
            .recovered("when it is well again")
            .kept();
        computer.signal(Signal::TERM);
        assert_eq!(computer.gone().await.code(), Some(0));
    });
}

#[test]
fn a_wrong_entry_is_told_with_its_place() {
    play(async |computer| {
        let path = computer.state_dir().with_extension("toml");
        fs::write(&path, "[health]\nports = [70000]\nservices = [\"rm -rf /; x\"]\nlisten = 1\n")
            .unwrap();
        let flags = ["--config", path.to_str().unwrap(), "run", "--headless"];
        let said = computer.ends_with(8, &flags).await;
        for word in [
            "line 2",
            "not a port",
            "line 3",
            "not the name of a service",
            "\"health_listen\" is not a setting",
        ] {
            assert!(said.contains(word), "{said}");
        }
    });
}
