//! How this desktop looks: dark or light, followed while it changes, and which font has a letter.

use std::cell::Cell;
use std::convert::Infallible;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::mpsc;
use winit::platform::x11::WindowAttributesExtX11;
use winit::window::WindowAttributes;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event as XEvent;
use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _, EventMask};
use zbus::proxy;
use zbus::zvariant::{OwnedValue, Value};

use crate::desktop::linux::bus;

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

/// Before a bus that went is joined again.
const AGAIN: Duration = Duration::from_secs(5);

/// After a portal that has come and does not answer yet.
const RETRIES: [Duration; 3] =
    [Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(10)];

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
    let by_portal = follow_setting((APPEARANCE, SCHEME), is_dark, |is_dark| {
        portal_has_said.set(true);
        tell(is_dark);
    });
    let by_x = async {
        while let Some(is_dark) = themes.recv().await {
            if !portal_has_said.get() {
                tell(is_dark);
            }
        }
    };
    tokio::join!(by_portal, by_x);
}

/// Tells for ever what `read` makes of the desktop's setting `wanted` (a namespace and a key), now and
/// whenever it changes; nothing where it makes nothing of it.
pub(super) async fn follow_setting(
    wanted: (&str, &str),
    read: impl Fn(&Value<'_>) -> Option<bool>,
    tell: impl Fn(bool),
) {
    loop {
        let bus = bus::join(|_| {}).await;
        let Err(error) = follow_portal(&bus, wanted, &read, &tell).await;
        tracing::debug!("no portal tells the setting {}: {error}", wanted.1);
        tokio::time::sleep(AGAIN).await;
    }
}

/// The same on one connection, for as long as it lasts, whichever portals come and go there.
async fn follow_portal(
    bus: &zbus::Connection,
    wanted: (&str, &str),
    read: impl Fn(&Value<'_>) -> Option<bool>,
    tell: impl Fn(bool),
) -> zbus::Result<Infallible> {
    let settings = PortalSettingsProxy::new(bus).await?;
    let mut changes = settings.receive_setting_changed().await?;
    let mut owners = settings.inner().receive_owner_changed().await?;
    let tell_of = |value: &Value<'_>| {
        if let Some(now) = read(value) {
            tell(now);
        }
    };
    let mut asked = Some(Box::pin(read_now(&settings, wanted)));
    loop {
        let answer = async {
            match &mut asked {
                Some(call) => call.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // Waited for beside the rest: one that is silent may still tell of a change.
            answer = answer => {
                asked = None;
                if let Some(value) = answer {
                    tell_of(&value);
                }
            }
            owner = owners.next() => match owner {
                None => return Err(zbus::Error::InvalidReply),
                Some(None) => {}
                // Another one may say something else.
                Some(Some(_)) => asked = Some(Box::pin(read_now(&settings, wanted))),
            },
            change = changes.next() => {
                let Some(change) = change else { return Err(zbus::Error::InvalidReply) };
                // What has another form than that of a change is none.
                if let Ok(change) = change.args()
                    && (change.namespace, change.key) == wanted
                {
                    tell_of(&change.value);
                }
            }
        }
    }
}

/// What it is now; `None` if nobody tells.
async fn read_now(settings: &PortalSettingsProxy<'_>, wanted: (&str, &str)) -> Option<OwnedValue> {
    for pause in RETRIES {
        if let Ok(value) = settings.read(wanted.0, wanted.1).await {
            return Some(value);
        }
        tokio::time::sleep(pause).await;
    }
    None
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
