//! Who is logged on.

/// The user's name as the system has it; `None` where it does not say.
pub fn name() -> Option<String> {
    ["USER", "LOGNAME"].into_iter().find_map(|key| std::env::var(key).ok()).filter(|name| !name.is_empty())
}
