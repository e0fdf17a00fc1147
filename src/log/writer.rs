//! Takes lines without waiting, and writes them on a thread of its own.

use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use tracing_subscriber::fmt::MakeWriter;

use super::notable::{Notable, Picks};
use super::platform::SystemLog;
use super::rolling::Rolling;

/// Lines that may wait. More than that means that nobody takes them: they are dropped, beats are
/// not.
const MAX_WAITING: usize = 1024;

pub(super) enum Job {
    StandardError(Vec<u8>),
    Files(Vec<u8>),
    Notable(Notable),
    Stop,
}

/// The running log. Dropping it writes what waits, then stops.
#[derive(Debug)]
pub struct Log {
    jobs: SyncSender<Job>,
    thread: Option<JoinHandle<()>>,
}

impl Log {
    pub(super) fn start(state_dir: Option<&Path>) -> Self {
        let (jobs, waiting) = sync_channel(MAX_WAITING);
        let files = state_dir.map(Rolling::new);
        let thread = std::thread::Builder::new()
            .name("log".into())
            .spawn(move || write_all(&waiting, files))
            .ok();
        Self { jobs, thread }
    }

    pub(super) fn to_standard_error(&self) -> Lines {
        Lines { jobs: self.jobs.clone(), to: Job::StandardError }
    }

    pub(super) fn to_system(&self) -> Picks {
        Picks(self.jobs.clone())
    }

    pub(super) fn to_files(&self) -> Lines {
        Lines { jobs: self.jobs.clone(), to: Job::Files }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        // With a full queue nobody takes lines, and waiting for that would be waiting for ever.
        if self.jobs.try_send(Job::Stop).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _panicked = thread.join();
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
            Job::Notable(notable) => {
                if let Some(system) = &system {
                    system.write(&notable);
                }
                Ok(())
            }
            Job::Stop => return,
        };
    }
}

/// Makes a writer for each line.
#[derive(Clone)]
pub(super) struct Lines {
    jobs: SyncSender<Job>,
    to: fn(Vec<u8>) -> Job,
}

/// One line, handed over when it is complete.
pub(super) struct Line<'a> {
    lines: &'a Lines,
    text: Vec<u8>,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { lines: self, text: Vec::new() }
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let text = std::mem::take(&mut self.text);
        let _dropped_if_nobody_takes_it = self.lines.jobs.try_send((self.lines.to)(text));
    }
}
