//! A body from the queue: read, and put before a core that waits and before one that has a session.
#![no_main]

use std::time::Duration;

use deskbeat::session::contract::message::Message;
use deskbeat::session::{Command, Delivery, Event, Mono, Now, Receipt, Record, Session, Settings};
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;

const START: &str = r#"{"type":"start","taskToken":"AQCEAAAAKgAAAAMAAAAAAAAAAfirst/with+base64==",
    "sessionId":"s-1","heartbeatSeconds":60,"timeoutSeconds":3600}"#;

fn at(seconds: u64) -> Now {
    let wall = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_700_000_000 + seconds as i64);
    Now { mono: Mono::at(Duration::from_secs(seconds)), wall }
}

/// Answers each beat with yes, and each save at once, for so many rounds.
fn answer(session: &mut Session, now: Now, mut commands: Vec<Command>) {
    for _ in 0..8 {
        let events: Vec<Event> = commands
            .drain(..)
            .filter_map(|command| match command {
                Command::Beat { call, .. } => Some(Event::BeatAnswered(call, Ok(()))),
                Command::Save(revision, _) => Some(Event::JournalSaved(revision)),
                _ => None,
            })
            .collect();
        for event in events {
            commands.extend(session.handle(now, event));
        }
    }
}

fn received(session: &mut Session, now: Now, number: u64, body: &str) {
    let delivery = Delivery {
        receipt: Receipt(number),
        message_id: format!("m-{number}"),
        sent_at: Some(now.wall),
        body: body.to_owned(),
    };
    let commands = session.handle(now, Event::Received(Ok(vec![delivery])));
    answer(session, now, commands);
}

fn session(now: Now) -> Session {
    let mut session = Session::new(now, Settings::default(), Record::default(), 1);
    session.handle(now, Event::Identified { instance_id: "i-0123456789abcdef0".into() });
    session.handle(now, Event::QueueFound("https://sqs.eu-west-1.amazonaws.com/1/q".into()));
    session
}

fuzz_target!(|bytes: &[u8]| {
    deskbeat_fuzz::bounded(bytes.len(), || {
        let body = String::from_utf8_lossy(bytes);
        let read = Message::read(&body);
        assert_eq!(read, Message::read(&body));
        if let Err(why) = &read {
            // It goes to the log: one line, whatever the body was.
            assert!(why.to_string().len() < 400 && !why.to_string().contains('\n'), "{why}");
        }
        let mut session = session(at(0));
        // Half of the inputs find a session.
        if bytes.len().is_multiple_of(2) {
            received(&mut session, at(0), 1, START);
        }
        received(&mut session, at(1), 2, &body);
        for seconds in [2, 20, 400, 4000] {
            let now = at(seconds);
            let commands = session.handle(now, Event::Tick);
            answer(&mut session, now, commands);
            serde_json::to_string(&session.view(now)).expect("a view is JSON");
            assert!(session.next_deadline().is_none_or(|due| due > now.mono), "due in the past");
        }
    });
});
