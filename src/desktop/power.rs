//! The after-end action on this computer: shutting it down, or logging the user off.

use super::platform;
use crate::agent::after_end::{Power, PowerError};
use crate::session::AfterEnd;

/// This computer's own power.
#[derive(Clone, Copy, Debug)]
pub struct ThisComputer;

impl Power for ThisComputer {
    fn carry_out(&self, action: AfterEnd) -> Result<(), PowerError> {
        match action {
            AfterEnd::None => Ok(()),
            AfterEnd::Logoff => platform::power::log_off(),
            AfterEnd::Shutdown => platform::power::shut_down(),
        }
    }
}
