//! Forms of a body, one by one. What people really send is in tests/it/contract.

use std::time::Duration;

use super::*;

fn start(body: &str) -> Start {
    match Message::read(body).unwrap().kind {
        MessageKind::Start(start) => start,
        other => panic!("not a start: {other:?}"),
    }
}

#[test]
fn a_full_start_is_read() {
    let read = Message::read(
        r#"{"type":"start","taskToken":"tok","instanceId":"i-1","sessionId":"s-1",
            "executionArn":"arn:x","heartbeatSeconds":60,"timeoutSeconds":"28800",
            "startedAt":"2026-11-24T09:00:00.000Z","user":"ana","extendable":true,"future":[1]}"#,
    )
    .unwrap();
    assert_eq!(read.tolerated, [], "it is as documented");
    assert_eq!(read.instance_id.as_deref(), Some("i-1"));
    assert_eq!(read.session_id.as_deref(), Some("s-1"));
    let MessageKind::Start(start) = read.kind else { panic!() };
    assert_eq!(start.heartbeat, Some(Duration::from_secs(60)));
    assert_eq!(start.timeout, Some(Duration::from_secs(28800)));
    assert_eq!(start.extendable, Some(true));
    assert_eq!(start.started_at, Some("2026-11-24T09:00:00Z".parse().unwrap()));
}

#[test]
fn a_bare_token_and_a_quoted_one_are_starts() {
    assert_eq!(start("AQCEAAAAKgAAAAMA/+=").token.expose(), "AQCEAAAAKgAAAAMA/+=");
    assert_eq!(start("\"0f6a-11\"\n").token.expose(), "0f6a-11");
    // Also where it happens to be something in base64.
    assert_eq!(start("Nzc3Nw").token.expose(), "Nzc3Nw");
}

#[test]
fn an_sns_envelope_is_unwrapped() {
    let body =
        r#"{"Type":"Notification","TopicArn":"arn:aws:sns:x","Message":"{\"taskToken\":\"tok\"}"}"#;
    assert_eq!(start(body).token.expose(), "tok");
    let body = r#"{"Type":"Notification","TopicArn":"arn:aws:sns:x","Message":"tok"}"#;
    assert_eq!(start(body).token.expose(), "tok");
}

#[test]
fn what_is_malformed_is_told_without_quoting_it() {
    for (body, word) in [
        ("", "empty"),
        ("  \n", "empty"),
        ("{\"taskToken\":\"secret", "breaks at line 1"),
        ("[1,2]", "not an object"),
        ("what is this secret", "white space"),
        ("sécret!", "no task token has"),
        ("{}", "no taskToken"),
        (r#"{"taskToken":7}"#, "taskToken must be a text"),
        (r#"{"taskToken":""}"#, "empty"),
        (r#"{"taskToken":"secret","heartbeatSeconds":-1}"#, "heartbeatSeconds must be"),
        (r#"{"taskToken":"secret","heartbeatSeconds":0}"#, "heartbeatSeconds must be"),
        (r#"{"taskToken":"secret","timeoutSeconds":true}"#, "timeoutSeconds must be"),
        (r#"{"taskToken":"secret","startedAt":"yesterday"}"#, "startedAt must be"),
        (r#"{"type":"explode"}"#, "unknown type"),
        (r#"{"type":"notice"}"#, "text must be"),
    ] {
        let said = Message::read(body).unwrap_err().to_string();
        assert!(said.contains(word), "{body:?}: {said}");
        assert!(!said.contains("secret"), "{said}");
    }
    let long = format!(r#"{{"taskToken":"{}"}}"#, "x".repeat(2049));
    assert!(Message::read(&long).unwrap_err().to_string().contains("2049"));
    assert!(Message::read(&"x".repeat(256 * 1024)).is_err());
}

#[test]
fn an_end_and_a_notice_are_read() {
    let end = Message::read(r#"{"type":"end","graceSeconds":0}"#).unwrap();
    assert_eq!(end.kind, MessageKind::End(Some(Duration::ZERO)));
    let notice = Message::read(r#"{"type":"notice","text":"Lunch"}"#).unwrap();
    assert_eq!(notice.kind, MessageKind::Notice("Lunch".into()));
}

#[test]
fn a_duration_says_how_many_seconds() {
    let seconds = |text: &str| {
        let body = serde_json::json!({ "taskToken": "tok", "timeoutSeconds": text }).to_string();
        start(&body).timeout.map(|timeout| timeout.as_secs())
    };
    for (text, expected) in [
        ("PT8H", 28_800),
        ("pt1h30m", 5_400),
        ("P1D", 86_400),
        ("8h", 28_800),
        ("8 hours", 28_800),
        ("90 s", 90),
        ("1h 30m", 5_400),
        ("08:00:00", 28_800),
    ] {
        assert_eq!(seconds(text), Some(expected), "{text}");
    }
    for wrong in ["P1M", "-PT8H", "8 lunches", "PT0S", "P400000000D"] {
        let body = serde_json::json!({ "taskToken": "tok", "timeoutSeconds": wrong }).to_string();
        assert!(Message::read(&body).is_err(), "{wrong}");
    }
}

#[test]
fn a_token_in_a_name_is_not_shown() {
    let token = "AQCEAAAAKgAAAAMAAAAAsecret/with+base64==";
    let encoded = token.replace('/', "%2F");
    for (field, name) in [
        ("sessionId", token.to_owned()),
        ("user", format!("ana {encoded}")),
        ("instanceId", token.to_uppercase()),
        ("executionArn", format!("arn:aws:states:eu-west-1:1:execution:desk:{}", &token[8..30])),
    ] {
        for kind in ["start", "ready"] {
            let mut body = serde_json::json!({ "type": kind, "taskToken": token });
            body[field] = name.clone().into();
            let read = Message::read(&body.to_string()).unwrap();
            let shown = format!("{read:?}").to_lowercase();
            assert!(!shown.contains("aaasecret"), "{field}: {shown}");
            let is_read = kind == "start" || matches!(field, "sessionId" | "instanceId");
            assert_eq!(read.tolerated.contains(&Tolerated::TokenInName(field)), is_read, "{field}");
        }
    }
    // Two sessions stay two.
    let of = |token: &str| {
        let body = serde_json::json!({ "taskToken": token, "sessionId": token }).to_string();
        Message::read(&body).unwrap().session_id
    };
    assert_ne!(of(token), of("AQCEAAAAKgAAAAMAAAAAanother/with+base64=="));
}

#[test]
fn of_several_keys_for_one_field_the_best_counts() {
    for (body, token) in [
        (r#"{"callbackToken":"second","token":"first"}"#, "first"),
        (r#"{"myTaskToken":"first","token":"second"}"#, "first"),
        (r#"{"token":"second","taskToken":"first"}"#, "first"),
        (r#"{"myTaskToken":"same","hisTaskToken":"same"}"#, "same"),
    ] {
        assert_eq!(start(body).token.expose(), token, "{body}");
    }
    assert!(Message::read(r#"{"myTaskToken":"one","hisTaskToken":"another"}"#).is_err());
    let read = Message::read(
        r#"{"taskToken":"tok","ec2InstanceId":"i-1","executionId":"arn:x","userName":"ana"}"#,
    )
    .unwrap();
    assert_eq!(read.instance_id.as_deref(), Some("i-1"));
    let MessageKind::Start(start) = read.kind else { panic!() };
    assert_eq!(
        (start.execution_arn.as_deref(), start.user.as_deref()),
        (Some("arn:x"), Some("ana"))
    );
    let notice = Message::read(r#"{"type":"notice","message":"Lunch"}"#).unwrap();
    assert_eq!(notice.kind, MessageKind::Notice("Lunch".into()));
}

#[test]
fn a_token_is_looked_for_four_values_deep() {
    let body = |depth: u32, key: &str| {
        let wrap = |inner, _| serde_json::json!({ key: inner });
        let value = (0..depth).fold(serde_json::json!("tok"), wrap);
        serde_json::json!({ "taskToken": value }).to_string()
    };
    for key in ["Token", "anything"] {
        assert_eq!(start(&body(4, key)).token.expose(), "tok");
        assert!(Message::read(&body(5, key)).is_err(), "{key}");
    }
    // An object in a text is two.
    let texts = |depth: u32| {
        let wrap = |inner: String, _| serde_json::json!({ "Token": inner }).to_string();
        let value = (0..depth).fold("tok".to_owned(), wrap);
        serde_json::json!({ "taskToken": value }).to_string()
    };
    assert_eq!(start(&texts(2)).token.expose(), "tok");
    assert!(Message::read(&texts(3)).is_err());
}

#[test]
fn what_may_be_another_token_is_none() {
    for value in [
        serde_json::json!({ "a": "tok", "b": "other" }),
        serde_json::json!(["tok", "other"]),
        // Only a long word is broken by a console window.
        serde_json::json!("to\nk"),
        serde_json::json!("$$.Task.Token"),
        serde_json::json!("{% $states.context.Task.Token %}"),
        serde_json::json!("States.Format('x')"),
    ] {
        let body = serde_json::json!({ "taskToken": value }).to_string();
        assert!(Message::read(&body).is_err(), "{body}");
    }
}

#[test]
fn what_carries_a_bare_token_in_its_body_is_a_start() {
    for beside in ["receiptHandle", "eventSource"] {
        let body = serde_json::json!({ "body": "tok", beside: "x" }).to_string();
        assert_eq!(start(&body).token.expose(), "tok", "{beside}");
    }
    assert!(Message::read(r#"{"body":"tok"}"#).is_err(), "anybody's text");
}

#[test]
fn what_only_a_text_inside_says_is_read_too() {
    let body = r#"{"taskToken":"tok","input":"{\"sessionId\":\"s-1\"}"}"#;
    assert_eq!(Message::read(body).unwrap().session_id.as_deref(), Some("s-1"));
}

#[test]
fn envelopes_are_opened_sixteen_deep() {
    let message = || serde_json::json!({ "taskToken": "tok" });
    type Packing = fn(serde_json::Value) -> serde_json::Value;
    let packings: [Packing; 3] = [
        |inner| serde_json::json!([inner]),
        |inner| serde_json::json!({ "input": inner }),
        |inner| serde_json::json!(inner.to_string()),
    ];
    for pack in packings {
        let body = |depth| (0..depth).fold(message(), |inner, _| pack(inner)).to_string();
        assert_eq!(start(&body(16)).token.expose(), "tok");
        assert_eq!(Message::read(&body(17)).unwrap_err(), Malformed::TooDeep);
    }
}

#[test]
fn half_a_quotation_is_malformed() {
    for body in [r#"'{"taskToken":"tok"}x"#, r#"x{"taskToken":"tok"}'"#] {
        assert!(Message::read(body).is_err(), "{body}");
    }
}

#[test]
fn a_body_is_read_up_to_what_sqs_carries() {
    let message = r#"{"taskToken":"tok"}"#;
    let body = |bytes: usize| format!("{message}{}", " ".repeat(bytes - message.len()));
    assert_eq!(start(&body(MAX_BODY_BYTES)).token.expose(), "tok");
    let long = MAX_BODY_BYTES + 1;
    assert_eq!(Message::read(&body(long)).unwrap_err(), Malformed::TooLong(long));
}

#[test]
fn a_piece_of_the_token_is_covered_from_twelve_characters_on_and_no_instance_id_is() {
    let id = "i-0123456789abcdef0";
    let token = format!("AQCEsecretpieceAAAA{id}AAAA");
    let read = |name: &str| {
        let body = serde_json::json!({ "taskToken": token, "instanceId": id, "sessionId": name });
        Message::read(&body.to_string()).unwrap()
    };
    assert_eq!(read("x").instance_id.as_deref(), Some(id), "it would be another machine's message");
    assert_ne!(read("secretpieceA").session_id.as_deref(), Some("secretpieceA"));
    assert_eq!(read("secretpiece").session_id.as_deref(), Some("secretpiece"));
}

#[test]
fn a_number_is_a_name_as_long_as_it_kept_all_its_digits() {
    let name = |number: &str| {
        Message::read(&format!(r#"{{"taskToken":"tok","sessionId":{number}}}"#))
            .map(|message| message.session_id.unwrap())
    };
    for (number, told) in
        [("42", "42"), ("42.0", "42"), ("-7.0", "-7"), ("4.2e1", "42"), ("4.5", "4.5")]
    {
        assert_eq!(name(number).as_deref(), Ok(told));
    }
    for number in ["9007199254740992.0", "1e300"] {
        assert!(name(number).is_err(), "{number}");
    }
}

#[test]
fn an_instance_id_is_hexadecimal_and_has_an_end() {
    let longest = format!("i-{}", "0".repeat(17));
    for id in ["i-1", "I-0123456789ABCDEF0", &longest] {
        assert!(field::is_instance_id(id), "{id}");
    }
    for other in ["", "i", "i-", "x-12", "i-12g4", &format!("{longest}0")] {
        assert!(!field::is_instance_id(other), "{other}");
    }
}

#[test]
fn what_templates_make_of_nothing_says_nothing() {
    for nothing in ["", "null", "None", "nil", "undefined"] {
        let body = serde_json::json!({ "taskToken": "tok", "extendable": nothing,
            "heartbeatSeconds": nothing, "startedAt": nothing });
        let read = start(&body.to_string());
        assert_eq!((read.extendable, read.heartbeat, read.started_at), (None, None, None));
    }
    for field in ["extendable", "heartbeatSeconds", "startedAt"] {
        let body = serde_json::json!({ "taskToken": "tok", field: "perhaps" });
        assert!(Message::read(&body.to_string()).is_err(), "{field}");
    }
}

#[test]
fn a_time_since_1970_is_in_seconds_or_their_thousandths_millionths_or_billionths() {
    for number in ["1795690000", "1795690000000", "1795690000000000", "1795690000000000000"] {
        let body = format!(r#"{{"taskToken":"tok","startedAt":{number}}}"#);
        assert_eq!(start(&body).started_at, Some("2026-11-26T10:46:40Z".parse().unwrap()));
    }
    for number in ["1795690", "1e20"] {
        assert!(Message::read(&format!(r#"{{"taskToken":"tok","startedAt":{number}}}"#)).is_err());
    }
}

#[test]
fn what_is_read_otherwise_than_it_was_written_is_noted_and_nothing_else() {
    let noted = |body: &str| Message::read(body).unwrap().tolerated;
    assert_eq!(noted(r#"{"type":"end","graceSeconds":60}"#), []);
    let limited = [Tolerated::Limited("graceSeconds")];
    assert_eq!(noted(r#"{"type":"end","graceSeconds":-5}"#), limited);
    assert!(Message::read(r#"{"type":"end","graceSeconds":"1e400"}"#).is_err());
    let quoted = r#"{"taskToken":"tok","startedAt":"'2026-11-24T09:00:00Z'"}"#;
    assert_eq!(noted(quoted), [Tolerated::Value("startedAt")]);
}

#[test]
fn two_long_names_stay_two_and_have_their_beginnings() {
    let read = |last: char| {
        let name = format!("{}{last}", "n".repeat(MAX_NAME_CHARS));
        let body = serde_json::json!({ "taskToken": "tok", "user": name }).to_string();
        start(&body).user.unwrap()
    };
    assert_eq!(read('a').chars().count(), MAX_NAME_CHARS);
    assert!(read('a').starts_with(&"n".repeat(MAX_NAME_CHARS - 17)));
    assert_ne!(read('a'), read('b'));
}
