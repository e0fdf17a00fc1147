//! Every sentence that the core gives to people, in one place.
//! Sentences say what happened, what it means for the session, and what to do.

use std::time::Duration;

use crate::session::contract::output::Reason;
use crate::session::contract::status::State;
use crate::session::interface::failure::{Failure, FailureKind};
use crate::session::words::codes::Code;

/// The log code of a state.
pub(in crate::session) fn state_code(state: State) -> Code {
    match state {
        State::Waiting => Code::Waiting,
        State::Active => Code::Active,
        State::AtRisk => Code::AtRisk,
        State::Ending => Code::Ending,
        State::Closed => Code::Closed,
        State::EndedElsewhere => Code::EndedElsewhere,
        State::NeedsAttention => Code::Attention,
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
    fn a_sentence_is_cut_to_what_windows_shows() {
        let fitted = fit("ä😀".repeat(80));
        assert!(fitted.encode_utf16().count() <= MAX_SENTENCE_UNITS);
        assert!(fitted.ends_with('…'));
        assert_eq!(fit("short".into()), "short");
    }
}
