//! The demo's share of the terminal: lines that are broken where the terminal ends, a bar below them
//! that is drawn in place, and everything again when the terminal gets another size. On a pipe there
//! are the lines alone, each whole.

use std::collections::VecDeque;
use std::io::{self, Write};

use crate::os::terminal::{self, Terminal};

/// Where a terminal does not say its size.
const USUAL: (usize, usize) = (80, 24);
/// Lines that are drawn again at most.
const KEPT: usize = 500;

/// A line of the story, before it is broken.
struct StoryLine {
    /// With its colours.
    head: String,
    head_width: usize,
    text: String,
}

/// What is shown, and where.
pub(super) struct Screen<W> {
    out: W,
    terminal: Terminal,
    size: (usize, usize),
    lines: VecDeque<StoryLine>,
    bar_is_drawn: bool,
    error: Option<io::Error>,
}

impl Screen<io::Stdout> {
    pub(super) fn new(terminal: Terminal) -> Self {
        Self::on(io::stdout(), terminal, terminal::size().unwrap_or(USUAL))
    }

    /// The terminal's size may be another now: then everything is drawn again.
    pub(super) fn fit(&mut self) {
        let size = terminal::size().unwrap_or(USUAL);
        if self.terminal.can_redraw && size != self.size {
            self.resize(size);
        }
    }
}

impl<W: Write> Screen<W> {
    fn on(out: W, terminal: Terminal, size: (usize, usize)) -> Self {
        let lines = VecDeque::new();
        Self { out, terminal, size, lines, bar_is_drawn: false, error: None }
    }

    pub(super) fn terminal(&self) -> Terminal {
        self.terminal
    }

    /// What kept it from showing something, once.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// Shows a line: `head`, painted with `colour`, and then `text`, which is indented below it.
    pub(super) fn line(&mut self, before: &str, head: &str, colour: &str, text: &str) {
        let line = StoryLine {
            head: format!("{before}{}", self.terminal.paint(colour, head)),
            head_width: before.chars().count() + head.chars().count(),
            text: text.to_owned(),
        };
        let clear = if std::mem::take(&mut self.bar_is_drawn) { "\r\x1b[K" } else { "" };
        let rows = self.rows(&line);
        self.write(&format!("{clear}{}\n", rows.join("\n")));
        self.lines.push_back(line);
        if self.lines.len() > KEPT {
            self.lines.pop_front();
        }
    }

    /// Draws the bar: `share` is how much of it is full, `facts` are said beside it as far as there is
    /// room, the first ones first.
    pub(super) fn bar(&mut self, share: f64, facts: &[String]) {
        if !self.terminal.can_redraw || self.size.1 < 2 {
            return;
        }
        // The last column stays free: some terminals break there already.
        let width = self.size.0.saturating_sub(1);
        let text = bar(share, facts, width);
        self.bar_is_drawn = true;
        self.write(&format!("\r\x1b[K{text}"));
    }

    fn resize(&mut self, size: (usize, usize)) {
        self.size = size;
        self.bar_is_drawn = false;
        let rows: Vec<String> = self.lines.iter().flat_map(|line| self.rows(line)).collect();
        // The bar, and the line that the cursor is in, are below.
        let room = size.1.saturating_sub(2);
        let last = &rows[rows.len().saturating_sub(room)..];
        let text: String = last.iter().map(|row| format!("{row}\n")).collect();
        self.write(&format!("\x1b[H\x1b[2J{text}"));
    }

    /// The line as the terminal has room for it.
    fn rows(&self, line: &StoryLine) -> Vec<String> {
        if !self.terminal.can_redraw {
            return line.text.lines().map(|text| format!("{}{text}", line.head)).collect();
        }
        let width = self.size.0.saturating_sub(1).max(1);
        // A head that takes half of the room gets a row of its own.
        let (indent, mut rows) = match line.head_width {
            head if head * 2 <= width => (head, Vec::new()),
            head if head <= width => (2.min(width - 1), vec![line.head.clone()]),
            _ => (0, Vec::new()),
        };
        for text in line.text.lines().flat_map(|text| broken(text, width - indent)) {
            let is_first = rows.is_empty() && indent == line.head_width;
            let before = if is_first { line.head.clone() } else { " ".repeat(indent) };
            rows.push(format!("{before}{text}"));
        }
        rows
    }

    fn write(&mut self, text: &str) {
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        if let Err(error) = written {
            self.error.get_or_insert(error);
        }
    }
}

fn bar(share: f64, facts: &[String], width: usize) -> String {
    let length = (width / 4).min(24);
    // Between 0 and the length: a share is between 0 and 1.
    let full = (share.clamp(0.0, 1.0) * length as f64).round() as usize;
    let mut text = format!("{}{}", "━".repeat(full), "─".repeat(length - full));
    let mut used = length;
    for (index, fact) in facts.iter().enumerate() {
        let separator = if index == 0 { "  " } else { " · " };
        used += separator.chars().count() + fact.chars().count();
        if used > width {
            break;
        }
        text += separator;
        text += fact;
    }
    text
}

/// `text` in rows of at most `width` characters, broken between words where there are any.
fn broken(text: &str, width: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        let is_first = rows.last().is_some_and(String::is_empty);
        if !is_first && used + 1 + length > width {
            rows.push(String::new());
            used = 0;
        } else if !is_first {
            rows.last_mut().into_iter().for_each(|row| row.push(' '));
            used += 1;
        }
        for character in word.chars() {
            if used == width {
                rows.push(String::new());
                used = 0;
            }
            rows.last_mut().into_iter().for_each(|row| row.push(character));
            used += 1;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "accepts the close: outcome ended, reason user (request \
                        00000000-0000-0000-0000-000000000001-00000000-0000-0000-0000-000000000001)";

    fn screen(size: (usize, usize), can_redraw: bool) -> Screen<Vec<u8>> {
        Screen::on(Vec::new(), Terminal { can_redraw, colours: false }, size)
    }

    fn shown(screen: &Screen<Vec<u8>>) -> String {
        String::from_utf8(screen.out.clone()).unwrap()
    }

    #[test]
    fn no_row_reaches_the_last_column_of_any_terminal() {
        for width in [1, 2, 10, 30, 40, 79, 80, 81, 200] {
            let mut screen = screen((width, 24), true);
            screen.line("09:00:00  ", "Step Functions", "36", &format!("  {TEXT}"));
            let facts = ["34 %".into(), "active".into(), "6 h left".into()];
            screen.bar(0.34, &facts);
            for row in shown(&screen).replace("\r\x1b[K", "").lines() {
                assert!(row.chars().count() < width.max(2), "{width}: {row:?}");
            }
            let letters = |text: &str| text.replace([' ', '\n'], "");
            assert!(letters(&shown(&screen)).contains(&letters(TEXT)), "{width}");
        }
    }

    #[test]
    fn another_size_draws_the_last_lines_again() {
        let mut screen = screen((80, 24), true);
        for number in 0..30 {
            screen.line("", "", "0", &format!("line {number}"));
        }
        screen.out.clear();
        screen.resize((40, 5));
        assert_eq!(shown(&screen), "\x1b[H\x1b[2Jline 27\nline 28\nline 29\n");
    }

    #[test]
    fn a_pipe_gets_whole_lines_and_no_bar() {
        let mut screen = screen((20, 24), false);
        screen.line("09:00:00  ", "aws", "34", TEXT);
        screen.bar(0.5, &["50 %".into()]);
        assert_eq!(shown(&screen), format!("09:00:00  aws{TEXT}\n"));
    }
}
