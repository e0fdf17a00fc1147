//! Windows: Shell_NotifyIcon, TaskDialog, the end of the session by window messages.

pub mod away;
pub mod machine;
pub mod power;
pub mod session_end;
pub mod shell;
pub mod stop;
