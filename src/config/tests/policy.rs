//! Group Policy on any system: the registry's values are plain data here.

use std::io;

use super::{load_under, origin};
use crate::config::policy::Policy;
use crate::config::{Config, KEYS, ValueKind};
use crate::os::RegistryValue;

const SZ: u32 = 1;
const EXPAND_SZ: u32 = 2;
const BINARY: u32 = 3;
const DWORD: u32 = 4;
const MULTI_SZ: u32 = 7;
const QWORD: u32 = 11;

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn value(name: &str, kind: u32, bytes: impl Into<Vec<u8>>) -> RegistryValue {
    RegistryValue { name: name.into(), kind, bytes: bytes.into() }
}

fn sz(name: &str, text: &str) -> RegistryValue {
    value(name, SZ, utf16(&format!("{text}\0")))
}

fn dword(name: &str, number: u32) -> RegistryValue {
    value(name, DWORD, number.to_le_bytes())
}

fn under(values: Vec<RegistryValue>) -> Result<Config, String> {
    load_under(&Policy::of(values), None, &[], &[]).map_err(|error| error.to_string())
}

#[test]
fn nothing_that_a_user_can_say_wins_over_policy() {
    let policy = Policy::of(vec![
        sz("after_end", "none"),
        dword("idle_minutes", 20),
        dword("extendable", 0),
        value("health_ports", MULTI_SZ, utf16("8443\0 3389=120\0\0")),
    ]);
    let file = Some("after_end = \"logoff\"\nidle_minutes = 0\nlog = \"json\"\n");
    let variables = [("DESKBEAT_AFTER_END", "shutdown"), ("DESKBEAT_EXTENDABLE", "true")];
    let flags = [("after_end", "shutdown"), ("idle_minutes", "0"), ("health_ports", "1")];
    let config = load_under(&policy, file, &variables, &flags).unwrap();
    for (name, value) in [
        ("after_end", "none"),
        ("idle_minutes", "20"),
        ("extendable", "false"),
        ("health_ports", "8443, 3389=120"),
    ] {
        let effective = origin(&config, name);
        let from = format!(r"Group Policy, registry HKLM\Software\Policies\Deskbeat\{name}");
        assert_eq!((effective.value.as_str(), effective.origin.to_string()), (value, from));
    }
    assert!(origin(&config, "log").origin.is_file(), "what policy leaves out is the file's");
}

#[test]
fn every_setting_can_be_a_policy_of_the_type_that_the_template_writes() {
    for key in KEYS.iter().filter(|key| !key.default.is_empty()) {
        let value = match key.kind {
            ValueKind::Text { .. } | ValueKind::Choice(_) | ValueKind::List { .. } => {
                sz(key.name, key.default)
            }
            ValueKind::Number { .. } => dword(key.name, key.default.parse().unwrap()),
            ValueKind::Flag => dword(key.name, u32::from(key.default == "true")),
        };
        let config = under(vec![value]).unwrap();
        assert_eq!(origin(&config, key.name).value, key.default);
        assert!(origin(&config, key.name).origin.to_string().contains(key.name));
    }
}

#[test]
fn a_value_that_cannot_be_is_told_by_its_place() {
    let odd = vec![0x6e, 0, 0x6f];
    for (value, told) in [
        (dword("after_end", 1), "is of the type REG_DWORD, and must be REG_SZ"),
        (value("queue_url", EXPAND_SZ, utf16("https://x\0")), "is of the type REG_EXPAND_SZ"),
        (value("idle_minutes", BINARY, [1]), "must be REG_DWORD or REG_SZ"),
        (value("idle_minutes", QWORD, [1; 8]), "is of the type REG_QWORD"),
        (value("health_files", DWORD, [1; 4]), "must be REG_MULTI_SZ or REG_SZ"),
        (value("log", 4711, [1; 4]), "is of the type 4711, and"),
        (value("idle_minutes", DWORD, [1; 3]), "its bytes are none of a REG_DWORD"),
        (value("idle_minutes", DWORD, []), "its bytes are none of a REG_DWORD"),
        (value("log", SZ, odd.clone()), "its bytes are none of a REG_SZ"),
        (value("log", SZ, [0, 0xd8]), "its bytes are none of a REG_SZ"),
        (value("log", SZ, utf16("js\0on\0")), "a zero in its middle"),
        (value("health_ports", MULTI_SZ, odd), "its bytes are none of a REG_MULTI_SZ"),
        (dword("extendable", 2), "\"2\" is not 0 (false) or 1 (true)"),
        (dword("idle_minutes", u32::MAX), "is not a whole number of minutes, 0 to 10080"),
        (sz("after_end", "reboot"), "is not one of none, logoff, shutdown"),
        (sz("queue_url", "https://user:hunter2@sqs.example.com/1/q"), "must not hold a user name"),
    ] {
        let place =
            format!(r"Group Policy, registry HKLM\Software\Policies\Deskbeat\{}: ", value.name);
        let error = under(vec![value]).unwrap_err();
        assert!(error.contains(&place) && error.contains(told), "{told:?}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn names_without_case_texts_without_their_zero_and_an_empty_one_for_not_set() {
    let config = under(vec![
        value("LOG", SZ, utf16("json")),
        value("Region", SZ, utf16("eu-west-1\0\0")),
        sz("queue_tag", ""),
        value("after_end", SZ, []),
        value("health_services", MULTI_SZ, []),
        value("", SZ, utf16("the key's default value\0")),
        sz("heartbeat_seconds", "240"),
        sz("one_per_machine", "false"),
    ])
    .unwrap();
    assert_eq!(origin(&config, "log").value, "json");
    assert_eq!(origin(&config, "region").value, "eu-west-1");
    assert_eq!(origin(&config, "queue_tag").origin.to_string(), "built in");
    assert_eq!(origin(&config, "after_end").value, "shutdown");
    assert_eq!(origin(&config, "heartbeat_seconds").value, "240");
    assert!(!config.one_per_machine && config.warnings.is_empty());
}

#[test]
fn a_policy_of_a_newer_template_is_a_warning() {
    let config = under(vec![dword("idle_minute", 5)]).unwrap();
    let place = r"registry value HKLM\Software\Policies\Deskbeat\idle_minute is not known";
    assert!(
        config.warnings.len() == 1
            && config.warnings[0].starts_with(place)
            && config.warnings[0].ends_with("did you mean idle_minutes?"),
        "{:?}",
        config.warnings
    );
}

#[test]
fn a_policy_that_cannot_be_read_lets_nobody_do_as_they_like() {
    let error = io::Error::new(io::ErrorKind::PermissionDenied, "access is denied");
    let told = load_under(&Policy::unreadable(&error), None, &[], &[]).unwrap_err().to_string();
    let wanted =
        r"Group Policy, registry HKLM\Software\Policies\Deskbeat: cannot be read: access is denied";
    assert!(told.contains(wanted), "{told}");
}
