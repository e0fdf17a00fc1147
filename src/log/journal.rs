//! Whether standard error is systemd's journal, which stamps each line itself and reads its
//! priority from its head. Sources: systemd.exec(5), "$JOURNAL_STREAM"; sd-daemon(3).

use std::ffi::OsStr;
use std::os::fd::AsFd;

/// True if what this process writes to standard error goes to the journal.
pub(super) fn is_standard_error() -> bool {
    std::env::var_os("JOURNAL_STREAM").is_some_and(|named| is(&named, std::io::stderr()))
}

/// The variable is inherited; only where the stream is still the named one has nobody redirected it.
fn is(named: &OsStr, stream: impl AsFd) -> bool {
    rustix::fs::fstat(stream)
        .is_ok_and(|stat| named.to_str() == Some(&format!("{}:{}", stat.st_dev, stat.st_ino)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn only_the_named_stream_is_the_journal() {
        let (journal, redirected) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        let metadata = journal.metadata().unwrap();
        let named = format!("{}:{}", metadata.dev(), metadata.ino());
        assert!(is(named.as_ref(), &journal));
        assert!(!is(named.as_ref(), &redirected));
        assert!(!is("".as_ref(), &journal));
    }
}
