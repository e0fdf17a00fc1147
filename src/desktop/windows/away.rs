//! Whether anybody is here.

use crate::clock::Clock;
use crate::desktop::Patience;
use crate::front::Link;

/// Reports `Event::Away` for as long as it is polled.
pub async fn watch(_link: Link, _patience: Patience, _clock: Clock) {
    std::future::pending().await
}
