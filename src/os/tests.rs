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
    fn only_root_files_that_nobody_else_may_write_are_the_administrators() {
        let base = tempfile::tempdir().unwrap();
        let file = base.path().join("config.toml");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(!only_administrators_write(&file).unwrap());
        assert!(only_administrators_write(Path::new("/etc/passwd")).unwrap());
        assert!(only_administrators_write(&base.path().join("none")).is_err());
    }
}
