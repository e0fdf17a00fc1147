//! Texts for people as data: which one it is, and what stands in it. The English goes with it, for the
//! log, for scripts and for readers that do not know the text; whoever shows it says it anew in the
//! language of its reader.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::session::words::catalog::Catalog;
use crate::session::words::sentences::fit;

/// A text for people. It is its English wherever a string is wanted.
#[derive(Clone)]
pub struct Text {
    said: Option<Said>,
    /// Made of `said` when somebody wants it.
    english: OnceLock<String>,
    /// The English is to fit into a tooltip.
    is_short: bool,
}

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
        $crate::session::words::text::Said::new(
            $id,
            [$((stringify!($name), $crate::session::words::text::SaidArg::from($value))),*],
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

impl Text {
    /// `said`, with its instants told by `time` in the English.
    pub(crate) fn in_english(said: Said, time: &dyn Fn(Timestamp) -> String) -> Self {
        let english = Catalog::english().say(&said, time).into();
        Self { english, ..said.into() }
    }

    /// Which text it is; `None` for others' words.
    pub fn said(&self) -> Option<&Said> {
        self.said.as_ref()
    }

    /// The same, its English cut to what a tooltip holds.
    pub(in crate::session) fn short(self) -> Self {
        let english = self.english.into_inner().map(fit).map_or_else(OnceLock::new, Into::into);
        Self { english, is_short: true, said: self.said }
    }

    fn english(&self) -> &str {
        self.english.get_or_init(|| {
            let said = self.said.as_ref();
            let english = said.map(|said| Catalog::english().say(said, &|at| at.to_string()));
            let english = english.unwrap_or_default();
            if self.is_short { fit(english) } else { english }
        })
    }
}

/// Data is the same text whether or not somebody has read it.
impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        match (&self.said, &other.said) {
            (Some(one), Some(other)) => one == other,
            (_, _) => self.english() == other.english(),
        }
    }
}

impl Eq for Text {}

impl From<Said> for Text {
    fn from(said: Said) -> Self {
        Self { said: Some(said), english: OnceLock::new(), is_short: false }
    }
}

/// Others' words.
impl From<String> for Text {
    fn from(english: String) -> Self {
        Self { said: None, english: english.into(), is_short: false }
    }
}

/// Others' words.
impl From<&str> for Text {
    fn from(english: &str) -> Self {
        english.to_owned().into()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.english().to_owned()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.english()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.english(), f)
    }
}

/// In the trace of a session the English is enough.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.english(), f)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.english() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.english() == *other
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

impl From<&Text> for SaidArg {
    fn from(text: &Text) -> Self {
        text.clone().into()
    }
}

impl From<Text> for SaidArg {
    fn from(text: Text) -> Self {
        match text.said {
            Some(said) => said.into(),
            None => SaidArg::Words(text.into()),
        }
    }
}

/// What a newer program says and this one cannot read is left out: there is the English.
fn readable<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Said>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).ok())
}

/// A field that holds a text, or may.
pub(crate) trait InFields: Sized {
    fn text(&self) -> Option<&Text>;

    /// `None`: the field has to have one.
    fn of(text: Option<Text>) -> Option<Self>;
}

impl InFields for Text {
    fn text(&self) -> Option<&Text> {
        Some(self)
    }

    fn of(text: Option<Text>) -> Option<Self> {
        text
    }
}

impl InFields for Option<Text> {
    fn text(&self) -> Option<&Text> {
        self.as_ref()
    }

    fn of(text: Option<Text>) -> Option<Self> {
        Some(text)
    }
}

/// A text in JSON: its English under the name that scripts know, the data beside it under a second one.
/// For fields with `#[serde(flatten, with = …)]`.
macro_rules! in_two_fields {
    ($module:ident, $english:literal, $said:literal) => {
        pub(crate) mod $module {
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            use super::{InFields, Said, Text, readable};

            #[derive(Serialize)]
            struct Written<'a> {
                #[serde(rename = $english)]
                english: Option<&'a str>,
                #[serde(rename = $said, skip_serializing_if = "Option::is_none")]
                said: Option<&'a Said>,
            }

            #[derive(Deserialize)]
            struct ReadFields {
                #[serde(rename = $english, default)]
                english: Option<String>,
                #[serde(rename = $said, default, deserialize_with = "readable")]
                said: Option<Said>,
            }

            pub(crate) fn serialize<S: Serializer>(
                field: &impl InFields,
                to: S,
            ) -> Result<S::Ok, S::Error> {
                let text = field.text();
                let english = text.map(Text::english);
                Written { english, said: text.and_then(Text::said) }.serialize(to)
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>, F: InFields>(
                from: D,
            ) -> Result<F, D::Error> {
                let ReadFields { english, said } = ReadFields::deserialize(from)?;
                let text = english.map(|english| Text { said, ..english.into() });
                F::of(text).ok_or_else(|| serde::de::Error::missing_field($english))
            }
        }
    };
}

in_two_fields!(sentence_fields, "sentence", "sentenceSaid");
in_two_fields!(unhealthy_fields, "unhealthy", "unhealthySaid");
in_two_fields!(extend_refusal_fields, "extendRefusal", "extendRefusalSaid");
in_two_fields!(problem_fields, "problem", "problemSaid");
in_two_fields!(text_fields, "text", "said");
