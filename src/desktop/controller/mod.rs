//! What the desktop does: decides, from views, notifications and choices, what the shell shows and
//! what the agent is asked. Knows no window system; a [`Shell`] draws.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};

use crate::agent::link::{Link, Told};
use crate::clock::Clock;
use crate::session::words::text::Text;
use crate::session::{AfterEnd, Mono, Notification, Reply, Request, State, View};
use crate::ui::dialog;
use crate::ui::dialog::{Answer, Dialog, Question};
use crate::ui::language;
use crate::ui::menu::{Choice, Look, ZONE_FOLLOWED, look, standing, unchanged_for};
use crate::ui::notification::{Notice, Subject, attention, done, notice};
use crate::ui::texts::{self, TITLE};
use crate::ui::times::{look_at_zone, told};

/// While time passes in what is shown, it is looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What needs attention for less than this has mended itself.
const ATTENTION_AFTER: Duration = Duration::from_secs(5);

/// Whether it was told that something must be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attention {
    None,
    Since(Mono),
    Told,
}

/// What a desktop offers. Nothing here may block.
pub trait Shell: 'static {
    /// Shows `look` in the tray.
    fn show(&self, look: &Look);
    /// Shows a notification; what a click on `offer` means, if it has a button, comes back as a
    /// choice.
    fn notify(&self, notice: &Notice, offer: Option<(Choice, &str)>);
    /// Takes back what notifications say about `subject`.
    fn withdraw(&self, subject: Subject);
    /// Asks where no window can; what cannot be asked counts as its safe answer. Dropping the future
    /// takes the question back.
    fn ask(&self, dialog: Dialog) -> impl Future<Output = Answer>;
    /// Puts `text` where the user can paste it from; false if that is not possible here.
    fn copy(&self, text: String) -> impl Future<Output = bool>;
    /// Shows the log.
    fn open_log(&self) -> impl Future<Output = Result<(), NotOpened>>;
}

/// Why the log is not shown, for the user.
#[derive(Debug, thiserror::Error)]
#[error("It is {} ({why}).", path.display())]
pub struct NotOpened {
    /// Where it is.
    pub path: PathBuf,
    /// In the system's words.
    pub why: String,
}

/// Makes the text that "Copy diagnostics" copies, from the view; it never holds a token.
#[derive(Clone)]
pub struct Diagnostics(Rc<dyn Fn(View) -> LocalFuture<String>>);

type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

impl Diagnostics {
    /// Made by `make`.
    pub fn new<F: Future<Output = String> + 'static>(make: impl Fn(View) -> F + 'static) -> Self {
        Self(Rc::new(move |view| Box::pin(make(view))))
    }
}

impl std::fmt::Debug for Diagnostics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Diagnostics")
    }
}

/// Opens the window, with a question if there is one; false where no window can be.
#[derive(Clone)]
pub struct WindowOpener(Rc<OpenWindow>);

type OpenWindow = dyn Fn(Option<Question>) -> LocalFuture<bool>;

impl WindowOpener {
    /// Opened by `open`.
    pub fn new<F: Future<Output = bool> + 'static>(
        open: impl Fn(Option<Question>) -> F + 'static,
    ) -> Self {
        Self(Rc::new(move |question| Box::pin(open(question))))
    }

    async fn open(&self, question: Option<Question>) -> bool {
        (self.0)(question).await
    }
}

impl std::fmt::Debug for WindowOpener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WindowOpener")
    }
}

/// The front of one agent on one desktop.
#[derive(Debug)]
pub struct Controller<S> {
    link: Link,
    told: Option<broadcast::Receiver<Told>>,
    shell: Rc<S>,
    clock: Clock,
    /// As configured now.
    after_end: Rc<Cell<AfterEnd>>,
    diagnostics: Diagnostics,
    window: WindowOpener,
    /// The session itself asks something: the window was opened for it.
    asks: bool,
    shown: Option<Look>,
    /// What notifications stand about.
    noticed: HashSet<Subject>,
    /// Since when something must be mended; `None` also once that is told.
    attention: Attention,
    /// When this computer's time zone was looked at.
    zone_seen: Option<Mono>,
    look_every: Duration,
    /// A second click on one of these changes nothing.
    under_way: Rc<RefCell<HashSet<Choice>>>,
}

impl<S: Shell> Controller<S> {
    /// A front for the agent behind `link`.
    pub fn new(
        link: Link,
        shell: Rc<S>,
        clock: Clock,
        after_end: Rc<Cell<AfterEnd>>,
        diagnostics: Diagnostics,
    ) -> Self {
        Self {
            link,
            told: None,
            shell,
            clock,
            after_end,
            diagnostics,
            window: WindowOpener::new(async |_| false),
            asks: false,
            shown: None,
            noticed: HashSet::new(),
            attention: Attention::None,
            zone_seen: None,
            look_every: LOOK_EVERY,
            under_way: Rc::default(),
        }
    }

    /// Asks in this window.
    pub fn opening(self, window: WindowOpener) -> Self {
        Self { window, ..self }
    }

    /// Looks this often at what changes with time alone, on the controller's clock.
    pub fn looking_every(self, look_every: Duration) -> Self {
        Self { look_every, ..self }
    }

    /// Shows what was told since `told` was subscribed: what an agent says before [`Self::run`] is
    /// not lost.
    pub fn hearing(self, told: broadcast::Receiver<Told>) -> Self {
        Self { told: Some(told), ..self }
    }

    /// Runs until the agent has stopped. Needs a `LocalSet`.
    pub async fn run(mut self, mut choices: mpsc::UnboundedReceiver<Choice>) {
        let mut told = self.told.take().unwrap_or_else(|| self.link.told());
        let mut link = self.link.clone();
        loop {
            let Ok(view) = self.link.view().await else { return };
            self.refresh(&view);
            tokio::select! {
                changed = link.changed() => if changed.is_err() { return },
                () = self.look_again(&view) => {}
                () = language::changed() => {}
                heard = told.recv() => match heard {
                    Ok(Told::Notification(notification)) => self.notify(&notification),
                    Ok(Told::OsMayProceed) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                Some(choice) = choices.recv() => self.follow(choice),
            }
        }
    }

    /// A question that the session itself puts opens the window once.
    fn follow_question(&mut self, view: &View) {
        let asks = view.countdown.is_some() || view.is_stuck();
        if asks && !self.asks {
            let window = self.window.clone();
            tokio::task::spawn_local(async move {
                // Where there is no window, a notification asks with a button, and the menu.
                let _opened = window.open(None).await;
            });
        }
        self.asks = asks;
    }

    fn refresh(&mut self, view: &View) {
        self.follow_question(view);
        let now = self.clock.now().mono;
        if self.zone_seen.is_none_or(|seen| seen.until(now) >= ZONE_FOLLOWED / 2) {
            self.zone_seen = Some(now);
            look_at_zone();
            language::look();
        }
        self.follow_attention(view);
        for stale in self.noticed.extract_if(|subject| !subject.stands(view)) {
            self.shell.withdraw(stale);
        }
        let look = look(view, self.clock.now().wall);
        if self.shown.as_ref() != Some(&look) {
            self.shell.show(&look);
            self.shown = Some(look);
        }
    }

    /// Returns when what is shown may have changed with time alone.
    async fn look_again(&self, view: &View) {
        let look = unchanged_for(view).max(self.look_every);
        let attention = match self.attention {
            Attention::Since(since) => {
                Some(ATTENTION_AFTER.saturating_sub(since.until(self.clock.now().mono)))
            }
            Attention::None | Attention::Told => None,
        };
        self.clock.pause(attention.map_or(look, |attention| attention.min(look))).await;
    }

    /// Tells once for each spell that something must be mended, when it has lasted for a moment.
    fn follow_attention(&mut self, view: &View) {
        let now = self.clock.now().mono;
        let needed = view.state == State::NeedsAttention;
        self.attention = match self.attention {
            _ if !needed => Attention::None,
            Attention::None => Attention::Since(now),
            Attention::Since(since) if since.until(now) >= ATTENTION_AFTER => {
                self.noticed.insert(Subject::Attention);
                self.shell.notify(&attention(&view.sentence, self.clock.now().wall), None);
                Attention::Told
            }
            waiting_or_told => waiting_or_told,
        };
    }

    fn notify(&mut self, notification: &Notification) {
        let offer = match notification {
            Notification::TimeLeft { extendable: true, .. } => {
                Some((Choice::Extend, texts::EXTEND))
            }
            Notification::Countdown { can_stay: true, .. } => {
                Some((Choice::StillHere, texts::STILL_HERE))
            }
            Notification::CloseStuck(_) => Some((Choice::TryAgain, texts::TRY_AGAIN)),
            _ => None,
        };
        let notice = notice(notification, self.clock.now().wall);
        self.noticed.insert(notice.subject);
        let offer = offer.map(|(choice, label)| (choice, label.words()));
        let offer = offer.as_ref().map(|(choice, label)| (*choice, label.as_str()));
        self.shell.notify(&notice, offer);
    }

    fn follow(&self, choice: Choice) {
        if !self.under_way.borrow_mut().insert(choice) {
            return;
        }
        let (choosing, under_way) = (self.choosing(), self.under_way.clone());
        tokio::task::spawn_local(async move {
            choosing.chosen(choice).await;
            under_way.borrow_mut().remove(&choice);
        });
    }

    fn choosing(&self) -> Choosing<S> {
        Choosing {
            link: self.link.clone(),
            shell: self.shell.clone(),
            clock: self.clock.clone(),
            after_end: self.after_end.get(),
            diagnostics: self.diagnostics.clone(),
            window: self.window.clone(),
        }
    }
}

/// Follows one choice to its end.
struct Choosing<S> {
    link: Link,
    shell: Rc<S>,
    clock: Clock,
    after_end: AfterEnd,
    diagnostics: Diagnostics,
    window: WindowOpener,
}

impl<S: Shell> Choosing<S> {
    async fn chosen(self, choice: Choice) {
        match choice {
            Choice::Open => self.open().await,
            Choice::End => self.end().await,
            Choice::Extend => self.extend().await,
            Choice::StillHere => self.request(Request::StillHere).await,
            Choice::TryAgain => self.request(Request::TryAgain).await,
            Choice::ShutDownAnyway => self.request(Request::ShutDownAnyway).await,
            Choice::CopyDiagnostics => self.copy_diagnostics().await,
            Choice::OpenLog => self.open_log().await,
            Choice::About => self.show(Question::About).await,
        }
    }

    /// Shows how the session stands.
    async fn open(&self) {
        if self.window.open(None).await {
            return;
        }
        let Ok(view) = self.link.view().await else { return };
        let text = standing(&view, self.clock.now().wall).join("\n");
        self.shell.ask(dialog::message(TITLE, text)).await;
    }

    /// Something to read.
    async fn show(&self, question: Question) {
        let dialog = question.dialog(None);
        if !self.window.open(Some(question)).await {
            self.shell.ask(dialog).await;
        }
    }

    async fn refused(&self, sentence: &Text) {
        self.say(TITLE, told(sentence, self.clock.now().wall)).await;
    }

    async fn say(&self, title: &str, text: String) {
        self.show(Question::Message { title: title.to_owned(), text }).await;
    }

    async fn extend(&self) {
        match self.link.ask(Request::Extend).await {
            Ok(Reply::Done { sentence, .. }) => {
                let sentence = told(&sentence, self.clock.now().wall);
                self.shell.notify(&done(texts::ASKED_FOR_MORE, sentence), None);
            }
            Ok(Reply::Refused { sentence, .. }) => self.refused(&sentence).await,
            Err(_agent_gone) => {}
        }
    }

    async fn open_log(&self) {
        let notice = match self.shell.open_log().await {
            Ok(()) => done(texts::LOG_OPEN, texts::LOG_OPEN_WHERE.into()),
            Err(why) => done(texts::LOG_NOT_OPEN, why.to_string()),
        };
        self.shell.notify(&notice, None);
    }

    /// Asks, and shows only what went wrong.
    async fn request(&self, request: Request) {
        if let Ok(Reply::Refused { sentence, .. }) = self.link.ask(request).await {
            self.refused(&sentence).await;
        }
    }

    async fn end(&self) {
        if self.window.open(Some(Question::End { after_end: self.after_end })).await {
            // The window asks, and sends what is answered.
            return;
        }
        let answer = tokio::select! {
            answer = self.shell.ask(dialog::end(self.after_end)) => answer,
            () = self.over() => return,
        };
        if answer != Answer::End {
            return;
        }
        tokio::select! {
            reply = self.link.ask(Request::End { text: None }) => {
                if let Ok(Reply::Refused { sentence, .. }) = reply {
                    self.refused(&sentence).await;
                }
            },
            () = self.follow() => {}
        }
    }

    /// Returns when there is no session any more that could be ended.
    async fn over(&self) {
        let mut link = self.link.clone();
        while let Ok(view) = link.view().await {
            let over = match view.state {
                State::Ending | State::Closed | State::EndedElsewhere => true,
                State::Waiting | State::Active | State::AtRisk | State::NeedsAttention => false,
            };
            if over || link.changed().await.is_err() {
                return;
            }
        }
    }

    /// Offers a way out for as long as the close does not get through.
    async fn follow(&self) {
        let mut tried = 0;
        while let Some(problem) = stuck(self.link.clone(), tried).await {
            let problem = told(&problem, self.clock.now().wall);
            match self.shell.ask(dialog::stuck(&problem, self.after_end)).await {
                Answer::ShutDownAnyway => return self.request(Request::ShutDownAnyway).await,
                Answer::TryAgain | Answer::End | Answer::Keep | Answer::Fine => {}
            }
            let Ok(view) = self.link.view().await else { return };
            tried = view.closing.map_or(0, |closing| closing.attempts);
            self.request(Request::TryAgain).await;
        }
        std::future::pending().await
    }

    async fn copy_diagnostics(&self) {
        let Ok(view) = self.link.view().await else { return };
        let text = (self.diagnostics.0)(view).await;
        if self.shell.copy(text.clone()).await {
            let how = texts::COPIED_WHERE.into();
            self.shell.notify(&done(texts::COPIED_DONE, how), None);
        } else {
            self.say(&texts::NOT_COPIED.words(), text).await;
        }
    }
}

/// Waits until the close does not get through, also not by a try after the first `tried`; why.
/// `None` once the agent has stopped.
async fn stuck(mut link: Link, tried: u32) -> Option<Text> {
    loop {
        let closing = link.view().await.ok()?.closing;
        // The next but one is sent when the next has failed.
        if let Some(closing) = closing.filter(|closing| closing.attempts >= tried + 2)
            && closing.problem.is_some()
        {
            return closing.problem;
        }
        link.changed().await.ok()?;
    }
}

#[cfg(test)]
mod tests;
