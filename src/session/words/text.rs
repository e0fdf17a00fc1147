//! Texts for people as data: which one it is, and what stands in it. The English goes with it, for the
//! log, for scripts and for readers that do not know the text; whoever shows it says it anew in the
//! language of its reader.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::session::words::catalog::Catalog;
use crate::session::words::said::{Said, SaidArg};

/// A text for people. It is its English wherever a string is wanted.
#[derive(Clone)]
pub struct Text {
    said: Option<Said>,
    /// Made of `said` when somebody wants it.
    english: OnceLock<String>,
    /// The English is to fit into a tooltip.
    is_short: bool,
}

/// The most characters that a Windows tooltip shows. Source: NOTIFYICONDATA.szTip, 128 with its end.
pub const MAX_SENTENCE_UNITS: usize = 127;

/// `text`, cut to what a tooltip shows (counted in UTF-16 units, as Windows does).
pub fn fit(text: String) -> String {
    if text.encode_utf16().count() <= MAX_SENTENCE_UNITS {
        return text;
    }
    let mut units = 0;
    let mut cut: String = text
        .chars()
        .take_while(|c| {
            units += c.len_utf16();
            units < MAX_SENTENCE_UNITS
        })
        .collect();
    cut.push('…');
    cut
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::words::said::said;

    #[test]
    fn a_sentence_is_cut_to_what_windows_shows() {
        let fitted = fit("ä😀".repeat(80));
        assert!(fitted.encode_utf16().count() <= MAX_SENTENCE_UNITS);
        assert!(fitted.ends_with('…'));
        assert!(fitted.encode_utf16().count() >= MAX_SENTENCE_UNITS - 2, "more of it fits");
        assert_eq!(fit("short".into()), "short");
    }

    #[test]
    fn a_text_is_its_english_wherever_it_is_printed_or_compared() {
        let text = Text::from(said!("starting"));
        let english = "Starting: finding out about this computer and its queue.";
        assert_eq!(
            (text.to_string(), format!("{text:?}")),
            (english.into(), format!("{english:?}"))
        );
        assert!(text == *english && text == english);
        assert!(text != *"another" && text != "another");
        assert!(text == Text::from(said!("starting")) && text != Text::from(said!("waiting")));
        assert!(text.said().is_some() && Text::from("others' words").said().is_none());
    }
}
