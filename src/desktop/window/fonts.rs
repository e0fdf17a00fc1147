//! The fonts: two weights of Inter in the program, for Latin, Greek and Cyrillic; for another script a
//! font of this computer, once a text or the language needs it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use egui::{Context, FontData, FontDefinitions, FontFamily};

use crate::desktop::appearance;
use crate::ui::language::Language;

/// The family of the heavier weight.
pub(super) const STRONG: &str = "strong";
const PLAIN: &str = "plain";

// Made by resources/fonts/make, which names their source and licence.
const INTER: &[u8] = include_bytes!("../../../resources/fonts/Inter-Regular.otf");
const INTER_STRONG: &[u8] = include_bytes!("../../../resources/fonts/Inter-SemiBold.otf");

/// Which fonts are loaded, and which letters no font has.
#[derive(Debug, Default)]
pub(super) struct Fonts {
    found: Vec<FoundFont>,
    asked: BTreeSet<char>,
    /// The language whose letters were last seen to.
    language: Option<Language>,
}

/// A font of this computer.
#[derive(Debug)]
struct FoundFont {
    path: PathBuf,
    /// Of the faces in its file.
    index: u32,
    /// 5 to 20 MB for East Asia. Never given back: what is lent for ever is not copied by egui.
    bytes: &'static [u8],
}

impl Fonts {
    pub(super) fn new(ctx: &Context) -> Self {
        let fonts = Self::default();
        fonts.give(ctx);
        fonts
    }

    /// Sees to the letters of `language`; false if no font of this computer has them.
    pub(super) fn speak(&mut self, ctx: &Context, language: Language) -> bool {
        let is_ours = !matches!(language, Language::Japanese | Language::SimplifiedChinese);
        if is_ours || self.language == Some(language) {
            return true;
        }
        let found = appearance::font_of_language(language.tag());
        let loaded = found.is_some_and(|(path, index)| self.load(path, index, 0));
        if loaded {
            self.language = Some(language);
            self.give(ctx);
        }
        loaded
    }

    /// Looks for a font for letters of `text` that ours lack; true if one was loaded. Each letter is
    /// asked for once.
    pub(super) fn learn(&mut self, ctx: &Context, text: &str) -> bool {
        let is_known = |letter: char| is_ours(letter) || self.language.is_some() && is_han(letter);
        let missing =
            text.chars().find(|letter| !is_known(*letter) && !self.asked.contains(letter));
        let Some(letter) = missing else { return false };
        // Its whole text at once: one look-up for one name or message.
        self.asked.extend(text.chars().filter(|letter| !is_ours(*letter)));
        let Some(path) = appearance::font_for(letter) else { return false };
        let loaded = self.load(path, 0, self.found.len());
        if loaded {
            self.give(ctx);
        }
        loaded
    }

    /// Loads a font, for use before those behind `place`; false if it is there, or cannot be read.
    fn load(&mut self, path: PathBuf, index: u32, place: usize) -> bool {
        if self.found.iter().any(|font| font.path == path && font.index == index) {
            return false;
        }
        // One that went meanwhile is a box instead of a letter.
        let Ok(bytes) = std::fs::read(&path) else { return false };
        self.found.insert(place, FoundFont { path, index, bytes: bytes.leak() });
        true
    }

    fn give(&self, ctx: &Context) {
        let mut fonts = FontDefinitions::empty();
        let mut own = |name: &str, data: FontData| {
            fonts.font_data.insert(name.to_owned(), Arc::new(data));
        };
        own(PLAIN, FontData::from_static(INTER));
        own(STRONG, FontData::from_static(INTER_STRONG));
        let mut others = Vec::new();
        for font in &self.found {
            let name = format!("{} {}", font.path.display(), font.index);
            own(&name, FontData { index: font.index, ..FontData::from_static(font.bytes) });
            others.push(name);
        }
        let with = |first: &str| [vec![first.to_owned()], others.clone()].concat();
        fonts.families.insert(FontFamily::Proportional, with(PLAIN));
        fonts.families.insert(FontFamily::Monospace, with(PLAIN));
        fonts.families.insert(FontFamily::Name(STRONG.into()), with(STRONG));
        ctx.set_fonts(fonts);
    }
}

/// What a font of Japanese or Chinese has for certain.
fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
}

/// Our fonts have it, or it is drawn as nothing. The ranges are those of resources/fonts/make.
fn is_ours(letter: char) -> bool {
    matches!(letter,
        '\0'..='\u{17f}' | '\u{2c6}'..='\u{2dd}' | '\u{370}'..='\u{45f}' | '\u{490}' | '\u{491}'
        | '\u{1e80}'..='\u{1e85}' | '\u{1e9e}' | '\u{1ef2}' | '\u{1ef3}' | '\u{2000}'..='\u{206f}'
        | '\u{20ac}' | '\u{2116}' | '\u{2122}' | '\u{2190}'..='\u{2193}' | '\u{2212}')
}
