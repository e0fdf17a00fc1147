//! Told to stop: by policy, never by dying in the middle of a close.

use deskbeat::sandbox::{Action, Moment, TaskState};
use rustix::process::Signal;

use super::computer::play;
use crate::faults::row;

#[test]
fn a_signal_closes_the_session_by_default() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        play(async |computer| {
            let task = computer.active().await;
            computer.signal(signal);
            assert_eq!(computer.gone().await.code(), Some(0));
            let output = computer.sandbox.task(task).output().expect("it succeeded");
            assert_eq!(
                (&output["outcome"], &output["reason"]),
                (&"ended".into(), &"logoff".into())
            );
        });
    }
}

#[test]
fn a_signal_waits_for_a_close_that_is_under_way() {
    play(async |computer| {
        let task = computer.active().await;
        let gate = computer.sandbox.hold(Action::Success, Moment::BeforeAnswer);
        let ending = computer.ends_with(0, &["end", "--yes"]);
        gate.reached().await;
        computer.signal(Signal::TERM);
        // It has heard the signal, and waits.
        while !computer.log().contains("SIGTERM") {
            tokio::task::yield_now().await;
        }
        gate.open();
        ending.await;
        assert_eq!(computer.gone().await.code(), Some(0));
        let task = computer.sandbox.task(task);
        assert_eq!(task.output().unwrap()["reason"], "user");
    });
}

#[test]
fn a_signal_with_the_policy_keep_sends_nothing_and_the_next_run_resumes() {
    for signal in [Signal::TERM, Signal::INT] {
        play(async |computer| {
            computer.set("DESKBEAT_ON_LOGOFF", "keep");
            let task = computer.active().await;
            computer.signal(signal);
            assert_eq!(computer.gone().await.code(), Some(0));
            let kept = computer.sandbox.task(task);
            assert_eq!(kept.state, TaskState::Waiting);
            computer.start();
            computer.beaten(task, kept.beats.len() + 1).await;
            computer.status(|view| view["state"] == "active").await;
        });
    }
}

#[test]
fn a_signal_without_a_session_ends_at_once() {
    play(async |computer| {
        computer.start();
        computer.status(|view| view["state"] == "waiting").await;
        computer.signal(Signal::TERM);
        assert_eq!(computer.gone().await.code(), Some(0));
    });
}

#[test]
fn a_signal_sent_by_mistake_ends_no_session_and_quit_closes_it_in_order() {
    play(async |computer| {
        let task = computer.active().await;
        for signal in [Signal::USR1, Signal::USR2, Signal::ALARM, Signal::PROF, Signal::IO] {
            computer.signal(signal);
        }
        computer.ends_with(0, &["status"]).await;
        assert_eq!(computer.sandbox.task(task).state, TaskState::Waiting);
        row("19-stray-signal", "SIGUSR1, SIGUSR2, SIGALRM, SIGPROF or SIGIO by mistake").kept();
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", computer.pid())).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert!(core.split_whitespace().nth(4) == Some("0"), "{core}");
        row("13-memory", "a core dump, or another program that looks into the agent's memory")
            .recovered("there is none: RLIMIT_CORE is 0, and the process is not dumpable")
            .kept();
        computer.signal(Signal::QUIT);
        assert_eq!(computer.gone().await.code(), Some(0));
        assert_eq!(computer.sandbox.task(task).output().unwrap()["reason"], "logoff");
        row("19-quit", "SIGQUIT").recovered("closed in order, reason logoff").kept();
    });
}
