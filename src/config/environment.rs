//! The environment as it was handed in: a variable is text, empty counts as unset, and only those
//! that we know are ever looked into.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::keys::{KEYS, did_you_mean};
use super::platform;
use super::wrong::Wrong;

const PREFIX: &str = "DESKBEAT_";
const CONFIG: &str = "DESKBEAT_CONFIG";

/// Variables with which the SDK's default chain finds other credentials than the instance's role.
/// Source: AWS SDKs and Tools Reference Guide, "Standardized credential providers".
const SHADOWING: [&str; 12] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
];

/// The variables that were handed in. No `Debug`: it holds other programs' secrets.
pub(super) struct Environment(BTreeMap<String, OsString>);

impl Environment {
    pub(super) fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let variables = variables.into_iter().filter(|(_, value)| !value.is_empty());
        // A name that is not Unicode is none of ours.
        let named = variables.filter_map(|(name, value)| {
            Some((platform::variable_name(name.into_string().ok()?), value))
        });
        Self(named.collect())
    }

    /// The text of `name`; `None` if it is unset.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Wrong> {
        match self.0.get(name).map(|value| value.to_str()) {
            None => Ok(None),
            Some(Some(text)) => Ok(Some(text)),
            Some(None) => Err(Wrong::ValueNotUtf8),
        }
    }

    /// The path in `name`, whatever its encoding.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.0.get(name).map(PathBuf::from)
    }

    /// A warning for each `DESKBEAT_*` variable that nobody reads.
    pub(super) fn unknown(&self) -> Vec<String> {
        let known: Vec<String> =
            KEYS.iter().map(|key| key.variable()).chain([CONFIG.into()]).collect();
        self.0
            .keys()
            .filter(|name| name.starts_with(PREFIX) && !known.contains(name))
            .map(|name| {
                // The prefix must not make any two names look alike.
                let hint = did_you_mean(
                    &name[PREFIX.len()..],
                    known.iter().map(|known| &known[PREFIX.len()..]),
                );
                let hint = hint.replace("you mean ", &format!("you mean {PREFIX}"));
                format!("environment variable {name} is not known, and ignored{hint}")
            })
            .collect()
    }

    /// The variables that would have shadowed the role.
    pub(super) fn shadowing(&self) -> Vec<String> {
        SHADOWING
            .iter()
            .filter(|name| self.0.contains_key(**name))
            .map(ToString::to_string)
            .collect()
    }
}
