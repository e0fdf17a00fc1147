//! What the agent reaches AWS with: found out at start, piece by piece, while the session already
//! waits or resumes.

use std::cell::RefCell;
use std::rc::Rc;

use tokio::sync::mpsc;

use crate::aws::credentials::{Keeper, Source};
use crate::aws::discovery::{self, Place};
use crate::aws::imds::{Imds, ImdsError};
use crate::aws::{Access, Callbacks, Clients, CredentialSource, Queue, announcements};
use crate::clock::Clock;
use crate::session::words::codes::Code;
use crate::session::{Event, Failure, FailureKind};

/// The AWS edge of one agent.
#[derive(Debug)]
pub(crate) struct Reach {
    access: Access,
    clock: Clock,
    imds: Rc<Imds>,
    keeper: RefCell<Option<Keeper>>,
    known: RefCell<Known>,
}

/// What has been found out so far.
#[derive(Debug, Default)]
struct Known {
    place: Option<Place>,
    callbacks: Option<Callbacks>,
    queue_url: Option<String>,
    queue: Option<Rc<Queue>>,
}

impl Reach {
    pub(crate) fn new(access: Access, clock: Clock) -> Result<Self, ImdsError> {
        let imds = Imds::new(clock.clone(), access.imds_endpoint());
        let imds = Rc::new(imds?);
        Ok(Self { access, clock, imds, keeper: RefCell::default(), known: RefCell::default() })
    }

    /// Finds out where we are and reports it, then keeps the credentials and watches for
    /// announcements for as long as it is polled.
    pub(crate) async fn start(self: Rc<Self>, events: mpsc::UnboundedSender<Event>) {
        let source = match self.access.credentials {
            CredentialSource::Imds => Source::Imds(self.imds.clone()),
            CredentialSource::Chain => {
                let Access { region, surroundings, .. } = &self.access;
                Source::chain(&self.clock, region.as_deref(), surroundings).await
            }
        };
        let keeper = Keeper::new(source, self.clock.clone());
        self.keeper.replace(Some(keeper.clone()));
        keeper.key().service_clock().report_to(events.clone());
        for told in self.access.surroundings.told() {
            tracing::info!("from this computer's environment: {told}");
        }
        for told in self.access.surroundings.unusable() {
            tracing::warn!(
                code = Code::Configuration.id(),
                "in this computer's environment: {told}"
            );
        }
        tokio::join!(
            keeper.keep(events.clone()),
            self.discover(&keeper, events.clone()),
            announcements::watch(self.imds.clone(), self.clock.clone(), events.clone()),
            self.report_waking(events),
        );
    }

    async fn discover(&self, keeper: &Keeper, events: mpsc::UnboundedSender<Event>) {
        let place = discovery::identify(&self.access, &self.imds, &self.clock, &events).await;
        let clients = Clients::new(&self.access, &place.region, &self.clock, keeper.key());
        {
            let mut known = self.known.borrow_mut();
            known.callbacks = Some(Callbacks::new(&clients, self.clock.clone()));
            known.place = Some(place.clone());
        }
        let (access, imds, clock) = (&self.access, &self.imds, &self.clock);
        let url = discovery::find_queue(access, &place, imds, &clients, keeper, clock, &events);
        let url = url.await;
        let queue_clients = clients.for_queue(access, &place, &url, clock, keeper.key());
        let queue = Queue::new(&queue_clients, self.clock.clone(), url.clone());
        {
            let mut known = self.known.borrow_mut();
            known.queue = Some(Rc::new(queue));
            known.queue_url = Some(url.clone());
        }
        let _agent_gone = events.send(Event::QueueFound(url));
    }

    async fn report_waking(&self, events: mpsc::UnboundedSender<Event>) {
        loop {
            self.clock.woken().await;
            if events.send(Event::Woke).is_err() {
                return;
            }
        }
    }

    /// Drops every open connection: after a sleep they are dead, and nobody has said so yet.
    pub(crate) fn connect_anew(&self) {
        let mut known = self.known.borrow_mut();
        let keeper = self.keeper.borrow();
        let (Some(place), Some(keeper)) = (known.place.clone(), &*keeper) else { return };
        let clients = Clients::new(&self.access, &place.region, &self.clock, keeper.key());
        known.callbacks = Some(Callbacks::new(&clients, self.clock.clone()));
        if let Some(queue) = &known.queue {
            let url = known.queue_url.as_deref().unwrap_or_default();
            let (access, clock) = (&self.access, &self.clock);
            queue.use_clients(&clients.for_queue(access, &place, url, clock, keeper.key()));
        }
    }

    pub(crate) fn callbacks(&self) -> Result<Callbacks, Failure> {
        self.known.borrow().callbacks.clone().ok_or_else(not_ready)
    }

    pub(crate) fn queue(&self) -> Result<Rc<Queue>, Failure> {
        self.known.borrow().queue.clone().ok_or_else(not_ready)
    }

    /// Looks at a service's answer for what it says of the key in use.
    pub(crate) fn answered<T>(&self, answer: &Result<T, Failure>) {
        if answer.is_ok()
            && let Some(keeper) = &*self.keeper.borrow()
        {
            keeper.accepted();
        }
    }

    /// The service refused the key in use.
    pub(crate) fn key_refused(&self) {
        if let Some(keeper) = &*self.keeper.borrow() {
            keeper.refused();
        }
    }
}

/// A call that could not be made because this computer's region is not known yet.
fn not_ready() -> Failure {
    Failure {
        kind: FailureKind::Unreachable,
        code: "NotReady".into(),
        message: "this computer's region or queue is not known yet".into(),
        request_id: None,
    }
}
