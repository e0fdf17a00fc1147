//! Times as people read them: spans in words, instants in the time zone of this computer.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

use crate::session::words::said::said;
use crate::session::words::text::Text;
use crate::ui::language::{manner, spoken};

/// A span in at most two units: `7 h 12 min`, `12 min`, `1 min 5 s`, `48 s`, `2 d 3 h`.
pub fn span(span: Duration) -> String {
    spoken(crate::session::words::said::span(span.as_secs()))
}

/// `1 heartbeat`, `2 heartbeats`.
pub fn heartbeats(count: u64) -> String {
    spoken(said!("heartbeats", count = count))
}

/// `at` in this computer's time zone: `17:30` or `5:30 PM`, or `Wed 25 Nov 17:30` when that is another
/// day than `now`.
pub fn local_time(at: Timestamp, now: Timestamp) -> String {
    in_zone(at, now, &zone(), Unit::Minute)
}

/// The same with its seconds.
pub(crate) fn local_second(at: Timestamp, now: Timestamp) -> String {
    in_zone(at, now, &zone(), Unit::Second)
}

fn zone() -> TimeZone {
    // Tests read the same words everywhere.
    if cfg!(test) { TimeZone::UTC } else { TimeZone::system() }
}

/// Lets the next [`local_time`] look which time zone this computer is in now. jiff itself would do so
/// every five minutes.
pub fn look_at_zone() {
    jiff::tz::reset_system_time_zone_cache();
}

/// `text` in words, its instants as local times.
pub(crate) fn told(text: &Text, now: Timestamp) -> String {
    match text.said() {
        Some(said) => manner().language.catalog().say(said, &|at| local_time(at, now)),
        None => text.to_string(),
    }
}

fn in_zone(at: Timestamp, now: Timestamp, zone: &TimeZone, to: Unit) -> String {
    let (at, today) = (zone.to_datetime(at), zone.to_datetime(now));
    let seconds = match to {
        Unit::Second => format!(":{:02}", at.second()),
        _ => String::new(),
    };
    let time = if manner().has_half_days {
        let half = if at.hour() < 12 { "am" } else { "pm" };
        let hour = (at.hour() + 11) % 12 + 1;
        spoken(said!("half-day", half = half, time = format!("{hour}:{:02}{seconds}", at.minute())))
    } else {
        format!("{:02}:{:02}{seconds}", at.hour(), at.minute())
    };
    if at.date() == today.date() {
        return time;
    }
    let number = |number: i8| u64::try_from(number).unwrap_or_default();
    spoken(said!(
        "another-day",
        weekday = said!("weekday", number = number(at.weekday().to_monday_one_offset())),
        day = number(at.day()),
        month = said!("month", number = number(at.month())),
        time = time
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::language::{Language, Manner, spoken_in};

    #[test]
    fn a_span_is_short_and_never_vague() {
        for (seconds, words) in [
            (0, "0 s"),
            (48, "48 s"),
            (60, "1 min"),
            (65, "1 min 5 s"),
            (305, "5 min"),
            (3600, "1 h"),
            (25_920, "7 h 12 min"),
            (86_400, "1 d"),
            (183_600, "2 d 3 h"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn another_day_is_named() {
        let zone = TimeZone::UTC;
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-24T23:00:00Z");
        assert_eq!(in_zone(at("2026-11-24T23:30:00Z"), now, &zone, Unit::Minute), "23:30");
        let later = at("2026-11-25T17:05:09Z");
        assert_eq!(in_zone(later, now, &zone, Unit::Minute), "Wed 25 Nov 17:05");
        for (language, has_half_days, words) in [
            (Language::English, true, "Wed 25 Nov 5:05:09 PM"),
            (Language::German, false, "Mi 25. Nov 17:05:09"),
            (Language::Japanese, true, "11月25日(水) 午後5:05:09"),
            (Language::SimplifiedChinese, false, "11月25日周三 17:05:09"),
        ] {
            let told = spoken_in(Manner { language, has_half_days }, || {
                in_zone(later, now, &zone, Unit::Second)
            });
            assert_eq!(told, words);
        }
        let noon = |hour: u8| at(&format!("2026-11-24T{hour:02}:30:00Z"));
        let manner = Manner { language: Language::English, has_half_days: true };
        spoken_in(manner, || {
            for (hour, words) in
                [(0, "12:30 AM"), (11, "11:30 AM"), (12, "12:30 PM"), (23, "11:30 PM")]
            {
                assert_eq!(in_zone(noon(hour), now, &zone, Unit::Minute), words);
            }
        });
    }
}
