//! Stories: a real agent on the embedded AWS, on a simulated clock. A file a group of stories.

mod callbacks_faults;
mod credentials_faults;
mod desk;
mod journal_faults;
mod queue_faults;
mod rotation;
