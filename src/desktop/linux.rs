//! Linux: systemd and logind.

pub mod power;
pub mod stop;
