//! Custody's stories: no queue, no clock, no wait.

use super::*;
use crate::session::TokenOver;
use crate::session::interface::time::later;
use jiff::Timestamp;

const US: &str = "i-0123456789abcdef0";

struct Story {
    custody: Custody,
    seconds: f64,
    receipts: u64,
}

fn failure(kind: FailureKind) -> Failure {
    Failure { kind, code: "X".into(), message: "m".into(), request_id: None }
}

fn start(token: &str, heartbeat: Option<u64>) -> String {
    let heartbeat = heartbeat.map_or(String::new(), |s| format!(r#","heartbeatSeconds":{s}"#));
    format!(r#"{{"taskToken":"{token}","instanceId":"{US}"{heartbeat}}}"#)
}

fn token(text: &str) -> TaskToken {
    TaskToken::new(text).unwrap()
}

impl Story {
    /// The computer and its queue are known, and the first receive is under way.
    fn new() -> Self {
        let mut story = Self::unknown();
        story.input(CustodyInput::Identified(US.into()));
        let orders = story.input(CustodyInput::QueueFound);
        assert_eq!(orders, [CustodyOrder::Receive(FIRST_LOOK)]);
        story
    }

    fn unknown() -> Self {
        let mut story = Self { custody: Custody::new(at(0.0), 7), seconds: 0.0, receipts: 0 };
        assert!(
            story.input(CustodyInput::Tick).is_empty(),
            "nothing is asked before the queue is known"
        );
        story
    }

    fn now(&self) -> Now {
        at(self.seconds)
    }

    fn input(&mut self, input: CustodyInput) -> Vec<CustodyOrder> {
        let mut orders = self.custody.handle(self.now(), input);
        orders.retain(|order| !matches!(order, CustodyOrder::Log(_)));
        orders
    }

    /// Time passes; what is due is done.
    fn pass(&mut self, seconds: f64) -> Vec<CustodyOrder> {
        let (end, mut orders) = (self.seconds + seconds, Vec::new());
        while let Some(due) = self.custody.next_deadline().filter(|due| *due <= at(end).mono) {
            self.seconds = self.seconds.max(due.since_start().as_secs_f64());
            orders.extend(self.input(CustodyInput::Tick));
            let next = self.custody.next_deadline();
            assert!(next.is_none_or(|next| next > self.now().mono), "a deadline that stays");
        }
        self.seconds = end;
        orders
    }

    fn receive(&mut self, bodies: &[(&str, String)]) -> Vec<CustodyOrder> {
        let batch = bodies
            .iter()
            .map(|(id, body)| {
                self.receipts += 1;
                let (receipt, body) = (Receipt(self.receipts), body.clone());
                Delivery { receipt, message_id: (*id).into(), sent_at: None, body }
            })
            .collect();
        self.input(CustodyInput::Received(Ok(batch)))
    }

    fn report(&mut self, wait: f64) -> Vec<CustodyOrder> {
        let until = at(self.seconds + wait).mono;
        self.input(CustodyInput::Report { error: "E".into(), cause: "c".into(), until })
    }
}

fn at(seconds: f64) -> Now {
    let since = Duration::from_secs_f64(seconds);
    Now { mono: Mono::at(since), wall: later(Timestamp::UNIX_EPOCH, since) }
}

fn failing(orders: &[CustodyOrder]) -> CallId {
    orders
        .iter()
        .find_map(|order| match order {
            CustodyOrder::Fail { call, .. } => Some(*call),
            _ => None,
        })
        .unwrap_or_else(|| panic!("no SendTaskFailure in {orders:?}"))
}

fn beating(orders: &[CustodyOrder]) -> CallId {
    orders
        .iter()
        .find_map(|order| match order {
            CustodyOrder::Beat { call, .. } => Some(*call),
            _ => None,
        })
        .unwrap_or_else(|| panic!("no beat in {orders:?}"))
}

#[test]
fn a_token_is_held_with_one_receive_for_hours_and_handed_back() {
    let mut story = Story::new();
    let orders = story.receive(&[("m", start("tok", None))]);
    assert_eq!(orders, [CustodyOrder::Hide(Receipt(1), LONGEST_HOLD)]);
    let held = story.pass(6.0 * 3600.0);
    let holds = |order: &CustodyOrder| *order == CustodyOrder::Hide(Receipt(1), LONGEST_HOLD);
    assert!(held.iter().all(holds), "no receive, no beat: {held:?}");
    // Never visible, and not more calls than needed.
    assert!((6 * 170..=6 * 190).contains(&held.len()), "{}", held.len());
    assert_eq!(
        story.input(CustodyInput::HandBack),
        [CustodyOrder::Hide(Receipt(1), Duration::ZERO)]
    );
    assert!(story.pass(3600.0).is_empty());
}

#[test]
fn it_beats_if_the_message_sets_a_heartbeat_and_hides_it_for_less_than_its_window() {
    let mut story = Story::new();
    let orders = story.receive(&[("m", start("tok", Some(120)))]);
    assert_eq!(orders[0], CustodyOrder::Hide(Receipt(1), Duration::from_secs(30)));
    let mut call = beating(&orders);
    for _ in 0..20 {
        story.seconds += 0.1;
        story.input(CustodyInput::BeatAnswered(call, Ok(())));
        let begun = story.seconds;
        call = loop {
            let orders = story.pass(1.0);
            if orders.iter().any(|order| matches!(order, CustodyOrder::Beat { .. })) {
                break beating(&orders);
            }
        };
        assert!((30.0..=46.0).contains(&(story.seconds - begun)), "{}", story.seconds - begun);
    }
    // A `ready` is not beaten, and not answered.
    let mut story = Story::new();
    let ready = r#"{"type":"ready","taskToken":"tok"}"#.to_owned();
    let orders = story.receive(&[("m", ready)]);
    assert_eq!(orders, [CustodyOrder::Hide(Receipt(1), LONGEST_HOLD)]);
}

#[test]
fn a_failure_is_told_then_journaled_then_deleted_for_start_and_ready() {
    for body in [start("tok", Some(60)), r#"{"type":"ready","taskToken":"tok"}"#.into()] {
        let mut story = Story::new();
        story.receive(&[("m", body)]);
        let orders = story.report(60.0);
        let call = failing(&orders);
        let id = Some("r-1".to_owned());
        let orders = story.input(CustodyInput::FailureAnswered(call, Ok(id.clone())));
        let fingerprint = token("tok").fingerprint();
        assert_eq!(
            orders,
            [CustodyOrder::Note(fingerprint.clone())],
            "not deleted before it is journaled"
        );
        let orders = story.input(CustodyInput::Noted(fingerprint));
        let told = CustodyOrder::Reported(ReportOutcome::Accepted { request_id: id });
        assert_eq!(orders[..2], [CustodyOrder::Delete(Receipt(1)), told]);
    }
}

#[test]
fn a_token_that_comes_while_it_is_waited_for_is_told() {
    let mut story = Story::new();
    assert!(story.report(60.0).is_empty());
    story.pass(20.0);
    story.receive(&[]);
    story.pass(5.0);
    let orders = story.receive(&[("m", start("tok", None))]);
    failing(&orders);
}

#[test]
fn where_nothing_waits_it_is_said_when_the_wait_is_over() {
    let mut story = Story::new();
    story.report(45.0);
    story.receive(&[]);
    assert!(!story.pass(44.0).iter().any(|order| matches!(order, CustodyOrder::Reported(_))));
    story.receive(&[]);
    let orders = story.pass(2.0);
    assert!(orders.contains(&CustodyOrder::Reported(ReportOutcome::NothingWaits)), "{orders:?}");
}

#[test]
fn a_queue_that_cannot_be_asked_is_told_apart_from_an_empty_one() {
    let mut story = Story::unknown();
    story.report(1.0);
    assert!(story.pass(2.0).is_empty(), "finding the queue takes a moment");
    assert_eq!(story.pass(2.0), [CustodyOrder::Reported(ReportOutcome::NotAsked(None))]);
    // It is known what stands in the way: the wait is no longer than it is.
    let mut story = Story::unknown();
    story.report(1.0);
    story.input(CustodyInput::Hindered);
    assert_eq!(story.pass(1.0), [CustodyOrder::Reported(ReportOutcome::NotAsked(None))]);
    let mut story = Story::new();
    story.report(15.0);
    let denied = failure(FailureKind::AccessDenied);
    story.input(CustodyInput::Received(Err(denied.clone())));
    let orders = story.pass(16.0);
    assert!(
        orders.contains(&CustodyOrder::Reported(ReportOutcome::NotAsked(Some(denied)))),
        "{orders:?}"
    );
}

#[test]
fn a_short_wait_is_not_held_up_by_a_long_poll_that_is_under_way() {
    let mut story = Story::new();
    story.pass(1.0);
    assert_eq!(story.receive(&[]), [CustodyOrder::Receive(LONG_POLL)]);
    story.pass(5.0);
    story.report(1.0);
    assert_eq!(story.pass(1.0), [CustodyOrder::Reported(ReportOutcome::NothingWaits)]);
}

#[test]
fn what_step_functions_does_not_take_is_tried_again_and_then_handed_back() {
    let mut story = Story::new();
    story.receive(&[("m", start("tok", None))]);
    let mut orders = story.report(0.0);
    let (begun, mut tries) = (story.seconds, 0);
    let told = loop {
        let throttled = failure(FailureKind::Throttled);
        orders = story.input(CustodyInput::FailureAnswered(failing(&orders), Err(throttled)));
        tries += 1;
        orders.retain(|order| !matches!(order, CustodyOrder::Hide(_, LONGEST_HOLD)));
        while orders.is_empty() {
            orders = story.pass(0.5);
            orders.retain(|order| !matches!(order, CustodyOrder::Hide(_, LONGEST_HOLD)));
        }
        if let Some(CustodyOrder::Reported(told)) = orders.last() {
            break told.clone();
        }
    };
    assert_eq!(told, ReportOutcome::NotAccepted(failure(FailureKind::Throttled)));
    assert_eq!(
        story.input(CustodyInput::HandBack),
        [CustodyOrder::Hide(Receipt(1), Duration::ZERO)]
    );
    assert!((4..20).contains(&tries), "{tries}");
    assert!(story.seconds - begun >= 30.0);
}

#[test]
fn an_answer_that_was_lost_is_not_taken_for_somebody_elses_end() {
    let over = || failure(FailureKind::TokenOver(TokenOver::TaskTimedOut));
    let mut story = Story::new();
    story.receive(&[("m", start("tok", None))]);
    let call = failing(&story.report(60.0));
    story.input(CustodyInput::FailureAnswered(call, Err(failure(FailureKind::Unreachable))));
    let call = failing(&story.pass(2.0));
    story.input(CustodyInput::FailureAnswered(call, Err(over())));
    let orders = story.input(CustodyInput::Noted(token("tok").fingerprint()));
    let told = CustodyOrder::Reported(ReportOutcome::Accepted { request_id: None });
    assert_eq!(orders[..2], [CustodyOrder::Delete(Receipt(1)), told]);
    // Without a try before it, the task was over: its message goes, and another is looked for.
    let mut story = Story::new();
    story.receive(&[("m", start("tok", None))]);
    let call = failing(&story.report(25.0));
    story.input(CustodyInput::FailureAnswered(call, Err(over())));
    let orders = story.input(CustodyInput::Noted(token("tok").fingerprint()));
    assert_eq!(orders[0], CustodyOrder::Delete(Receipt(1)));
    let mut orders = story.pass(2.0);
    assert!(matches!(orders.pop(), Some(CustodyOrder::Receive(_))));
    story.receive(&[]);
    let orders = story.pass(40.0);
    assert!(orders.contains(&CustodyOrder::Reported(ReportOutcome::Over)), "{orders:?}");
}

#[test]
fn what_the_service_never_knew_is_left_for_the_dead_letter_queue() {
    let mut story = Story::new();
    story.receive(&[("m", "hello".into())]);
    let call = failing(&story.report(25.0));
    let unknown = failure(FailureKind::TokenOver(TokenOver::InvalidToken));
    let orders = story.input(CustodyInput::FailureAnswered(call, Err(unknown)));
    let touches = |order: &CustodyOrder| {
        matches!(order, CustodyOrder::Delete(_) | CustodyOrder::Hide(..) | CustodyOrder::Note(_))
    };
    assert!(!orders.iter().any(touches), "{orders:?}");
}

#[test]
fn other_computers_messages_go_back_at_once_and_the_queue_is_left_to_them() {
    let mut story = Story::new();
    let theirs = r#"{"taskToken":"tok","instanceId":"i-00000000000000bad"}"#.to_owned();
    let mut receives = 0;
    for _ in 0..8 {
        let orders = story.receive(&[("m", theirs.clone()), ("x", "{".into())]);
        assert_eq!(orders.len(), 1, "{orders:?}");
        assert!(matches!(orders[0], CustodyOrder::Hide(_, Duration::ZERO)));
        let before = story.seconds;
        while !story.pass(0.5).contains(&CustodyOrder::Receive(LONG_POLL)) {}
        receives += 1;
        assert!(story.seconds - before >= 0.8);
    }
    assert!(story.seconds / f64::from(receives) > 5.0, "it slows down");
    assert!(!story.custody.holds_a_token());
}

#[test]
fn a_message_that_comes_again_is_held_by_its_newest_handle() {
    let mut story = Story::new();
    story.receive(&[("m", start("tok", None))]);
    // Twelve hours are the most that SQS hides a message.
    let orders = story.input(CustodyInput::LetGo(Receipt(1)));
    assert!(orders.contains(&CustodyOrder::Receive(LONG_POLL)), "{orders:?}");
    let orders = story.receive(&[("m", start("tok", None))]);
    assert_eq!(orders, [CustodyOrder::Hide(Receipt(2), LONGEST_HOLD)]);
    assert_eq!(
        story.input(CustodyInput::HandBack),
        [CustodyOrder::Hide(Receipt(2), Duration::ZERO)]
    );
}

#[test]
fn messages_without_a_token_are_the_agents() {
    let mut story = Story::new();
    let notice = r#"{"type":"notice","text":"Lunch"}"#.to_owned();
    let orders = story.receive(&[("n", notice), ("m", start("tok", None))]);
    assert_eq!(orders.len(), 2);
    let call = failing(&story.report(60.0));
    story.input(CustodyInput::FailureAnswered(call, Ok(None)));
    let orders = story.input(CustodyInput::Noted(token("tok").fingerprint()));
    assert!(orders.contains(&CustodyOrder::Delete(Receipt(2))), "{orders:?}");
    assert_eq!(
        story.input(CustodyInput::HandBack),
        [CustodyOrder::Hide(Receipt(1), Duration::ZERO)]
    );
}

#[test]
fn whatever_comes_after_the_hand_back_goes_back_too() {
    let mut story = Story::new();
    story.input(CustodyInput::HandBack);
    let orders = story.receive(&[("m", start("tok", Some(60)))]);
    assert_eq!(orders, [CustodyOrder::Hide(Receipt(1), Duration::ZERO)]);
}
