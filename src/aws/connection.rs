//! What the agent reaches AWS with: found out at start, piece by piece, while the session already
//! waits or resumes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::aws::credentials::{Keeper, Source};
use crate::aws::imds::{Imds, ImdsError};
use crate::aws::secrets::Secrets;
use crate::aws::task_regions::TaskRegions;
use crate::aws::{
    Access, Callbacks, Clients, CredentialSource, Place, Queue, announcements, discovery, regions,
};
use crate::clock::Clock;
use crate::session::words::codes::Code;
use crate::session::{
    Delivery, Event, Failure, FailureKind, Record, Request, TaskResult, TaskToken, TokenOver,
};

/// The AWS edge of one agent.
#[derive(Debug)]
pub(crate) struct Reach {
    access: Access,
    clock: Clock,
    imds: Rc<Imds>,
    keeper: RefCell<Option<Keeper>>,
    known: RefCell<Known>,
    secrets: Secrets,
    tasks: RefCell<TaskRegions>,
}

/// What has been found out so far.
#[derive(Debug, Default)]
struct Known {
    place: Option<Place>,
    /// Step Functions, by region: this computer's and every other in which a task waits.
    callbacks: HashMap<String, Callbacks>,
    queue_url: Option<String>,
    queue: Option<Rc<Queue>>,
}

impl Reach {
    pub(crate) fn new(access: Access, clock: Clock) -> Result<Self, ImdsError> {
        let imds = Imds::new(clock.clone(), access.imds_endpoint());
        let imds = Rc::new(imds?);
        Ok(Self {
            secrets: imds.secrets().clone(),
            access,
            clock,
            imds,
            keeper: RefCell::default(),
            known: RefCell::default(),
            tasks: RefCell::default(),
        })
    }

    /// What the journal says of the task that is gone on with.
    pub(crate) fn resume(&self, record: &Record) {
        if let Some(session) = &record.session {
            self.secrets.learn_token(&session.token);
            let arn = session.execution_arn.as_deref();
            self.tasks.borrow_mut().learn(&session.token, arn);
        }
    }

    /// What somebody at this computer asks, without any secret that is quoted in it: from here on it is
    /// logged, shown and sent.
    pub(crate) fn masked(&self, request: Request) -> Request {
        request.covered(|text| self.secrets.cover(text))
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
        let keeper = Keeper::with_secrets(source, self.clock.clone(), self.secrets.clone());
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
            let callbacks = Callbacks::new(&clients, self.clock.clone());
            known.callbacks.insert(place.region.clone(), callbacks);
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
        known.callbacks.clear();
        known.callbacks.insert(place.region.clone(), Callbacks::new(&clients, self.clock.clone()));
        if let Some(queue) = &known.queue {
            let url = known.queue_url.as_deref().unwrap_or_default();
            let (access, clock) = (&self.access, &self.clock);
            queue.use_clients(&clients.for_queue(access, &place, url, clock, keeper.key()));
        }
    }

    /// SendTaskHeartbeat. Gives up after `limit`, in each region in which the task may wait.
    pub(crate) async fn beat(&self, token: &TaskToken, limit: Duration) -> Result<(), Failure> {
        self.where_it_waits(token, async |callbacks| callbacks.beat(token, limit).await).await
    }

    /// SendTaskSuccess or SendTaskFailure, in the same way; the answer's request id.
    pub(crate) async fn close(
        &self,
        token: &TaskToken,
        verdict: TaskResult,
        limit: Duration,
    ) -> Result<Option<String>, Failure> {
        let close =
            async |callbacks: Callbacks| callbacks.close(token, verdict.clone(), limit).await;
        self.where_it_waits(token, close).await
    }

    /// Calls Step Functions where `token`'s task waits. As long as no call for it was accepted, a
    /// region that does not know it, or cannot be called, has not the last word.
    async fn where_it_waits<T>(
        &self,
        token: &TaskToken,
        call: impl AsyncFn(Callbacks) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut first_failure = None;
        for region in self.regions_of(token) {
            let answer = match self.callbacks(&region) {
                Ok(callbacks) => call(callbacks).await,
                Err(failure) => Err(failure),
            };
            self.answered(&answer);
            match answer {
                Ok(answer) => {
                    self.tasks.borrow_mut().prove(token, &region);
                    return Ok(answer);
                }
                Err(failure) => {
                    let elsewhere = may_wait_elsewhere(&failure);
                    let failure = first_failure.get_or_insert(failure);
                    if !elsewhere {
                        return Err(failure.clone());
                    }
                }
            }
        }
        Err(first_failure.unwrap_or_else(not_ready))
    }

    /// The likeliest first: as the execution's ARN says, as the configuration, as the queue's URL, and
    /// this computer's own.
    fn regions_of(&self, token: &TaskToken) -> Vec<String> {
        let known = self.known.borrow();
        let configured = self.access.region.as_deref();
        // What an endpoint of its own is for, it says; the signature must say the same.
        let endpoint = self.access.sfn_endpoint.as_deref().and_then(regions::named_in);
        if let Some(region) = endpoint {
            return vec![region];
        }
        let queue = known.queue_url.as_deref().and_then(regions::named_in);
        let place = known.place.as_ref().map(|place| place.region.as_str());
        let others = [configured, queue.as_deref(), place].into_iter().flatten();
        self.tasks.borrow().of(token, others)
    }

    fn callbacks(&self, region: &str) -> Result<Callbacks, Failure> {
        let mut known = self.known.borrow_mut();
        if let Some(callbacks) = known.callbacks.get(region) {
            return Ok(callbacks.clone());
        }
        let keeper = self.keeper.borrow();
        let (Some(place), Some(keeper)) = (&known.place, &*keeper) else { return Err(not_ready()) };
        tracing::info!(
            "Step Functions is called in {region}, where a task may wait; this computer is in {}",
            place.region
        );
        let clients = Clients::new(&self.access, region, &self.clock, keeper.key());
        let callbacks = Callbacks::new(&clients, self.clock.clone());
        known.callbacks.insert(region.to_owned(), callbacks.clone());
        Ok(callbacks)
    }

    /// Waits up to 20 s for messages.
    pub(crate) async fn receive(&self) -> Result<Vec<Delivery>, Failure> {
        self.received(async |queue| queue.receive().await).await
    }

    /// Waits for messages for so long.
    pub(crate) async fn receive_within(&self, wait: Duration) -> Result<Vec<Delivery>, Failure> {
        self.received(async |queue| queue.receive_within(wait).await).await
    }

    async fn received(
        &self,
        receive: impl AsyncFnOnce(Rc<Queue>) -> Result<Vec<Delivery>, Failure>,
    ) -> Result<Vec<Delivery>, Failure> {
        let answer = match self.queue() {
            Ok(queue) => receive(queue).await,
            Err(failure) => Err(failure),
        };
        self.answered(&answer);
        let mut tasks = self.tasks.borrow_mut();
        for delivery in answer.iter().flatten() {
            tasks.learn_message(&delivery.body);
        }
        drop(tasks);
        answer
    }

    pub(crate) fn queue(&self) -> Result<Rc<Queue>, Failure> {
        self.known.borrow().queue.clone().ok_or_else(not_ready)
    }

    /// Looks at a service's answer for what it says of the key in use.
    fn answered<T>(&self, answer: &Result<T, Failure>) {
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

/// True if the task may wait in another region than the one that answered so.
fn may_wait_elsewhere(failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::TokenOver(TokenOver::InvalidToken | TokenOver::TaskDoesNotExist)
        | FailureKind::AccessDenied
        | FailureKind::Unreachable
        | FailureKind::Blocked(_) => true,
        FailureKind::TokenOver(TokenOver::TaskTimedOut)
        | FailureKind::Credentials
        | FailureKind::Signature
        | FailureKind::Throttled
        | FailureKind::InvalidOutput
        | FailureKind::KmsThrottled
        | FailureKind::Kms
        | FailureKind::NoSuchQueue
        | FailureKind::Service => false,
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
