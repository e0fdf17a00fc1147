//! Which messages are logged already, and which are left for later.

use std::collections::VecDeque;
use std::time::Duration;

use crate::session::backoff::BackOff;
use crate::session::contract::message::Message;
use crate::session::interface::command::{Command, Level};
use crate::session::interface::event::{Delivery, Receipt};
use crate::session::interface::outbox::Outbox;
use crate::session::interface::time::{Mono, Now};
use crate::session::interface::token::Fingerprint;
use crate::session::words::codes::Code;

/// A token that is left for later comes back in this share of its heartbeat window, if it is not
/// called back before: a crash must not cost it the window, and each return costs a receive.
const PARKED_SHARE: u32 = 4;
const SHORTEST_PARKED: Duration = Duration::from_secs(1);
const LONGEST_PARKED: Duration = Duration::from_secs(300);
/// How many are remembered, to call them back; the rest come back by themselves.
const MAX_PARKED: usize = 32;
/// A message that is none of ours and comes again.
const AGAIN: BackOff =
    BackOff { first: Duration::from_secs(1), longest: Duration::from_secs(60), jitter: 0.0 };
/// How many tokens that the service does not know are remembered.
const MAX_REFUSED: usize = 64;
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

/// What was left for the dead-letter queue, and how often the same came again.
#[derive(Debug, Default)]
pub(in crate::session) struct Rejected {
    came: VecDeque<Came>,
    /// Tokens of good form that the service does not know.
    tokens: VecDeque<Fingerprint>,
    count: u64,
    last_reason: Option<String>,
}

/// A message of which nothing came.
#[derive(Debug)]
struct Came {
    message_id: String,
    last: Mono,
    /// How often it came again at once.
    hasty: u32,
}

impl Rejected {
    /// Leaves a message in the queue because of `why`, for its dead-letter queue. One that comes
    /// again at once, again and again, is kept out of sight for a while, longer each time. True for
    /// such a one.
    pub(in crate::session) fn leave(
        &mut self,
        now: Now,
        message_id: &str,
        receipt: Receipt,
        why: &str,
        out: &mut Outbox,
    ) -> bool {
        if let Some(came) = self.came.iter_mut().find(|came| came.message_id == message_id) {
            let wait = AGAIN.plain(came.hasty);
            // A queue that hides it for longer needs no help, and must not be made to hide it less.
            let is_hasty = came.last.until(now.mono) < wait;
            if is_hasty {
                out.push(Command::Release(receipt, wait));
                came.hasty += 1;
            }
            came.last = now.mono;
            return is_hasty;
        }
        if self.came.len() == MAX_LOGGED {
            self.came.pop_front();
        }
        self.came.push_back(Came { message_id: message_id.to_owned(), last: now.mono, hasty: 0 });
        self.count += 1;
        self.last_reason = Some(why.to_owned());
        let text = format!("message {message_id} is left for the dead-letter queue: {why}");
        out.log(Level::Warn, Code::Malformed, text);
        false
    }

    /// The service does not know `token`.
    pub(in crate::session) fn refuse(&mut self, token: Fingerprint) {
        if self.tokens.len() == MAX_REFUSED {
            self.tokens.pop_front();
        }
        self.tokens.push_back(token);
    }

    pub(in crate::session) fn is_refused(&self, token: &Fingerprint) -> bool {
        self.tokens.contains(token)
    }

    /// How many messages were left.
    pub(in crate::session) fn count(&self) -> u64 {
        self.count
    }

    /// Why the last one was.
    pub(in crate::session) fn last_reason(&self) -> Option<&str> {
        self.last_reason.as_deref()
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
