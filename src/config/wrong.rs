//! Everything that can be wrong with a setting, each with what is allowed there.

use std::io;

/// What is wrong with a value, a name or a file. Credentials in a URL are never repeated.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// The file or the variable is in no Unicode encoding.
    #[error("is not valid text; save the file as UTF-8")]
    FileNotUtf8,
    /// The variable is in no Unicode encoding.
    #[error("the value is not valid text (UTF-8)")]
    ValueNotUtf8,
    /// The file is no TOML.
    #[error("is not valid TOML: {0}")]
    NotToml(String),
    /// No setting is called so.
    #[error("{name:?} is not a setting{hint} (settings: {known})")]
    UnknownName {
        /// As it was written.
        name: String,
        /// `; did you mean X?`, or nothing.
        hint: String,
        /// All names.
        known: String,
    },
    /// The value of this setting is wrong.
    #[error("{name}: {wrong}")]
    Value {
        /// The setting.
        name: String,
        /// What is wrong.
        #[source]
        wrong: Box<Wrong>,
    },
    /// The value is another type in the file.
    #[error("must be {0}")]
    OfAnotherType(String),
    /// A registry value of another type than the setting takes.
    #[error("is of the type {found}, and must be {wanted}")]
    OfAnotherRegistryType {
        /// As Windows calls it.
        found: String,
        /// The types that go, as Windows calls them.
        wanted: &'static str,
    },
    /// A registry value whose bytes do not fit its type.
    #[error("its bytes are none of a {0}")]
    BrokenRegistryValue(String),
    /// The value is none of those that are allowed.
    #[error("{value:?} is not {allowed}{hint}")]
    NotAllowed {
        /// As it was written.
        value: String,
        /// The allowed values, in words.
        allowed: String,
        /// `; did you mean X?`, or nothing.
        hint: String,
    },
    /// A URL with an `@`.
    #[error("the URL must not hold a user name or a password (an @)")]
    UrlWithCredentials,
    /// Not the URL of such a service.
    #[error("{url:?} is not a URL like {example}")]
    NotAUrl {
        /// As it was written.
        url: String,
        /// A right one.
        example: &'static str,
    },
    /// Plain http to another machine.
    #[error(
        "{0:?} is not encrypted: http is for this machine only (127.0.0.1, [::1], localhost); use \
         https"
    )]
    NotEncrypted(String),
    /// Braces that mean nothing.
    #[error("{0:?} holds something else in braces than {{instance_id}}")]
    UnknownBraces(String),
    /// The session would be over before its first window.
    #[error("timeout_seconds ({timeout}) must be more than heartbeat_seconds ({heartbeat}, {at})")]
    TimeoutTooShort {
        /// In seconds.
        timeout: u64,
        /// In seconds.
        heartbeat: u64,
        /// Where the latter comes from.
        at: super::Origin,
    },
    /// There is nowhere to put the journal.
    #[error(
        "the user's home folder is not known (or not valid text); set state_dir \
         (DESKBEAT_STATE_DIR)"
    )]
    NoHome,
}

impl Wrong {
    /// `value` is not `allowed`.
    pub(super) fn not_allowed(value: &str, allowed: impl Into<String>) -> Self {
        Self::NotAllowed { value: value.into(), allowed: allowed.into(), hint: String::new() }
    }
}
