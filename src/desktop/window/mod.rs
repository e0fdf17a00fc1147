//! Deskbeat's window, drawn in software: how the session stands, what has happened, and every question.
//!
//! It is a process of its own (`deskbeat window`), so that a dying display takes the window and never
//! the agent. `app` puts it together: it feeds [`News`] in and carries [`WindowOrder`]s out. `model` says what
//! is shown, `draw` draws it, `screen` brings it onto the screen. Nothing here ends a session.

mod draw;
mod fonts;
mod input;
mod mark;
pub mod model;
mod open;
mod screen;
mod scroll;
mod theme;

#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use softbuffer::SoftBufferError;
use winit::application::ApplicationHandler;
use winit::error::{EventLoopError, OsError};
use winit::event::{StartCause, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy};
use winit::window::{Theme as Appearance, WindowId};

use crate::session::words::said::said;
use crate::session::{AfterEnd, Reply, Request, View};
use crate::ui::dialog::{Answer, Dialog, Question};
use crate::ui::history::History;
use crate::ui::language::{self, spoken as spoken_text};
use crate::ui::texts;
use crate::ui::times::told;
use draw::{Before, Press};
use model::{AgentReach, Page, PageAct, WindowData};
use screen::WindowScreen;
use theme::Theme;

pub use open::{Opener, open};

/// How long "Diagnostics are on the clipboard" stays.
const NEWS_STAY: Duration = Duration::from_secs(8);
/// How often it is looked which language the desktop speaks.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// The agent is given so long to say how things stand before the window shows that it is asked.
const FIRST_PATIENCE: Duration = Duration::from_millis(150);

/// What the window hears.
#[derive(Debug)]
pub enum News {
    /// How the session stands.
    Scene {
        /// The session.
        view: Box<View>,
        /// The session so far.
        history: History,
        /// Somebody wants to see the window.
        called: bool,
        /// To be asked.
        question: Option<Question>,
    },
    /// The agent went without a word.
    Lost,
    /// No agent runs.
    NotRunning,
    /// There is nothing to show any more.
    Over,
    /// There is no agent, and this is all that is said.
    Only(Question),
    /// What came of a request.
    Replied(Request, Reply),
    /// A request could not be made; why.
    NotReplied(Request, String),
    /// The text to copy, or why there is none.
    Diagnostics(String),
    /// The desktop's appearance.
    Dark(bool),
    /// The language or the clock is another one.
    Manner,
}

/// What the window wants done.
#[derive(Debug)]
pub enum WindowOrder {
    /// Ask the agent.
    Ask(Request),
    /// Make the diagnostics' text.
    Diagnose(Option<Box<View>>),
    /// Start an agent.
    StartAgent,
}

/// Tells the window something, from any thread.
#[derive(Clone, Debug)]
pub struct Teller(EventLoopProxy<LoopEvent>);

impl Teller {
    /// True while there is a window.
    pub fn tell(&self, news: News) -> bool {
        self.0.send_event(LoopEvent::News(news)).is_ok()
    }
}

/// What wakes the event loop.
#[derive(Debug)]
enum LoopEvent {
    News(News),
    Accessibility(accesskit_winit::Event),
}

impl From<accesskit_winit::Event> for LoopEvent {
    fn from(event: accesskit_winit::Event) -> Self {
        LoopEvent::Accessibility(event)
    }
}

/// Why there can be no window.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// There is no display, or none that answers.
    #[error("there is no display ({})", without_source(.0))]
    NoDisplay(#[source] EventLoopError),
    /// The display makes no window.
    #[error("no window can be made: {}", without_source(.0))]
    NoWindow(#[from] OsError),
    /// The display takes no picture.
    #[error("no picture can be shown: {}", without_source(.0))]
    NoPicture(#[from] SoftBufferError),
    /// The display went.
    #[error("{}", without_source(.0))]
    Gone(EventLoopError),
}

/// What the system said, without where in winit's source it was heard and how winit could be built
/// otherwise: neither is anything to a user.
fn without_source(error: &impl Display) -> String {
    let text = error.to_string();
    let heard = text.strip_prefix("os error at ").and_then(|heard| heard.split_once(".rs:"));
    let said =
        heard.and_then(|(_, at)| at.split_once(": ")).map_or(text.as_str(), |(_, said)| said);
    let line = said.lines().next().unwrap_or(said);
    line.split("; note: ").next().unwrap_or(line).trim_end_matches('.').to_owned()
}

/// Shows the window until it is closed. `start` gets where to tell news, and gives what carries orders
/// out.
pub fn run<O: Fn(WindowOrder)>(
    after_end: AfterEnd,
    start: impl FnOnce(Teller) -> O,
) -> Result<(), WindowError> {
    let events = EventLoop::<LoopEvent>::with_user_event().build();
    let events = events.map_err(WindowError::NoDisplay)?;
    // Before the first event: winit would go round at full speed otherwise.
    events.set_control_flow(ControlFlow::Wait);
    let teller = Teller(events.create_proxy());
    let orders = start(teller);
    let mut front = WindowFront {
        proxy: events.create_proxy(),
        orders,
        after_end,
        known: WindowData::default(),
        question: None,
        question_is_new: false,
        standing_is_new: false,
        news: None,
        is_dark: false,
        language_seen: None,
        screen: None,
        begun: Instant::now(),
        only: false,
        over: false,
        problem: None,
    };
    events.run_app(&mut front).map_err(WindowError::Gone)?;
    front.problem.map_or(Ok(()), Err)
}

/// Shows something to read, until it is closed: for a program that cannot become an agent.
pub fn say(title: &str, text: String) -> Result<(), WindowError> {
    let question = Question::Message { title: title.to_owned(), text };
    run(AfterEnd::None, move |teller| {
        teller.tell(News::Only(question));
        |_| {}
    })
}

/// The window's state.
struct WindowFront<O> {
    proxy: EventLoopProxy<LoopEvent>,
    orders: O,
    after_end: AfterEnd,
    known: WindowData,
    question: Option<Question>,
    question_is_new: bool,
    standing_is_new: bool,
    news: Option<(String, Instant)>,
    is_dark: bool,
    language_seen: Option<Instant>,
    screen: Option<WindowScreen>,
    begun: Instant,
    /// The window goes with its question.
    only: bool,
    over: bool,
    problem: Option<WindowError>,
}

impl<O: Fn(WindowOrder)> ApplicationHandler<LoopEvent> for WindowFront<O> {
    fn new_events(&mut self, _: &ActiveEventLoop, cause: StartCause) {
        if let StartCause::ResumeTimeReached { .. } = cause {
            self.redraw();
        }
    }

    fn resumed(&mut self, events: &ActiveEventLoop) {
        if self.screen.is_some() {
            return;
        }
        match WindowScreen::new(events, self.proxy.clone()) {
            Ok(screen) => {
                if let Some(appearance) = screen.appearance() {
                    self.is_dark = appearance == Appearance::Dark;
                }
                self.screen = Some(screen);
            }
            Err(problem) => {
                self.problem = Some(problem);
                events.exit();
            }
        }
    }

    fn user_event(&mut self, events: &ActiveEventLoop, told: LoopEvent) {
        match told {
            LoopEvent::News(news) => self.hear(news),
            LoopEvent::Accessibility(event) => {
                if let Some(screen) = &mut self.screen {
                    screen.hear_accessibility(event.window_event);
                }
            }
        }
        if self.over {
            events.exit();
        }
        self.redraw();
    }

    fn window_event(&mut self, events: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let Some(screen) = &mut self.screen else { return };
        let redraw = screen.hear(&event);
        match event {
            WindowEvent::CloseRequested | WindowEvent::Destroyed => events.exit(),
            WindowEvent::RedrawRequested => self.draw(events),
            WindowEvent::ThemeChanged(appearance) => {
                self.is_dark = appearance == Appearance::Dark;
                self.redraw();
            }
            _ if redraw => self.redraw(),
            _ => {}
        }
    }

    fn about_to_wait(&mut self, events: &ActiveEventLoop) {
        let Some(screen) = &mut self.screen else { return };
        let now = Instant::now();
        if !screen.is_shown() {
            let known = self.known.agent != AgentReach::Unknown;
            let at = self.begun + FIRST_PATIENCE;
            if !known && now < at {
                events.set_control_flow(ControlFlow::WaitUntil(at));
                return;
            }
            screen.show();
        }
        let page = model::unchanged_for(&self.known, Timestamp::now()).map(|still| now + still);
        let news = self.news.as_ref().map(|(_, until)| *until);
        let next = [page.filter(|_| screen.is_seen()), news, screen.next_picture()];
        events.set_control_flow(match next.into_iter().flatten().min() {
            Some(at) => ControlFlow::WaitUntil(at),
            None => ControlFlow::Wait,
        });
    }
}

impl<O: Fn(WindowOrder)> WindowFront<O> {
    fn redraw(&self) {
        if let Some(screen) = &self.screen {
            screen.ask_for_picture();
        }
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Scene { view, history, called, question } => {
                let before = self.page().question.is_some();
                self.known.view = Some((*view, Timestamp::now()));
                self.known.history = history;
                self.known.agent = AgentReach::There;
                self.standing_is_new |= !before && self.page().question.is_some();
                if let Some(question) = question {
                    self.put(question);
                }
                if !self
                    .page()
                    .buttons
                    .iter()
                    .any(|one| one.act == PageAct::AskToEnd && one.enabled)
                    && matches!(self.question, Some(Question::End { .. }))
                {
                    // There is no session any more that could be ended.
                    self.question = None;
                }
                if called && let Some(screen) = &self.screen {
                    screen.raise();
                }
            }
            News::Lost => self.lose(AgentReach::Lost),
            News::NotRunning => self.lose(AgentReach::NotRunning),
            News::Replied(request, reply) => self.replied(&request, reply),
            News::NotReplied(request, problem) => self.not_done(&request, problem),
            News::Diagnostics(text) => self.copy(text),
            News::Dark(is_dark) => self.is_dark = is_dark,
            // What comes of it is drawn next.
            News::Manner => {}
            News::Only(question) => {
                self.lose(AgentReach::NotRunning);
                self.only = true;
                self.put(question);
            }
            News::Over => self.over = true,
        }
    }

    fn lose(&mut self, agent: AgentReach) {
        self.known.agent = agent;
        self.known.extending = false;
        if matches!(self.question, Some(Question::End { .. })) {
            self.question = None;
        }
    }

    fn replied(&mut self, request: &Request, reply: Reply) {
        match reply {
            Reply::Done { sentence, .. } => {
                self.is_answered(request);
                self.tell(told(&sentence, Timestamp::now()));
            }
            Reply::Refused { sentence, .. } => {
                self.not_done(request, told(&sentence, Timestamp::now()));
            }
        }
    }

    fn not_done(&mut self, request: &Request, text: String) {
        self.is_answered(request);
        self.put(Question::Message { title: texts::TITLE.into(), text });
    }

    fn is_answered(&mut self, request: &Request) {
        if *request == Request::Extend {
            self.known.extending = false;
        }
    }

    fn tell(&mut self, news: String) {
        self.news = Some((news, Instant::now() + NEWS_STAY));
    }

    fn put(&mut self, question: Question) {
        self.question = Some(question);
        self.question_is_new = true;
    }

    fn copy(&mut self, text: String) {
        let copied = self.screen.as_mut().is_some_and(|screen| screen.copy(&text));
        if copied {
            self.tell(texts::COPIED.into());
        } else {
            self.put(Question::Message { title: texts::NOT_COPIED.into(), text });
        }
    }

    fn page(&self) -> Page {
        model::page(&self.known, Timestamp::now())
    }

    fn dialog(&self, page: &Page) -> Option<Dialog> {
        let left = page.left.as_ref().filter(|left| !left.until.is_empty());
        self.question.as_ref().map(|question| question.dialog(left.map(|left| left.span.as_str())))
    }

    fn draw(&mut self, events: &ActiveEventLoop) {
        if self.news.as_ref().is_some_and(|(_, until)| *until <= Instant::now()) {
            self.news = None;
        }
        self.follow_language();
        let page = self.page();
        let dialog = self.dialog(&page);
        let before = Before {
            dialog: dialog.as_ref(),
            dialog_is_new: std::mem::take(&mut self.question_is_new),
            standing_is_new: std::mem::take(&mut self.standing_is_new),
            news: self.news.as_ref().map(|(news, _)| news.as_str()),
        };
        let theme = Theme::new(self.is_dark);
        let Some(screen) = &mut self.screen else { return };
        let pressed = match screen.draw(&page, &before, &theme) {
            Ok(pressed) => pressed,
            Err(problem) => {
                self.problem = Some(problem);
                events.exit();
                return;
            }
        };
        let any = !pressed.is_empty();
        for press in pressed {
            self.follow(press);
        }
        if self.over {
            events.exit();
        } else if any {
            self.redraw();
        }
    }

    /// The desktop's language may have changed; one whose letters cannot be drawn is not spoken.
    fn follow_language(&mut self) {
        if self.language_seen.is_none_or(|seen| seen.elapsed() >= LOOK_EVERY) {
            self.language_seen = Some(Instant::now());
            language::look();
        }
        let spoken = language::manner().language;
        let Some(screen) = &mut self.screen else { return };
        if !screen.speak(spoken) {
            language::cannot_draw(spoken);
            self.tell(spoken_text(said!("language-undrawn", language = spoken.tag())));
        }
    }

    fn follow(&mut self, press: Press) {
        match press {
            Press::Act(PageAct::AskToEnd) => self.put(Question::End { after_end: self.after_end }),
            Press::Act(PageAct::Request(request)) => {
                self.known.extending |= request == Request::Extend;
                (self.orders)(WindowOrder::Ask(request));
            }
            Press::Act(PageAct::CopyDiagnostics) => {
                let view = self.known.view.as_ref().map(|(view, _)| Box::new(view.clone()));
                (self.orders)(WindowOrder::Diagnose(view));
            }
            Press::Act(PageAct::StartAgent) => (self.orders)(WindowOrder::StartAgent),
            Press::Answer(answer) => {
                let asked = self.question.take();
                self.over |= self.only;
                if let (Answer::End, Some(Question::End { .. })) = (answer, asked) {
                    (self.orders)(WindowOrder::Ask(Request::End { text: None }));
                }
            }
        }
    }
}
