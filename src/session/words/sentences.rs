//! Every sentence that the core gives to people, in one place.
//! Sentences say what happened, what it means for the session, and what to do.

use std::time::Duration;

use jiff::Timestamp;

use crate::session::contract::in_contract;
use crate::session::contract::output::{Outcome, Reason};
use crate::session::contract::state::State;
use crate::session::interface::failure::{Barrier, Failure, FailureKind, TokenOver};
use crate::session::interface::token::Fingerprint;
use crate::session::words::codes::Code;
use crate::session::words::said::{Said, said};
use crate::session::words::text::Text;

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

/// Why beats fail, in a few words for the user, with what is done about it or what to do.
pub fn cause(failure: &Failure) -> Text {
    match failure.kind {
        FailureKind::Throttled | FailureKind::KmsThrottled => said!("trouble-throttled-retry"),
        FailureKind::Service => said!("trouble-service-retry"),
        FailureKind::Credentials => said!("trouble-credentials-retry"),
        _ => return trouble(failure),
    }
    .into()
}

/// Why a call failed, for sentences that say themselves that it is tried again.
pub fn trouble(failure: &Failure) -> Text {
    match failure.kind {
        FailureKind::Credentials => said!("trouble-credentials"),
        FailureKind::Signature => said!("trouble-signature"),
        FailureKind::AccessDenied => said!("trouble-access-denied"),
        FailureKind::Throttled | FailureKind::KmsThrottled => said!("trouble-throttled"),
        FailureKind::Kms => said!("trouble-kms"),
        FailureKind::InvalidOutput => said!("trouble-output"),
        FailureKind::NoSuchQueue => said!("trouble-no-queue"),
        FailureKind::Service => said!("trouble-service"),
        FailureKind::Unreachable => said!("trouble-unreachable"),
        FailureKind::Blocked(barrier) => blocked(barrier),
        FailureKind::TokenOver(_) => said!("trouble-over"),
    }
    .into()
}

/// What stands in the way, and who mends it: as short as [`cause`] has to be.
fn blocked(barrier: Barrier) -> Said {
    match barrier {
        Barrier::Refused => said!("trouble-refused"),
        Barrier::Swallowed => said!("trouble-swallowed"),
        Barrier::Name => said!("trouble-name"),
        Barrier::ProxySignIn => said!("trouble-proxy-sign-in"),
        Barrier::Proxy => said!("trouble-proxy"),
        Barrier::Certificate => said!("trouble-certificate"),
        Barrier::CertificateTime => said!("trouble-certificate-time"),
        Barrier::Page => said!("trouble-page"),
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
pub(in crate::session) fn queue_unreadable(failure: &Failure) -> Text {
    said!("queue-unreadable", cause = cause(failure)).into()
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

/// A session was taken, or goes on with another token: `what`.
pub(in crate::session) fn taken(
    name: &str,
    what: &str,
    token: &Fingerprint,
    window: Duration,
    times_out_at: Option<Timestamp>,
) -> String {
    let end = match times_out_at {
        Some(at) => format!("TimeoutSeconds ends it at {at:.0}"),
        None => "end not known (no timeoutSeconds in the message)".into(),
    };
    let window = window.as_secs();
    format!("session {name} {what}: task token {token}, heartbeat window {window} s, {end}")
}

/// The end was decided.
pub(in crate::session) fn ending(name: &str, outcome: Outcome, reason: Reason) -> String {
    let (outcome, reason) = (in_contract(&outcome), in_contract(&reason));
    format!("ending session {name}: outcome {outcome}, reason {reason}; telling Step Functions")
}

/// The close was accepted, for whoever asked for it.
pub(in crate::session) fn closed(outcome: Outcome) -> Said {
    match outcome {
        Outcome::Extend => said!("done-asked-for-more"),
        Outcome::Ended | Outcome::Failed | Outcome::Ready => said!("done-closed"),
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
pub(in crate::session) fn left(left: Duration) -> Said {
    match left.as_secs() {
        0 => said!("risk-run-out"),
        seconds @ 1..120 => said!("risk-seconds-left", seconds = seconds),
        seconds => said!("risk-minutes-left", minutes = seconds / 60),
    }
}

/// A reason in a few words, as in "Closed: …".
pub fn reason(reason: Reason) -> Said {
    match reason {
        Reason::User => said!("reason-user"),
        Reason::OsShutdown => said!("reason-shutdown"),
        Reason::Logoff => said!("reason-logoff"),
        Reason::Idle => said!("reason-idle"),
        Reason::Disconnected => said!("reason-disconnected"),
        Reason::Remote => said!("reason-remote"),
        Reason::TimeUp => said!("reason-time-up"),
        Reason::Spot => said!("reason-spot"),
        Reason::Failure => said!("reason-failure"),
    }
}
