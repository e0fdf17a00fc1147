//! Lines off a stream, none longer than allowed.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// The longest line, without its end, in bytes: a `fail` with a cause of 32,768 characters, each of
/// them escaped.
pub(super) const LONGEST: usize = 256 * 1024;

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line without its end.
    Whole(Vec<u8>),
    /// More than [`LONGEST`] bytes without an end.
    TooLong,
    /// The stream ended inside a line.
    Half,
    /// The stream ended between two lines.
    End,
}

/// The next line. After [`Line::TooLong`] the rest of it is still in the stream.
pub(super) async fn next(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Line> {
    let mut line = Vec::new();
    loop {
        let bytes = stream.fill_buf().await?;
        if bytes.is_empty() {
            return Ok(if line.is_empty() { Line::End } else { Line::Half });
        }
        let end = bytes.iter().position(|&byte| byte == b'\n');
        let part = &bytes[..end.unwrap_or(bytes.len())];
        if line.len() + part.len() > LONGEST {
            return Ok(Line::TooLong);
        }
        line.extend_from_slice(part);
        let used = part.len() + usize::from(end.is_some());
        stream.consume(used);
        if end.is_some() {
            return Ok(Line::Whole(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<Line> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        // A buffer of 7 bytes cuts lines at every place.
        let mut stream = tokio::io::BufReader::with_capacity(7, text);
        let mut lines = Vec::new();
        runtime.block_on(async {
            loop {
                lines.push(next(&mut stream).await.unwrap());
                if !matches!(lines.last(), Some(Line::Whole(_))) {
                    return lines;
                }
            }
        })
    }

    #[test]
    fn lines_come_whole_whatever_their_length_up_to_the_limit() {
        let long = vec![b'x'; LONGEST];
        let text = [b"\nshort\n", long.as_slice(), b"\n"].concat();
        let whole = |bytes: &[u8]| Line::Whole(bytes.to_vec());
        assert_eq!(lines(&text), [whole(b""), whole(b"short"), whole(&long), Line::End]);
    }

    #[test]
    fn a_line_too_long_or_cut_off_is_told_apart() {
        let long = vec![b'x'; LONGEST + 1];
        assert_eq!(lines(&long), [Line::TooLong]);
        assert_eq!(lines(b"half"), [Line::Half]);
        assert_eq!(lines(b""), [Line::End]);
    }
}
