//! The processes that logons were begun for: where one ends, logind closes its logon, and does not
//! announce it. Watching them costs nothing. Source: pidfd_open(2).

use futures_util::future::select_all;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::os::Readable;

/// All of the leaders that are watched.
pub(super) struct Leaders(Vec<Readable>);

impl Leaders {
    /// Of the processes with these numbers; `None` if there are none, or not all can be watched: one has
    /// ended, lives in another container, or the kernel is older than this call.
    pub(super) fn watch(numbers: &[u32]) -> Option<Self> {
        let watch = |&number: &u32| {
            let pid = Pid::from_raw(i32::try_from(number).ok()?)?;
            Readable::new(pidfd_open(pid, PidfdFlags::empty()).ok()?).ok()
        };
        let all: Vec<Readable> = numbers.iter().map(watch).collect::<Option<_>>()?;
        (!all.is_empty()).then_some(Self(all))
    }

    /// Waits until one of them has ended.
    pub(super) async fn one_ends(&self) {
        select_all(self.0.iter().map(|leader| Box::pin(leader.wait()))).await;
    }
}
