//! The sandbox answers as AWS does, and every fault can be had: over raw HTTP and with the real SDK,
//! on a simulated clock.

mod faults;
mod gates;
mod imds;
mod sfn;
mod sqs;
mod stage;
mod system_clock;
