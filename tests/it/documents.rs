//! Holds the documents to the program: a table that misses a row, or has one too many, fails here.

use std::collections::BTreeSet;
use std::path::Path;

use deskbeat::cli::Exit;
use deskbeat::cli::prometheus::METRICS;
use deskbeat::config::{Config, document};
use deskbeat::session::contract::message::{Message, MessageKind};
use deskbeat::session::words::codes::Code;
use deskbeat::session::{State, View};
use serde_json::{Map, Value};

use crate::faults;

/// Everything that users read. A heading is in one of them only.
const DOCUMENTS: &str = concat!(
    include_str!("../../README.md"),
    include_str!("../../docs/administrators.md"),
    include_str!("../../docs/engineers.md"),
    include_str!("../../docs/monitoring.md"),
    include_str!("../../docs/reference.md"),
    include_str!("../../docs/troubleshooting.md"),
);
const WORKFLOW: &str = include_str!("../../resources/example-state-machine.asl.json");
const OUTPUT: &str = include_str!("../../resources/output.schema.json");

/// The documents' lines under `heading` (with its `#`s), up to the next heading of its rank or above.
fn section(heading: &str) -> Vec<&'static str> {
    let rank = |line: &str| line.chars().take_while(|c| *c == '#').count();
    let mut lines = DOCUMENTS.lines().skip_while(|line| *line != heading);
    assert!(lines.next().is_some(), "no document has the heading {heading:?}");
    let mut in_code = false;
    lines
        .take_while(|line| {
            in_code ^= line.starts_with("```");
            in_code || rank(line) == 0 || rank(line) > rank(heading)
        })
        .collect()
}

/// The first column of every table under `heading`, but for the heads.
fn first_column(heading: &str) -> Vec<&'static str> {
    let rows = section(heading).into_iter().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" |").next());
    cells.map(str::trim).collect()
}

/// The blocks fenced as JSON under `heading`.
fn json_blocks(heading: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut inside = false;
    for line in section(heading) {
        match line {
            "```json" => {
                blocks.push(String::new());
                inside = true;
            }
            "```" => inside = false,
            line if inside => blocks.last_mut().unwrap().extend([line, "\n"]),
            _ => {}
        }
    }
    blocks
}

fn names(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_table_of_faults_is_what_the_tests_saw() {
    let mut rows: Vec<_> =
        std::fs::read_dir(faults::folder()).unwrap().map(|row| row.unwrap().path()).collect();
    rows.sort();
    let mut table = String::from(
        "# What happens when something goes wrong\n\n\
         Made from the test run: each row is written by the test that shows it, and holds what that test \
         asserts. Times\nare the bounds that hold on any machine; N is a time that differs. \"Lost\" says whether a \
         session was lost to the fault.\n\
         What is Windows' own (pipes, mutexes, rights of folders) the stages `wine` and `msi` of `tests/run` \
         show.\n\
         `DESKBEAT_WRITE_SNAPSHOTS=1 cargo nextest run` writes the rows anew, and once more this file.\n",
    );
    let mut kinds = BTreeSet::new();
    for path in &rows {
        let name = path.file_name().unwrap().to_str().unwrap();
        let kind: usize = name[..2].parse().unwrap();
        if kinds.insert(kind) {
            let (_, heading) = KINDS.iter().find(|(number, _)| *number == kind).unwrap();
            table += &format!(
                "\n## {heading}\n\n| Fault | Shown at worst | Log | Recovered | Lost |\n|---|---|---|---|---|\n"
            );
        }
        table += &std::fs::read_to_string(path).unwrap();
    }
    let missing: Vec<_> = KINDS.iter().filter(|(number, _)| !kinds.contains(number)).collect();
    assert!(missing.is_empty(), "no test shows {missing:?}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    if faults::are_written() {
        return std::fs::write(path, table).unwrap();
    }
    let known = std::fs::read_to_string(path).unwrap();
    assert!(known == table, "docs/faults.md is old; write it with DESKBEAT_WRITE_SNAPSHOTS=1");
}

/// The kinds of faults, each shown by a test at least; the numbers begin the names of the rows.
const KINDS: [(usize, &str); 22] = [
    (1, "Connections that go silent"),
    (2, "A clock that is wrong"),
    (3, "Throttling"),
    (4, "Regions"),
    (5, "What stands between this computer and AWS"),
    (6, "Forms of a message"),
    (7, "What is no message"),
    (8, "A second token"),
    (9, "Messages that come back"),
    (10, "Ids, ranges, FIFO"),
    (11, "Secrets in others' words"),
    (12, "Control characters"),
    (13, "Memory"),
    (14, "Answers without an end"),
    (15, "Names without an end"),
    (16, "Callers without an end"),
    (17, "Folders that vanish"),
    (18, "Folders of others' making"),
    (19, "Files that are none, stray signals"),
    (21, "A start-up that fails: deskbeat fail"),
    (22, "A start-up that fails: deskbeat startup"),
    (23, "What a session needs beside the agent"),
];

#[test]
fn every_exit_code_is_in_its_table_and_no_other() {
    let told: Vec<&str> = first_column("## Exit codes").into_iter().skip(1).collect();
    let real: Vec<String> = Exit::ALL.iter().map(|exit| (*exit as u8).to_string()).collect();
    assert_eq!(told, real);
}

#[test]
fn every_log_code_is_in_its_table_and_no_other() {
    let told: BTreeSet<&str> = first_column("## Log codes").into_iter().skip(1).collect();
    let real: BTreeSet<&str> = Code::ALL.iter().map(|code| code.id()).collect();
    assert_eq!(told, real);
}

#[test]
fn the_table_of_settings_is_what_the_settings_make() {
    let table = DOCUMENTS
        .split_once("<!-- settings -->\n")
        .and_then(|(_, rest)| rest.split_once("<!-- end of settings -->"))
        .map(|(table, _)| table);
    assert!(
        table == Some(document::markdown().as_str()),
        "the table is old; write it with: cargo run --example manual -- --sources"
    );
}

#[test]
fn every_state_is_explained() {
    let table = section("## What you see").join("\n");
    for state in State::ALL {
        let name = serde_json::to_value(state).unwrap();
        let cell = format!("| `{}` |", name.as_str().unwrap());
        assert!(table.contains(&cell), "no document has cell {cell}");
    }
}

#[test]
fn every_field_of_the_status_is_explained_and_no_other() {
    let view = serde_json::to_value(View::without_session("".into())).unwrap();
    let cells = first_column("## `status --json`").into_iter().skip(1);
    let told: BTreeSet<String> = cells
        .flat_map(|cell| cell.split(", "))
        .map(|name| name.trim_matches('`').to_owned())
        .collect();
    // Absent where the text is others' words.
    let as_data = ["sentenceSaid", "unhealthySaid", "extendRefusalSaid"].map(str::to_owned);
    assert_eq!(told, names(&view).into_iter().chain(as_data).collect());
}

#[test]
fn the_example_messages_keep_to_the_contract() {
    let kinds: Vec<&str> = json_blocks("## Message contract")
        .iter()
        .map(|body| match Message::read(body).unwrap_or_else(|why| panic!("{why}: {body}")).kind {
            MessageKind::Start(_) => "start",
            MessageKind::Ready(_) => "ready",
            MessageKind::End(_) => "end",
            MessageKind::Notice(_) => "notice",
        })
        .collect();
    assert_eq!(kinds, ["start", "ready", "end", "notice"]);
}

#[test]
fn the_example_start_names_every_field_it_may_have() {
    let start: Value = serde_json::from_str(&json_blocks("## Message contract")[0]).unwrap();
    let rows = section("## Message contract")
        .into_iter()
        .skip_while(|line| !line.starts_with("| Field |"))
        .take_while(|line| !line.is_empty());
    let of_start = rows.skip(2).filter(|row| row.contains("| all |") || row.contains("`start`"));
    let told: BTreeSet<String> =
        of_start.filter_map(|row| Some(row.split('`').nth(1)?.to_owned())).collect();
    assert_eq!(told, names(&start));
}

#[test]
fn the_example_output_is_the_schema_s() {
    let blocks = json_blocks("## Output");
    let [output] = blocks.as_slice() else { panic!("{} outputs", blocks.len()) };
    let output: Value = serde_json::from_str(output).unwrap();
    let schema: Value = serde_json::from_str(OUTPUT).unwrap();
    assert_eq!(names(&output), names(&schema["properties"]));
    for field in ["outcome", "reason"] {
        let allowed = schema["properties"][field]["enum"].as_array().unwrap();
        assert!(allowed.contains(&output[field]), "{field}");
    }
}

#[test]
fn the_policy_is_json() {
    let blocks = json_blocks("## IAM policy");
    let [policy] = blocks.as_slice() else { panic!("{} policies", blocks.len()) };
    let policy: Value = serde_json::from_str(policy).unwrap();
    let text = policy.to_string();
    for right in [
        "states:SendTaskHeartbeat",
        "states:SendTaskSuccess",
        "states:SendTaskFailure",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueUrl",
    ] {
        assert!(text.contains(right), "{right}");
    }
}

fn states() -> Map<String, Value> {
    let workflow: Value = serde_json::from_str(WORKFLOW).unwrap();
    workflow["States"].as_object().unwrap().clone()
}

#[test]
fn the_example_workflow_goes_only_where_a_state_is() {
    fn targets<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(target) if name == "Next" || name == "Default" => {
                            found.push(target);
                        }
                        other => targets(other, found),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| targets(value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let states = states();
    let all = Value::Object(states.clone());
    let mut found = Vec::new();
    targets(&all, &mut found);
    assert!(found.len() > 10, "{found:?}");
    for target in found {
        assert!(states.contains_key(target), "no state {target}");
    }
}

#[test]
fn the_example_workflow_s_messages_keep_to_the_contract_and_its_timers_agree() {
    let states = states();
    let mut bodies = Vec::new();
    for state in states.values() {
        let body = &state["Parameters"]["MessageBody"];
        let Some(fields) = body.as_object() else { continue };
        let filled: Map<String, Value> = fields
            .iter()
            .map(|(name, value)| match name.strip_suffix(".$") {
                // What Step Functions puts in.
                Some("startedAt") => ("startedAt".into(), "2026-11-24T09:00:00.000Z".into()),
                Some(name) => (name.to_owned(), "filled-in".into()),
                None => (name.clone(), value.clone()),
            })
            .collect();
        bodies.push(Message::read(&Value::Object(filled).to_string()).unwrap());
    }
    assert_eq!(bodies.len(), 2, "a ready and a start");
    let session = &states["Session"];
    let body = &session["Parameters"]["MessageBody"];
    assert_eq!(session["HeartbeatSeconds"], body["heartbeatSeconds"]);
    assert_eq!(session["TimeoutSeconds"], body["timeoutSeconds"]);
}

#[test]
fn the_example_workflow_catches_a_missed_beat_before_any_other_timeout() {
    let states = states();
    let caught: Vec<&str> = states["Session"]["Catch"]
        .as_array()
        .unwrap()
        .iter()
        .map(|catch| catch["ErrorEquals"][0].as_str().unwrap())
        .collect();
    assert_eq!(caught, ["States.HeartbeatTimeout", "States.Timeout", "States.ALL"]);
}

#[test]
fn the_readme_is_short() {
    let readme = include_str!("../../README.md");
    assert!(readme.lines().count() <= 200, "what is not for a newcomer belongs under docs/");
}

#[test]
fn every_number_for_prometheus_is_explained_and_no_other() {
    let told: Vec<&str> = first_column("## Numbers for Prometheus").into_iter().skip(1).collect();
    let real: Vec<String> = METRICS.iter().map(|metric| format!("`{}`", metric.name)).collect();
    assert_eq!(told, real);
}

#[test]
fn the_configurations_of_the_cloudwatch_agent_read_the_log() {
    for (configuration, place) in [
        (include_str!("../../docs/recipes/cloudwatch/linux.json"), "/.local/state/deskbeat/log/"),
        (
            include_str!("../../docs/recipes/cloudwatch/windows.json"),
            r"\AppData\Local\Deskbeat\log\",
        ),
    ] {
        let files: Value = serde_json::from_str(configuration).unwrap();
        let collected = &files["logs"]["logs_collected"]["files"]["collect_list"][0];
        let path = collected["file_path"].as_str().unwrap();
        assert!(path.ends_with(&format!("{place}deskbeat.log")), "{path}");
    }
}

/// What `deskbeat config check` says to these settings.
fn check_settings(settings: &Path) -> Result<(), String> {
    let home = ["HOME", "LOCALAPPDATA"].map(|name| (name.into(), std::env::temp_dir().into()));
    Config::of_file(home, settings).map(drop).map_err(|error| error.to_string())
}

#[test]
fn the_settings_of_the_recipes_are_right() {
    let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/recipes");
    let files = std::fs::read_dir(recipes.join("settings")).unwrap();
    let files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 2, "{files:?}");
    for file in files {
        assert_eq!(check_settings(&file), Ok(()), "{}", file.display());
    }
    // Those in the user data stand indented under `content: |`.
    let data = std::fs::read_to_string(recipes.join("user-data/linux.yaml")).unwrap();
    let (_, settings) = data.split_once("content: |\n").unwrap();
    let lines = settings.lines().map_while(|line| line.strip_prefix("      "));
    let text = lines.collect::<Vec<_>>().join("\n");
    assert!(text.contains("after_end"), "{text}");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, text).unwrap();
    assert_eq!(check_settings(file.path()), Ok(()));
}

/// The headings of a document, as links name them.
fn anchors(text: &str) -> BTreeSet<String> {
    let anchor = |heading: &str| -> String {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    text.lines().filter(|line| line.starts_with('#')).map(anchor).collect()
}

#[test]
fn every_link_to_a_heading_or_a_file_leads_somewhere() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "cloud/README.md"]
        .map(|name| root.join(name));
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let is_text = |path: &std::path::PathBuf| path.extension().is_some_and(|kind| kind == "md");
    let all: Vec<_> = own.into_iter().chain(docs.filter(is_text)).collect();
    assert!(all.len() > 9, "{all:?}");
    for path in all {
        let text = std::fs::read_to_string(&path).unwrap();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap();
            if target.starts_with("https://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { path.clone() } else { path.with_file_name(file) };
            assert!(file.exists(), "{}: {target}", path.display());
            if !heading.is_empty() {
                let headings = anchors(&std::fs::read_to_string(&file).unwrap());
                assert!(headings.contains(heading), "{}: {target}", path.display());
            }
        }
    }
}

/// Every file under `folder` that a test may stand in, as text.
fn sources(folder: &Path, found: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "py") {
            *found += &std::fs::read_to_string(&path).unwrap();
        }
    }
}

#[test]
fn every_promise_of_security_names_a_test_that_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut source = String::new();
    sources(&root.join("src"), &mut source);
    sources(&root.join("tests"), &mut source);
    let runner = std::fs::read_to_string(root.join("tests/run")).unwrap();
    let page = include_str!("../../docs/security.md");
    let tables = page.split("| Promise | Held by |\n|---|---|\n").skip(1);
    let rows: Vec<&str> =
        tables.flat_map(|table| table.lines().take_while(|line| line.starts_with("| "))).collect();
    assert!(rows.len() > 35, "{} promises", rows.len());
    for row in rows {
        let held_by = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        assert!(held_by.contains('`'), "nothing holds {row}");
        for part in held_by.split(", ") {
            let name = part.split('`').nth(1).unwrap();
            let is_there = if part.starts_with("stage ") {
                runner.contains(&format!("\nstage_{name}() "))
            } else {
                // The last is a case of a macro that makes a test a line.
                [format!("fn {name}("), format!("\ndef {name}("), format!("\n    {name}: ")]
                    .iter()
                    .any(|home| source.contains(home))
            };
            assert!(is_there, "there is no {part}, which is to hold: {row}");
        }
    }
}
