//! How this desktop looks: dark or light, followed while it changes, and which font has a letter.

use std::cell::Cell;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use futures_util::StreamExt;
use tokio::sync::mpsc;
use winit::platform::x11::WindowAttributesExtX11;
use winit::window::WindowAttributes;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event as XEvent;
use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _, EventMask};
use zbus::proxy;
use zbus::zvariant::{OwnedValue, Value};

/// Source: XDG Desktop Portal, org.freedesktop.portal.Settings.
#[proxy(
    interface = "org.freedesktop.portal.Settings",
    default_service = "org.freedesktop.portal.Desktop",
    default_path = "/org/freedesktop/portal/desktop"
)]
trait PortalSettings {
    fn read(&self, namespace: &str, key: &str) -> zbus::Result<OwnedValue>;

    #[zbus(signal)]
    fn setting_changed(&self, namespace: &str, key: &str, value: Value<'_>) -> zbus::Result<()>;
}

const APPEARANCE: &str = "org.freedesktop.appearance";
const SCHEME: &str = "color-scheme";

/// So that desktops know whose window it is, and take its icon and name from our .desktop file.
pub(crate) fn named(attributes: WindowAttributes) -> WindowAttributes {
    attributes.with_name("deskbeat", "deskbeat")
}

/// Tells whether the desktop is dark, now and whenever that changes. A portal says so; until one has,
/// what the X server's settings say.
pub async fn follow(tell: impl Fn(bool)) {
    let (told, mut themes) = mpsc::unbounded_channel();
    // Waits for a server that may hang: not on the thread that talks to the agent.
    let thread = std::thread::Builder::new().name("theme".into());
    let _no_room = thread.spawn(move || follow_x_settings(|is_dark| told.send(is_dark).is_ok()));
    let portal_has_said = Cell::new(false);
    let by_portal = async {
        let told = |is_dark| {
            portal_has_said.set(true);
            tell(is_dark);
        };
        if let Err(error) = follow_portal(told).await {
            tracing::debug!("no portal says how the desktop looks: {error}");
        }
    };
    let by_x = async {
        while let Some(is_dark) = themes.recv().await {
            if !portal_has_said.get() {
                tell(is_dark);
            }
        }
    };
    tokio::join!(by_portal, by_x);
}

async fn follow_portal(tell: impl Fn(bool)) -> zbus::Result<()> {
    let bus = zbus::Connection::session().await?;
    follow_setting(&bus, (APPEARANCE, SCHEME), is_dark, tell).await
}

/// Tells what `read` makes of the desktop's setting `wanted` (a namespace and a key), now and whenever it
/// changes; nothing where it makes nothing of it. The error says why no portal tells it.
pub(super) async fn follow_setting(
    bus: &zbus::Connection,
    wanted: (&str, &str),
    read: impl Fn(&Value<'_>) -> Option<bool>,
    tell: impl Fn(bool),
) -> zbus::Result<()> {
    let settings = PortalSettingsProxy::new(bus).await?;
    let mut changes = settings.receive_setting_changed().await?;
    let now = settings.read(wanted.0, wanted.1).await;
    if let Some(now) = now.ok().and_then(|value| read(&value)) {
        tell(now);
    }
    while let Some(change) = changes.next().await {
        let change = change.args()?;
        if (change.namespace, change.key) == wanted
            && let Some(now) = read(&change.value)
        {
            tell(now);
        }
    }
    Ok(())
}

/// 1 is dark, 2 is light, 0 is no preference. `Read` wraps the value once more than `SettingChanged`.
fn is_dark(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Value(inner) => is_dark(inner),
        Value::U32(0) => None,
        Value::U32(scheme) => Some(*scheme == 1),
        _ => None,
    }
}

/// Tells whether XSETTINGS' theme is a dark one (`Adwaita-dark`), until nobody listens or the display goes.
/// Source: XSETTINGS 0.5: a new manager is announced on the root window, a change by its property.
fn follow_x_settings(tell: impl Fn(bool) -> bool) -> Option<()> {
    let (x, screen) = x11rb::connect(None).ok()?;
    let atom = |name: &str| Some(x.intern_atom(false, name.as_bytes()).ok()?.reply().ok()?.atom);
    let selection = atom(&format!("_XSETTINGS_S{screen}"))?;
    let property = atom("_XSETTINGS_SETTINGS")?;
    let watch = |window, mask| {
        let wanted = ChangeWindowAttributesAux::new().event_mask(mask);
        x.change_window_attributes(window, &wanted).ok()
    };
    watch(x.setup().roots.get(screen)?.root, EventMask::STRUCTURE_NOTIFY)?;
    loop {
        let owner = x.get_selection_owner(selection).ok()?.reply().ok()?.owner;
        if owner != x11rb::NONE {
            watch(owner, EventMask::PROPERTY_CHANGE)?;
            let all = x.get_property(false, owner, property, 0u32, 0, u32::MAX / 4).ok()?;
            // One that has just gone has none.
            let theme = all.reply().ok().and_then(|all| text_setting(&all.value, "Net/ThemeName"));
            if let Some(theme) = theme
                && !tell(theme.to_lowercase().ends_with("dark"))
            {
                return None;
            }
        }
        // Whatever else the root window tells is no reason to look.
        while !match x.wait_for_event().ok()? {
            XEvent::PropertyNotify(change) => change.atom == property,
            XEvent::ClientMessage(news) => news.data.as_data32()[1] == selection,
            _ => false,
        } {}
    }
}

/// The value of a text in XSETTINGS' property. Source: XSETTINGS 0.5, "Format of the property".
fn text_setting(all: &[u8], wanted: &str) -> Option<String> {
    let is_big = *all.first()? == 1;
    let short = |at: usize| {
        let bytes: [u8; 2] = all.get(at..at + 2)?.try_into().ok()?;
        Some(usize::from(if is_big {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        }))
    };
    let long = |at: usize| {
        let bytes: [u8; 4] = all.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(if is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
            .ok()
    };
    let padded = |length: usize| length.next_multiple_of(4);
    let mut at = 12;
    for _ in 0..long(8)? {
        let (kind, length) = (*all.get(at)?, short(at + 2)?);
        let name = all.get(at + 4..at + 4 + length)?;
        // The name, then four bytes of a serial number.
        at += 4 + padded(length) + 4;
        let (value, size) = match kind {
            0 => (None, 4),
            1 => {
                let length = long(at)?;
                (Some(all.get(at + 4..at + 4 + length)?), 4 + padded(length))
            }
            2 => (None, 8),
            _ => return None,
        };
        if name == wanted.as_bytes() {
            return value.map(|value| String::from_utf8_lossy(value).into_owned());
        }
        at += size;
    }
    None
}

/// A font of this computer for the language `tag`, and which of its file's faces; fontconfig's own program
/// knows. `None` where no font has all of the language's letters.
pub(crate) fn font_of_language(tag: &str) -> Option<(PathBuf, u32)> {
    // Fontconfig calls them `ja` and `zh-cn`.
    let language = tag.to_lowercase();
    let told = Command::new("fc-match")
        .arg("--format=%{lang}\n%{index}\n%{file}")
        .arg(format!("sans:lang={language}"))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    let mut lines = told.splitn(3, '\n');
    let has_letters = lines.next()?.split('|').any(|one| one == language);
    // The upper half of the number is a variable font's named instance.
    let index = lines.next()?.parse::<u32>().ok()? & 0xffff;
    let path = PathBuf::from(lines.next()?);
    (has_letters && path.is_file()).then_some((path, index))
}

/// A font of this computer that has `letter`; fontconfig's own program knows.
pub(crate) fn font_for(letter: char) -> Option<PathBuf> {
    let told = Command::new("fc-match")
        .arg("--format=%{file}")
        .arg(format!(":charset={:x}", u32::from(letter)))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let path = PathBuf::from(String::from_utf8(told.stdout).ok()?);
    path.is_file().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A property as a settings daemon writes it: an integer, a colour, two texts.
    fn property(is_big: bool) -> Vec<u8> {
        let short = |n: u16| if is_big { n.to_be_bytes() } else { n.to_le_bytes() };
        let long = |n: u32| if is_big { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut all = vec![u8::from(is_big), 0, 0, 0];
        all.extend(long(7));
        all.extend(long(4));
        let mut setting = |kind: u8, name: &str, value: &[u8]| {
            all.extend([kind, 0]);
            all.extend(short(name.len() as u16));
            all.extend(name.as_bytes());
            all.resize(all.len().next_multiple_of(4), 0);
            all.extend(long(3));
            all.extend(value);
            all.resize(all.len().next_multiple_of(4), 0);
        };
        setting(0, "Net/DoubleClickTime", &long(400));
        setting(2, "Net/Colour", &[1; 8]);
        setting(1, "Gtk/FontName", &[long(7).as_slice(), b"Sans 10"].concat());
        setting(1, "Net/ThemeName", &[long(12).as_slice(), b"Adwaita-dark"].concat());
        all
    }

    #[test]
    fn the_themes_name_is_found_in_either_byte_order() {
        for is_big in [false, true] {
            let all = property(is_big);
            assert_eq!(text_setting(&all, "Net/ThemeName").as_deref(), Some("Adwaita-dark"));
            assert_eq!(text_setting(&all, "Net/Missing"), None);
            for cut in 0..all.len() {
                // Whatever is cut off: no panic, and no other answer.
                assert!(text_setting(&all[..cut], "Net/ThemeName").is_none(), "{cut}");
            }
        }
    }

    #[test]
    fn a_scheme_is_dark_light_or_none() {
        let wrapped = Value::Value(Box::new(Value::U32(1)));
        assert_eq!(is_dark(&wrapped), Some(true));
        assert_eq!(is_dark(&Value::U32(2)), Some(false));
        assert_eq!(is_dark(&Value::U32(0)), None);
    }
}
