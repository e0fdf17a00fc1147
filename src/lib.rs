//! Deskbeat keeps the Step Functions task behind an EC2 remote desktop alive, and closes it in
//! order before the machine is gone. ARCHITECTURE.md has the picture.
#![warn(missing_docs)]

pub mod account;
pub mod agent;
pub mod aws;
pub mod clock;
pub mod desktop;
pub mod front;
pub mod log;
pub mod session;
pub mod store;
