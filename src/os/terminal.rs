//! What may be done on a terminal: colours, drawing in place, and how wide it is.
//! Pipes and files are never coloured, unless `CLICOLOR_FORCE` asks for it.
//! Sources: no-color.org; bixense.com/clicolors.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

use super::platform;

/// What a stream can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Lines can be drawn over again.
    pub can_redraw: bool,
    /// Colours may be used.
    pub colours: bool,
}

impl Terminal {
    /// Standard output.
    pub fn output() -> Self {
        Self::of(&io::stdout())
    }

    /// Standard error.
    pub fn error() -> Self {
        Self::of(&io::stderr())
    }

    fn of(stream: &impl IsTerminal) -> Self {
        let understands = stream.is_terminal() && platform::terminal_understands_escapes();
        Self {
            can_redraw: understands,
            colours: colours(understands, |name| std::env::var_os(name)),
        }
    }

    /// `text` in the colour with this ANSI code, if there are colours.
    pub fn paint(self, colour: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Writes a line to standard error: for the person, not for what reads the output.
pub(crate) fn remark(text: &str) {
    // Nobody reads remarks: nothing is lost.
    let _nobody_reads = writeln!(io::stderr(), "{text}");
}

/// `text` in lines of at most `width` characters, broken between words; a longer word stays whole.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Columns and lines of the terminal that standard output is, as it is now; `None`: it is none.
pub fn size() -> Option<(usize, usize)> {
    let (width, height) = terminal_size::terminal_size_of(io::stdout())?;
    Some((usize::from(width.0), usize::from(height.0)))
}

fn colours(understands: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    let is_zero = |name| variable(name).is_some_and(|value| value == "0");
    if is_set("NO_COLOR") {
        return false;
    }
    if is_set("CLICOLOR_FORCE") && !is_zero("CLICOLOR_FORCE") {
        return true;
    }
    understands && !is_zero("CLICOLOR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_wants_no_colours_gets_none() {
        for (understands, variables, expected) in [
            (true, &[][..], true),
            (false, &[], false),
            (true, &[("NO_COLOR", "1")], false),
            (true, &[("NO_COLOR", "")], true),
            (true, &[("CLICOLOR", "0")], false),
            (true, &[("CLICOLOR", "1")], true),
            (false, &[("CLICOLOR", "1")], false),
            (false, &[("CLICOLOR_FORCE", "1")], true),
            (false, &[("CLICOLOR_FORCE", "0")], false),
            (false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        ] {
            let variable = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
            };
            assert_eq!(colours(understands, variable), expected, "{understands} {variables:?}");
        }
    }
}
