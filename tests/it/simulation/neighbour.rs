//! Another desktop that listens to the same queue: the real core once more, in a world without
//! trouble. What is its own nobody else may touch, and the other way round.

use std::time::Duration;

use deskbeat::session::interface::event::KeyInfo;
use deskbeat::session::{Command, Event, Mono, Now, Record, Session};

use crate::simulation::queue::Kind;
use crate::simulation::secret;
use crate::simulation::service::State;
use crate::simulation::world::{Happening, World};

const INSTANCE: &str = "i-0fedcba9876543210";
const CALL: Duration = Duration::from_millis(50);
/// Its own role's key, which outlives every history.
pub const KEY: u64 = u64::MAX;
/// How its tokens begin.
pub const TOKEN: &str = "tok-next-door";

/// True for a token that another desktop was given.
pub fn has(token: &str) -> bool {
    token.starts_with(TOKEN)
}

pub struct Neighbour {
    session: Session,
    polls: bool,
}

impl World {
    /// The other desktop starts.
    pub fn neighbour_moves_in(&mut self) {
        let seed = self.rng.u64(..);
        let session =
            Session::new(self.neighbours_now(), self.settings.clone(), Record::default(), seed);
        self.service.keys.insert(KEY, Duration::MAX);
        self.neighbour = Some(Neighbour { session, polls: false });
        let info =
            KeyInfo { source: "imds", key_suffix: "NEXT".into(), expires_at: None, changed: true };
        for event in [
            Event::Identified { instance_id: INSTANCE.into() },
            Event::CredentialsLoaded(info),
            Event::QueueFound("https://queue".into()),
        ] {
            self.at(self.now, Happening::Neighbour(event));
        }
    }

    /// Its clock is right.
    fn neighbours_now(&self) -> Now {
        Now { mono: Mono::at(self.now), wall: self.wall(self.now) }
    }

    /// What a workflow sends it.
    pub fn neighbours_start(&self, token: &str, window: Duration) -> String {
        let window = window.as_secs();
        format!(
            r#"{{"taskToken":"{token}","sessionId":"next-door","instanceId":"{INSTANCE}","heartbeatSeconds":{window}}}"#
        )
    }

    pub fn tell_neighbour(&mut self, event: Event) {
        let now = self.neighbours_now();
        let Some(neighbour) = self.neighbour.as_mut() else { return };
        // A tick that comes too early for it is none.
        if event == Event::Tick
            && neighbour.session.next_deadline().is_none_or(|due| due > now.mono)
        {
            return;
        }
        let commands = neighbour.session.handle(now, event);
        let due = neighbour.session.next_deadline();
        let key = Some(KEY);
        let back = self.now + CALL;
        for command in commands {
            let answer = match command {
                Command::Save(revision, _) => Event::JournalSaved(revision),
                Command::Beat { call, token, .. } => {
                    self.is_next_doors(token.expose());
                    Event::BeatAnswered(call, self.service.beat(key, token.expose(), self.now))
                }
                Command::Close { call, token, verdict, .. } => {
                    self.is_next_doors(token.expose());
                    let answer = self.service.close(key, token.expose(), &verdict, self.now);
                    Event::CloseAnswered(call, answer)
                }
                Command::Receive => {
                    self.neighbour.as_mut().unwrap().polls = true;
                    continue;
                }
                Command::Delete(receipt) => {
                    if let Some(message) = self.queue.delete(receipt) {
                        assert_eq!(message.kind, Kind::Foreign, "next door deletes what is ours");
                    }
                    continue;
                }
                Command::Release(receipt, after) => {
                    self.queue.release(receipt, after, self.now);
                    continue;
                }
                Command::Log(line) => {
                    secret::is_not_in(&line.text);
                    continue;
                }
                Command::RefreshCredentials
                | Command::Notify(_)
                | Command::Reply(..)
                | Command::AfterEnd(_)
                | Command::LetOsProceed => continue,
            };
            self.at(back, Happening::Neighbour(answer));
        }
        if let Some(due) = due {
            self.at(due.since_start(), Happening::Neighbour(Event::Tick));
        }
    }

    fn is_next_doors(&self, token: &str) {
        let ours = self.service.tasks.contains_key(token) && !has(token);
        assert!(!ours, "next door uses our {token}");
    }

    pub fn answer_neighbours_poll(&mut self) {
        if !self.neighbour.as_ref().is_some_and(|neighbour| neighbour.polls) {
            return;
        }
        let Some(received) = self.hand_out() else { return };
        self.neighbour.as_mut().unwrap().polls = false;
        self.at(self.now + CALL, Happening::Neighbour(received));
    }

    /// In a world without trouble its session is never lost.
    pub fn nobody_next_door_is_lost(&self) {
        for (token, task) in &self.service.tasks {
            let lost = matches!(task.state, State::HeartbeatTimeout(_)) && task.beats > 0;
            assert!(!lost || !has(token), "{token} missed its window");
        }
    }
}
