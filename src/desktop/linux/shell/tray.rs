//! The icon: a StatusNotifierItem with tooltip and menu.

use ksni::menu::StandardItem;
use ksni::{Handle, MenuItem, OfflineReason, ToolTip, Tray, TrayMethods};
use tokio::sync::{mpsc, watch};

use crate::desktop::NoDesktop;
use crate::session::State;
use crate::ui::icon::{argb32, icon};
use crate::ui::menu::{Choice, Look, Ring, Row};

/// Panels scale the next larger one down: for bars of 22 to 48 pixels, also on dense screens.
const SIZES: [u32; 3] = [22, 32, 48];

/// The icon on the bus.
pub(super) struct Icon(Handle<Item>);

struct Item {
    look: Look,
    choices: mpsc::UnboundedSender<Choice>,
}

impl Icon {
    pub(super) async fn start(choices: mpsc::UnboundedSender<Choice>) -> Result<Self, NoDesktop> {
        let look =
            Look { state: State::Waiting, ring: None, tooltip: String::new(), menu: Vec::new() };
        // A panel may come later: until then the item waits.
        let started = Item { look, choices }.assume_sni_available(true).spawn().await;
        started.map(Self).map_err(|error| NoDesktop(format!("no tray icon is possible ({error})")))
    }

    /// Shows each look that comes, the newest first.
    pub(super) async fn show_all(self, mut looks: watch::Receiver<Option<Look>>) {
        while looks.changed().await.is_ok() {
            let look = looks.borrow_and_update().clone();
            if let Some(look) = look {
                self.0.update(|item| item.look = look).await;
            }
        }
        self.0.shutdown().await;
    }
}

impl Tray for Item {
    // A left click does what a user tries first.
    const MENU_ON_ACTIVATE: bool = true;

    fn id(&self) -> String {
        "deskbeat".into()
    }

    fn title(&self) -> String {
        "Deskbeat".into()
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        SIZES.into_iter().map(|size| pixmap(self.look.state, self.look.ring, size)).collect()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip {
            title: "Deskbeat".into(),
            description: self.look.tooltip.clone(),
            ..ToolTip::default()
        }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        self.look.menu.iter().map(item).collect()
    }

    fn watcher_offline(&self, _reason: OfflineReason) -> bool {
        tracing::info!("no panel shows tray icons; the icon joins when one appears");
        true
    }

    fn watcher_online(&self) {
        tracing::info!("a panel shows the tray icon");
    }
}

fn pixmap(state: State, ring: Option<Ring>, size: u32) -> ksni::Icon {
    let rgba = icon(state, ring.map(Ring::share), size);
    // Sizes are those above.
    let side = |length: u32| i32::try_from(length).unwrap_or_default();
    ksni::Icon { width: side(rgba.width), height: side(rgba.height), data: argb32(&rgba) }
}

fn item(row: &Row) -> MenuItem<Item> {
    match row {
        Row::Status(text) => {
            MenuItem::Standard(StandardItem { label: literal(text), enabled: false, ..default() })
        }
        Row::Separator => MenuItem::Separator,
        Row::Choice { choice, label, enabled } => {
            let choice = *choice;
            MenuItem::Standard(StandardItem {
                label: literal(label),
                enabled: *enabled,
                activate: Box::new(move |item: &mut Item| {
                    let _front_gone = item.choices.send(choice);
                }),
                ..default()
            })
        }
    }
}

/// An underscore would mark the next letter as a key, and vanish.
fn literal(text: &str) -> String {
    text.replace('_', "__")
}

fn default() -> StandardItem<Item> {
    StandardItem::default()
}
