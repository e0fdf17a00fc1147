//! The states that a user can tell apart.

use serde::{Deserialize, Serialize};

/// The states that a user can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// No token yet.
    Waiting,
    /// Beats are accepted.
    Active,
    /// Beats fail; the service gives up when the window is over.
    AtRisk,
    /// Telling the service.
    Ending,
    /// The service confirmed the end.
    Closed,
    /// The service had ended it before we said so.
    EndedElsewhere,
    /// Somebody has to mend something first.
    NeedsAttention,
}

impl State {
    /// Every state, in the order of the documentation.
    pub const ALL: [State; 7] = [
        State::Waiting,
        State::Active,
        State::AtRisk,
        State::Ending,
        State::Closed,
        State::EndedElsewhere,
        State::NeedsAttention,
    ];
}
