//! Stories: a real agent on the embedded AWS, on a simulated clock. A file a group of stories.

mod callbacks_faults;
mod credentials_faults;
mod desk;
mod rotation;
