//! The two encodings that a message or a token may have been given on its way, undone.

/// `text` with each `%XX` as the byte it stands for; `None` if nothing is encoded, or not as UTF-8.
pub(super) fn percent(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match digits.and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    let plain = String::from_utf8(plain).ok()?;
    (plain != text).then_some(plain)
}

/// The UTF-8 text that `text` is in base64, standard or URL-safe, with or without padding.
pub(super) fn base64(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.trim_end_matches('=').bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_plain_again() {
        assert_eq!(percent("a%2Bb%3d%3D").as_deref(), Some("a+b=="));
        assert_eq!(percent("100%"), None);
        assert_eq!(percent("%ff"), None);
        assert_eq!(base64("eyJhIjoxfQ==").as_deref(), Some("{\"a\":1}"));
        assert_eq!(base64("eyJhIjoxfQ").as_deref(), Some("{\"a\":1}"));
        assert_eq!(base64("no base64!"), None);
    }
}
