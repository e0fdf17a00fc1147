//! Stories of the core, a file a group. `story` tells them: it holds the session and a simple world
//! round it, so that a test reads as what happens and what follows. No test waits for anything.

mod away;
mod cadence;
mod closing;
mod extend;
mod intake;
mod journal;
mod log;
mod machine;
mod os_ending;
mod proven;
mod resume;
mod second_tokens;
mod story;
mod times;
pub(crate) mod view;
mod warnings;
