//! A view in words: what `deskbeat status` prints and "Copy diagnostics" copies.

use std::time::Duration;

use jiff::Timestamp;

use crate::session::View;
use crate::session::interface::time::between;
use crate::session::words::said::{Said, said};
use crate::ui::language::spoken;
use crate::ui::times::{heartbeats, local_time, span, told};

/// The view for people: the sentence, then what is known, a line each.
pub fn describe(view: &View, now: Timestamp) -> String {
    let mut lines = Vec::new();
    let mut line = |name: Said, value: String| lines.push((spoken(name), value));
    let seconds = |seconds: u64| span(Duration::from_secs(seconds));
    if let Some(unhealthy) = &view.unhealthy {
        line(said!("status-unhealthy"), told(unhealthy, now));
    }
    if let Some(id) = &view.session_id {
        let user = view.user.as_ref().map_or_else(String::new, |user| format!(" ({user})"));
        line(said!("status-session"), format!("{id}{user}"));
    }
    if let (Some(left), Some(at)) = (view.session_remaining_seconds, view.ends_at) {
        let until = local_time(at, now);
        let value = said!("status-time-left-value", left = seconds(left), until = until);
        line(said!("status-time-left"), spoken(value));
    }
    if let Some(countdown) = &view.countdown {
        line(said!("status-closes-at"), local_time(countdown.at, now));
    }
    if let Some(at) = view.last_beat_at {
        let ago = span(between(at, now));
        let value = said!(
            "status-heartbeat-value",
            ago = ago,
            count = heartbeats(view.beats),
            failed = view.failures
        );
        line(said!("status-heartbeat"), spoken(value));
    }
    if let Some(left) = view.window_remaining_seconds {
        let value = said!("status-safe-for-value", left = seconds(left));
        line(said!("status-safe-for"), spoken(value));
    }
    if let Some(key) = &view.credentials {
        let name = format!("{} …{}", key.source, key.key_suffix);
        let value = match key.expires_at {
            Some(at) => spoken(said!("status-key", key = name, until = local_time(at, now))),
            None => name,
        };
        line(said!("status-credentials"), value);
    }
    if let Some(closing) = &view.closing
        && let Some(id) = &closing.request_id
    {
        line(said!("status-request-id"), id.clone());
    }
    if let Some(instance) = &view.instance_id {
        line(said!("status-computer"), instance.clone());
    }
    if let Some(ahead) = view.clock_offset_seconds.filter(|ahead| *ahead != 0) {
        let by = seconds(ahead.unsigned_abs());
        let value = match ahead > 0 {
            true => said!("status-clock-ahead", by = by),
            false => said!("status-clock-behind", by = by),
        };
        line(said!("status-clock"), spoken(value));
    }
    if let Some(why) = &view.last_rejection {
        let value = said!("status-rejected-value", count = view.rejected_messages, why = why);
        line(said!("status-rejected"), spoken(value));
    }
    if let Some(error) = &view.last_error {
        line(said!("status-last-error"), error.clone());
    }
    let mut text = told(&view.sentence, now) + "\n";
    let widest = lines.iter().map(|(name, _)| columns(name)).max().unwrap_or(0).max(NAMES);
    for (name, value) in lines {
        let gap = " ".repeat(widest - columns(&name));
        text += &format!("  {name}{gap} {value}\n");
    }
    text
}

/// The values begin here at the earliest.
const NAMES: usize = 12;

/// How many columns of a terminal `text` takes: two for each letter of East Asia's scripts.
/// Source: Unicode, UAX #11, East Asian Width W and F, as far as our texts use them.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// `text` in at most so many lines of so many columns each; what is cut off ends in `…`.
pub(crate) fn fitted(text: &str, columns: usize, rows: usize) -> String {
    text.lines().take(rows).map(|line| cut(line, columns) + "\n").collect()
}

fn cut(line: &str, most: usize) -> String {
    if columns(line) <= most {
        return line.to_owned();
    }
    let mut used = 1;
    let kept = line.chars().take_while(|letter| {
        used += width(*letter);
        used <= most
    });
    kept.collect::<String>() + "…"
}

fn width(letter: char) -> usize {
    let is_wide = {
        matches!(letter, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}')
    };
    if is_wide { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_by_columns_not_by_letters() {
        assert_eq!(fitted("one\ntwo\nthree\n", 80, 2), "one\ntwo\n");
        assert_eq!(fitted("12345", 5, 9), "12345\n");
        assert_eq!(fitted("123456", 5, 9), "1234…\n");
        assert_eq!(fitted("有効です", 5, 9), "有効…\n");
    }
}
