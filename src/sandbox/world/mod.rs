//! What there is in the embedded AWS: an instance with its keys, queues, and tasks that wait.

pub(super) mod instance;
pub(super) mod keys;
pub(super) mod queue;
pub(super) mod tasks;
