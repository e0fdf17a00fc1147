//! The session's language and clock, as far as they change while it lives. This process's environment
//! never does; what the user's service manager is told of it, and GNOME's clock, do. The clock is
//! announced; the manager is asked when something is shown.

use std::cell::{Cell, RefCell};

use zbus::Connection;
use zbus::proxy::CacheProperties;
use zbus::zvariant::Value;

use super::appearance::follow_setting;
use super::bus;
use super::display::UserManagerProxy;
use crate::os::{Locale, locale_of};
use crate::ui::language;

/// Source: GNOME's gsettings-desktop-schemas; portals hand them on.
const INTERFACE: &str = "org.gnome.desktop.interface";
const CLOCK: &str = "clock-format";

/// Follows language and clock for ever.
pub async fn follow() {
    let (desktop, has_half_days) = (RefCell::new(None), Cell::new(None));
    let hear = || language::hear(desktop.borrow().clone(), has_half_days.get());
    let clock = async {
        let told = |half_days| {
            has_half_days.set(Some(half_days));
            hear();
        };
        follow_setting((INTERFACE, CLOCK), half_days, told).await;
    };
    let manager = async {
        let mut first = None;
        loop {
            let bus = bus::join(|_| {}).await;
            loop {
                match of_manager(&bus).await {
                    Ok(now) => {
                        // What it was told before us need not be what we were told: only a change counts.
                        let first = first.get_or_insert_with(|| now.clone());
                        if *first != now || desktop.borrow().is_some() {
                            desktop.replace(Some(now));
                            hear();
                        }
                    }
                    // Not there, or just being started anew.
                    Err(zbus::Error::MethodError(..) | zbus::Error::FDO(_)) => {}
                    Err(_) => break,
                }
                language::looked().await;
            }
            // The bus has gone.
            language::looked().await;
        }
    };
    tokio::join!(clock, manager);
}

async fn of_manager(bus: &Connection) -> zbus::Result<Locale> {
    let manager = UserManagerProxy::builder(bus).cache_properties(CacheProperties::No);
    let environment = manager.build().await?.environment().await?;
    Ok(locale_of(|name| {
        let set = environment.iter().filter_map(|one| one.split_once('='));
        set.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).next_back()
    }))
}

/// `12h` or `24h`. `Read` wraps the value once more than `SettingChanged`.
fn half_days(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Value(inner) => half_days(inner),
        Value::Str(clock) if clock == "12h" => Some(true),
        Value::Str(clock) if clock == "24h" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_has_twelve_hours_or_not() {
        assert_eq!(half_days(&Value::Value(Box::new(Value::from("12h")))), Some(true));
        assert_eq!(half_days(&Value::from("24h")), Some(false));
        assert_eq!(half_days(&Value::from("")), None);
        assert_eq!(half_days(&Value::U32(12)), None);
    }
}
