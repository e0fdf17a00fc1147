//! The TOML file: which settings it has, at which lines, and what is wrong with it.

use std::io;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::keys::{KEYS, Kind, SettingKey, did_you_mean, find};
use super::origin::{Origin, Problem};
use super::wrong::Wrong;

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) settings: Vec<Setting>,
    pub(super) problems: Vec<Problem>,
}

#[derive(Debug)]
pub(super) struct Setting {
    pub(super) key: &'static SettingKey,
    pub(super) value: String,
    pub(super) origin: Origin,
}

/// Reads `path`. A missing file says nothing, unless it `must_exist`.
pub(super) fn read(path: &Path, must_exist: bool) -> Contents {
    match std::fs::read(path) {
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
    for (name, value) in &table {
        let line = Some(line_of(bytes, name.span().start));
        let name: &str = name.get_ref();
        match find(name).map(|key| (key, checked(key, value.get_ref()))) {
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
        Origin::BuiltIn | Origin::Variable(_) | Origin::Flag(_) => None,
    });
    contents
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
        (Kind::Text { .. } | Kind::Choice(_), DeValue::String(text)) => key.check(text),
        (Kind::Number { .. }, DeValue::Integer(number)) => {
            match i128::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => key.check(&number.to_string()),
                Err(_) => key.check(number.as_str()),
            }
        }
        (Kind::Flag, DeValue::Boolean(flag)) => key.check(&flag.to_string()),
        (Kind::Choice(_), _) => another(format!("{}, in quotes", key.allowed())),
        (Kind::Number { .. }, DeValue::String(_)) => {
            another(format!("{}, without quotes", key.allowed()))
        }
        (Kind::Flag, DeValue::String(_)) => another(format!("{}, without quotes", key.allowed())),
        (Kind::Text { .. } | Kind::Number { .. } | Kind::Flag, _) => another(key.allowed()),
    }
}

/// The line, from 1, of the byte at `offset`.
fn line_of(bytes: &[u8], offset: usize) -> usize {
    bytes.iter().take(offset).filter(|&&byte| byte == b'\n').count() + 1
}
