//! A day and a night: 24 hours, hourly rotation, keys that die after six and a half.

use std::time::Duration;

use deskbeat::sandbox::{Action, Extent, Fault, Service, TaskId, TaskSpec, What};
use deskbeat::session::{Notification, State};

use super::desk::{Desk, done, play};

const HOUR: u64 = 3600;

async fn a_day(desk: &mut Desk) -> TaskId {
    desk.start();
    let timeout = Some(Duration::from_secs(25 * HOUR));
    let task = desk.workflow_with(TaskSpec { timeout, ..TaskSpec::default() });
    desk.beaten(task, 1).await;
    task
}

#[test]
fn twenty_four_hours_without_one_rejected_beat() {
    play(async |desk| {
        let task = a_day(desk).await;
        desk.sleep_until(24 * HOUR).await;
        let beats = desk.sandbox.counts(Action::Heartbeat);
        assert_eq!((beats.refused, beats.faulted), (0, 0));
        assert!(beats.answered >= 24 * 60 * 9 / 10, "{}", beats.answered);
        assert!(desk.longest_pause(task) <= 66.01, "{}", desk.longest_pause(task));
        assert_eq!(desk.windows_missed(), 0);
        assert_eq!(desk.count(|what| matches!(what, What::Refused { .. })), 0);
        let keys = desk.count(|what| matches!(what, What::KeyIssued { .. }));
        assert_eq!(keys, 25);
        let view = desk.view().await;
        assert_eq!((view.state, view.failures, view.last_error), (State::Active, 0, None));
        // Nothing to read for whoever reads the log: the start, each hour's nothing.
        assert!(desk.logged("DB-").len() <= 8, "{:?}", desk.logged("DB-"));
        done(desk.end().await);
        desk.closed_by_us(task, "ended", "user");
    });
}

#[test]
fn twenty_four_hours_with_network_losses_crashes_a_reboot_and_dead_keys() {
    play(async |desk| {
        let task = a_day(desk).await;
        let lost = |desk: &Desk, seconds| {
            for service in Service::ALL {
                let extent = Extent::For(Duration::from_secs(seconds));
                desk.sandbox.fault(service, Fault::Hang, extent);
            }
        };
        // The network, for most of a window, and three times in a row.
        desk.sleep_until(2 * HOUR).await;
        lost(desk, 200);
        desk.sleep_until(4 * HOUR).await;
        for _ in 0..3 {
            lost(desk, 150);
            desk.sleep(400).await;
        }
        // A crash, and half a window later the next start.
        desk.sleep_until(6 * HOUR).await;
        desk.crash();
        desk.sleep(150).await;
        desk.start();
        // The key is revoked.
        desk.sleep_until(8 * HOUR).await;
        desk.sandbox.rotate();
        desk.sandbox.expire_old_keys();
        // A reboot in which IMDS comes up late.
        desk.sleep_until(10 * HOUR).await;
        desk.crash();
        desk.sleep(60).await;
        let extent = Extent::For(Duration::from_secs(120));
        desk.sandbox.fault(Service::Imds, Fault::Drop, extent);
        desk.start();
        // IMDS is away for an hour; throttling for two minutes.
        desk.sleep_until(12 * HOUR).await;
        desk.sandbox.fault(Service::Imds, Fault::Drop, Extent::For(Duration::from_secs(HOUR)));
        desk.sleep_until(14 * HOUR).await;
        let throttled = Fault::error("ThrottlingException");
        desk.sandbox.fault(Service::Sfn, throttled, Extent::For(Duration::from_secs(120)));
        desk.sleep_until(24 * HOUR).await;
        assert_eq!(desk.windows_missed(), 0);
        assert_eq!(desk.view().await.state, State::Active);
        assert!(desk.longest_pause(task) < 290.0, "{}", desk.longest_pause(task));
        assert_eq!(desk.logged("DB-102").len(), 1, "one session, taken once");
        assert_eq!(desk.logged("DB-103").len(), 2, "and resumed twice");
        assert_eq!(desk.told_of(|told| *told == Notification::EndedElsewhere), 0);
        done(desk.end().await);
        desk.closed_by_us(task, "ended", "user");
        assert_eq!(desk.closes(), 1);
    });
}
