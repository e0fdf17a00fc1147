//! What runs before any agent does, as root or SYSTEM: a start-up script with a watch over it, and
//! the report that it failed.
//!
//! [`custody`] decides, without I/O: which messages are held, beaten, reported to and handed back.
//! [`driver`] carries that out on the AWS edge; [`script`] is the child process, [`tail`] its last
//! words, [`place`] says who has the computer. A session is never begun here, and no `ready` answered: that is an agent's.

mod custody;
mod driver;
pub(crate) mod fail;
pub(crate) mod place;
mod script;
pub(crate) mod supervise;
mod tail;
