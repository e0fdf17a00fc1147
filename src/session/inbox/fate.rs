//! Which messages are logged already, and which are left for later.

use std::collections::VecDeque;
use std::time::Duration;

use crate::session::contract::message::Message;
use crate::session::interface::command::{Command, Level};
use crate::session::interface::event::{Delivery, Receipt};
use crate::session::interface::outbox::Outbox;
use crate::session::words::codes::Code;

/// A token that is left for later comes back in this share of its heartbeat window, if it is not
/// called back before: a crash must not cost it the window, and each return costs a receive.
const PARKED_SHARE: u32 = 4;
const SHORTEST_PARKED: Duration = Duration::from_secs(1);
const LONGEST_PARKED: Duration = Duration::from_secs(300);
/// How many are remembered, to call them back; the rest come back by themselves.
const MAX_PARKED: usize = 32;
/// How many message ids are remembered, to log each once.
const MAX_LOGGED: usize = 256;

/// What was said of messages, once each.
#[derive(Debug, Default)]
pub(in crate::session) struct LoggedMessages(VecDeque<String>);

impl LoggedMessages {
    /// True the first time that `message_id` is to be logged.
    pub(in crate::session) fn first(&mut self, message_id: &str) -> bool {
        if self.0.iter().any(|known| known == message_id) {
            return false;
        }
        if self.0.len() == MAX_LOGGED {
            self.0.pop_front();
        }
        self.0.push_back(message_id.to_owned());
        true
    }

    /// Logs in which other forms than the contract's the sender writes, once for each set of them.
    pub(in crate::session) fn say_what_was_tolerated(
        &mut self,
        message: &Message,
        out: &mut Outbox,
    ) {
        let forms: Vec<String> = message.tolerated.iter().map(ToString::to_string).collect();
        let text = format!(
            "a message was read as its sender meant it, although it is not written as documented: {}",
            forms.join("; ")
        );
        if !forms.is_empty() && self.first(&text) {
            out.log(Level::Info, Code::Message, text);
        }
    }

    /// Logs what happens to a message, once for each message.
    pub(in crate::session) fn say(&mut self, delivery: &Delivery, what: &str, out: &mut Outbox) {
        if self.first(&delivery.message_id) {
            let text = format!("message {} {what}", delivery.message_id);
            out.log(Level::Info, Code::Message, text);
        }
    }
}

/// Messages (by id) that may be of use when the present session is over.
#[derive(Debug, Default)]
pub(in crate::session) struct Parked(Vec<(String, Receipt)>);

impl Parked {
    /// Leaves a message in the queue, out of sight, until the present session is over, but not for
    /// so long that a crash would cost it the `window` it has.
    pub(in crate::session) fn park(
        &mut self,
        delivery: &Delivery,
        window: Duration,
        out: &mut Outbox,
    ) {
        let hidden = (window / PARKED_SHARE).clamp(SHORTEST_PARKED, LONGEST_PARKED);
        out.push(Command::Release(delivery.receipt, hidden));
        self.0.retain(|(id, _)| *id != delivery.message_id);
        if self.0.len() < MAX_PARKED {
            self.0.push((delivery.message_id.clone(), delivery.receipt));
        }
    }

    /// Calls them all back.
    pub(in crate::session) fn call_back(&mut self, out: &mut Outbox) {
        for (_, receipt) in std::mem::take(&mut self.0) {
            out.push(Command::Release(receipt, Duration::ZERO));
        }
    }
}
