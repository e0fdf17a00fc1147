//! The user's language and clock: `os::locale` sees each change of the settings by itself here.

use crate::ui::language;

/// Follows language and clock for ever; nothing is told beside the settings.
pub async fn follow() {
    loop {
        language::hear(None, None);
        language::looked().await;
    }
}
