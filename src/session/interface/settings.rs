//! What can be configured about a session's behaviour.
//! `config` reads these from files and the environment; the core only obeys them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What happens on this machine after the service accepted the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AfterEnd {
    /// Nothing.
    None,
    /// Log the user off.
    Logoff,
    /// Shut the machine down.
    Shutdown,
}

/// How the system under us ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OsEnding {
    /// The machine goes down or restarts.
    Shutdown,
    /// Only the user's session ends (also: SIGTERM or Ctrl-C to the agent).
    Logoff,
}

impl OsEnding {
    /// For the log.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            OsEnding::Shutdown => "shutdown",
            OsEnding::Logoff => "logoff",
        }
    }
}

/// What to do with the session when the system under it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnOsEnding {
    /// Close the session.
    End,
    /// Keep it in the journal, and resume it after the reboot or the next logon.
    Keep,
}

/// The session's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// HeartbeatSeconds to assume when the message does not say.
    pub heartbeat: Duration,
    /// The longest interval between two beats, whatever the heartbeat window would allow.
    pub max_interval: Duration,
    /// TimeoutSeconds to assume when the message does not say; `None`: not known.
    pub timeout: Option<Duration>,
    /// Close in order this long before TimeoutSeconds would end the session; zero: do not.
    pub close_before_timeout: Duration,
    /// After the end.
    pub after_end: AfterEnd,
    /// When the machine goes down.
    pub on_shutdown: OnOsEnding,
    /// When the user logs off, or the agent is told to stop.
    pub on_logoff: OnOsEnding,
    /// Offer "Ask for more time" although the message does not say that the workflow does.
    pub extendable: bool,
    /// How long "I'm still here" is asked before an idle or disconnected session ends.
    pub away_grace: Duration,
    /// The name of the user who is logged on here, for the output.
    pub local_user: Option<String>,
}

impl Settings {
    /// The policy for `ending`.
    pub fn on(&self, ending: OsEnding) -> OnOsEnding {
        match ending {
            OsEnding::Shutdown => self.on_shutdown,
            OsEnding::Logoff => self.on_logoff,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(300),
            max_interval: Duration::from_secs(60),
            timeout: None,
            close_before_timeout: Duration::from_secs(30),
            after_end: AfterEnd::Shutdown,
            on_shutdown: OnOsEnding::End,
            on_logoff: OnOsEnding::End,
            extendable: false,
            away_grace: Duration::from_secs(120),
            local_user: None,
        }
    }
}
