//! Holds ARCHITECTURE.md and the house's rules to the code: what imports what, where the core's one
//! object stands, where a platform may be chosen, and that a name means one thing.
//! Reads the source as text; what is a test's is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const ARCHITECTURE: &str = include_str!("../../ARCHITECTURE.md");

/// Where the sandbox, a platform's module or the Windows program is chosen; nowhere else.
const CFG_FILES: [&str; 14] = [
    "bin/deskbeatw.rs",
    "cli/mod.rs",
    "clock/mod.rs",
    "clock/system/mod.rs",
    "config/mod.rs",
    "control/mod.rs",
    "desktop/mod.rs",
    "desktop/tray.rs",
    "health/probe/mod.rs",
    "lib.rs",
    "log/mod.rs",
    "os/mod.rs",
    "startup/script/mod.rs",
    "store/mod.rs",
];

/// A source file without its tests.
struct Source {
    /// From `src/`, with `/`.
    path: String,
    text: String,
}

/// Every file and folder.
fn places(under: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(under).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            places(&path, found);
        }
        found.push(path);
    }
}

/// Every file of the program that is no test.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    places(&root, &mut found);
    found.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    found.sort();
    let named = found.iter().map(|file| {
        let path = file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        (path, fs::read_to_string(file).unwrap())
    });
    named
        .filter(|(path, _)| !path.contains("/tests/") && !path.ends_with("/tests.rs"))
        .map(|(path, text)| Source { path, text: program(&text) })
        .collect()
}

/// `text` without comments and without the tests, which stand last in a file.
fn program(text: &str) -> String {
    let tests = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..tests]
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The modules of ours, one level below `prefix`, that `text` names, as `crate::…`.
fn named_below(prefix: &str, text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in text.match_indices(prefix) {
        let rest = &text[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(heads(group)),
            None => names.extend(word(rest)),
        }
    }
    names
}

/// The first word of each item of a group that is open.
fn heads(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut heads) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                heads.extend(word(group[start..at].trim_start()));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    heads
}

fn word(text: &str) -> Option<String> {
    let word: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!word.is_empty()).then_some(word)
}

fn module(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap()
}

/// The words in backticks of the cells of the table under `heading`, row by row.
fn table(heading: &str) -> BTreeMap<String, BTreeSet<String>> {
    let part = ARCHITECTURE.split(heading).nth(1).expect(heading);
    let rows = part.lines().skip_while(|line| !line.starts_with("| `"));
    rows.take_while(|line| line.starts_with("| `"))
        .map(|row| {
            let mut cells = row.trim_matches('|').split('|');
            let ticked = |cell: &str| -> BTreeSet<String> {
                cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
            };
            let name = ticked(cells.next().unwrap()).pop_first().unwrap();
            (name, ticked(cells.next().unwrap()))
        })
        .collect()
}

#[test]
fn the_picture_of_imports_is_the_codes() {
    let mut real: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Source { path, text } in sources() {
        if !path.contains('/') || path.starts_with("bin/") {
            continue;
        }
        let mut imports = named_below("crate::", &text);
        imports.remove(module(&path));
        real.entry(module(&path).to_owned()).or_default().extend(imports);
    }
    let told = table("What imports what");
    let row = |(module, imports): (&String, &BTreeSet<String>)| {
        let imports: Vec<_> = imports.iter().map(|import| format!("`{import}`")).collect();
        format!("| `{module}` | {} |", imports.join(", "))
    };
    let wrong = real.iter().filter(|(module, _)| told.get(*module) != real.get(*module));
    let wrong: Vec<_> = wrong.map(row).collect();
    assert!(
        wrong.is_empty(),
        "ARCHITECTURE.md, \"What imports what\", is not what the code does; these rows would be:\n{}",
        wrong.join("\n")
    );
    assert_eq!(told.len(), real.len(), "the table has a row for what is no module: {told:?}");
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let circle = circle(&table("What imports what"));
    assert!(circle.is_empty(), "these import each other: {circle:#?}");
}

/// Who imports each other in a circle, and what of that circle each of them imports.
fn circle<T: Ord + Clone>(imports: &BTreeMap<T, BTreeSet<T>>) -> BTreeMap<T, BTreeSet<T>> {
    // What imports nothing that is left, or is imported by nothing that is, is in no circle.
    let mut left: BTreeSet<T> = imports.keys().cloned().collect();
    loop {
        let before = left.clone();
        left.retain(|one| !imports[one].is_disjoint(&before));
        let imported: BTreeSet<_> = left.iter().flat_map(|one| &imports[one]).cloned().collect();
        left.retain(|one| imported.contains(one));
        if left == before {
            break;
        }
    }
    left.iter().map(|one| (one.clone(), &imports[one] & &left)).collect()
}

/// Whether `name`, in which `*` is a part of a name, is the end of this place's; with a `/` at its end it
/// is a folder's.
fn ends_so(place: &Path, name: &str) -> bool {
    let fits = |(part, name): (&str, &str)| match part.split_once('*') {
        Some((before, after)) => name.starts_with(before) && name.ends_with(after),
        None => part == name,
    };
    let parts = name.trim_end_matches('/').rsplit('/');
    let names = place.iter().rev().map(|name| name.to_str().unwrap());
    parts.zip(names).all(fits) && (!name.ends_with('/') || place.is_dir())
}

#[test]
fn documents_name_files_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut there = Vec::new();
    for top in ["src", "resources", "tests", "installer", "docs", "cloud"] {
        places(&root.join(top), &mut there);
    }
    // A file's name or a path; a call of the bus, an address or a folder of the system is none.
    let is_name = |word: &&str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-*/".contains(c);
        let is_path = word.contains('/') && !word.starts_with(['/', '.']);
        word.chars().all(plain) && (word.ends_with(".rs") || is_path)
    };
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(root.join(document)).unwrap();
        let names: Vec<_> = text.split('`').skip(1).step_by(2).filter(is_name).collect();
        assert!(names.len() > 25, "{document}: {names:?}");
        let is_there =
            |name: &&str| there.iter().any(|place| ends_so(place, &name.replace("TAG", "*")));
        let missing: Vec<_> = names.into_iter().filter(|name| !is_there(name)).collect();
        assert!(missing.is_empty(), "{document} names what is not there: {missing:?}");
    }
}

#[test]
fn the_core_is_pure() {
    for Source { path, text } in sources().iter().filter(|source| module(&source.path) == "session")
    {
        for foreign in ["tokio", "aws_", "async ", "std::net", "std::fs", "SystemTime", "Instant"] {
            assert!(!text.contains(foreign), "src/{path} has {foreign:?}: the core is pure");
        }
    }
}

#[test]
fn the_core_has_one_object_in_one_file() {
    // Not that of a type whose name only begins so.
    let ends_there = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    for Source { path, text } in sources() {
        let count = text.split("impl Session").skip(1).filter(|rest| ends_there(rest)).count();
        let expected = usize::from(path == "session/mod.rs");
        assert_eq!(count, expected, "src/{path}: so many impl Session");
    }
}

#[test]
fn a_part_of_the_core_knows_no_sibling() {
    // Everybody may use what goes in and out, the contract, the words and the rule for waits.
    const FREE: [&str; 4] = ["interface", "contract", "words", "backoff"];
    let mut real: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Source { path, text } in sources() {
        let Some(inside) = path.strip_prefix("session/").filter(|path| *path != "mod.rs") else {
            continue;
        };
        let part = module(inside);
        let imports = named_below("crate::session::", &text)
            .into_iter()
            .filter(|import| import != part && !FREE.contains(&import.as_str()));
        real.entry(part.to_owned()).or_default().extend(imports);
    }
    let told = table("Inside the core");
    for (part, imports) in real.iter().filter(|(part, _)| !FREE[..2].contains(&part.as_str())) {
        let none = BTreeSet::new();
        assert_eq!(
            imports,
            told.get(part).unwrap_or(&none),
            "src/session/{part} imports this; ARCHITECTURE.md, \"Inside the core\", says otherwise"
        );
    }
}

#[test]
fn a_module_is_where_its_name_says() {
    for Source { path, text } in sources() {
        assert!(!text.contains("#[path"), "src/{path} has a #[path]");
    }
}

#[test]
fn a_platform_is_chosen_in_few_places() {
    let mut used = BTreeSet::new();
    for Source { path, text } in sources() {
        let text = text.replace("cfg(test)", "").replace("cfg!(test)", "");
        if text.contains("cfg(") || text.contains("cfg!(") || text.contains("cfg_attr(") {
            let known = CFG_FILES.contains(&path.as_str());
            assert!(
                known,
                "src/{path} has a cfg; choose where a module is chosen, or say why here"
            );
            used.insert(path);
        }
    }
    assert!(used.len() > 5, "{used:?}");
}

#[test]
fn a_log_code_is_spelled_in_one_place() {
    for Source { path, text } in sources() {
        // On Windows the event id is made of the code.
        let text = text.replace("strip_prefix(\"DB-\")", "");
        let home = path == "session/words/codes.rs";
        assert!(home || !text.contains("\"DB-"), "src/{path} spells a log code; use words::codes");
    }
}

/// `println!` and its like panic where the reader has gone: `os::terminal` and `cli::terminal` do not.
#[test]
fn nothing_is_printed_that_needs_a_reader() {
    for Source { path, text } in sources().iter().filter(|source| module(&source.path) != "bin") {
        for panics in ["println!(", "eprint!(", " print!("] {
            assert!(!text.contains(panics), "{panics} in {path}");
        }
    }
}

#[test]
fn an_error_has_a_type() {
    let told_as_text: Vec<_> = sources()
        .iter()
        .flat_map(|Source { path, text }| {
            let lines = text.lines().filter(|line| line.contains("Result<"));
            lines
                .filter(|line| line.contains(", String>"))
                .map(move |line| format!("{path}: {line}"))
        })
        .collect();
    assert!(told_as_text.is_empty(), "an error that only a reader understands: {told_as_text:#?}");
}

const TYPES: [&str; 5] = ["struct ", "enum ", "trait ", "type ", "union "];
const ITEMS: [&str; 10] = [
    "struct ",
    "enum ",
    "trait ",
    "type ",
    "union ",
    "const fn ",
    "async fn ",
    "fn ",
    "const ",
    "static ",
];

/// The names that `text` defines as one of `kinds`, at the left margin.
fn defined(text: &str, kinds: &[&str]) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.starts_with(' '));
    lines
        .filter_map(|line| {
            let line = line.strip_prefix("pub").map_or(line, |rest| {
                rest.strip_prefix('(').map_or(rest, |rest| &rest[rest.find(')').unwrap() + 1..])
            });
            let line = line.trim_start();
            kinds.iter().find_map(|kind| line.strip_prefix(kind)).and_then(word)
        })
        .collect()
}

/// Two files that offer the same items, one of them for each system, have one name here.
fn platforms_alike(path: &str) -> String {
    ["linux", "windows", "unix"].iter().fold(path.to_owned(), |path, system| {
        path.replace(&format!("/{system}."), "/system.").replace(&format!("/{system}/"), "/system/")
    })
}

#[test]
fn a_type_name_means_one_thing() {
    let mut homes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Source { path, text } in sources() {
        for name in defined(&text, &TYPES) {
            homes.entry(name).or_default().insert(platforms_alike(&path));
        }
    }
    let double: Vec<_> = homes.iter().filter(|(_, homes)| homes.len() > 1).collect();
    assert!(double.is_empty(), "defined twice, so nobody can search for them: {double:#?}");
}

/// The paths that the `use` items of `text` name, from the crate's root, for a file that is `module`.
fn used_paths(module: &[&str], text: &str) -> Vec<Vec<String>> {
    let items = text.split("use ").skip(1).filter_map(|rest| rest.split_once(';'));
    let mut leaves = Vec::new();
    for (item, _) in items {
        leaves_of("", &item.split_whitespace().collect::<String>(), &mut leaves);
    }
    let paths = leaves.iter().filter_map(|leaf| {
        let mut names = leaf.split("::").peekable();
        let mut path = match *names.peek()? {
            "crate" => Vec::new(),
            "super" | "self" => module.to_vec(),
            _ => return None,
        };
        while let Some(name) = names.next_if(|name| ["crate", "super", "self"].contains(name)) {
            if name == "super" {
                path.pop();
            }
        }
        path.extend(names);
        Some(path.into_iter().map(str::to_owned).collect())
    });
    paths.collect()
}

/// `a::{b,c::{d}}` as `a::b` and `a::c::d`.
fn leaves_of(before: &str, item: &str, leaves: &mut Vec<String>) {
    let Some((head, group)) = item.split_once('{') else {
        leaves.push(format!("{before}{item}"));
        return;
    };
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                if start < at {
                    leaves_of(&format!("{before}{head}"), &group[start..at], leaves);
                }
                start = at + 1;
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
}

/// A folder's face (`mod.rs`) is no file here: what it hands on stands in one of the others.
#[test]
fn no_files_import_each_other_in_a_circle() {
    let sources = sources();
    // Each file, as a place in the tree, with the names that it defines.
    let files: BTreeMap<&str, Vec<String>> = sources
        .iter()
        .filter(|source| !source.path.ends_with("mod.rs"))
        .map(|source| (source.path.trim_end_matches(".rs"), defined(&source.text, &ITEMS)))
        .collect();
    let is_below = |file: &str, place: &str| {
        file.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut imports: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in &sources {
        let place = source.path.trim_end_matches(".rs").trim_end_matches("/mod");
        let module: Vec<_> = place.split('/').collect();
        for path in used_paths(&module, &source.text) {
            // The deepest file or folder on the path, and what is named in it.
            let on_the_way =
                (1..path.len()).rev().map(|depth| (path[..depth].join("/"), &path[depth]));
            let known = on_the_way
                .into_iter()
                .find(|(way, _)| files.keys().any(|file| is_below(file, way)));
            let Some((way, name)) = known else { continue };
            let named = |(file, names): &(&&str, &Vec<String>)| {
                is_below(file, &way) && (names.contains(name) || **file == format!("{way}/{name}"))
            };
            let homes =
                files.iter().filter(named).map(|(file, _)| *file).filter(|file| *file != place);
            imports.entry(place).or_default().extend(homes);
        }
    }
    assert!(imports.values().map(BTreeSet::len).sum::<usize>() > 300, "imports are not read");
    let circle = circle(&imports);
    assert!(circle.is_empty(), "these import each other: {circle:#?}");
}

/// Whoever changes code in which a bug is planted learns of it here, not from the release's stage.
#[test]
fn every_planted_bug_has_its_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bugs = fs::read_to_string(root.join("tests/bites/bugs.toml")).unwrap();
    let bugs: toml::Table = bugs.parse().unwrap();
    for bug in bugs["bug"].as_array().unwrap() {
        let text = |name: &str| bug.get(name).map(|text| text.as_str().unwrap());
        let place = text("within").or(text("old")).unwrap();
        let source = fs::read_to_string(root.join(text("file").unwrap())).unwrap_or_default();
        assert_eq!(source.matches(place).count(), 1, "tests/bites/bugs.toml: {bug:?}");
    }
}
