#!/usr/bin/env python3
"""Deskbeat for Windows, cross-built and run under Wine against the embedded AWS.

    tests/windows/run.py            every story
    tests/windows/run.py NAME...    these only
    tests/windows/run.py --list     the stories
    tests/windows/run.py --program EXE [NAME...]    of a program that is built already

Takes a Debian 12 with Rust installed, and installs the rest itself (as root or with sudo). Nothing
here was seen on Windows itself: what Wine does otherwise is said where it matters. Screenshots are
kept in target/screenshots/windows. The last line is `N passed, N failed`.
"""

import concurrent.futures
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import traceback

import desk
from scene import Scene
from stories import STORIES

PACKAGES = """gcc-mingw-w64-x86-64 wine wine64 xvfb x11-utils xdotool imagemagick openbox trayer locales
    fonts-noto-cjk""".split()
# Each on a computer of its own: a prefix, a display and an AWS.
AT_A_TIME = 3
# So many second tries are no bad luck any more.
TOO_MANY = 3
TRIPLE = "x86_64-pc-windows-gnu"


def install():
    told = desk.output("dpkg-query", "-W", "-f", "${Package} ${Status}\n", *PACKAGES)
    there = {line.split()[0] for line in told.splitlines() if "ok installed" in line}
    missing = [package for package in PACKAGES if package not in there]
    if not told or missing:
        sudo = [] if os.geteuid() == 0 else ["sudo"]
        print("installing", *(missing or PACKAGES), flush=True)
        subprocess.run([*sudo, "apt-get", "update", "-qq"], check=True)
        install = "env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"
        subprocess.run([*sudo, *install.split(), *PACKAGES], check=True)


def build():
    """The program for Windows, quicker to build than the one that is packed; and the sandbox's server
    for this machine."""
    subprocess.run(["rustup", "target", "add", TRIPLE], check=True)
    for what in (["--example", "sandbox_server"], ["--features", "launcher", "--bins", "--target", TRIPLE]):
        subprocess.run(["cargo", "build", "--quiet", *what], cwd=desk.ROOT, check=True, env=ours())
    return desk.TARGET / TRIPLE / "debug" / "deskbeat.exe"


def ours():
    return {**os.environ, "CARGO_TARGET_DIR": str(desk.TARGET)}


def tell(name, story, exe, folder):
    """True if the story held."""
    opened = []
    try:
        display = desk.Display()
        opened.append(display)
        wine = desk.Wine(folder, display, exe)
        opened.append(wine)
        sandbox = desk.Sandbox()
        opened.append(sandbox)
        try:
            story(Scene(name, display, wine, sandbox))
        except Exception:
            display.shoot(f"{name}-failed")
            for agent in wine.agents:
                print("      an agent's last words:", *agent.log.all[-8:], sep="\n        ", flush=True)
            raise
        print(f"ok    {name}: {story.__doc__}", flush=True)
        return True
    except desk.Failed as failed:
        print(f"FAIL  {name}: {failed}", flush=True)
    except Exception:
        print(f"FAIL  {name}:\n{traceback.format_exc()}", flush=True)
    finally:
        for thing in reversed(opened):
            thing.close()
    return False


def main():
    wanted, exe = sys.argv[1:], None
    if wanted[:1] == ["--program"]:
        exe, wanted = pathlib.Path(wanted[1]).resolve(), wanted[2:]
    if wanted == ["--list"]:
        for name, story in STORIES.items():
            print(f"{name:<12} {story.__doc__}")
        return 0
    unknown = [name for name in wanted if name not in STORIES]
    if unknown:
        print("there is no story", *unknown, file=sys.stderr)
        return 2
    install()
    exe = exe or build()
    shutil.rmtree(desk.SHOTS, ignore_errors=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="deskbeat-wine-"))
    try:
        wanted = wanted or list(STORIES)
        computers = queue.SimpleQueue()
        for number in range(AT_A_TIME):
            computers.put(folder / str(number))

        def tell_on_a_free_one(name):
            computer = computers.get()
            try:
                return tell(name, STORIES[name], exe, computer)
            finally:
                computers.put(computer)

        with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
            held = dict(zip(wanted, pool.map(tell_on_a_free_one, wanted)))
        # A click that a window manager swallowed is no fault of the program: a fault fails twice.
        again = [name for name, holds in held.items() if not holds]
        for name in again:
            print(f"again {name}", flush=True)
            held[name] = tell_on_a_free_one(name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    passed = sum(held.values())
    print(f"{len(again)} tried again, {TOO_MANY} are too many")
    print(f"{passed} passed, {len(held) - passed} failed")
    return 0 if passed == len(held) and len(again) < TOO_MANY else 1


if __name__ == "__main__":
    sys.exit(main())
