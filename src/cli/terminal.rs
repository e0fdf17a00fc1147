//! What the verbs show. A reader that has gone is an error here, which `main` takes for none.

use std::io::{self, Write};

pub(super) use crate::os::terminal::remark;

/// Writes a line to standard output, at once.
pub(super) fn line(text: &str) -> io::Result<()> {
    print(&format!("{text}\n"))
}

/// Writes to standard output, at once.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
