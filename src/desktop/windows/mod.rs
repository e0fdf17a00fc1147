//! Windows: the tray, notifications, and the end of the session by window messages.
//!
//! Everything that needs a window has a thread of its own with a message loop; the agent's thread
//! never waits for one. `window` holds what they share.

pub mod appearance;
pub mod autostart;
pub mod away;
pub mod console;
pub mod environment;
pub mod image;
pub mod locale;
pub mod logon;
pub mod machine;
pub mod power;
pub mod replace;
pub mod session_end;
pub mod shell;
pub mod stop;
mod window;
