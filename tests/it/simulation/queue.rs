//! SQS as the simulation sees it: visibility, duplicates, no order.

use std::time::Duration;

use deskbeat::session::Receipt;

/// What a message is, so that the invariants can judge what became of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A start for this machine, with its token.
    Start(String),
    /// A ready for this machine, with its token.
    Ready(String),
    /// For another machine.
    Foreign,
    /// Not to be understood.
    Malformed,
    /// An `end` or a notice.
    Word,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub id: String,
    pub kind: Kind,
    pub body: String,
    pub sent: Duration,
    pub visible_at: Duration,
    pub receipt: Option<Receipt>,
}

#[derive(Default)]
pub struct Queue {
    pub messages: Vec<Message>,
    /// Deleted ones: a standard queue may deliver one again.
    pub deleted: Vec<Message>,
    pub visibility: Duration,
    pub sent: u64,
}

impl Queue {
    pub fn send(&mut self, kind: Kind, body: String, now: Duration) {
        self.sent += 1;
        self.messages.push(Message {
            id: format!("m-{}", self.sent),
            kind,
            body,
            sent: now,
            visible_at: now,
            receipt: None,
        });
    }

    /// Delivers once more what was delivered, or deleted, already.
    pub fn duplicate(&mut self, now: Duration, rng: &mut fastrand::Rng) {
        let from = if rng.bool() { &self.deleted } else { &self.messages };
        if let Some(message) = rng.choice(from) {
            let again = Message { visible_at: now, receipt: None, ..message.clone() };
            self.messages.push(again);
        }
    }

    /// Up to ten visible messages in any order, now in flight.
    pub fn receive(
        &mut self,
        now: Duration,
        rng: &mut fastrand::Rng,
        mut receipt: impl FnMut() -> Receipt,
    ) -> Vec<Message> {
        let visibility = self.visibility;
        rng.shuffle(&mut self.messages);
        self.messages
            .iter_mut()
            .filter(|message| message.visible_at <= now)
            .take(10)
            .map(|message| {
                message.visible_at = now + visibility;
                message.receipt = Some(receipt());
                message.clone()
            })
            .collect()
    }

    /// The message that `receipt` is the newest receipt of.
    fn position(&self, receipt: Receipt) -> Option<usize> {
        self.messages.iter().position(|message| message.receipt == Some(receipt))
    }

    pub fn delete(&mut self, receipt: Receipt) -> Option<Message> {
        let message = self.messages.remove(self.position(receipt)?);
        self.deleted.push(message.clone());
        Some(message)
    }

    pub fn release(&mut self, receipt: Receipt, after: Duration, now: Duration) {
        if let Some(at) = self.position(receipt) {
            self.messages[at].visible_at = now + after;
        }
    }

    pub fn next_visible(&self) -> Option<Duration> {
        self.messages.iter().map(|message| message.visible_at).min()
    }
}
