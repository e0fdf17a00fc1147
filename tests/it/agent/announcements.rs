//! What EC2 announces about the machine: each thing is shown once, in time.

use std::time::Duration;

use deskbeat::sandbox::{Action, Extent, Fault, LifeCycle, Maintenance, Options, Service};
use deskbeat::session::interface::event::AnnouncementKind;
use deskbeat::session::interface::settings::OsEnding;
use deskbeat::session::interface::time::later;
use deskbeat::session::{Event, Notification, State};

use super::desk::{Desk, done, play, play_on, settings};

fn on_spot() -> Options {
    Options { life_cycle: LifeCycle::Spot, ..Options::default() }
}

fn told(desk: &Desk, wanted: AnnouncementKind) -> usize {
    desk.told_of(|told| matches!(told, Notification::Announced { kind, .. } if *kind == wanted))
}

/// Waits until the user was told; the seconds that it took.
async fn until_told(desk: &Desk, kind: AnnouncementKind) -> f64 {
    let before = desk.seconds();
    while told(desk, kind) == 0 {
        desk.sleep(1).await;
    }
    desk.seconds() - before
}

#[test]
fn a_spot_notice_is_told_within_five_seconds_and_once() {
    play_on(on_spot(), settings(), async |desk| {
        let task = desk.active().await;
        desk.sleep(600).await;
        let at = later(desk.clock.now().wall, Duration::from_secs(120));
        desk.sandbox.spot_notice(Some(("terminate", at)));
        let took = until_told(desk, AnnouncementKind::Spot).await;
        assert!(took <= 6.0, "{took} s");
        desk.sleep(30).await;
        desk.crash();
        desk.start();
        desk.next_beat(task).await;
        desk.sleep(60).await;
        assert_eq!(told(desk, AnnouncementKind::Spot), 1, "once, restart or not");
        let view = desk.view().await;
        assert_eq!(view.state, State::Active);
        assert!(view.sentence.contains("takes this computer back"), "{}", view.sentence);
        // EC2 shuts the system down: the close says why.
        let deadline = desk.clock.now().mono + Duration::from_secs(4);
        desk.link().unwrap().report(Event::OsEnding(OsEnding::Shutdown, deadline)).unwrap();
        desk.sandbox.over(task).await;
        desk.closed_by_us(task, "ended", "spot");
    });
}

#[test]
fn a_rebalance_recommendation_is_told_within_a_minute_and_once() {
    play_on(on_spot(), settings(), async |desk| {
        desk.active().await;
        desk.sandbox.rebalance_notice(Some(desk.clock.now().wall));
        let took = until_told(desk, AnnouncementKind::Rebalance).await;
        assert!(took <= 61.0, "{took} s");
        desk.sleep(1800).await;
        assert_eq!(told(desk, AnnouncementKind::Rebalance), 1);
        assert_eq!(desk.view().await.state, State::Active);
    });
}

fn maintenance(desk: &Desk, id: &str, state: &str) -> Maintenance {
    Maintenance {
        event_id: id.into(),
        code: "system-reboot".into(),
        state: state.into(),
        description: "scheduled reboot".into(),
        not_before: desk.at(86_400),
        not_after: desk.at(90_000),
    }
}

#[test]
fn each_maintenance_to_come_is_told_once() {
    play(async |desk| {
        desk.active().await;
        let first = maintenance(desk, "instance-event-1", "active");
        let done_already = maintenance(desk, "instance-event-0", "completed");
        let off = maintenance(desk, "instance-event-9", "canceled");
        desk.sandbox.set_maintenance(vec![done_already.clone(), off.clone(), first.clone()]);
        until_told(desk, AnnouncementKind::Maintenance).await;
        desk.sleep(1800).await;
        assert_eq!(told(desk, AnnouncementKind::Maintenance), 1);
        let Some(Notification::Announced { at, text, .. }) = desk.told().pop() else { panic!() };
        assert_eq!(at, Some(desk.at(86_400)));
        assert_eq!(text.as_deref(), Some("scheduled reboot"));
        let second = maintenance(desk, "instance-event-2", "active");
        desk.sandbox.set_maintenance(vec![done_already, off, first, second]);
        desk.sleep(1800).await;
        assert_eq!(told(desk, AnnouncementKind::Maintenance), 2);
    });
}

#[test]
fn a_scale_in_is_told_once() {
    play(async |desk| {
        let task = desk.active().await;
        desk.sandbox.set_target_state(Some("InService"));
        desk.sleep(300).await;
        assert_eq!(told(desk, AnnouncementKind::ScaleIn), 0);
        desk.sandbox.set_target_state(Some("Terminated"));
        let took = until_told(desk, AnnouncementKind::ScaleIn).await;
        assert!(took <= 61.0, "{took} s");
        desk.sleep(1800).await;
        assert_eq!(told(desk, AnnouncementKind::ScaleIn), 1);
        done(desk.end().await);
        desk.closed_by_us(task, "ended", "user");
    });
}

#[test]
fn imds_down_at_the_start_does_not_make_a_spot_instance_of_an_ordinary_one() {
    play(async |desk| {
        desk.sandbox.fault(Service::Imds, Fault::Drop, Extent::For(Duration::from_secs(60)));
        desk.active().await;
        desk.sleep(3600).await;
        // Two questions a minute, where a spot instance has one every five seconds too.
        let asked = desk.sandbox.counts(Action::ImdsOther).seen;
        assert!(asked <= 200, "{asked}");
    });
}

#[test]
fn an_announcement_without_a_session_is_logged_once() {
    play(async |desk| {
        desk.sandbox.set_target_state(Some("Terminated"));
        desk.start();
        desk.sleep(3600).await;
        assert_eq!(desk.logged("Auto Scaling").len(), 1, "{:?}", desk.logged("Auto Scaling"));
    });
}
