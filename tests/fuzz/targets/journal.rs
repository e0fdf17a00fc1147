//! The journal: as bytes, and with the right first line, so that what is inside reaches the core. A
//! record that was read is resumed, written again, and read as the same.
#![no_main]

use std::fs;
use std::sync::LazyLock;
use std::time::Duration;

use deskbeat::session::{Event, Mono, Now, Record, Session, Settings};
use deskbeat::store::Store;
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(deskbeat_fuzz::folder);

fn sealed(payload: &[u8]) -> Vec<u8> {
    let sum: String = Sha256::digest(payload).iter().map(|byte| format!("{byte:02x}")).collect();
    [format!("deskbeat-journal 1 {sum}\n").as_bytes(), payload].concat()
}

fn open() -> (Store, Record) {
    let (store, opened) = Store::open(FOLDER.path()).expect("a folder that can be used");
    assert!(opened.notice.is_none_or(|notice| !notice.contains('\n')));
    (store, opened.record)
}

fn live(record: Record) {
    let moment = |seconds: u64| Now {
        mono: Mono::at(Duration::from_secs(seconds)),
        wall: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_795_000_000 + seconds as i64),
    };
    let mut session = Session::new(moment(0), Settings::default(), record, 1);
    for (seconds, event) in [
        (0, Event::Tick),
        (1, Event::Identified { instance_id: "i-0123456789abcdef0".into() }),
        (2, Event::ServiceTime { at: moment(2).wall }),
        (3, Event::Woke),
        (100, Event::Tick),
        (100_000, Event::Tick),
    ] {
        let now = moment(seconds);
        session.handle(now, event);
        serde_json::to_string(&session.view(now)).expect("a view is JSON");
        assert!(session.next_deadline().is_none_or(|due| due > now.mono), "due in the past");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let journal = FOLDER.path().join("journal");
    deskbeat_fuzz::bounded(bytes.len(), || {
        for content in [bytes.to_vec(), sealed(bytes)] {
            fs::write(&journal, content).expect("a file");
            let (store, record) = open();
            store.save(&record).expect("a folder that can be written");
            assert_eq!(open().1, record);
            live(record);
        }
    });
});
