//! The journal's bytes: a first line with version and checksum, then the record as JSON (on Windows
//! sealed by `platform`). What cannot be read says why, without showing any of the content.

use std::io;

use sha2::{Digest, Sha256};

use super::platform;
use crate::session::Record;

const NAME: &str = "deskbeat-journal";
const VERSION: u32 = 1;
/// `deskbeat-journal 4294967295 <64 hex digits>` is shorter.
const MAX_FIRST_LINE: usize = 100;

/// Why a journal cannot be read, as the continuation of "the journal FILE".
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    /// A folder, a link, a pipe.
    #[error("is not a file")]
    NotAFile,
    #[error("cannot be read: {0}")]
    Io(io::Error),
    #[error("is empty")]
    Empty,
    #[error("was not written by Deskbeat")]
    Foreign,
    #[error("was written by a newer Deskbeat (format {0}; this one reads {VERSION})")]
    Newer(u32),
    #[error("is damaged: part of it is missing or changed")]
    Damaged,
    #[error("cannot be unsealed by this user on this machine: {0}")]
    Sealed(io::Error),
    /// Right checksum, but not a record.
    #[error("is whole, but its content makes no sense (line {line}, column {column})")]
    Content { line: usize, column: usize },
}

/// The file's bytes for `record`.
pub(super) fn encode(record: &Record) -> io::Result<Vec<u8>> {
    let payload = platform::seal(serde_json::to_vec(record)?)?;
    let mut bytes = format!("{NAME} {VERSION} {}\n", checksum(&payload)).into_bytes();
    bytes.extend_from_slice(&payload);
    Ok(bytes)
}

/// The record in the file's `bytes`.
pub(super) fn decode(bytes: &[u8]) -> Result<Record, Unreadable> {
    if bytes.is_empty() {
        return Err(Unreadable::Empty);
    }
    let start = &bytes[..bytes.len().min(MAX_FIRST_LINE)];
    let Some(end) = start.iter().position(|&byte| byte == b'\n') else {
        let ours = start.starts_with(NAME.as_bytes()) || NAME.as_bytes().starts_with(start);
        return Err(if ours { Unreadable::Damaged } else { Unreadable::Foreign });
    };
    let first_line = std::str::from_utf8(&bytes[..end]).map_err(|_| Unreadable::Foreign)?;
    let (name, rest) = first_line.split_once(' ').ok_or(Unreadable::Foreign)?;
    if name != NAME {
        return Err(Unreadable::Foreign);
    }
    let (version, expected) = rest.split_once(' ').ok_or(Unreadable::Damaged)?;
    match version.parse() {
        Ok(VERSION) => {}
        Ok(newer) if newer > VERSION => return Err(Unreadable::Newer(newer)),
        Ok(_) | Err(_) => return Err(Unreadable::Damaged),
    }
    let payload = &bytes[end + 1..];
    if checksum(payload) != expected {
        return Err(Unreadable::Damaged);
    }
    let json = platform::unseal(payload.to_vec()).map_err(Unreadable::Sealed)?;
    // serde's own message would quote the content, and with it the token.
    serde_json::from_slice(&json)
        .map_err(|error| Unreadable::Content { line: error.line(), column: error.column() })
}

fn checksum(payload: &[u8]) -> String {
    Sha256::digest(payload).iter().map(|byte| format!("{byte:02x}")).collect()
}
