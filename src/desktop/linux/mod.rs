//! Linux: StatusNotifierItem, freedesktop notifications, logind, systemd.

pub mod appearance;
pub mod autostart;
pub mod away;
mod bus;
pub mod console;
mod display;
pub mod environment;
pub mod image;
pub mod locale;
mod logind;
pub mod logon;
pub mod machine;
pub mod power;
pub mod session_end;
pub mod shell;
pub mod stop;
