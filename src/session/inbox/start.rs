//! What follows from a start message: take the token, let it replace the present one, acknowledge a
//! repetition, or leave it in the queue for later. The rest of the intake is in `intake`.

use std::time::Duration;

use crate::session::contract::message::Start;
use crate::session::inbox::Fate;
use crate::session::interface::event::Delivery;
use crate::session::interface::time::Now;
use crate::session::journal::Then;
use crate::session::live::{Greeting, Live, Same};
use crate::session::words::codes::Code;
use crate::session::{Command, Level, Phase, Reply, Session};

impl Session {
    pub(in crate::session) fn start_delivered(
        &mut self,
        now: Now,
        delivery: &Delivery,
        session_id: Option<String>,
        start: Start,
    ) -> Fate {
        let fingerprint = start.token.fingerprint();
        if self.journaling.finished.contains(&fingerprint) {
            self.say(delivery, || format!("repeats a finished session's token {fingerprint}"));
            self.out.push(Command::Delete(delivery.receipt));
            return Fate::Used;
        }
        let living = match &self.phase {
            Phase::Live(live) => Some(live.as_ref()),
            Phase::Ending(ending) => Some(&ending.live),
            Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => None,
        };
        let Some(live) = living else {
            self.take(now, delivery, session_id, start);
            return Fate::Used;
        };
        if live.fingerprint == fingerprint {
            self.say(delivery, || format!("repeats the present session's token {fingerprint}"));
            self.when_durable(now, Then::Delete(delivery.receipt));
            return Fate::Used;
        }
        let window = start.heartbeat.unwrap_or(self.settings.heartbeat);
        match live.same_session(session_id.as_deref(), start.execution_arn.as_deref()) {
            Same::Yes if live.is_newer_than(delivery.sent_at) => {
                self.older_delivered(now, delivery, window)
            }
            Same::Yes => {
                self.replace(now, delivery, session_id, start);
                Fate::Used
            }
            Same::No => {
                self.say(delivery, || {
                    "starts another session while this one is alive: it stays in the queue".into()
                });
                self.park(delivery, window);
                Fate::Left
            }
            Same::CannotTell => {
                self.say(delivery, || {
                    "has a task token without session id while another is alive: it stays in the \
                     queue until a beat has told whether the present one still is"
                        .into()
                });
                self.ask_the_service(now);
                self.park(delivery, window);
                Fate::Left
            }
        }
    }

    /// A token of this session, but from before the present one: queues do not keep order.
    fn older_delivered(&mut self, now: Now, delivery: &Delivery, window: Duration) -> Fate {
        if self.living_mut().is_some_and(|live| live.cadence.was_confirmed()) {
            self.say(delivery, || {
                "has an older task token of this session, whose newer one is alive: acknowledged"
                    .into()
            });
            self.when_durable(now, Then::Delete(delivery.receipt));
            return Fate::Used;
        }
        self.ask_the_service(now);
        self.park(delivery, window);
        Fate::Left
    }

    /// If another token is a retry's, our own is over: a beat tells.
    fn ask_the_service(&mut self, now: Now) {
        if let Some(live) = self.living_mut() {
            live.cadence.hurry(now);
        }
    }

    /// A session begins.
    fn take(&mut self, now: Now, delivery: &Delivery, session_id: Option<String>, start: Start) {
        let (mut live, warning) =
            Live::start(now, &self.settings, session_id, start, delivery.sent_at);
        if let Some(warning) = warning {
            self.log(Level::Warn, Code::Clock, warning);
        }
        let before = match std::mem::replace(&mut self.phase, Phase::Waiting(None)) {
            // What comes after the wish for more time is its answer, unless it says otherwise.
            Phase::Waiting(Some(extension)) => {
                Some(extension.before).filter(|before| before.goes_on_as(&live) != Same::No)
            }
            Phase::EndedElsewhere(gone) => {
                Some(gone.live).filter(|before| before.goes_on_as(&live) == Same::Yes)
            }
            Phase::Waiting(None) | Phase::Live(_) | Phase::Ending(_) | Phase::Closed(_) => None,
        };
        let text = format!(
            "session {} taken: task token {}, heartbeat window {} s, {}",
            live.session_id.as_deref().unwrap_or("without id"),
            live.fingerprint,
            live.cadence.window().as_secs(),
            match live.times_out_at(now) {
                Some(at) => format!("TimeoutSeconds ends it at {at}"),
                None => "end not known (no timeoutSeconds in the message)".into(),
            }
        );
        self.log(Level::Info, Code::Started, text);
        if let Some(before) = before {
            live = before.replaced_by(live);
            live.greeting = Some(Greeting::Extended);
        }
        self.phase = Phase::Live(Box::new(live));
        self.save(now);
        self.when_durable(now, Then::Delete(delivery.receipt));
    }

    /// The same session's new token takes the old one's place.
    fn replace(&mut self, now: Now, delivery: &Delivery, session_id: Option<String>, start: Start) {
        let (new, warning) = Live::start(now, &self.settings, session_id, start, delivery.sent_at);
        if let Some(warning) = warning {
            self.log(Level::Warn, Code::Clock, warning);
        }
        let Some(live) = self.living_mut() else { return };
        let old = live.fingerprint.clone();
        let new = live.replaced_by(new);
        let text =
            format!("task token {} of the same session takes {old}'s place", new.fingerprint);
        self.log(Level::Info, Code::Replaced, text);
        self.journaling.finish(old);
        let intent = self.journaling.revision() + 1;
        match &mut self.phase {
            Phase::Live(live) => **live = new,
            // The wish for more time got through, although its answer did not: this is the reply.
            Phase::Ending(ending) if ending.is_extension_told() => {
                self.goes_on(new, Greeting::Extended);
            }
            // A former run decided to end it, and nobody here: the workflow has tried anew since.
            Phase::Ending(ending) if ending.live.may_be_over && ending.asks.is_empty() => {
                self.goes_on(new, Greeting::Started);
            }
            Phase::Ending(ending) => ending.new_token(new, intent, now),
            Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {}
        }
        self.save(now);
        self.when_durable(now, Then::Delete(delivery.receipt));
    }

    /// The session goes on with another token although its end was decided: only the old one's was.
    fn goes_on(&mut self, mut live: Live, greeting: Greeting) {
        let Some(ending) = self.take_ending() else { return };
        live.greeting = Some(greeting);
        self.phase = Phase::Live(Box::new(live));
        for ask in ending.asks {
            let sentence = "More time was asked for, and granted.".into();
            self.out.push(Command::Reply(ask, Reply::Done { sentence, request_id: None }));
        }
    }
}
