//! Every log code: stable, for support engineers to search by. Their one home: no other file spells one.
//! What they mean in full, and what to do, stands in the reference; a test holds it to this list.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $id:literal,)*) => {
        /// A log code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All of them, in order.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// As it stands in the log, for example `DB-201`.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Code::$name => $id,)*
                }
            }
        }
    };
}

codes! {
    /// Waiting for a session.
    Waiting = "DB-101",
    /// A token was taken: session, window, end.
    Started = "DB-102",
    /// A session was resumed from the journal.
    Resumed = "DB-103",
    /// Another token of the same session took over.
    Replaced = "DB-104",
    /// A `ready` message was answered, or was over already.
    Ready = "DB-105",
    /// A `ready` message cannot be answered: no session will start.
    ReadyFailed = "DB-106",
    /// Active: beats are accepted.
    Active = "DB-201",
    /// Beats fail: the error, and how long Step Functions still waits.
    AtRisk = "DB-202",
    /// Beats are accepted again.
    Recovered = "DB-203",
    /// The user was warned of the end, or AWS announced something.
    Warned = "DB-204",
    /// A countdown to the end began, or was called off.
    Countdown = "DB-205",
    /// Too many callers: beats come more slowly for a while.
    Throttled = "DB-206",
    /// The end was decided: outcome and reason.
    Ending = "DB-301",
    /// Step Functions accepted the end, with its request id.
    Closed = "DB-302",
    /// The close does not get through.
    CloseFailed = "DB-303",
    /// The after-end action was refused, or the computer is still up after it.
    AfterEnd = "DB-304",
    /// The operating system ends, or went on after all.
    OsEnding = "DB-305",
    /// A start-up failed: the workflow was told, or could not be.
    StartupFailed = "DB-306",
    /// The service had ended the session: timed out, stopped, closed by another.
    EndedElsewhere = "DB-401",
    /// Somebody has to mend something; the line says what.
    Attention = "DB-501",
    /// What needed attention is mended.
    AttentionOver = "DB-502",
    /// Something that the session needs on this computer is unwell, or well again.
    Unhealthy = "DB-504",
    /// A clock cannot be right.
    Clock = "DB-503",
    /// A message was acknowledged, handed back or left, and why.
    Message = "DB-601",
    /// A malformed message was left for the dead-letter queue, and why.
    Malformed = "DB-602",
    /// The queue cannot be read, or a message cannot be deleted.
    Queue = "DB-603",
    /// The journal cannot be written; the session goes on.
    Journal = "DB-701",
    /// The journal can be written again.
    JournalOver = "DB-702",
    /// Another machine's journal was discarded.
    JournalForeign = "DB-703",
    /// A journal that cannot be read was set aside.
    JournalSetAside = "DB-704",
    /// Something in the configuration is odd: an unknown variable, a file that others may write.
    Configuration = "DB-801",
    /// AWS variables in the environment would shadow the role's credentials in other programs.
    Shadowed = "DB-802",
    /// The configuration was changed: what was taken over, and what counts from the next start.
    Reconfigured = "DB-803",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_codes_are_the_same() {
        let ids: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.id()).collect();
        assert_eq!(ids.len(), Code::ALL.len());
        assert_eq!(Code::Attention.to_string(), "DB-501");
    }
}
