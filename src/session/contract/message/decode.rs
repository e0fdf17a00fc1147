//! What a message or a token may have been written in on its way, undone.

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

/// The text that `text` is in base64, standard or URL-safe, with or without padding: UTF-8, or UTF-16 as
/// PowerShell encodes it.
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
    if bytes.contains(&0) && bytes.len().is_multiple_of(2) {
        let units: Vec<u16> =
            bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
        return String::from_utf16(&units).ok();
    }
    String::from_utf8(bytes).ok()
}

/// JSON out of what Python prints for a dictionary: single quotes, `None`, `True` and `False`.
pub(super) fn python(text: &str) -> Option<String> {
    let mut json = String::with_capacity(text.len() + 8);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            quote @ ('\'' | '"') => {
                json.push('"');
                loop {
                    match letters.next()? {
                        '\\' => match letters.next()? {
                            '\'' => json.push('\''),
                            escaped => json.extend(['\\', escaped]),
                        },
                        '"' if quote == '\'' => json.push_str("\\\""),
                        end if end == quote => break,
                        inner => json.push(inner),
                    }
                }
                json.push('"');
            }
            first if first.is_ascii_alphabetic() => {
                let mut word = String::from(first);
                while let Some(next) = letters.next_if(char::is_ascii_alphanumeric) {
                    word.push(next);
                }
                json.push_str(match word.as_str() {
                    "None" => "null",
                    "True" => "true",
                    "False" => "false",
                    other => other,
                });
            }
            other => json.push(other),
        }
    }
    Some(json)
}

/// JSON whose quotes became entities of HTML in a template.
pub(super) fn entities(text: &str) -> Option<String> {
    let plain = ["&quot;", "&#34;", "&#x22;"]
        .iter()
        .fold(text.to_owned(), |text, entity| text.replace(entity, "\""));
    let plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    (plain != text).then_some(plain)
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
        assert_eq!(base64("w7_Dvw").as_deref(), Some("ÿÿ"));
        assert_eq!(base64("w7/Dvw").as_deref(), Some("ÿÿ"));
        assert_eq!(base64("fn5+").as_deref(), Some("~~~"));
        assert_eq!(base64("fn5-").as_deref(), Some("~~~"));
        assert_eq!(base64("YQBi").as_deref(), Some("a\0b"), "no UTF-16");
        assert_eq!(base64("no base64!"), None);
        assert_eq!(base64("ewAiAGEAIgA6ADEAfQA=").as_deref(), Some("{\"a\":1}"));
        let printed = r#"{'a': None, 'b': [True, 'it\'s "x"'], "c": 1e3}"#;
        let json = r#"{"a": null, "b": [true, "it's \"x\""], "c": 1e3}"#;
        assert_eq!(python(printed).as_deref(), Some(json));
        assert_eq!(python("{'a"), None);
        assert_eq!(
            entities("{&quot;a&#34;:&quot;&amp;lt;&quot;}").as_deref(),
            Some(r#"{"a":"&lt;"}"#)
        );
    }
}
