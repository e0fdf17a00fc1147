//! Takes lines without waiting, and writes them on a thread of its own.

use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

use super::notable::{Notable, Picks};
use super::platform::SystemLog;
use super::rolling::Rolling;

/// Lines that may wait. More than that means that nobody takes them: they are dropped, beats are
/// not.
const MAX_WAITING: usize = 1024;
/// How long the end of the program waits for the last lines.
const LONGEST_FLUSH: Duration = Duration::from_secs(1);

pub(super) enum Job {
    StandardError(Vec<u8>),
    Files(Vec<u8>),
    /// Answered when everything before it is written.
    Written(SyncSender<()>),
    Notable(Notable),
}

/// The running log. Dropping it writes what waits.
#[derive(Debug)]
pub struct Log {
    jobs: SyncSender<Job>,
}

impl Log {
    pub(super) fn start(state_dir: Option<&Path>) -> Self {
        let (jobs, waiting) = sync_channel(MAX_WAITING);
        let files = state_dir.map(Rolling::new);
        // Without a thread there is no log: lines are dropped, and the session goes on.
        let _no_log = std::thread::Builder::new()
            .name("log".into())
            .spawn(move || write_all(&waiting, files));
        Self { jobs }
    }

    /// One whose jobs the test takes.
    #[cfg(test)]
    pub(super) fn listened() -> (Self, Receiver<Job>) {
        let (jobs, waiting) = sync_channel(MAX_WAITING);
        (Self { jobs }, waiting)
    }

    /// With its priority before each line, if so wished.
    pub(super) fn to_standard_error(&self, priorities: bool) -> Lines {
        Lines { jobs: self.jobs.clone(), to: Job::StandardError, priorities }
    }

    pub(super) fn to_system(&self) -> Picks<impl Fn(Notable) + Send + Sync + use<>> {
        let jobs = self.jobs.clone();
        Picks(move |notable| {
            let _dropped_if_nobody_takes_it = jobs.try_send(Job::Notable(notable));
        })
    }

    pub(super) fn to_files(&self) -> Lines {
        Lines { jobs: self.jobs.clone(), to: Job::Files, priorities: false }
    }

    /// What writes the last lines of a program that ends at once.
    pub(super) fn last_words(&self) -> LastWords {
        LastWords(self.jobs.clone())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.last_words().write();
    }
}

/// Waits until the lines so far are written.
pub(super) struct LastWords(SyncSender<Job>);

impl LastWords {
    /// A full queue, a stopped terminal or a hanging disk does not hold it up for long.
    pub(super) fn write(&self) {
        let (written, wait) = sync_channel(1);
        if self.0.try_send(Job::Written(written)).is_ok() {
            let _in_time = wait.recv_timeout(LONGEST_FLUSH);
        }
    }
}

fn write_all(waiting: &Receiver<Job>, mut files: Option<Rolling>) {
    // An agent without files is a demo: it is nobody's business.
    let system = files.as_ref().and_then(|_| SystemLog::open());
    while let Ok(job) = waiting.recv() {
        // Where the log itself cannot be written, there is nowhere to say so.
        let _unwritten = match job {
            Job::StandardError(line) => io::stderr().write_all(&line),
            Job::Files(line) => files.as_mut().map_or(Ok(()), |files| files.write(&line)),
            Job::Written(tell) => {
                let _waiter_gone = tell.try_send(());
                Ok(())
            }
            Job::Notable(notable) => {
                if let Some(system) = &system {
                    system.write(&notable);
                }
                Ok(())
            }
        };
    }
}

/// Makes a writer for each line.
#[derive(Clone)]
pub(super) struct Lines {
    jobs: SyncSender<Job>,
    to: fn(Vec<u8>) -> Job,
    priorities: bool,
}

/// One line, handed over when it is complete.
pub(super) struct LineWriter<'a> {
    lines: &'a Lines,
    text: Vec<u8>,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = LineWriter<'a>;

    fn make_writer(&'a self) -> LineWriter<'a> {
        LineWriter { lines: self, text: Vec::new() }
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> LineWriter<'a> {
        let text = if self.priorities { priority(*metadata.level()).into() } else { Vec::new() };
        LineWriter { lines: self, text }
    }
}

/// Source: sd-daemon(3): err, warning, info, debug.
fn priority(level: Level) -> &'static [u8] {
    match level {
        Level::ERROR => b"<3>",
        Level::WARN => b"<4>",
        Level::INFO => b"<6>",
        Level::DEBUG | Level::TRACE => b"<7>",
    }
}

impl Write for LineWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LineWriter<'_> {
    fn drop(&mut self) {
        let text = std::mem::take(&mut self.text);
        let _dropped_if_nobody_takes_it = self.lines.jobs.try_send((self.lines.to)(text));
    }
}
