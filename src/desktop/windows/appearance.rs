//! How this desktop looks: winit follows dark and light by itself here; and which font has a letter.

use std::path::PathBuf;

use winit::window::WindowAttributes;

/// Fonts that come with Windows, by the scripts they have. Source: Microsoft, Windows 11 font list.
const FONTS: [(std::ops::RangeInclusive<char>, &str); 5] = [
    ('\u{1100}'..='\u{11ff}', "malgun.ttf"),
    ('\u{ac00}'..='\u{d7a3}', "malgun.ttf"),
    ('\u{3040}'..='\u{30ff}', "YuGothM.ttc"),
    ('\u{2e80}'..='\u{9fff}', "msyh.ttc"),
    ('\0'..=char::MAX, "segoeui.ttf"),
];

/// Nothing: the program's own icon and name are shown.
pub(crate) fn named(attributes: WindowAttributes) -> WindowAttributes {
    attributes
}

/// Nothing: winit tells.
pub async fn follow(_: impl Fn(bool)) {}

/// A font of this computer that has `letter`.
pub(crate) fn font_for(letter: char) -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("windir")?).join("Fonts");
    let (_, name) = FONTS.iter().find(|(letters, _)| letters.contains(&letter))?;
    let path = folder.join(name);
    path.is_file().then_some(path)
}
