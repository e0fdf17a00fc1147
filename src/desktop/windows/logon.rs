//! The logon that this process serves. On Windows it is the session that it was started in, and Windows
//! ends it with that session, after `session_end` has closed what was open.

use std::collections::BTreeSet;
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

/// The other logons of this user that matter: none, since each has an agent of its own here.
#[expect(clippy::unused_async, reason = "it takes a while elsewhere")]
pub async fn others() -> BTreeSet<String> {
    BTreeSet::new()
}

/// Whether one of `_logons` is over.
#[expect(clippy::unused_async, reason = "it takes a while elsewhere")]
pub async fn is_one_over(_logons: &BTreeSet<String>) -> bool {
    false
}
