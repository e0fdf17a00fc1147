//! Tokens quoted in every way that was thought of, whole and in pieces. The encoders here are the
//! test's own, written from the other side.

use super::*;

/// A token as Step Functions makes them, of `chars` characters.
fn token(rng: &mut fastrand::Rng, chars: usize) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let body: String =
        (0..chars - 4).map(|_| char::from(DIGITS[rng.usize(..DIGITS.len())])).collect();
    format!("AQ{body}==")
}

fn each(text: &str, encode: impl Fn(char) -> String) -> String {
    text.chars().map(encode).collect()
}

fn specials(text: &str, encode: impl Fn(char) -> String) -> String {
    each(text, |c| if c.is_ascii_alphanumeric() { c.to_string() } else { encode(c) })
}

/// Base64 from the definition: bits in a row.
fn base64_of(bytes: &[u8], url: bool) -> String {
    let last: [char; 2] = if url { ['-', '_'] } else { ['+', '/'] };
    let digits: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(last).collect();
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let mut text = String::new();
    for at in (0..bits.len()).step_by(6) {
        let six = format!("{:0<6}", &bits[at..(at + 6).min(bits.len())]);
        text.push(digits[usize::from_str_radix(&six, 2).unwrap()]);
    }
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// Every way to quote `text`, by name.
fn quoted(text: &str) -> Vec<(&'static str, String)> {
    let percent = |c: char| format!("%{:02X}", u32::from(c));
    let low_percent = |c: char| format!("%{:02x}", u32::from(c));
    let twice = specials(text, percent).replace('%', "%25");
    let json = text.replace('/', "\\/");
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let once = base64_of(text.as_bytes(), false);
    let embedded = |before: &str| base64_of(format!("{before}{text} in it").as_bytes(), false);
    let bytes = text.as_bytes();
    vec![
        ("plain", text.to_owned()),
        ("lower case", text.to_ascii_lowercase()),
        ("upper case", text.to_ascii_uppercase()),
        ("percent", specials(text, percent)),
        ("percent, lower case", specials(text, low_percent)),
        ("percent, all", each(text, percent)),
        ("percent twice", twice.clone()),
        ("percent three times", twice.replace('%', "%25")),
        ("JSON slashes", json.clone()),
        ("JSON in JSON", json.replace('\\', "\\\\")),
        ("JSON \\u00xx", specials(text, |c| format!("\\u{:04x}", u32::from(c)))),
        ("Python \\U", each(text, |c| format!("\\U{:08x}", u32::from(c)))),
        ("JavaScript's escape", each(text, |c| format!("%u{:04X}", u32::from(c)))),
        ("JSON \\u00XX, all", each(text, |c| format!("\\u{:04X}", u32::from(c)))),
        ("JSON \\u of percent", specials(text, percent).replace('%', "\\u0025")),
        ("Rust \\u{}", specials(text, |c| format!("\\u{{{:x}}}", u32::from(c)))),
        ("\\x", each(text, |c| format!("\\x{:02x}", u32::from(c)))),
        ("octal", specials(text, |c| format!("\\{:03o}", u32::from(c)))),
        ("HTML hex", specials(text, |c| format!("&#x{:X};", u32::from(c)))),
        ("HTML decimal", each(text, |c| format!("&#{};", u32::from(c)))),
        ("HTML of HTML", specials(text, |c| format!("&amp;#{};", u32::from(c)))),
        ("HTML names", text.replace('+', "&plus;").replace('/', "&sol;").replace('=', "&equals;")),
        ("quoted-printable", specials(text, |c| format!("={:02X}", u32::from(c)))),
        ("url alphabet", text.replace('+', "-").replace('/', "_")),
        ("blanks between", each(text, |c| format!("{c} "))),
        (
            "broken lines",
            text.as_bytes()
                .chunks(76)
                .map(|l| String::from_utf8_lossy(l).into_owned() + "\r\n")
                .collect(),
        ),
        ("hex", bytes.iter().map(|b| format!("{b:02x}")).collect()),
        ("HEX", bytes.iter().map(|b| format!("{b:02X}")).collect()),
        ("hex with colons", bytes.iter().map(|b| format!("{b:02x}:")).collect()),
        ("0x list", bytes.iter().map(|b| format!("0x{b:02x}, ")).collect()),
        ("byte list", format!("{bytes:?}")),
        ("base64", once.clone()),
        ("base64url", base64_of(bytes, true)),
        ("base64, 1 before", embedded("x")),
        ("base64, 2 before", embedded("xy")),
        ("base64, 3 before", embedded("xyz")),
        ("base64 of JSON", embedded("{\"taskToken\":\"")),
        ("base64 of UTF-16", base64_of(&wide, false)),
        ("base64 twice", base64_of(once.as_bytes(), false)),
        ("percent of base64", specials(&once, percent)),
        ("base64 in JSON", once.replace('/', "\\/")),
    ]
}

/// True if `shown` has a piece of `whole`, letter by letter.
fn has_a_piece(shown: &str, whole: &str) -> bool {
    let whole: Vec<char> = whole.chars().collect();
    whole.windows(PIECE_CHARS).any(|piece| shown.contains(&piece.iter().collect::<String>()))
}

#[test]
fn no_piece_survives_in_any_encoding() {
    for seed in 0..8 {
        let rng = &mut fastrand::Rng::with_seed(seed);
        let length = [16, 36, 400, 2048][seed as usize % 4];
        let secret = token(rng, length);
        for (way, quote) in quoted(&secret) {
            let text = format!("Invalid Token: '{quote}' is not valid");
            let shown = cover(&text, [("#name", secret.as_str())]);
            assert!(!has_a_piece(&shown, &secret), "{way}: {shown}");
            // Whatever is left at the ends of an encoding is shared with its neighbours.
            let quote = quote.trim();
            let inner = quote.get(24..quote.len().saturating_sub(24)).unwrap_or_default();
            assert!(!has_a_piece(&shown, inner), "{way}, as written: {shown}");
            assert!(shown.contains("#name"), "{way}: {shown}");
            assert!(shown.starts_with("Invalid Token: '"), "{way} covers too much: {shown}");
        }
    }
}

#[test]
fn pieces_of_a_quotation_are_covered_too() {
    let rng = &mut fastrand::Rng::with_seed(3);
    let secret = token(rng, 700);
    for _ in 0..300 {
        let from = rng.usize(..secret.len() - 40);
        let piece = &secret[from..from + rng.usize(PIECE_CHARS..40)];
        let ways = quoted(piece);
        let (way, quote) = &ways[rng.usize(..ways.len())];
        // Base64 of a dozen characters has fewer whole digits than a piece of it needs.
        if piece.len() < 24 && way.contains("base64") {
            continue;
        }
        let shown = cover(&format!("<{quote}…"), [("#name", secret.as_str())]);
        assert!(shown.contains("#name"), "{way} of {}: {shown}", piece.len());
        assert!(!shown.contains(piece), "{way}: {shown}");
    }
}

#[test]
fn what_is_no_secret_stays_and_each_secret_has_its_name() {
    let rng = &mut fastrand::Rng::with_seed(9);
    let (one, two) = (token(rng, 300), token(rng, 300));
    let both = [("#one", one.as_str()), ("#two", two.as_str())];
    let plain = "User: arn:aws:sts::123456789012:assumed-role/desk/i-0123456789abcdef0 is not \
                 authorized to perform: states:SendTaskHeartbeat (100% sure, 0x1f, \\o/ &amp; =3D)";
    assert_eq!(cover(plain, both), plain);
    assert_eq!(cover(&format!("{one} and {two}!"), both), "#one and #two!");
    assert_eq!(cover("", both), "");
    assert_eq!(cover("naïve — “quoted” 王", both), "naïve — “quoted” 王");
    // Shorter secrets are covered as they are; a test's of a few letters are part of any word.
    assert_eq!(cover("it was secret-1.", [("#s", "secret-1")]), "it was #s.");
    assert_eq!(cover("a token", [("#s", "token")]), "a token");
}

#[test]
fn each_quotation_has_the_name_of_its_secret() {
    for secret in ["twelve-chars", "a-longer-secret"] {
        let text = format!("first {secret}, then {secret}.");
        assert_eq!(cover(&text, [("#1", secret)]), "first #1, then #1.");
        let escaped = each(secret, |c| format!("&#{};", u32::from(c)));
        assert_eq!(cover(&format!("<{escaped}>"), [("#1", secret)]), "<#1>");
    }
    // A short one is covered as it is, and nothing is taken for another form of it.
    assert_eq!(cover("short-77 73686f72742d3737", [("#1", "short-77")]), "#1 73686f72742d3737");
}

#[test]
fn a_number_that_is_no_letter_is_left_alone() {
    let text = "&#9999999999999; &#x99999999999; \\u{99999999999} &#;";
    assert_eq!(cover(text, [("#1", "a-longer-secret")]), text);
}
