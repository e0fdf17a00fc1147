//! An embedded AWS on 127.0.0.1: IMDS, SQS and Step Functions over their real wire protocols.
//!
//! For `deskbeat demo` and the tests; nothing else may import it. All of its time comes from the
//! [`Clock`] passed in, so a day passes in a moment on a simulated one. It answers as AWS does where
//! other emulators do not: credentials are checked (key id, session token, expiry, time of signing;
//! the signature itself is not recomputed), a closed task answers TaskTimedOut, limits are enforced.
//! It runs with `spawn_local`: start it inside a `LocalSet` on a single-threaded runtime. On a
//! simulated clock its callers must be inside [`Clock::call`]: it lets time pass on their behalf.

mod action;
mod ids;
mod imds;
mod log;
mod options;
mod sfn;
mod sqs;
mod trouble;
mod wire;
mod workflow;
mod world;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::session::interface::time::between;

pub use action::{Action, Service, Target};
pub use ids::{MessageId, TaskId};
pub use log::{Counts, Entry, Subscription, What};
pub use options::{LifeCycle, Options, Rotation};
pub use trouble::breakpoint::{Gate, Moment};
pub use trouble::fault::{Extent, Fault, FaultId};
pub use world::instance::Maintenance;
pub use world::keys::{IssuedKey, Profile};
pub use world::queue::QueuedMessage;
pub use world::tasks::{Task, TaskSpec, TaskState};

/// The embedded AWS; clones are handles to the same one.
#[derive(Clone)]
pub struct Sandbox(Rc<SandboxState>);

struct SandboxState {
    clock: Clock,
    options: Options,
    addresses: BTreeMap<Service, SocketAddr>,
    listeners: RefCell<BTreeMap<Service, wire::server::ServerTask>>,
    world: RefCell<World>,
    /// Counts up with every change that somebody may wait for.
    changes: watch::Sender<u64>,
}

/// Everything that AWS would know.
struct World {
    rng: fastrand::Rng,
    log: Vec<Entry>,
    counts: BTreeMap<Action, Counts>,
    faults: trouble::fault::Faults,
    gates: trouble::breakpoint::Gates,
    keys: world::keys::KeyRing,
    instance: world::instance::Instance,
    queue: world::queue::QueueState,
    tasks: world::tasks::Tasks,
}

impl Sandbox {
    /// Starts the three services, each on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When a port cannot be opened.
    ///
    /// # Panics
    /// Outside a `LocalSet`.
    pub async fn start(clock: Clock, options: Options) -> io::Result<Self> {
        let now = clock.now().wall;
        let mut addresses = BTreeMap::new();
        let mut opened = Vec::new();
        for service in Service::ALL {
            let listener = wire::server::bind(None).await?;
            addresses.insert(service, listener.local_addr()?);
            opened.push((service, listener));
        }
        let mut world = World {
            rng: fastrand::Rng::with_seed(options.seed),
            log: Vec::new(),
            counts: BTreeMap::new(),
            faults: trouble::fault::Faults::default(),
            gates: trouble::breakpoint::Gates::default(),
            keys: world::keys::KeyRing::new(&options, now),
            instance: world::instance::Instance::new(&options),
            queue: world::queue::QueueState::new(&options),
            tasks: world::tasks::Tasks::default(),
        };
        world.advance(now);
        let sandbox = Self(Rc::new(SandboxState {
            clock,
            options,
            addresses,
            listeners: RefCell::default(),
            world: RefCell::new(world),
            changes: watch::Sender::new(0),
        }));
        for (service, listener) in opened {
            sandbox.listen(service, listener);
        }
        tokio::task::spawn_local(sandbox.clone().keep_time());
        Ok(sandbox)
    }

    /// For `AWS_EC2_METADATA_SERVICE_ENDPOINT`.
    pub fn imds_url(&self) -> String {
        self.url(Service::Imds)
    }

    /// For `AWS_ENDPOINT_URL_SQS`.
    pub fn sqs_url(&self) -> String {
        self.url(Service::Sqs)
    }

    /// For `AWS_ENDPOINT_URL_SFN`.
    pub fn sfn_url(&self) -> String {
        self.url(Service::Sfn)
    }

    /// The queue's URL, as GetQueueUrl gives it.
    pub fn queue_url(&self) -> String {
        let options = &self.0.options;
        format!("{}/{}/{}", self.sqs_url(), options.account_id, options.queue_name())
    }

    /// What it was started with.
    pub fn options(&self) -> &Options {
        &self.0.options
    }

    /// The clock that it runs on.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    fn url(&self, service: Service) -> String {
        format!("http://{}", self.0.addresses[&service])
    }

    /// Waits until `ready` finds what it looks for. It is asked anew after every change: a log
    /// entry, a fault set or cleared, a request held.
    pub async fn until<T>(&self, mut ready: impl FnMut(&Sandbox) -> Option<T>) -> T {
        let mut changes = self.0.changes.subscribe();
        loop {
            changes.mark_unchanged();
            if let Some(found) = ready(self) {
                return found;
            }
            // The sender lives in `self`, so this ends with a change only.
            let _ = changes.changed().await;
        }
    }

    /// Brings the world up to the present, works on it, and wakes who waits if the log grew.
    fn with<T>(&self, work: impl FnOnce(&mut World, Timestamp) -> T) -> T {
        let now = self.0.clock.now().wall;
        let mut world = self.0.world.borrow_mut();
        let before = world.log.len();
        world.advance(now);
        let done = work(&mut world, now);
        let grew = world.log.len() > before;
        drop(world);
        if grew {
            self.touch();
        }
        done
    }

    /// Sleeps until `end` on the sandbox's clock.
    async fn sleep_till(&self, end: Timestamp) {
        let clock = &self.0.clock;
        clock.sleep(between(clock.now().wall, end)).await;
    }

    /// Wakes everybody who waits for a change.
    fn touch(&self) {
        self.0.changes.send_modify(|count| *count += 1);
    }

    /// Ends tasks at the moment their time is up, so that who waits for it is told.
    async fn keep_time(self) {
        let mut changes = self.0.changes.subscribe();
        loop {
            changes.mark_unchanged();
            let due = self.with(|world, _| world.tasks.first_deadline());
            let (due, _) = due.unzip();
            tokio::select! {
                () = self.sleep_till(due.unwrap_or_default()), if due.is_some() => {}
                _ = changes.changed() => {}
            }
        }
    }
}

impl World {
    fn note(&mut self, at: Timestamp, what: What) {
        self.log.push(Entry { at, what });
    }

    /// Lets everything happen that was due by `now`, in its order.
    fn advance(&mut self, now: Timestamp) {
        loop {
            let rotation = self.keys.next_rotation().filter(|due| *due <= now);
            let deadline = self.tasks.first_deadline().filter(|(due, _)| *due <= now);
            match (rotation, deadline) {
                (Some(at), Some((due, _))) if at <= due => self.rotate(at),
                (Some(at), None) => self.rotate(at),
                (_, Some((due, task))) => self.run_out(task, due),
                (None, None) => return,
            }
        }
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("addresses", &self.0.addresses).finish_non_exhaustive()
    }
}
