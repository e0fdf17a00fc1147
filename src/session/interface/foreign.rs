//! Text of others' making: what messages, services, IMDS and users say, before anybody is shown it.
//! The edge where a text comes in calls this once; nobody behind it escapes or looks again.

/// `text` as one line of at most `max_chars` characters.
///
/// Line ends and tabs become blanks. Whatever else would steer a terminal, forge a line of the log or
/// turn the reading direction round is written out, for example `\u{1b}`.
pub fn one_line(text: &str, max_chars: usize) -> String {
    let mut line = String::with_capacity(text.len().min(4 * max_chars));
    let mut room = max_chars;
    let mut blank_before = true;
    for c in text.trim().chars() {
        let shown = if is_break(c) {
            if blank_before {
                continue;
            }
            " ".to_owned()
        } else if steers(c) {
            c.escape_unicode().to_string()
        } else {
            c.to_string()
        };
        let chars = shown.chars().count();
        if chars > room {
            line.push('…');
            break;
        }
        room -= chars;
        blank_before = shown == " ";
        line += &shown;
    }
    line
}

/// `text` with its line ends, of at most `max_chars` characters: what steers is written out.
pub fn lines(text: &str, max_chars: usize) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\r' => {}
            '\n' => shown.push('\n'),
            c if is_break(c) => shown.push(' '),
            c if steers(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    match shown.char_indices().nth(max_chars) {
        None => shown,
        Some(_) => shown.chars().take(max_chars.saturating_sub(1)).chain(['…']).collect(),
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// True for controls and for what is not seen but changes how the rest is read.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}' | '\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_or_a_log_gets_through() {
        assert_eq!(one_line(" a\r\n\tb ", 99), "a b");
        assert_eq!(one_line("x\u{1b}[31m\u{0}", 99), "x\\u{1b}[31m\\u{0}");
        assert_eq!(one_line("ab\u{202e}cd\u{9b}", 99), "ab\\u{202e}cd\\u{9b}");
        assert_eq!(one_line("a\u{2028}b\u{85}c", 99), "a b c");
        for c in ('\u{0}'..='\u{9f}').chain('\u{2000}'..='\u{206f}') {
            let line = one_line(&format!("a{c}b"), 99);
            assert!(line.chars().all(|c| !c.is_control() && !steers(c)), "{c:?}: {line}");
        }
        // Names keep their own letters.
        assert_eq!(one_line("Zoë 王 می‌خواهم", 99), "Zoë 王 می‌خواهم");
    }

    #[test]
    fn lines_keep_their_ends_and_nothing_else_that_steers() {
        assert_eq!(lines("  a\r\n\tb\u{1b}[2J\u{202e}", 99), "  a\n b\\u{1b}[2J\\u{202e}");
        assert_eq!(lines(&"\u{1b}".repeat(9), 12), "\\u{1b}\\u{1b…");
        assert_eq!(lines("ab", 2), "ab");
    }

    #[test]
    fn a_line_is_cut_before_what_does_not_fit() {
        assert_eq!(one_line("abcdef", 3), "abc…");
        assert_eq!(one_line("abc", 3), "abc");
        assert_eq!(one_line("ab\u{1b}", 3), "ab…");
    }
}
