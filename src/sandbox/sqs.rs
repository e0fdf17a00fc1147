//! SQS over AWS JSON 1.0, as SDKs speak it today.
//! Source: the API reference of each call, for limits and errors.

use std::time::Duration;

use jiff::Timestamp;
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

use super::Sandbox;
use crate::sandbox::action::Action;
use crate::sandbox::wire::refusal::AwsError;
use crate::sandbox::world::queue::QueuedMessage;
use crate::session::interface::time::later;

/// The longest long poll.
const MAX_WAIT: u64 = 20;
/// The longest visibility timeout: 12 hours.
const MAX_VISIBILITY: u64 = 43_200;
/// The longest delay of a message: 15 minutes.
const MAX_DELAY: u64 = 900;

type RequestFields = Map<String, Value>;

/// What SQS puts beside a body; nothing that must be secret.
fn md5_hex(body: &[u8]) -> String {
    Md5::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Sandbox {
    /// One call; the answer's body.
    pub(super) async fn sqs(
        &self,
        action: Action,
        fields: &RequestFields,
    ) -> Result<Vec<u8>, AwsError> {
        match action {
            Action::GetQueueUrl => self.get_queue_url(fields),
            Action::GetQueueAttributes => {
                self.find_queue(fields)?;
                Ok(self.queue_attributes(&names(fields, &["AttributeNames"])))
            }
            Action::SendMessage => {
                self.find_queue(fields)?;
                self.send_message(fields)
            }
            Action::Receive => {
                self.find_queue(fields)?;
                self.receive_message(fields).await
            }
            Action::Delete => {
                self.find_queue(fields)?;
                let handle = required(fields, "ReceiptHandle")?;
                self.with(|world, now| world.delete(now, handle)).map(|()| Vec::new())
            }
            Action::ChangeVisibility => {
                self.find_queue(fields)?;
                let handle = required(fields, "ReceiptHandle")?;
                let visible_in = number(fields, "VisibilityTimeout", 0, MAX_VISIBILITY)?
                    .ok_or_else(|| missing("VisibilityTimeout"))?;
                let visible_in = Duration::from_secs(visible_in);
                self.with(|world, now| world.change_visibility(now, handle, visible_in))
                    .map(|()| Vec::new())
            }
            Action::ImdsToken
            | Action::ImdsCredentials
            | Action::ImdsOther
            | Action::Heartbeat
            | Action::Success
            | Action::Failure => Err(AwsError::named("UnknownOperationException")),
        }
    }

    fn exists(&self) -> bool {
        self.with(|world, _| world.queue.exists)
    }

    fn find_queue(&self, fields: &RequestFields) -> Result<(), AwsError> {
        let url = required(fields, "QueueUrl")?;
        let end = format!("/{}/{}", self.0.options.account_id, self.0.options.queue_name());
        if url.ends_with(&end) && self.exists() {
            Ok(())
        } else {
            Err(AwsError::named("QueueDoesNotExist"))
        }
    }

    fn get_queue_url(&self, fields: &RequestFields) -> Result<Vec<u8>, AwsError> {
        let name = required(fields, "QueueName")?;
        if name != self.0.options.queue_name() || !self.exists() {
            return Err(AwsError::named("QueueDoesNotExist"));
        }
        Ok(json!({ "QueueUrl": self.queue_url() }).to_string().into_bytes())
    }

    fn queue_attributes(&self, asked: &[&str]) -> Vec<u8> {
        let options = &self.0.options;
        let (name, region, account) = (options.queue_name(), &options.region, &options.account_id);
        let arn = format!("arn:aws:sqs:{region}:{account}:{name}");
        let mut all = self.with(|world, now| {
            let queue = &world.queue;
            let (visible, hidden) = queue.counts(now);
            let mut all = vec![
                ("ApproximateNumberOfMessages", visible.to_string()),
                ("ApproximateNumberOfMessagesNotVisible", hidden.to_string()),
                ("VisibilityTimeout", queue.visibility.as_secs().to_string()),
                ("QueueArn", arn.clone()),
            ];
            if queue.fifo {
                all.push(("FifoQueue", "true".into()));
            }
            if let Some(max) = queue.max_receives {
                let policy = json!({
                    "deadLetterTargetArn": format!("{arn}-dead"),
                    "maxReceiveCount": max,
                });
                all.push(("RedrivePolicy", policy.to_string()));
            }
            all
        });
        all.retain(|(name, _)| asked.contains(&"All") || asked.contains(name));
        let all: RequestFields =
            all.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        json!({ "Attributes": all }).to_string().into_bytes()
    }

    fn send_message(&self, fields: &RequestFields) -> Result<Vec<u8>, AwsError> {
        let body = required(fields, "MessageBody")?.to_owned();
        let group = text(fields, "MessageGroupId")?.map(str::to_owned);
        let delay = Duration::from_secs(number(fields, "DelaySeconds", 0, MAX_DELAY)?.unwrap_or(0));
        if self.0.options.fifo && group.is_none() {
            return Err(missing("MessageGroupId"));
        }
        let digest = md5_hex(body.as_bytes());
        let id = self.with(|world, now| world.send(now, body.into_bytes(), group, delay));
        Ok(json!({ "MessageId": id.0, "MD5OfMessageBody": digest }).to_string().into_bytes())
    }

    async fn receive_message(&self, fields: &RequestFields) -> Result<Vec<u8>, AwsError> {
        let most = number(fields, "MaxNumberOfMessages", 1, 10)?.unwrap_or(1);
        let wait = number(fields, "WaitTimeSeconds", 0, MAX_WAIT)?.unwrap_or(0);
        let visibility =
            number(fields, "VisibilityTimeout", 0, MAX_VISIBILITY)?.map(Duration::from_secs);
        let asked = names(fields, &["AttributeNames", "MessageSystemAttributeNames"]);

        let end = later(self.0.clock.now().wall, Duration::from_secs(wait));
        let most = usize::try_from(most).unwrap_or(1);
        let mut changes = self.0.changes.subscribe();
        loop {
            changes.mark_unchanged();
            let (messages, next, now) = self.with(|world, now| {
                let messages = world.receive(now, most, visibility);
                (messages, world.queue.next_visible(now), now)
            });
            if !messages.is_empty() || now >= end {
                return Ok(messages_json(&messages, &asked));
            }
            if !self.exists() {
                return Err(AwsError::named("QueueDoesNotExist"));
            }
            let wake = next.map_or(end, |next| next.min(end));
            self.0
                .clock
                .park_while(async {
                    tokio::select! {
                        _ = changes.changed() => {}
                        () = self.sleep_till(wake) => {}
                    }
                })
                .await;
        }
    }
}

/// The answer of ReceiveMessage. Bodies go out byte by byte, so that what is no text stays none.
fn messages_json(messages: &[QueuedMessage], asked: &[&str]) -> Vec<u8> {
    if messages.is_empty() {
        return b"{}".to_vec();
    }
    let mut json = b"{\"Messages\":[".to_vec();
    for (index, message) in messages.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        let mut fields = json!({
            "MessageId": message.id.0,
            "ReceiptHandle": message.handle,
            "MD5OfBody": md5_hex(&message.body),
        });
        let attributes = attributes(message, asked);
        if !attributes.is_empty() {
            fields["Attributes"] = Value::Object(attributes);
        }
        let fields = fields.to_string();
        json.extend_from_slice(&fields.as_bytes()[..fields.len() - 1]);
        json.extend_from_slice(b",\"Body\":\"");
        for byte in &message.body {
            match byte {
                b'"' | b'\\' => json.extend_from_slice(&[b'\\', *byte]),
                0..0x20 => json.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
                _ => json.push(*byte),
            }
        }
        json.extend_from_slice(b"\"}");
    }
    json.extend_from_slice(b"]}");
    json
}

fn attributes(message: &QueuedMessage, asked: &[&str]) -> RequestFields {
    let millis = |at: Timestamp| at.as_millisecond().to_string();
    let all = [
        ("SenderId", Some("AROAEXAMPLE:workflow".to_owned())),
        ("SentTimestamp", Some(millis(message.sent))),
        ("ApproximateReceiveCount", Some(message.receives.to_string())),
        ("ApproximateFirstReceiveTimestamp", message.first_received.map(millis)),
        ("MessageGroupId", message.group.clone()),
    ];
    all.into_iter()
        .filter(|(name, _)| asked.contains(&"All") || asked.contains(name))
        .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))))
        .collect()
}

fn names<'a>(fields: &'a RequestFields, lists: &[&str]) -> Vec<&'a str> {
    let lists = lists.iter().filter_map(|list| fields.get(*list)?.as_array());
    lists.flatten().filter_map(Value::as_str).collect()
}

fn missing(field: &str) -> AwsError {
    let message = format!("The request must contain the parameter {field}.");
    AwsError::new("MissingParameter", message)
}

fn text<'a>(fields: &'a RequestFields, field: &str) -> Result<Option<&'a str>, AwsError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(AwsError::new("SerializationException", "")),
    }
}

fn required<'a>(fields: &'a RequestFields, field: &str) -> Result<&'a str, AwsError> {
    text(fields, field)?.filter(|text| !text.is_empty()).ok_or_else(|| missing(field))
}

fn number(
    fields: &RequestFields,
    field: &str,
    least: u64,
    most: u64,
) -> Result<Option<u64>, AwsError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            Some(_) | None => Err(AwsError::new(
                "InvalidParameterValue",
                format!(
                    "Value {value} for parameter {field} is invalid. Reason: Must be between \
                     {least} and {most}, if provided."
                ),
            )),
        },
    }
}
