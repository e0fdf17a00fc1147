//! Deskbeat keeps the Step Functions task behind an EC2 remote desktop alive, and closes it in
//! order before the machine is gone. ARCHITECTURE.md has the picture.
#![warn(missing_docs)]

pub mod clock;
pub mod front;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod session;
