//! The tray's thread: winit's event loop, in which the icon, its menu and its balloons live.
//!
//! tray-icon forgets a change that is made while Explorer is not there, and does not try again to add
//! an icon that was refused: here both are noticed and made good.

use std::io;
use std::rc::Rc;
use std::sync::mpsc as blocking;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use winit::application::ApplicationHandler;
use winit::event::{StartCause, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy};
use winit::platform::windows::EventLoopBuilderExtWindows;
use winit::window::WindowId;

use super::notification_area::{self as area, Heard};
use super::toasts::{Offer, Toasts};
use super::{clipboard, icon};
use crate::desktop::tray::{Rows, Tray, TrayError};
use crate::ui::menu::{Choice, Look};
use crate::ui::notification::{Notice, Subject};

/// While the notification area does not take the icon (Explorer is late, or too busy to answer, as
/// at logon), it is tried again this often.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// What the tray is told.
#[derive(Debug)]
pub(super) enum TrayCommand {
    Show(Look),
    Notify(Notice, Option<Offer>),
    /// As a balloon, because it cannot be a toast.
    Balloon(Notice, Option<Offer>),
    Withdraw(Subject),
    Copy(String, oneshot::Sender<bool>),
    /// The icon's window has heard something.
    Look,
    Quit,
}

/// Runs the tray on this thread until it is told to quit. `made` hears how to tell it something.
pub(super) fn run(
    choices: mpsc::UnboundedSender<Choice>,
    made: oneshot::Sender<io::Result<EventLoopProxy<TrayCommand>>>,
) {
    let events = EventLoop::<TrayCommand>::with_user_event().with_any_thread(true).build();
    let events = match events {
        Ok(events) => events,
        Err(error) => {
            // Whoever asked is waiting.
            let _told = made.send(Err(io::Error::other(error.to_string())));
            return;
        }
    };
    // Before the first event: it would be asked for more without a pause.
    events.set_control_flow(ControlFlow::Wait);
    let proxy = events.create_proxy();
    let rows = Rows::default();
    rows.listen(&choices);
    let (hears, heard) = blocking::channel();
    let mut icon = TrayThread {
        tray: None,
        rows,
        choices,
        hears,
        heard,
        proxy: Rc::new(proxy.clone()),
        look: None,
        is_shown: false,
        builds: 0,
        menu_is_open: false,
        toasts: Toasts::of_this_program(),
        balloons: Vec::new(),
        balloon: None,
    };
    if made.send(Ok(proxy)).is_err() {
        return;
    }
    if let Err(error) = events.run_app(&mut icon) {
        tracing::warn!("the tray has stopped: {error}");
    }
}

struct TrayThread {
    tray: Option<Tray>,
    rows: Rows,
    choices: mpsc::UnboundedSender<Choice>,
    hears: blocking::Sender<Heard>,
    heard: blocking::Receiver<Heard>,
    proxy: Rc<EventLoopProxy<TrayCommand>>,
    look: Option<Look>,
    /// False while the notification area does not have the look.
    is_shown: bool,
    /// tray-icon numbers its icons from one.
    builds: u32,
    menu_is_open: bool,
    toasts: Option<Toasts>,
    /// Balloons that wait for the icon to be there.
    balloons: Vec<(Notice, Option<Offer>)>,
    /// What the balloon that was shown last is about, and what a click on it means.
    balloon: Option<(Subject, Option<Choice>)>,
}

impl ApplicationHandler<TrayCommand> for TrayThread {
    fn resumed(&mut self, _: &ActiveEventLoop) {}

    fn window_event(&mut self, _: &ActiveEventLoop, _: WindowId, _: WindowEvent) {}

    fn new_events(&mut self, events: &ActiveEventLoop, cause: StartCause) {
        if matches!(cause, StartCause::ResumeTimeReached { .. }) {
            self.draw(events);
        }
    }

    fn user_event(&mut self, events: &ActiveEventLoop, command: TrayCommand) {
        match command {
            TrayCommand::Show(look) => {
                self.look = Some(look);
                self.is_shown = false;
                self.draw(events);
            }
            TrayCommand::Notify(notice, offer) => {
                if !self.is_toast(&notice, offer.as_ref()) {
                    self.show_balloon(notice, offer);
                }
            }
            TrayCommand::Balloon(notice, offer) => self.show_balloon(notice, offer),
            TrayCommand::Withdraw(subject) => self.withdraw(subject),
            TrayCommand::Copy(text, done) => {
                let copied =
                    self.tray.as_ref().is_some_and(|it| clipboard::copy(it.window(), &text));
                // Nobody may wait for it any more.
                let _gone = done.send(copied);
            }
            TrayCommand::Look => self.look_around(events),
            TrayCommand::Quit => {
                self.tray = None;
                events.exit();
            }
        }
    }
}

impl TrayThread {
    fn look_around(&mut self, events: &ActiveEventLoop) {
        while let Ok(heard) = self.heard.try_recv() {
            match heard {
                // It may have been given an old look.
                Heard::TaskbarCreated => self.redraw(events),
                Heard::ScreenChanged => {
                    let size = icon::size();
                    if self.tray.as_mut().is_some_and(|tray| tray.scale(size)) {
                        self.redraw(events);
                    }
                }
                Heard::BalloonClicked => {
                    if let Some((_, Some(choice))) = self.balloon.take() {
                        // The controller may have stopped.
                        let _gone = self.choices.send(choice);
                    }
                }
                Heard::BalloonGone => self.balloon = None,
                Heard::MenuOpened => self.menu_is_open = true,
                Heard::MenuClosed => {
                    self.menu_is_open = false;
                    self.draw(events);
                }
            }
        }
    }

    fn redraw(&mut self, events: &ActiveEventLoop) {
        if let Some(tray) = &mut self.tray {
            tray.forget();
        }
        self.is_shown = false;
        self.draw(events);
    }

    /// Brings the notification area up to the look, now or, if it will not, a little later.
    fn draw(&mut self, events: &ActiveEventLoop) {
        // A menu that is taken away while it is open would leave the user with nothing.
        if self.is_shown || self.menu_is_open {
            return;
        }
        let Some(look) = self.look.clone() else { return };
        match self.try_to_draw(&look) {
            Ok(()) => {
                self.is_shown = true;
                events.set_control_flow(ControlFlow::Wait);
                self.show_balloons();
            }
            Err(error) => {
                tracing::debug!("the notification area does not take the icon now: {error}");
                events.set_control_flow(ControlFlow::WaitUntil(Instant::now() + TRY_AGAIN));
            }
        }
    }

    fn try_to_draw(&mut self, look: &Look) -> Result<(), TrayError> {
        let Some(tray) = &mut self.tray else {
            self.builds += 1;
            let mut tray = Tray::build(look, icon::size(), &self.rows)?;
            let (hears, proxy) = (self.hears.clone(), self.proxy.clone());
            area::listen(tray.window(), hears, move || {
                // The loop ends with the program only.
                let _gone = proxy.send_event(TrayCommand::Look);
            });
            // An icon that was refused says so only when it is changed.
            tray.forget();
            let shown = tray.show(look);
            self.tray = Some(tray);
            return shown;
        };
        if tray.show(look).is_ok() {
            return Ok(());
        }
        area::add_again(tray.window());
        tray.forget();
        tray.show(look)
    }

    fn is_toast(&self, notice: &Notice, offer: Option<&Offer>) -> bool {
        let Some(toasts) = &self.toasts else { return false };
        let (proxy, again) = ((*self.proxy).clone(), (notice.clone(), offer.cloned()));
        let failed = move || {
            let (notice, offer) = again.clone();
            // The tray may be gone by then.
            let _gone = proxy.send_event(TrayCommand::Balloon(notice, offer));
        };
        let shown = toasts.show(notice, offer, &self.choices, failed);
        shown.inspect_err(|error| tracing::warn!("Windows shows no toast ({error})")).is_ok()
    }

    fn show_balloon(&mut self, notice: Notice, offer: Option<Offer>) {
        self.balloons.push((notice, offer));
        self.show_balloons();
    }

    /// Shows the balloons that wait.
    fn show_balloons(&mut self) {
        let (Some(tray), true) = (&self.tray, self.is_shown) else { return };
        for (notice, offer) in self.balloons.drain(..) {
            let label = offer.as_ref().map(|(_, label)| label.as_str());
            area::balloon(tray.window(), self.builds, &notice, label);
            self.balloon = Some((notice.subject, offer.map(|(choice, _)| choice)));
        }
    }

    fn withdraw(&mut self, subject: Subject) {
        if let Some(toasts) = &self.toasts {
            toasts.withdraw(subject);
        }
        self.balloons.retain(|(notice, _)| notice.subject != subject);
        if let (Some((shown, _)), Some(tray)) = (&self.balloon, &self.tray)
            && *shown == subject
        {
            area::no_balloon(tray.window(), self.builds);
            self.balloon = None;
        }
    }
}
