//! The TOML file: which settings it has, at which lines, and what is wrong with it.

use std::io;
use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::keys::{KEYS, SettingKey, ValueKind, did_you_mean, find};
use super::origin::{Contents, Origin, Problem, Setting};
use super::wrong::Wrong;
use crate::os;

/// A longer file is no configuration of ours.
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads `path`. A missing file says nothing, unless it `must_exist`.
pub(super) fn read(path: &Path, must_exist: bool) -> Contents {
    match os::read_file(path, MAX_BYTES) {
        Ok(bytes) => parse(path, &bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => Contents::default(),
        Err(error) => {
            let origin = Origin::File { path: path.to_owned(), line: None };
            let problem = Problem { origin, wrong: Wrong::Unreadable(error) };
            Contents { problems: vec![problem], ..Contents::default() }
        }
    }
}

/// What `bytes`, the content of `path`, say.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Contents {
    let mut contents = Contents::default();
    let at = |line| Origin::File { path: path.to_owned(), line };
    let mut problem = |line, wrong| {
        contents.problems.push(Problem { origin: at(line), wrong });
    };
    // Windows editors put a byte order mark first.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let line = line_of(bytes, error.valid_up_to());
            problem(Some(line), Wrong::FileNotUtf8);
            return contents;
        }
    };
    let table = match DeTable::parse(text) {
        Ok(table) => table.into_inner(),
        Err(error) => {
            let line = error.span().map(|span| line_of(bytes, span.start));
            problem(line, Wrong::NotToml(error.message().to_owned()));
            return contents;
        }
    };
    for (name, span, value) in flat(&table) {
        let line = Some(line_of(bytes, span.start));
        let name = name.as_str();
        match find(name).map(|key| (key, checked(key, value))) {
            Some((key, Ok(value))) => {
                contents.settings.push(Setting { key, value, origin: at(line) });
            }
            Some((_, Err(wrong))) => {
                let wrong = Wrong::Value { name: name.to_owned(), wrong: Box::new(wrong) };
                contents.problems.push(Problem { origin: at(line), wrong });
            }
            None => contents.problems.push(Problem { origin: at(line), wrong: unknown(name) }),
        }
    }
    contents.problems.sort_by_key(|problem| match problem.origin {
        Origin::File { line, .. } => line,
        Origin::BuiltIn | Origin::Variable(_) | Origin::Flag(_) | Origin::Policy(_) => None,
    });
    contents
}

/// The names and values of a table, those of a table in it with its name before theirs:
/// `services` in `[health]` is `health_services`.
fn flat<'a>(table: &'a DeTable<'_>) -> Vec<(String, Range<usize>, &'a DeValue<'a>)> {
    let mut flat = Vec::new();
    for (name, value) in table {
        match value.get_ref() {
            DeValue::Table(inner) if heads_a_table(name.get_ref()) => {
                for (inside, value) in inner {
                    let name = format!("{}_{}", name.get_ref(), inside.get_ref());
                    flat.push((name, inside.span(), value.get_ref()));
                }
            }
            value => flat.push((name.get_ref().to_string(), name.span(), value)),
        }
    }
    flat
}

/// True if there are settings that a table of this name may hold.
fn heads_a_table(name: &str) -> bool {
    KEYS.iter().any(|key| key.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('_')))
}

/// What is said about a name that is no setting.
pub(super) fn unknown(name: &str) -> Wrong {
    let names: Vec<_> = KEYS.iter().map(|key| key.name).collect();
    let hint = did_you_mean(name, names.iter().copied());
    Wrong::UnknownName { name: name.to_owned(), hint, known: names.join(", ") }
}

/// The value as the environment would have it.
fn checked(key: &SettingKey, value: &DeValue<'_>) -> Result<String, Wrong> {
    let another = |allowed| Err(Wrong::OfAnotherType(allowed));
    match (key.kind, value) {
        (ValueKind::Text { .. } | ValueKind::Choice(_), DeValue::String(text)) => key.check(text),
        (ValueKind::List { .. }, DeValue::String(text)) => key.check(text),
        (ValueKind::List { .. }, DeValue::Array(items)) => {
            let items = items.iter().map(|item| match item.get_ref() {
                DeValue::String(text) => Ok(text.to_string()),
                DeValue::Integer(number) => Ok(number.as_str().to_owned()),
                _ => Err(Wrong::OfAnotherType(key.allowed())),
            });
            key.check(&items.collect::<Result<Vec<_>, _>>()?.join(", "))
        }
        (ValueKind::Number { .. }, DeValue::Integer(number)) => {
            match i128::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => key.check(&number.to_string()),
                Err(_) => key.check(number.as_str()),
            }
        }
        (ValueKind::Flag, DeValue::Boolean(flag)) => key.check(&flag.to_string()),
        (ValueKind::Choice(_), _) => another(format!("{}, in quotes", key.allowed())),
        (ValueKind::Number { .. }, DeValue::String(_)) => {
            another(format!("{}, without quotes", key.allowed()))
        }
        (ValueKind::Flag, DeValue::String(_)) => {
            another(format!("{}, without quotes", key.allowed()))
        }
        (
            ValueKind::Text { .. }
            | ValueKind::List { .. }
            | ValueKind::Number { .. }
            | ValueKind::Flag,
            _,
        ) => another(key.allowed()),
    }
}

/// The line, from 1, of the byte at `offset`.
fn line_of(bytes: &[u8], offset: usize) -> usize {
    bytes.iter().take(offset).filter(|&&byte| byte == b'\n').count() + 1
}
