//! How a front (the control socket, the tray, the demo) and the agent talk to each other.
//! A front sees views and sends requests; it never touches the session. The agent holds the [`AgentEnd`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::agent::window_calls::WindowCalls;
use crate::session::{Event, Notification, Reply, Request, View};
use crate::ui::history::History;

/// Notifications that a slow front may lag behind before it misses the oldest.
const NOTIFICATIONS_KEPT: usize = 64;

/// A front's end. Clones reach the same agent.
#[derive(Clone, Debug)]
pub struct Link {
    calls: mpsc::UnboundedSender<FrontCall>,
    changes: watch::Receiver<u64>,
    told: broadcast::Sender<Told>,
    leaving: Arc<AtomicBool>,
    starting_up: Arc<AtomicBool>,
    windows: WindowCalls,
}

/// What a front wants of the agent.
#[derive(Debug)]
pub enum FrontCall {
    /// The session as it stands now.
    View(oneshot::Sender<View>),
    /// The session so far.
    History(oneshot::Sender<History>),
    /// Somebody asks for something.
    Ask(Request, oneshot::Sender<Reply>),
    /// The desktop reports something: the system ends, the user is away, the machine woke.
    Report(Event),
}

/// What the agent tells every front.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// To be shown to the user.
    Notification(Notification),
    /// The operating system need not wait for the session any longer.
    OsMayProceed,
}

/// The agent has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Deskbeat's agent has stopped")]
pub struct AgentGone;

impl Link {
    /// The session as it stands now.
    pub async fn view(&self) -> Result<View, AgentGone> {
        let (answer, view) = oneshot::channel();
        self.calls.send(FrontCall::View(answer)).map_err(|_| AgentGone)?;
        view.await.map_err(|_| AgentGone)
    }

    /// The session so far.
    pub async fn history(&self) -> Result<History, AgentGone> {
        let (answer, history) = oneshot::channel();
        self.calls.send(FrontCall::History(answer)).map_err(|_| AgentGone)?;
        history.await.map_err(|_| AgentGone)
    }

    /// Where the window is called, and where it says that it is there.
    pub fn windows(&self) -> &WindowCalls {
        &self.windows
    }

    /// Returns when more than the passing of time has changed in the view since the last call.
    pub async fn changed(&mut self) -> Result<(), AgentGone> {
        self.changes.changed().await.map_err(|_| AgentGone)
    }

    /// Asks for something; the reply comes when its outcome is known.
    pub async fn ask(&self, request: Request) -> Result<Reply, AgentGone> {
        let (answer, reply) = oneshot::channel();
        self.calls.send(FrontCall::Ask(request, answer)).map_err(|_| AgentGone)?;
        reply.await.map_err(|_| AgentGone)
    }

    /// Reports something that happened at the desktop.
    pub fn report(&self, event: Event) -> Result<(), AgentGone> {
        self.calls.send(FrontCall::Report(event)).map_err(|_| AgentGone)
    }

    /// From now on the agent closes its session and ends: whoever wants its place waits for it.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    /// True once the agent is about to end.
    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    /// No agent is here yet: whoever answers goes when the computer's start-up is done.
    pub fn starts_up(&self) {
        self.starting_up.store(true, Ordering::Relaxed);
    }

    /// True for what stands in an agent's place during the start-up.
    pub fn is_starting_up(&self) -> bool {
        self.starting_up.load(Ordering::Relaxed)
    }

    /// What the agent tells from now on.
    pub fn told(&self) -> broadcast::Receiver<Told> {
        self.told.subscribe()
    }
}

/// The agent's end.
#[derive(Debug)]
pub struct AgentEnd {
    calls: mpsc::UnboundedReceiver<FrontCall>,
    changes: watch::Sender<u64>,
    pub(crate) told: broadcast::Sender<Told>,
}

impl AgentEnd {
    /// A desk and the link to it.
    pub fn new() -> (AgentEnd, Link) {
        let (call, calls) = mpsc::unbounded_channel();
        let (changes, change) = watch::channel(0);
        let (told, _) = broadcast::channel(NOTIFICATIONS_KEPT);
        let link = Link {
            calls: call,
            changes: change,
            told: told.clone(),
            leaving: Arc::default(),
            starting_up: Arc::default(),
            windows: WindowCalls::new(),
        };
        (AgentEnd { calls, changes, told }, link)
    }

    /// The next call; never returns once every link is gone.
    pub async fn next(&mut self) -> FrontCall {
        match self.calls.recv().await {
            Some(call) => call,
            None => std::future::pending().await,
        }
    }

    /// Lets the fronts look again.
    pub fn changed(&self) {
        self.changes.send_modify(|generation| *generation += 1);
    }

    /// Tells every front; nobody listening is fine.
    pub fn tell(&self, told: Told) {
        let _listeners = self.told.send(told);
    }
}
