//! The table of faults, `docs/faults.md`: whoever shows in a test what a fault does writes its row here.
//! Each row is a file of its own under `tests/snapshots/faults`, since each test is a process of its own;
//! `documents::the_table_of_faults_is_what_the_tests_saw` joins them.
//!
//! A row holds what the test has asserted, and times as the bounds that it has asserted: whatever the
//! machine, it is the same. `DESKBEAT_WRITE_SNAPSHOTS=1` writes it anew.

use std::fs;
use std::path::PathBuf;

/// The faults, and what is said of them, in the order of the table.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/faults")
}

/// True if snapshots are written rather than compared.
pub fn are_written() -> bool {
    std::env::var_os("DESKBEAT_WRITE_SNAPSHOTS").is_some()
}

/// A row under way.
#[must_use = "a row that is not recorded is not in the table"]
pub struct Row {
    name: &'static str,
    fault: &'static str,
    shown: Vec<String>,
    codes: Vec<&'static str>,
    recovered: Option<String>,
}

/// The row `name` (a file's, with the number of the fault's kind first) of a `fault`, in the words of
/// what the counterpart did.
pub fn row(name: &'static str, fault: &'static str) -> Row {
    Row { name, fault, shown: Vec::new(), codes: Vec::new(), recovered: None }
}

impl Row {
    /// What people were shown at worst, as they were shown it but for how long something lasts.
    pub fn shown(mut self, shown: &str) -> Self {
        let line = shown.trim().replace('|', "/").replace('\n', " ");
        let mut words: Vec<&str> = line.split(' ').collect();
        for at in 1..words.len() {
            let is_time = matches!(words[at], "s" | "min" | "h" | "s)" | "s.");
            let number = words[at - 1].trim_start_matches('(');
            if is_time && number.bytes().all(|byte| byte.is_ascii_digit()) {
                words[at - 1] = if number == words[at - 1] { "N" } else { "(N" };
            }
        }
        self.shown.push(words.join(" "));
        self
    }

    /// The log holds this code; `log` are its lines that do.
    #[track_caller]
    pub fn logged(mut self, code: &'static str, log: &[String]) -> Self {
        let has = log.iter().any(|line| line.contains(code));
        assert!(has, "{}: the log has no {code}: {log:?}", self.name);
        self.codes.push(code);
        self
    }

    /// It was well again after `took` seconds, which must be no more than `bound`.
    #[track_caller]
    pub fn within(mut self, bound: f64, took: f64) -> Self {
        assert!(took <= bound, "{}: {took} s, and not {bound}", self.name);
        self.recovered = Some(format!("≤ {bound} s"));
        self
    }

    /// When, or how, it was well again, where that is no matter of seconds.
    pub fn recovered(mut self, when: &str) -> Self {
        self.recovered = Some(when.into());
        self
    }

    /// The session lived on, or its workflow was told of its end in order.
    #[track_caller]
    pub fn kept(self) {
        self.record("no");
    }

    /// What became of the session, if it could not be kept.
    #[track_caller]
    pub fn lost(self, how: &str) {
        self.record(how);
    }

    #[track_caller]
    fn record(self, lost: &str) {
        let or_none = |text: String| if text.is_empty() { "–".to_owned() } else { text };
        let line = format!(
            "| {} | {} | {} | {} | {lost} |\n",
            self.fault,
            or_none(self.shown.join(" · ")),
            or_none(self.codes.join(", ")),
            or_none(self.recovered.unwrap_or_default()),
        );
        let path = folder().join(format!("{}.md", self.name));
        if are_written() {
            return fs::write(&path, line).unwrap();
        }
        let known = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            known, line,
            "{} is another row now; write it with DESKBEAT_WRITE_SNAPSHOTS=1",
            self.name
        );
    }
}
