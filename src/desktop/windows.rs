//! Windows.

pub mod power;
pub mod user;
