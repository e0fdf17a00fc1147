//! The fonts: two weights of Inter in the program, for Latin, Greek and Cyrillic; for another script a
//! font of this computer, once a text needs it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use egui::{Context, FontData, FontDefinitions, FontFamily};

use crate::desktop::appearance;

/// The family of the heavier weight.
pub(super) const STRONG: &str = "strong";
const PLAIN: &str = "plain";

// Made by resources/fonts/make, which names their source and licence.
const INTER: &[u8] = include_bytes!("../../../resources/fonts/Inter-Regular.otf");
const INTER_STRONG: &[u8] = include_bytes!("../../../resources/fonts/Inter-SemiBold.otf");

/// Which fonts are loaded, and which letters no font has.
#[derive(Debug, Default)]
pub(super) struct Fonts {
    found: Vec<PathBuf>,
    asked: BTreeSet<char>,
}

impl Fonts {
    pub(super) fn new(ctx: &Context) -> Self {
        let fonts = Self::default();
        fonts.give(ctx);
        fonts
    }

    /// Looks for a font for letters of `text` that ours lack; true if one was loaded. Each letter is
    /// asked for once.
    pub(super) fn learn(&mut self, ctx: &Context, text: &str) -> bool {
        let missing = text.chars().find(|letter| !is_ours(*letter) && !self.asked.contains(letter));
        let Some(letter) = missing else { return false };
        // Its whole text at once: one look-up for one name or message.
        self.asked.extend(text.chars().filter(|letter| !is_ours(*letter)));
        match appearance::font_for(letter) {
            Some(path) if !self.found.contains(&path) => {
                self.found.push(path);
                self.give(ctx);
                true
            }
            Some(_) | None => false,
        }
    }

    fn give(&self, ctx: &Context) {
        let mut fonts = FontDefinitions::empty();
        let mut own = |name: &str, data: FontData| {
            fonts.font_data.insert(name.to_owned(), Arc::new(data));
        };
        own(PLAIN, FontData::from_static(INTER));
        own(STRONG, FontData::from_static(INTER_STRONG));
        let mut others = Vec::new();
        for path in &self.found {
            // One that went meanwhile is a box instead of a letter.
            let Ok(bytes) = std::fs::read(path) else { continue };
            let name = path.display().to_string();
            own(&name, FontData::from_owned(bytes));
            others.push(name);
        }
        let with = |first: &str| [vec![first.to_owned()], others.clone()].concat();
        fonts.families.insert(FontFamily::Proportional, with(PLAIN));
        fonts.families.insert(FontFamily::Monospace, with(PLAIN));
        fonts.families.insert(FontFamily::Name(STRONG.into()), with(STRONG));
        ctx.set_fonts(fonts);
    }
}

/// Our fonts have it, or it is drawn as nothing. The ranges are those of resources/fonts/make.
fn is_ours(letter: char) -> bool {
    matches!(letter,
        '\0'..='\u{17f}' | '\u{2c6}'..='\u{2dd}' | '\u{370}'..='\u{45f}' | '\u{490}' | '\u{491}'
        | '\u{1e80}'..='\u{1e85}' | '\u{1e9e}' | '\u{1ef2}' | '\u{1ef3}' | '\u{2000}'..='\u{206f}'
        | '\u{20ac}' | '\u{2116}' | '\u{2122}' | '\u{2190}'..='\u{2193}' | '\u{2212}')
}
