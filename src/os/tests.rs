use crate::os::*;

#[test]
fn a_new_folder_is_made_with_its_parents() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("state/deskbeat");
    private_folder(&folder).unwrap();
    private_folder(&folder).unwrap();
    assert!(folder.is_dir());
}

#[test]
fn a_file_in_the_way_is_named() {
    let base = tempfile::tempdir().unwrap();
    let file = base.path().join("file");
    std::fs::write(&file, "").unwrap();
    let problem = private_folder(&file).unwrap_err();
    assert!(matches!(problem, FolderError::NotAFolder { .. }), "{problem}");
    assert!(problem.to_string().contains(&file.display().to_string()), "{problem}");
    let problem = private_folder(&file.join("below")).unwrap_err().to_string();
    assert!(problem.contains("remove it"), "{problem}");
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn every_new_folder_is_private_and_a_looser_one_is_tightened() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("a/b");
        private_folder(&folder).unwrap();
        assert_eq!([mode(&base.path().join("a")), mode(&folder)], [0o700, 0o700]);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        private_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
    }

    #[test]
    fn a_shared_folder_is_refused_and_stays_as_it_is() {
        let base = tempfile::tempdir().unwrap();
        fs::set_permissions(base.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        let problem = private_folder(base.path()).unwrap_err();
        assert!(matches!(problem, FolderError::Shared { .. }), "{problem}");
        assert_eq!(mode(base.path()), 0o1777);
    }

    #[test]
    fn a_folder_of_another_user_is_refused_and_stays_as_it_is() {
        let base = tempfile::tempdir().unwrap();
        // Only root can give a folder away; anybody else finds /usr to be root's.
        let given = std::os::unix::fs::chown(base.path(), Some(12_345), None).is_ok();
        let folder = if given { base.path() } else { Path::new("/usr") };
        let before = mode(folder);
        let problem = private_folder(folder).unwrap_err();
        assert!(matches!(problem, FolderError::NotYours { .. }), "{problem}");
        assert_eq!(mode(folder), before);
    }

    #[test]
    fn a_folder_that_others_could_lead_elsewhere_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let open = base.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
        let problem = private_folder(&open.join("state")).unwrap_err();
        assert!(matches!(&problem, FolderError::ByOthers { by, .. } if *by == open), "{problem}");
        // As it is with /tmp.
        fs::set_permissions(&open, fs::Permissions::from_mode(0o1777)).unwrap();
        private_folder(&open.join("state")).unwrap();
        // A link of another user's, which only root can make here.
        let (target, link) = (base.path().join("target"), base.path().join("link"));
        fs::create_dir(&target).unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        if std::os::unix::fs::lchown(&link, Some(12_345), None).is_ok() {
            let problem = private_folder(&link).unwrap_err();
            assert!(matches!(problem, FolderError::ByOthers { .. }), "{problem}");
        }
    }

    #[test]
    fn what_is_no_file_is_never_waited_for() {
        let base = tempfile::tempdir().unwrap();
        let pipe = base.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(read_file(&pipe, 10).is_err());
        assert!(read_file(base.path(), 10).is_err());
        assert_eq!(read_file(Path::new("/dev/null"), 10).unwrap(), b"");
        let file = base.path().join("file");
        fs::write(&file, "0123456789").unwrap();
        assert_eq!(read_file(&file, 10).unwrap(), b"0123456789");
        assert!(read_file(&file, 9).is_err());
    }

    #[test]
    fn this_process_leaves_no_memory_behind() {
        use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};
        keep_secrets();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
    }

    #[test]
    fn only_root_files_that_nobody_else_may_write_are_the_administrators() {
        let base = tempfile::tempdir().unwrap();
        let file = base.path().join("config.toml");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(!only_administrators_write(&file).unwrap());
        assert!(only_administrators_write(Path::new("/etc/passwd")).unwrap());
        assert!(only_administrators_write(&base.path().join("none")).is_err());
    }

    #[test]
    fn a_locale_is_read_as_posix_and_gettext_read_it() {
        let locale = |variables: &[(&str, &str)]| {
            let found = |name: &str| {
                let one = variables.iter().find(|(known, _)| *known == name);
                one.map(|(_, value)| (*value).to_owned())
            };
            let locale = crate::os::locale_of(found);
            (locale.languages.join(" "), locale.has_half_days)
        };
        for (variables, languages, has_half_days) in [
            (&[][..], "", false),
            (&[("LANG", "C.UTF-8"), ("LANGUAGE", "de")], "", false),
            (&[("LANG", "de_DE.UTF-8")], "de_DE.UTF-8", false),
            (&[("LANG", "en_US.UTF-8"), ("LANGUAGE", "nl:fr")], "nl fr en_US.UTF-8", true),
            (&[("LANG", "en_US.UTF-8"), ("LC_TIME", "C")], "en_US.UTF-8", false),
            (&[("LANG", "en_US"), ("LC_MESSAGES", "ja_JP.UTF-8")], "ja_JP.UTF-8", true),
            (&[("LC_ALL", "POSIX"), ("LANG", "en_US"), ("LC_TIME", "en_US")], "", false),
            (&[("LANG", "fr_CA.UTF-8")], "fr_CA.UTF-8", false),
            (&[("LC_ALL", ""), ("LANG", "en_AU@x")], "en_AU@x", true),
        ] {
            assert_eq!(locale(variables), (languages.to_owned(), has_half_days), "{variables:?}");
        }
    }
}
