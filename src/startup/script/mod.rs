//! The start-up script: a child process whose output is passed on and whose end is reported.
//! It keeps our standard input; on Linux it has a process group of its own, on Windows a job, so that
//! whatever it started can be ended with it. Nothing here knows of AWS.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use super::tail::{Stream, Tail};

pub(crate) use platform::{GRACE, ScriptSignal, signals};

/// Output that is still on its way when the script has ended.
const LAST_OUTPUT: Duration = Duration::from_secs(2);
/// As a pipe's size on Linux: more cannot come at once.
const CHUNK: usize = 64 * 1024;

/// A running script.
pub(crate) struct Script {
    group: platform::Group,
    ended: mpsc::UnboundedReceiver<io::Result<ExitStatus>>,
    ending: Option<ScriptEnd>,
    /// It was asked to end.
    doomed: bool,
    /// Closed when both of its outputs are.
    reading: mpsc::Receiver<()>,
    outputs: Vec<platform::OpenOutput>,
    tail: Arc<Mutex<Tail>>,
}

/// How a script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScriptEnd {
    /// With this exit code.
    Code(i32),
    /// By this signal; Windows has none.
    #[cfg_attr(windows, expect(dead_code))]
    Signal(i32),
    /// How cannot be told.
    Unknown,
}

impl ScriptEnd {
    pub(crate) fn is_success(self) -> bool {
        self == ScriptEnd::Code(0)
    }

    /// What a shell makes of it.
    pub(crate) fn code(self) -> i32 {
        match self {
            ScriptEnd::Code(code) => code,
            ScriptEnd::Signal(signal) => 128 + signal,
            ScriptEnd::Unknown => 1,
        }
    }
}

impl Script {
    /// Starts `command` with its arguments.
    pub(crate) fn start(command: &[OsString]) -> io::Result<Script> {
        let (program, arguments) = command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::inherit());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let (mut child, group) = platform::spawn(&mut command)?;
        let tail = Arc::new(Mutex::new(Tail::default()));
        let (open, reading) = mpsc::channel(1);
        let mut outputs = Vec::new();
        if let Some(out) = child.stdout.take() {
            outputs.extend(platform::OpenOutput::of_stdout(&out));
            pass_on(out, io::stdout(), Stream::Out, tail.clone(), open.clone())?;
        }
        if let Some(err) = child.stderr.take() {
            outputs.extend(platform::OpenOutput::of_stderr(&err));
            pass_on(err, io::stderr(), Stream::Err, tail.clone(), open)?;
        }
        Ok(Script {
            group,
            ended: wait_for(child)?,
            ending: None,
            doomed: false,
            reading,
            outputs,
            tail,
        })
    }

    /// Returns when it has ended and its output has come. May be dropped and called again.
    pub(crate) async fn ended(&mut self) -> ScriptEnd {
        let ending = match self.ending {
            Some(ending) => ending,
            None => match self.ended.recv().await {
                Some(Ok(status)) => platform::ending(status),
                Some(Err(_)) | None => ScriptEnd::Unknown,
            },
        };
        if self.doomed && self.ending.is_none() {
            // What it started must not outlive it.
            self.group.kill();
        }
        self.ending = Some(ending);
        self.last_output().await;
        ending
    }

    /// What something in the background still writes is passed on by a process of its own, as far as
    /// there is one.
    async fn last_output(&mut self) {
        let closed = async { while self.reading.recv().await.is_some() {} };
        if tokio::time::timeout(LAST_OUTPUT, closed).await.is_err() {
            for output in self.outputs.drain(..) {
                output.goes_on();
            }
        }
    }

    /// Asks it, and what it started, to end.
    pub(crate) fn tell(&mut self, what: ScriptSignal) {
        self.doomed |= what.is_end();
        self.group.tell(what);
    }

    /// Ends it, and what it started.
    pub(crate) fn kill(&self) {
        self.group.kill();
    }

    /// Its last lines, fit to be sent.
    pub(crate) fn last_lines(&self) -> String {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).text()
    }
}

/// Waits on a thread of its own: the only way that both systems have.
fn wait_for(mut child: Child) -> io::Result<mpsc::UnboundedReceiver<io::Result<ExitStatus>>> {
    let (tell, ended) = mpsc::unbounded_channel();
    std::thread::Builder::new().name("script".into()).spawn(move || {
        let _nobody_waits = tell.send(child.wait());
    })?;
    Ok(ended)
}

/// Copies what comes to ours, and keeps its end. Whoever reads us may have gone: the script must not
/// feel it.
fn pass_on(
    mut from: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
    stream: Stream,
    tail: Arc<Mutex<Tail>>,
    open: mpsc::Sender<()>,
) -> io::Result<()> {
    let copy = move || {
        let _open = open;
        let mut chunk = vec![0; CHUNK];
        loop {
            let bytes = match from.read(&mut chunk) {
                Ok(0) => return,
                Ok(bytes) => &chunk[..bytes],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return,
            };
            tail.lock().unwrap_or_else(PoisonError::into_inner).take(stream, bytes);
            let _reader_gone = to.write_all(bytes).and_then(|()| to.flush());
        }
    };
    std::thread::Builder::new().name("output".into()).spawn(copy).map(drop)
}
