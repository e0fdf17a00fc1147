//! The queue: long polls, deletes, hand-backs. Knows receipts, not messages: what a body says is
//! judged by the core; here a body only tells the mask which token it must not let through.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use jiff::Timestamp;

use super::clients::Clients;
use super::failures;
use super::secrets::Secrets;
use crate::clock::Clock;
use crate::session::{Delivery, Failure, Receipt};

/// The longest poll that SQS allows. Source: API reference of ReceiveMessage, WaitTimeSeconds.
const LONG_POLL: Duration = Duration::from_secs(20);
/// Longer than the poll: a client that gives up earlier loses messages into flight.
const RECEIVE_SLACK: Duration = Duration::from_secs(6);
/// The most that one receive may bring. Source: API reference, MaxNumberOfMessages.
const BATCH: i32 = 10;
const WORD_TIMEOUT: Duration = Duration::from_secs(5);
/// Tries of a delete; after that the message comes again and is acknowledged then.
const DELETE_TRIES: u32 = 4;
const DELETE_PAUSE: Duration = Duration::from_secs(1);
/// The longest invisibility that SQS allows. Source: API reference of ChangeMessageVisibility.
const MAX_INVISIBLE_SECONDS: u64 = 43_200;
/// Receipt handles kept; older ones belong to messages that have come again since.
const MAX_RECEIPTS: usize = 512;

/// One queue.
#[derive(Debug)]
pub struct Queue {
    client: RefCell<aws_sdk_sqs::Client>,
    clock: Clock,
    url: String,
    secrets: Secrets,
    receipts: RefCell<VecDeque<(Receipt, String)>>,
    next_receipt: Cell<u64>,
    /// After an answer that could not be read, one message at a time: so that the one that breaks
    /// it hides no other.
    singly: Cell<bool>,
}

impl Queue {
    /// The queue at `url`.
    pub fn new(clients: &Clients, clock: Clock, url: String) -> Self {
        Self {
            client: RefCell::new(clients.sqs.clone()),
            clock,
            url,
            secrets: clients.secrets.clone(),
            receipts: RefCell::default(),
            next_receipt: Cell::new(1),
            singly: Cell::new(false),
        }
    }

    /// Goes on with these clients.
    pub fn use_clients(&self, clients: &Clients) {
        self.client.replace(clients.sqs.clone());
    }

    fn client(&self) -> aws_sdk_sqs::Client {
        self.client.borrow().clone()
    }

    /// Waits up to 20 s for messages.
    pub async fn receive(&self) -> Result<Vec<Delivery>, Failure> {
        self.receive_within(LONG_POLL).await
    }

    /// Waits for messages: whole seconds, 1 to 20. (With 0 SQS asks only some of its servers.)
    pub async fn receive_within(&self, wait: Duration) -> Result<Vec<Delivery>, Failure> {
        let wait = Duration::from_secs(wait.min(LONG_POLL).as_secs().max(1));
        let call = self
            .client()
            .receive_message()
            .queue_url(&self.url)
            .wait_time_seconds(wait.as_secs() as i32)
            .max_number_of_messages(if self.singly.get() { 1 } else { BATCH })
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .send();
        match failures::answer_of(&self.secrets, self.clock.call(wait + RECEIVE_SLACK, call).await)
        {
            Ok(answer) => {
                let messages = answer.messages.unwrap_or_default();
                Ok(messages.into_iter().filter_map(|message| self.delivery(message)).collect())
            }
            Err(failure) => {
                self.singly.set(self.singly.get() || failure.code == "UnreadableAnswer");
                Err(failure)
            }
        }
    }

    fn delivery(&self, message: Message) -> Option<Delivery> {
        let handle = message.receipt_handle?;
        let receipt = Receipt(self.next_receipt.get());
        self.next_receipt.set(receipt.0 + 1);
        let mut receipts = self.receipts.borrow_mut();
        if receipts.len() == MAX_RECEIPTS {
            receipts.pop_front();
        }
        receipts.push_back((receipt, handle));
        let sent_at = message
            .attributes
            .as_ref()
            .and_then(|attributes| attributes.get(&MessageSystemAttributeName::SentTimestamp))
            .and_then(|millis| Timestamp::from_millisecond(millis.parse().ok()?).ok());
        let body = message.body.unwrap_or_default();
        self.secrets.learn_message(&body);
        let message_id = message.message_id.map_or_else(
            || format!("without id {}", receipt.0),
            |id| self.secrets.clean(&id, failures::MAX_WORD_CHARS),
        );
        Some(Delivery { receipt, message_id, sent_at, body })
    }

    /// The handle behind `receipt`, if it is still known.
    fn handle(&self, receipt: Receipt) -> Option<String> {
        let receipts = self.receipts.borrow();
        receipts.iter().find(|(known, _)| *known == receipt).map(|(_, handle)| handle.clone())
    }

    /// Deletes the message. A delete that fails is tried a few times; after that the message
    /// comes again, and the core acknowledges it as a duplicate.
    pub async fn delete(&self, receipt: Receipt) -> Result<(), Failure> {
        let Some(handle) = self.handle(receipt) else { return Ok(()) };
        let mut tries = 0;
        loop {
            let call = self.client().delete_message().queue_url(&self.url).receipt_handle(&handle);
            let answer = failures::answer_of(
                &self.secrets,
                self.clock.call(WORD_TIMEOUT, call.send()).await,
            );
            tries += 1;
            match answer {
                Err(_) if tries < DELETE_TRIES => self.clock.sleep(DELETE_PAUSE).await,
                done => {
                    self.receipts.borrow_mut().retain(|(known, _)| *known != receipt);
                    return done.map(drop);
                }
            }
        }
    }

    /// Makes the message visible to others after `hidden`.
    pub async fn release(&self, receipt: Receipt, hidden: Duration) -> Result<(), Failure> {
        let Some(handle) = self.handle(receipt) else { return Ok(()) };
        let seconds = hidden.as_secs_f64().ceil().min(MAX_INVISIBLE_SECONDS as f64) as i32;
        let call = self
            .client()
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(handle)
            .visibility_timeout(seconds)
            .send();
        failures::answer_of(&self.secrets, self.clock.call(WORD_TIMEOUT, call).await).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::super::Access;
    use super::super::clients::HeldKey;
    use super::*;

    /// Answers each call, but one for several messages with what no client can read.
    async fn serve(listener: TcpListener) {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = String::new();
            while !asked.contains("MaxNumberOfMessages") {
                let mut part = [0; 4096];
                let read = stream.read(&mut part).await.unwrap();
                asked += &String::from_utf8_lossy(&part[..read]);
            }
            let messages = match asked.contains("\"MaxNumberOfMessages\":1}")
                || asked.contains("\"MaxNumberOfMessages\":1,")
            {
                true => r#"[{"MessageId":"m","ReceiptHandle":"r","Body":"good"}]"#,
                false => r#"[{"MessageId":"m","ReceiptHandle":"r","Body":{}}]"#,
            };
            let body = format!(r#"{{"Messages":{messages}}}"#);
            let length = body.len();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\n\
                        x-amzn-requestid: r-1\r\nconnection: close\r\n";
            let answer = format!("{head}content-length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    }

    #[test]
    fn a_message_that_breaks_the_answer_hides_no_other() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        tokio::task::LocalSet::new().block_on(&runtime, async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            tokio::task::spawn_local(serve(listener));
            let access = Access::at(&url);
            let (key, clock) = (HeldKey::new(Secrets::default()), Clock::system());
            key.put(Credentials::new("AKIA", "secret", None, None, "test"));
            let clients = Clients::new(&access, "eu-west-1", &clock, &key);
            let queue = Queue::new(&clients, clock, format!("{url}/1/q"));
            let failure = queue.receive().await.unwrap_err();
            assert_eq!(failure.code, "UnreadableAnswer", "{failure}");
            // One at a time from now on: behind the broken one the good one is there.
            let came = queue.receive().await.unwrap();
            assert_eq!(came.iter().map(|it| it.body.as_str()).collect::<Vec<_>>(), ["good"]);
        });
    }
}
