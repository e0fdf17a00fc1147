//! What the verbs show on terminals of several sizes and kinds: `script` makes the terminal, `stty`
//! sizes it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use deskbeat::sandbox::TaskState;

use super::computer::{Computer, play};

/// The verb on a terminal of its own, whose name is the first line that comes.
fn on_terminal(computer: &Computer, arguments: &str, columns: usize, rows: usize) -> Command {
    let plain = computer.command(&[]);
    let line = format!(
        "stty cols {columns} rows {rows}; tty; exec {} {arguments}",
        plain.get_program().to_str().unwrap()
    );
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("TERM", "xterm-256color").env("SHELL", "/bin/sh");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    command
}

/// All that it showed.
async fn shown(mut command: Command) -> String {
    let run = move || {
        let mut child = command.spawn().unwrap();
        // Open until the end: `script` takes the end of its input for a hang-up.
        let _input = child.stdin.take();
        let mut all = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut all).unwrap();
        child.wait().unwrap();
        String::from_utf8(all).unwrap()
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// The widest row that this output makes, in columns: what a terminal's cursor does.
fn widest(output: &str) -> usize {
    let (mut column, mut widest) = (0, 0);
    let mut characters = output.chars();
    while let Some(character) = characters.next() {
        match character {
            '\r' | '\n' => column = 0,
            // A sequence ends with its letter.
            '\x1b' => {
                let letter = characters.find(char::is_ascii_alphabetic);
                if letter == Some('H') {
                    column = 0;
                }
            }
            _ => {
                column += 1;
                widest = widest.max(column);
            }
        }
    }
    widest
}

#[test]
fn the_demo_fits_every_terminal() {
    for (columns, rows) in [(24, 6), (40, 10), (80, 24), (132, 43)] {
        play(async |computer| {
            let arguments = "demo --scenario network-cut --speed 40";
            let output = shown(on_terminal(computer, arguments, columns, rows)).await;
            assert!(output.contains("Everything held."), "{output}");
            assert!(output.contains('━') && output.contains(" %"), "no bar: {output}");
            // The first line is the terminal's name, not ours.
            let ours = output.split_once('\n').unwrap().1;
            assert!(widest(ours) < columns, "{} of {columns}: {ours}", widest(ours));
        });
    }
}

#[test]
fn the_demo_is_drawn_again_when_its_terminal_gets_smaller() {
    play(async |computer| {
        let mut command = on_terminal(computer, "demo --scenario network-cut --speed 6", 100, 30);
        let run = move || {
            let mut child = command.spawn().unwrap();
            let _input = child.stdin.take();
            let mut output = BufReader::new(child.stdout.take().unwrap());
            let mut terminal = String::new();
            output.read_line(&mut terminal).unwrap();
            let mut seen = Vec::new();
            output.read_until(b'%', &mut seen).unwrap();
            let sized = Command::new("stty")
                .args(["-F", terminal.trim(), "cols", "40", "rows", "12"])
                .status();
            assert!(sized.unwrap().success());
            let mut rest = Vec::new();
            output.read_to_end(&mut rest).unwrap();
            child.wait().unwrap();
            String::from_utf8(rest).unwrap()
        };
        let rest = tokio::task::spawn_blocking(run).await.unwrap();
        let (_, after) = rest.split_once("\x1b[H\x1b[2J").expect("drawn again");
        assert!(after.contains("Everything held."), "{after}");
        assert!(widest(after) < 40, "{}: {after}", widest(after));
    });
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    play(async |computer| {
        for arguments in ["doctor", "demo --scenario network-cut --speed 0"] {
            let coloured = |output: &str| output.contains("\x1b[32m");
            let on = |variables: &[(&str, &str)]| {
                let mut command = on_terminal(computer, arguments, 80, 24);
                command.envs(variables.iter().copied());
                shown(command)
            };
            assert!(coloured(&on(&[]).await), "{arguments}");
            assert!(!coloured(&on(&[("NO_COLOR", "1")]).await), "{arguments}");
            let dumb = on(&[("TERM", "dumb")]).await;
            assert!(!dumb.contains('\x1b'), "{arguments}: {dumb}");
            // On a pipe.
            let words: Vec<&str> = arguments.split(' ').collect();
            let piped = computer.ends_with(0, &words).await;
            assert!(!piped.contains('\x1b'), "{arguments}: {piped}");
            let mut forced = computer.command(&words);
            forced.env("CLICOLOR_FORCE", "1").stdout(Stdio::piped());
            assert!(coloured(&shown(forced).await), "{arguments}");
        }
    });
}

#[test]
fn the_question_tells_what_would_end_and_no_is_the_answer_of_whoever_only_presses_enter() {
    for (answer, is_over) in [("\n", false), ("n\n", false), ("yes\n", true)] {
        play(async |computer| {
            let task = computer.active().await;
            let mut command = on_terminal(computer, "end", 80, 24);
            let run = move || {
                let mut child = command.spawn().unwrap();
                let mut input = child.stdin.take().unwrap();
                let mut output = BufReader::new(child.stdout.take().unwrap());
                let mut question = Vec::new();
                output.read_until(b'?', &mut question).unwrap();
                input.write_all(answer.as_bytes()).unwrap();
                output.read_to_end(&mut question).unwrap();
                child.wait().unwrap();
                String::from_utf8(question).unwrap()
            };
            let said = tokio::task::spawn_blocking(run).await.unwrap();
            assert!(said.contains("Your session has 7 h 59 min left, until"), "{said}");
            let state = computer.sandbox.task(task).state;
            assert_eq!(!matches!(state, TaskState::Waiting), is_over, "{answer:?}: {said}");
        });
    }
}

#[test]
fn the_status_that_is_watched_fits_every_terminal_and_keeps_its_first_line() {
    for (columns, rows) in [(80, 24), (30, 5)] {
        play(async |computer| {
            computer.active().await;
            let mut command = on_terminal(computer, "status --watch", columns, rows);
            let run = move || {
                let mut child = command.spawn().unwrap();
                let _input = child.stdin.take();
                let mut output = BufReader::new(child.stdout.take().unwrap());
                // Two pictures and the beginning of the third.
                let mut seen = Vec::new();
                while String::from_utf8_lossy(&seen).matches("\x1b[H\x1b[2J").count() < 3 {
                    output.read_until(b'J', &mut seen).unwrap();
                }
                child.kill().unwrap();
                child.wait().unwrap();
                String::from_utf8(seen).unwrap()
            };
            let seen = tokio::task::spawn_blocking(run).await.unwrap();
            let picture = seen.split("\x1b[H\x1b[2J").nth(1).unwrap();
            assert!(picture.starts_with("Your session is active."), "{picture}");
            assert!(picture.lines().count() < rows, "{picture}");
            assert!(widest(picture) <= columns, "{} of {columns}: {picture}", widest(picture));
        });
    }
}

#[test]
fn help_and_doctor_break_their_lines_between_words() {
    for arguments in ["--help", "status --help", "doctor"] {
        play(async |computer| {
            let output = shown(on_terminal(computer, arguments, 80, 24)).await;
            let ours = output.split_once('\n').unwrap().1;
            // A word that is longer than its place, such as the queue's URL, stays whole.
            let lines = ours.lines().filter(|line| !line.contains("://"));
            let widest = lines.map(widest).max().unwrap_or_default();
            assert!(widest <= 80, "{arguments}, {widest}: {ours}");
            // On a pipe nothing is broken.
            let words: Vec<&str> = arguments.split(' ').collect();
            let piped = computer.ends_with(0, &words).await;
            assert!(piped.lines().any(|line| line.chars().count() > 80), "{piped}");
        });
    }
}
