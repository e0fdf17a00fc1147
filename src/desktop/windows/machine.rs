//! One agent a computer.

use std::io;

/// This computer is ours for as long as it lives.
#[derive(Debug)]
pub struct Claim;

/// Claims the computer; `Ok(None)` where it is another agent's.
pub fn claim() -> io::Result<Option<Claim>> {
    Ok(Some(Claim))
}

/// Whose agent has the computer.
pub fn owner() -> Option<String> {
    None
}
