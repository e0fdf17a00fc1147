//! Windows.

pub mod power;
pub mod stop;
