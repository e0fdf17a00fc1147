//! Stories: a real agent on the embedded AWS, on a simulated clock. A file a group of stories.

mod announcements;
mod answers;
mod callbacks_faults;
mod causes;
mod clock;
mod closing;
mod connections;
mod credentials_faults;
mod day;
mod desk;
mod front;
mod journal_faults;
mod messages;
mod os_ending;
mod queue_faults;
mod regions;
mod rotation;
mod thousand;
