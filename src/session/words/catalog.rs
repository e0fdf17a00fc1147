//! A language: its texts, read from a file in Fluent's syntax that the program holds.
//! What says which language is spoken is `ui`; the core speaks English, to the log.

use std::fmt;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};
use jiff::Timestamp;

use crate::session::words::said::{Said, SaidArg, span};

/// The source, and what every other language is held to.
pub(crate) const ENGLISH: &str = include_str!("../../../resources/languages/en.ftl");

static IN_ENGLISH: LazyLock<Catalog> = LazyLock::new(|| Catalog::new("en", ENGLISH));

/// The texts of one language.
pub struct Catalog(FluentBundle<FluentResource>);

impl Catalog {
    /// The language `tag` (BCP 47), whose texts are `source`. What cannot be read in it is left out:
    /// a test sees to that there is none.
    pub fn new(tag: &str, source: &str) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![tag.parse().unwrap_or_default()]);
        // Marks between scripts: tooltips and terminals would show them.
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(source.to_owned());
        bundle.add_resource_overriding(resource.unwrap_or_else(|(readable, _)| readable));
        // A name is taken once, and this bundle has none yet.
        let _added = bundle.add_function("SENTENCE", |args, _| match args.first() {
            Some(FluentValue::String(words)) => beginning_a_sentence(words).into(),
            Some(other) => other.clone(),
            None => FluentValue::None,
        });
        Self(bundle)
    }

    /// English.
    pub fn english() -> &'static Catalog {
        &IN_ENGLISH
    }

    /// `said` in this language, or else in English; instants are told by `time`.
    pub fn say(&self, said: &Said, time: &dyn Fn(Timestamp) -> String) -> String {
        self.known(said, time)
            .or_else(|| Catalog::english().known(said, time))
            .unwrap_or_else(|| said.id().to_owned())
    }

    fn known(&self, said: &Said, time: &dyn Fn(Timestamp) -> String) -> Option<String> {
        self.checked(said, time, &mut Vec::new())
    }

    /// The same; what was wrong with it is added to `errors`.
    pub(crate) fn checked(
        &self,
        said: &Said,
        time: &dyn Fn(Timestamp) -> String,
        errors: &mut Vec<FluentError>,
    ) -> Option<String> {
        let pattern = self.0.get_message(said.id())?.value()?;
        let mut args = FluentArgs::new();
        for (name, arg) in said.args() {
            let value = match arg {
                SaidArg::Count(count) => FluentValue::from(*count),
                SaidArg::Seconds(seconds) => self.say(&span(*seconds), time).into(),
                SaidArg::At(at) => time(*at).into(),
                SaidArg::Words(words) => words.clone().into(),
                SaidArg::Text(said) => self.say(said, time).into(),
            };
            args.set(name.to_owned(), value);
        }
        Some(self.0.format_pattern(pattern, Some(&args), errors).into_owned())
    }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Catalog({:?})", self.0.locales)
    }
}

/// `words` with a capital at the beginning and without a full stop.
fn beginning_a_sentence(words: &str) -> String {
    let words = words.trim_end_matches(['.', '。']);
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_begin_a_sentence_have_a_capital_and_no_stop() {
        for (words, sentence) in [("it hangs.", "It hangs"), ("élan", "Élan"), ("", "")] {
            assert_eq!(beginning_a_sentence(words), sentence);
        }
    }
}
