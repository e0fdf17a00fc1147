//! In which region each task waits. Its execution's ARN says; where a message brings none, the queue's
//! region is likelier than this computer's, since Step Functions sends to queues of its own region.
//! The service's answers have the last word.

use std::collections::VecDeque;

use crate::session::TaskToken;
use crate::session::contract::message::{Message, MessageKind};
use crate::session::interface::token::Fingerprint;

use super::regions;

/// Tasks remembered; of an older one nothing is known but where it is likely to wait.
const MAX_KNOWN: usize = 64;

/// What is known of the tasks that were met.
#[derive(Debug, Default)]
pub(super) struct TaskRegions(VecDeque<KnownTask>);

#[derive(Debug)]
struct KnownTask {
    token: Fingerprint,
    region: String,
    /// A call there was accepted.
    proven: bool,
}

impl TaskRegions {
    /// What a message of the queue says.
    pub(super) fn learn_message(&mut self, body: &str) {
        if let Ok(Message { kind: MessageKind::Start(start), .. }) = Message::read(body) {
            self.learn(&start.token, start.execution_arn.as_deref());
        }
    }

    /// `token` is of this execution.
    pub(super) fn learn(&mut self, token: &TaskToken, execution_arn: Option<&str>) {
        let token = token.fingerprint();
        if let Some(region) = execution_arn.and_then(regions::named_in)
            && !self.0.iter().any(|known| known.token == token)
        {
            self.put(KnownTask { token, region, proven: false });
        }
    }

    /// A call for `token` was accepted in `region`.
    pub(super) fn prove(&mut self, token: &TaskToken, region: &str) {
        let token = token.fingerprint();
        let proven = |known: &KnownTask| known.token == token && known.proven;
        if !self.0.iter().any(proven) {
            self.0.retain(|known| known.token != token);
            self.put(KnownTask { token, region: region.to_owned(), proven: true });
        }
    }

    fn put(&mut self, task: KnownTask) {
        if self.0.len() == MAX_KNOWN {
            self.0.pop_front();
        }
        self.0.push_back(task);
    }

    /// Where `token`'s task may wait, the likeliest first; `others` are what is known of this computer.
    pub(super) fn of<'a>(
        &self,
        token: &TaskToken,
        others: impl IntoIterator<Item = &'a str>,
    ) -> Vec<String> {
        let token = token.fingerprint();
        let known = self.0.iter().find(|known| known.token == token);
        let mut regions: Vec<String> =
            known.map(|known| known.region.clone()).into_iter().collect();
        if known.is_some_and(|known| known.proven) {
            return regions;
        }
        for other in others {
            if !regions.iter().any(|region| region == other) {
                regions.push(other.to_owned());
            }
        }
        regions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_says_where_it_is_and_the_service_has_the_last_word() {
        let token = TaskToken::new("AQCEAAAAKgAAAAMAAAAA").unwrap();
        let mut tasks = TaskRegions::default();
        assert_eq!(tasks.of(&token, ["eu-west-1", "eu-west-1"]), ["eu-west-1"]);
        tasks.learn(&token, Some("a name"));
        assert_eq!(tasks.of(&token, ["eu-west-1", "eu-west-2"]), ["eu-west-1", "eu-west-2"]);
        tasks.learn_message(
            r#"{"taskToken":"AQCEAAAAKgAAAAMAAAAA",
                "executionId":"arn:aws-cn:states:cn-north-1:1:execution:desk:a"}"#,
        );
        assert_eq!(tasks.of(&token, ["eu-west-1"]), ["cn-north-1", "eu-west-1"]);
        tasks.prove(&token, "eu-west-1");
        tasks.prove(&token, "us-east-1");
        tasks.learn(&token, Some("arn:aws:states:us-east-2:1:execution:desk:a"));
        assert_eq!(tasks.of(&token, ["us-east-1"]), ["eu-west-1"]);
        let others = (0..MAX_KNOWN).map(|n| TaskToken::new(format!("AQCE{n}")).unwrap());
        others.for_each(|other| tasks.prove(&other, "us-east-1"));
        assert_eq!(tasks.of(&token, ["us-east-1"]), ["us-east-1"]);
    }
}
