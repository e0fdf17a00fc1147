//! Deskbeat keeps the Step Functions task behind an EC2 remote desktop alive, and closes it in
//! order before the machine is gone. ARCHITECTURE.md has the picture.
#![warn(missing_docs)]

pub mod agent;
pub mod app;
pub mod aws;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
#[cfg(feature = "sandbox")]
pub mod demo;
pub mod desktop;
pub mod doctor;
pub mod health;
pub mod log;
pub mod os;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod session;
mod startup;
pub mod store;
pub mod ui;
