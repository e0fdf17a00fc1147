//! Linux's folders, rights and texts that are not Unicode.

use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn the_state_folder_follows_xdg() {
    let state = |variables: &[(&str, &str)]| load_all(None, variables, &[]).unwrap().state_dir;
    assert_eq!(state(&[("HOME", "/home/zoe")]), Path::new("/home/zoe/.local/state/deskbeat"));
    let xdg = [("HOME", "/home/zoe"), ("XDG_STATE_HOME", "/data")];
    assert_eq!(state(&xdg), Path::new("/data/deskbeat"));
    let relative = [("HOME", "/home/zoe"), ("XDG_STATE_HOME", "data")];
    assert_eq!(state(&relative), Path::new("/home/zoe/.local/state/deskbeat"));
}

#[test]
fn a_home_folder_need_not_be_text() {
    let home = || OsString::from_vec(b"/home/zo\xeb".to_vec());
    let config = Config::load(
        [("HOME".into(), home()), ("DESKBEAT_CONFIG".into(), "/dev/null".into())],
        &Overrides::default(),
    );
    let folder = config.unwrap().state_dir;
    assert_eq!(folder, Path::new(&home()).join(".local/state/deskbeat"));
}

#[test]
fn a_value_that_is_not_unicode_is_an_error_and_elsewhere_no_matter() {
    let garbage = || OsString::from_vec(b"\xff\xfe".to_vec());
    let load = |name: OsString| {
        let home = (OsString::from("HOME"), OsString::from("/home/zoe"));
        Config::load(
            [home, ("DESKBEAT_CONFIG".into(), "/dev/null".into()), (name, garbage())],
            &Overrides::default(),
        )
    };
    for name in ["DESKBEAT_LOG", "AWS_REGION", "AWS_ENDPOINT_URL"] {
        let problem = load(name.into()).unwrap_err().to_string();
        assert_eq!(
            problem,
            format!("environment variable {name}: the value is not valid text (UTF-8)")
        );
    }
    for name in [OsString::from("OTHER"), OsString::from("USER"), garbage()] {
        assert!(load(name).is_ok());
    }
    assert_eq!(load("AWS_SESSION_TOKEN".into()).unwrap().shadowing, ["AWS_SESSION_TOKEN"]);
}

#[test]
fn a_machine_file_that_anybody_may_write_is_warned_about() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let environment = Environment::new([("HOME".into(), "/home/zoe".into())]);
    let config =
        super::super::load(&environment, &path, &Overrides::default(), &Policy::default()).unwrap();
    assert!(config.warnings[0].contains("others than administrators"), "{:?}", config.warnings);
}
