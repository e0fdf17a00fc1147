//! Every sentence that the core gives to people, and every log code, in one place.
//! Sentences say what happened, what it means for the session, and what to do.

use std::time::Duration;

use crate::session::contract::output::Reason;
use crate::session::contract::status::State;
use crate::session::interface::failure::{Failure, FailureKind};

/// The stable log codes. The README's table is held to this list by a test.
pub mod code {
    /// No session yet; listening to the queue.
    pub const WAITING: &str = "DB-101";
    /// A token was taken.
    pub const STARTED: &str = "DB-102";
    /// A session was resumed from the journal.
    pub const RESUMED: &str = "DB-103";
    /// A token of the same session took over.
    pub const REPLACED: &str = "DB-104";
    /// A `ready` message was answered.
    pub const READY: &str = "DB-105";
    /// A `ready` message cannot be answered.
    pub const READY_FAILED: &str = "DB-106";
    /// Beats are accepted.
    pub const ACTIVE: &str = "DB-201";
    /// Beats fail.
    pub const AT_RISK: &str = "DB-202";
    /// Beats are accepted again.
    pub const RECOVERED: &str = "DB-203";
    /// The user was warned of the end, or of an announcement.
    pub const WARNED: &str = "DB-204";
    /// A countdown to the end began or was called off.
    pub const COUNTDOWN: &str = "DB-205";
    /// The end was decided; telling the service.
    pub const ENDING: &str = "DB-301";
    /// The service accepted the end.
    pub const CLOSED: &str = "DB-302";
    /// The close does not get through yet.
    pub const CLOSE_FAILED: &str = "DB-303";
    /// The after-end action was refused or given up.
    pub const AFTER_END: &str = "DB-304";
    /// The operating system ends.
    pub const OS_ENDING: &str = "DB-305";
    /// The service had ended the session.
    pub const ENDED_ELSEWHERE: &str = "DB-401";
    /// Somebody has to mend something.
    pub const ATTENTION: &str = "DB-501";
    /// What needed attention is mended.
    pub const ATTENTION_OVER: &str = "DB-502";
    /// The clock cannot be right.
    pub const CLOCK: &str = "DB-503";
    /// A message was acknowledged, handed back or left, and why.
    pub const MESSAGE: &str = "DB-601";
    /// A malformed message was left for the dead-letter queue.
    pub const MALFORMED: &str = "DB-602";
    /// The queue cannot be read.
    pub const QUEUE: &str = "DB-603";
    /// The journal cannot be written.
    pub const JOURNAL: &str = "DB-701";
    /// The journal can be written again.
    pub const JOURNAL_OVER: &str = "DB-702";
    /// The journal of another machine was discarded.
    pub const JOURNAL_FOREIGN: &str = "DB-703";

    /// All of them.
    pub const ALL: [&str; 26] = [
        WAITING,
        STARTED,
        RESUMED,
        REPLACED,
        READY,
        READY_FAILED,
        ACTIVE,
        AT_RISK,
        RECOVERED,
        WARNED,
        COUNTDOWN,
        ENDING,
        CLOSED,
        CLOSE_FAILED,
        AFTER_END,
        OS_ENDING,
        ENDED_ELSEWHERE,
        ATTENTION,
        ATTENTION_OVER,
        CLOCK,
        MESSAGE,
        MALFORMED,
        QUEUE,
        JOURNAL,
        JOURNAL_OVER,
        JOURNAL_FOREIGN,
    ];
}

/// The log code of a state.
pub(in crate::session) fn state_code(state: State) -> &'static str {
    match state {
        State::Waiting => code::WAITING,
        State::Active => code::ACTIVE,
        State::AtRisk => code::AT_RISK,
        State::Ending => code::ENDING,
        State::Closed => code::CLOSED,
        State::EndedElsewhere => code::ENDED_ELSEWHERE,
        State::NeedsAttention => code::ATTENTION,
    }
}

/// The most characters that a Windows tooltip shows. Source: NOTIFYICONDATA.szTip, 128 with its end.
pub const MAX_SENTENCE_UNITS: usize = 127;

/// `text`, cut to what a tooltip shows (counted in UTF-16 units, as Windows does).
pub fn fit(text: String) -> String {
    if text.encode_utf16().count() <= MAX_SENTENCE_UNITS {
        return text;
    }
    let mut units = 0;
    let mut cut: String = text
        .chars()
        .take_while(|c| {
            units += c.len_utf16();
            units < MAX_SENTENCE_UNITS
        })
        .collect();
    cut.push('…');
    cut
}

/// Why beats fail, in a few words for the user, with what to do.
pub fn cause(failure: &Failure) -> &'static str {
    match failure.kind {
        FailureKind::Credentials => "AWS refuses this computer's credentials; reading new ones",
        FailureKind::Signature => "AWS refuses the signature; check this computer's clock",
        FailureKind::AccessDenied => "access denied; ask your administrator to check the role",
        FailureKind::Throttled | FailureKind::KmsThrottled => "AWS is throttling; trying again",
        FailureKind::Kms => "the encryption key refuses; ask your administrator",
        FailureKind::InvalidOutput => "AWS refuses our answer; sending the shortest one",
        FailureKind::NoSuchQueue => "the queue does not exist; ask your administrator",
        FailureKind::Service => "AWS has a problem; trying again",
        FailureKind::Unreachable => "AWS cannot be reached; check the network",
        FailureKind::TokenOver(_) => "the service has ended the session",
    }
}

/// How long a session at risk has left.
pub(in crate::session) fn left(left: Duration) -> String {
    match left.as_secs() {
        0 => "its time with the service has run out".into(),
        seconds @ 1..120 => format!("{seconds} s left"),
        seconds => format!("{} min left", seconds / 60),
    }
}

/// A reason in a few words, as in "Closed: …".
pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::User => "you ended it",
        Reason::OsShutdown => "the computer was shutting down",
        Reason::Logoff => "you were logging off",
        Reason::Idle => "nobody was using it",
        Reason::Disconnected => "the remote connection was gone",
        Reason::Remote => "an administrator ended it",
        Reason::TimeUp => "its time was up",
        Reason::Spot => "AWS takes this computer back",
        Reason::Failure => "a failure was reported",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_codes_is_complete() {
        let source = include_str!("sentences.rs");
        let named = source.lines().filter(|line| {
            let line = line.trim();
            line.starts_with("pub const ") && line.contains(": &str = \"DB-")
        });
        assert_eq!(named.count(), code::ALL.len());
        let different: std::collections::BTreeSet<_> = code::ALL.into_iter().collect();
        assert_eq!(different.len(), code::ALL.len());
    }

    #[test]
    fn a_sentence_is_cut_to_what_windows_shows() {
        let fitted = fit("ä😀".repeat(80));
        assert!(fitted.encode_utf16().count() <= MAX_SENTENCE_UNITS);
        assert!(fitted.ends_with('…'));
        assert_eq!(fit("short".into()), "short");
    }
}
