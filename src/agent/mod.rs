//! The driver: turns what the edges report into events for the core, and carries its commands out.
//!
//! One loop, one task a call. It decides nothing: what an answer means is the core's business.
//! The fronts (control socket, tray, demo) reach it through a [`link::Link`].

pub mod after_end;
pub(crate) mod commands;
mod history;
pub mod link;
pub mod window_calls;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use crate::agent::after_end::Power;
use crate::agent::history::Recorder;
use crate::agent::link::{AgentEnd, FrontCall};
use crate::aws::Access;
use crate::aws::imds::ImdsError;
use crate::clock::{Busy, Clock};
use crate::session::interface::event::Revision;
use crate::session::{
    AskId, Command, Event, Mono, Record, Reply, Request, Session, Settings, View,
};
use crate::store::{JournalWriter, Store, StoreError};

use crate::aws::connection::Reach;

/// What an agent is made of.
#[derive(Debug)]
pub struct Parts {
    /// The clock that everything waits on.
    pub clock: Clock,
    /// The session's settings.
    pub settings: Settings,
    /// Where AWS is.
    pub access: Access,
    /// The journal.
    pub store: Store,
    /// What the journal held.
    pub record: Record,
    /// The fronts' counterpart.
    pub desk: AgentEnd,
    /// What carries the after-end action out.
    pub power: Arc<dyn Power>,
    /// Makes jitter repeatable.
    pub seed: u64,
}

/// Drives one session after the other.
#[derive(Debug)]
pub struct Agent {
    clock: Clock,
    session: Session,
    reach: Rc<Reach>,
    journal: Option<JournalWriter>,
    /// Calls under way; dropped with the agent, as a crash would.
    calls: JoinSet<()>,
    /// True from the announced end of the system on: nothing more is taken from the queue.
    leaves: watch::Sender<bool>,
    desk: AgentEnd,
    power: Arc<dyn Power>,
    outbox: mpsc::UnboundedSender<Event>,
    inbox: mpsc::UnboundedReceiver<Event>,
    asks: HashMap<AskId, oneshot::Sender<Reply>>,
    last_ask: u64,
    /// Writes to the journal that are under way.
    saving: Vec<(Revision, Busy)>,
    shown: Option<View>,
    history: Recorder,
}

/// What the loop woke up for.
enum Wake {
    Reported(Event),
    Called(FrontCall),
    Deadline,
}

/// Why there can be no agent.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// Nothing could be journaled.
    #[error(transparent)]
    Journal(#[from] StoreError),
    /// Nobody could be called.
    #[error(transparent)]
    Imds(#[from] ImdsError),
}

impl Agent {
    /// An agent that has not begun.
    pub fn new(parts: Parts) -> Result<Self, AgentError> {
        let Parts { clock, settings, access, store, record, desk, power, seed } = parts;
        let (outbox, inbox) = mpsc::unbounded_channel();
        let done = outbox.clone();
        let journal = JournalWriter::spawn(store, move |revision, written| {
            // The agent may have stopped meanwhile.
            let _agent_gone = done.send(match written {
                Ok(()) => Event::JournalSaved(revision),
                Err(error) => Event::JournalFailed(revision, error.to_string()),
            });
        })?;
        let reach = Rc::new(Reach::new(access, clock.clone())?);
        reach.resume(&record);
        let session = Session::new(clock.now(), settings, record, seed);
        Ok(Self {
            clock,
            session,
            reach,
            journal: Some(journal),
            calls: JoinSet::new(),
            leaves: watch::Sender::new(false),
            desk,
            power,
            outbox,
            inbox,
            asks: HashMap::new(),
            last_ask: 0,
            saving: Vec::new(),
            shown: None,
            history: Recorder::new(),
        })
    }

    /// Runs until it is dropped, or has met a bug of its own. Needs a `LocalSet`: the calls run beside it on the same thread.
    pub async fn run(mut self) {
        let edges = self.reach.clone().start(self.outbox.clone());
        tokio::pin!(edges);
        self.step(Event::Tick);
        loop {
            let deadline = self.session.next_deadline();
            let wake = tokio::select! {
                biased;
                Some(event) = self.inbox.recv() => Wake::Reported(event),
                call = self.desk.next() => Wake::Called(call),
                () = until(&self.clock, deadline) => Wake::Deadline,
                Some(ended) = self.calls.join_next() => match ended {
                    // Nobody would ever hear its answer: better a restart on the journal.
                    Err(error) if error.is_panic() => {
                        tracing::error!("a call ended in a bug ({error}); stopping");
                        return;
                    }
                    Ok(()) | Err(_) => continue,
                },
                () = &mut edges => continue,
            };
            match wake {
                Wake::Reported(event) => self.reported(event),
                Wake::Called(call) => self.called(call),
                Wake::Deadline => self.step(Event::Tick),
            }
        }
    }

    fn reported(&mut self, event: Event) {
        match &event {
            Event::JournalSaved(revision) | Event::JournalFailed(revision, _) => {
                self.saving.retain(|(saving, _)| saving > revision);
            }
            Event::Woke => self.reach.connect_anew(),
            _ => {}
        }
        self.step(event);
    }

    fn called(&mut self, call: FrontCall) {
        match call {
            FrontCall::View(answer) => {
                // Whoever asked may have gone.
                let _asker_gone = answer.send(self.session.view(self.clock.now()));
            }
            FrontCall::History(answer) => {
                let _asker_gone = answer.send(self.history.history());
            }
            FrontCall::Ask(request, answer) => self.asked(request, answer),
            FrontCall::Report(event) => {
                if matches!(event, Event::OsEnding(..)) {
                    self.leaves.send_replace(true);
                }
                self.step(event);
            }
        }
    }

    fn asked(&mut self, request: Request, answer: oneshot::Sender<Reply>) {
        self.last_ask += 1;
        let ask = AskId(self.last_ask);
        self.asks.insert(ask, answer);
        self.step(Event::Asked(ask, self.reach.masked(request)));
    }

    /// One event through the core, and its commands carried out.
    fn step(&mut self, event: Event) {
        tracing::debug!(target: "deskbeat::trace", ?event);
        let now = self.clock.now();
        let mut is_news = self.history.event(now.wall, &event);
        for command in self.session.handle(now, event) {
            is_news |= self.history.command(now.wall, &command);
            if !matches!(command, Command::Log(_)) {
                tracing::debug!(target: "deskbeat::trace", ?command);
            }
            self.carry_out(command);
        }
        self.tell_what_changed(is_news);
    }

    /// Lets the fronts look again if more than the passing of time has changed, or there is news in
    /// the history.
    fn tell_what_changed(&mut self, is_news: bool) {
        let now = self.clock.now();
        let view = self.session.view(now);
        let is_news = self.history.state(now.wall, view.state, &view.sentence) || is_news;
        let still = View {
            window_remaining_seconds: None,
            session_remaining_seconds: None,
            session_remaining_share: None,
            ..view
        };
        if is_news || self.shown.as_ref() != Some(&still) {
            self.shown = Some(still);
            self.desk.changed();
        }
    }
}

/// Waits for `deadline`, or for ever.
pub(crate) async fn until(clock: &Clock, deadline: Option<Mono>) {
    match deadline {
        Some(deadline) => clock.sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // What had to be durable was waited for; a disk that hangs must not hold up the rest.
        if let Some(journal) = self.journal.take() {
            journal.abandon();
        }
    }
}
