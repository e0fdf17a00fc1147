//! The logon that this process serves. On Windows it is the session that it was started in, and Windows
//! ends it with that session, after `session_end` has closed what was open.

use std::convert::Infallible;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::desktop::Logon;

/// Never returns: see the head of the file.
pub async fn over(
    _headless: bool,
    _clock: &Clock,
    standing: &watch::Sender<Logon>,
) -> &'static str {
    standing.send_replace(Logon::Living);
    match std::future::pending::<Infallible>().await {}
}

/// Whether the process `pid` has outlived its logon, which none does here.
#[expect(clippy::unused_async, reason = "it takes a while elsewhere")]
pub async fn has_lost_its_logon(_pid: u32) -> bool {
    false
}

/// Other logons of this user, whose agent this one may need in its turn: each logon has its own here.
#[derive(Clone, Copy, Debug)]
pub enum OtherLogons {}

impl OtherLogons {
    /// None matter.
    #[expect(clippy::unused_async, reason = "it takes a while elsewhere")]
    pub async fn find() -> Option<Self> {
        None
    }

    /// Never called.
    #[expect(clippy::unused_async, reason = "it takes a while elsewhere")]
    pub async fn has_lost_one(&self) -> bool {
        match *self {}
    }
}
