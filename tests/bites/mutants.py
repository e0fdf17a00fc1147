"""Do the tests notice every change? Judges all of cargo-mutants' mutants of the core and of aws/failures.

    tests/bites/mutants.py            all of them
    tests/bites/mutants.py WORD...    those whose file, line and description have one of these in them
    tests/bites/mutants.py --check N  N of them, by cargo-mutants itself as well: the verdicts must agree

cargo-mutants builds each mutant by itself, which takes hours. Here its list is planted at once, in
copies under target/bites: a function with mutants has all its bodies, and a switch (DESKBEAT_MUTANT)
chooses. A mutant is tried with the tests that reach its function, the
quickest first, until one fails; the simulation is one of them. What no test of the core notices is
tried with the whole crate's. What does not compile is found from the compiler's errors; what cannot be
planted (const fn, constants, opaque types) is left to cargo-mutants. All verdicts: target/bites/mutants.json.

Explained ones stand in mutants.toml. Fails for a mutant that no test notices, and for an explanation
of none that is missed.
"""

import collections
import json
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib

from copies import GROUND, ROOT, cargo, copy_file, core, errors, tests_of, whole

FAILURES = "src/aws/failures.rs"
HISTORIES = "300"
# Of the whole crate's: what runs the program, the sandbox alone, the core's simulation again, or for long.
NOT_OF_THE_WHOLE = ("program::", "sandbox::", "simulation::", "agent::day::", "agent::thousand::")
# A test of so many seconds is quick; so many are tried alone.
QUICK, FIRST = 0.3, 6
MEMORY = 3 << 30
# The simulation takes its time; what the core is built on is shared with the other stages.
OPTIMISED = ("--config", "profile.dev.package.deskbeat.opt-level=1")
SWITCH = '''
/// The mutant of this run; in a run that asks for it, notes that `function` was reached.
pub fn mutant(function: usize) -> u32 {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering};
    static ON: OnceLock<u32> = OnceLock::new();
    static REACHED: [AtomicBool; FUNCTIONS] = [const { AtomicBool::new(false) }; FUNCTIONS];
    static RECORD: OnceLock<Option<std::fs::File>> = OnceLock::new();
    let record = RECORD.get_or_init(|| {
        let path = std::env::var_os("DESKBEAT_REACHED")?;
        Some(std::fs::OpenOptions::new().append(true).create(true).open(path).unwrap())
    });
    if let Some(mut file) = record.as_ref()
        && !REACHED[function].swap(true, Ordering::Relaxed)
    {
        std::io::Write::write_all(&mut file, format!("{function}\\n").as_bytes()).unwrap();
    }
    *ON.get_or_init(|| std::env::var("DESKBEAT_MUTANT").map_or(0, |on| on.parse().unwrap()))
}
'''


def spot(mutant):
    """What a person finds it by: file, line and description."""
    return f"{mutant['file']}:{mutant['span']['start']['line']}: {described(mutant)}"


def described(mutant):
    return mutant["name"].split(": ", 1)[1]


def line_of(mutant):
    return (ROOT / mutant["file"]).read_text().splitlines()[mutant["span"]["start"]["line"] - 1]


def listed(folder, *arguments):
    told = subprocess.run(
        ["cargo", "mutants", "--list", "--json", "--no-config", "--in-place", "--dir", folder, *arguments],
        check=True, stdout=subprocess.PIPE, text=True,
    ).stdout
    return json.loads(told)


class Source:
    """A file's text, by lines and columns."""

    def __init__(self, text):
        self.text = text
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def place(self, at):
        return self.starts[at["line"] - 1] + at["column"] - 1

    def range(self, span):
        return self.place(span["start"]), self.place(span["end"])

    def body(self, function):
        """Where the function's body begins and ends, without its braces; None for a const fn."""
        begin, end = self.range(function["span"])
        depth, at = 0, begin
        while depth or self.text[at] != "{":
            if self.text.startswith(("//", "#["), at):
                at = self.text.index("\n", at)
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(self.text[at], 0)
            at += 1
        assert self.text[end - 1] == "}"
        return None if re.search(r"\bconst fn\b", self.text[begin:at]) else (at + 1, end - 1)


def functions(mutants):
    """The mutants of each function, by file and place."""
    found = {}
    for mutant in mutants:
        if function := mutant["function"]:
            start = function["span"]["start"]
            found.setdefault((mutant["file"], start["line"], start["column"]), []).append(mutant)
    return found


def plantable(mutants):
    """Those whose function can have several bodies."""
    sources = {}
    for mutant in mutants:
        function = mutant["function"]
        source = sources.setdefault(mutant["file"], Source((ROOT / mutant["file"]).read_text()))
        if function and "impl " not in function["return_type"] and source.body(function):
            yield mutant


def plant(folder, mutants):
    """Puts them into the copy. Where each stands then: {file: [(first line, last line, its name)]}."""
    numbers = {mutant["name"]: number for number, mutant in enumerate(mutants, 1)}
    of_file = collections.defaultdict(list)
    by_function = functions(mutants)
    for number, ((file, *_), group) in enumerate(by_function.items()):
        source = Source((ROOT / file).read_text())
        of_file[file].append((*source.body(group[0]["function"]), number, group))
    places = {}
    for file, found in of_file.items():
        source, out, done = Source((ROOT / file).read_text()), "", 0
        places[file] = []
        for begin, end, number, group in sorted(found, key=lambda one: one[0]):
            assert begin >= done, f"{file}: a function with mutants in another"
            out += source.text[done:begin] + "\n"
            out += f"match crate::mutant({number}) {{\n"
            for mutant in group:
                first, last = source.range(mutant["span"])
                arm = f"{source.text[begin:first]}{mutant['replacement']}{source.text[last:end]}"
                arm = f"{numbers[mutant['name']]} => {{\n{arm}\n}}\n"
                line = out.count("\n") + 1
                places[file].append((line, line + arm.count("\n") - 1, mutant["name"]))
                out += arm
            out += f"_ => {{\n{source.text[begin:end]}\n}}\n}}\n"
            done = end
        copy_file((out + source.text[done:]).encode(), folder / file)
    library = f"#![allow(warnings)]\n{(folder / 'src/lib.rs').read_text()}"
    count = f"const FUNCTIONS: usize = {len(by_function)};\n"
    copy_file((library + SWITCH + count).encode(), folder / "src/lib.rs")
    return numbers, places


def blamed(error, places):
    """The name of the mutant that a compiler's error stands in."""
    for primary in (True, False):
        for span in error["spans"]:
            while span.get("expansion"):
                span = span["expansion"]["span"]
            for first, last, name in places.get(span["file_name"], ()):
                if first <= span["line_start"] <= last and (span["is_primary"] or not primary):
                    return name
    return None


def plant_what_compiles(folder, make, mutants, options):
    """Plants, takes away what does not compile: (the others' numbers, {name of those: why}, the tests)."""
    unviable = {}
    # Some errors (an overflow that is seen) come only with code. What the whole crate is built on is
    # there already, but not as `check` wants it.
    commands = [("check" if make is core else "build", "--lib"), ("test", "--no-run", "--lib", "--test", "it", *options)]
    while True:
        make(folder)
        numbers, places = plant(folder, mutants)
        compiles, told = cargo(folder, *commands[0])
        if compiles and len(commands) == 1:
            return numbers, unviable, tests_of(folder, told)
        if compiles:
            commands.pop(0)
            continue
        bad = {}
        for error in errors(told):
            # The last words are of no place.
            if error["spans"]:
                name = blamed(error, places)
                assert name, error["rendered"]
                bad[name] = error["rendered"].splitlines()[0]
        assert bad, "it does not compile, and no mutant is to blame"
        unviable |= bad
        mutants = [mutant for mutant in mutants if mutant["name"] not in bad]


def run(folder, program, names, seconds=300, **env):
    """What became of these tests, and of which: a run that takes much longer than it should is ended."""

    def limits():
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    env = {**os.environ, "DESKBEAT_HISTORIES": HISTORIES, "RUST_BACKTRACE": "0", **env}
    try:
        told = subprocess.run([program, "--test-threads=1", "--exact", *names], cwd=folder, env=env, timeout=900,
                              preexec_fn=limits, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace")
    except subprocess.TimeoutExpired:
        return "timed out", names[0]
    if told.returncode == 0:
        return "passed", ""
    if told.returncode in (-9, -24) or "memory allocation of" in told.stdout:
        return "timed out", names[0]
    failed = re.findall(r"^test (\S+) \.\.\. FAILED", told.stdout, re.M)
    return "caught", (failed or names)[0]


def reached(folder, tests):
    """For each function the tests that reach it, as (seconds, program, name), quickest first."""
    reach = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as place:
        for number, (program, name) in enumerate(tests):
            noted = pathlib.Path(place) / str(number)
            begun = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            said = run(folder, program, [name], DESKBEAT_REACHED=str(noted))
            took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - begun
            for function in noted.read_text().split() if noted.exists() else ():
                assert said[0] == "passed", f"{name}: {said} without any mutant"
                reach[int(function)].append((took, program, name))
    return {function: sorted(tests) for function, tests in reach.items()}


def rounds(tests, biters):
    """In which order they are tried: (seconds, program, names). What caught others of the function, then
    the quickest, each alone; then what is quick, together; last what takes its time."""
    first = sorted(tests, key=lambda test: (-biters[test[2]], test))[:FIRST]
    yield from ((took, program, [name]) for took, program, name in first if took < QUICK)
    rest = [test for test in tests if test not in first or test[0] >= QUICK]
    for program in dict.fromkeys(test[1] for test in rest):
        quick = [test for test in rest if test[0] < QUICK and test[1] == program]
        if quick:
            yield sum(test[0] for test in quick), program, [test[2] for test in quick]
    yield from ((took, program, [name]) for took, program, name in rest if took >= QUICK)


def judge(folder, make, mutants, options=(), left_out=()):
    """The verdict on each of them, by name: (verdict, why or by which test)."""
    wanted = list(plantable(mutants))
    begun = time.monotonic()
    numbers, unviable, tests = plant_what_compiles(folder, make, wanted, options)
    verdicts = {name: ("unviable", why) for name, why in unviable.items()}
    planted = [mutant for mutant in wanted if mutant["name"] in numbers]
    tests = [test for test in tests if not test[1].startswith(left_out)]
    print(f"{folder.name}: {len(planted)} mutants planted, built in {time.monotonic() - begun:.0f} s", flush=True)
    begun = time.monotonic()
    reach = reached(folder, tests)
    print(f"  {len(tests)} tests, {time.monotonic() - begun:.0f} s without any mutant", flush=True)
    for number, group in enumerate(functions(planted).values()):
        biters = collections.Counter()
        for mutant in group:
            found = reach.get(number, ())
            verdict = ("missed", f"{len(found)} tests reach it")
            for took, program, names in rounds(found, biters):
                said = run(folder, program, names, int(3 + 4 * took), DESKBEAT_MUTANT=str(numbers[mutant["name"]]))
                if said[0] != "passed":
                    verdict = said
                    biters[said[1]] += 1
                    break
            verdicts[mutant["name"]] = verdict
            if verdict[0] != "caught":
                print(f"  {verdict[0]}  {spot(mutant)}  ({verdict[1]})", flush=True)
    # As it is, for cargo-mutants.
    make(folder)
    rest = [mutant for mutant in mutants if mutant["name"] not in verdicts]
    return verdicts | one_by_one(folder, rest)


def one_by_one(folder, mutants):
    """The same by cargo-mutants itself, which builds each."""
    if not mutants:
        return {}
    output = GROUND / "mutants"
    shutil.rmtree(output / "mutants.out", ignore_errors=True)
    subprocess.run(
        ["cargo", "mutants", "--no-config", "--in-place", "--dir", folder, "--output", output, "--timeout-multiplier", "10",
         "--minimum-test-timeout", "60", "--colors", "never",
         # What deletes a field is not chosen by --re (27.1.0): by the file at least.
         *(part for file in {mutant["file"] for mutant in mutants} for part in ("--file", file)),
         *(part for mutant in mutants for part in ("--re", f"^{re.escape(mutant['name'])}$")),
         "--", "--lib", "--test", "it"],
        env={**os.environ, "DESKBEAT_HISTORIES": HISTORIES, "CARGO_TARGET_DIR": str(folder / "target")},
    )
    words = {"CaughtMutant": "caught", "MissedMutant": "missed", "Unviable": "unviable", "Timeout": "timed out"}
    outcomes = json.loads((output / "mutants.out/outcomes.json").read_text())["outcomes"]
    found = {one["scenario"]["Mutant"]["name"]: (words[one["summary"]], "cargo-mutants")
             for one in outcomes if one["scenario"] != "Baseline"}
    return {mutant["name"]: found[mutant["name"]] for mutant in mutants}


def explanations(mutants):
    """The reason for each that is explained, by name."""
    rows = tomllib.loads(pathlib.Path(__file__).with_name("mutants.toml").read_text())["explained"]
    found = {}
    for row in rows:
        for wanted in row["mutants"]:
            file, what = wanted.split(": ", 1)
            names = [mutant["name"] for mutant in mutants if mutant["file"] == file
                     and described(mutant) == what and row.get("at", "") in line_of(mutant)]
            found.update(dict.fromkeys(names, row["why"]))
            if not names:
                yield wanted, None
    yield from found.items()


def table(mutants, verdicts):
    columns = ("caught", "timed out", "unviable", "explained", "MISSED")
    print(f"\n{'':45}{'all':>6}" + "".join(f"{column:>11}" for column in columns))
    rows = collections.defaultdict(collections.Counter)
    for mutant in mutants:
        rows[mutant["file"]][verdicts[mutant["name"]][0]] += 1
        rows["all"][verdicts[mutant["name"]][0]] += 1
    for file, counts in sorted(rows.items(), key=lambda row: (row[0] == "all", row[0])):
        print(f"{file:45}{sum(counts.values()):6}" + "".join(f"{counts[column]:11}" for column in columns))


def check(count):
    """Some by both ways."""
    folder = GROUND / "mutants/core"
    core(folder)
    mutants = random.Random(7).sample(listed(folder), count)
    planted = judge(folder, core, mutants, OPTIMISED)
    built = one_by_one(folder, mutants)
    unlike = [name for name in planted if planted[name][0] != built[name][0]]
    for name in planted:
        print(f"{'UNLIKE' if name in unlike else 'alike'}  {name}: {planted[name][0]}, {built[name][0]}")
    sys.exit(bool(unlike))


def main():
    if sys.argv[1:2] == ["--check"]:
        check(int(sys.argv[2]))
    of_core, of_whole = GROUND / "mutants/core", GROUND / "mutants/whole"
    core(of_core)
    whole(of_whole)
    # The core's tests are no part of it.
    of_tests = re.compile(r"src/session/(.*/)?tests(/.*|\.rs)$")
    mutants = [mutant for mutant in listed(of_core) if not of_tests.match(mutant["file"])]
    mutants += listed(of_whole, "--file", FAILURES)
    every = {mutant["name"]: mutant for mutant in mutants}
    explained = dict(explanations(mutants))
    if words := sys.argv[1:]:
        mutants = [mutant for mutant in mutants if any(word in spot(mutant) for word in words)]
    verdicts = {}
    some = [mutant for mutant in mutants if mutant["file"] != FAILURES]
    if some:
        verdicts = judge(of_core, core, some, OPTIMISED)
    missed = [name for name, verdict in verdicts.items() if verdict[0] == "missed"]
    some = [mutant for mutant in mutants if mutant["file"] == FAILURES or mutant["name"] in missed]
    some = [mutant for mutant in some if mutant["name"] not in explained]
    if some:
        verdicts |= judge(of_whole, whole, some, left_out=NOT_OF_THE_WHOLE)
    faults = []
    for name, why in explained.items():
        if name not in every:
            faults.append(f"mutants.toml explains what is not there: {name}")
        elif name in verdicts and verdicts[name][0] != "missed":
            faults.append(f"mutants.toml explains what is {verdicts[name][0]}: {name}")
        elif name in verdicts:
            verdicts[name] = ("explained", why)
    for name, verdict in verdicts.items():
        if verdict[0] == "missed":
            verdicts[name] = ("MISSED", verdict[1])
    (GROUND / "mutants.json").write_text(json.dumps(verdicts, indent=1))
    table(mutants, verdicts)
    for word in ("explained", "MISSED"):
        for name in (name for name, verdict in verdicts.items() if verdict[0] == word):
            print(f"{word}  {spot(every[name])}  ({verdicts[name][1]})")
            if word == "MISSED":
                faults.append(f"no test notices: {spot(every[name])}")
    for fault in faults:
        print(f"tests/bites: {fault}", file=sys.stderr)
    print(f"{len(mutants)} mutants, {len(faults)} faults")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
