//! The desktop edge: what the operating system offers and demands.
//! `linux/` and `windows/` offer the same items; the one that fits is chosen here.

pub mod power;

#[cfg(unix)]
mod linux;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use linux as platform;
#[cfg(windows)]
use windows as platform;

pub use platform::stop;
