//! The operating system goes down, or the user logs off: closed first, or kept, and let go in time.

use super::story::{Answer, Story, TIMED_OUT, failure, seconds, start};
use crate::session::interface::settings::OsEnding;
use crate::session::{
    AfterEnd, Command, Event, FailureKind, OnOsEnding, Refusal, Request, Settings, State,
};

fn policy(on: OnOsEnding) -> Settings {
    Settings { on_shutdown: on, on_logoff: on, ..Settings::default() }
}

/// The system ends in four seconds.
fn os_ends(story: &mut Story, ending: OsEnding) {
    let deadline = story.now.mono + seconds(4);
    story.tell(Event::OsEnding(ending, deadline));
}

#[test]
fn with_policy_end_the_close_is_accepted_before_the_system_is_let_go() {
    for (ending, reason, word) in
        [(OsEnding::Shutdown, "os-shutdown", "shutdown"), (OsEnding::Logoff, "logoff", "logoff")]
    {
        let mut story = Story::active_with(policy(OnOsEnding::End));
        os_ends(&mut story, ending);
        let told = format!("the operating system says: {word}; policy for it: end");
        assert_eq!(story.logged(&told), 1);
        assert_eq!(story.state(), State::Closed);
        assert_eq!(story.output()["reason"], reason);
        let close = story.place(|said| matches!(said, Command::Close { .. }));
        let go = story.place(|said| *said == Command::LetOsProceed);
        assert!(close < go);
        assert_eq!((story.let_go(), story.after_ends()), (1, 0), "the system goes by itself");
    }
}

#[test]
fn a_close_that_did_not_get_through_is_told_from_one_that_is_on_its_way() {
    for (closes, words) in [
        (Answer::Fails(FailureKind::AccessDenied), "the close was not accepted"),
        (Answer::Silent, "the close is not answered yet"),
    ] {
        let mut story = Story::active_with(policy(OnOsEnding::End));
        story.closes = closes;
        os_ends(&mut story, OsEnding::Shutdown);
        story.passes(seconds(5));
        assert_eq!((story.let_go(), story.logged(words)), (1, 1), "{words}");
    }
}

#[test]
fn with_policy_keep_the_session_is_journaled_and_told_of_once_more() {
    for ending in [OsEnding::Shutdown, OsEnding::Logoff] {
        let mut story = Story::active_with(policy(OnOsEnding::Keep));
        story.passes(seconds(10));
        story.mark();
        os_ends(&mut story, ending);
        assert_eq!(story.closes_sent(), []);
        assert_eq!(story.let_go(), 1);
        assert_eq!(story.beaten().len(), 1, "the whole window for the reboot");
        assert_eq!(story.durable.session.as_ref().unwrap().token.expose(), "secret-1");
        assert_eq!(story.state(), State::Active);
    }
}

#[test]
fn each_kind_has_its_own_policy() {
    let settings = Settings {
        on_shutdown: OnOsEnding::End,
        on_logoff: OnOsEnding::Keep,
        ..Settings::default()
    };
    let mut story = Story::active_with(settings);
    os_ends(&mut story, OsEnding::Logoff);
    assert_eq!((story.state(), story.let_go()), (State::Active, 1));
    os_ends(&mut story, OsEnding::Shutdown);
    assert_eq!((story.state(), story.let_go()), (State::Closed, 2));
}

#[test]
fn the_logoff_inside_a_shutdown_follows_the_shutdowns_policy() {
    let settings = Settings {
        on_shutdown: OnOsEnding::Keep,
        on_logoff: OnOsEnding::End,
        ..Settings::default()
    };
    let mut story = Story::active_with(settings);
    os_ends(&mut story, OsEnding::Shutdown);
    os_ends(&mut story, OsEnding::Logoff);
    assert_eq!(story.closes_sent(), [], "it was to be kept over the reboot");
    assert_eq!(story.let_go(), 2, "whoever asks later is let go as well");
}

#[test]
fn a_slow_service_is_waited_for_while_a_second_try_goes_beside() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    os_ends(&mut story, OsEnding::Shutdown);
    let first = story.last_call();
    story.passes(seconds(3));
    assert_eq!(story.closes_sent().len(), 2, "one beside it, in case its connection is dead");
    assert_eq!(story.let_go(), 0);
    story.tell(Event::CloseAnswered(first, Ok(None)));
    assert_eq!((story.state(), story.let_go()), (State::Closed, 1));
    let second = story.last_call();
    story.tell(Event::CloseAnswered(second, Err(failure(TIMED_OUT))));
    story.passes(seconds(10));
    assert_eq!((story.state(), story.closes_sent().len()), (State::Closed, 2));
    assert_eq!(story.logged("not accepted"), 0);
}

#[test]
fn the_second_try_hears_that_the_first_one_did_it() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    os_ends(&mut story, OsEnding::Shutdown);
    story.passes(seconds(2));
    let second = story.last_call();
    story.tell(Event::CloseAnswered(second, Err(failure(TIMED_OUT))));
    assert_eq!((story.state(), story.let_go()), (State::Closed, 1));
}

#[test]
fn a_close_on_its_way_outlives_the_systems_patience_and_is_not_called_lost() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    os_ends(&mut story, OsEnding::Shutdown);
    story.passes(seconds(4));
    assert_eq!(story.let_go(), 1, "it waits no longer");
    assert_eq!(story.logged("is not answered yet"), 1);
    assert_eq!(story.logged("was not accepted"), 0);
    assert!(story.durable.session.as_ref().unwrap().closing.is_some());
    let last = story.last_call();
    story.tell(Event::CloseAnswered(last, Ok(None)));
    assert_eq!(story.state(), State::Closed);
}

#[test]
fn whoever_stops_us_after_the_systems_patience_waits_for_the_close_once() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    os_ends(&mut story, OsEnding::Shutdown);
    story.passes(seconds(5));
    assert_eq!(story.let_go(), 1);
    os_ends(&mut story, OsEnding::Logoff);
    assert_eq!(story.let_go(), 1, "the close is still on its way");
    story.passes(seconds(4));
    assert_eq!(story.let_go(), 2);
    assert_eq!(story.logged("the next start sends it again"), 1);
    os_ends(&mut story, OsEnding::Logoff);
    assert_eq!(story.let_go(), 3, "not a third time");
}

#[test]
fn a_close_that_hangs_as_the_system_goes_is_sent_again_with_less_patience() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    let ask = story.end();
    story.passes(seconds(1));
    os_ends(&mut story, OsEnding::Shutdown);
    assert_eq!(story.closes_sent().len(), 2);
    let call = story.last_call();
    story.tell(Event::CloseAnswered(call, Err(failure(TIMED_OUT))));
    assert_eq!(story.state(), State::Closed, "the first one did it");
    assert!(story.is_done(ask));
    assert_eq!((story.let_go(), story.after_ends()), (1, 0));
}

#[test]
fn whoever_waits_for_a_close_is_told_when_the_system_goes_first() {
    let mut story = Story::active();
    story.closes = Answer::Fails(FailureKind::Unreachable);
    let ask = story.end();
    os_ends(&mut story, OsEnding::Shutdown);
    story.passes(seconds(4));
    assert_eq!(story.refused(ask), Some(Refusal::Stopped));
}

#[test]
fn a_cancelled_shutdown_before_anything_was_sent_goes_on_with_the_session() {
    let mut story = Story::active();
    story.disk = Answer::Silent;
    os_ends(&mut story, OsEnding::Shutdown);
    assert_eq!(story.state(), State::Ending);
    story.disk = Answer::Good;
    story.tell(Event::OsEndingCancelled);
    assert_eq!(story.state(), State::Active);
    assert_eq!(story.closes_sent(), []);
    assert_eq!(story.durable.session.as_ref().unwrap().closing, None);
    story.passes(seconds(3600));
    assert_eq!((story.state(), story.let_go()), (State::Active, 0));
}

#[test]
fn a_cancelled_shutdown_does_not_call_off_what_the_user_ended() {
    let mut story = Story::active();
    story.disk = Answer::Silent;
    let ask = story.end();
    os_ends(&mut story, OsEnding::Shutdown);
    story.tell(Event::OsEndingCancelled);
    story.tell(Event::JournalSaved(99));
    assert!(story.is_done(ask));
    assert_eq!(story.after_ends(), 1, "the shutdown that was wanted is ours again");
}

#[test]
fn a_cancelled_shutdown_after_the_close_was_sent_cannot_take_it_back() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    os_ends(&mut story, OsEnding::Shutdown);
    story.tell(Event::OsEndingCancelled);
    assert_eq!(story.state(), State::Ending);
    let call = story.last_call();
    story.tell(Event::CloseAnswered(call, Ok(None)));
    assert_eq!((story.state(), story.after_ends()), (State::Closed, 0));
}

#[test]
fn the_systems_last_seconds_are_the_closes_not_the_beats() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    story.passes(seconds(17));
    os_ends(&mut story, OsEnding::Shutdown);
    story.mark();
    story.passes(seconds(3));
    story.tell(Event::Woke);
    assert_eq!(story.beaten(), [""; 0]);
    story.passes(seconds(30));
    assert!(!story.beaten().is_empty(), "but a system that stays has its task kept alive");
}

#[test]
fn a_shutdown_that_comes_by_itself_is_not_ordered_as_well() {
    let mut story = Story::active();
    story.disk = Answer::Silent;
    story.end();
    story.passes(seconds(1));
    assert_eq!((story.state(), story.after_ends()), (State::Closed, 0), "not journaled yet");
    os_ends(&mut story, OsEnding::Shutdown);
    story.tell(Event::JournalSaved(99));
    assert_eq!((story.let_go(), story.after_ends()), (1, 0));
}

#[test]
fn our_own_shutdown_called_off_is_not_ordered_again() {
    let mut story = Story::active();
    story.end();
    os_ends(&mut story, OsEnding::Shutdown);
    story.tell(Event::Received(Ok(Vec::new())));
    story.mark();
    story.tell(Event::OsEndingCancelled);
    assert_eq!(story.after_ends(), 0);
    assert_eq!(story.count(|said| *said == Command::Receive), 1, "it listens again");
}

#[test]
fn a_cancelled_shutdown_after_the_close_leaves_it_closed_and_listens() {
    let mut story = Story::active();
    os_ends(&mut story, OsEnding::Shutdown);
    story.tell(Event::Received(Ok(Vec::new())));
    story.mark();
    story.tell(Event::OsEndingCancelled);
    assert_eq!(story.state(), State::Closed);
    assert_eq!(story.count(|said| *said == Command::Receive), 1);
}

#[test]
fn the_shutdown_that_we_start_ourselves_does_not_close_a_second_time() {
    let mut story = Story::active();
    story.end();
    story.tell(Event::AfterEndDone);
    os_ends(&mut story, OsEnding::Shutdown);
    assert_eq!(story.closes_sent().len(), 1);
    assert_eq!((story.let_go(), story.after_ends()), (1, 1));
}

#[test]
fn without_a_session_the_system_goes_at_once() {
    let mut story = Story::waiting();
    os_ends(&mut story, OsEnding::Shutdown);
    assert_eq!((story.let_go(), story.closes_sent().len()), (1, 0));
    let receipt = story.deliver(&start("secret-1"));
    assert_eq!(story.released(receipt), Some(seconds(0)), "no session begins on it any more");
    assert_eq!(story.beaten(), [""; 0]);
}

#[test]
fn a_broken_disk_does_not_hold_up_the_system() {
    for on in [OnOsEnding::End, OnOsEnding::Keep] {
        let mut story = Story::active_with(policy(on));
        story.disk = Answer::Fails(FailureKind::Service);
        os_ends(&mut story, OsEnding::Shutdown);
        assert_eq!(story.let_go(), 1, "{on:?}");
    }
}

#[test]
fn the_end_of_a_spot_instance_is_told_as_such() {
    use crate::session::interface::event::{Announcement, AnnouncementKind};
    let mut story = Story::active();
    let at = Some(story.now.wall + seconds(120));
    let id = "terminate".to_owned();
    story.tell(Event::Announced(Announcement { kind: AnnouncementKind::Spot, id, at, text: None }));
    os_ends(&mut story, OsEnding::Shutdown);
    assert_eq!(story.output()["reason"], "spot");
}

#[test]
fn more_time_is_not_asked_for_a_machine_that_goes_down() {
    let mut story = Story::active();
    story.disk = Answer::Silent;
    let ask = story.ask(Request::Extend);
    os_ends(&mut story, OsEnding::Shutdown);
    assert_eq!(story.output()["outcome"], "ended");
    assert_eq!(story.output()["reason"], "os-shutdown");
    assert_eq!(story.refused(ask), Some(Refusal::TooLate));
}

#[test]
fn a_wish_for_more_time_that_the_workflow_may_have_heard_is_not_taken_back() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    let ask = story.ask(Request::Extend);
    assert_eq!(story.closes_sent().len(), 1);
    os_ends(&mut story, OsEnding::Shutdown);
    assert_eq!(story.closes_sent().len(), 2);
    assert_eq!(story.output()["outcome"], "extend");
    assert_eq!(story.refused(ask), None);
}

#[test]
fn the_system_goes_while_the_answer_to_more_time_is_awaited() {
    let mut story = Story::active();
    story.ask(Request::Extend);
    os_ends(&mut story, OsEnding::Shutdown);
    assert_eq!((story.let_go(), story.closes_sent().len()), (1, 1));
    let receipt = story.deliver(&start("secret-2"));
    assert!(!story.deleted(receipt), "it stays in the queue");
    assert!(story.durable.awaiting_extension.is_some());
}

#[test]
fn a_system_that_stays_up_all_the_same_gets_its_agent_back() {
    let settings = Settings { after_end: AfterEnd::None, ..Settings::default() };
    let mut story = Story::active_with(settings);
    os_ends(&mut story, OsEnding::Shutdown);
    story.tell(Event::Received(Ok(Vec::new())));
    story.passes(seconds(200));
    assert_eq!(story.logged("still up"), 1);
    story.deliver(&super::story::start_of("s-2", "secret-2"));
    assert_eq!(story.state(), State::Active);
}

#[test]
fn fronts_can_tell_whether_the_system_waits() {
    let mut story = Story::active();
    story.closes = Answer::Silent;
    assert_eq!(story.session.os_is_waiting(), None);
    os_ends(&mut story, OsEnding::Logoff);
    assert_eq!(story.session.os_is_waiting(), Some(OsEnding::Logoff));
    story.passes(seconds(4));
    assert_eq!(story.session.os_is_waiting(), None);
}
