#!/usr/bin/env python3
"""The unit tests and the integration tests, built for Windows and run under Wine.

    tests/windows/units.py [NAME...]    all, or those with one of these in their names

Takes what tests/windows/run.py takes, installed already.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import desk
from run import TRIPLE, ours

# The same on every system, and long.
ELSEWHERE = ["simulation::", "agent::day::", "agent::thousand::"]
# What Wine does otherwise than Windows does.
NOT_WINES = {
    "control::tests::calls::a_second_agent_is_refused_and_the_first_goes_on": "lets two programs make a pipe's first instance",
    "log::rolling::tests::a_folder_that_was_removed_is_made_again": "removes no folder with an open file in it",
}


def build():
    """The programs that hold the tests."""
    told = subprocess.run(
        ["cargo", "test", "--locked", "--no-run", "--lib", "--test", "it", "--target", TRIPLE, "--message-format", "json"],
        cwd=desk.ROOT, check=True, stdout=subprocess.PIPE, env=ours() | {"CARGO_PROFILE_DEV_DEBUG": "0"},
    ).stdout
    made = [json.loads(line) for line in told.splitlines()]
    return [pathlib.Path(one["executable"]) for one in made if one.get("executable") and one["profile"]["test"]]


def main():
    wanted = sys.argv[1:]
    skipped = [part for name in [*ELSEWHERE, *NOT_WINES] for part in ("--skip", name)]
    failed = 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="deskbeat-units-"))
    display = desk.Display()
    try:
        programs = build()
        wine = desk.Wine(folder, display, programs[0])
        for program in programs:
            shutil.copy(program, wine.bin)
            failed += subprocess.run(
                ["wine", wine.bin / program.name, "--test-threads", str(os.cpu_count()), *skipped, *wanted],
                cwd=desk.ROOT, env=wine.env | {"RUST_BACKTRACE": "0"}, stdin=subprocess.DEVNULL,
            ).returncode != 0
        wine.close()
    finally:
        display.close()
        shutil.rmtree(folder, ignore_errors=True)
    for name, why in NOT_WINES.items():
        print(f"left out: {name}: Wine {why}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
