//! The last lines of a script's output, fit to be sent as the cause of a failure: few, short, without
//! control characters, and without what looks like a secret.
//!
//! Masked before anything is cut, so that no half of a secret slips through.

use std::collections::VecDeque;

use crate::session::interface::foreign::steers;

/// How many lines are kept.
const MAX_LINES: usize = 40;
/// The longest line that is kept whole for the mask; of a longer one its beginning.
const MAX_LINE_BYTES: usize = 16 * 1024;
/// Of one line, in characters.
const MAX_LINE_CHARS: usize = 500;
/// Of all lines, in characters: far below SendTaskFailure's 32,768, and few enough to be read.
const MAX_CHARS: usize = 8_000;
/// A word with letters of both cases and digits that is this long or longer is a key or a token.
const SECRET_CHARS: usize = 36;
/// Longer than this it is no path, however many slashes are in it.
const LONGEST_PATH_CHARS: usize = 200;
const MASKED: &str = "[masked]";

/// Which output a piece came from: a line of one is not broken by the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Out,
    Err,
}

/// The end of what was written.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    lines: VecDeque<Vec<u8>>,
    /// The line that each stream has begun.
    begun: [Vec<u8>; 2],
}

impl Tail {
    /// Takes a piece of output.
    pub(crate) fn take(&mut self, stream: Stream, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = bytes.split_at(end);
            self.extend(stream, line);
            let line = std::mem::take(self.begun(stream));
            self.push(line);
            bytes = &rest[1..];
        }
        self.extend(stream, bytes);
    }

    /// What may be sent.
    pub(crate) fn text(&self) -> String {
        let begun = self.begun.iter().filter(|line| !line.is_empty());
        let lines: Vec<String> = self.lines.iter().chain(begun).map(|line| shown(line)).collect();
        let mut left = MAX_CHARS;
        let mut kept: Vec<&str> = Vec::new();
        for line in lines.iter().rev().map(String::as_str).filter(|line| !line.is_empty()) {
            let Some(rest) = left.checked_sub(line.chars().count() + 1) else { break };
            left = rest;
            kept.push(line);
        }
        kept.reverse();
        kept.join("\n")
    }

    fn begun(&mut self, stream: Stream) -> &mut Vec<u8> {
        match stream {
            Stream::Out => &mut self.begun[0],
            Stream::Err => &mut self.begun[1],
        }
    }

    fn extend(&mut self, stream: Stream, bytes: &[u8]) {
        let begun = self.begun(stream);
        // One byte more than is kept says that the line is cut.
        let room = (MAX_LINE_BYTES + 1).saturating_sub(begun.len());
        begun.extend_from_slice(&bytes[..room.min(bytes.len())]);
    }

    fn push(&mut self, line: Vec<u8>) {
        if self.lines.len() == MAX_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }
}

/// One line as it may be sent.
fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    // A progress bar writes over itself: its last state counts.
    let text = text.trim_end_matches('\r');
    let text = text.rsplit('\r').next().unwrap_or(text);
    let mut text = plain(text);
    if line.len() > MAX_LINE_BYTES {
        // The cut may have gone through a secret: the word at it goes too.
        let end = text.rfind(char::is_whitespace).unwrap_or(0);
        text.truncate(end);
    }
    let masked = mask(&text);
    match masked.char_indices().nth(MAX_LINE_CHARS) {
        Some((at, _)) => format!("{}…", &masked[..at]),
        None => masked,
    }
}

/// Without the sequences that colour a terminal, and other control characters.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            // ECMA-48: ESC [ parameters, ended by a letter or one of @ [ \ ] ^ _ ` { | } ~.
            '\u{1b}' if letters.peek() == Some(&'[') => {
                letters.next();
                while letters.next_if(|c| !('@'..='~').contains(c)).is_some() {}
                letters.next();
            }
            '\t' => plain.push(' '),
            c if steers(c) => {}
            c => plain.push(c),
        }
    }
    plain
}

/// Without what looks like a secret: long tokens and keys, passwords in addresses, and whatever is
/// given a name that says so.
fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut secret_follows = false;
    for word in text.split_inclusive(|c: char| c.is_whitespace() || "\"',;()<>{}".contains(c)) {
        let body = word.trim_end_matches(|c: char| c.is_whitespace() || "\"',;()<>{}".contains(c));
        let rest = &word[body.len()..];
        if body.is_empty() {
            masked.push_str(rest);
            continue;
        }
        let (shown, follows) = masked_word(body, secret_follows);
        masked.push_str(&shown);
        masked.push_str(rest);
        secret_follows = follows;
    }
    masked
}

/// The word as it may be shown, and whether the next one is a secret.
fn masked_word(word: &str, is_secret: bool) -> (String, bool) {
    if is_secret && matches!(word, "=" | ":" | "is" | "Bearer" | "Basic" | "bearer" | "basic") {
        return (word.into(), true);
    }
    if is_secret {
        return (MASKED.into(), false);
    }
    if let Some((name, value)) = word.split_once(['=', ':'])
        && names_a_secret(name)
    {
        let separator = &word[name.len()..=name.len()];
        return match value {
            "" => (word.into(), true),
            _ => (format!("{name}{separator}{MASKED}"), false),
        };
    }
    if let Some((scheme, rest)) = word.split_once("://")
        && let Some((who, host)) = rest.split_once('@')
        && who.contains(':')
    {
        return (format!("{scheme}://{MASKED}@{host}"), false);
    }
    if word.starts_with("--") && names_a_secret(word) {
        return (word.into(), true);
    }
    (mask_runs(word), false)
}

fn names_a_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace(['_', '-', '.'], "");
    ["password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "authorization"]
        .iter()
        .any(|word| name.ends_with(word))
        || name.ends_with("pwd")
}

/// Long runs of a key's letters, and the ids of AWS keys.
fn mask_runs(word: &str) -> String {
    let of_a_key = |c: char| c.is_ascii_alphanumeric() || "+/=_-%.".contains(c);
    let mut shown = String::with_capacity(word.len());
    let mut rest = word;
    while !rest.is_empty() {
        let end = rest.find(|c| !of_a_key(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        shown.push_str(if is_key(run) { MASKED } else { run });
        let other = after.find(of_a_key).unwrap_or(after.len());
        shown.push_str(&after[..other]);
        rest = &after[other..];
    }
    shown
}

fn is_key(run: &str) -> bool {
    // Source: IAM guide, "IAM identifiers": access keys begin with AKIA, temporary ones with ASIA.
    if run.len() == 20 && (run.starts_with("AKIA") || run.starts_with("ASIA")) {
        return true;
    }
    let has = |what: fn(&char) -> bool| run.chars().any(|c| what(&c));
    // A path has more slashes than a key of its length; none that is read by people is this long.
    let is_path = run.matches('/').count() > run.len() / 12 && run.len() < LONGEST_PATH_CHARS;
    run.len() >= SECRET_CHARS
        && has(char::is_ascii_digit)
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && !is_path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(pieces: &[(Stream, &[u8])]) -> String {
        let mut tail = Tail::default();
        for (stream, bytes) in pieces {
            tail.take(*stream, bytes);
        }
        tail.text()
    }

    #[test]
    fn lines_of_two_outputs_do_not_break_each_other() {
        let text = tail(&[
            (Stream::Out, b"installing "),
            (Stream::Err, b"warning: old\n"),
            (Stream::Out, b"licence\nfailed"),
        ]);
        assert_eq!(text, "warning: old\ninstalling licence\nfailed");
    }

    #[test]
    fn the_last_lines_are_kept_and_no_more_than_may_be_sent() {
        let many: Vec<u8> = (0..1000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        let text = tail(&[(Stream::Out, &many)]);
        assert!(text.starts_with("line 960\n") && text.ends_with("line 999"), "{text}");
        let wide = "ä".repeat(100_000) + "\n";
        let text = tail(&[(Stream::Out, wide.repeat(50).as_bytes())]);
        assert!(text.chars().count() <= MAX_CHARS, "{}", text.chars().count());
    }

    #[test]
    fn what_a_terminal_would_obey_is_gone() {
        let text = tail(&[(
            Stream::Out,
            b"10%\r90%\r\x1b[31mred\x1b[0m\x07 \xe2\x80\xaee\xe2\x80\x8bv\xef\xbb\xbfil\0\r\n",
        )]);
        assert_eq!(text, "red evil");
    }

    #[test]
    fn secrets_are_masked_before_anything_is_cut() {
        let token = format!("AQCEAAAAKgAAAAMAAAAA{}", "aB3/".repeat(170));
        for said in [
            format!("calling with {token}"),
            format!("{{\"taskToken\":\"{token}\"}}"),
            format!("https://host/?t={}", token.replace('/', "%2F")),
            format!("{}{token}", "word ".repeat(90)),
            format!("{} {token}", "word ".repeat(MAX_LINE_BYTES / 5 - 5)),
        ] {
            let text = tail(&[(Stream::Err, said.as_bytes())]);
            let piece = |at: usize| text.contains(&token[at..at + 12]);
            assert!(!(0..token.len() - 12).any(piece), "{text}");
        }
        for (said, shown) in [
            ("password=hunter2 next", "password=[masked] next"),
            ("DB_PASSWORD: hunter2", "DB_PASSWORD: [masked]"),
            ("Authorization: Bearer abc.def", "Authorization: Bearer [masked]"),
            ("mysql --password hunter2 -h db", "mysql --password [masked] -h db"),
            ("git clone https://me:pat@host/x", "git clone https://[masked]@host/x"),
            ("AKIAIOSFODNN7EXAMPLE", "[masked]"),
            ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "[masked]"),
        ] {
            assert_eq!(tail(&[(Stream::Out, said.as_bytes())]), shown);
        }
    }

    #[test]
    fn what_helps_to_find_the_fault_stays() {
        for line in [
            "E: Unable to locate package licence-server",
            "/opt/vendor/App2/lib/x86_64-linux-gnu/libFoo.so.6: cannot open shared object file",
            "curl: (6) Could not resolve host: licence.example.com",
            "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 differs",
            "Traceback (most recent call last): File \"setup.py\", line 3, in <module>",
        ] {
            assert_eq!(tail(&[(Stream::Err, line.as_bytes())]), line);
        }
    }
}
