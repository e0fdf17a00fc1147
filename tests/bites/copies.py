"""Copies of the source under target/bites, in which bugs are planted; and their tests.

`core` is the core as a package of its own, built in seconds; `whole` the whole crate.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
GROUND = TARGET / "bites"


def copy_file(source, place):
    """Copies it, unless it stands there as it is: what has not changed is not built again."""
    place.parent.mkdir(parents=True, exist_ok=True)
    data = source if isinstance(source, bytes) else source.read_bytes()
    if not place.is_file() or place.read_bytes() != data:
        place.write_bytes(data)


def core(folder):
    """The core as a package: src/session with its tests, messages as people send them, and the simulation."""
    tests = ("tests/it/contract", "tests/it/simulation")
    source = "".join(path.read_text() for under in ("src/session", *tests) for path in (ROOT / under).rglob("*.rs"))
    lines = (ROOT / "Cargo.toml").read_text().partition("\n[dependencies]\n")[2].splitlines()
    crates = [line for line in lines[: lines.index("")] if (name := re.match(r"([a-z0-9_-]+) = ", line))
              and re.search(rf"\b{name[1].replace('-', '_')}::", source)]
    wanted = [line.replace(", optional = true", "") for line in crates]
    manifest = [
        # What the rest of the program uses of the core is unused here.
        "[lints.rust]", 'dead_code = "allow"', "[package]", 'name = "deskbeat"', 'version = "0.1.0"', 'edition = "2024"', "autotests = false",
        "[workspace]", "[profile.dev]", "debug = 0", "[dependencies]", *wanted,
        "[[test]]", 'name = "it"', 'path = "tests/it/main.rs"',
    ]
    files = {"Cargo.toml": "\n".join(manifest), "src/lib.rs": "//! The core.\npub mod session;\n",
             "tests/it/main.rs": "mod contract;\nmod faults;\nmod simulation;\n"}
    for name, text in files.items():
        copy_file(text.encode(), folder / name)
    copy_file(ROOT / "Cargo.lock", folder / "Cargo.lock")
    for name in ("resources/output.schema.json", "tests/it/faults.rs"):
        copy_file(ROOT / name, folder / name)
    for under in ("src/session", *tests, "tests/snapshots/faults", "resources/languages"):
        tree(under, folder)


def whole(folder):
    """The whole crate; what it is built on is taken from the tests' own build, if there is one."""
    for under in ("src", "tests/it", "tests/fuzz", "tests/snapshots", "tests/support", "resources", "docs", "cloud",
                  "installer"):
        tree(under, folder)
    for name in ("Cargo.toml", "Cargo.lock", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"):
        copy_file(ROOT / name, folder / name)
    built = folder / "target/debug"
    if not built.exists() and (TARGET / "debug/deps").exists():
        for part in ("deps", ".fingerprint", "build"):
            shutil.copytree(TARGET / "debug" / part, built / part, copy_function=os.link)


def tree(under, folder):
    wanted = {path.relative_to(ROOT) for path in (ROOT / under).rglob("*") if path.is_file()}
    for path in (folder / under).rglob("*"):
        if path.is_file() and path.relative_to(folder) not in wanted:
            path.unlink()
    for path in wanted:
        copy_file(ROOT / path, folder / path)


def cargo(folder, *command):
    """Runs cargo in `folder`: (whether it compiles, what the compiler told)."""
    told = subprocess.run(
        ["cargo", *command, "--message-format", "json"],
        cwd=folder, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "CARGO_TARGET_DIR": str(folder / "target"), "RUSTC_WORKSPACE_WRAPPER": ""},
    )
    return told.returncode == 0, [json.loads(line) for line in told.stdout.splitlines()]


def errors(told):
    messages = [one.get("message") or {} for one in told]
    return [message for message in messages if message.get("level") == "error"]


def build(folder):
    """Compiles the tests; all of them, as (program, whole name)."""
    compiles, told = cargo(folder, "test", "--no-run", "--lib", "--test", "it")
    if not compiles:
        for error in errors(told):
            print(error["rendered"])
        sys.exit("what is planted does not compile")
    return tests_of(folder, told)


def tests_of(folder, told):
    """The tests that cargo has built, as (program, whole name)."""
    programs = [one.get("executable") for one in told if one.get("profile", {}).get("test")]
    tests = []
    for program in filter(None, programs):
        listed = subprocess.run([program, "--list", "--format", "terse"], cwd=folder, check=True,
                                stdout=subprocess.PIPE, text=True).stdout
        tests += [(program, line.removesuffix(": test")) for line in listed.splitlines()]
    return tests
