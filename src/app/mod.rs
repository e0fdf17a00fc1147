//! Puts the agent, its fronts and this computer together, and waits while another agent has the computer.

pub(crate) mod autostart;
mod diagnostics;
mod offer;
mod predecessor;
mod reload;
pub(crate) mod run;
pub(crate) mod runtime;
pub mod standby;
pub(crate) mod window;
