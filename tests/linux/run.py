"""The tray on a real Linux desktop: display, panel, notification server, dialogs, logind.

    python3 tests/linux/run.py PROGRAM SANDBOX_SERVER [WORD...]

Runs the tests whose name holds one of the words; without any all but `figures`, which measures and
has to be alone. Screenshots come to target/screenshots/linux. Each test has a desktop and an AWS of its
own, so several run at a time.
"""

import concurrent.futures
import pathlib
import sys
import threading
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import away
import counterparts
import crash
import ending
import figures
import languages
import logoff
import machine
import notifications
import panel
import shutdown
import states
import wayland
import window
from agent import Agent
from sandbox import Sandbox
from waiting import Failed

AT_A_TIME = 4
# So many second tries are no bad luck any more.
TOO_MANY = 3
# The longest first: the others run beside them.
STORIES = [
    window, languages, away, counterparts, notifications, states, ending, shutdown, logoff, crash, panel, machine,
    wayland,
]

printing = threading.Lock()


def run(test, name):
    """True if it holds."""
    try:
        figures_told = test()
        line = f"ok {name}"
    except Failed as why:
        figures_told, line = None, f"FAILED {name}: {why}"
    except Exception:
        figures_told, line = None, f"FAILED {name}: {traceback.format_exc()}"
    with printing:
        print(line, flush=True)
        for figure in figures_told or []:
            print(f"   {figure}", flush=True)
    return line.startswith("ok ")


def tests(story, words):
    for test in story.TESTS:
        name = f"{story.__name__}: {test.__name__.replace('_', ' ')}"
        if not words or any(word in name for word in words):
            yield test, name


def main():
    program, server, *words = sys.argv[1:]
    Agent.program = pathlib.Path(program).resolve()
    Sandbox.program = pathlib.Path(server).resolve()
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        wanted = [test for story in STORIES for test in tests(story, words)]
        running = [pool.submit(run, *test) for test in wanted]
        results = [test.result() for test in running]
    # Alone, and once more: a click that a window manager swallowed is no fault of the program, and
    # a fault fails twice.
    again = [at for at, held in enumerate(results) if not held]
    for at in again:
        print(f"again {wanted[at][1]}", flush=True)
        results[at] = run(*wanted[at])
    results += [run(*test) for test in tests(figures, words)] if words else []
    passed = sum(results)
    print(f"{len(again)} tried again, {TOO_MANY} are too many")
    print(f"{passed} passed, {len(results) - passed} failed")
    sys.exit(0 if results and passed == len(results) and len(again) < TOO_MANY else 1)


main()
