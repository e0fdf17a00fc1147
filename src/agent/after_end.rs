//! The after-end action as the agent orders it; `desktop::power` carries it out on this computer.

use std::fmt::Debug;
use std::io;

use crate::session::AfterEnd;
use crate::session::contract::in_contract;
use crate::session::words::codes::Code;

/// Why an after-end action is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum PowerError {
    /// The program that would do it is missing, or may not be run.
    #[error("{program} cannot be run: {error}")]
    CannotRun {
        /// Its name.
        program: String,
        /// What the system said.
        error: io::Error,
    },
    /// It was refused, in these words.
    #[error("{0}")]
    Refused(String),
    /// A call of the system failed.
    #[error("{what}: {error}")]
    System {
        /// What failed.
        what: &'static str,
        /// What the system said.
        error: io::Error,
    },
}

/// Carries the after-end action out.
pub trait Power: Debug + Send + Sync {
    /// Blocks until the system has taken the action on or refused it.
    fn carry_out(&self, action: AfterEnd) -> Result<(), PowerError>;
}

/// Does nothing but say so: for sessions whose Step Functions is a test server on this computer.
#[derive(Clone, Copy, Debug)]
pub struct OnlySaid;

impl Power for OnlySaid {
    fn carry_out(&self, action: AfterEnd) -> Result<(), PowerError> {
        tracing::info!(
            code = Code::AfterEnd.id(),
            "after-end action {} is not carried out: Step Functions is a test server on this \
             computer",
            in_contract(&action)
        );
        Ok(())
    }
}
