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

/// Fonts with a language's letters, the best first; the later ones are in every Windows of that language.
/// Source: as above.
const OF_LANGUAGES: [(&str, &[&str]); 2] = [
    ("ja", &["YuGothM.ttc", "meiryo.ttc", "msgothic.ttc"]),
    ("zh-CN", &["msyh.ttc", "simsun.ttc"]),
];

/// A font of this computer for the language `tag`, and which of its file's faces.
pub(crate) fn font_of_language(tag: &str) -> Option<(PathBuf, u32)> {
    let folder = PathBuf::from(std::env::var_os("windir")?).join("Fonts");
    let (_, names) = OF_LANGUAGES.iter().find(|(language, _)| *language == tag)?;
    let path = names.iter().map(|name| folder.join(name)).find(|path| path.is_file())?;
    Some((path, 0))
}

/// A font of this computer that has `letter`.
pub(crate) fn font_for(letter: char) -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("windir")?).join("Fonts");
    let (_, name) = FONTS.iter().find(|(letters, _)| letters.contains(&letter))?;
    let path = folder.join(name);
    path.is_file().then_some(path)
}
