//! The teller of the stories: a session, the time, and edges that answer at once, as they are told.

use std::time::Duration;

use jiff::Timestamp;

use crate::session::interface::event::{KeyInfo, Revision};
use crate::session::{
    AskId, Barrier, Command, Delivery, Event, Failure, FailureKind, LogLine, Mono, Notification,
    Now, Receipt, Record, Reply, Request, Session, Settings, State, TaskResult, TokenOver, View,
};

pub const INSTANCE: &str = "i-0123456789abcdef0";
/// Every failure after which a call is sent again.
pub const PASSING: [FailureKind; 18] = [
    FailureKind::Credentials,
    FailureKind::Signature,
    FailureKind::AccessDenied,
    FailureKind::Throttled,
    FailureKind::InvalidOutput,
    FailureKind::KmsThrottled,
    FailureKind::Kms,
    FailureKind::NoSuchQueue,
    FailureKind::Service,
    FailureKind::Unreachable,
    FailureKind::Blocked(Barrier::Refused),
    FailureKind::Blocked(Barrier::Swallowed),
    FailureKind::Blocked(Barrier::Name),
    FailureKind::Blocked(Barrier::ProxySignIn),
    FailureKind::Blocked(Barrier::Proxy),
    FailureKind::Blocked(Barrier::Certificate),
    FailureKind::Blocked(Barrier::CertificateTime),
    FailureKind::Blocked(Barrier::Page),
];
pub const TIMED_OUT: FailureKind = FailureKind::TokenOver(TokenOver::TaskTimedOut);

/// How an edge answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    Good,
    Fails(FailureKind),
    /// Not yet; the story answers by itself.
    Silent,
}

pub struct Story {
    pub session: Session,
    pub now: Now,
    /// How the disk, beats and closes are answered.
    pub disk: Answer,
    pub beats: Answer,
    pub closes: Answer,
    /// Tokens that the service does not know.
    pub unknown: Vec<String>,
    /// Everything that the session commanded, and when.
    pub said: Vec<(Duration, Command)>,
    /// The record that is durable.
    pub durable: Record,
    deliveries: u64,
    asks: u64,
}

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn failure(kind: FailureKind) -> Failure {
    Failure { kind, code: "Code".into(), message: "told by the story".into(), request_id: None }
}

/// A start message for session `s-1`, with a window of 60 s and 8 h in all.
pub fn start(token: &str) -> String {
    format!(
        r#"{{"taskToken":"{token}","sessionId":"s-1","heartbeatSeconds":60,"timeoutSeconds":28800,
            "user":"ana","extendable":true}}"#
    )
}

/// The start of a session `session` with `token`.
pub fn start_of(session: &str, token: &str) -> String {
    format!(r#"{{"taskToken":"{token}","sessionId":"{session}","heartbeatSeconds":60}}"#)
}

pub fn key(suffix: &str, changed: bool) -> Event {
    Event::CredentialsLoaded(KeyInfo {
        source: "imds",
        key_suffix: suffix.into(),
        expires_at: None,
        changed,
    })
}

/// Nine in the morning, ten minutes after the machine's start.
pub fn morning() -> Now {
    Now { mono: Mono::at(seconds(600)), wall: "2026-11-24T09:00:00Z".parse().unwrap() }
}

impl Story {
    /// An agent that has just started with what `record` holds; nothing is known yet.
    pub fn starts(now: Now, settings: Settings, record: Record) -> Self {
        let session = Session::new(now, settings, record.clone(), 7);
        let mut story = Self {
            session,
            now,
            disk: Answer::Good,
            beats: Answer::Good,
            closes: Answer::Good,
            unknown: Vec::new(),
            said: Vec::new(),
            durable: record,
            deliveries: 0,
            asks: 0,
        };
        story.tell(Event::Tick);
        story
    }

    /// The agent on a machine that knows itself, its queue and its key.
    pub fn waiting_with(settings: Settings) -> Self {
        let mut story = Self::starts(morning(), settings, Record::default());
        story.gets_ready();
        story
    }

    pub fn waiting() -> Self {
        Self::waiting_with(Settings::default())
    }

    /// Session `s-1` with token `secret-1` is active.
    pub fn active_with(settings: Settings) -> Self {
        let mut story = Self::waiting_with(settings);
        story.deliver(&start("secret-1"));
        assert_eq!(story.state(), State::Active);
        story
    }

    pub fn active() -> Self {
        Self::active_with(Settings::default())
    }

    pub fn gets_ready(&mut self) {
        self.tell(Event::Identified { instance_id: INSTANCE.into() });
        self.tell(key("AAAA", true));
        self.tell(Event::QueueFound("https://queue".into()));
    }

    /// Kills the agent and starts it again after `down`, on the same boot.
    pub fn restarts_after(&self, down: u64) -> Self {
        self.restarts_with(down, Settings::default())
    }

    pub fn restarts_with(&self, down: u64, settings: Settings) -> Self {
        let now = Now {
            mono: self.now.mono + seconds(down),
            wall: self.now.wall.checked_add(seconds(down)).unwrap(),
        };
        Self::starts(now, settings, self.durable.clone())
    }

    /// Something happens, and what the session commands is carried out.
    pub fn tell(&mut self, event: Event) {
        let told = format!("{event:?}");
        assert!(!told.contains("secret"), "an event shows a token: {told}");
        self.tell_unseen(event);
    }

    /// The same for an event that shows a token, as an edge should never make one.
    pub fn tell_unseen(&mut self, event: Event) {
        let commands = self.session.handle(self.now, event);
        if let Some(due) = self.session.next_deadline() {
            assert!(due > self.now.mono, "a deadline that handling does not remove");
        }
        // Routine beats say nothing new.
        if commands.iter().any(|command| !matches!(command, Command::Beat { .. })) {
            self.look();
        }
        for command in commands {
            let debug = format!("{command:?}");
            assert!(!debug.contains("secret"), "a command shows a token: {debug}");
            self.said.push((self.now.mono.since_start(), command.clone()));
            self.carry_out(command);
        }
    }

    fn look(&self) {
        let view = self.view();
        let shown = serde_json::to_string(&view).unwrap();
        let debug = format!("{:?}", self.session);
        assert!(!debug.contains("secret"), "printing the session shows a token: {debug}");
        assert!(!shown.contains("secret"), "the view shows a token: {shown}");
        assert!(view.sentence.encode_utf16().count() <= 127, "{}", view.sentence);
    }

    fn carry_out(&mut self, command: Command) {
        match (command, self.disk, self.beats, self.closes) {
            (Command::Save(revision, record), Answer::Good, _, _) => {
                let text = serde_json::to_string(&record).unwrap();
                self.durable = serde_json::from_str(&text).unwrap();
                self.tell(Event::JournalSaved(revision));
            }
            (Command::Save(revision, _), Answer::Fails(_), _, _) => {
                self.tell(Event::JournalFailed(revision, "No space left on device".into()));
            }
            (Command::Beat { call, token, .. }, ..)
                if self.unknown.iter().any(|unknown| unknown == token.expose()) =>
            {
                let kind = FailureKind::TokenOver(TokenOver::InvalidToken);
                self.tell(Event::BeatAnswered(call, Err(failure(kind))));
            }
            (Command::Beat { call, .. }, _, Answer::Good, _) => {
                self.tell(Event::BeatAnswered(call, Ok(())));
            }
            (Command::Beat { call, .. }, _, Answer::Fails(kind), _) => {
                self.tell(Event::BeatAnswered(call, Err(failure(kind))));
            }
            (Command::Close { call, .. }, _, _, Answer::Good) => {
                self.tell(Event::CloseAnswered(call, Ok(Some("req-9".into()))));
            }
            (Command::Close { call, .. }, _, _, Answer::Fails(kind)) => {
                self.tell(Event::CloseAnswered(call, Err(failure(kind))));
            }
            _ => {}
        }
    }

    /// Time passes, and whatever is due is done.
    pub fn passes(&mut self, time: Duration) {
        let end = self.now.mono + time;
        while let Some(due) = self.session.next_deadline().filter(|due| *due <= end) {
            self.moves_to(due);
            self.tell(Event::Tick);
        }
        self.moves_to(end);
    }

    /// Time passes and nobody does anything: the machine sleeps.
    pub fn sleeps(&mut self, time: Duration) {
        self.moves_to(self.now.mono + time);
        self.tell(Event::Woke);
    }

    fn moves_to(&mut self, to: Mono) {
        let by = self.now.mono.until(to);
        self.now = Now { mono: to, wall: self.now.wall.checked_add(by).unwrap() };
    }

    /// The queue delivers `body`, sent just now.
    pub fn deliver(&mut self, body: &str) -> Receipt {
        let sent_at = self.now.wall;
        self.deliver_sent(sent_at, body)
    }

    pub fn deliver_sent(&mut self, sent_at: Timestamp, body: &str) -> Receipt {
        let batch = vec![self.message(sent_at, body)];
        let receipt = batch[0].receipt;
        self.tell(Event::Received(Ok(batch)));
        receipt
    }

    /// A message with an id of its own.
    pub fn message(&mut self, sent_at: Timestamp, body: &str) -> Delivery {
        self.deliveries += 1;
        Delivery {
            receipt: Receipt(self.deliveries),
            message_id: format!("m-{}", self.deliveries),
            sent_at: Some(sent_at),
            body: body.into(),
        }
    }

    pub fn ask(&mut self, request: Request) -> AskId {
        self.asks += 1;
        let ask = AskId(self.asks);
        self.tell(Event::Asked(ask, request));
        ask
    }

    pub fn end(&mut self) -> AskId {
        self.ask(Request::End { text: None })
    }

    // What the session said.

    pub fn view(&self) -> View {
        self.session.view(self.now)
    }

    pub fn state(&self) -> State {
        self.session.state(self.now)
    }

    /// Forgets what was said so far.
    pub fn mark(&mut self) {
        self.said.clear();
    }

    fn all<T>(&self, what: impl Fn(&Command) -> Option<T>) -> Vec<T> {
        self.said.iter().filter_map(|(_, command)| what(command)).collect()
    }

    pub fn count(&self, what: impl Fn(&Command) -> bool) -> usize {
        self.said.iter().filter(|(_, command)| what(command)).count()
    }

    /// The tokens that were beaten with, beat by beat.
    pub fn beaten(&self) -> Vec<String> {
        self.all(|command| match command {
            Command::Beat { token, .. } => Some(token.expose().to_owned()),
            _ => None,
        })
    }

    /// When beats were sent, in seconds since the machine's start.
    pub fn beat_times(&self) -> Vec<f64> {
        self.times(|command| matches!(command, Command::Beat { .. }))
    }

    /// When closes were sent, in seconds since the machine's start.
    pub fn close_times(&self) -> Vec<f64> {
        self.times(|command| matches!(command, Command::Close { .. }))
    }

    fn times(&self, is_wanted: impl Fn(&Command) -> bool) -> Vec<f64> {
        let wanted = self.said.iter().filter(|(_, command)| is_wanted(command));
        wanted.map(|(at, _)| at.as_secs_f64()).collect()
    }

    /// The newest record that was to be written.
    pub fn newest_record(&self) -> Revision {
        let saves = self.all(|command| match command {
            Command::Save(revision, _) => Some(*revision),
            _ => None,
        });
        saves.into_iter().max().expect("nothing was written")
    }

    /// The closes that were sent: token and verdict.
    pub fn closes_sent(&self) -> Vec<(String, TaskResult)> {
        self.all(|command| match command {
            Command::Close { token, verdict, .. } => {
                Some((token.expose().to_owned(), verdict.clone()))
            }
            _ => None,
        })
    }

    /// The output of the last close.
    pub fn output(&self) -> serde_json::Value {
        match self.closes_sent().pop() {
            Some((_, TaskResult::Success(output))) => serde_json::from_str(&output).unwrap(),
            other => panic!("no success was sent: {other:?}"),
        }
    }

    pub fn last_call(&self) -> crate::session::CallId {
        let call = self.all(|command| match command {
            Command::Beat { call, .. } | Command::Close { call, .. } => Some(*call),
            _ => None,
        });
        *call.last().expect("no call was made")
    }

    pub fn deleted(&self, receipt: Receipt) -> bool {
        self.count(|command| *command == Command::Delete(receipt)) > 0
    }

    /// For how long the message was hidden, the last time that it was.
    pub fn released(&self, receipt: Receipt) -> Option<Duration> {
        let releases = self.all(|command| match command {
            Command::Release(of, after) if *of == receipt => Some(*after),
            _ => None,
        });
        releases.last().copied()
    }

    pub fn notified(&self) -> Vec<Notification> {
        self.all(|command| match command {
            Command::Notify(notification) => Some(notification.clone()),
            _ => None,
        })
    }

    pub fn log(&self) -> Vec<LogLine> {
        self.all(|command| match command {
            Command::Log(line) => Some(line.clone()),
            _ => None,
        })
    }

    /// How many log lines have `word` in them.
    pub fn logged(&self, word: &str) -> usize {
        self.log().iter().filter(|line| line.text.contains(word)).count()
    }

    pub fn reply(&self, ask: AskId) -> Option<Reply> {
        let mut replies = self.all(|command| match command {
            Command::Reply(to, reply) if *to == ask => Some(reply.clone()),
            _ => None,
        });
        assert!(replies.len() <= 1, "answered twice: {replies:?}");
        replies.pop()
    }

    pub fn is_done(&self, ask: AskId) -> bool {
        matches!(self.reply(ask), Some(Reply::Done { .. }))
    }

    pub fn refused(&self, ask: AskId) -> Option<crate::session::Refusal> {
        match self.reply(ask) {
            Some(Reply::Refused { why, .. }) => Some(why),
            Some(Reply::Done { .. }) | None => None,
        }
    }

    /// The place of the first such command among everything said.
    pub fn place(&self, what: impl Fn(&Command) -> bool) -> usize {
        let place = self.said.iter().position(|(_, command)| what(command));
        place.expect("it was never said")
    }

    pub fn after_ends(&self) -> usize {
        self.count(|command| matches!(command, Command::AfterEnd(_)))
    }

    pub fn let_go(&self) -> usize {
        self.count(|command| *command == Command::LetOsProceed)
    }
}
