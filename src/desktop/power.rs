//! The after-end action: shutting this computer down, or logging the user off.

use std::fmt::Debug;

use super::platform;
use crate::session::AfterEnd;

/// Carries the after-end action out.
pub trait Power: Debug + Send + Sync {
    /// Blocks until the system has taken the action on or refused it; the error says why.
    fn carry_out(&self, action: AfterEnd) -> Result<(), String>;
}

/// This computer's own power.
#[derive(Clone, Copy, Debug)]
pub struct ThisComputer;

impl Power for ThisComputer {
    fn carry_out(&self, action: AfterEnd) -> Result<(), String> {
        match action {
            AfterEnd::None => Ok(()),
            AfterEnd::Logoff => platform::power::log_off(),
            AfterEnd::Shutdown => platform::power::shut_down(),
        }
    }
}

/// Does nothing but say so: for sessions whose Step Functions is a test server on this computer.
#[derive(Clone, Copy, Debug)]
pub struct OnlySaid;

impl Power for OnlySaid {
    fn carry_out(&self, action: AfterEnd) -> Result<(), String> {
        tracing::info!(
            code = crate::session::words::sentences::code::AFTER_END,
            "after-end action {action:?} is not carried out: Step Functions is a test server on \
             this computer"
        );
        Ok(())
    }
}
