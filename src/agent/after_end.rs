//! The after-end action as the agent orders it; `desktop::power` carries it out on this computer.

use std::fmt::Debug;

use crate::session::AfterEnd;
use crate::session::words::codes::Code;

/// Carries the after-end action out.
pub trait Power: Debug + Send + Sync {
    /// Blocks until the system has taken the action on or refused it; the error says why.
    fn carry_out(&self, action: AfterEnd) -> Result<(), String>;
}

/// Does nothing but say so: for sessions whose Step Functions is a test server on this computer.
#[derive(Clone, Copy, Debug)]
pub struct OnlySaid;

impl Power for OnlySaid {
    fn carry_out(&self, action: AfterEnd) -> Result<(), String> {
        tracing::info!(
            code = Code::AfterEnd.id(),
            "after-end action {action:?} is not carried out: Step Functions is a test server on \
             this computer"
        );
        Ok(())
    }
}
