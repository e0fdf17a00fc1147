//! The system under a session ends, or says that it will: policies, patience, and the restart.

use std::time::Duration;

use deskbeat::agent::link::Told;
use deskbeat::sandbox::{Action, Extent, Fault};
use deskbeat::session::interface::settings::OsEnding;
use deskbeat::session::{AfterEnd, Event, OnOsEnding, State};

use super::desk::{Desk, done, play};

fn os_ends(desk: &Desk, ending: OsEnding) {
    let deadline = desk.clock.now().mono + Duration::from_secs(4);
    desk.link().unwrap().report(Event::OsEnding(ending, deadline)).unwrap();
}

/// Waits until the system was let go; the seconds that it waited.
async fn let_go(desk: &Desk, ending: OsEnding) -> f64 {
    let before = desk.seconds();
    let mut told = desk.link().unwrap().told();
    os_ends(desk, ending);
    while !matches!(told.recv().await, Ok(Told::OsMayProceed)) {}
    desk.seconds() - before
}

#[test]
fn a_shutdown_by_the_system_closes_first_and_shuts_down_nothing_itself() {
    for (ending, reason) in [(OsEnding::Shutdown, "os-shutdown"), (OsEnding::Logoff, "logoff")] {
        play(async |desk| {
            let task = desk.active().await;
            let waited = let_go(desk, ending).await;
            assert!(waited <= 0.5, "{waited} s");
            desk.closed_by_us(task, "ended", reason);
            desk.sleep(60).await;
            assert_eq!(desk.after_ends(AfterEnd::Shutdown), 0, "it goes by itself");
        });
    }
}

#[test]
fn a_shutdown_with_the_policy_keep_sends_nothing_and_resumes_after_the_reboot() {
    for ending in [OsEnding::Shutdown, OsEnding::Logoff] {
        play(async |desk| {
            desk.settings.on_shutdown = OnOsEnding::Keep;
            desk.settings.on_logoff = OnOsEnding::Keep;
            let task = desk.active().await;
            let waited = let_go(desk, ending).await;
            assert!(waited <= 0.5, "{waited} s");
            assert!(!desk.task(task).is_over());
            desk.crash();
            desk.sleep(100).await;
            desk.start();
            desk.next_beat(task).await;
            assert_eq!(desk.windows_missed(), 0);
        });
    }
}

#[test]
fn a_system_that_cannot_wait_goes_after_four_seconds_and_the_restart_closes() {
    play(async |desk| {
        let task = desk.active().await;
        let id = desk.sandbox.fault(Action::Success, Fault::Hang, Extent::UntilCleared);
        let waited = let_go(desk, OsEnding::Shutdown).await;
        assert!((3.9..=4.1).contains(&waited), "{waited} s");
        assert!(desk.sandbox.counts(Action::Success).seen >= 2, "two tries fit");
        desk.crash();
        desk.sandbox.clear(id);
        desk.sleep(30).await;
        desk.start();
        desk.state(State::Closed).await;
        desk.closed_by_us(task, "ended", "os-shutdown");
        assert_eq!(desk.closes(), 1);
    });
}

#[test]
fn a_shutdown_that_is_called_off_changes_nothing() {
    play(async |desk| {
        desk.settings.on_shutdown = OnOsEnding::Keep;
        let task = desk.active().await;
        os_ends(desk, OsEnding::Shutdown);
        desk.link().unwrap().report(Event::OsEndingCancelled).unwrap();
        desk.sleep(1800).await;
        assert_eq!(desk.view().await.state, State::Active);
        assert!(desk.longest_pause(task) <= 66.01);
        done(desk.end().await);
        desk.after_end(AfterEnd::Shutdown).await;
    });
}
