//! The terminal that this program was started from.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// Nothing to leave: a program that was started without a terminal has none.
pub fn leave_own() {}

/// A child that outlives a Ctrl-C in the terminal, and is shown on whatever desktop there is.
pub fn detach(command: &mut Command) {
    command.process_group(0);
    command.envs(super::display::late());
}
