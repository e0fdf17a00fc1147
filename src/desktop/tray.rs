//! The icon and its menu on both systems: tray-icon and muda draw what a look says.
//!
//! Whoever holds a [`Tray`] has a thread for it: its calls wait for the panel or for Explorer. What
//! the two crates leave out (a panel or Explorer that goes and comes back) is the platform's.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tray_icon::menu::{IsMenuItem, Menu, MenuEvent, MenuItem, PredefinedMenuItem};
use tray_icon::{Icon, MouseButton, MouseButtonState, TrayIcon, TrayIconAttributes, TrayIconEvent};

use crate::session::State;
use crate::ui::icon::{Rgba, icon};
use crate::ui::menu::{Choice, Look, Ring, Row};

/// Why the tray does not show what it should.
#[derive(Debug, thiserror::Error)]
pub(super) enum TrayError {
    #[error(transparent)]
    Raster(#[from] tray_icon::BadIcon),
    #[error(transparent)]
    Tray(#[from] tray_icon::Error),
    #[error(transparent)]
    Menu(#[from] tray_icon::menu::Error),
}

/// The rows that a user sees now: a press of any other is late, and means nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows(Arc<Mutex<Vec<Row>>>);

impl Rows {
    /// Sends what the user chooses, or [`Choice::Open`] for a click on the icon, to `choices` from
    /// now on. The crates take one listener a process: the first.
    pub(super) fn listen(&self, choices: &mpsc::UnboundedSender<Choice>) {
        let (rows, chosen) = (self.clone(), choices.clone());
        MenuEvent::set_event_handler(Some(move |event: MenuEvent| {
            if let Some(choice) = rows.choice(event.id.as_ref()) {
                // The controller may have stopped.
                let _gone = chosen.send(choice);
            }
        }));
        let chosen = choices.clone();
        TrayIconEvent::set_event_handler(Some(move |event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
            {
                let _gone = chosen.send(Choice::Open);
            }
        }));
    }

    fn choice(&self, pressed: &str) -> Option<Choice> {
        // A panic while it was held left the rows as they were.
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.iter().find_map(|row| match row {
            Row::Choice { choice, enabled: true, .. } if id(*choice) == pressed => Some(*choice),
            Row::Choice { .. } | Row::Status(_) | Row::Separator => None,
        })
    }

    fn set(&self, rows: &[Row]) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = rows.to_vec();
    }
}

/// The icon in the tray; dropping it takes it out.
pub(super) struct Tray {
    icon: TrayIcon,
    items: Vec<Item>,
    shown: Look,
    /// True once icon and tooltip stand as `shown` says.
    is_drawn: bool,
    /// In pixels.
    size: u32,
    rows: Rows,
}

/// A row as muda has it.
enum Item {
    Line,
    Text(MenuItem),
}

impl Tray {
    /// Puts the icon into the tray, in a raster of `size` pixels.
    pub(super) fn build(look: &Look, size: u32, rows: &Rows) -> Result<Tray, TrayError> {
        let (menu, items) = menu(&look.menu)?;
        rows.set(&look.menu);
        let attributes = TrayIconAttributes {
            title: Some("Deskbeat".into()),
            tooltip: Some(look.tooltip.clone()),
            icon: Some(picture(look.state, look.ring, size)?),
            menu: Some(Box::new(menu)),
            menu_on_left_click: false,
            ..TrayIconAttributes::default()
        };
        // Not by the builder: it would use up one of the numbers that Windows knows icons by.
        let icon = TrayIcon::with_id("deskbeat", attributes)?;
        Ok(Tray { icon, items, shown: look.clone(), is_drawn: true, size, rows: rows.clone() })
    }

    /// Brings icon, menu and tooltip up to `look`.
    pub(super) fn show(&mut self, look: &Look) -> Result<(), TrayError> {
        self.rows.set(&look.menu);
        let is_same = (look.state, look.ring) == (self.shown.state, self.shown.ring);
        if !is_same || !self.is_drawn {
            self.is_drawn = false;
            let picture = picture(look.state, look.ring, self.size)?;
            self.icon.set_icon(Some(picture))?;
        }
        self.show_menu(&look.menu)?;
        // Last, and always: on Linux it is also what makes the menu's changes known.
        self.icon.set_tooltip(Some(&look.tooltip))?;
        self.shown = look.clone();
        self.is_drawn = true;
        Ok(())
    }

    /// What was drawn may be lost: everything is drawn again by the next [`Tray::show`].
    #[cfg(windows)]
    pub(super) fn forget(&mut self) {
        self.is_drawn = false;
    }

    /// Draws in this size from the next [`Tray::show`] on; false if it does already.
    #[cfg(windows)]
    pub(super) fn scale(&mut self, size: u32) -> bool {
        std::mem::replace(&mut self.size, size) != size
    }

    /// In place where the rows are the same ones: a menu that stands open stays open.
    fn show_menu(&mut self, rows: &[Row]) -> Result<(), TrayError> {
        if !same_rows(&self.shown.menu, rows) {
            let (menu, items) = menu(rows)?;
            self.icon.set_menu(Some(Box::new(menu)));
            self.items = items;
            self.shown.menu = rows.to_vec();
            return Ok(());
        }
        for ((item, row), before) in self.items.iter().zip(rows).zip(&self.shown.menu) {
            if let (Item::Text(item), true) = (item, row != before) {
                let (text, enabled) = words(row);
                item.set_text(text);
                item.set_enabled(enabled);
            }
        }
        Ok(())
    }

    /// The window that Windows tells of the icon.
    #[cfg(windows)]
    pub(super) fn window(&self) -> windows_sys::Win32::Foundation::HWND {
        self.icon.window_handle()
    }
}

fn menu(rows: &[Row]) -> Result<(Menu, Vec<Item>), TrayError> {
    let items: Vec<Item> = rows.iter().map(item).collect();
    let lines = PredefinedMenuItem::separator;
    let menu = Menu::new();
    for item in &items {
        match item {
            Item::Line => menu.append(&lines())?,
            Item::Text(item) => menu.append(item as &dyn IsMenuItem)?,
        }
    }
    Ok((menu, items))
}

fn item(row: &Row) -> Item {
    let (text, enabled) = words(row);
    match row {
        Row::Separator => Item::Line,
        Row::Status(_) => Item::Text(MenuItem::new(text, enabled, None)),
        Row::Choice { choice, .. } => {
            Item::Text(MenuItem::with_id(id(*choice), text, enabled, None))
        }
    }
}

/// A row's text, and whether it can be chosen.
fn words(row: &Row) -> (String, bool) {
    let (text, enabled) = match row {
        Row::Separator => ("", false),
        Row::Status(text) => (text.as_str(), false),
        Row::Choice { label, enabled, .. } => (label.as_str(), *enabled),
    };
    // One & would mark the next letter as a key, and vanish.
    (text.replace('&', "&&"), enabled)
}

/// True if only words differ, and what can be chosen.
fn same_rows(some: &[Row], others: &[Row]) -> bool {
    let choice = |row: &Row| match row {
        Row::Choice { choice, .. } => Some(*choice),
        Row::Status(_) | Row::Separator => None,
    };
    some.len() == others.len()
        && some.iter().zip(others).all(|(one, other)| {
            std::mem::discriminant(one) == std::mem::discriminant(other)
                && choice(one) == choice(other)
        })
}

fn id(choice: Choice) -> String {
    format!("{choice:?}")
}

fn picture(state: State, ring: Option<Ring>, size: u32) -> Result<Icon, TrayError> {
    let Rgba { width, height, pixels } = icon(state, ring.map(Ring::share), size);
    Ok(Icon::from_rgba(pixels, width, height)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(choice: Choice, enabled: bool) -> Row {
        Row::Choice { choice, label: "label".into(), enabled }
    }

    #[test]
    fn only_a_row_that_is_shown_and_enabled_is_heard() {
        let rows = Rows::default();
        assert_eq!(rows.choice("End"), None);
        rows.set(&[Row::Status("End".into()), choice(Choice::End, false)]);
        assert_eq!(rows.choice("End"), None);
        rows.set(&[Row::Separator, choice(Choice::End, true), choice(Choice::Extend, true)]);
        assert_eq!(rows.choice("End"), Some(Choice::End));
        assert_eq!(rows.choice("About"), None);
    }

    #[test]
    fn a_menu_is_made_anew_only_for_other_rows() {
        let status = |text: &str| Row::Status(text.into());
        let before = [status("5 min left"), Row::Separator, choice(Choice::End, true)];
        assert!(same_rows(
            &before,
            &[status("4 min left"), Row::Separator, choice(Choice::End, false)]
        ));
        assert!(!same_rows(&before, &[status(""), Row::Separator, choice(Choice::Extend, true)]));
        assert!(!same_rows(&before, &[status(""), status(""), choice(Choice::End, true)]));
        assert!(!same_rows(&before, &before[..2]));
    }

    #[test]
    fn an_ampersand_is_shown() {
        assert_eq!(words(&Row::Status("R&D_1".into())), ("R&&D_1".into(), false));
    }
}
