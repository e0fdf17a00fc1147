//! Every test that drives more than one module, as one program.
#![cfg(feature = "sandbox")]

/// A real agent and real AWS clients on the embedded AWS and a simulated clock; a file a group of stories.
mod agent;
/// ARCHITECTURE.md and the rules of the house against the source.
mod architecture;
/// Messages as people send them.
mod contract;
/// The documents and the files under resources/ against the program.
mod documents;
/// The table of faults, made from the tests that show them.
mod faults;
/// The languages' files against the source and each other.
mod languages;
/// The program itself as a child process.
#[cfg(unix)]
mod program;
/// The embedded AWS, over raw HTTP and with the real SDK.
mod sandbox;
/// The core alone, in seeded histories.
mod simulation;
