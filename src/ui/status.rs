//! A view in words: what `deskbeat status` prints and "Copy diagnostics" copies.

use std::time::Duration;

use jiff::Timestamp;

use crate::session::View;
use crate::session::interface::time::between;
use crate::ui::times::{heartbeats, local_time, span};

/// The view for people: the sentence, then what is known, a line each.
pub fn describe(view: &View, now: Timestamp) -> String {
    let mut lines = vec![view.sentence.clone()];
    let mut line = |name: &str, value: String| lines.push(format!("  {name:<12} {value}"));
    let seconds = |seconds: u64| span(Duration::from_secs(seconds));
    if let Some(unhealthy) = &view.unhealthy {
        line("unhealthy", unhealthy.clone());
    }
    if let Some(id) = &view.session_id {
        let user = view.user.as_ref().map_or_else(String::new, |user| format!(" ({user})"));
        line("session", format!("{id}{user}"));
    }
    if let (Some(left), Some(at)) = (view.session_remaining_seconds, view.ends_at) {
        line("time left", format!("{}, until {}", seconds(left), local_time(at, now)));
    }
    if let Some(countdown) = &view.countdown {
        line("closes at", local_time(countdown.at, now));
    }
    if let Some(at) = view.last_beat_at {
        let ago = span(between(at, now));
        let count = heartbeats(view.beats);
        line("heartbeat", format!("the last one {ago} ago; {count}, {} failed", view.failures));
    }
    if let Some(left) = view.window_remaining_seconds {
        line("safe for", format!("{} without a heartbeat", seconds(left)));
    }
    if let Some(key) = &view.credentials {
        let until = key.expires_at.map(|at| format!(", valid until {}", local_time(at, now)));
        let until = until.unwrap_or_default();
        line("credentials", format!("{} …{}{until}", key.source, key.key_suffix));
    }
    if let Some(closing) = &view.closing
        && let Some(id) = &closing.request_id
    {
        line("request id", id.clone());
    }
    if let Some(instance) = &view.instance_id {
        line("computer", instance.clone());
    }
    if let Some(ahead) = view.clock_offset_seconds.filter(|ahead| *ahead != 0) {
        let by = seconds(ahead.unsigned_abs());
        let how = if ahead > 0 { "ahead of" } else { "behind" };
        line("clock", format!("{by} {how} AWS's; time left is judged by AWS's"));
    }
    if let Some(why) = &view.last_rejection {
        let count = view.rejected_messages;
        line("rejected", format!("{count} left in the queue, the last one because {why}"));
    }
    if let Some(error) = &view.last_error {
        line("last error", error.clone());
    }
    lines.join("\n") + "\n"
}
