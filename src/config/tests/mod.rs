mod policy;
#[cfg(unix)]
mod unix;
mod wrong;

use std::collections::BTreeSet;
use std::fs;

use super::*;
use crate::aws::CredentialSource;
use crate::log::{Format, LogLevel};
use crate::session::{AfterEnd, OnOsEnding};

const EXAMPLE: &str = include_str!("../../../resources/config.toml");

/// Loads with `file` as the machine's file, a home folder, and what else the test says.
fn load_all(
    file: Option<&str>,
    variables: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<Config, ConfigError> {
    load_under(&Policy::default(), file, variables, flags)
}

/// The same, with this policy over it all.
fn load_under(
    policy: &Policy,
    file: Option<&str>,
    variables: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.toml");
    if let Some(file) = file {
        fs::write(&path, file).unwrap();
    }
    let home = folder.path().join("home").into_os_string();
    let homes = ["HOME", "LOCALAPPDATA"].map(|name| (OsString::from(name), home.clone()));
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    let values =
        flags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let environment = Environment::new(homes.into_iter().chain(variables));
    super::load(&environment, &path, &Overrides { file: None, values }, policy)
}

fn problem(
    file: Option<&str>,
    variables: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> String {
    load_all(file, variables, flags).unwrap_err().to_string()
}

/// What is doubted; on Windows a test's file is its user's, so that others than administrators may change it.
fn doubts(config: &Config) -> Vec<&String> {
    let is_of_tests = |told: &str| cfg!(windows) && told.contains("others than administrators");
    config.warnings.iter().filter(|told| !is_of_tests(told)).collect()
}

fn origin<'a>(config: &'a Config, key: &str) -> &'a Effective {
    config.origins().iter().find(|effective| effective.key == key).unwrap()
}

#[test]
fn with_nothing_configured_the_built_in_values_hold() {
    let config = load_all(None, &[], &[]).unwrap();
    assert_eq!(config.settings, Settings::default());
    assert_eq!(
        config.access,
        Access {
            region: None,
            instance_id: None,
            sfn_endpoint: None,
            sqs_endpoint: None,
            imds_endpoint: IMDS_ENDPOINT.into(),
            credentials: CredentialSource::Imds,
            queue: QueueChoice::Discover {
                tag: "deskbeat:queue-url".into(),
                name_template: "deskbeat-{instance_id}".into(),
            },
            surroundings: Surroundings::default(),
        }
    );
    assert_eq!(config.away, Away::default());
    assert_eq!((config.log, config.log_level), (Format::Text, LogLevel::Info));
    assert!(config.state_dir.is_absolute());
    assert!(
        config.shadowing.is_empty() && config.origins().iter().all(|e| e.origin == Origin::BuiltIn)
    );
}

#[test]
fn the_example_file_names_every_setting_with_its_built_in_value() {
    let uncommented: String = EXAMPLE
        .lines()
        .filter_map(|line| line.strip_prefix("# ").filter(|line| line.contains(" = ")))
        .map(|line| format!("{line}\n"))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, uncommented).unwrap();
    let contents = file::read(&path, true);
    assert!(contents.problems.is_empty(), "{:?}", contents.problems);
    let written: BTreeSet<_> = contents
        .settings
        .iter()
        .map(|setting| (setting.key.name, setting.value.as_str()))
        .collect();
    let built_in: BTreeSet<_> = KEYS.iter().map(|key| (key.name, key.default)).collect();
    assert_eq!(written, built_in);
    assert!(load_all(Some(EXAMPLE), &[], &[]).is_ok(), "as it is shipped");
}

#[test]
fn the_example_file_is_what_the_settings_make() {
    assert!(
        EXAMPLE == document::config_toml(),
        "resources/config.toml is old; write it with: cargo run --example manual -- --sources"
    );
}

#[test]
fn every_setting_says_what_it_does() {
    for key in KEYS {
        assert!(key.doc.ends_with('.') && key.doc.len() > 20, "{}: {:?}", key.name, key.doc);
    }
}

#[test]
fn a_flag_wins_over_a_variable_and_a_variable_over_the_file() {
    let file = Some("heartbeat_seconds = 10\nregion = \"eu-west-1\"\nlog = \"json\"\n");
    let variables = [("DESKBEAT_HEARTBEAT_SECONDS", "20"), ("DESKBEAT_REGION", "eu-west-2")];
    let config = load_all(file, &variables, &[("heartbeat_seconds", "30")]).unwrap();
    assert_eq!(config.settings.heartbeat, Duration::from_secs(30));
    assert_eq!(config.access.region.as_deref(), Some("eu-west-2"));
    assert_eq!(config.log, Format::Json);
    assert_eq!(
        origin(&config, "heartbeat_seconds").origin,
        Origin::Flag("--set heartbeat_seconds".into())
    );
    assert_eq!(origin(&config, "region").origin, Origin::Variable("DESKBEAT_REGION".into()));
    let log = origin(&config, "log");
    assert_eq!(log.value, "json");
    assert!(log.origin.to_string().ends_with("machine.toml, line 3"), "{}", log.origin);
    assert_eq!(origin(&config, "after_end").origin.to_string(), "built in");
}

#[test]
fn every_setting_reaches_the_configuration() {
    let values = [
        ("queue_url", "https://sqs.eu-west-1.amazonaws.com/123456789012/q.fifo"),
        ("queue_tag", "team:queue"),
        ("queue_name_template", "desk-{instance_id}.fifo"),
        ("instance_id", "i-0123456789abcdef0"),
        ("region", "eu-west-1"),
        ("credentials", "chain"),
        ("heartbeat_seconds", "11"),
        ("beat_interval_seconds", "12"),
        ("timeout_seconds", "1300"),
        ("close_before_timeout_seconds", "14"),
        ("after_end", "logoff"),
        ("on_shutdown", "keep"),
        ("on_logoff", "keep"),
        ("extendable", "true"),
        ("away_grace_seconds", "15"),
        ("idle_minutes", "16"),
        ("disconnect_minutes", "17"),
        ("log", "json"),
        ("log_level", "debug"),
        ("language", "pt-BR"),
    ];
    let config = load_all(None, &[("USER", "zoe"), ("USERNAME", "zoe")], &values).unwrap();
    let seconds = Duration::from_secs;
    let expected = Settings {
        heartbeat: seconds(11),
        max_interval: seconds(12),
        timeout: Some(seconds(1300)),
        close_before_timeout: seconds(14),
        after_end: AfterEnd::Logoff,
        on_shutdown: OnOsEnding::Keep,
        on_logoff: OnOsEnding::Keep,
        extendable: true,
        away_grace: seconds(15),
        local_user: Some("zoe".into()),
    };
    assert_eq!(config.settings, expected);
    let Access { region, credentials, instance_id, queue, .. } = config.access;
    assert_eq!((region.unwrap(), instance_id.unwrap()), (values[4].1.into(), values[3].1.into()));
    assert_eq!(credentials, CredentialSource::Chain);
    assert_eq!(queue, QueueChoice::Url(values[0].1.into()));
    let searched = load_all(None, &[], &values[1..]).unwrap().access.queue;
    let (tag, name_template) = (values[1].1.into(), values[2].1.into());
    assert_eq!(searched, QueueChoice::Discover { tag, name_template });
    let away = Away { idle: Some(seconds(16 * 60)), disconnect: Some(seconds(17 * 60)) };
    assert_eq!(config.away, away);
    assert_eq!((config.log, config.log_level), (Format::Json, LogLevel::Debug));
    assert_eq!(config.language.as_deref(), Some("pt-BR"));
}

#[test]
fn every_word_of_every_choice_is_understood() {
    for key in KEYS {
        if let ValueKind::Choice(words) = key.kind {
            for word in words {
                load_all(None, &[(&key.variable(), word)], &[]).unwrap();
            }
        }
    }
}

#[test]
fn a_named_file_takes_the_machine_files_place_and_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().join("named.toml");
    let text = named.to_str().unwrap();
    let missing = problem(Some("colour = 1"), &[("DESKBEAT_CONFIG", text)], &[]);
    assert!(
        missing.contains("named.toml: cannot be read") && !missing.contains("colour"),
        "{missing}"
    );
    fs::write(&named, "log = \"json\"").unwrap();
    let config = load_all(Some("colour = 1"), &[("DESKBEAT_CONFIG", text)], &[]).unwrap();
    assert_eq!(config.log, Format::Json);

    let overrides = Overrides { file: Some(folder.path().to_owned()), values: vec![] };
    let variables = [("DESKBEAT_CONFIG", text), ("HOME", text), ("LOCALAPPDATA", text)];
    let variables = variables.map(|(name, value)| (name.into(), value.into()));
    let folder_as_file = Config::load(variables, &overrides).unwrap_err();
    assert_eq!(folder_as_file.problems.len(), 1, "--config wins: {folder_as_file}");
}

#[test]
fn an_empty_variable_counts_as_unset_and_an_empty_text_in_the_file_too() {
    let variables =
        [("DESKBEAT_LOG", ""), ("DESKBEAT_REGION", ""), ("AWS_REGION", ""), ("AWS_PROFILE", "")];
    let config =
        load_all(Some("region = \"eu-west-1\"\nqueue_tag = \"\""), &variables, &[]).unwrap();
    assert_eq!(config.access.region.as_deref(), Some("eu-west-1"));
    let QueueChoice::Discover { tag, .. } = config.access.queue else { panic!("no tag") };
    assert_eq!(tag, "deskbeat:queue-url");
    assert!(config.shadowing.is_empty());
}

#[test]
fn the_region_of_deskbeat_wins_over_the_standard_ones() {
    let region = |variables: &[(&str, &str)]| {
        load_all(Some("region = \"xx-file-1\""), variables, &[]).unwrap().access.region.unwrap()
    };
    let all = [
        ("AWS_DEFAULT_REGION", "xx-default-1"),
        ("AWS_REGION", "xx-aws-1"),
        ("DESKBEAT_REGION", "xx-ours-1"),
    ];
    assert_eq!(region(&[]), "xx-file-1");
    assert_eq!(region(&all[..1]), "xx-default-1");
    assert_eq!(region(&all[..2]), "xx-aws-1");
    assert_eq!(region(&all), "xx-ours-1");
    let problem = problem(None, &[("AWS_REGION", "Ireland")], &[]);
    assert!(problem.starts_with("environment variable AWS_REGION: "), "{problem}");
}

#[test]
fn endpoints_come_from_the_standard_variables_the_special_before_the_general() {
    let general = ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566");
    let special = ("AWS_ENDPOINT_URL_SFN", "https://states.example.com");
    let imds = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://[fd00:ec2::254]");
    let config = load_all(None, &[general, special, imds], &[]).unwrap();
    let Access { sfn_endpoint, sqs_endpoint, imds_endpoint, .. } = &config.access;
    assert_eq!(
        (sfn_endpoint.as_deref(), sqs_endpoint.as_deref(), imds_endpoint.as_str()),
        (Some(special.1), Some(general.1), imds.1)
    );
    assert!(!config.is_test && load_all(None, &[general], &[]).unwrap().is_test);
    assert_eq!(origin(&config, "endpoint_sqs").origin, Origin::Variable("AWS_ENDPOINT_URL".into()));
    let problem = problem(None, &[("AWS_ENDPOINT_URL", "http://127.0.0.1.evil.com")], &[]);
    assert_eq!(problem.lines().count(), 1, "told once: {problem}");
    assert!(problem.contains("not encrypted"), "{problem}");
}

#[test]
fn shadowing_variables_are_named_and_their_values_never_shown() {
    let variables = [
        ("AWS_SESSION_TOKEN", "hunter2"),
        ("AWS_ACCESS_KEY_ID", "hunter2"),
        ("AWS_PROFILE", "hunter2"),
    ];
    let config = load_all(None, &variables, &[]).unwrap();
    assert_eq!(config.shadowing, ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_PROFILE"]);
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn without_a_home_folder_the_state_folder_must_be_configured() {
    let folder = tempfile::tempdir().unwrap();
    let load = |variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        super::load(
            &Environment::new(variables),
            &folder.path().join("none"),
            &Overrides::default(),
            &Policy::default(),
        )
    };
    assert!(load(&[]).unwrap_err().to_string().contains("DESKBEAT_STATE_DIR"));
    let state = folder.path().join("state");
    let config = load(&[("DESKBEAT_STATE_DIR", state.to_str().unwrap())]).unwrap();
    assert_eq!(config.state_dir, state);
    assert_eq!(config.settings.local_user, None);
}

#[test]
fn a_region_that_may_be_a_slip_is_doubted_and_a_new_one_is_not_refused() {
    let doubted = load_all(Some("region = \"eu-wset-1\""), &[], &[]).unwrap();
    assert!(doubted.warnings.iter().any(|told| told.ends_with("did you mean eu-west-1?")));
    for (file, region) in
        [("region = \"xy-polar-1\"", "xy-polar-1"), ("region = \"me-south-1\"", "me-south-1")]
    {
        let config = load_all(Some(file), &[], &[]).unwrap();
        assert_eq!(config.access.region.as_deref(), Some(region));
        assert!(doubts(&config).is_empty(), "{:?}", config.warnings);
    }
}

#[test]
fn a_queue_may_be_named_by_its_arn() {
    let file = "queue_url = \"arn:aws:sqs:eu-west-1:123456789012:desk\"";
    assert!(load_all(Some(file), &[], &[]).is_ok());
}
