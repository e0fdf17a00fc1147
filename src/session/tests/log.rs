//! What the log says of a session: by this an administrator finds out what became of it.

use super::story::{Answer, INSTANCE, PASSING, Story, failure, seconds, start};
use crate::session::words::sentences::{advice, cause, trouble};
use crate::session::{Barrier, Event, FailureKind, TokenOver};

#[test]
fn a_session_that_is_taken_is_told_with_its_token_window_and_end() {
    let story = Story::active();
    let told = "session s-1 taken: task token #";
    assert_eq!(story.logged(told), 1, "{:?}", story.log());
    assert_eq!(story.logged("heartbeat window 60 s, TimeoutSeconds ends it at 2026-11-24T17"), 1);
    let mut again = story.restarts_after(5);
    assert_eq!(again.logged("resuming session s-1 (#"), 1);
    again.tell(Event::Identified { instance_id: "i-99".into() });
    assert_eq!(again.logged(&format!("written on {INSTANCE}, but this is i-99")), 1);
}

#[test]
fn a_token_that_is_tried_in_vain_and_a_shutdown_that_is_refused_are_told_with_their_causes() {
    let mut story = Story::active();
    story.beats = Answer::Fails(FailureKind::Unreachable);
    story.deliver(&start("secret-2"));
    assert_eq!(story.logged("try 1 of task token #"), 1);
    story.tell(Event::AfterEndRefused("polkit says no".into()));
    assert_eq!(story.logged("the after-end action was refused: polkit says no"), 1);
}

#[test]
fn only_a_token_that_was_never_accepted_may_have_been_cut_on_its_way() {
    let mut story = Story::active();
    story.beats = Answer::Fails(FailureKind::TokenOver(TokenOver::InvalidToken));
    story.passes(seconds(25));
    assert_eq!(story.logged("no longer waits for this session"), 1);
    assert_eq!(story.logged("was it cut or changed"), 0);
}

#[test]
fn a_cause_says_that_it_is_tried_again_where_nobody_has_to_do_anything() {
    let words = |kind: FailureKind| {
        let failure = failure(kind);
        (cause(&failure).to_string(), trouble(&failure).to_string())
    };
    for kind in PASSING {
        let (cause, trouble) = words(kind);
        let passes = matches!(
            kind,
            FailureKind::Throttled
                | FailureKind::KmsThrottled
                | FailureKind::Service
                | FailureKind::Credentials
        );
        assert_eq!(cause != trouble, passes, "{kind:?}: {cause}");
    }
}

#[test]
fn who_examines_the_computer_is_told_what_to_mend() {
    assert_eq!(advice(&failure(FailureKind::Unreachable)), None);
    for (barrier, word) in [
        (Barrier::Refused, "443"),
        (Barrier::Swallowed, "route table"),
        (Barrier::Name, "DNS"),
        (Barrier::ProxySignIn, "HTTPS_PROXY"),
        (Barrier::Proxy, "NO_PROXY"),
        (Barrier::Certificate, "AWS_CA_BUNDLE"),
        (Barrier::CertificateTime, "clock"),
        (Barrier::Page, "browser"),
    ] {
        let told = advice(&failure(FailureKind::Blocked(barrier)));
        assert!(told.is_some_and(|told| told.contains(word)), "{barrier:?}: {told:?}");
    }
}
