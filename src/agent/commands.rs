//! Carries the core's commands out: each call in a task of its own, each answer an event.

use std::future::Future;
use std::sync::Arc;

use super::Agent;
use crate::agent::link::Told;
use crate::session::words::codes::Code;
use crate::session::{Command, Event, Level, LogLine, Receipt};

impl Agent {
    pub(super) fn carry_out(&mut self, command: Command) {
        let (events, reach) = (self.outbox.clone(), self.reach.clone());
        match command {
            Command::Save(revision, record) => {
                self.saving.push((revision, self.clock.busy()));
                if let Some(journal) = &self.journal {
                    journal.save(revision, *record);
                }
            }
            Command::Beat { call, token, timeout } => self.beside(async move {
                let answer = reach.beat(&token, timeout).await;
                let _agent_gone = events.send(Event::BeatAnswered(call, answer));
            }),
            Command::Close { call, token, verdict, timeout } => self.beside(async move {
                let answer = reach.close(&token, verdict, timeout).await;
                let _agent_gone = events.send(Event::CloseAnswered(call, answer));
            }),
            Command::Receive => {
                self.leaves.send_replace(false);
                let mut leaves = self.leaves.subscribe();
                self.beside(async move {
                    // What the queue handed to a process that ends would be hidden from the next one.
                    let answer = tokio::select! {
                        answer = reach.receive() => answer,
                        _ = leaves.wait_for(|leaves| *leaves) => Ok(Vec::new()),
                    };
                    let _agent_gone = events.send(Event::Received(answer));
                });
            }
            Command::Delete(receipt) => self.done_with(receipt),
            Command::Release(receipt, hidden) => self.beside(async move {
                let Ok(queue) = reach.queue() else { return };
                if let Err(failure) = queue.release(receipt, hidden).await {
                    // It comes back by itself when its visibility timeout is over.
                    tracing::debug!("a message could not be handed back: {failure}");
                }
            }),
            Command::RefreshCredentials => reach.key_refused(),
            Command::Notify(notification) => self.desk.tell(Told::Notification(notification)),
            Command::Reply(ask, reply) => {
                if let Some(answer) = self.asks.remove(&ask) {
                    // Whoever asked may have gone.
                    let _asker_gone = answer.send(reply);
                }
            }
            Command::AfterEnd(action) => {
                let (power, busy) = (Arc::clone(&self.power), self.clock.busy());
                // It starts a program and waits for it: not on the thread that beats.
                std::thread::spawn(move || {
                    let _busy = busy;
                    let _agent_gone = events.send(match power.carry_out(action) {
                        Ok(()) => Event::AfterEndDone,
                        Err(error) => Event::AfterEndRefused(error.to_string()),
                    });
                });
            }
            Command::LetOsProceed => self.desk.tell(Told::OsMayProceed),
            Command::Log(line) => log(&line),
        }
    }

    /// Runs `work` beside the agent on its thread.
    fn beside(&mut self, work: impl Future<Output = ()> + 'static) {
        self.calls.spawn_local(work);
    }

    fn done_with(&mut self, receipt: Receipt) {
        let reach = self.reach.clone();
        self.beside(async move {
            let Ok(queue) = reach.queue() else { return };
            if let Err(failure) = queue.delete(receipt).await {
                tracing::warn!(
                    code = Code::Queue.id(),
                    "a message that is done with could not be deleted: {failure}; it comes again \
                     and is acknowledged then"
                );
            }
        });
    }
}

pub(crate) fn log(LogLine { level, code, text }: &LogLine) {
    match level {
        Level::Info => tracing::info!(code = code.id(), "{text}"),
        Level::Warn => tracing::warn!(code = code.id(), "{text}"),
        Level::Error => tracing::error!(code = code.id(), "{text}"),
    }
}
