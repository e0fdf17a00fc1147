//! What the tray's thread does: keeps the icon as it should be, opens the menu, and copies.
//! How the shell is spoken to is in `notification_area`.

use std::cell::{Cell, RefCell};
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
use super::{clipboard, menu};
use crate::desktop::windows::window::{Message, Window};
use crate::front::look::{Choice, Look};
use crate::front::notice::Notice;

/// Says that there are commands.
pub(super) const WAKE: u32 = WM_APP;

/// Chosen by the keyboard. windows-sys does not have it. Source: shellapi.h, NINF_KEY | NIN_SELECT.
const NIN_KEYSELECT: u32 = NIN_SELECT | 1;

/// While the notification area does not take the icon (Explorer is late, or too busy to answer, as
/// at logon), it is tried again this often.
const TRY_AGAIN_MS: u32 = 5000;
const TRY_AGAIN: usize = 1;

/// What a click on a notification does, and its words.
type Offer = (Choice, String);

/// What the tray is told.
#[derive(Debug)]
pub(super) enum Command {
    Show(Look),
    Notify(Notice, Option<Offer>),
    Copy(String, oneshot::Sender<bool>),
}

pub(super) struct Tray {
    commands: blocking::Receiver<Command>,
    choices: mpsc::UnboundedSender<Choice>,
    /// Explorer says so when it has started anew.
    taskbar_created: u32,
    look: RefCell<Option<Look>>,
    icon: RefCell<Option<Icon>>,
    is_in_tray: Cell<bool>,
    /// Waiting for the icon to be there.
    notices: RefCell<Vec<(Notice, Option<Offer>)>>,
    /// What a click on the balloon means.
    offer: Cell<Option<Choice>>,
    menu_is_open: Cell<bool>,
}

impl Tray {
    pub(super) fn new(
        commands: blocking::Receiver<Command>,
        choices: mpsc::UnboundedSender<Choice>,
    ) -> Self {
        Self {
            commands,
            choices,
            taskbar_created: area::taskbar_created(),
            look: RefCell::default(),
            icon: RefCell::default(),
            is_in_tray: Cell::new(false),
            notices: RefCell::default(),
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
                    self.notices.borrow_mut().push((notice, offer));
                    self.tell(window);
                }
                Command::Copy(text, done) => {
                    // Nobody may wait for it any more.
                    let _gone = done.send(clipboard::copy(window, &text));
                }
            }
        }
    }

    /// Brings icon and tooltip up to the look.
    fn draw(&self, window: Window) {
        if let Some(look) = &*self.look.borrow() {
            let icon = Icon::draw(look.state, look.ring.map(|ring| ring.share()), icon::size());
            match icon {
                Ok(icon) => {
                    if self.is_in_tray.get() {
                        self.is_in_tray.set(area::change(window, &icon, &look.tooltip));
                    }
                    // The former one goes only after the shell has the new one.
                    *self.icon.borrow_mut() = Some(icon);
                }
                Err(error) => tracing::warn!("the tray icon cannot be drawn: {error}"),
            }
        }
        if !self.is_in_tray.get() {
            self.add(window);
        }
    }

    fn add(&self, window: Window) {
        let (icon, look) = (self.icon.borrow(), self.look.borrow());
        let (Some(icon), Some(look)) = (&*icon, &*look) else { return };
        let added = area::add(window, icon, &look.tooltip);
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
            self.tell(window);
        }
    }

    /// Shows the notices that wait.
    fn tell(&self, window: Window) {
        if !self.is_in_tray.get() {
            return;
        }
        for (notice, offer) in self.notices.take() {
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
