//! Who is logged on.

/// The user's name as the system has it; `None` where it does not say.
pub fn name() -> Option<String> {
    std::env::var("USERNAME").ok().filter(|name| !name.is_empty())
}
