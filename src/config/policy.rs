//! Group Policy: what administrators set in HKEY_LOCAL_MACHINE for every user of this computer. Only
//! they can write there, and nothing else wins over it. `admx.rs` makes the templates for it; reading
//! the registry is `os`'s, so that all of this is tested on any system.

use std::io;

use super::keys::{KEYS, SettingKey, ValueKind, did_you_mean};
use super::origin::{Contents, Origin, Problem, Setting};
use super::platform;
use super::wrong::Wrong;
use crate::os::RegistryValue;

/// Where it is, below HKEY_LOCAL_MACHINE. Each setting is a value of its name.
pub(super) const KEY: &str = r"Software\Policies\Deskbeat";

/// Types of registry values. Source: Microsoft, "Registry value types" (winnt.h).
const REG_SZ: u32 = 1;
const REG_DWORD: u32 = 4;
const REG_MULTI_SZ: u32 = 7;
const TYPES: [&str; 12] = [
    "REG_NONE",
    "REG_SZ",
    "REG_EXPAND_SZ",
    "REG_BINARY",
    "REG_DWORD",
    "REG_DWORD_BIG_ENDIAN",
    "REG_LINK",
    "REG_MULTI_SZ",
    "REG_RESOURCE_LIST",
    "REG_FULL_RESOURCE_DESCRIPTOR",
    "REG_RESOURCE_REQUIREMENTS_LIST",
    "REG_QWORD",
];

/// The policy as it was read once; two that are alike say the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy(Read);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Read {
    Values(Vec<RegistryValue>),
    /// It cannot be read, and why: what administrators forbid is not known then.
    Failed(io::ErrorKind, String),
}

impl Default for Read {
    fn default() -> Self {
        Read::Values(Vec::new())
    }
}

impl Policy {
    /// As it is now.
    pub fn read() -> Self {
        Self(match platform::policy_values() {
            Ok(values) => Read::Values(values),
            Err(error) => Read::Failed(error.kind(), error.to_string()),
        })
    }

    /// What it says, and a warning for each value that nobody reads.
    pub(super) fn contents(&self) -> (Contents, Vec<String>) {
        let (mut policies, mut warnings) = (Contents::default(), Vec::new());
        let values = match &self.0 {
            Read::Values(values) => values,
            Read::Failed(kind, error) => {
                let origin = Origin::Policy(format!(r"HKLM\{KEY}"));
                let wrong = Wrong::Unreadable(io::Error::new(*kind, error.clone()));
                policies.problems.push(Problem { origin, wrong });
                return (policies, warnings);
            }
        };
        // Its default value has no name; it is nobody's setting.
        for value in values.iter().filter(|value| !value.name.is_empty()) {
            let place = format!(r"HKLM\{KEY}\{}", value.name);
            // Names in the registry are not told apart by case.
            let Some(key) = KEYS.iter().find(|key| key.name.eq_ignore_ascii_case(&value.name))
            else {
                // No error, as it would be in a file: templates may be newer than this program.
                let hint = did_you_mean(&value.name, KEYS.iter().map(|key| key.name));
                let warning = format!("registry value {place} is not known, and ignored{hint}");
                warnings.push(warning);
                continue;
            };
            let origin = Origin::Policy(place);
            match text(key, value).and_then(|text| match text.is_empty() {
                // As everywhere: not set, whatever the setting takes.
                true => Ok(text),
                false => key.check(&text),
            }) {
                Ok(value) => policies.settings.push(Setting { key, value, origin }),
                Err(wrong) => policies.problems.push(Problem { origin, wrong }),
            }
        }
        (policies, warnings)
    }

    #[cfg(test)]
    pub(super) fn of(values: Vec<RegistryValue>) -> Self {
        Self(Read::Values(values))
    }

    #[cfg(test)]
    pub(super) fn unreadable(error: &io::Error) -> Self {
        Self(Read::Failed(error.kind(), error.to_string()))
    }
}

/// The value as the environment would have it.
fn text(key: &SettingKey, value: &RegistryValue) -> Result<String, Wrong> {
    let another = |wanted| {
        let known = usize::try_from(value.kind).ok().and_then(|kind| TYPES.get(kind));
        let found = known.map_or_else(|| format!("{}", value.kind), ToString::to_string);
        Err(Wrong::OfAnotherRegistryType { found, wanted })
    };
    match (key.kind, value.kind) {
        (_, REG_SZ) => string(&value.bytes),
        (ValueKind::List { .. }, REG_MULTI_SZ) => {
            // Each line of the list ends with a zero, and so does the list.
            let lines = string_with_zeros(&value.bytes, "REG_MULTI_SZ")?;
            let lines = lines.split('\0').map(str::trim).filter(|line| !line.is_empty());
            Ok(lines.collect::<Vec<_>>().join(", "))
        }
        (ValueKind::Number { .. }, REG_DWORD) => Ok(number(&value.bytes)?.to_string()),
        (ValueKind::Flag, REG_DWORD) => match number(&value.bytes)? {
            0 => Ok("false".to_owned()),
            1 => Ok("true".to_owned()),
            other => Err(Wrong::not_allowed(&other.to_string(), "0 (false) or 1 (true)")),
        },
        (ValueKind::Number { .. } | ValueKind::Flag, _) => another("REG_DWORD or REG_SZ"),
        (ValueKind::List { .. }, _) => another("REG_MULTI_SZ or REG_SZ"),
        (ValueKind::Text { .. } | ValueKind::Choice(_), _) => another("REG_SZ"),
    }
}

fn number(bytes: &[u8]) -> Result<u32, Wrong> {
    let bytes = bytes.try_into().map_err(|_| Wrong::BrokenRegistryValue("REG_DWORD".to_owned()))?;
    Ok(u32::from_le_bytes(bytes))
}

/// Without the zero at its end, which need not be there.
fn string(bytes: &[u8]) -> Result<String, Wrong> {
    let text = string_with_zeros(bytes, "REG_SZ")?;
    let text = text.trim_end_matches('\0');
    match text.contains('\0') {
        true => Err(Wrong::BrokenRegistryValue("REG_SZ: it has a zero in its middle".to_owned())),
        false => Ok(text.to_owned()),
    }
}

fn string_with_zeros(bytes: &[u8], kind: &str) -> Result<String, Wrong> {
    let broken = || Wrong::BrokenRegistryValue(kind.to_owned());
    let (units, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(broken());
    }
    let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    String::from_utf16(&units).map_err(|_| broken())
}
