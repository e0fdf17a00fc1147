//! The mask of secrets: no piece of one survives in a text, in whatever encoding it is quoted.
//! The edge that holds the secrets calls [`cover`] on what services say, before anything is cut off.

use std::collections::HashMap;

/// A piece of a secret of this many characters is one that must not be shown; a shorter one gives
/// nothing away and is part of many words.
pub const PIECE_CHARS: usize = 12;
/// A secret shorter than a piece is looked for as it is; one that is shorter still is a test's.
const SHORTEST: usize = 8;
/// Encodings in each other that are undone: percent in percent in JSON in a page, and one more.
const MAX_ROUNDS: usize = 5;

/// `text` with every piece of the `secrets` replaced by the name that stands for each: pairs of name
/// and secret.
///
/// Found are pieces of [`PIECE_CHARS`] and more: as they are, in any case, with separators in
/// between, percent-encoded, escaped as in JSON, HTML or a shell, in base64 of either alphabet at any
/// alignment (also of UTF-16, and twice), in hexadecimal and as a list of byte values.
pub fn cover<'a>(text: &str, secrets: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let seen = Seen::in_text(text);
    let mut found: Vec<(usize, usize, &str)> = Vec::new();
    for (name, secret) in secrets {
        if (SHORTEST..PIECE_CHARS).contains(&secret.len()) {
            found.extend(text.match_indices(secret).map(|(at, it)| (at, at + it.len(), name)));
        }
        seen.find(secret, |from, to| found.push((from, to, name)));
    }
    found.sort_by_key(|(from, to, _)| (*from, *to));
    let mut covered = String::with_capacity(text.len());
    let mut done = 0;
    let mut last = None;
    for (from, to, name) in found {
        if to <= done {
            continue;
        }
        let from = from.max(done);
        covered += &text[done..from];
        // Pieces that touch are one quotation.
        if from > done || last != Some(name) {
            covered += name;
        }
        (done, last) = (to, Some(name));
    }
    covered += &text[done..];
    covered
}

/// A character of a text after some decoding, and the bytes of the original that it stands for.
type Letter = (char, usize, usize);

/// Where each piece of a text stands, under its hash.
struct Places {
    at: HashMap<u64, Vec<(usize, usize)>>,
    /// Whether any piece's hash ends so: nearly every piece of a secret is sorted out by this.
    ends: [bool; Self::ENDS],
}

impl Places {
    const ENDS: usize = 1 << 14;

    fn new() -> Self {
        Self { at: HashMap::new(), ends: [false; Self::ENDS] }
    }

    fn add(&mut self, letters: &[Letter]) {
        let mut piece = Piece::default();
        for (last, (c, _, to)) in letters.iter().enumerate() {
            let Some(hash) = piece.and(*c) else { continue };
            let place = (letters[last + 1 - PIECE_CHARS].1, *to);
            self.ends[hash as usize % Self::ENDS] = true;
            let known = self.at.entry(hash).or_default();
            if known.last() != Some(&place) {
                known.push(place);
            }
        }
    }

    fn of(&self, hash: u64) -> &[(usize, usize)] {
        let known = self.ends[hash as usize % Self::ENDS].then(|| self.at.get(&hash)).flatten();
        known.map_or(&[], Vec::as_slice)
    }
}

/// All pieces of a text, after each round of decoding.
struct Seen {
    exact: Places,
    /// The same without anything but letters and digits.
    bare: Places,
}

impl Seen {
    fn in_text(text: &str) -> Self {
        let mut seen = Self { exact: Places::new(), bare: Places::new() };
        let mut view: Vec<Letter> =
            text.char_indices().map(|(at, c)| (c, at, at + c.len_utf8())).collect();
        for _ in 0..=MAX_ROUNDS {
            let folded: Vec<Letter> =
                view.iter().map(|(c, from, to)| (fold(*c), *from, *to)).collect();
            let bare: Vec<Letter> =
                folded.iter().filter(|(c, _, _)| c.is_ascii_alphanumeric()).copied().collect();
            seen.exact.add(&folded);
            seen.bare.add(&bare);
            match decoded(&view) {
                Some(next) => view = next,
                None => break,
            }
        }
        seen
    }

    /// Tells where the text quotes `secret`.
    fn find(&self, secret: &str, mut tell: impl FnMut(usize, usize)) {
        if self.exact.at.is_empty() || secret.chars().count() < PIECE_CHARS {
            return;
        }
        for encoded in encodings(secret) {
            let (mut exact, mut bare) = (Piece::default(), Piece::default());
            for c in encoded.chars().map(fold) {
                if let Some(hash) = exact.and(c) {
                    self.exact.of(hash).iter().for_each(|(from, to)| tell(*from, *to));
                }
                if c.is_ascii_alphanumeric()
                    && let Some(hash) = bare.and(c)
                {
                    self.bare.of(hash).iter().for_each(|(from, to)| tell(*from, *to));
                }
            }
        }
    }
}

/// A letter as it is compared: without case, and in one alphabet of base64.
fn fold(c: char) -> char {
    match c {
        '-' => '+',
        '_' => '/',
        c => c.to_ascii_lowercase(),
    }
}

/// The last characters of a text, as a number that is made of the one before it. Two pieces with one
/// number would only cover too much.
#[derive(Default)]
struct Piece {
    last: [u64; PIECE_CHARS],
    hash: u64,
    count: usize,
}

impl Piece {
    const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
    /// What the character that leaves the piece counted in it.
    const GONE: u64 = {
        let (mut power, mut at) = (1u64, 0);
        while at < PIECE_CHARS {
            power = power.wrapping_mul(Self::BASE);
            at += 1;
        }
        power
    };

    /// Adds a character; the number, once they are as many as a piece has.
    fn and(&mut self, c: char) -> Option<u64> {
        let new = u64::from(u32::from(c)) + 1;
        let old = std::mem::replace(&mut self.last[self.count % PIECE_CHARS], new);
        self.hash = self.hash.wrapping_mul(Self::BASE).wrapping_add(new);
        self.hash = self.hash.wrapping_sub(old.wrapping_mul(Self::GONE));
        self.count += 1;
        (self.count >= PIECE_CHARS).then_some(self.hash)
    }
}

/// `secret` in every encoding that is looked for and that decoding a text does not undo.
fn encodings(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    // PowerShell's own encoding.
    let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let decimal = bytes.iter().map(u8::to_string).collect();
    let mut all = vec![secret.to_owned(), hex(bytes), hex(&wide), decimal];
    for alignment in 0..3 {
        let once = base64(bytes, alignment);
        all.extend((0..3).map(|again| base64(once.as_bytes(), again)));
        all.push(once);
        all.push(base64(&wide, alignment));
    }
    all
}

/// `bytes` in base64, as they stand `alignment` bytes after the beginning of something longer;
/// without the digits at the ends that their neighbours have a share in.
fn base64(bytes: &[u8], alignment: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 1);
    let (mut bits, mut count) = (0u32, 0u32);
    // The first digit that is all ours begins at the next multiple of six bits.
    let mut skip = [0, 4, 2][alignment];
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        count += 8 - std::mem::take(&mut skip);
        while count >= 6 {
            count -= 6;
            text.push(char::from(DIGITS[(bits >> count) as usize & 63]));
        }
        bits &= (1 << count) - 1;
    }
    text
}

/// The same with one encoding undone wherever there is one; `None` if there is none.
fn decoded(view: &[Letter]) -> Option<Vec<Letter>> {
    let mut next = Vec::with_capacity(view.len());
    let (mut at, mut any) = (0, false);
    while at < view.len() {
        let escape = escape(&view[at..]);
        any |= escape.is_some();
        let (c, used) = escape.unwrap_or((view[at].0, 1));
        next.push((c, view[at].1, view[at + used - 1].2));
        at += used;
    }
    any.then_some(next)
}

/// The character that an escape at the beginning of `rest` stands for, and the escape's length.
fn escape(rest: &[Letter]) -> Option<(char, usize)> {
    let letter = |at: usize| rest.get(at).map(|(c, _, _)| *c);
    let number = |from: usize, digits: usize, radix: u32| -> Option<char> {
        let mut value = 0;
        for at in from..from + digits {
            value = value * radix + letter(at)?.to_digit(radix)?;
        }
        char::from_u32(value)
    };
    let until = |from: usize, end: char, radix: u32| -> Option<(char, usize)> {
        let length = (from..from + 8).position(|at| letter(at) == Some(end))?;
        let c = if length > 0 { number(from, length, radix)? } else { return None };
        Some((c, from + length + 1))
    };
    match (letter(0)?, letter(1)?) {
        ('%', 'u' | 'U') => Some((number(2, 4, 16)?, 6)),
        // Quoted-printable is percent-encoding with another sign.
        ('%' | '=', _) => Some((number(1, 2, 16)?, 3)),
        ('\\', 'u') if letter(2) == Some('{') => until(3, '}', 16),
        ('\\', 'u') => Some((number(2, 4, 16)?, 6)),
        ('\\', 'U') => Some((number(2, 8, 16)?, 10)),
        ('\\' | '0', 'x' | 'X') => Some((number(2, 2, 16)?, 4)),
        ('\\', '0'..='3') => Some((number(1, 3, 8)?, 4)),
        ('\\', c) if !c.is_alphanumeric() => Some((c, 2)),
        ('&', '#') => match letter(2)? {
            'x' | 'X' => until(3, ';', 16),
            _ => until(2, ';', 10),
        },
        ('&', _) => ENTITIES.iter().find_map(|(name, c)| {
            let same = name.chars().enumerate().all(|(at, c)| letter(at + 1) == Some(c));
            same.then_some((*c, name.len() + 1))
        }),
        _ => None,
    }
}

/// The characters of tokens and of what stands round them that HTML has names for.
const ENTITIES: [(&str, char); 13] = [
    ("amp;", '&'),
    ("sol;", '/'),
    ("plus;", '+'),
    ("equals;", '='),
    ("quot;", '"'),
    ("lt;", '<'),
    ("gt;", '>'),
    ("apos;", '\''),
    ("lowbar;", '_'),
    ("hyphen;", '-'),
    ("percnt;", '%'),
    ("num;", '#'),
    ("bsol;", '\\'),
];

#[cfg(test)]
mod tests;
