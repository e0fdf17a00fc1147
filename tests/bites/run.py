"""Do the tests bite? Plants each bug of bugs.toml, and runs the test that has to catch it.

    tests/bites/run.py            all of them
    tests/bites/run.py WORD...    those whose name or file has one of these in it
    tests/bites/run.py --core     only writes the core as a package of its own (for the stage `histories`)

All bugs are planted at once, each behind a switch (DESKBEAT_PLANTED=name), in a copy under
target/bites: the core as a package of its own, where a bug needs no more than that, else the whole
crate. So each is compiled once, and a bug costs only its test. The copy without any bug must pass
all the tests; a bug that no test catches, or whose text no longer stands in the source once, fails.
"""

import os
import pathlib
import re
import subprocess
import sys
import time
import tomllib

from copies import GROUND, ROOT, build, copy_file, core, whole

SWITCH = '''
/// The bug that is planted in this run.
pub fn planted(name: &str) -> bool {
    static NAME: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    NAME.get_or_init(|| std::env::var("DESKBEAT_PLANTED").unwrap_or_default()) == name
}
'''
# A test that takes longer hangs because of the bug: none of those named takes a minute.
PATIENCE = 180


def plant(folder, bugs):
    """Puts them into the copy; the names of those whose place is not there, or not alone."""
    lost, texts = [], {}
    for bug in bugs:
        path = folder / bug["file"]
        text = texts.get(path) or (ROOT / bug["file"]).read_text()
        old, new, within = bug["old"], bug["new"], bug.get("within", bug["old"])
        # Once in the source as it is, and not where another bug was planted.
        if (ROOT / bug["file"]).read_text().count(within) != 1 or text.count(within) != 1:
            lost.append(bug["name"])
            continue
        switch = f'if crate::planted("{bug["name"]}") {{ {new} }} else {{ {old} }}'
        switch = switch if old.endswith(";") else f"({switch})"
        texts[path] = text.replace(within, within.replace(old, switch))
    library = folder / "src/lib.rs"
    texts[library] = texts.get(library, library.read_text()) + SWITCH
    for path, text in texts.items():
        copy_file(text.encode(), path)
    return lost


def passes(folder, test, bug, histories):
    program, name = test
    env = {**os.environ, "DESKBEAT_PLANTED": bug, "DESKBEAT_HISTORIES": str(histories)}
    try:
        told = subprocess.run([program, "--exact", name], cwd=folder, env=env, timeout=PATIENCE,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except subprocess.TimeoutExpired:
        return False, "it hangs"
    assert "running 1 test" in told.stdout, told.stdout
    said = re.search(r"panicked at [^\n]*\n([^\n]*)", told.stdout)
    return told.returncode == 0, said.group(1)[:90] if said else ""


def bite(name, make, bugs):
    folder = GROUND / name
    make(folder)
    lost = plant(folder, bugs)
    faults = [f"{name}: its text does not stand in the source once" for name in lost]
    bugs = [bug for bug in bugs if bug["name"] not in lost]
    begun = time.monotonic()
    tests = {}
    for program, test in build(folder):
        tests.setdefault(test.rsplit("::", 1)[-1], (program, test))
    print(f"{name}: {len(bugs)} bugs, built in {time.monotonic() - begun:.0f} s", flush=True)
    sound = set()
    for bug in bugs:
        test, histories = bug["test"], bug.get("histories", 0)
        if test not in tests:
            faults.append(f"{bug['name']}: there is no test {test}")
            continue
        if (test, histories) not in sound:
            good, said = passes(folder, tests[test], "", histories)
            if not good:
                faults.append(f"{test} fails without any bug: {said}")
                continue
            sound.add((test, histories))
        missed, said = passes(folder, tests[test], bug["name"], histories)
        print(f"  {'NOT CAUGHT' if missed else 'caught'}  {bug['name']}: {test}  {said}", flush=True)
        if missed:
            faults.append(f"{bug['name']}: {test} does not catch it ({bug['why']})")
    return len(bugs), faults


def main():
    if sys.argv[1:] == ["--core"]:
        core(GROUND / "histories")
        print(GROUND / "histories")
        return
    bugs = tomllib.loads(pathlib.Path(__file__).with_name("bugs.toml").read_text())["bug"]
    names = [bug["name"] for bug in bugs]
    assert len(set(names)) == len(names), "two bugs of one name"
    if words := sys.argv[1:]:
        bugs = [bug for bug in bugs if any(word in f"{bug['name']} {bug['file']}" for word in words)]
    of_core = [bug for bug in bugs if bug["file"].startswith("src/session/") and not bug.get("whole")]
    others = [bug for bug in bugs if bug not in of_core]
    count, faults = 0, []
    for name, make, some in (("core", core, of_core), ("whole", whole, others)):
        if some:
            planted, found = bite(name, make, some)
            count, faults = count + planted, faults + found
    for fault in faults:
        print(f"tests/bites: {fault}", file=sys.stderr)
    print(f"{count - len(faults)} passed, {len(faults)} failed")
    sys.exit(bool(faults))


main()
