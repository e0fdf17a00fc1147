//! The end of a session: who is told what, in which order, and at most once.

use std::time::Duration;

use deskbeat::sandbox::{Action, Extent, Fault, Moment, TaskSpec, TaskState, What};
use deskbeat::session::interface::settings::OsEnding;
use deskbeat::session::{AfterEnd, Event, Notification, Refusal, Reply, Request, State};
use serde_json::json;

use super::desk::{Desk, NOT_WAITING, OVER_BEFORE, done, play};
use crate::faults::row;

/// The place of an entry in the sandbox's log.
fn place(desk: &Desk, wanted: impl Fn(&What) -> bool) -> usize {
    desk.sandbox.log().iter().position(|entry| wanted(&entry.what)).expect("it happened")
}

#[test]
fn the_service_accepts_the_close_before_the_computer_is_shut_down() {
    play(async |desk| {
        let task = desk.active().await;
        desk.sleep(3600).await;
        let gate = desk.sandbox.hold(Action::Success, Moment::BeforeAnswer);
        let ending = desk.ask_beside(Request::End { text: Some("see you".into()) });
        gate.reached().await;
        // Accepted, but not known here yet.
        assert_eq!(desk.view().await.state, State::Ending);
        assert_eq!(desk.after_ends(AfterEnd::Shutdown), 0);
        gate.open();
        let Some(Reply::Done { request_id: Some(id), .. }) = ending.await.unwrap() else {
            panic!("not done")
        };
        desk.after_end(AfterEnd::Shutdown).await;
        let closed = place(desk, |what| matches!(what, What::CloseAccepted { .. }));
        let shut_down = place(desk, |what| matches!(what, What::Mark(_)));
        assert!(closed < shut_down);
        let TaskState::Succeeded { request_id, .. } = desk.task(task).state else { panic!() };
        assert_eq!(request_id, id, "the request id is the service's own");
        let output = desk.output(task);
        assert_eq!(output["reasonText"], "see you");
        assert_eq!(output["sessionId"], "session-1");
        assert_eq!(output["user"], "ana");
        assert_eq!(output["instanceId"], "i-0123456789abcdef0");
        assert_eq!(output["beats"], desk.task(task).beats.len());
    });
}

#[test]
fn the_end_takes_one_round_trip_and_nothing_else() {
    play(async |desk| {
        desk.active().await;
        let slow = Fault::Latency(Duration::from_millis(200));
        desk.sandbox.fault(Action::Success, slow, Extent::UntilCleared);
        let before = desk.seconds();
        done(desk.end().await);
        let took = desk.seconds() - before;
        assert!((0.2..0.25).contains(&took), "{took} s for a round trip of 0.2 s");
    });
}

#[test]
fn a_lost_answer_and_then_task_timed_out_is_closed() {
    play(async |desk| {
        let task = desk.active().await;
        desk.sandbox.fault(Action::Success, Fault::Cut, Extent::Times(1));
        let sentence = done(desk.end().await);
        assert!(sentence.contains("closed"), "{sentence}");
        let refused = desk.count(|what| {
            matches!(what, What::Refused { action: Action::Success, code, .. }
                if code == "TaskTimedOut")
        });
        assert_eq!((refused, desk.closes()), (1, 1));
        assert_eq!(desk.view().await.state, State::Closed);
        desk.after_end(AfterEnd::Shutdown).await;
        desk.closed_by_us(task, "ended", "user");
    });
}

#[test]
fn task_timed_out_on_the_first_try_is_ended_elsewhere() {
    play(async |desk| {
        let task = desk.active().await;
        desk.sandbox.abort(task);
        desk.sandbox.mark(OVER_BEFORE);
        let reply = desk.end().await;
        assert!(matches!(reply, Reply::Refused { why: Refusal::EndedElsewhere, .. }), "{reply:?}");
        assert_eq!(desk.view().await.state, State::EndedElsewhere);
        assert_eq!(desk.closes(), 0);
    });
}

#[test]
fn an_execution_that_was_stopped_is_told_within_a_beat() {
    play(async |desk| {
        let task = desk.active().await;
        desk.sleep(600).await;
        let before = desk.seconds();
        desk.sandbox.abort(task);
        let view = desk.state(State::EndedElsewhere).await;
        assert!(desk.seconds() - before <= 67.0);
        assert!(view.sentence.contains("Save your work"), "{}", view.sentence);
        desk.sleep(3600).await;
        assert_eq!(desk.after_ends(AfterEnd::Shutdown), 0, "the user's work is not thrown away");
        assert_eq!(desk.sandbox.counts(Action::Success).seen, 0);
    });
}

#[test]
fn many_clicks_and_requests_close_once() {
    play(async |desk| {
        let task = desk.active().await;
        let gate = desk.sandbox.hold(Action::Success, Moment::BeforeEffect);
        let mut waiting: Vec<_> =
            (0..20).map(|_| desk.ask_beside(Request::End { text: None })).collect();
        gate.reached().await;
        // While the close is under way, from everywhere.
        desk.sandbox.send(json!({ "type": "end", "graceSeconds": 0 }).to_string());
        desk.link()
            .unwrap()
            .report(Event::OsEnding(
                OsEnding::Logoff,
                desk.clock.now().mono + Duration::from_secs(4),
            ))
            .unwrap();
        waiting.push(desk.ask_beside(Request::End { text: None }));
        let other = desk.ask_beside(Request::Extend);
        let fail = desk.ask_beside(Request::Fail { error: "E".into(), cause: "c".into() });
        let refused = |reply: Option<Reply>| {
            matches!(reply, Some(Reply::Refused { why: Refusal::TooLate, .. }))
        };
        assert!(refused(other.await.unwrap()));
        assert!(refused(fail.await.unwrap()));
        gate.open();
        for reply in waiting {
            done(reply.await.unwrap().unwrap());
        }
        done(desk.end().await);
        desk.sleep(600).await;
        // One for the clicks; one more when the system's end makes the first one's answer uncertain.
        assert_eq!(desk.sandbox.counts(Action::Success).seen, 2);
        assert_eq!(desk.sandbox.counts(Action::Failure).seen, 0);
        assert_eq!(desk.closes(), 1);
        desk.closed_by_us(task, "ended", "user");
        assert_eq!(desk.told_of(|told| matches!(told, Notification::Closed { .. })), 1);
    });
}

#[test]
fn a_failure_is_reported_with_its_error_and_cause() {
    play(async |desk| {
        let task = desk.active().await;
        let too_long = Request::Fail { error: "E".repeat(257), cause: "c".into() };
        let reply = desk.ask(too_long).await;
        assert!(matches!(reply, Reply::Refused { why: Refusal::BadRequest, .. }), "{reply:?}");
        let (error, cause) = ("E".repeat(256), "ü".repeat(32_768));
        done(desk.ask(Request::Fail { error: error.clone(), cause: cause.clone() }).await);
        let TaskState::Failed { error: told, cause: why, .. } = desk.task(task).state else {
            panic!()
        };
        assert_eq!((told, why), (Some(error), Some(cause)));
        desk.after_end(AfterEnd::Shutdown).await;
    });
}

/// `token` as scripts and services quote it.
fn quotations(token: &str) -> Vec<String> {
    let percent = token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let base64 = |text: &str| aws_smithy_types::base64::encode(text);
    let wide: Vec<u8> = token.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        token.to_owned(),
        token[3..40].to_owned(),
        token.to_lowercase(),
        percent.clone(),
        percent.replace('%', "%25"),
        base64(token),
        base64(&format!("x{token}")),
        base64(&format!("{{\"taskToken\":\"{token}\"}}")),
        aws_smithy_types::base64::encode(wide),
        token.bytes().map(|byte| format!("{byte:02x}")).collect(),
        token.as_bytes().chunks(10).map(|l| String::from_utf8_lossy(l) + "\n").collect(),
    ]
}

#[test]
fn a_token_that_is_quoted_to_us_is_neither_logged_nor_shown_nor_sent() {
    play(async |desk| {
        let spec = TaskSpec { token_length: 600, ..TaskSpec::default() };
        let replaced = desk.sandbox.start_task(spec.clone());
        desk.start();
        desk.sandbox.send_start(replaced, serde_json::json!({}));
        desk.beaten(replaced, 1).await;
        let task = desk.workflow_with(spec);
        desk.beaten(task, 1).await;
        desk.sleep(5).await;
        // A restart: the journal's token is as secret before the first call as after it.
        desk.crash();
        desk.start();
        let tokens = [desk.task(task).token().to_owned(), desk.task(replaced).token().to_owned()];
        let quoted: Vec<String> = quotations(&tokens[0]);
        let pieces = |quotation: &String| {
            let middle = quotation.len() / 2;
            quotation[middle - 8..middle + 8].to_owned()
        };
        desk.secrets.extend(quoted.iter().map(pieces));
        let error = tokens[0][..256].to_owned();
        let cause = format!("{} and {}", quoted.join(" "), "c".repeat(20_000));
        done(desk.ask(Request::Fail { error, cause }).await);
        let TaskState::Failed { error: Some(error), cause: Some(cause), .. } =
            desk.task(task).state
        else {
            panic!()
        };
        let sent = format!("{error} {cause}");
        for piece in quoted.iter().map(pieces) {
            assert!(!sent.contains(&piece), "{piece}: {sent}");
        }
        assert!(error.starts_with("<task token #") && error.len() <= 256, "{error}");
        assert!(cause.ends_with("ccc"));
        let shown = serde_json::to_string(&desk.view().await).unwrap();
        row("11-quoted-token", "a service, script or user quotes the task token, in any encoding")
            .shown("its fingerprint in its place, in status, log, bundle and what is sent")
            .kept();
        assert!(!shown.contains(&tokens[0][3..40]));
    });
    play(async |desk| {
        let task = desk.active().await;
        let token = desk.task(task).token().to_owned();
        desk.ask(Request::End { text: Some(format!("done with {token}")) }).await;
        let text = desk.output(task)["reasonText"].to_string();
        assert!(text.contains("done with <task token #") && !text.contains(&token[..12]), "{text}");
    });
}

#[test]
fn what_people_and_scripts_say_steers_no_terminal() {
    let steering = "gone\u{1b}]0;owned\u{7}\u{202e}\u{9b}2J\nnext";
    let is_plain = |text: &str| !text.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{9b}']);
    play(async |desk| {
        let task = desk.active().await;
        let (error, cause) = (steering.to_owned(), steering.to_owned());
        done(desk.ask(Request::Fail { error, cause }).await);
        let TaskState::Failed { error: Some(error), cause: Some(cause), .. } =
            desk.task(task).state
        else {
            panic!()
        };
        assert!(is_plain(&error) && !error.contains('\n'), "{error:?}");
        row(
            "12-control-characters",
            "ESC, NUL, bidi or C1 in a cause, a reason, a name or an answer",
        )
        .shown("written out, such as `\\u{1b}`")
        .kept();
        assert!(is_plain(&cause) && cause.ends_with("\nnext"), "{cause:?}");
        desk.after_end(AfterEnd::Shutdown).await;
    });
    play(async |desk| {
        let task = desk.active().await;
        done(desk.ask(Request::End { text: Some(steering.into()) }).await);
        let output = desk.task(task).output().unwrap().to_string();
        assert!(
            is_plain(&output) && output.contains("gone") && !output.contains("\\n"),
            "{output}"
        );
        desk.after_end(AfterEnd::Shutdown).await;
    });
}

#[test]
fn requests_without_a_session_are_refused() {
    play(async |desk| {
        desk.start();
        for request in [
            Request::End { text: None },
            Request::Extend,
            Request::Fail { error: "E".into(), cause: "c".into() },
        ] {
            let reply = desk.ask(request).await;
            assert!(matches!(reply, Reply::Refused { why: Refusal::NoSession, .. }), "{reply:?}");
        }
        let reply = desk.ask(Request::ShutDownAnyway).await;
        assert!(matches!(reply, Reply::Refused { why: Refusal::TooLate, .. }), "{reply:?}");
    });
}

#[test]
fn more_time_is_taken_over_without_a_gap() {
    play(async |desk| {
        let first = desk.active().await;
        desk.sleep(7 * 3600).await;
        let beats = desk.view().await.beats;
        done(desk.ask(Request::Extend).await);
        desk.closed_by_us(first, "extend", "user");
        let asked = desk.seconds();
        // The workflow loops.
        desk.sleep(2).await;
        let second = desk.workflow();
        let heard = desk.beaten(second, 1).await;
        assert!(heard - asked <= 3.0, "{} s", heard - asked);
        let view = desk.state(State::Active).await;
        assert_eq!(view.ends_at, Some(desk.at(asked as u64 + 2 + 8 * 3600 - 30)));
        assert!(view.beats > beats, "the same session's beats go on");
        assert_eq!(desk.told_of(|told| matches!(told, Notification::Extended { .. })), 1);
        assert_eq!(desk.told_of(|told| matches!(told, Notification::Started { .. })), 1);
        assert_eq!(desk.after_ends(AfterEnd::Shutdown), 0);
        done(desk.end().await);
        desk.closed_by_us(second, "ended", "user");
        desk.after_end(AfterEnd::Shutdown).await;
    });
}

#[test]
fn more_time_asked_for_before_a_crash_is_taken_over_after_it() {
    play(async |desk| {
        desk.active().await;
        done(desk.ask(Request::Extend).await);
        desk.sleep(1).await;
        desk.crash();
        let second = desk.workflow();
        desk.start();
        desk.beaten(second, 1).await;
        desk.state(State::Active).await;
        assert_eq!(desk.windows_missed(), 0);
        assert_eq!(desk.logged("DB-401").len(), 0);
    });
}

#[test]
fn more_time_that_never_comes_is_told() {
    play(async |desk| {
        desk.active().await;
        done(desk.ask(Request::Extend).await);
        desk.sleep(10).await;
        assert_eq!(desk.view().await.state, State::Waiting);
        desk.sleep(600).await;
        let view = desk.view().await;
        assert_eq!(view.state, State::NeedsAttention);
        assert!(view.sentence.contains("your wish for more time"), "{}", view.sentence);
    });
}

#[test]
fn more_time_is_refused_where_the_workflow_does_not_offer_it() {
    play(async |desk| {
        desk.settings.extendable = false;
        let task = desk.active().await;
        let reply = desk.ask(Request::Extend).await;
        assert!(matches!(reply, Reply::Refused { why: Refusal::NotOffered, .. }), "{reply:?}");
        desk.next_beat(task).await;
    });
}

#[test]
fn a_user_who_will_not_wait_may_shut_down_anyway() {
    play(async |desk| {
        let task = desk.active().await;
        desk.sandbox.fault(Action::Success, Fault::status(500), Extent::UntilCleared);
        let _ending = desk.ask_beside(Request::End { text: None });
        desk.shows(|view| view.closing.as_ref().is_some_and(|c| c.problem.is_some())).await;
        desk.sandbox.mark(NOT_WAITING);
        done(desk.ask(Request::ShutDownAnyway).await);
        desk.after_end(AfterEnd::Shutdown).await;
        // Then the machine is gone, and the state machine cleans up.
        desk.crash();
        let over = desk.sandbox.over(task).await;
        assert!(matches!(over.state, TaskState::HeartbeatTimedOut { .. }));
    });
}

#[test]
fn a_refused_shutdown_is_told_and_left_to_the_workflow() {
    play(async |desk| {
        desk.refuse_power(Some("Interactive authentication required."));
        let task = desk.active().await;
        done(desk.end().await);
        let told = |told: &Notification| matches!(told, Notification::AfterEndRefused(_));
        desk.shows(|view| view.closing.as_ref().is_some_and(|c| c.problem.is_some())).await;
        assert_eq!(desk.told_of(told), 1);
        let view = desk.view().await;
        assert_eq!(view.state, State::Closed);
        assert!(view.sentence.contains("AWS will stop this computer"), "{}", view.sentence);
        desk.closed_by_us(task, "ended", "user");
        // Closed it is; the next session is welcome.
        let spec = TaskSpec { session_id: Some("session-2".into()), ..TaskSpec::default() };
        let next = desk.workflow_with(spec);
        desk.beaten(next, 1).await;
    });
}

#[test]
fn time_up_warns_five_times_and_closes_before_the_service_does() {
    play(async |desk| {
        desk.start();
        let timeout = Some(Duration::from_secs(2 * 3600));
        let task = desk.workflow_with(TaskSpec { timeout, ..TaskSpec::default() });
        let over = desk.sandbox.over(task).await;
        let TaskState::Succeeded { at, .. } = over.state else { panic!("{over:?}") };
        assert!((7169.0..=7171.0).contains(&desk.since_start(at)), "{}", desk.since_start(at));
        desk.closed_by_us(task, "ended", "time-up");
        let warned: Vec<u32> = desk
            .told()
            .into_iter()
            .filter_map(|told| match told {
                Notification::TimeLeft { minutes, .. } => Some(minutes),
                _ => None,
            })
            .collect();
        assert_eq!(warned, [60, 30, 15, 5, 1]);
        desk.after_end(AfterEnd::Shutdown).await;
    });
}
