//! The user's language and clock: `os::locale` sees each change of the settings by itself here.

/// Nothing.
pub async fn follow(_: impl Fn()) {}
