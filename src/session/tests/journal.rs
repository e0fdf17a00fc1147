//! The journal fails and recovers; the session goes on, and no message is let go before its time.

use super::story::{Answer, Story, seconds, start};
use crate::session::{AfterEnd, Command, Event, FailureKind, Notification, Settings, State};

#[test]
fn a_full_disk_does_not_stop_the_beats_and_keeps_the_message() {
    let mut story = Story::waiting();
    story.disk = Answer::Fails(FailureKind::Service);
    let receipt = story.deliver(&start("secret-1"));
    story.passes(seconds(600));
    assert_eq!(story.state(), State::Active);
    assert!(!story.deleted(receipt));
    assert!(story.view().last_error.unwrap().contains("No space left on device"));
    let complaints = story.logged("the journal cannot be written");
    assert!((1..=6).contains(&complaints), "{complaints} lines in ten minutes");
    let hidden = story.released(receipt).unwrap();
    assert!(hidden <= seconds(20), "after a crash it must come back inside the window: {hidden:?}");
    story.disk = Answer::Good;
    story.passes(seconds(61));
    assert!(story.deleted(receipt));
    assert_eq!(story.logged("the journal can be written again"), 1);
    assert_eq!(story.durable.session.as_ref().unwrap().token.expose(), "secret-1");
}

#[test]
fn the_user_is_told_once_that_the_disk_does_not_keep_the_session() {
    let told = |story: &Story| {
        story.notified().iter().filter(|told| matches!(told, Notification::Unhealthy(_))).count()
    };
    let mut story = Story::waiting();
    story.tell(Event::JournalFailed(1, "No space left on device".into()));
    assert_eq!(told(&story), 0, "there is no session to lose");
    let mut story = Story::active();
    story.disk = Answer::Fails(FailureKind::Service);
    story.passes(seconds(600));
    assert_eq!(told(&story), 1);
}

#[test]
fn a_journal_that_somebody_removed_and_that_cannot_be_written_again_is_told() {
    let mut story = Story::active();
    // The writer looks for it now and then, and writes the same record again.
    let newest = story.newest_record();
    story.tell(Event::JournalFailed(newest, "Permission denied".into()));
    assert_eq!(story.logged("the journal cannot be written"), 1);
}

/// Else the next start would take up what is over.
#[test]
fn the_end_of_a_session_is_written_once_the_disk_is_well_again() {
    let settings = Settings { after_end: AfterEnd::None, ..Settings::default() };
    let mut story = Story::active_with(settings);
    story.disk = Answer::Fails(FailureKind::Service);
    story.end();
    story.passes(seconds(30));
    assert!(story.durable.session.is_some());
    story.disk = Answer::Good;
    story.passes(seconds(61));
    assert_eq!((story.state(), &story.durable.session), (State::Closed, &None));
}

#[test]
fn duplicates_are_not_let_go_either_while_the_disk_is_full() {
    let mut story = Story::waiting();
    story.disk = Answer::Fails(FailureKind::Service);
    story.deliver(&start("secret-1"));
    let receipt = story.deliver(&start("secret-1"));
    assert!(!story.deleted(receipt), "after a crash nothing would know the token");
}

#[test]
fn a_message_waits_for_the_record_that_holds_it() {
    let mut story = Story::waiting();
    story.disk = Answer::Silent;
    let first = story.deliver(&start("secret-1"));
    let second = story.deliver(&start("secret-2"));
    let revisions = story.said.iter().filter_map(|(_, said)| match said {
        Command::Save(revision, record) => {
            record.session.as_ref().map(|session| (*revision, session.token.expose().to_owned()))
        }
        _ => None,
    });
    let newer = revisions.filter(|(_, token)| token == "secret-2").map(|(revision, _)| revision);
    let newer = newer.min().unwrap();
    story.tell(Event::JournalSaved(newer - 1));
    assert!(story.deleted(first) && !story.deleted(second));
    let again = story.deliver(&start("secret-2"));
    assert!(!story.deleted(again), "an older record is durable, not the one that holds it");
    story.tell(Event::JournalSaved(newer));
    assert!(story.deleted(second));
}

#[test]
fn the_counts_of_a_long_session_are_journaled_now_and_then_only() {
    let mut story = Story::active();
    story.mark();
    story.passes(seconds(3600));
    let saves = story.count(|said| matches!(said, Command::Save(..)));
    assert!((60..=130).contains(&saves), "{saves} writes in an hour, with a window of a minute");
    let kept = story.durable.session.as_ref().unwrap();
    assert!(story.view().beats - kept.beats < 3);
    let mut story = Story::waiting();
    story.deliver(r#"{"taskToken":"secret-1","heartbeatSeconds":600}"#);
    story.mark();
    story.passes(seconds(3600));
    let saves = story.count(|said| matches!(said, Command::Save(..)));
    assert!((10..=13).contains(&saves), "{saves} writes in an hour");
}

#[test]
fn an_old_failure_does_not_count_against_a_newer_success() {
    let mut story = Story::waiting();
    story.disk = Answer::Silent;
    let receipt = story.deliver(&start("secret-1"));
    story.tell(Event::JournalSaved(2));
    assert!(story.deleted(receipt));
    story.tell(Event::JournalFailed(1, "late".into()));
    assert_eq!(story.logged("cannot be written"), 0);
}

#[test]
fn what_the_journal_holds_can_be_read_again() {
    let mut story = Story::active();
    story.passes(seconds(4000));
    let text = serde_json::to_string(&story.durable).unwrap();
    let read: crate::session::Record = serde_json::from_str(&text).unwrap();
    assert_eq!(read, story.durable);
    // A record of before a field was there.
    let old = text.replace("\"tokenSentAt\"", "\"x\"").replace("\"firstSentAt\"", "\"y\"");
    let read: crate::session::Record = serde_json::from_str(&old).unwrap();
    assert_eq!(read.session.unwrap().token_sent_at, None);
}
