//! What the machine lacks before a session can begin, and what somebody has to do about it.

use super::story::{Answer, INSTANCE, Story, failure, key, morning, seconds, start};
use crate::session::interface::event::{CredentialProblem, KeyInfo};
use crate::session::words::codes::Code;
use crate::session::{Command, Event, FailureKind, Level, Notification, Record, Settings, State};

fn no_role() -> Event {
    Event::CredentialsFailed {
        problem: CredentialProblem::NoRole,
        sentence: "This computer has no IAM role: ask your administrator.".into(),
    }
}

fn bare() -> Story {
    Story::starts(morning(), Settings::default(), Record::default())
}

#[test]
fn what_is_missing_is_said_in_one_sentence() {
    type Telling = fn(&mut Story);
    let cases: [(&str, Telling); 6] = [
        ("has no IAM role", |story| story.tell(no_role())),
        ("IMDS does not answer", |story| {
            story.tell(Event::Unidentified("IMDS does not answer.".into()));
        }),
        ("has no queue", |story| {
            story.tell(Event::Identified { instance_id: INSTANCE.into() });
            story.tell(Event::NoQueue("This computer has no queue.".into()));
        }),
        ("access denied", |story| {
            story.gets_ready();
            story.tell(Event::Received(Err(failure(FailureKind::AccessDenied))));
        }),
        ("the queue does not exist", |story| {
            story.gets_ready();
            story.tell(Event::Received(Err(failure(FailureKind::NoSuchQueue))));
        }),
        ("check this computer's clock", |story| {
            story.gets_ready();
            story.tell(Event::Received(Err(failure(FailureKind::Signature))));
        }),
    ];
    for (words, tell) in cases {
        let mut story = bare();
        tell(&mut story);
        assert_eq!(story.state(), State::NeedsAttention, "{words}");
        assert!(story.view().sentence.contains(words), "{}", story.view().sentence);
        assert_eq!(story.view().code, "DB-501");
        let errors = story.log();
        assert!(
            errors.iter().any(|line| line.level == Level::Error && line.code == Code::Attention)
        );
    }
}

#[test]
fn what_is_mended_is_said_once_and_the_session_can_begin() {
    let mut story = bare();
    let mended = |story: &Story| story.logged("what needed attention is mended");
    story.tell(no_role());
    assert_eq!(mended(&story), 0);
    story.gets_ready();
    assert_eq!((story.state(), mended(&story)), (State::Waiting, 1));
    story.deliver(&start("secret-1"));
    assert_eq!((story.state(), mended(&story)), (State::Active, 1));
}

#[test]
fn what_needs_attention_next_is_logged_too() {
    let mut story = bare();
    story.tell(no_role());
    story.tell(Event::Identified { instance_id: INSTANCE.into() });
    story.passes(seconds(60));
    story.mark();
    story.tell(key("AAAA", true));
    story.tell(Event::NoQueue("There is no queue.".into()));
    assert_eq!(story.state(), State::NeedsAttention);
    let told =
        |story: &Story| story.log().iter().filter(|line| line.code == Code::Attention).count();
    assert_eq!(told(&story), 1, "the role is there now, the queue is not");
    story.tell(Event::NoQueue("There is still no queue.".into()));
    assert_eq!(told(&story), 1, "not each word at once");
    story.passes(seconds(60));
    story.tell(Event::NoQueue("There is still no queue.".into()));
    assert_eq!(told(&story), 2);
}

#[test]
fn a_short_trouble_of_the_network_is_no_reason_for_a_face() {
    let mut story = Story::waiting();
    story.tell(Event::Received(Err(failure(FailureKind::Unreachable))));
    assert_eq!(story.state(), State::Waiting);
    story.passes(seconds(59));
    assert_eq!(story.state(), State::Waiting);
    story.passes(seconds(1));
    assert_eq!(story.state(), State::NeedsAttention);
    story.tell(Event::Received(Ok(Vec::new())));
    assert_eq!(story.state(), State::Waiting);
}

#[test]
fn the_queue_is_asked_only_by_a_machine_that_knows_itself() {
    for missing in 0..3 {
        let mut story = bare();
        if missing != 0 {
            story.tell(Event::Identified { instance_id: INSTANCE.into() });
        }
        if missing != 1 {
            story.tell(key("AAAA", true));
        }
        if missing != 2 {
            story.tell(Event::QueueFound("https://queue".into()));
        }
        story.passes(seconds(60));
        assert_eq!(story.count(|said| *said == Command::Receive), 0, "without {missing}");
    }
}

#[test]
fn imds_down_costs_nothing_while_the_key_lives() {
    let mut story = Story::active();
    story.tell(Event::CredentialsFailed {
        problem: CredentialProblem::Unavailable,
        sentence: "IMDS does not answer.".into(),
    });
    story.passes(seconds(1800));
    assert_eq!(story.state(), State::Active);
    assert_eq!(story.view().failures, 0);
}

#[test]
fn a_waiting_machine_whose_key_dies_needs_attention() {
    let mut story = Story::waiting();
    let expires_at = Some(story.now.wall + seconds(600));
    story.tell(Event::CredentialsLoaded(KeyInfo {
        source: "imds",
        key_suffix: "BBBB".into(),
        expires_at,
        changed: true,
    }));
    story.tell(Event::CredentialsFailed {
        problem: CredentialProblem::Expired,
        sentence: "IMDS hands out an expired key.".into(),
    });
    assert_eq!(story.state(), State::Waiting);
    story.passes(seconds(600));
    assert_eq!(story.state(), State::NeedsAttention);
    assert_eq!(story.view().credentials.unwrap().expires_at, expires_at);
}

#[test]
fn a_living_session_is_not_hidden_behind_what_only_the_next_one_needs() {
    let mut story = Story::active();
    story.tell(Event::Received(Err(failure(FailureKind::AccessDenied))));
    assert_eq!(story.state(), State::Active, "its beats are accepted");
    story.beats = Answer::Fails(FailureKind::AccessDenied);
    story.passes(seconds(30));
    assert_eq!(story.state(), State::AtRisk);
}

#[test]
fn a_machine_that_is_still_finding_its_queue_does_not_say_that_it_waits_for_a_session() {
    let mut story = bare();
    assert!(story.view().sentence.contains("Starting"), "{}", story.view().sentence);
    story.gets_ready();
    assert!(story.view().sentence.contains("Waiting"), "{}", story.view().sentence);
}

#[test]
fn what_is_unwell_beside_us_is_told_once_shown_while_it_lasts_and_its_end_logged() {
    let mut story = Story::active();
    let unwell = "The streaming server does not run.";
    let told = |story: &Story| {
        story.notified().iter().filter(|told| matches!(told, Notification::Unhealthy(_))).count()
    };
    for _ in 0..2 {
        story.tell(Event::Health(Some(unwell.into())));
        assert_eq!(story.view().unhealthy.as_deref(), Some(unwell));
        assert_eq!((told(&story), story.logged(unwell)), (1, 1));
    }
    story.tell(Event::Health(None));
    story.tell(Event::Health(None));
    assert_eq!(story.view().unhealthy, None);
    assert_eq!(story.logged("is well again"), 1);
    story.tell(Event::Health(Some(unwell.into())));
    assert_eq!(told(&story), 2);
}
