//! The core: the whole life of a session as a pure state machine.
//!
//! Events in, commands out, time as an argument. Everything that decides anything is here: when to
//! beat, what an error means, when to warn, what to do with a second token, in which order to close.
//! No I/O, no clock, no tokio, no AWS type; it imports none of the other rings.
//!
//! Each part owns its state and knows no other; it returns what follows, and only this file, which
//! knows them all, makes it follow.

pub(crate) mod backoff;
pub(crate) mod beats;
mod close;
mod computer;
pub mod contract;
mod deadlines;
mod inbox;
pub mod interface;
mod journal;
mod live;
mod os_ending;
mod phase;
mod requests;
mod service_clock;
mod trials;
pub mod words;

#[cfg(test)]
pub(crate) mod tests;

use std::time::Duration;

pub use contract::record::Record;
pub use contract::state::State;
pub use contract::status::View;
pub use interface::command::{Command, Level, LogLine, TaskResult};
pub use interface::event::{CallId, Delivery, Event, Receipt};
pub use interface::failure::{Barrier, Failure, FailureKind, TokenOver};
pub use interface::notification::Notification;
pub use interface::request::{AskId, Refusal, Reply, Request};
pub use interface::settings::{AfterEnd, OnOsEnding, Settings};
pub use interface::time::{Mono, Now};
pub use interface::token::TaskToken;

use beats::BeatMeans;
use close::{CloseMeans, ClosePlan, Ending};
use computer::Computer;
use contract::in_contract;
use contract::message::{Message, MessageKind, Start};
use contract::output::{Outcome, Reason};
use deadlines::Deadline;
use inbox::Inbox;
use inbox::start::{Decision, EndDecision, decide, decide_end};
use interface::event::{Announcement, Revision};
use interface::outbox::{Context, Outbox};
use interface::settings::OsEnding;
use interface::token::Fingerprint;
use journal::{Journaling, Then};
use live::{Greeting, Live, warnings};
use os_ending::{Departure, PatienceOver, reason_for};
use phase::Phase;
use requests::Decided;
use service_clock::ServiceClock;
use trials::{Trial, TrialMeans, Trials};
use words::codes::Code;
use words::said::said;
use words::sentences;
use words::status_words::{Picture, Shown};

/// How long a message with a token that cannot be tried now has, as if it were a heartbeat window.
const LATER: Duration = Duration::from_secs(60);

/// The session on this machine, from the first token to the last.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    phase: Phase,
    computer: Computer,
    inbox: Inbox,
    journal: Journaling,
    departure: Departure,
    service_clock: ServiceClock,
    trials: Trials,
    shown: Shown,
    out: Outbox,
}

impl Session {
    /// A session on a machine whose journal holds `record`. `seed` makes its jitter repeatable.
    /// Call [`Session::handle`] with [`Event::Tick`] to set it going.
    pub fn new(now: Now, settings: Settings, record: Record, seed: u64) -> Self {
        let Record { instance_id, session, finished, awaiting_extension } = record;
        let phase = session.map_or_else(Phase::default, |saved| {
            Phase::resumed(now, &settings, saved, awaiting_extension)
        });
        let mut out = Outbox::new(seed);
        if let Some(live) = phase.shown() {
            out.log(Level::Info, Code::Resumed, sentences::resumed(live.name(), &live.fingerprint));
        }
        Self {
            settings,
            phase,
            computer: Computer::default(),
            inbox: Inbox::new(now),
            journal: Journaling::new(instance_id, finished),
            departure: Departure::default(),
            service_clock: ServiceClock::default(),
            trials: Trials::default(),
            shown: Shown::default(),
            out,
        }
    }

    /// Takes one event and says what to do, in the order in which to start it.
    pub fn handle(&mut self, now: Now, event: Event) -> Vec<Command> {
        if let Event::ServiceTime { at } = event
            && let Some(correction) = self.service_clock.heard(now, at)
        {
            self.phase.correct_clock(self.service_clock.judge(now), correction);
        }
        let local = now;
        let now = self.service_clock.judge(now);
        match event {
            Event::Tick | Event::ServiceTime { .. } => {}
            Event::Woke => self.woke(now),
            Event::Identified { instance_id } => self.identified(now, &instance_id),
            Event::Unidentified(sentence) => self.computer.not_identified(sentence),
            Event::CredentialsLoaded(key) => self.credentials_loaded(now, key),
            Event::CredentialsFailed { problem, sentence } => {
                self.computer.credentials_failed(problem, sentence);
            }
            Event::QueueFound(url) => self.computer.queue_found(url),
            Event::NoQueue(sentence) => self.computer.no_queue(sentence),
            Event::Received(answer) => self.received(now, answer),
            Event::JournalSaved(revision) => {
                let then = self.journal.saved(revision, &mut self.out);
                self.journal_answered(now, revision, then);
            }
            Event::JournalFailed(revision, error) => {
                let window = self.phase.living().map(|live| live.cadence.window());
                let then = self.journal.failed(now, revision, &error, window, &mut self.out);
                self.journal_answered(now, revision, then);
            }
            Event::BeatAnswered(call, answer) => self.beat_answered(now, call, answer),
            Event::CloseAnswered(call, answer) => self.close_answered(now, call, answer),
            Event::Announced(announcement) => self.announced(now, &announcement),
            Event::Asked(ask, request) => self.asked(now, ask, request),
            Event::Away(kind, away) => {
                if let Phase::Live(live) = &mut self.phase {
                    live.away(now, kind, away, &self.settings, &mut self.out);
                }
            }
            Event::Health(unwell) => self.computer.health(unwell, &mut self.out),
            Event::Configured(settings) => self.settings = settings,
            Event::OsEnding(ending, deadline) => self.os_ends(now, ending, deadline),
            Event::OsEndingCancelled => self.os_stays(now),
            Event::AfterEndDone => {}
            Event::AfterEndRefused(problem) => self.after_end_refused(problem),
        }
        for deadline in Deadline::ALL {
            if self.due(deadline).is_some_and(|at| at <= now.mono) {
                self.act(now, deadline);
            }
        }
        let mut shown = std::mem::take(&mut self.shown);
        let lines = shown.changes(&self.picture(local));
        self.shown = shown;
        for line in lines {
            self.out.push(Command::Log(line));
        }
        self.out.take()
    }

    /// When to call [`Session::handle`] with [`Event::Tick`], if nothing happens before.
    pub fn next_deadline(&self) -> Option<Mono> {
        Deadline::ALL.into_iter().filter_map(|deadline| self.due(deadline)).min()
    }

    /// The operating system waits for us; for fronts that must answer it in time.
    pub fn os_is_waiting(&self) -> Option<OsEnding> {
        self.departure.waiting()
    }

    /// The state that people are shown; never better than the truth.
    pub fn state(&self, now: Now) -> State {
        self.picture(now).state()
    }

    /// Everything that may be shown, as of `now`.
    pub fn view(&self, now: Now) -> View {
        self.picture(now).view()
    }

    fn picture(&self, now: Now) -> Picture<'_> {
        let Self { phase, computer, settings, inbox, out, .. } = self;
        let clock_offset_seconds = self.service_clock.offset_seconds(now);
        let now = self.service_clock.judge(now);
        let attention = computer.attention(now).cloned();
        Picture {
            now,
            phase,
            computer,
            settings,
            attention: attention.or_else(|| inbox.attention(now)),
            clock_offset_seconds,
            rejected: &inbox.rejected,
            last_error: out.last_error(),
            extend_refusal: requests::extend_refusal(phase).map(|(_, sentence)| sentence),
        }
    }

    /// When `deadline` comes, if it is to come.
    fn due(&self, deadline: Deadline) -> Option<Mono> {
        let context = context(&self.settings, &self.computer, self.departure);
        let live = match &self.phase {
            Phase::Live(live) => Some(live.as_ref()),
            Phase::Waiting(_) | Phase::Ending(_) | Phase::Closed(_) | Phase::EndedElsewhere(_) => {
                None
            }
        };
        match deadline {
            Deadline::AfterEndOverdue => self.departure.ordered_due(),
            Deadline::OsPatience => self.departure.patience_due(),
            Deadline::Inbox => self.inbox.due(&context, self.phase.awaits_extension()),
            Deadline::Ready => self.inbox.ready.due(&context),
            Deadline::AfterEndGrace => self.journal.after_end_by(),
            Deadline::JournalRetry => self.journal.retry_at(),
            Deadline::PastTheEnd => live?.past_end_due(),
            Deadline::CountdownEnd => live?.countdown_due().map(|(at, _)| at),
            Deadline::TimeUp => live?.time_up_due(&self.settings),
            Deadline::Warning => live?.next_warning(&self.settings),
            Deadline::RiskNotice => beats::risk_due(live?, &context),
            Deadline::WindowEnd => {
                live.filter(|_| self.shown.is_hopeful()).map(|live| live.cadence.window_end())
            }
            Deadline::Beat => match &self.phase {
                Phase::Live(live) => beats::due(live, &context),
                Phase::Ending(ending) if ending.beats_on(&context) => {
                    beats::due(&ending.live, &context)
                }
                Phase::Ending(_)
                | Phase::Waiting(_)
                | Phase::Closed(_)
                | Phase::EndedElsewhere(_) => None,
            },
            Deadline::Trial => self.trials.due(&context),
            Deadline::CloseRetry => match &self.phase {
                Phase::Ending(ending) => ending.due(&context),
                Phase::Waiting(_)
                | Phase::Live(_)
                | Phase::Closed(_)
                | Phase::EndedElsewhere(_) => None,
            },
            Deadline::ExtensionOverdue => self.phase.extension_due(),
        }
    }

    /// Does what follows from `deadline`, which has come.
    fn act(&mut self, now: Now, deadline: Deadline) {
        let Self { settings, phase, computer, inbox, journal, departure, trials, out, .. } = self;
        let context = context(settings, computer, *departure);
        match (deadline, phase) {
            (Deadline::AfterEndOverdue, _) => departure.still_here(out),
            (Deadline::OsPatience, phase) => match departure.patience_over(out) {
                PatienceOver::StillUp => {}
                PatienceOver::LetGo => {
                    if let Some(ending) = phase.ending_mut() {
                        ending.log_unaccepted(departure.process_stops(), out);
                    }
                    self.let_os_proceed(now);
                }
            },
            (Deadline::Inbox, _) => inbox.receive(out),
            (Deadline::Ready, _) => inbox.ready.answer(now, &context, out),
            (Deadline::AfterEndGrace, _) => {
                for then in journal.end_grace() {
                    self.carry_out(now, then);
                }
            }
            (Deadline::JournalRetry, _) => {
                journal.retry();
                self.save(now);
            }
            (Deadline::PastTheEnd, Phase::Live(live)) => live.passed_its_end(now),
            (Deadline::CountdownEnd, Phase::Live(live)) => {
                let reason = live.countdown_due().map_or(Reason::TimeUp, |(_, reason)| reason);
                self.end(now, reason);
            }
            (Deadline::TimeUp, _) => self.end(now, Reason::TimeUp),
            (Deadline::Warning, Phase::Live(live)) => {
                live.warn(now, settings, out);
                self.save(now);
            }
            (Deadline::RiskNotice, Phase::Live(live)) => {
                beats::tell_of_risk(live, now, &context, out);
            }
            // What is shown is looked at after everything.
            (Deadline::WindowEnd, _) => {}
            (Deadline::Beat, phase) => {
                if let Some(live) = phase.living_mut() {
                    beats::send(live, now, out);
                }
            }
            (Deadline::Trial, _) => trials.send(now, &context, out),
            (Deadline::CloseRetry, Phase::Ending(ending)) => ending.send(now, &context, out),
            (Deadline::ExtensionOverdue, phase) => phase.extension_is_overdue(out),
            // These come in the phases above only.
            (
                Deadline::PastTheEnd
                | Deadline::CountdownEnd
                | Deadline::Warning
                | Deadline::RiskNotice
                | Deadline::CloseRetry,
                _,
            ) => {}
        }
    }

    fn change(&mut self, next: impl FnOnce(Phase) -> Phase) {
        self.phase = next(std::mem::take(&mut self.phase));
    }

    /// Writes the present state to the journal.
    fn save(&mut self, now: Now) {
        if let Some(live) = self.phase.living_mut() {
            live.counts_saved = now.mono;
        }
        let writer = self.computer.instance_id().or_else(|| self.journal.writer());
        let record = Record {
            instance_id: writer.map(Into::into),
            finished: self.journal.finished(),
            ..self.phase.record(now)
        };
        let revision = self.journal.next_revision();
        self.out.push(Command::Save(revision, Box::new(record)));
    }

    /// Does `then` once the newest record is durable: at once, if it is.
    fn when_durable(&mut self, now: Now, then: Then) {
        if let Some(then) = self.journal.when_durable(now, then) {
            self.carry_out(now, then);
        }
    }

    fn carry_out(&mut self, now: Now, then: Then) {
        match then {
            Then::Delete(receipt) => self.out.push(Command::Delete(receipt)),
            // A system that goes by itself needs no second shutdown.
            Then::AfterEnd(_) if self.departure.os_is_ending() => {}
            Then::AfterEnd(action) => self.out.push(Command::AfterEnd(action)),
            Then::LetOsProceed => self.let_os_proceed(now),
        }
    }

    fn journal_answered(&mut self, now: Now, revision: Revision, then: Vec<Then>) {
        for then in then {
            self.carry_out(now, then);
        }
        if let Some(ending) = self.phase.ending_mut() {
            ending.attempts.journaled(revision, now);
        }
    }

    fn woke(&mut self, now: Now) {
        if let Some(live) = self.phase.living_mut() {
            live.cadence.beat_again(now);
        }
        self.trials.woke(now);
        if let Some(ending) = self.phase.ending_mut() {
            ending.attempts.again(now);
        }
    }

    fn identified(&mut self, now: Now, instance_id: &str) {
        if !self.computer.identified(instance_id) {
            return;
        }
        match self.journal.take_writer() {
            Some(other) if other != instance_id => {
                // The journal came with a cloned disk: its session belongs to another machine.
                if let Some(ending) = self.phase.ending_mut() {
                    let sentence = said!("refused-foreign-journal");
                    ending.refuse_all(Refusal::NoSession, sentence, &mut self.out);
                }
                self.change(|_| Phase::default());
                self.journal.forget_finished();
                let text = sentences::foreign_journal(&other, instance_id);
                self.out.log(Level::Warn, Code::JournalForeign, text);
                self.save(now);
                self.leave(now, AfterEnd::None);
            }
            Some(_) | None => {
                if let Some(live) = self.phase.living_mut() {
                    live.verified(now);
                }
                if let Some(ending) = self.phase.ending_mut() {
                    ending.attempts.hurry(now);
                }
            }
        }
    }

    fn credentials_loaded(&mut self, now: Now, key: interface::event::KeyInfo) {
        let changed = key.changed;
        self.computer.credentials_loaded(key);
        if !changed {
            return;
        }
        if let Some(live) = self.phase.living_mut() {
            live.cadence.credentials_changed(now);
        }
        if let Some(ending) = self.phase.ending_mut() {
            ending.attempts.credentials_changed(now);
        }
        self.trials.credentials_changed(now);
        self.inbox.credentials_changed(now);
    }

    fn received(&mut self, now: Now, answer: Result<Vec<Delivery>, Failure>) {
        let context = context(&self.settings, &self.computer, self.departure);
        let ours = self.inbox.received(now, answer, &context, &mut self.out);
        for (delivery, Message { session_id, kind, is_bare, .. }) in ours {
            match kind {
                MessageKind::Start(start) => {
                    self.start_delivered(now, &delivery, session_id, start, is_bare);
                }
                MessageKind::Ready(token) => {
                    self.inbox.ready.delivered(now, &delivery, session_id, token);
                }
                MessageKind::End(grace) => {
                    self.end_delivered(now, &delivery, session_id.as_deref(), grace);
                }
                MessageKind::Notice(text) => {
                    // Whoever wrote it may have quoted what nobody is to read.
                    let text = match self.phase.living() {
                        Some(live) => interface::failure::without(&live.token, &text),
                        None => text,
                    };
                    self.inbox.show_notice(&delivery, text, &mut self.out);
                }
            }
        }
    }

    fn start_delivered(
        &mut self,
        now: Now,
        delivery: &Delivery,
        session_id: Option<String>,
        start: Start,
        is_bare: bool,
    ) {
        let fingerprint = start.token.fingerprint();
        let window = start.heartbeat.unwrap_or(self.settings.heartbeat);
        if self.journal.is_finished(&fingerprint) {
            let why = format!("repeats a finished session's token {fingerprint}");
            self.inbox.acknowledge(delivery, &why, &mut self.out);
            return;
        }
        if self.trials.repeated(&fingerprint, delivery, &mut self.out) {
            return;
        }
        match decide(&self.phase, delivery, session_id.as_deref(), &start, is_bare) {
            Decision::Take => self.take(now, delivery, session_id, start),
            decision @ (Decision::Try | Decision::Judge) if self.trials.has_room(now, is_bare) => {
                let live = self.read_start(now, delivery, session_id, start);
                let is_older = decision == Decision::Judge;
                self.trials.begin(live, delivery, is_older, &mut self.out);
            }
            Decision::Try | Decision::Judge => self.inbox.park(delivery, LATER, &mut self.out),
            Decision::Acknowledge(why) => match self.phase.living_mut() {
                Some(live) if live.is_unproven() => {
                    live.came_again(delivery);
                    trials::hide(live, delivery.receipt, &mut self.out);
                }
                Some(_) | None => {
                    self.inbox.told.say(delivery, &why, &mut self.out);
                    self.when_durable(now, Then::Delete(delivery.receipt));
                }
            },
            Decision::Park(why) => {
                self.inbox.told.say(delivery, why, &mut self.out);
                self.inbox.park(delivery, window, &mut self.out);
            }
            Decision::AskService(why) => {
                if let Some(why) = why {
                    self.inbox.told.say(delivery, why, &mut self.out);
                }
                // If another token is a retry's, our own is over: a beat tells.
                if let Some(live) = self.phase.living_mut()
                    && self.inbox.may_ask_service(now)
                {
                    live.cadence.hurry(now);
                }
                self.inbox.park(delivery, window, &mut self.out);
            }
        }
    }

    /// A session as `start` brings it.
    fn read_start(
        &mut self,
        now: Now,
        delivery: &Delivery,
        session_id: Option<String>,
        start: Start,
    ) -> Live {
        let (live, warning) = Live::start(now, &self.settings, session_id, start, delivery.sent_at);
        if let Some(warning) = warning {
            self.out.log(Level::Warn, Code::Clock, warning);
        }
        live
    }

    /// A session begins.
    fn take(&mut self, now: Now, delivery: &Delivery, session_id: Option<String>, start: Start) {
        let mut live = self.read_start(now, delivery, session_id, start);
        // Its message goes once the service has accepted the token.
        live.came_again(delivery);
        self.begin(now, live);
        self.save(now);
    }

    fn begin(&mut self, now: Now, live: Live) {
        let window = live.cadence.window();
        // A session that goes on, with more time or after the workflow tried again, does not start anew.
        let (code, what) = match self.phase.goes_on_as(&live) {
            true => (Code::Replaced, "goes on"),
            false => (Code::Started, "taken"),
        };
        let ends_at = live.times_out_at(now);
        let text = sentences::taken(live.name(), what, &live.fingerprint, window, ends_at);
        self.out.log(Level::Info, code, text);
        self.change(|phase| phase.started(live));
    }

    /// The service has accepted a token that was tried.
    fn proven(&mut self, now: Now, trial: Trial) {
        let Trial { live, receipt, message_id, is_older } = trial;
        if is_older && self.phase.living().is_some() {
            let text = format!(
                "message {message_id} has an older task token of this session, whose newer one is \
                 alive: acknowledged"
            );
            self.out.log(Level::Info, Code::Message, text);
            self.journal.finish(live.fingerprint);
            self.out.push(Command::Delete(receipt));
            return;
        }
        if self.departure.is_going_down() {
            // Whoever listens next shall have it.
            self.out.push(Command::Release(receipt, Duration::ZERO));
            return;
        }
        match self.phase.living() {
            Some(present) => {
                let old = present.fingerprint.clone();
                self.replace(now, live, old);
            }
            None => self.begin(now, live),
        }
        let greeting = self.phase.living_mut().and_then(Live::confirmed);
        if let Some(greeting) = greeting {
            self.greet(now, greeting);
        }
        self.save(now);
        self.when_durable(now, Then::Delete(receipt));
    }

    /// The same session's new token takes the old one's place.
    fn replace(&mut self, now: Now, new: Live, old: Fingerprint) {
        let text =
            format!("task token {} of the same session takes {old}'s place", new.fingerprint);
        self.out.log(Level::Info, Code::Replaced, text);
        // What was no token, or may live as well, is judged by itself when its message comes again.
        if self.phase.living().is_some_and(|live| !live.is_unproven()) {
            self.journal.finish(old);
        }
        let intent = self.journal.revision() + 1;
        let mut asks = Vec::new();
        self.change(|phase| {
            let (phase, granted) = phase.replaced(now, new, intent);
            asks = granted;
            phase
        });
        for ask in asks {
            self.out.done(ask, said!("done-more-granted"), None);
        }
    }

    fn end_delivered(
        &mut self,
        now: Now,
        delivery: &Delivery,
        session_id: Option<&str>,
        grace: Option<Duration>,
    ) {
        match decide_end(&self.phase, delivery, session_id) {
            EndDecision::CountDown => {
                if let Phase::Live(live) = &mut self.phase {
                    live.end_remotely(now, grace, &mut self.out);
                }
                self.save(now);
                self.when_durable(now, Then::Delete(delivery.receipt));
            }
            EndDecision::Acknowledge(why) => self.inbox.acknowledge(delivery, why, &mut self.out),
            EndDecision::Park => {
                if let Some(live) = self.phase.living() {
                    self.inbox.park(delivery, live.cadence.window(), &mut self.out);
                }
            }
            EndDecision::Leave => {
                let why = "ends a session that is not here (yet): it stays in the queue";
                self.inbox.leave(delivery, why, &mut self.out);
            }
        }
    }

    fn beat_answered(&mut self, now: Now, call: CallId, answer: Result<(), Failure>) {
        match self.trials.answered(now, call, &answer, &mut self.out) {
            TrialMeans::NotOurs => {}
            TrialMeans::Nothing => return,
            TrialMeans::Proven(trial) => return self.proven(now, *trial),
            TrialMeans::Over(trial, failure) => return self.trial_is_over(now, &trial, &failure),
        }
        let Some(live) = self.phase.living_mut() else { return };
        match beats::answered(live, now, call, answer, &mut self.out) {
            BeatMeans::Nothing => {}
            BeatMeans::Alive { save, greeting } => {
                self.acknowledge_proven(now);
                if let Some(greeting) = greeting {
                    self.greet(now, greeting);
                }
                if save {
                    self.save(now);
                }
            }
            BeatMeans::Over(failure) => match &mut self.phase {
                // A close is under way; its own answer tells whether it was ours.
                Phase::Ending(ending) => {
                    ending.beats_are_over = true;
                    ending.attempts.hurry(now);
                }
                Phase::Waiting(_)
                | Phase::Live(_)
                | Phase::Closed(_)
                | Phase::EndedElsewhere(_) => self.ended_elsewhere(now, &failure),
            },
        }
    }

    /// The living session's token is one: the messages that brought it may go.
    fn acknowledge_proven(&mut self, now: Now) {
        let Some(live) = self.phase.living_mut() else { return };
        for (_, receipt) in std::mem::take(&mut live.unproven) {
            self.when_durable(now, Then::Delete(receipt));
        }
    }

    /// A token that was tried is none, or none any longer.
    fn trial_is_over(&mut self, now: Now, trial: &Trial, failure: &Failure) {
        let Trial { live, receipt, message_id, .. } = trial;
        if failure.is_unknown_token() {
            let message = Some((message_id.as_str(), *receipt));
            self.inbox.refuse(now, live.fingerprint.clone(), message, &mut self.out);
        } else {
            let text = format!("message {message_id} has a task token that is over: acknowledged");
            self.out.log(Level::Info, Code::Message, text);
            self.journal.finish(live.fingerprint.clone());
            self.out.push(Command::Delete(*receipt));
        }
    }

    /// Tells the user that the session has begun, now that the service has confirmed it, and of
    /// whatever AWS had announced before.
    fn greet(&mut self, now: Now, greeting: Greeting) {
        let Some(live) = self.phase.living() else { return };
        let ends_at = live.last_moment(&self.settings).map(|at| now.wall_at(at));
        self.out.notify(match greeting {
            Greeting::Started => Notification::Started { ends_at },
            Greeting::Extended => Notification::Extended { ends_at },
        });
        for announcement in self.computer.announcements().to_vec() {
            self.tell_announced(now, &announcement);
        }
    }

    fn tell_announced(&mut self, now: Now, announcement: &Announcement) {
        let Some(live) = self.phase.living_mut() else { return };
        if live.tell_announced(now, announcement, &mut self.out) {
            self.save(now);
        }
    }

    fn announced(&mut self, now: Now, announcement: &Announcement) {
        let is_new = self.computer.note_announcement(announcement);
        if self.phase.living().is_some() {
            self.tell_announced(now, announcement);
        } else if is_new {
            // Nobody is there to warn; the log has it.
            warnings::log_announced(announcement, &mut self.out);
        }
    }

    fn close_answered(&mut self, now: Now, call: CallId, answer: Result<Option<String>, Failure>) {
        if self.inbox.ready.answered(now, call, &answer, &mut self.out) {
            return;
        }
        let Some(ending) = self.phase.ending_mut() else { return };
        match ending.answered(now, call, answer, &mut self.out) {
            CloseMeans::Nothing => {}
            CloseMeans::Closed { request_id, how } => self.closed(now, request_id, &how),
            CloseMeans::EndedElsewhere(failure) => {
                let after = ending.after;
                let sentence = said!("refused-over-already");
                ending.refuse_all(Refusal::EndedElsewhere, sentence, &mut self.out);
                self.ended_elsewhere(now, &failure);
                // Whoever asked for the end is ready for it, and the workflow has no claim left.
                self.leave(now, after);
            }
        }
    }

    /// The service accepted the close.
    fn closed(&mut self, now: Now, request_id: Option<String>, how: &str) {
        let Some(ending) = self.phase.ending_mut() else { return };
        let Ending { live, plan, after, .. } = &*ending;
        let (outcome, reason, after) = (plan.outcome, plan.reason, *after);
        self.journal.finish(live.fingerprint.clone());
        let (name, word) = (live.name(), in_contract(&outcome));
        let text = format!("session {name} closed with outcome {word}: {how}");
        self.out.log(Level::Info, Code::Closed, text);
        let sentence = sentences::closed(outcome);
        ending.done_for_all(sentence, request_id.as_deref(), &mut self.out);
        let proven = std::mem::take(&mut ending.live.unproven);
        let after = match outcome {
            Outcome::Extend => {
                self.change(|phase| phase.more_time_asked(now));
                AfterEnd::None
            }
            Outcome::Ended | Outcome::Failed | Outcome::Ready => {
                self.out.notify(Notification::Closed { reason });
                self.change(|phase| phase.closed(now, request_id));
                after
            }
        };
        self.inbox.call_back(&mut self.out);
        self.save(now);
        for (_, receipt) in proven {
            self.when_durable(now, Then::Delete(receipt));
        }
        self.leave(now, after);
    }

    /// The service ended the session without us: a named token error.
    fn ended_elsewhere(&mut self, now: Now, failure: &Failure) {
        let Some(live) = self.phase.living() else { return };
        let never_known = live.is_unproven();
        if never_known && failure.is_unknown_token() {
            // It never was a token: the message stays for the dead-letter queue.
            let token = live.fingerprint.clone();
            let message = live.unproven.first().map(|(id, receipt)| (id.as_str(), *receipt));
            self.inbox.refuse(now, token, message, &mut self.out);
            self.change(|_| Phase::default());
            self.inbox.call_back(&mut self.out);
            self.save(now);
            return;
        }
        self.journal.finish(live.fingerprint.clone());
        let quiet = now.mono >= live.cadence.window_end();
        let text = sentences::ended_elsewhere(failure, never_known, quiet);
        self.out.log(Level::Warn, Code::EndedElsewhere, text);
        self.acknowledge_proven(now);
        self.change(Phase::ended_elsewhere);
        // A message from before this machine was up is no session that the user knew of.
        if !never_known {
            self.out.notify(Notification::EndedElsewhere);
        }
        self.inbox.call_back(&mut self.out);
        self.save(now);
    }

    /// Ends the living session by itself.
    fn end(&mut self, now: Now, reason: Reason) {
        let after = self.settings.after_end;
        self.begin_close(now, ClosePlan::end(reason, now), after, Vec::new());
    }

    /// Decides the end of the living session. Does nothing in any other phase.
    fn begin_close(&mut self, now: Now, plan: ClosePlan, after: AfterEnd, asks: Vec<AskId>) {
        let Phase::Live(live) = &self.phase else { return };
        let text = sentences::ending(live.name(), plan.outcome, plan.reason);
        self.out.log(Level::Info, Code::Ending, text);
        let intent = self.journal.revision() + 1;
        self.change(|phase| phase.end_decided(now, plan, after, asks, intent));
        self.save(now);
    }

    fn asked(&mut self, now: Now, ask: AskId, request: Request) {
        let out = &mut self.out;
        match requests::decide(now, &self.phase, request, self.settings.after_end) {
            Decided::Close { plan, after } => self.begin_close(now, plan, after, vec![ask]),
            Decided::WaitForClose => {
                if let Some(ending) = self.phase.ending_mut() {
                    ending.asks.push(ask);
                }
            }
            Decided::ClosedAlready { request_id } => {
                out.done(ask, said!("done-closed-already"), request_id);
            }
            Decided::Stay => {
                if let Phase::Live(live) = &mut self.phase {
                    live.stay(out);
                }
                out.done(ask, said!("done-countdown-off"), None);
            }
            Decided::TryAgain => {
                if let Some(ending) = self.phase.ending_mut() {
                    ending.attempts.hurry(now);
                }
                out.done(ask, said!("done-trying-again"), None);
            }
            Decided::GoAnyway(after) => {
                if self.departure.order(now) {
                    out.push(Command::AfterEnd(after));
                }
                out.done(ask, said!("done-going-anyway"), None);
            }
            Decided::Refuse(why, sentence) => out.refuse(ask, why, sentence),
        }
    }

    fn os_ends(&mut self, now: Now, ending: OsEnding, deadline: Mono) {
        // Told to stop long after a shutdown was let go: the close is still worth the wait.
        if self.phase.ending_mut().is_some() && self.departure.waits_again(deadline) {
            return;
        }
        if !self.departure.announced(ending, deadline, &mut self.out) {
            return;
        }
        let policy = self.settings.on(ending);
        let (what, policy_word) = (ending.word(), in_contract(&policy));
        let text = format!("the operating system says: {what}; policy for it: {policy_word}");
        self.out.log(Level::Info, Code::OsEnding, text);
        let spot = self.phase.living().is_some_and(|live| live.spot_at.is_some());
        let plan = ClosePlan::end(reason_for(ending, spot), now);
        match (&mut self.phase, policy) {
            (Phase::Live(_), OnOsEnding::End) => {
                self.begin_close(now, plan, AfterEnd::None, Vec::new());
            }
            (Phase::Live(live), OnOsEnding::Keep) => {
                // The whole window for the reboot.
                live.cadence.hurry(now);
                self.save(now);
                self.when_durable(now, Then::LetOsProceed);
            }
            (Phase::Ending(ending), OnOsEnding::End) => {
                if ending.os_ends(now, plan, &mut self.out) {
                    self.save(now);
                }
            }
            (Phase::Ending(ending), OnOsEnding::Keep) => ending.attempts.again(now),
            (Phase::Waiting(_) | Phase::Closed(_) | Phase::EndedElsewhere(_), _) => {
                self.when_durable(now, Then::LetOsProceed);
            }
        }
    }

    /// The announced end of the system was called off.
    fn os_stays(&mut self, now: Now) {
        let Some(was_ours) = self.departure.called_off(&mut self.out) else { return };
        match &self.phase {
            // Was it ours? Then somebody does not want it.
            Phase::Closed(closed) if !was_ours && closed.after_problem.is_none() => {
                let after = closed.after;
                self.leave(now, after);
            }
            Phase::Ending(ending) if ending.can_be_called_off() => {
                self.change(|phase| phase.called_off(now));
                self.save(now);
            }
            Phase::Waiting(_)
            | Phase::Live(_)
            | Phase::Ending(_)
            | Phase::Closed(_)
            | Phase::EndedElsewhere(_) => {}
        }
    }

    fn let_os_proceed(&mut self, now: Now) {
        if !self.departure.let_go(now) {
            return;
        }
        if let Some(ending) = self.phase.ending_mut() {
            let sentence = said!("refused-stopping");
            ending.refuse_all(Refusal::Stopped, sentence, &mut self.out);
        }
        self.out.push(Command::LetOsProceed);
    }

    /// The session is over and the record on its way: what follows on this machine.
    fn leave(&mut self, now: Now, after: AfterEnd) {
        if self.departure.os_is_ending() {
            self.when_durable(now, Then::LetOsProceed);
            return;
        }
        match after {
            AfterEnd::None => {}
            AfterEnd::Logoff | AfterEnd::Shutdown => {
                // Unless the user did not wait for the service, and it is on its way.
                if self.departure.order(now) {
                    self.when_durable(now, Then::AfterEnd(after));
                }
            }
        }
    }

    fn after_end_refused(&mut self, problem: String) {
        self.departure.stays();
        self.out.log(Level::Warn, Code::AfterEnd, sentences::after_end_refused(&problem));
        if let Phase::Closed(closed) = &mut self.phase {
            closed.after_problem = Some(problem.clone());
        }
        self.out.notify(Notification::AfterEndRefused(problem.into()));
    }
}

/// What the parts may know of each other.
fn context<'a>(
    settings: &'a Settings,
    computer: &'a Computer,
    departure: Departure,
) -> Context<'a> {
    Context {
        settings,
        instance_id: computer.instance_id(),
        can_receive: computer.can_receive(),
        can_sign: computer.can_sign(),
        held_back: computer.holds_beats_back(),
        os_deadline: departure.deadline(),
        going_down: departure.is_going_down(),
    }
}
