//! What the tray's thread does: keeps the icon as it should be, opens the menu, and copies.
//! How the shell is spoken to is in `notification_area`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc as blocking;

use tokio::sync::{mpsc, oneshot};
use windows_sys::Win32::UI::Shell::NIN_SELECT;
use windows_sys::Win32::UI::Shell::{NIN_BALLOONHIDE, NIN_BALLOONTIMEOUT, NIN_BALLOONUSERCLICK};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    KillTimer, SetTimer, WM_APP, WM_CONTEXTMENU, WM_CREATE, WM_DESTROY, WM_DISPLAYCHANGE,
    WM_DPICHANGED, WM_SETTINGCHANGE, WM_TIMER,
};

use super::icon::{self, Icon};
use super::notification_area::{self as area, CALLBACK};
use super::toast::{Offer, Toasts};
use super::{clipboard, menu};
use crate::desktop::windows::window::{Message, Window};
use crate::ui::menu::{Choice, Look};
use crate::ui::notification::Notice;

/// Says that there are commands.
pub(super) const WAKE: u32 = WM_APP;

/// Chosen by the keyboard. windows-sys does not have it. Source: shellapi.h, NINF_KEY | NIN_SELECT.
const NIN_KEYSELECT: u32 = NIN_SELECT | 1;

/// While the notification area does not take the icon (Explorer is late, or too busy to answer, as
/// at logon), it is tried again this often.
const TRY_AGAIN_MS: u32 = 5000;
const TRY_AGAIN: usize = 1;

/// What the tray is told.
#[derive(Debug)]
pub(super) enum Command {
    Show(Look),
    Notify(Notice, Option<Offer>),
    /// As a balloon, because it cannot be a toast.
    Balloon(Notice, Option<Offer>),
    Copy(String, oneshot::Sender<bool>),
}

pub(super) struct Tray {
    commands: blocking::Receiver<Command>,
    /// To itself, from other threads.
    later: blocking::Sender<Command>,
    choices: mpsc::UnboundedSender<Choice>,
    /// Explorer says so when it has started anew.
    taskbar_created: u32,
    look: RefCell<Option<Look>>,
    icon: RefCell<Option<Rc<Icon>>>,
    is_in_tray: Cell<bool>,
    toasts: Option<Toasts>,
    /// Balloons that wait for the icon to be there.
    balloons: RefCell<Vec<(Notice, Option<Offer>)>>,
    /// What a click on the balloon means.
    offer: Cell<Option<Choice>>,
    menu_is_open: Cell<bool>,
}

impl Tray {
    pub(super) fn new(
        commands: blocking::Receiver<Command>,
        later: blocking::Sender<Command>,
        choices: mpsc::UnboundedSender<Choice>,
    ) -> Self {
        Self {
            commands,
            later,
            choices,
            toasts: Toasts::of_this_program(),
            taskbar_created: area::taskbar_created(),
            look: RefCell::default(),
            icon: RefCell::default(),
            is_in_tray: Cell::new(false),
            balloons: RefCell::default(),
            offer: Cell::new(None),
            menu_is_open: Cell::new(false),
        }
    }

    pub(super) fn hear(&self, window: Window, message: Message) -> Option<isize> {
        match message.id {
            WM_CREATE => {
                area::let_through(window, self.taskbar_created);
                return None;
            }
            WAKE => self.obey(window),
            CALLBACK => self.touched(window, message),
            WM_TIMER => self.add(window),
            WM_DPICHANGED | WM_DISPLAYCHANGE | WM_SETTINGCHANGE => {
                if self.icon.borrow().as_ref().is_some_and(|icon| icon.size() != icon::size()) {
                    self.draw(window);
                }
                return None;
            }
            WM_DESTROY => {
                area::remove(window);
                return None;
            }
            id if id == self.taskbar_created => {
                self.is_in_tray.set(false);
                self.draw(window);
            }
            _ => return None,
        }
        Some(0)
    }

    fn obey(&self, window: Window) {
        while let Ok(command) = self.commands.try_recv() {
            match command {
                Command::Show(look) => {
                    *self.look.borrow_mut() = Some(look);
                    self.draw(window);
                }
                Command::Notify(notice, offer) => {
                    if !self.is_toast(window, &notice, offer.as_ref()) {
                        self.balloon(window, notice, offer);
                    }
                }
                Command::Balloon(notice, offer) => self.balloon(window, notice, offer),
                Command::Copy(text, done) => {
                    // Nobody may wait for it any more.
                    let _gone = done.send(clipboard::copy(window, &text));
                }
            }
        }
    }

    /// Brings icon and tooltip up to the look.
    fn draw(&self, window: Window) {
        // The calls below may let other messages in: no borrow is held over them.
        let look = self.look.borrow().clone();
        if let Some(look) = look {
            let icon = Icon::draw(look.state, look.ring.map(|ring| ring.share()), icon::size());
            match icon {
                Ok(icon) => {
                    if self.is_in_tray.get() {
                        self.is_in_tray.set(area::change(window, &icon, &look.tooltip));
                    }
                    // The former one goes only after the shell has the new one.
                    let former = self.icon.replace(Some(Rc::new(icon)));
                    drop(former);
                }
                Err(error) => tracing::warn!("the tray icon cannot be drawn: {error}"),
            }
        }
        if !self.is_in_tray.get() {
            self.add(window);
        }
    }

    fn add(&self, window: Window) {
        let (icon, look) = (self.icon.borrow().clone(), self.look.borrow().clone());
        let (Some(icon), Some(look)) = (icon, look) else { return };
        let added = area::add(window, &icon, &look.tooltip);
        self.is_in_tray.set(added);
        // SAFETY: the window is this thread's; without a function the timer is a message.
        unsafe {
            if added {
                KillTimer(window.handle(), TRY_AGAIN);
            } else {
                SetTimer(window.handle(), TRY_AGAIN, TRY_AGAIN_MS, None);
            }
        }
        if added {
            self.show_balloons(window);
        }
    }

    fn is_toast(&self, window: Window, notice: &Notice, offer: Option<&Offer>) -> bool {
        let Some(toasts) = &self.toasts else { return false };
        let (later, again) = (self.later.clone(), (notice.clone(), offer.cloned()));
        let failed = move || {
            let (notice, offer) = again.clone();
            // The tray may be gone by then.
            let _gone = later.send(Command::Balloon(notice, offer));
            window.post(WAKE);
        };
        let shown = toasts.show(notice, offer, &self.choices, failed);
        shown.inspect_err(|error| tracing::warn!("Windows shows no toast ({error})")).is_ok()
    }

    fn balloon(&self, window: Window, notice: Notice, offer: Option<Offer>) {
        self.balloons.borrow_mut().push((notice, offer));
        self.show_balloons(window);
    }

    /// Shows the balloons that wait.
    fn show_balloons(&self, window: Window) {
        if !self.is_in_tray.get() {
            return;
        }
        for (notice, offer) in self.balloons.take() {
            let label = offer.as_ref().map(|(_, label)| label.as_str());
            area::balloon(window, &notice, label);
            self.offer.set(offer.map(|(choice, _)| choice));
        }
    }

    /// The user did something to the icon or its balloon.
    fn touched(&self, window: Window, message: Message) {
        // Version 4: what happened is in the low half of `l`, where is in `w`.
        match message.l as u32 & 0xFFFF {
            WM_CONTEXTMENU | NIN_SELECT | NIN_KEYSELECT => self.open_menu(window, message.w),
            NIN_BALLOONUSERCLICK => self.choose(self.offer.take()),
            NIN_BALLOONHIDE | NIN_BALLOONTIMEOUT => self.offer.set(None),
            _ => {}
        }
    }

    fn open_menu(&self, window: Window, at: usize) {
        // Enter is reported twice, and the icon can be clicked while its menu is open.
        if self.menu_is_open.replace(true) {
            return;
        }
        let rows = self.look.borrow().as_ref().map(|look| look.menu.clone()).unwrap_or_default();
        let (x, y) = (i32::from(at as i16), i32::from((at >> 16) as i16));
        // Other messages are heard meanwhile: no borrow is held.
        let chosen = menu::choose(window, &rows, x, y);
        self.menu_is_open.set(false);
        if chosen.is_none() {
            area::focus(window);
        }
        self.choose(chosen);
    }

    fn choose(&self, choice: Option<Choice>) {
        if let Some(choice) = choice {
            // The controller may have stopped.
            let _gone = self.choices.send(choice);
        }
    }
}
