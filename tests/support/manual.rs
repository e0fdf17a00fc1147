//! Writes what is made from the program's own tables.
//!
//! `cargo run --example manual -- FOLDER`: the manual page and the shells' completions, which packages
//! install beside the program.
//! `cargo run --example manual -- --sources`: resources/config.toml, Group Policy's templates and the
//! settings' table in the documents, in place. Tests hold all of them to the program.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap_complete::Shell;
use clap_mangen::Man;
use deskbeat::config::{admx, document};

const NAME: &str = "deskbeat";

/// Where the settings' table is, between two marks.
const TABLE: &str = "docs/reference.md";
const MARKS: [&str; 2] = ["<!-- settings -->\n", "<!-- end of settings -->\n"];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: manual FOLDER, or manual --sources")?;
    if folder == "--sources" {
        return sources();
    }
    let folder = PathBuf::from(folder);
    fs::create_dir_all(&folder)?;
    let mut command = packaged(&deskbeat::cli::command());
    // What the shells look for: deskbeat.bash, _deskbeat (zsh), deskbeat.fish, _deskbeat.ps1.
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell] {
        clap_complete::generate_to(shell, &mut command, NAME, &folder)?;
    }
    let fish = folder.join("deskbeat.fish");
    fs::write(&fish, with_values(&fs::read_to_string(&fish)?)?)?;
    page(command, &mut File::create(folder.join("deskbeat.1"))?)?;
    Ok(())
}

/// clap's script for fish takes an option before the verb whose value is still to come for a mistake,
/// and offers files in place of its values.
fn with_values(fish: &str) -> Result<String, &'static str> {
    const ASKED: &str = "-- $cmd 2>/dev/null\n    or return\n";
    const AGAIN: &str = "-- $cmd 2>/dev/null\n    or argparse -s \
                         (__fish_deskbeat_global_optspecs) -- $cmd[1..-2] 2>/dev/null\n    or return\n";
    if !fish.contains(ASKED) {
        return Err("clap's script for fish is another: does it still need this?");
    }
    Ok(fish.replacen(ASKED, AGAIN, 1))
}

fn sources() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::write(root.join("resources/config.toml"), document::config_toml())?;
    let policy = root.join("resources/windows/policy");
    fs::create_dir_all(policy.join("en-US"))?;
    fs::write(policy.join("deskbeat.admx"), admx::admx())?;
    fs::write(policy.join("en-US/deskbeat.adml"), admx::adml())?;
    let path = root.join(TABLE);
    let text = fs::read_to_string(&path)?;
    let [before, after] = MARKS;
    let (head, rest) = text.split_once(before).ok_or("no mark before the table")?;
    let (_, tail) = rest.split_once(after).ok_or("no mark after the table")?;
    fs::write(path, [head, before, &document::markdown(), after, tail].concat())?;
    Ok(())
}

/// The command line of the packages, which are built without the demo: this example need not be.
fn packaged(all: &clap::Command) -> clap::Command {
    let examples = all.get_after_help().map(ToString::to_string).unwrap_or_default();
    let examples: Vec<&str> =
        examples.lines().filter(|line| !line.contains("deskbeat demo")).collect();
    let verbs =
        all.get_subcommands().filter(|verb| verb.get_name() != "demo" && !verb.is_hide_set());
    clap::Command::new(NAME)
        .version(env!("CARGO_PKG_VERSION"))
        .about(all.get_about().cloned().unwrap_or_default())
        .after_help(examples.join("\n"))
        .args(all.get_arguments())
        .subcommands(verbs)
}

/// One page for everything: a section a verb, where clap would write a page a verb.
fn page(command: clap::Command, page: &mut impl Write) -> Result<(), Box<dyn Error>> {
    // The verbs know the settings that are common to all.
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let verbs: Vec<clap::Command> = command.get_subcommands().cloned().collect();
    let man = Man::new(command).date("").manual("User Commands");
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    writeln!(page, ".SH COMMANDS")?;
    let inner = |verb: &clap::Command| {
        let name = verb.get_name().to_owned();
        let inner: Vec<_> = verb.get_subcommands().filter(|it| it.get_name() != "help").collect();
        inner
            .into_iter()
            .map(|it| (format!("{name} {}", it.get_name()), it.clone()))
            .collect::<Vec<_>>()
    };
    let verbs = verbs.into_iter().flat_map(|verb| {
        let within = inner(&verb);
        [(verb.get_name().to_owned(), verb)].into_iter().chain(within)
    });
    for (name, verb) in verbs {
        let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
        writeln!(page, ".SS {NAME} {name}\n{}", text(&about))?;
        for argument in verb.get_arguments().filter(|argument| !argument.is_global_set()) {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            if argument.is_positional() {
                let names = argument.get_value_names().unwrap_or_default();
                let name = names.first().map_or_else(String::new, ToString::to_string);
                writeln!(page, ".TP\n\\fI{}\\fR\n{}", text(&name), text(&help))?;
                continue;
            }
            let Some(long) = argument.get_long().filter(|long| *long != "help") else { continue };
            let value = match argument.get_value_names() {
                Some(names) if argument.get_action().takes_values() => format!(" {}", names[0]),
                Some(_) | None => String::new(),
            };
            writeln!(
                page,
                ".TP\n\\fB{}\\fR{}\n{}",
                text(&format!("--{long}")),
                text(&value),
                text(&help)
            )?;
        }
    }
    man.render_options_section(page)?;
    writeln!(page, ".SH EXAMPLES AND EXIT CODES\n.nf\n{}\n.fi", text(&examples))?;
    write!(page, "{}", document::roff())?;
    writeln!(page, "{FILES}")?;
    man.render_version_section(page)?;
    Ok(())
}

/// Text for roff: hyphens that are typed, backslashes that are shown, no line that is a request.
fn text(text: &str) -> String {
    let lines = text.lines().map(|line| match line.replace('\\', "\\e").replace('-', "\\-") {
        line if line.starts_with(['.', '\'']) => format!("\\&{line}"),
        line => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

const FILES: &str = r".SH FILES
.TP
.I /etc/deskbeat/config.toml
The settings of this computer.
.TP
.I /etc/xdg/autostart/deskbeat.desktop
Starts Deskbeat with each desktop.
.TP
.I ~/.local/state/deskbeat
The session's journal, the control socket, the log.";
