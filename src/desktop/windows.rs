//! Windows.

pub mod power;
pub mod stop;
pub mod user;
