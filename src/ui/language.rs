//! The language that this process speaks to its user, and whether its clock has twelve hours: as the
//! settings say, else as the desktop does, now and as that changes. English until [`speak`] is called.

use std::cell::Cell;
use std::sync::{OnceLock, PoisonError, RwLock};

use tokio::sync::Notify;

use crate::os::{self, Locale};
use crate::session::words::catalog::{Catalog, ENGLISH};
use crate::session::words::said::{Said, said};

/// A language that Deskbeat speaks. To add one: CONTRIBUTING.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
    /// Japanese.
    Japanese,
    /// Portuguese as in Brazil.
    BrazilianPortuguese,
    /// Chinese in simplified letters.
    SimplifiedChinese,
}

impl Language {
    /// Every language, as the setting `language` lists them.
    pub const ALL: [Language; 7] = [
        Language::English,
        Language::German,
        Language::French,
        Language::Spanish,
        Language::Japanese,
        Language::BrazilianPortuguese,
        Language::SimplifiedChinese,
    ];

    /// Its tag (BCP 47), and the name of its file in `resources/languages`.
    pub const fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
            Language::French => "fr",
            Language::Spanish => "es",
            Language::Japanese => "ja",
            Language::BrazilianPortuguese => "pt-BR",
            Language::SimplifiedChinese => "zh-CN",
        }
    }

    const fn source(self) -> &'static str {
        match self {
            Language::English => ENGLISH,
            Language::German => include_str!("../../resources/languages/de.ftl"),
            Language::French => include_str!("../../resources/languages/fr.ftl"),
            Language::Spanish => include_str!("../../resources/languages/es.ftl"),
            Language::Japanese => include_str!("../../resources/languages/ja.ftl"),
            Language::BrazilianPortuguese => include_str!("../../resources/languages/pt-BR.ftl"),
            Language::SimplifiedChinese => include_str!("../../resources/languages/zh-CN.ftl"),
        }
    }

    /// The language of a name such as `de`, `de-AT`, `de_AT.UTF-8` or `zh-Hans-SG`.
    pub fn of(name: &str) -> Option<Language> {
        let name = name.split(['.', '@']).next().unwrap_or_default().to_lowercase();
        let mut parts = name.split(['-', '_']);
        match parts.next()? {
            "en" => Some(Language::English),
            "de" => Some(Language::German),
            "fr" => Some(Language::French),
            "es" => Some(Language::Spanish),
            "ja" => Some(Language::Japanese),
            "pt" => Some(Language::BrazilianPortuguese),
            // Who reads traditional letters may have English behind them.
            "zh" if parts.any(|part| matches!(part, "hant" | "tw" | "hk" | "mo")) => None,
            "zh" => Some(Language::SimplifiedChinese),
            _ => None,
        }
    }

    /// Its texts, read once.
    pub(crate) fn catalog(self) -> &'static Catalog {
        static CATALOGS: [OnceLock<Catalog>; 7] = [const { OnceLock::new() }; 7];
        match self {
            Language::English => Catalog::english(),
            other => {
                CATALOGS[other as usize].get_or_init(|| Catalog::new(other.tag(), other.source()))
            }
        }
    }
}

/// How this process speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    pub(crate) language: Language,
    /// Times are told as 5:30 PM.
    pub(crate) has_half_days: bool,
}

const PLAIN: Manner = Manner { language: Language::English, has_half_days: false };

/// What decides it.
#[derive(Clone, Debug)]
struct Wishes {
    manner: Manner,
    /// The desktop is followed; else English is spoken.
    follows: bool,
    /// The settings' language; `None`: the desktop's.
    chosen: Option<Language>,
    /// What the desktop says of itself now, where it is other than this process was told at its start.
    desktop: Option<Locale>,
    /// The desktop's own word on its clock.
    has_half_days: Option<bool>,
    /// Languages whose letters cannot be drawn here.
    undrawn: Option<Language>,
}

static WISHES: RwLock<Wishes> = RwLock::new(Wishes {
    manner: PLAIN,
    follows: false,
    chosen: None,
    desktop: None,
    has_half_days: None,
    undrawn: None,
});

/// Something is shown.
static LOOK: Notify = Notify::const_new();
/// Something is said in another manner.
static CHANGE: Notify = Notify::const_new();

thread_local! {
    /// How this thread speaks for a moment.
    static HERE: Cell<Option<Manner>> = const { Cell::new(None) };
}

/// As it is spoken now.
pub(crate) fn manner() -> Manner {
    HERE.get().unwrap_or_else(|| WISHES.read().unwrap_or_else(PoisonError::into_inner).manner)
}

/// What `say` says, spoken in `manner` on this thread.
pub(crate) fn spoken_in<T>(manner: Manner, say: impl FnOnce() -> T) -> T {
    let before = HERE.replace(Some(manner));
    let said = say();
    HERE.set(before);
    said
}

/// What `say` says, in English: for support.
pub(crate) fn in_english<T>(say: impl FnOnce() -> T) -> T {
    spoken_in(PLAIN, say)
}

/// Speaks as the setting `language` says from now on: a tag, or else the desktop's language.
pub fn speak(setting: Option<&str>) {
    change(|wishes| {
        wishes.follows = true;
        wishes.chosen = setting.and_then(Language::of);
    });
}

/// Something is shown: it should be looked again at what the desktop's language and clock are.
pub(crate) fn look() {
    LOOK.notify_one();
}

/// Waits for the next [`look`]: while nobody shows anything, nobody need know.
pub(crate) async fn looked() {
    LOOK.notified().await;
}

/// Waits until something is said in another manner.
pub(crate) async fn changed() {
    CHANGE.notified().await;
}

/// What the desktop says of itself beside this process's environment.
pub(crate) fn hear(desktop: Option<Locale>, has_half_days: Option<bool>) {
    change(|wishes| {
        wishes.desktop = desktop;
        wishes.has_half_days = has_half_days;
    });
}

/// English in place of a language whose letters cannot be drawn.
pub(crate) fn cannot_draw(language: Language) {
    change(|wishes| wishes.undrawn = Some(language));
}

fn change(wish: impl FnOnce(&mut Wishes)) {
    let mut wishes = WISHES.write().unwrap_or_else(PoisonError::into_inner);
    wish(&mut wishes);
    if !wishes.follows {
        return;
    }
    let locale = wishes.desktop.clone().unwrap_or_else(os::locale);
    let spoken = locale.languages.iter().find_map(|name| Language::of(name));
    let language = wishes.chosen.or(spoken).unwrap_or(Language::English);
    let manner = Manner {
        language: if wishes.undrawn == Some(language) { Language::English } else { language },
        has_half_days: wishes.has_half_days.unwrap_or(locale.has_half_days),
    };
    if std::mem::replace(&mut wishes.manner, manner) != manner {
        CHANGE.notify_one();
    }
}

/// `said` in words; without an instant in it.
pub(crate) fn spoken(said: Said) -> String {
    manner().language.catalog().say(&said, &|at| at.to_string())
}

/// Two sentences, one after the other.
pub(crate) fn joined(first: &str, second: &str) -> String {
    spoken(said!("joined", first = first, second = second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desktops_name_of_a_language_is_understood() {
        for (name, language) in [
            ("de", Some(Language::German)),
            ("de_AT.UTF-8", Some(Language::German)),
            ("pt_PT@euro", Some(Language::BrazilianPortuguese)),
            ("zh-Hans-SG", Some(Language::SimplifiedChinese)),
            ("zh_TW.UTF-8", None),
            ("zh-Hant-HK", None),
            ("ja-JP", Some(Language::Japanese)),
            ("C.UTF-8", None),
            ("nl_NL", None),
            ("", None),
        ] {
            assert_eq!(Language::of(name), language, "{name}");
        }
        for language in Language::ALL {
            assert_eq!(Language::of(language.tag()), Some(language));
        }
    }

    #[test]
    fn every_language_is_read_under_its_own_name() {
        for (place, language) in Language::ALL.into_iter().enumerate() {
            assert_eq!(language as usize, place);
            let shown = format!("{:?}", language.catalog());
            assert!(shown.contains(language.tag().split('-').next().unwrap()), "{shown}");
        }
    }
}
