//! The user's language and clock: `os::locale` sees each change of the settings by itself here.

use crate::ui::language;

/// Nothing is told beside the settings.
pub async fn follow() {
    language::hear(None, None);
}
