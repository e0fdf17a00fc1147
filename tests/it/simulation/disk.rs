//! The journal's disk: one writer, records durable in order, lost or not at a crash.

use std::collections::VecDeque;
use std::time::Duration;

use deskbeat::session::Record;

#[derive(Default)]
pub struct Disk {
    pub durable: Record,
    writing: VecDeque<(Duration, u64, Record)>,
    pub broken: bool,
}

impl Disk {
    /// Starts a write that is done `takes` after the one before; returns when.
    pub fn write(
        &mut self,
        revision: u64,
        record: Record,
        now: Duration,
        takes: Duration,
    ) -> Duration {
        let free = self.writing.back().map_or(now, |(done, _, _)| (*done).max(now));
        self.writing.push_back((free + takes, revision, record));
        free + takes
    }

    /// The write of `revision` comes to its end: true if it is durable.
    pub fn finish(&mut self, revision: u64) -> bool {
        let Some(at) = self.writing.iter().position(|(_, other, _)| *other == revision) else {
            return false;
        };
        let Some((_, _, record)) = self.writing.remove(at) else { return false };
        if self.broken {
            return false;
        }
        // A round trip through the real format: what cannot be written cannot be resumed.
        let text = serde_json::to_string(&record).unwrap();
        self.durable = serde_json::from_str(&text).unwrap();
        assert_eq!(self.durable, record);
        true
    }

    /// What is there was written by the version before, which knew fewer fields.
    pub fn is_of_the_version_before(&mut self) {
        let mut text = serde_json::to_value(&self.durable).unwrap();
        if let Some(session) = text["session"].as_object_mut() {
            for field in ["tokenSentAt", "firstSentAt", "proven"] {
                session.remove(field).expect("a field of the journal");
            }
        }
        self.durable =
            serde_json::from_value(text).expect("a journal of the version before is read");
    }

    /// Power goes: of the writes under way, the first `kept` make it.
    pub fn crash(&mut self, kept: usize) {
        let kept: Vec<_> = self.writing.drain(..).take(kept).collect();
        if let (false, Some((_, _, record))) = (self.broken, kept.into_iter().last()) {
            self.durable = record;
        }
    }
}
