//! Times as people read them: spans in words, instants in the time zone of this computer.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::session::words::text::said;
use crate::ui::language::spoken;

/// A span in at most two units: `7 h 12 min`, `12 min`, `1 min 5 s`, `48 s`, `2 d 3 h`.
pub fn span(span: Duration) -> String {
    spoken(crate::session::words::text::span(span.as_secs()))
}

/// `1 heartbeat`, `2 heartbeats`.
pub fn heartbeats(count: u64) -> String {
    spoken(said!("heartbeats", count = count))
}

/// `at` in this computer's time zone: `17:30`, or `Wed 25 Nov 17:30` when that is another day than
/// `now`.
pub fn local_time(at: Timestamp, now: Timestamp) -> String {
    // Tests read the same words everywhere.
    let zone = if cfg!(test) { TimeZone::UTC } else { TimeZone::system() };
    in_zone(at, now, &zone)
}

/// Lets the next [`local_time`] look which time zone this computer is in now. jiff itself would do so
/// every five minutes.
pub fn look_at_zone() {
    jiff::tz::reset_system_time_zone_cache();
}

fn in_zone(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, today) = (zone.to_datetime(at), zone.to_datetime(now));
    let format = if at.date() == today.date() { "%H:%M" } else { "%a %-d %b %H:%M" };
    at.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(in_zone(at("2026-11-24T23:30:00Z"), now, &zone), "23:30");
        assert_eq!(in_zone(at("2026-11-25T17:05:00Z"), now, &zone), "Wed 25 Nov 17:05");
    }
}
