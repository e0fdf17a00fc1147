//! Messages as people really send them: each case that was reported, and seeded compositions of the
//! forms that the cases are made of. Which forms a body may have is written here a second time, from
//! the sender's side.

use std::collections::BTreeMap;
use std::time::Duration;

use deskbeat::session::contract::message::{Malformed, Message, MessageKind, Start};
use serde_json::{Value, json};

const CASES: &str = include_str!("messages.json");
const TOKEN: &str = "AQCEAAAAKgAAAAMAAAAAAAAAAexample/with+base64==";
const INSTANCE: &str = "i-0123456789abcdef0";

fn start(name: &str, body: &str) -> (Message, Start) {
    let message = Message::read(body).unwrap_or_else(|why| panic!("{name}: {why}\n{body}"));
    match message.kind.clone() {
        MessageKind::Start(start) => (message, start),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn every_reported_form_is_the_session_that_its_sender_meant() {
    let cases: BTreeMap<String, String> = serde_json::from_str(CASES).unwrap();
    assert_eq!(cases.len(), 34, "a case was lost");
    for (name, body) in &cases {
        let (message, start) = start(name, body);
        assert_eq!(start.token.expose(), TOKEN, "{name}");
        assert_eq!(message.is_bare, name.starts_with("bare"), "{name}");
        assert_eq!(message.tolerated.is_empty(), is_plain(name), "{name}: {:?}", message.tolerated);
        let said = format!("{:?} {message:?}", message.tolerated);
        assert!(!said.contains("example"), "{name} shows the token: {said}");
        if message.is_bare {
            continue;
        }
        assert_eq!(message.instance_id.as_deref(), Some(INSTANCE), "{name}");
        let session = if name == "sessionId 42" { "42" } else { "s-1" };
        assert_eq!(message.session_id.as_deref(), Some(session), "{name}");
        let beats = (name != "heartbeatSeconds ''").then_some(Duration::from_secs(30));
        assert_eq!(start.heartbeat, beats, "{name}");
        let extendable = match name.as_str() {
            "extendable 'true'" => Some(true),
            "extendable 'False'" => Some(false),
            _ => None,
        };
        assert_eq!(start.extendable, extendable, "{name}");
        let millis = match name.as_str() {
            "startedAt epoch s" => Some(1_795_690_000_000),
            "startedAt epoch ms" | "startedAt epoch 's.mmm'" => Some(1_795_690_000_500),
            _ => None,
        };
        assert_eq!(start.started_at.map(|at| at.as_millisecond()), millis, "{name}");
    }
}

/// The cases that keep to the contract as it is written, white space and case of the type apart.
fn is_plain(name: &str) -> bool {
    let plain = [
        "plain",
        "bare with LF",
        "bare, quoted",
        "heartbeatSeconds ''",
        "type Start",
        "type START",
        "user null, extra deep",
        "pretty with tabs",
    ];
    plain.contains(&name)
}

/// One choice of several, by seed.
fn one<'a, T: ?Sized>(rng: &mut fastrand::Rng, of: &[&'a T]) -> &'a T {
    of[rng.usize(..of.len())]
}

/// `key` as another hand spells it.
fn spelt(rng: &mut fastrand::Rng, key: &str) -> String {
    let words = |with: &str| {
        let mut text = String::new();
        for c in key.chars() {
            if c.is_ascii_uppercase() && !text.is_empty() {
                text += with;
            }
            text.push(c.to_ascii_lowercase());
        }
        text
    };
    match rng.u8(..7) {
        0 => key.to_owned(),
        1 => words("_"),
        2 => words("-"),
        3 => words("_").to_uppercase(),
        4 => words(""),
        5 => key[..1].to_uppercase() + &key[1..],
        _ => key.to_uppercase(),
    }
}

fn seconds(rng: &mut fastrand::Rng, number: u32) -> Value {
    match rng.u8(..6) {
        0 => json!(number),
        1 => json!(f64::from(number)),
        2 => json!(number.to_string()),
        3 => json!(format!("{number}.0")),
        4 => json!(format!(" {number} ")),
        _ => json!([number]),
    }
}

fn time(rng: &mut fastrand::Rng) -> Value {
    // 2026-11-26T10:46:40.5Z, in each form.
    let forms = [
        json!(1_795_690_000.5),
        json!(1_795_690_000_500_u64),
        json!("1795690000.500"),
        json!("1795690000500"),
        json!("2026-11-26T10:46:40.5Z"),
        json!("2026-11-26T10:46:40.500"),
        json!("2026-11-26 10:46:40.5 UTC"),
        json!("2026-11-26T11:46:40.5+01:00"),
        json!("/Date(1795690000500)/"),
    ];
    forms[rng.usize(..forms.len())].clone()
}

fn token(rng: &mut fastrand::Rng) -> Value {
    let round = one(rng, &["", " ", "\r\n", "\"", "'", "\n\t"]);
    let text = match rng.u8(..6) {
        0 => format!("{TOKEN}\r\n"),
        1 => TOKEN.replace('+', "%2B").replace('/', "%2f").replace('=', "%3D"),
        _ => TOKEN.to_owned(),
    };
    let text = format!("{round}{text}{round}");
    match rng.u8(..5) {
        0 => json!({ "Token": text }),
        1 => json!({ "Task": { "Token": text } }),
        2 => json!([text]),
        _ => json!(text),
    }
}

fn object(rng: &mut fastrand::Rng) -> Value {
    let key = match rng.u8(..3) {
        0 => "token".to_owned(),
        1 => spelt(rng, "myTaskToken"),
        _ => spelt(rng, "taskToken"),
    };
    let mut fields = serde_json::Map::new();
    fields.insert(key, token(rng));
    let id = match rng.u8(..4) {
        0 => format!(" {INSTANCE} "),
        1 => INSTANCE.to_uppercase(),
        2 => format!("arn:aws-cn:ec2:cn-north-1:123456789012:instance/{INSTANCE}"),
        _ => INSTANCE.to_owned(),
    };
    fields.insert(spelt(rng, "instanceId"), json!(id));
    fields.insert(spelt(rng, "sessionId"), if rng.bool() { json!(42) } else { json!("42") });
    fields.insert(spelt(rng, "heartbeatSeconds"), seconds(rng, 30));
    fields.insert(spelt(rng, "timeoutSeconds"), seconds(rng, 3600));
    fields.insert(spelt(rng, "startedAt"), time(rng));
    let flag = [json!(true), json!("True"), json!(" TRUE"), json!("yes"), json!(1), json!("1")];
    fields.insert(spelt(rng, "extendable"), flag[rng.usize(..flag.len())].clone());
    if rng.bool() {
        let kind = one(rng, &["start", "Start", " START ", "sTART"]);
        fields.insert(spelt(rng, "type"), json!(kind));
    }
    if rng.bool() {
        fields.insert(spelt(rng, "user"), if rng.bool() { Value::Null } else { json!("") });
    }
    Value::Object(fields)
}

/// The message in an envelope, now and then in several.
fn packed(rng: &mut fastrand::Rng, message: Value) -> String {
    let mut value = message;
    for _ in 0..rng.u8(..4) {
        let inner = if rng.bool() { json!(value.to_string()) } else { value.clone() };
        value = match rng.u8(..10) {
            0 => json!({ "Type": "Notification", "TopicArn": "arn:aws:sns:us-east-1:1:t",
                         "Message": value.to_string(), "Timestamp": "2026-11-26T09:00:00Z" }),
            1 => {
                json!({ "version": "0", "detail-type": "anything", "source": "desk", "detail": inner,
                         "time": "2026-11-26T09:00:00Z", "resources": [] })
            }
            2 => json!([inner]),
            3 => json!([{ "messageId": "1", "receiptHandle": "x", "body": value.to_string(),
                          "eventSource": "aws:sqs", "attributes": {} }]),
            4 => json!({ "Records": [{ "body": value.to_string(), "receiptHandle": "x" }] }),
            5 => json!({ "input": inner, "stateMachine": "desks" }),
            6 => json!({ "QueueUrl": "https://sqs.x/1/q", "MessageBody": inner }),
            7 => json!({ "requestPayload": inner, "version": "1.0" }),
            8 => json!(value.to_string()),
            _ => json!({ "payload": inner }),
        };
    }
    let text = if rng.bool() { value.to_string() } else { format!("{value:#}") };
    let edge = one(rng, &["", "\u{feff}", "\r\n", "  \n"]);
    format!("{edge}{text}{}", one(rng, &["", "\r\n", "\u{0}", " "]))
}

#[test]
fn any_of_the_forms_together_are_the_same_session() {
    for seed in 0..5_000 {
        let rng = &mut fastrand::Rng::with_seed(seed);
        let message = object(rng);
        let body = packed(rng, message);
        let (message, start) = start(&format!("seed {seed}"), &body);
        assert_eq!(start.token.expose(), TOKEN, "seed {seed}: {body}");
        assert_eq!(message.instance_id.as_deref(), Some(INSTANCE), "seed {seed}: {body}");
        assert_eq!(message.session_id.as_deref(), Some("42"), "seed {seed}: {body}");
        assert_eq!(start.heartbeat, Some(Duration::from_secs(30)), "seed {seed}: {body}");
        assert_eq!(start.timeout, Some(Duration::from_secs(3600)), "seed {seed}: {body}");
        assert_eq!(start.extendable, Some(true), "seed {seed}: {body}");
        assert_eq!(start.user, None, "seed {seed}: {body}");
        let at = start.started_at.unwrap().as_millisecond();
        assert_eq!(at, 1_795_690_000_500, "seed {seed}: {body}");
    }
}

fn wide_base64(text: &str) -> String {
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let base64 = aws_smithy_types::base64::encode(wide);
    base64.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line) + "\r\n").collect()
}

#[test]
fn other_packings_that_are_met() {
    let message =
        json!({ "taskToken": TOKEN, "sessionId": "s-1", "instanceId": INSTANCE }).to_string();
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let bodies = [
        // Quotes of a JSON string that a shell ate.
        message.replace('"', "\\\""),
        format!("'{message}'"),
        encoded(&message),
        // `base64` of the message, as Kinesis and Firehose carry it.
        r#"{"data":"eyJ0YXNrVG9rZW4iOiJBUUNFQUFBQUtnQUFBQU1BQUFBQUFBQUFBZXhhbXBsZS93aXRoK2Jhc2U2ND09Iiwic2Vzc2lvbklkIjoicy0xIiwiaW5zdGFuY2VJZCI6ImktMDEyMzQ1Njc4OWFiY2RlZjAifQ=="}"#.into(),
        // A byte order mark that was read as Latin-1.
        format!("ï»¿{message}"),
        // A Lambda's event: the token beside the input.
        json!({ "taskToken": TOKEN, "input": { "sessionId": "s-1", "instanceId": INSTANCE } }).to_string(),
        json!({ "sessionId": "s-1", "instanceId": INSTANCE, "MessageBody": TOKEN }).to_string(),
        // The whole context object.
        json!({ "sessionId": "s-1", "instanceId": INSTANCE, "Task": { "Token": TOKEN } }).to_string(),
        // A dictionary that Python printed, and a template that escaped its quotes.
        format!("{{'taskToken': '{TOKEN}', 'sessionId': \"s-1\", 'instanceId': '{INSTANCE}', 'user': None, 'extendable': False}}"),
        message.replace('"', "&quot;"),
        // What PowerShell makes of it in UTF-16 and base64, in lines of 76.
        wide_base64(&message),
        // DynamoDB's and SQS's typed values.
        json!({ "taskToken": { "S": TOKEN }, "sessionId": { "S": "s-1" },
                "instanceId": { "stringValue": INSTANCE, "dataType": "String" } }).to_string(),
        json!({ "taskToken": format!("{{\"Token\": \"{TOKEN}\"}}"), "sessionId": "s-1",
                "instanceId": INSTANCE }).to_string(),
    ];
    for body in &bodies {
        let (message, start) = start("packed", body);
        assert_eq!(start.token.expose(), TOKEN, "{body}");
        assert_eq!(message.session_id.as_deref(), Some("s-1"), "{body}");
        assert_eq!(message.instance_id.as_deref(), Some(INSTANCE), "{body}");
        assert!(!message.tolerated.is_empty(), "{body}");
    }
    let long = "AQC".repeat(60);
    let wrapped = format!("{}\r\n{}", &long[..90], &long[90..]);
    assert_eq!(start("wrapped", &wrapped).1.token.expose(), long);
}

#[test]
fn the_other_types_are_read_in_every_form_too() {
    let kind = |body: Value| Message::read(&body.to_string()).unwrap().kind;
    let minute = Some(Duration::from_secs(60));
    assert_eq!(kind(json!({ "Type": "END", "grace_seconds": "60.0" })), MessageKind::End(minute));
    assert_eq!(
        kind(json!({ "detail-type": "end", "detail": { "graceSeconds": 60 } })),
        MessageKind::End(minute)
    );
    assert_eq!(kind(json!({ "type": "end", "graceSeconds": "" })), MessageKind::End(None));
    assert_eq!(
        kind(json!({ "type": "end", "graceSeconds": 0 })),
        MessageKind::End(Some(Duration::ZERO))
    );
    // Less than no time is no time that anybody meant: the session is not ended at once for it.
    assert_eq!(kind(json!({ "type": "end", "graceSeconds": -5 })), MessageKind::End(None));
    let most = Some(Duration::from_secs(99_999_999));
    assert_eq!(kind(json!({ "type": "end", "graceSeconds": 1e300 })), MessageKind::End(most));
    let notice = MessageKind::Notice("Back soon \\u{1b}[31m".into());
    assert_eq!(kind(json!({ "type": "notice", "Message": "Back\nsoon \u{1b}[31m" })), notice);
    let MessageKind::Ready(token) = kind(json!({ "type": "Ready", "TaskToken": TOKEN })) else {
        panic!()
    };
    assert_eq!(token.expose(), TOKEN);
}

#[test]
fn names_cannot_steer_a_terminal_and_have_an_end() {
    let body = |user: &str, session: &str| {
        json!({ "taskToken": TOKEN, "user": user, "sessionId": session }).to_string()
    };
    let (message, read) = start("names", &body("ana\u{1b}]0;x\u{7}\nDB-500", "s\u{202e}1\u{0}"));
    assert_eq!(read.user.as_deref(), Some("ana\\u{1b}]0;x\\u{7} DB-500"));
    assert_eq!(message.session_id.as_deref(), Some("s\\u{202e}1"));
    let long = "x".repeat(100_000);
    let (one, read) = start("long", &body(&long, &long));
    assert!(read.user.is_some_and(|user| user.chars().count() <= 256));
    let (other, _) = start("long", &body("ana", &format!("{long}y")));
    assert!(one.session_id.as_ref().is_some_and(|id| id.chars().count() <= 256));
    assert_ne!(one.session_id, other.session_id, "two sessions became one");
}

#[test]
fn what_nobody_can_mean_is_one_sentence_without_the_token() {
    let object = |fields: Value| {
        let mut all = json!({ "taskToken": TOKEN });
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        all.to_string()
    };
    let deep = (0..40).fold(json!({ "taskToken": TOKEN }), |inner, _| json!([inner])).to_string();
    let braces = "[".repeat(100_000);
    let two = json!([{ "taskToken": TOKEN }, { "taskToken": "other" }]).to_string();
    let confirm =
        json!({ "Type": "SubscriptionConfirmation", "TopicArn": "arn:aws:sns:x", "Token": TOKEN,
                          "Message": "You have chosen to subscribe" })
        .to_string();
    for (body, word) in [
        (object(json!({ "heartbeatSeconds": "soon" })), "heartbeatSeconds must be"),
        (object(json!({ "heartbeatSeconds": 0 })), "heartbeatSeconds must be"),
        (object(json!({ "timeoutSeconds": "1e12" })), "timeoutSeconds must be"),
        (object(json!({ "timeoutSeconds": "infinity" })), "timeoutSeconds must be"),
        (object(json!({ "startedAt": 42 })), "startedAt must be"),
        (object(json!({ "startedAt": "tomorrow" })), "startedAt must be"),
        (object(json!({ "extendable": "perhaps" })), "extendable must be"),
        (object(json!({ "sessionId": 1e30 })), "sessionId must be"),
        (object(json!({ "sessionId": { "a": 1, "b": 2 } })), "sessionId must be"),
        (
            json!({ "TaskToken": TOKEN, "task_token": "another" }).to_string(),
            "taskToken more than once",
        ),
        (json!({ "taskToken": "$$.Task.Token" }).to_string(), "not filled in"),
        (json!({ "taskToken": "{% $states.context.Task.Token %}" }).to_string(), "not filled in"),
        (confirm, "SNS subscription"),
        (two, "a list of 2"),
        (deep, "too many times"),
        (braces, "breaks at"),
        (json!({ "detail": { "other": 1 }, "source": "x" }).to_string(), "no taskToken"),
        (json!({ "Message": "Hello" }).to_string(), "no taskToken"),
        ("x".repeat(2 << 20), "a queue carries"),
        (format!("{{\"detail\": {{\"taskToken\": \"{TOKEN}"), "breaks at"),
    ] {
        let shown: String = body.chars().take(200).collect();
        let said = Message::read(&body).expect_err(&shown).to_string();
        assert!(said.contains(word), "{shown}: {said}");
        assert!(!said.contains("example") && !said.contains('\n'), "{said}");
    }
}

/// Bodies of any bytes, and messages with some bytes changed: read or refused, without a panic and
/// in no time.
#[test]
fn noise_is_survived() {
    let cases: BTreeMap<String, String> = serde_json::from_str(CASES).unwrap();
    let cases: Vec<&String> = cases.values().collect();
    let marks = ["{", "}", "[", "\"", "\\", "%", "\u{feff}", ":", "é", "\u{0}", "1e999", "null"];
    for seed in 0..20_000 {
        let rng = &mut fastrand::Rng::with_seed(seed);
        let mut body: Vec<char> = cases[rng.usize(..cases.len())].chars().collect();
        for _ in 0..rng.usize(1..6) {
            let at = rng.usize(..=body.len());
            let end = (at + rng.usize(..20)).min(body.len());
            body.splice(at..end, marks[rng.usize(..marks.len())].chars());
        }
        let body: String = body.into_iter().collect();
        if let Err(Malformed::NotJson(why)) = Message::read(&body) {
            assert!(!why.contains("AQC"), "{why}");
        }
    }
}
