//! The front without a screen: a shell that notes what it was told, and an agent of a few lines.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::agent::link::{AgentEnd, FrontCall};
use crate::desktop::controller::*;
use crate::session::contract::output::{Outcome, Reason};
use crate::session::contract::status::{Closing, Countdown};
use crate::ui::times::local_time;

/// What happened, in order, in words.
type Notes = Rc<RefCell<Vec<String>>>;

/// Answers each dialog with the next of its answers, then for ever with the safe one.
struct Paper {
    notes: Notes,
    answers: RefCell<Vec<Answer>>,
}

impl Shell for Paper {
    fn show(&self, look: &Look) {
        self.notes.borrow_mut().push(format!("show {:?}", look.state));
    }

    fn notify(&self, notice: &Notice, offer: Option<(Choice, &str)>) {
        let offer = offer.map(|(choice, _)| choice);
        self.notes.borrow_mut().push(format!("notify {} {offer:?}", notice.title));
    }

    fn withdraw(&self, subject: Subject) {
        self.notes.borrow_mut().push(format!("withdraw {subject:?}"));
    }

    async fn ask(&self, dialog: Dialog) -> Answer {
        self.notes.borrow_mut().push(format!("ask {}", dialog.title));
        let next = self.answers.borrow_mut().pop();
        match next {
            Some(answer) => answer,
            // Somebody who looks at the dialog and does nothing.
            None => std::future::pending().await,
        }
    }

    async fn copy(&self, text: String) -> bool {
        self.notes.borrow_mut().push(format!("copy {text}"));
        true
    }

    async fn open_log(&self) -> Result<(), NotOpened> {
        self.notes.borrow_mut().push("log".into());
        Ok(())
    }
}

fn active() -> View {
    View { state: State::Active, extend_refusal: None, ..View::without_session("Fine.".into()) }
}

fn stuck() -> View {
    let closing = Closing {
        outcome: Outcome::Ended,
        reason: Reason::User,
        attempts: 3,
        problem: Some("AWS cannot be reached".into()),
        accepted_at: None,
        request_id: None,
        after_end: AfterEnd::Shutdown,
    };
    View { state: State::Ending, closing: Some(closing), ..active() }
}

/// An agent that shows `view`; a request is noted and answered only if it is not the end's.
async fn agent(mut desk: AgentEnd, view: View, notes: Notes, answers_end: bool) {
    let mut unanswered = Vec::new();
    loop {
        match desk.next().await {
            FrontCall::View(asker) => drop(asker.send(view.clone())),
            FrontCall::History(_) => {}
            FrontCall::Ask(request, asker) => {
                notes.borrow_mut().push(format!("request {request:?}"));
                if answers_end || !matches!(request, Request::End { .. }) {
                    let reply = Reply::Done { sentence: "Done.".into(), request_id: None };
                    drop(asker.send(reply));
                } else {
                    unanswered.push(asker);
                }
            }
            FrontCall::Report(_) => {}
        }
    }
}

/// Lets the front live for a simulated minute with these choices and notifications.
fn live(
    view: View,
    answers: &[Answer],
    choices: &[Choice],
    told: &[Notification],
    answers_end: bool,
) -> Vec<String> {
    live_beside(view, answers, choices, told, answers_end, None)
}

/// The same where a window can be, or cannot.
fn live_with(view: View, window: bool, choices: &[Choice]) -> Vec<String> {
    live_beside(view, &[], choices, &[], true, Some(window))
}

fn live_beside(
    view: View,
    answers: &[Answer],
    choices: &[Choice],
    told: &[Notification],
    answers_end: bool,
    window: Option<bool>,
) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let (clock, driver) = Clock::simulated(Timestamp::UNIX_EPOCH, None);
        tokio::task::spawn_local(driver.run());
        let notes = Notes::default();
        let (desk, link) = AgentEnd::new();
        let tell = desk.told.clone();
        tokio::task::spawn_local(agent(desk, view, notes.clone(), answers_end));
        let answers = RefCell::new(answers.iter().rev().copied().collect());
        let shell = Rc::new(Paper { notes: notes.clone(), answers });
        let (choose, chosen) = mpsc::unbounded_channel();
        let diagnostics = Diagnostics::new(async |view: View| view.sentence.into());
        let after_end = Rc::new(Cell::new(AfterEnd::Shutdown));
        let mut front = Controller::new(link, shell, clock.clone(), after_end, diagnostics);
        if let Some(there) = window {
            let notes = notes.clone();
            front = front.opening(WindowOpener::new(move |question| {
                notes.borrow_mut().push(format!("window {question:?}"));
                async move { there }
            }));
        }
        tokio::task::spawn_local(front.run(chosen));
        clock.sleep(Duration::from_secs(1)).await;
        for choice in choices {
            choose.send(*choice).unwrap();
        }
        for notification in told {
            tell.send(Told::Notification(notification.clone())).unwrap();
        }
        clock.sleep(Duration::from_secs(60)).await;
        notes.take()
    })
}

#[test]
fn what_has_not_changed_is_not_drawn_again() {
    assert_eq!(live(active(), &[], &[], &[], true), ["show Active"]);
}

#[test]
fn ending_asks_first_and_the_safe_answer_does_nothing() {
    let notes = live(active(), &[Answer::Keep], &[Choice::End], &[], true);
    assert_eq!(notes, ["show Active", "ask End session"]);
}

#[test]
fn a_confirmed_end_is_asked_of_the_agent_once_and_needs_no_further_dialog() {
    let notes = live(active(), &[Answer::End], &[Choice::End], &[], true);
    assert_eq!(notes[1..], ["ask End session", "request End { text: None }"]);
}

#[test]
fn a_close_that_does_not_get_through_offers_a_way_out() {
    let answers = [Answer::End, Answer::ShutDownAnyway];
    let notes = live(stuck(), &answers, &[Choice::End], &[], false);
    let expected = [
        "ask End session",
        "request End { text: None }",
        "ask The session is not closed yet",
        "request ShutDownAnyway",
    ];
    assert_eq!(notes[1..], expected);
}

#[test]
fn where_a_window_opens_it_asks_and_nothing_else_does() {
    let choices = [Choice::Open, Choice::End, Choice::About];
    let mut notes = live_with(active(), true, &choices);
    notes.sort();
    assert_eq!(
        notes,
        [
            "show Active",
            "window None",
            "window Some(About)",
            "window Some(End { after_end: Shutdown })"
        ]
    );
}

#[test]
fn a_question_of_the_session_itself_opens_the_window_once() {
    let at = Timestamp::UNIX_EPOCH;
    let countdown = Some(Countdown { reason: Reason::Idle, at, can_stay: true });
    for view in [View { countdown, ..active() }, stuck()] {
        for there in [true, false] {
            let notes = live_with(view.clone(), there, &[]);
            let opened = notes.iter().filter(|note| *note == "window None").count();
            assert_eq!(opened, 1, "{notes:?}");
        }
    }
}

#[test]
fn notifications_offer_what_helps() {
    let told = [
        Notification::Recovered,
        Notification::TimeLeft { minutes: 5, ends_at: Timestamp::UNIX_EPOCH, extendable: true },
        Notification::TimeLeft { minutes: 1, ends_at: Timestamp::UNIX_EPOCH, extendable: false },
        Notification::Countdown { reason: Reason::Idle, at: Timestamp::UNIX_EPOCH, can_stay: true },
    ];
    let notes = live(active(), &[], &[], &told, true);
    let midnight = local_time(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
    let countdown = format!("notify Your session ends at {midnight} Some(StillHere)");
    let expected = [
        "notify Your session is safe again None",
        "notify 5 minutes left Some(Extend)",
        "notify 1 minute left None",
        &countdown,
        // The view that this agent shows has none.
        "withdraw Countdown",
    ];
    assert_eq!(notes[1..], expected);
}

#[test]
fn what_must_be_mended_is_told_once() {
    let view = View::without_session("No queue.".into());
    let expected = ["show NeedsAttention", "notify Deskbeat needs attention None"];
    assert_eq!(live(view, &[], &[], &[], true), expected);
}

#[test]
fn what_is_over_is_taken_back() {
    let risk =
        Notification::AtRisk { gives_up_at: Timestamp::UNIX_EPOCH, cause: "no network".into() };
    let closed = View { state: State::Closed, ..active() };
    let notes = live(closed, &[], &[], &[risk], true);
    assert_eq!(notes[1..], ["notify Your session is at risk None", "withdraw Risk"]);
}

#[test]
fn the_rest_of_the_menu_does_what_it_says() {
    let choices = [Choice::Extend, Choice::StillHere, Choice::CopyDiagnostics, Choice::OpenLog];
    let mut notes = live(active(), &[], &choices, &[], true);
    notes.sort();
    let expected = [
        "copy Fine.",
        "log",
        "notify More time was asked for None",
        "notify The diagnostics are copied None",
        "notify The log is open None",
        "request Extend",
        "request StillHere",
        "show Active",
    ];
    assert_eq!(notes, expected);
}
