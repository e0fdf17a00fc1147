//! What is wrong is told with its place and what is allowed.

use super::*;

#[test]
fn a_bad_file_is_an_error_with_file_line_and_what_is_allowed() {
    for (file, expected) in [
        (
            "\nheartbeat_second = 3",
            "machine.toml, line 2: \"heartbeat_second\" is not a setting; did you mean heartbeat_seconds?",
        ),
        ("colour = 3", "settings: queue_url, queue_tag,"),
        (
            "after_end = \"reboot\"",
            "line 1: after_end: \"reboot\" is not one of none, logoff, shutdown",
        ),
        ("after_end = \"shutdwon\"", "did you mean shutdown?"),
        ("after_end = \"\"", "one of none, logoff, shutdown"),
        ("after_end = true", "must be one of none, logoff, shutdown, in quotes"),
        (
            "heartbeat_seconds = \"300\"",
            "must be a whole number of seconds, 1 to 99999999, without quotes",
        ),
        ("heartbeat_seconds = 0", "\"0\" is not a whole number of seconds, 1 to"),
        ("heartbeat_seconds = -5", "\"-5\" is not a whole number"),
        ("heartbeat_seconds = 1.5", "must be a whole number of seconds"),
        ("heartbeat_seconds = 99999999999999999999999999999999999999999", "is not a whole number"),
        ("extendable = \"yes\"", "must be true or false, without quotes"),
        ("extendable = 1", "must be true or false"),
        ("queue_url = 5", "must be a text in quotes"),
        ("queue_url = \"http://example.com/1/q\"", "use https"),
        ("[aws]\nregion = \"eu-west-1\"", "line 1: \"aws\" is not a setting"),
        ("region = [\"a\"]", "must be a text in quotes"),
        ("state_dir = \"~/state\"", "is not a full path"),
        ("queue_name_template = \"{instance}\"", "in braces than {instance_id}"),
        ("queue_name_template = \"a b\"", "is not a text that makes a queue name"),
        ("queue_tag = \"a/b\"", "is not a tag key"),
        ("region = \"EU West\"", "is not a region like eu-west-1; did you mean eu-west-1?"),
        ("region = \"eu-west1\"", "did you mean eu-west-1?"),
        ("region = \"us-east-1a\"", "did you mean us-east-1?"),
        ("queue_url = \"arn:aws:sns:eu-west-1:1:desk\"", "is not a URL like"),
        ("instance_id = \"i 1\"", "is not an instance id"),
        ("a = 1\nregion = \"x", "line 2: is not valid TOML"),
        ("log = \"text\"\nlog = \"json\"", "line 2: is not valid TOML: duplicate key"),
        ("idle_minutes = 100000", "a whole number of minutes, 0 to 10080"),
    ] {
        let problem = problem(Some(file), &[], &[]);
        assert!(problem.contains(expected), "{file}\n  expected {expected}\n  got {problem}");
    }
}

#[test]
fn every_problem_is_reported_at_once() {
    let problem = problem(
        Some("log = 5\nx = 1\nregion = \"eu-west-1\""),
        &[("DESKBEAT_LOG_LEVEL", "loud")],
        &[("after_end", "reboot")],
    );
    let lines: Vec<_> = problem.lines().collect();
    assert_eq!(lines.len(), 4, "{problem}");
    assert!(lines[0].contains("line 1") && lines[1].contains("line 2"), "{problem}");
    assert!(lines[2].starts_with("environment variable DESKBEAT_LOG_LEVEL: \"loud\""), "{problem}");
    assert!(lines[3].starts_with("flag --after-end: \"reboot\""), "{problem}");
}

#[test]
fn files_of_windows_editors_are_read_or_explained() {
    let config = load_all(Some("\u{feff}log = \"json\"\r\n"), &[], &[]).unwrap();
    assert_eq!(config.log, Format::Json);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("utf16.toml");
    fs::write(&path, b"\xff\xfel\0o\0g\0").unwrap();
    let contents = file::read(&path, true);
    assert!(
        contents.problems[0]
            .to_string()
            .ends_with("line 1: is not valid text; save the file as UTF-8")
    );
}

#[test]
fn an_unknown_variable_is_a_warning_with_the_nearest_name() {
    let variables =
        [("DESKBEAT_QUEUE_URI", "x"), ("DESKBEAT_COLOUR", "x"), ("DESKBEAT_CONFIG", "")];
    let config = load_all(None, &variables, &[]).unwrap();
    assert_eq!(
        config.warnings,
        [
            "environment variable DESKBEAT_COLOUR is not known, and ignored",
            "environment variable DESKBEAT_QUEUE_URI is not known, and ignored; did you mean DESKBEAT_QUEUE_URL?",
        ]
    );
}

#[test]
fn an_unknown_flag_is_an_error() {
    assert!(problem(None, &[], &[("colour", "x")]).contains("\"colour\" is not a setting"));
}

#[test]
fn the_heartbeat_window_must_be_shorter_than_the_session() {
    let problem =
        problem(Some("heartbeat_seconds = 60\n"), &[("DESKBEAT_TIMEOUT_SECONDS", "60")], &[]);
    assert!(
        problem.starts_with("environment variable DESKBEAT_TIMEOUT_SECONDS: timeout_seconds (60)"),
        "{problem}"
    );
    assert!(problem.contains("line 1"), "{problem}");
}

#[test]
fn a_queue_name_that_is_the_same_for_every_computer_is_told_and_may_be_meant() {
    for template in ["deskbeat-instance_id", "desk"] {
        let file = format!("queue_name_template = \"{template}\"");
        let config = load_all(Some(&file), &[], &[]).unwrap();
        let told = |told: &String| told.contains(template) && told.contains("{instance_id}");
        assert!(config.warnings.iter().any(told), "{:?}", config.warnings);
    }
    let config = load_all(Some("queue_name_template = \"{instance_id}.fifo\""), &[], &[]).unwrap();
    assert!(doubts(&config).is_empty(), "{:?}", config.warnings);
}
