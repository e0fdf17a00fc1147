//! Why a verb was not carried out, and the exit codes: scripts rely on them; docs/reference.md lists
//! them. Verbs return a [`CliError`], and `main` prints it, once.

use std::io::{self, Write};

use crate::app::run::RunError;
use crate::config::ConfigError;
use crate::control::{CallError, ConnectError};
use crate::desktop::window::WindowError;
use crate::session::Refusal;
use crate::session::words::said::{Said, said};
use crate::session::words::text::Text;
use crate::startup::place::NoAgent;
use crate::startup::supervise::StartupError;
use crate::ui::language::spoken;

/// How a run of the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Something failed; the message says what.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// No agent of this user is running.
    NotRunning = 3,
    /// There is no session to do it to.
    NoSession = 4,
    /// Refused: not offered, too late, or a bad request.
    Refused = 5,
    /// The service had ended the session before.
    EndedElsewhere = 6,
    /// The agent stopped before the service accepted the close.
    Stopped = 7,
    /// The configuration is wrong.
    Config = 8,
    /// Another agent of this user runs already.
    AlreadyRunning = 9,
}

impl Exit {
    /// Every code, in order, for the documentation's test.
    pub const ALL: [Exit; 10] = [
        Exit::Done,
        Exit::Failed,
        Exit::Usage,
        Exit::NotRunning,
        Exit::NoSession,
        Exit::Refused,
        Exit::EndedElsewhere,
        Exit::Stopped,
        Exit::Config,
        Exit::AlreadyRunning,
    ];
}

impl From<Refusal> for Exit {
    fn from(why: Refusal) -> Self {
        match why {
            Refusal::NoSession => Exit::NoSession,
            Refusal::NotOffered | Refusal::TooLate | Refusal::BadRequest => Exit::Refused,
            Refusal::EndedElsewhere => Exit::EndedElsewhere,
            Refusal::Stopped => Exit::Stopped,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit as u8)
    }
}

/// Why a verb was not carried out.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// A word on the command line is wrong.
    #[error("{0}")]
    Usage(String),
    /// Nobody can be asked.
    #[error("{}", self.english())]
    NobodyConfirms,
    /// A setting is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No agent can be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The agent did not answer.
    #[error(transparent)]
    Call(CallError),
    /// The agent went while it was at it.
    #[error("{}", self.english())]
    StoppedEarly,
    /// The agent went, and nothing was asked of it.
    #[error("{}", self.english())]
    AgentGone,
    /// The agent refuses.
    #[error("{sentence}")]
    Refused {
        /// Its words.
        sentence: String,
        /// Of what kind.
        why: Refusal,
    },
    /// No agent runs, and nothing could be done without one.
    #[error("{0}")]
    NoAgent(NoAgent),
    /// A start-up script could not be watched.
    #[error(transparent)]
    Script(StartupError),
    /// A failure of the start-up could not be told.
    #[error("{0}")]
    Startup(String),
    /// What is to be shown cannot be written.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
    /// This computer has no room for another program.
    #[error("this computer has no room for another program: {0}")]
    Runtime(#[source] io::Error),
    /// The agent could not run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// There is no display, or none that shows windows.
    #[error("{}", self.english())]
    Window(WindowError),
    /// The system refused something.
    #[error("{what}: {error}")]
    Io {
        /// What could not be done, or with what.
        what: String,
        /// Why.
        #[source]
        error: io::Error,
    },
}

impl From<CallError> for CliError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Gone => Self::AgentGone,
            CallError::NoAnswer(_)
            | CallError::Refused { .. }
            | CallError::NotUnderstood(_)
            | CallError::Io(_) => Self::Call(error),
        }
    }
}

impl CliError {
    /// The code it ends the program with.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::NobodyConfirms => Exit::Usage,
            Self::Config(_) => Exit::Config,
            Self::Connect(ConnectError::NotRunning { .. }) | Self::NoAgent(_) => Exit::NotRunning,
            Self::StoppedEarly | Self::AgentGone | Self::Run(RunError::StoppedEarly) => {
                Exit::Stopped
            }
            Self::Refused { why, .. } => (*why).into(),
            Self::Run(RunError::AlreadyRunning(_)) => Exit::AlreadyRunning,
            _ if self.reader_has_gone() => Exit::Done,
            Self::Connect(_)
            | Self::Call(_)
            | Self::Output(_)
            | Self::Runtime(_)
            | Self::Script(_)
            | Self::Startup(_)
            | Self::Run(_)
            | Self::Window(_)
            | Self::Io { .. } => Exit::Failed,
        }
    }

    /// Says it on standard error, if somebody has to be told.
    pub(super) fn print(&self) {
        // The log said why an agent does not run, if there was still one.
        let was_logged = matches!(self, Self::Run(error) if !matches!(error, RunError::Anew(_)));
        // A reader who has seen enough is no error.
        if was_logged || self.reader_has_gone() {
            return;
        }
        let words = self.said().map_or_else(|| self.to_string(), spoken);
        // Nobody reads what went wrong: nothing can be done about that.
        let _nobody_reads = writeln!(io::stderr(), "deskbeat: {words}");
    }

    /// What a verb that speaks to a user says, in their language; `None`: English, as the others do.
    fn said(&self) -> Option<Said> {
        Some(match self {
            Self::NobodyConfirms => said!("ask-nobody"),
            Self::Connect(error) => error.said(),
            Self::Call(error) => error.said(),
            Self::StoppedEarly => said!("agent-stopped-early"),
            Self::AgentGone => said!("agent-stopped"),
            Self::Window(error) => said!("no-window", why = error.to_string()),
            Self::Usage(_)
            | Self::Config(_)
            | Self::Refused { .. }
            | Self::NoAgent(_)
            | Self::Script(_)
            | Self::Startup(_)
            | Self::Output(_)
            | Self::Runtime(_)
            | Self::Run(_)
            | Self::Io { .. } => return None,
        })
    }

    /// The same in English.
    fn english(&self) -> String {
        self.said().map(Text::from).map(String::from).unwrap_or_default()
    }

    /// `deskbeat doctor | head -1`: whoever read us has seen enough.
    fn reader_has_gone(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
