//! Carries custody's orders out on the AWS edge and the journal, each call in a task of its own.
//! It decides nothing; what an answer means is `custody`'s business.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::custody::{Custody, CustodyInput, CustodyOrder, ReportOutcome};
use crate::agent::commands::log;
use crate::agent::until;
use crate::aws::connection::Reach;
use crate::aws::imds::ImdsError;
use crate::clock::Clock;
use crate::config::Config;
use crate::session::interface::request::failure_as_sent;
use crate::session::interface::token::Fingerprint;
use crate::session::{Event, Record, TaskResult};
use crate::store::{JournalWriter, Store};

/// How long one SendTaskFailure may take.
const REPORT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the last calls (handing back, deleting) may take before the program ends without them.
const LAST_CALLS: Duration = Duration::from_secs(10);
/// Finished tokens kept in the journal, as the agent keeps them.
const MAX_FINISHED: usize = 32;

/// Custody at work.
pub(crate) struct Carrier {
    clock: Clock,
    custody: Custody,
    reach: Rc<Reach>,
    edges: Pin<Box<dyn Future<Output = ()>>>,
    events: mpsc::UnboundedReceiver<Event>,
    outbox: mpsc::UnboundedSender<CustodyInput>,
    inbox: mpsc::UnboundedReceiver<CustodyInput>,
    calls: JoinSet<()>,
    /// The poll that is under way, or was last.
    poll: Option<AbortHandle>,
    journal: Option<FinishedNotes>,
    /// Why the queue cannot be asked yet, as the edge said it last.
    problem: Option<String>,
}

struct FinishedNotes {
    writer: JournalWriter,
    record: Record,
    revision: u64,
    /// Revisions that are being written; zero: written.
    noting: Vec<(u64, Fingerprint)>,
    written: mpsc::UnboundedReceiver<u64>,
}

impl Carrier {
    pub(crate) fn new(
        config: &Config,
        clock: Clock,
        store: Option<(Store, Record)>,
    ) -> Result<Self, ImdsError> {
        let reach = Rc::new(Reach::new(config.access.clone(), clock.clone())?);
        let (events_in, events) = mpsc::unbounded_channel();
        let (outbox, inbox) = mpsc::unbounded_channel();
        let edges = Box::pin(reach.clone().start(events_in));
        let custody = Custody::new(clock.now(), fastrand::u64(..));
        let journal = store.and_then(|(store, record)| FinishedNotes::new(store, record));
        Ok(Self {
            clock,
            custody,
            reach,
            edges,
            events,
            outbox,
            inbox,
            calls: JoinSet::new(),
            poll: None,
            journal,
            problem: None,
        })
    }

    /// Why the queue cannot be asked, if it cannot; a sentence.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// True while a token waits here.
    pub(crate) fn holds_a_token(&self) -> bool {
        self.custody.holds_a_token()
    }

    /// Reports a failure to whatever token waits, or comes within `wait`; [`Carrier::next`] says how
    /// that went.
    pub(crate) fn report(&mut self, error: String, cause: String, wait: Duration) {
        let until = self.clock.now().mono + wait;
        // Its lengths were looked at by whoever asked.
        let (error, cause) = failure_as_sent(&error, &cause).unwrap_or((error, cause));
        // Its outcome never comes at once: the service is asked first.
        let _outcome = self.take(CustodyInput::Report { error, cause, until });
    }

    /// Works until a report's outcome is known. May be dropped and called again at any time.
    pub(crate) async fn next(&mut self) -> ReportOutcome {
        loop {
            let deadline = self.custody.next_deadline();
            let input = tokio::select! {
                biased;
                Some(input) = self.inbox.recv() => Some(input),
                Some(event) = self.events.recv() => self.told(event),
                Some(fingerprint) = noted(&mut self.journal) => Some(CustodyInput::Noted(fingerprint)),
                () = until(&self.clock, deadline) => Some(CustodyInput::Tick),
                Some(_) = self.calls.join_next() => None,
                () = &mut self.edges => None,
            };
            if let Some(input) = input
                && let Some(outcome) = self.take(input)
            {
                return outcome;
            }
        }
    }

    /// Hands everything back and waits for the last calls, but not for long.
    pub(crate) async fn leave(mut self) {
        // It would wait for up to 20 s for a message that is the agent's.
        if let Some(poll) = self.poll.take() {
            poll.abort();
        }
        while let Ok(input) = self.inbox.try_recv() {
            let _no_outcome = self.take(input);
        }
        let _no_outcome = self.take(CustodyInput::HandBack);
        let last = async { while self.calls.join_next().await.is_some() {} };
        if self.clock.call(LAST_CALLS, last).await.is_err() {
            tracing::warn!("a message could not be handed back in time; it comes back by itself");
        }
    }

    /// What the edge reports, as far as custody wants to know.
    fn told(&mut self, event: Event) -> Option<CustodyInput> {
        match event {
            Event::Identified { instance_id } => Some(CustodyInput::Identified(instance_id)),
            Event::QueueFound(_) => {
                self.problem = None;
                Some(CustodyInput::QueueFound)
            }
            Event::CredentialsLoaded(key) => {
                self.problem = None;
                key.changed.then_some(CustodyInput::NewKey)
            }
            Event::CredentialsFailed { sentence, .. }
            | Event::Unidentified(sentence)
            | Event::NoQueue(sentence) => {
                if self.problem.as_deref() != Some(&*sentence) {
                    // A passing one is nobody's business; one that lasts is told at the end.
                    tracing::info!("{sentence}");
                }
                self.problem = Some(sentence.into());
                Some(CustodyInput::Hindered)
            }
            _ => None,
        }
    }

    fn take(&mut self, input: CustodyInput) -> Option<ReportOutcome> {
        let now = self.clock.now();
        let mut outcome = None;
        for order in self.custody.handle(now, input) {
            match order {
                CustodyOrder::Reported(reported) => outcome = Some(reported),
                order => self.carry_out(order),
            }
        }
        outcome
    }

    fn carry_out(&mut self, order: CustodyOrder) {
        let (answers, reach) = (self.outbox.clone(), self.reach.clone());
        match order {
            CustodyOrder::Receive(wait) => {
                let poll = self.beside(async move {
                    let answer = reach.receive_within(wait).await;
                    let _gone = answers.send(CustodyInput::Received(answer));
                });
                self.poll = Some(poll);
            }
            CustodyOrder::Hide(receipt, hold) => drop(self.beside(async move {
                let Ok(queue) = reach.queue() else { return };
                if let Err(failure) = queue.release(receipt, hold).await {
                    tracing::debug!("a message could not be held or handed back: {failure}");
                    let _gone = answers.send(CustodyInput::LetGo(receipt));
                }
            })),
            CustodyOrder::Beat { call, token, timeout } => drop(self.beside(async move {
                let answer = reach.beat(&token, timeout).await;
                let _gone = answers.send(CustodyInput::BeatAnswered(call, answer));
            })),
            CustodyOrder::Fail { call, token, error, cause } => drop(self.beside(async move {
                let verdict = TaskResult::Failure { error, cause };
                let answer = reach.close(&token, verdict, REPORT_TIMEOUT).await;
                let _gone = answers.send(CustodyInput::FailureAnswered(call, answer));
            })),
            CustodyOrder::Note(fingerprint) => match &mut self.journal {
                Some(journal) => journal.note(fingerprint),
                // Nothing is lost: the service has the report, and only a late duplicate of the
                // message would be asked about again.
                None => drop(answers.send(CustodyInput::Noted(fingerprint))),
            },
            CustodyOrder::Delete(receipt) => drop(self.beside(async move {
                let Ok(queue) = reach.queue() else { return };
                if let Err(failure) = queue.delete(receipt).await {
                    tracing::warn!("a message that is done with could not be deleted: {failure}");
                }
            })),
            CustodyOrder::RefreshCredentials => reach.key_refused(),
            CustodyOrder::Log(line) => log(&line),
            // Taken out before.
            CustodyOrder::Reported(_) => {}
        }
    }

    fn beside(&mut self, work: impl Future<Output = ()> + 'static) -> AbortHandle {
        self.calls.spawn_local(work)
    }
}

impl FinishedNotes {
    fn new(store: Store, record: Record) -> Option<Self> {
        let (done, written) = mpsc::unbounded_channel();
        let writer = JournalWriter::spawn(store, move |revision, result| {
            if let Err(error) = result {
                tracing::warn!("the journal cannot be written: {error}");
            }
            let _gone = done.send(revision);
        });
        match writer {
            Ok(writer) => Some(Self { writer, record, revision: 0, noting: Vec::new(), written }),
            Err(error) => {
                tracing::warn!("{error}");
                None
            }
        }
    }

    fn note(&mut self, fingerprint: Fingerprint) {
        self.revision += 1;
        let finished = &mut self.record.finished;
        if finished.len() >= MAX_FINISHED {
            finished.remove(0);
        }
        finished.push(fingerprint.clone());
        self.noting.push((self.revision, fingerprint));
        self.writer.save(self.revision, self.record.clone());
    }
}

/// The next token that the journal holds as finished, or could not be made to.
async fn noted(journal: &mut Option<FinishedNotes>) -> Option<Fingerprint> {
    let Some(journal) = journal else { return std::future::pending().await };
    loop {
        let written = journal.noting.iter().position(|(revision, _)| *revision == 0);
        if let Some(at) = written {
            return Some(journal.noting.remove(at).1);
        }
        let revision = journal.written.recv().await?;
        // A newer record holds what the older one did.
        for (noting, _) in &mut journal.noting {
            if *noting <= revision {
                *noting = 0;
            }
        }
    }
}
