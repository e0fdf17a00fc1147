//! Warnings: before the end, and at once when AWS announces something; each once.

use jiff::Timestamp;

use super::story::{Story, seconds, start, start_of};
use crate::session::interface::event::{Announcement, AnnouncementKind};
use crate::session::{Event, Notification, Settings, State};

fn minutes(story: &Story) -> Vec<u32> {
    story
        .notified()
        .into_iter()
        .filter_map(|told| match told {
            Notification::TimeLeft { minutes, .. } => Some(minutes),
            _ => None,
        })
        .collect()
}

fn announced(kind: AnnouncementKind, id: &str, at: Option<Timestamp>) -> Event {
    Event::Announced(Announcement { kind, id: id.into(), at, text: None })
}

#[test]
fn an_hour_before_the_end_and_then_closer_each_once() {
    let mut story = Story::active();
    // It is closed in order 30 s before TimeoutSeconds: that is its end for the user.
    story.passes(seconds(7 * 3600 - 31));
    assert!(minutes(&story).is_empty());
    story.passes(seconds(1));
    assert_eq!(minutes(&story), [60]);
    story.passes(seconds(3599));
    assert_eq!(minutes(&story), [60, 30, 15, 5, 1]);
    let ends_at = "2026-11-24T16:59:30Z".parse().unwrap();
    assert!(story.notified().contains(&Notification::TimeLeft {
        minutes: 15,
        ends_at,
        extendable: true
    }));
}

#[test]
fn a_long_time_for_the_close_moves_the_warnings_with_it() {
    let ten_minutes = Settings { close_before_timeout: seconds(600), ..Settings::default() };
    let mut story = Story::waiting_with(ten_minutes);
    story.deliver(&start("secret-1"));
    story.passes(seconds(28_800 - 660 - 1));
    assert_eq!(minutes(&story), [60, 30, 15, 5]);
    story.passes(seconds(1));
    assert_eq!(minutes(&story), [60, 30, 15, 5, 1]);
    assert_eq!(story.closes_sent(), []);
    story.passes(seconds(60));
    assert_eq!(story.output()["reason"], "time-up");
}

#[test]
fn a_short_session_is_not_warned_of_what_was_over_before_it_began() {
    let mut story = Story::waiting();
    story.deliver(r#"{"taskToken":"secret-1","timeoutSeconds":600}"#);
    assert!(minutes(&story).is_empty());
    story.passes(seconds(569));
    assert_eq!(minutes(&story), [5, 1]);
}

#[test]
fn after_a_sleep_only_the_nearest_warning_is_given() {
    let mut story = Story::active();
    story.sleeps(seconds(28_800 - 10 * 60));
    assert_eq!(minutes(&story), [15]);
    story.passes(seconds(560));
    assert_eq!(minutes(&story), [15, 5, 1]);
}

#[test]
fn no_warning_comes_twice_over_a_restart() {
    let mut story = Story::active();
    story.passes(seconds(28_800 - 16 * 60));
    assert_eq!(minutes(&story), [60, 30]);
    let mut again = story.restarts_after(120);
    again.gets_ready();
    again.passes(seconds(60));
    assert_eq!(minutes(&again), [15]);
}

#[test]
fn a_granted_extension_is_warned_of_anew() {
    let mut story = Story::active();
    story.passes(seconds(28_800 - 20 * 60));
    story.ask(crate::session::Request::Extend);
    story.deliver(&start("secret-2"));
    story.mark();
    story.passes(seconds(28_800 - 40));
    assert_eq!(minutes(&story), [60, 30, 15, 5, 1]);
}

#[test]
fn what_aws_announces_is_told_at_once_and_once() {
    let mut story = Story::active();
    assert!(!story.view().sentence.contains("Save your work"), "nothing is to come");
    let at = Some(story.now.wall + seconds(120));
    for kind in [
        AnnouncementKind::Spot,
        AnnouncementKind::Rebalance,
        AnnouncementKind::Maintenance,
        AnnouncementKind::ScaleIn,
    ] {
        story.mark();
        story.tell(announced(kind, "a", at));
        story.tell(announced(kind, "a", at));
        assert_eq!(story.notified(), [Notification::Announced { kind, at, text: None }]);
        story.tell(announced(kind, "b", at));
        assert_eq!(story.notified().len(), 2, "another one of the kind");
    }
    assert!(story.view().sentence.contains("Save your work now"), "{}", story.view().sentence);
    assert_eq!(story.state(), State::Active, "it goes on to the last");
}

#[test]
fn what_was_announced_before_the_session_is_told_when_it_begins() {
    let mut story = Story::waiting();
    let at = Some(story.now.wall + seconds(120));
    for _ in 0..20 {
        story.tell(announced(AnnouncementKind::Spot, "a", at));
    }
    assert_eq!(story.notified(), [], "nobody is there");
    assert_eq!(story.logged("takes this spot instance back"), 1);
    story.deliver(&start_of("s-1", "secret-1"));
    let kind = AnnouncementKind::Spot;
    assert_eq!(
        story.notified(),
        [Notification::Started { ends_at: None }, Notification::Announced { kind, at, text: None }]
    );
}

#[test]
fn each_of_several_announcements_before_the_session_is_told_when_it_begins() {
    let mut story = Story::waiting();
    let all = [
        (AnnouncementKind::Maintenance, "a"),
        (AnnouncementKind::Maintenance, "b"),
        (AnnouncementKind::Spot, "b"),
    ];
    for (kind, id) in all {
        story.tell(announced(kind, id, None));
    }
    story.deliver(&start_of("s-1", "secret-1"));
    let told = story.notified();
    let told = told.iter().filter(|told| matches!(told, Notification::Announced { .. }));
    assert_eq!(told.count(), all.len());
}

#[test]
fn announcements_do_not_repeat_when_a_token_takes_over() {
    let mut story = Story::active();
    story.tell(announced(AnnouncementKind::Rebalance, "a", None));
    story.mark();
    story.deliver(&start("secret-2"));
    story.tell(announced(AnnouncementKind::Rebalance, "a", None));
    assert_eq!(story.notified(), []);
}
