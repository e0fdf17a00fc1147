//! The shells' completions: bash's is tried, the others are looked at for the same words.

use std::process::Command;

use clap_complete::{Shell, generate};

fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    generate(shell, &mut deskbeat::cli::command(), "deskbeat", &mut script);
    String::from_utf8(script).unwrap()
}

/// What bash offers after this line.
fn offered(line: &[&str]) -> Vec<String> {
    let (present, before) = (line[line.len() - 1], line[line.len() - 2]);
    let words: Vec<String> = line.iter().map(|word| format!("'{word}'")).collect();
    let asked = format!(
        "{}\nCOMP_WORDS=({}); COMP_CWORD={}; _deskbeat deskbeat '{present}' '{before}'; printf '%s\\n' \
         \"${{COMPREPLY[@]}}\"",
        script(Shell::Bash),
        words.join(" "),
        line.len() - 1
    );
    let output = Command::new("bash").args(["--norc", "-c", &asked]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn bash_offers_what_belongs_there() {
    assert_eq!(offered(&["deskbeat", "--after-end", ""]), ["none", "logoff", "shutdown"]);
    assert_eq!(offered(&["deskbeat", "status", "--log", ""]), ["text", "json"]);
    assert_eq!(offered(&["deskbeat", "--log-level", "d"]), ["debug"]);
    assert_eq!(offered(&["deskbeat", "config", "c"]), ["check"]);
    let stories = offered(&["deskbeat", "demo", "--scenario", ""]);
    assert!(stories.contains(&"network-cut".to_owned()), "{stories:?}");
}

#[test]
fn every_shell_knows_the_words_of_a_setting_and_of_a_verb() {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell] {
        let script = script(shell);
        for word in ["after-end", "prometheus", "extend"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        assert!(script(shell).contains("logoff"), "{shell}");
    }
}
