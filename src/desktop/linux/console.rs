//! The terminal that this program was started from.

/// Nothing to leave: a program that was started without a terminal has none.
pub fn leave_own() {}
