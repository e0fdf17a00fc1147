//! Faults: what goes wrong, for which calls, and for how long.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::sandbox::Sandbox;
use crate::sandbox::action::{Action, Target};
use crate::session::interface::time::later;

/// What goes wrong with a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// An error by AWS's name; the call has no effect.
    Error {
        /// AWS's name, in its modern form, such as `ExpiredTokenException`. SQS answers with its
        /// own name for it, where it has one. IMDS has no names and shows the status only.
        code: &'static str,
        /// The HTTP status; `None`: the one that the service uses with this name.
        status: Option<u16>,
    },
    /// No answer until the fault is over or cleared; then the call goes through as usual.
    Hang,
    /// The connection closes in the middle of the answer; the call took effect.
    Cut,
    /// The connection closes without an answer; the call has no effect.
    Drop,
    /// The call goes through, but only after this long.
    Latency(Duration),
    /// The answer has status 200 and bytes that are no JSON; the call took effect. The SDK does not
    /// read the bodies of SendTask* answers, so to it such a call was accepted.
    Garbage,
    /// Something in front of the service answers with status 200 and a page of its own, as a
    /// proxy's block page does; the call never arrives. The SDK takes a SendTask* call for accepted:
    /// only the missing `x-amzn-requestid` tells.
    Intercepted,
}

impl Fault {
    /// An error by AWS's name, with the status that the service uses with it.
    pub fn error(code: &'static str) -> Self {
        Self::Error { code, status: None }
    }

    /// A bare HTTP status, as from something in front of the service.
    pub fn status(status: u16) -> Self {
        Self::Error { code: "InternalFailure", status: Some(status) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error { code, status: None } => f.write_str(code),
            Self::Error { status: Some(status), .. } => write!(f, "status {status}"),
            Self::Hang => f.write_str("no answer"),
            Self::Cut => f.write_str("a cut in the middle of the answer"),
            Self::Drop => f.write_str("a dropped connection"),
            Self::Latency(by) => write!(f, "{} ms of latency", by.as_millis()),
            Self::Garbage => f.write_str("garbage in place of an answer"),
            Self::Intercepted => f.write_str("a page of somebody else"),
        }
    }
}

/// How long a fault lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// For that many calls.
    Times(u32),
    /// For that long, from when it is set.
    For(Duration),
    /// Until it is cleared.
    UntilCleared,
}

/// Names a fault that was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultId(u64);

/// All faults that were set and not cleared.
#[derive(Default)]
pub(in crate::sandbox) struct Faults {
    set: Vec<Set>,
    next_id: u64,
}

struct Set {
    id: FaultId,
    target: Target,
    fault: Fault,
    left: Left,
}

enum Left {
    Times(u32),
    Until(Timestamp),
    Always,
}

/// What is in store for a call.
#[derive(Default)]
pub(in crate::sandbox) struct Plan {
    pub latency: Duration,
    pub fault: Option<(FaultId, Fault)>,
}

impl Faults {
    /// What `action` meets now. Latencies add up; of the rest the first one set strikes.
    pub(in crate::sandbox) fn meet(&mut self, action: Action, now: Timestamp) -> Plan {
        let mut plan = Plan::default();
        for set in &mut self.set {
            if !set.target.covers(action) {
                continue;
            }
            let is_latency = matches!(set.fault, Fault::Latency(_));
            if (plan.fault.is_some() && !is_latency) || !set.left.strike(now) {
                continue;
            }
            match set.fault {
                Fault::Latency(by) => plan.latency += by,
                Fault::Error { .. }
                | Fault::Hang
                | Fault::Cut
                | Fault::Drop
                | Fault::Garbage
                | Fault::Intercepted => {
                    plan.fault = Some((set.id, set.fault.clone()));
                }
            }
        }
        plan
    }

    /// When the fault is over; `None`: it was cleared. `Timestamp::MAX`: when it is cleared.
    fn end(&self, id: FaultId) -> Option<Timestamp> {
        let set = self.set.iter().find(|set| set.id == id)?;
        Some(match set.left {
            Left::Until(end) => end,
            Left::Times(_) | Left::Always => Timestamp::MAX,
        })
    }
}

impl Left {
    fn strike(&mut self, now: Timestamp) -> bool {
        match self {
            Self::Times(0) => false,
            Self::Times(times) => {
                *times -= 1;
                true
            }
            Self::Until(end) => now < *end,
            Self::Always => true,
        }
    }
}

impl Sandbox {
    /// Lets `fault` strike the calls that `target` names.
    pub fn fault(&self, target: impl Into<Target>, fault: Fault, extent: Extent) -> FaultId {
        let target = target.into();
        let id = self.with(|world, now| {
            let faults = &mut world.faults;
            let id = FaultId(faults.next_id);
            faults.next_id += 1;
            let left = match extent {
                Extent::Times(times) => Left::Times(times),
                Extent::For(duration) => Left::Until(later(now, duration)),
                Extent::UntilCleared => Left::Always,
            };
            faults.set.push(Set { id, target, fault, left });
            id
        });
        self.touch();
        id
    }

    /// Ends a fault; calls that hang in it go through.
    pub fn clear(&self, id: FaultId) {
        self.with(|world, _| world.faults.set.retain(|set| set.id != id));
        self.touch();
    }

    /// Ends all faults.
    pub fn clear_all(&self) {
        self.with(|world, _| world.faults.set.clear());
        self.touch();
    }

    /// Waits until a fault is over; the caller is one that waits for us.
    pub(in crate::sandbox) async fn outlast(&self, id: FaultId) {
        let Some(end) = self.with(|world, _| world.faults.end(id)) else { return };
        let over = self.until(|sandbox| {
            sandbox
                .with(|world, now| world.faults.end(id).is_none_or(|end| end <= now))
                .then_some(())
        });
        self.0
            .clock
            .park_while(async {
                tokio::select! {
                    () = over => {}
                    () = self.sleep_till(end), if end < Timestamp::MAX => {}
                }
            })
            .await;
    }
}
