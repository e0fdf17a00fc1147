//! Everything that time alone makes due, as data. `Session` knows when each comes and what follows,
//! in one place each; a deadline that is missing here cannot be waited for.

/// One thing that becomes due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Deadline {
    /// The after-end action was ordered long ago, and the machine is still up.
    AfterEndOverdue,
    /// The operating system waits no longer; or it was let go long ago and is still up.
    OsPatience,
    /// The queue is to be asked.
    Inbox,
    /// A `ready` message is to be answered, for the first time or again.
    Ready,
    /// The after-end action has waited for the disk long enough.
    AfterEndGrace,
    /// The journal is to be written again after it could not be.
    JournalRetry,
    /// TimeoutSeconds should have ended the session: the service is to be asked.
    PastTheEnd,
    /// An administrator's, idle or disconnect countdown is over: the session closes.
    CountdownEnd,
    /// The session closes in order, before TimeoutSeconds would end it.
    TimeUp,
    /// The user is to be warned of the end.
    Warning,
    /// Beats have failed for half of the window: the user is to be told.
    RiskNotice,
    /// The heartbeat window runs out: what is shown would be a lie from now on.
    WindowEnd,
    /// A heartbeat is to be sent.
    Beat,
    /// A heartbeat is to be sent that tells whether a token is one.
    Trial,
    /// The close is to be sent, for the first time or again.
    CloseRetry,
    /// More time was asked for and nothing came.
    ExtensionOverdue,
}

impl Deadline {
    /// All of them, in the order in which those that have come are acted on.
    pub(super) const ALL: [Deadline; 16] = [
        Deadline::AfterEndOverdue,
        Deadline::OsPatience,
        Deadline::Inbox,
        Deadline::Ready,
        Deadline::AfterEndGrace,
        Deadline::JournalRetry,
        Deadline::PastTheEnd,
        Deadline::CountdownEnd,
        Deadline::TimeUp,
        Deadline::Warning,
        Deadline::RiskNotice,
        Deadline::WindowEnd,
        Deadline::Beat,
        Deadline::Trial,
        Deadline::CloseRetry,
        Deadline::ExtensionOverdue,
    ];
}
