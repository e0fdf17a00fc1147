//! The program itself as a black box: a child process against the embedded AWS on the system's
//! clock, killed, signalled and asked as its users do. Waits for what the service sees, never for time.

mod completions;
mod computer;
mod health;
mod hostile;
mod image;
mod journal;
mod kills;
mod pipes;
mod settings;
mod signals;
mod startup;
mod terminals;
mod verbs;
