use std::sync::mpsc;

use super::*;
use crate::session::TaskToken;
use crate::session::contract::output::{Outcome, Reason};
use crate::session::contract::record::{ClosingRecord, SessionRecord};

fn record(name: &str) -> Record {
    let at: Timestamp = "2025-03-01T08:00:00.25Z".parse().unwrap();
    let token = TaskToken::new(format!("secret-{name}")).unwrap();
    Record {
        instance_id: Some("i-0123456789abcdef0".into()),
        finished: vec![token.fingerprint()],
        awaiting_extension: None,
        session: Some(SessionRecord {
            token,
            session_id: Some(name.into()),
            execution_arn: None,
            user: Some("Zoë".into()),
            heartbeat_seconds: 300,
            token_sent_at: Some(at),
            first_sent_at: None,
            started_at: at,
            ends_at: Some(at),
            extendable: true,
            beats: 12,
            last_beat_at: None,
            proven: Some(true),
            warned_minutes: vec![60, 30],
            announced: vec![],
            spot_at: None,
            remote_end_at: None,
            closing: Some(ClosingRecord {
                outcome: Outcome::Ended,
                reason: Reason::User,
                reason_text: Some("line\nbreak".into()),
                failure: None,
                decided_at: at,
            }),
        }),
    }
}

/// A folder with a journal that holds `record("one")`.
fn saved() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (store, opened) = Store::open(folder.path()).unwrap();
    assert_eq!((opened.record, opened.notice), (Record::default(), None));
    store.save(&record("one")).unwrap();
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Opens a folder whose journal is bad, and returns the notice; the content must have been kept.
fn set_aside(folder: &Path) -> String {
    let before = fs::read(folder.join(JOURNAL)).ok();
    let (store, opened) = Store::open(folder).unwrap();
    assert_eq!(opened.record, Record::default());
    let aside = names(folder).into_iter().rfind(|name| name.starts_with(SET_ASIDE)).unwrap();
    assert_eq!(fs::read(folder.join(&aside)).ok(), before, "kept as it was");
    let notice = opened.notice.unwrap();
    assert!(notice.contains(&aside), "{notice}");
    assert!(!notice.contains("secret"), "{notice}");
    store.save(&record("after")).unwrap();
    assert_eq!(Store::open(folder).unwrap().1.record, record("after"));
    notice
}

#[test]
fn a_record_comes_back_as_it_was() {
    let folder = saved();
    let (store, opened) = Store::open(folder.path()).unwrap();
    assert_eq!((opened.record, opened.notice), (record("one"), None));
    store.save(&record("two")).unwrap();
    assert_eq!(Store::open(folder.path()).unwrap().1.record, record("two"));
    assert_eq!(names(folder.path()), [JOURNAL]);
}

#[test]
fn a_journal_cut_at_any_byte_is_set_aside() {
    let folder = saved();
    let whole = fs::read(folder.path().join(JOURNAL)).unwrap();
    for length in 0..whole.len() {
        let problem = format::decode(&whole[..length]).unwrap_err();
        assert!(
            matches!(problem, Unreadable::Damaged | Unreadable::Empty),
            "cut at {length}: {problem}"
        );
    }
    fs::write(folder.path().join(JOURNAL), &whole[..whole.len() - 1]).unwrap();
    assert!(set_aside(folder.path()).contains("is damaged"));
}

#[test]
fn a_journal_with_any_bit_flipped_is_refused() {
    let bytes = format::encode(&record("one")).unwrap();
    for index in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[index / 8] ^= 1 << (index % 8);
        assert!(format::decode(&flipped).is_err(), "bit {index}");
    }
    let folder = saved();
    let mut flipped = bytes;
    *flipped.last_mut().unwrap() ^= 1;
    fs::write(folder.path().join(JOURNAL), flipped).unwrap();
    assert!(set_aside(folder.path()).contains("is damaged"));
}

#[test]
fn a_foreign_newer_or_senseless_journal_is_set_aside_with_its_reason() {
    let sealed = platform::seal(br#"{"finished":[],"session":"secret"}"#.to_vec()).unwrap();
    let digest: String =
        sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(&sealed))
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
    let senseless = [format!("deskbeat-journal 1 {digest}\n").into_bytes(), sealed].concat();
    let long = vec![b'x'; 9 * 1024 * 1024];
    let cases: [(&[u8], &str); 8] = [
        (b"", "is empty"),
        (b"secret notes\nof somebody", "was not written by Deskbeat"),
        (b"\xff\xfe\x00\n\x80", "was not written by Deskbeat"),
        (&[0; 4096], "was not written by Deskbeat"),
        (&long, "was not written by Deskbeat"),
        (b"deskbeat-journal 2 secret\n{}", "newer Deskbeat (format 2"),
        (b"deskbeat-journal 0 00\n{}", "is damaged"),
        (&senseless, "makes no sense"),
    ];
    for (content, why) in cases {
        let folder = saved();
        fs::write(folder.path().join(JOURNAL), content).unwrap();
        let notice = set_aside(folder.path());
        assert!(notice.contains(why), "expected {why:?}: {notice}");
    }
}

#[test]
fn a_folder_in_the_journals_place_is_set_aside_with_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(JOURNAL)).unwrap();
    fs::write(folder.path().join(JOURNAL).join("kept"), "").unwrap();
    assert!(set_aside(folder.path()).contains("is not a file"));
    let aside = names(folder.path()).into_iter().find(|name| name.starts_with(SET_ASIDE)).unwrap();
    assert!(folder.path().join(aside).join("kept").exists());
}

#[test]
fn only_a_few_bad_journals_are_kept_and_the_newest_is_among_them() {
    let folder = saved();
    // From a time when the clock was ahead.
    for n in 1..=5 {
        fs::write(folder.path().join(format!("{SET_ASIDE}2999010{n}T000000Z")), "old").unwrap();
    }
    fs::write(folder.path().join(JOURNAL), "newest").unwrap();
    Store::open(folder.path()).unwrap();
    let kept: Vec<_> = names(folder.path());
    assert_eq!(kept.len(), KEPT_ASIDE, "{kept:?}");
    let newest = folder.path().join(&kept[0]);
    assert_eq!(fs::read_to_string(newest).unwrap(), "newest");
}

#[test]
fn several_journals_set_aside_in_one_second_do_not_replace_each_other() {
    let folder = saved();
    for content in ["first", "second"] {
        fs::write(folder.path().join(JOURNAL), content).unwrap();
        Store::open(folder.path()).unwrap();
    }
    let mut kept: Vec<_> = names(folder.path())
        .iter()
        .map(|name| fs::read_to_string(folder.path().join(name)).unwrap())
        .collect();
    kept.sort();
    assert_eq!(kept, ["first", "second"]);
}

#[test]
fn after_a_crash_in_the_middle_of_a_save_the_old_record_stands() {
    let folder = saved();
    let half = &format::encode(&record("two")).unwrap()[..50];
    fs::write(folder.path().join(NEW), half).unwrap();
    let (store, opened) = Store::open(folder.path()).unwrap();
    assert_eq!((opened.record, opened.notice), (record("one"), None));
    assert_eq!(names(folder.path()), [JOURNAL]);
    store.save(&record("three")).unwrap();
    assert_eq!(Store::open(folder.path()).unwrap().1.record, record("three"));
}

#[test]
fn a_save_that_fails_names_the_file_and_leaves_the_old_record() {
    let folder = saved();
    let (store, _) = Store::open(folder.path()).unwrap();
    fs::create_dir(folder.path().join(NEW)).unwrap();
    let problem = store.save(&record("two")).unwrap_err().to_string();
    assert!(problem.contains("journal.new") && problem.contains("; "), "{problem}");
    assert!(!problem.contains("secret"), "{problem}");
    let (store, opened) = Store::open(folder.path()).unwrap();
    assert_eq!(opened.record, record("one"));
    store.save(&record("two")).unwrap();
}

#[test]
fn a_folder_that_vanished_is_made_again_where_it_can_be() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("state");
    let (store, _) = Store::open(&folder).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    store.save(&record("one")).unwrap();
    assert_eq!(Store::open(&folder).unwrap().1.record, record("one"));
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "in its place").unwrap();
    let problem = store.save(&record("two")).unwrap_err().to_string();
    assert!(problem.contains(&folder.display().to_string()), "{problem}");
}

#[test]
fn an_error_of_the_disk_says_what_to_do() {
    for (kind, todo) in [
        (io::ErrorKind::StorageFull, "free some space"),
        (io::ErrorKind::QuotaExceeded, "quota"),
        (io::ErrorKind::ReadOnlyFilesystem, "read-only"),
        (io::ErrorKind::PermissionDenied, "who may write"),
    ] {
        let path = PathBuf::from("state/journal.new");
        let problem =
            StoreError::Io { doing: "write the journal", path, error: kind.into() }.to_string();
        assert!(problem.contains("state/journal.new") && problem.contains(todo), "{problem}");
    }
}

/// For comparing: a [`StoreError`] holds the system's, which cannot be.
fn in_words(result: Result<(), StoreError>) -> std::result::Result<(), String> {
    result.map_err(|error| error.to_string())
}

#[test]
fn the_writer_writes_only_the_newest_of_what_waits_and_reports_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    let (report, reports) = mpsc::channel();
    let (go, gate) = mpsc::channel::<()>();
    let writer = JournalWriter::spawn(store, move |revision, result| {
        report.send((revision, in_words(result))).unwrap();
        // The disk hangs here until the test lets it go.
        gate.recv().unwrap();
    })
    .unwrap();
    writer.save(1, record("one"));
    assert_eq!(reports.recv(), Ok((1, Ok(()))));
    for (revision, name) in [(2, "two"), (3, "three"), (4, "four")] {
        writer.save(revision, record(name));
    }
    go.send(()).unwrap();
    assert_eq!(reports.recv(), Ok((4, Ok(()))));
    go.send(()).unwrap();
    writer.flush();
    assert!(reports.try_recv().is_err(), "two and three were never written");
    assert_eq!(Store::open(folder.path()).unwrap().1.record, record("four"));
}

#[test]
fn dropping_the_writer_waits_for_what_is_queued() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    let (report, reports) = mpsc::channel();
    let writer =
        JournalWriter::spawn(store, move |revision, _| report.send(revision).unwrap()).unwrap();
    for revision in 1..=100 {
        writer.save(revision, record(&revision.to_string()));
    }
    drop(writer);
    assert_eq!(reports.iter().last(), Some(100));
    assert_eq!(Store::open(folder.path()).unwrap().1.record, record("100"));
}

#[test]
fn a_failed_save_is_reported_as_a_sentence_and_the_next_may_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    fs::create_dir(folder.path().join(NEW)).unwrap();
    let (report, reports) = mpsc::channel();
    let writer =
        JournalWriter::spawn(store, move |_, result| report.send(in_words(result)).unwrap())
            .unwrap();
    writer.save(1, record("one"));
    let problem = reports.recv().unwrap().unwrap_err();
    assert!(problem.contains("journal.new"), "{problem}");
    fs::remove_dir(folder.path().join(NEW)).unwrap();
    writer.save(2, record("two"));
    assert_eq!(reports.recv().unwrap(), Ok(()));
    writer.abandon();
}

#[test]
fn a_writer_whose_reader_panicked_does_not_hang() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    let writer = JournalWriter::spawn(store, |_, _| panic!("a panic on purpose")).unwrap();
    writer.save(1, record("one"));
    writer.flush();
    drop(writer);
    assert_eq!(Store::open(folder.path()).unwrap().1.record, record("one"));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn the_journal_is_for_its_user_only_even_if_it_was_looser() {
        let folder = saved();
        let journal = folder.path().join(JOURNAL);
        let mode = || fs::metadata(&journal).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&journal, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(Store::open(folder.path()).unwrap().1.record, record("one"));
        assert_eq!(mode(), 0o600);
    }

    #[test]
    fn a_link_in_the_journals_place_is_set_aside_and_its_target_left_alone() {
        let folder = saved();
        let target = folder.path().join("target");
        fs::rename(folder.path().join(JOURNAL), &target).unwrap();
        symlink(&target, folder.path().join(JOURNAL)).unwrap();
        let before = fs::read(&target).unwrap();
        assert!(set_aside(folder.path()).contains("is not a file"));
        assert_eq!(fs::read(&target).unwrap(), before);
    }

    #[test]
    fn a_link_in_the_new_records_place_is_not_followed() {
        let folder = saved();
        let (store, _) = Store::open(folder.path()).unwrap();
        symlink("/dev/full", folder.path().join(NEW)).unwrap();
        store.save(&record("two")).unwrap();
        assert_eq!(Store::open(folder.path()).unwrap().1.record, record("two"));
    }
}

#[test]
fn a_journal_that_somebody_removes_is_written_again() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("state");
    let (store, _) = Store::open(&folder).unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let look = std::time::Duration::from_millis(5);
    let done = move |revision, result: Result<(), StoreError>| {
        drop(tell.send((revision, in_words(result))))
    };
    let writer = JournalWriter::spawn_looking(store, look, done).unwrap();
    let record = Record { instance_id: Some("i-1".into()), ..Record::default() };
    writer.save(7, record.clone());
    assert_eq!(told.recv().unwrap(), (7, Ok(())));
    // At once: the writer may look in between.
    fs::rename(&folder, base.path().join("gone")).unwrap();
    assert_eq!(told.recv().unwrap(), (7, Ok(())));
    drop(writer);
    assert_eq!(Store::open(&folder).unwrap().1.record, record);
}
