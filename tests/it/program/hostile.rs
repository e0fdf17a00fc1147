//! What others at the computer do to the agent: callers without an end, folders and files that are not
//! what they should be.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use deskbeat::sandbox::TaskState;
use serde_json::json;

use super::computer::play;
use crate::faults::row;

#[test]
fn callers_without_an_end_lock_nobody_out() {
    play(async |computer| {
        let task = computer.active().await;
        let socket = computer.state_dir().join("control.sock");
        let silent: Vec<UnixStream> =
            (0..40).map(|_| UnixStream::connect(&socket).unwrap()).collect();
        let mut watching: Vec<_> = (0..20)
            .map(|_| {
                let mut watch = computer.command(&["status", "--json", "--watch"]);
                watch.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
            })
            .collect();
        computer.ends_with(0, &["status"]).await;
        computer.ends_with(0, &["end", "--yes"]).await;
        assert_eq!(computer.sandbox.task(task).output().unwrap()["reason"], "user");
        row(
            "16-callers",
            "silent connections and watchers of the status take every place there is",
        )
        .shown("one more watcher is told that there are too many")
        .recovered("`end` and `status` get in all the same")
        .kept();
        drop(silent);
        for watch in &mut watching {
            // It may have been refused, or have seen the agent go.
            let _gone_already = watch.kill();
            let _reaped = watch.wait();
        }
    });
}

#[test]
fn a_state_folder_that_is_deleted_is_made_again() {
    play(async |computer| {
        let task = computer.active().await;
        fs::remove_dir_all(computer.state_dir()).unwrap();
        let before = computer.sandbox.clock().now().wall;
        // Nobody can be asked until it is there again.
        let view = computer.status(|view| view["state"] == "active").await;
        let took = computer.sandbox.clock().now().wall.duration_since(before).as_secs_f64();
        assert_eq!(view["sessionId"], "session-1");
        computer.ends_with(0, &["end", "--yes"]).await;
        assert_eq!(computer.sandbox.task(task).output().unwrap()["reason"], "user");
        row("17-state-folder", "the state folder is deleted while the agent runs")
            .within(30.0, took)
            .kept();
    });
}

#[test]
fn a_folder_of_others_making_is_not_used() {
    play(async |computer| {
        let folder = computer.state_dir();
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o1777)).unwrap();
        let task = computer.workflow(json!({}));
        let said = computer.beside(&["run", "--headless"]).await.unwrap();
        assert_ne!(said.status.code(), Some(0));
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        let name = folder.display().to_string();
        assert!(said.contains(&name), "{said}");
        assert_eq!(computer.sandbox.task(task).state, TaskState::Waiting);
        assert_eq!(computer.sandbox.messages().len(), 1, "for whoever mends it");
        row("18-shared-folder", "a state folder that others share")
            .shown("that it is not used, and what to do")
            .recovered("the message stays in the queue")
            .lost("none begins until it is mended");
    });
}

#[test]
fn a_pipe_in_a_files_place_is_not_waited_for() {
    play(async |computer| {
        let pipe = computer.state_dir().with_extension("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let pipe = pipe.to_str().unwrap();
        let said = computer.ends_with(8, &["--config", pipe, "status"]).await;
        assert!(said.contains(pipe), "{said}");
        row("19-pipe", "a pipe in the place of the configuration")
            .shown("that it is no file")
            .recovered("refused at once, never waited for")
            .kept();
    });
}
