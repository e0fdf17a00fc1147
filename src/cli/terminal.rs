//! What the verbs show. A reader that has gone is an error here, which `main` takes for none.

use std::io::{self, Write};

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

/// Writes a line for the person, not for what reads the output.
pub(super) fn remark(text: &str) {
    // Nobody reads remarks: nothing is lost.
    let _nobody_reads = writeln!(io::stderr(), "{text}");
}
