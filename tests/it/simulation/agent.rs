//! The agent of the simulation: starts and dies, tells the core what happened, and carries out what
//! the core commands.

use std::time::Duration;

use deskbeat::session::interface::settings::OsEnding;
use deskbeat::session::{AskId, Command, Event, Session};

use crate::simulation::faults::Fault;
use crate::simulation::secret;
use crate::simulation::world::{Happening, INSTANCE, World};

/// How long a poll of a process that is gone may still be handed messages.
const ORPHANED: Duration = Duration::from_secs(20);

impl World {
    pub fn start_agent(&mut self) {
        self.run += 1;
        self.held_key = None;
        self.polling = None;
        let now = self.now_for_agent();
        let record = self.disk.durable.clone();
        self.say(|| format!("-- agent starts, run {}", self.run));
        let seed = self.rng.u64(..);
        self.session = Some(Session::new(now, self.settings.clone(), record, seed));
        let run = self.run;
        let soon = self.now + self.latency();
        self.at(soon, Happening::Tell(run, Event::Identified { instance_id: INSTANCE.into() }));
        self.at(soon, Happening::Tell(run, Event::QueueFound("https://queue".into())));
        self.at(soon, Happening::Keep(run));
        self.tell(Event::Tick);
    }

    pub fn stop_agent(&mut self, down: Duration, reboot: bool) {
        if self.session.take().is_some() {
            self.seen.crashed_at.push(self.now);
        }
        let kept = self.rng.usize(0..3);
        self.disk.crash(kept);
        if self.rng.u8(..4) == 0 {
            self.disk.is_of_the_version_before();
        }
        self.asleep_until = None;
        // The service does not know yet that nobody listens to this poll any more.
        let orphaned = self.rng.u8(..3) == 0;
        self.orphan = self.polling.take().filter(|_| orphaned).map(|_| self.now + ORPHANED);
        self.dies_after = None;
        self.seen.healthy_since = None;
        self.seen.known_closed.clear();
        self.seen.closes.clear();
        self.seen.in_use = None;
        self.seen.os_deadline = None;
        self.seen.last_shown = None;
        self.run += 1;
        self.seen.journaled = self.durable_token();
        self.seen.in_use = self.durable_token();
        self.no_token_lost();
        self.at(self.now + down, Happening::Start { of: self.run, reboot });
    }

    fn durable_token(&self) -> Option<String> {
        self.disk.durable.session.as_ref().map(|session| session.token.expose().to_owned())
    }

    pub fn tell(&mut self, event: Event) {
        let now = self.now_for_agent();
        if self.session.is_none() {
            return;
        }
        self.say(|| format!("> {event:?}"));
        if let Event::CloseAnswered(call, Ok(_)) = &event
            && let Some(token) = self.seen.closes.get(&call.0)
        {
            self.seen.known_closed.insert(token.clone());
        }
        if event == Event::OsEndingCancelled {
            self.seen.os_deadline = None;
        }
        let Some(session) = self.session.as_mut() else { return };
        let commands = session.handle(now, event);
        if let Some(due) = session.next_deadline() {
            assert!(due > now.mono, "a deadline that handling it does not remove: busy loop");
            self.tick_at(self.booted + due.since_start());
        }
        for command in commands {
            self.carry_out(command);
            self.commands += 1;
            if self.dies_after == Some(self.commands) {
                let (down, reboot) =
                    (Duration::from_millis(self.rng.u64(1..5000)), self.rng.bool());
                self.say(|| "-- dies between two commands".into());
                self.stop_agent(down, reboot);
                return;
            }
        }
    }

    fn carry_out(&mut self, command: Command) {
        self.say(|| format!("    < {command:?}"));
        match command {
            Command::Save(revision, record) => {
                self.no_proven_token_is_given_up(&record);
                if let Some(session) = &record.session {
                    self.seen.in_use = Some(session.token.expose().into());
                }
                let takes = Duration::from_millis(self.rng.u64(1..40));
                let done = self.disk.write(revision, *record, self.now, takes);
                self.at(done, Happening::Written(self.run, revision));
            }
            Command::Beat { ref token, timeout, .. } => {
                self.nobody_elses_token_is_used(token.expose());
                self.send(command, timeout);
            }
            Command::Close { ref token, timeout, call, .. } => {
                let token = token.expose();
                self.nothing_ends_early(&command, token);
                self.no_accepted_close_is_repeated(token);
                // A ready is answered whenever it comes; only its message says that it is open.
                if !token.starts_with("tok-ready") {
                    self.seen.in_use = Some(token.into());
                    self.seen.closes.insert(call.0, token.into());
                }
                self.send(command, timeout);
            }
            Command::Receive | Command::Delete(_) | Command::Release(..) => {
                self.send(command, Duration::from_secs(25));
            }
            Command::RefreshCredentials => self.read_key(),
            Command::Notify(notification) => {
                secret::is_not_in(&format!("{notification:?}"));
                self.seen.notified.push((self.now, notification));
            }
            Command::Reply(AskId(id), reply) => {
                secret::is_not_in(&format!("{reply:?}"));
                let again = self.seen.replies.insert(id, reply);
                assert!(again.is_none(), "ask {id} was answered twice");
            }
            Command::AfterEnd(action) => self.after_end(action),
            Command::LetOsProceed => {
                self.seen.let_go += 1;
                self.seen.os_deadline = None;
            }
            Command::Log(line) => secret::is_not_in(&line.text),
        }
    }

    fn after_end(&mut self, action: deskbeat::session::AfterEnd) {
        self.seen.after_ends += 1;
        assert_eq!(action, self.settings.after_end);
        self.accepted_before_the_after_end_action();
        let answer = match self.may_shut_down {
            true => Event::AfterEndDone,
            false => Event::AfterEndRefused("polkit says no".into()),
        };
        self.at(self.now, Happening::Tell(self.run, answer));
        if self.may_shut_down {
            let goes = self.now + Duration::from_secs(self.rng.u64(1..60));
            self.at(goes, Happening::Fault(Fault::Os(OsEnding::Shutdown, true)));
        }
    }

    pub fn written(&mut self, run: u64, revision: u64) {
        if run != self.run || self.session.is_none() {
            return;
        }
        let event = if self.disk.finish(revision) {
            Event::JournalSaved(revision)
        } else {
            Event::JournalFailed(revision, "No space left on device".into())
        };
        self.no_token_lost();
        self.tell(event);
    }
}
