//! Every sentence that the core gives to people, in one place.
//! Sentences say what happened, what it means for the session, and what to do.

use std::time::Duration;

use jiff::Timestamp;

use crate::session::contract::output::{Outcome, Reason};
use crate::session::contract::status::State;
use crate::session::interface::failure::{Barrier, Failure, FailureKind, TokenOver};
use crate::session::interface::token::Fingerprint;
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

/// Why beats fail, in a few words for the user, with what is done about it or what to do.
pub fn cause(failure: &Failure) -> &'static str {
    match failure.kind {
        FailureKind::Throttled | FailureKind::KmsThrottled => {
            "AWS is too busy to answer; trying again"
        }
        FailureKind::Service => "AWS has a problem; trying again",
        _ => trouble(failure),
    }
}

/// Why a call failed, for sentences that say themselves that it is tried again.
pub fn trouble(failure: &Failure) -> &'static str {
    match failure.kind {
        FailureKind::Credentials => "AWS refuses this computer's credentials; reading new ones",
        FailureKind::Signature => "AWS refuses the signature; check this computer's clock",
        FailureKind::AccessDenied => "access denied; ask your administrator to check the role",
        FailureKind::Throttled | FailureKind::KmsThrottled => "AWS is too busy to answer",
        FailureKind::Kms => "the encryption key refuses; ask your administrator",
        FailureKind::InvalidOutput => "AWS refuses our answer; sending the shortest one",
        FailureKind::NoSuchQueue => "the queue does not exist; ask your administrator",
        FailureKind::Service => "AWS has a problem",
        FailureKind::Unreachable => "AWS cannot be reached; check the network",
        FailureKind::Blocked(barrier) => blocked(barrier),
        FailureKind::TokenOver(_) => "the session was ended from outside",
    }
}

/// What stands in the way, and who mends it: as short as [`cause`] has to be.
fn blocked(barrier: Barrier) -> &'static str {
    match barrier {
        Barrier::Refused => "the way to AWS is refused; ask your administrator for port 443",
        Barrier::Swallowed => "a firewall may swallow calls to AWS; ask for a way to port 443",
        Barrier::Name => "AWS's name cannot be looked up; check the network's DNS",
        Barrier::ProxySignIn => "the proxy wants a sign-in (407); check HTTPS_PROXY",
        Barrier::Proxy => "the proxy does not let AWS through; ask your administrator",
        Barrier::Certificate => "an unknown certificate answers for AWS; set AWS_CA_BUNDLE",
        Barrier::CertificateTime => "AWS's certificate is not valid by this clock; set the clock",
        Barrier::Page => "a sign-in or block page answers for AWS; ask your administrator",
    }
}

/// What to do in full, for who examines the computer, where the cause alone does not say it.
pub fn advice(failure: &Failure) -> Option<&'static str> {
    let FailureKind::Blocked(barrier) = failure.kind else { return None };
    Some(match barrier {
        Barrier::Refused => {
            "Is the endpoint right? Security groups, network ACLs and firewalls must let TCP 443 to \
             Step Functions and SQS out; without a way to the internet use VPC endpoints, or a proxy \
             in HTTPS_PROXY."
        }
        Barrier::Swallowed => {
            "Nobody refuses, so something drops the packets: check route table, NAT, security group, \
             network ACL and firewall for TCP 443; without a way to the internet use VPC endpoints, \
             or a proxy in HTTPS_PROXY."
        }
        Barrier::Name => {
            "Check the computer's DNS servers, the VPC's DNS support and the region's name; with a \
             proxy, the proxy's own name."
        }
        Barrier::ProxySignIn => {
            "Put name and password into HTTPS_PROXY, or have the proxy let this computer through \
             without them."
        }
        Barrier::Proxy => {
            "Have it let states.REGION and sqs.REGION through on port 443, or name them in NO_PROXY \
             where there is a direct way."
        }
        Barrier::Certificate => {
            "A proxy that looks into TLS signs with a CA of its own: name its certificate, in PEM, in \
             AWS_CA_BUNDLE."
        }
        Barrier::CertificateTime => {
            "Let the clock synchronise with 169.254.169.123. If it is right, something answers in \
             AWS's place."
        }
        Barrier::Page => {
            "Sign in with a browser if it is the network's sign-in page; else have the proxy or \
             firewall let Step Functions and SQS through unchanged."
        }
    })
}

/// Why no session can start, while the queue cannot be read.
pub(in crate::session) fn queue_unreadable(failure: &Failure) -> String {
    format!("No session can start: the queue cannot be read: {}.", cause(failure))
}

/// The journal held a session.
pub(in crate::session) fn resumed(name: &str, token: &Fingerprint) -> String {
    format!("resuming session {name} ({token}) from the journal, with a heartbeat at once")
}

/// The journal was another machine's.
pub(in crate::session) fn foreign_journal(theirs: &str, ours: &str) -> String {
    format!(
        "the journal was written on {theirs}, but this is {ours}: discarded (an image or disk made \
         from a machine in use?); waiting for this machine's own session"
    )
}

/// A session was taken.
pub(in crate::session) fn taken(
    name: &str,
    token: &Fingerprint,
    window: Duration,
    times_out_at: Option<Timestamp>,
) -> String {
    let end = match times_out_at {
        Some(at) => format!("TimeoutSeconds ends it at {at}"),
        None => "end not known (no timeoutSeconds in the message)".into(),
    };
    let window = window.as_secs();
    format!("session {name} taken: task token {token}, heartbeat window {window} s, {end}")
}

/// The end was decided.
pub(in crate::session) fn ending(name: &str, outcome: Outcome, reason: Reason) -> String {
    format!("ending session {name}: outcome {outcome:?}, reason {reason:?}; telling Step Functions")
}

/// The close was accepted, for whoever asked for it.
pub(in crate::session) fn closed(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Extend => "More time was asked for; the answer will come.",
        Outcome::Ended | Outcome::Failed | Outcome::Ready => {
            "The session is closed; Step Functions confirmed it."
        }
    }
}

/// The service ended the session. `never_known`: no beat was ever accepted; `quiet`: its heartbeat
/// window had run out.
pub(in crate::session) fn ended_elsewhere(
    failure: &Failure,
    never_known: bool,
    quiet: bool,
) -> String {
    let unknown = matches!(
        failure.kind,
        FailureKind::TokenOver(TokenOver::InvalidToken | TokenOver::TaskDoesNotExist)
    );
    let why = if never_known && unknown {
        ": it does not know the token; was it cut or changed on its way?"
    } else if quiet {
        ": its heartbeat window had run out"
    } else {
        ""
    };
    format!(
        "Step Functions no longer waits for this session ({failure}){why}; heartbeats have stopped; a \
         new task token will be taken when one comes"
    )
}

/// The system refused the after-end action.
pub(in crate::session) fn after_end_refused(problem: &str) -> String {
    format!("the after-end action was refused: {problem}; the workflow will stop the computer")
}

/// A token that is being tried got no answer that tells. It is not the session's: no user hears of it.
pub(in crate::session) fn trial_failed(
    token: &Fingerprint,
    attempts: u32,
    failure: &Failure,
) -> String {
    format!(
        "try {attempts} of task token {token} failed: {failure}; {}; its message stays in the queue, \
         trying again",
        cause(failure)
    )
}

/// How long a session at risk has left.
pub(in crate::session) fn left(left: Duration) -> String {
    match left.as_secs() {
        0 => "its time with AWS has run out".into(),
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
