//! The desktop edge: what the operating system offers and demands.
//! `linux/` and `windows/` offer the same items; the one that fits is chosen here.

pub mod power;

#[cfg(unix)]
#[path = "desktop/linux.rs"]
mod platform;
#[cfg(windows)]
#[path = "desktop/windows.rs"]
mod platform;

pub use platform::user::name as user_name;
