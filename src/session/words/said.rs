//! Which text is said, and what stands in it: data, which a catalog puts into a language's words.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Which text, and what stands in it. Made by `said!`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    id: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    args: BTreeMap<Cow<'static, str>, SaidArg>,
}

/// What stands in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SaidArg {
    /// A number, which chooses the plural.
    Count(u64),
    /// A span.
    Seconds(u64),
    /// An instant, told as its reader's local time.
    At(Timestamp),
    /// A name, or others' words, as they are.
    Words(String),
    /// Another text.
    Text(Box<Said>),
}

/// `said!("id", name = value, …)`: a text of `resources/languages`, with its arguments.
macro_rules! said {
    ($id:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::session::words::said::Said::new(
            $id,
            [$((stringify!($name), $crate::session::words::said::SaidArg::from($value))),*],
        )
    };
}
pub(crate) use said;

impl Said {
    /// See `said!`, which a test holds to the languages' files.
    pub(crate) fn new<const N: usize>(
        id: &'static str,
        args: [(&'static str, SaidArg); N],
    ) -> Self {
        let args = args.into_iter().map(|(name, arg)| (name.into(), arg)).collect();
        Self { id: id.into(), args }
    }

    /// Its name in the languages' files.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What stands in it, by name.
    pub fn args(&self) -> impl Iterator<Item = (&str, &SaidArg)> {
        self.args.iter().map(|(name, arg)| (name.as_ref(), arg))
    }
}

/// Two units at the most: `7 h 12 min`, `12 min`, `1 min 5 s`, `48 s`, `2 d 3 h`.
pub(crate) fn span(seconds: u64) -> Said {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => said!("span-seconds", seconds = seconds),
        (0, 0, 1..=4) if !seconds.is_multiple_of(60) => {
            said!("span-minutes-seconds", minutes = minutes, seconds = seconds % 60)
        }
        (0, 0, _) => said!("span-minutes", minutes = minutes),
        (0, _, 0) => said!("span-hours", hours = hours),
        (0, _, _) => said!("span-hours-minutes", hours = hours, minutes = minutes),
        (_, 0, _) => said!("span-days", days = days),
        (_, _, _) => said!("span-days-hours", days = days, hours = hours),
    }
}

impl From<u64> for SaidArg {
    fn from(count: u64) -> Self {
        SaidArg::Count(count)
    }
}

impl From<u32> for SaidArg {
    fn from(count: u32) -> Self {
        SaidArg::Count(count.into())
    }
}

impl From<Duration> for SaidArg {
    fn from(span: Duration) -> Self {
        SaidArg::Seconds(span.as_secs())
    }
}

impl From<Timestamp> for SaidArg {
    fn from(at: Timestamp) -> Self {
        SaidArg::At(at)
    }
}

impl From<&str> for SaidArg {
    fn from(words: &str) -> Self {
        SaidArg::Words(words.into())
    }
}

impl From<String> for SaidArg {
    fn from(words: String) -> Self {
        SaidArg::Words(words)
    }
}

impl From<&String> for SaidArg {
    fn from(words: &String) -> Self {
        SaidArg::Words(words.clone())
    }
}

impl From<Said> for SaidArg {
    fn from(said: Said) -> Self {
        SaidArg::Text(Box::new(said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::words::text::Text;

    #[test]
    fn a_span_is_told_in_two_units_at_the_most() {
        for (seconds, told) in [
            (0, "0 s"),
            (48, "48 s"),
            (60, "1 min"),
            (65, "1 min 5 s"),
            (299, "4 min 59 s"),
            (301, "5 min"),
            (3599, "59 min"),
            (3600, "1 h"),
            (25_920, "7 h 12 min"),
            (86_399, "23 h 59 min"),
            (86_400, "1 d"),
            (183_700, "2 d 3 h"),
        ] {
            assert_eq!(Text::from(span(seconds)).to_string(), told);
        }
    }
}
