//! Exit codes: scripts rely on them; the README lists them.

use crate::session::Refusal;

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
