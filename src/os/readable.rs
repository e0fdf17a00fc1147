//! What the kernel makes readable when it is over: a timer, another process.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A file that becomes readable once, watched.
pub(crate) struct Readable(AsyncFd<OwnedFd>);

impl Readable {
    /// Watches `file`, on tokio's runtime.
    pub(crate) fn new(file: OwnedFd) -> io::Result<Self> {
        // SAFETY: an `OwnedFd` is open, and the same file, for as long as the `AsyncFd` has it.
        Ok(Self(unsafe { AsyncFd::register_with_interest(file, Interest::READABLE)? }))
    }

    /// Waits until it is readable.
    pub(crate) async fn wait(&self) {
        if self.0.readable().await.is_err() {
            // The runtime is being shut down.
            std::future::pending().await
        }
    }
}
