//! Holds the languages' files to the source and to each other: no text lacks, none is too many, and each
//! has the same arguments. The setting knows each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use deskbeat::config::{KEYS, ValueKind};
use deskbeat::ui::language::Language;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

/// A text's name, and the arguments that it uses.
type Texts = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn of_language(source: &str) -> Texts {
    let resource = fluent_syntax::parser::parse(source).unwrap_or_else(|(_, errors)| {
        panic!("cannot be read: {errors:?}");
    });
    let mut texts = Texts::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else { continue };
        let mut used = BTreeSet::new();
        in_pattern(&message.value.expect(message.id.name), &mut used);
        assert!(
            texts.insert(message.id.name.to_owned(), used).is_none(),
            "{} twice",
            message.id.name
        );
    }
    texts
}

fn in_pattern(pattern: &Pattern<&str>, used: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { .. } => {}
            PatternElement::Placeable { expression: Expression::Inline(inline) } => {
                in_expression(inline, used);
            }
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                in_expression(selector, used);
                variants.iter().for_each(|variant| in_pattern(&variant.value, used));
            }
        }
    }
}

fn in_expression(expression: &InlineExpression<&str>, used: &mut BTreeSet<String>) {
    match expression {
        InlineExpression::VariableReference { id } => {
            used.insert(id.name.to_owned());
        }
        InlineExpression::FunctionReference { arguments, .. } => {
            arguments.positional.iter().for_each(|one| in_expression(one, used));
        }
        other => panic!("not used in our texts: {other:?}"),
    }
}

/// The texts that `src` says: `said!("id", name = …)` and `Label("id")`.
fn of_source() -> Texts {
    let mut files = Vec::new();
    collect(&root().join("src"), &mut files);
    let mut texts = Texts::new();
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        let is_code = |line: &&str| !line.trim_start().starts_with("//");
        let source = source.lines().filter(is_code).collect::<Vec<_>>().join("\n");
        for (at, _) in source.match_indices("said!(") {
            let call = source[at + "said!(".len()..].trim_start();
            // Not where the macro is made.
            let Some((id, rest)) = call.strip_prefix('"').and_then(|call| call.split_once('"'))
            else {
                continue;
            };
            let used = texts.entry(id.to_owned()).or_default();
            let names = argument_names(rest);
            assert!(used.is_empty() || *used == names, "{id} is said with other arguments");
            *used = names;
        }
        for (at, _) in source.match_indices("Label(\"") {
            let id = source[at + "Label(\"".len()..].split('"').next().unwrap();
            texts.entry(id.to_owned()).or_default();
        }
    }
    texts
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The names in `, name = value, …)`, up to the bracket that closes the call.
fn argument_names(rest: &str) -> BTreeSet<String> {
    let (mut depth, mut start, mut parts, mut quoted) = (0, 0, Vec::new(), false);
    for (at, letter) in rest.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => {
                parts.push(&rest[start..at]);
                break;
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&rest[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    let names = parts.iter().filter_map(|part| part.split_once(" = "));
    names.map(|(name, _)| name.trim().to_owned()).collect()
}

#[test]
fn every_text_that_is_said_is_in_english_with_its_arguments_and_no_other() {
    let english = std::fs::read_to_string(root().join("resources/languages/en.ftl")).unwrap();
    let (said, written) = (of_source(), of_language(&english));
    for (id, used) in &said {
        assert_eq!(written.get(id), Some(used), "{id}: the file, and what the source says");
    }
    let unsaid: Vec<_> = written.keys().filter(|id| !said.contains_key(*id)).collect();
    assert!(unsaid.is_empty(), "nobody says {unsaid:?}");
}

#[test]
fn every_language_has_the_texts_of_english_with_the_same_arguments() {
    let folder = root().join("resources/languages");
    let english = of_language(&std::fs::read_to_string(folder.join("en.ftl")).unwrap());
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let texts = of_language(&std::fs::read_to_string(&path).unwrap());
        for (id, used) in &english {
            assert_eq!(texts.get(id), Some(used), "{id} in {}", path.display());
        }
        let more: Vec<_> = texts.keys().filter(|id| !english.contains_key(*id)).collect();
        assert!(more.is_empty(), "{more:?} in {}", path.display());
    }
}

#[test]
fn the_setting_has_a_word_for_every_language_and_a_file_for_every_word() {
    let key = KEYS.iter().find(|key| key.name == "language").unwrap();
    let ValueKind::Choice(words) = key.kind else { panic!("no choice") };
    let tags: Vec<&str> = Language::ALL.into_iter().map(Language::tag).collect();
    assert_eq!(words.split_first(), Some((&"auto", tags.as_slice())));
    for tag in &tags {
        let file = root().join(format!("resources/languages/{tag}.ftl"));
        assert!(file.is_file(), "{}", file.display());
    }
    assert_eq!(std::fs::read_dir(root().join("resources/languages")).unwrap().count(), tags.len());
}
