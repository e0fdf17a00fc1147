"""The agent with its tray and the window, real minutes long: sessions one after the other, each with
a fault in it, a beat every two seconds. Memory, handles and threads stay as they are, and so does the
rhythm of the beats.

usage: soak.py PROGRAM SANDBOX_SERVER (PROGRAM as it is packed; SOAK_MINUTES, 20 unless set)
"""

import json
import os
import pathlib
import statistics
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "linux")]

from agent import Agent
from desk import Desk
from process import handles, megabytes, threads
from sandbox import Sandbox, seconds
from waiting import check, wait_for

MINUTES = float(os.environ.get("SOAK_MINUTES", "20"))
# A beat is due after a third of it.
WINDOW_SECONDS = 6
QUIET_SECONDS = 9
# Each shorter than the window: no session is lost by them.
FAULTS = [
    "refuse ThrottlingException", "hang", "latency 900", "refuse ServiceUnavailable",
    "refuse ExpiredTokenException", "refuse-queue ThrottlingException", "refuse AccessDeniedException",
]
FAULT_SECONDS = 2.5
# What an allocator may keep that it did not have in the second quarter.
MOST_GROWTH_MB = 1.0
# A figure of the machine, not ours, when it is loaded.
MOST_DRIFT = 0.2
BEAT = "beat accepted"


def gaps(lines):
    """Seconds between beats."""
    at = [seconds(json.loads(line)["at"]) for line in lines if BEAT in line]
    return [later - earlier for earlier, later in zip(at, at[1:])]


def a_session(sandbox, agent, number):
    """One session with its fault; the gaps between its beats before it."""
    since = sandbox.here()
    sandbox.do(f"start {WINDOW_SECONDS} 3600")
    agent.wait_state("active")
    time.sleep(QUIET_SECONDS)
    quiet = gaps(sandbox.log.all[since:])
    sandbox.do(FAULTS[number % len(FAULTS)])
    time.sleep(FAULT_SECONDS)
    sandbox.do("clear")
    healed = sandbox.here()
    sandbox.wait(BEAT, since=healed)
    code, told = agent.call("end", "--yes")
    check(code == 0, f"session {number} was not ended: {told}")
    wait_for("the close", lambda: sandbox.count("close accepted", since) == 1)
    return quiet


def quarter(values, number):
    size = len(values) // 4
    return values[number * size : (number + 1) * size]


def judge(what, values, most_growth, unit):
    """True if the last quarter is as the second was: the first still fills caches."""
    before, after = (statistics.median(quarter(values, number)) for number in (1, 3))
    held = after - before <= most_growth
    print(f"  {what:<28} {before:8.1f} {after:8.1f} {unit:<4}{'' if held else '  GROWS'}", flush=True)
    return held


def main():
    program, server = sys.argv[1:]
    Agent.program, Sandbox.program = pathlib.Path(program).resolve(), pathlib.Path(server).resolve()
    measured, rhythm, number = [], [], 0
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        with Agent(desk, sandbox, log_level="info", after_end="none") as agent:
            window = desk.start(Agent.program, "window", env=agent.env)
            end = time.monotonic() + 60 * MINUTES
            while time.monotonic() < end or number < 8:
                rhythm.append(statistics.median(a_session(sandbox, agent, number)))
                check(window.poll() is None, "the window has gone")
                pids = agent.pid, window.pid
                measured.append([of(pid) for of in (megabytes, handles, threads) for pid in pids])
                number += 1
            lost = sandbox.count("no beat in time")
    print(f"{number} sessions in {MINUTES:.0f} minutes, each with a fault; second and last quarter:")
    names = [f"{who}: {what}" for what in ("resident", "handles", "threads") for who in ("agent", "window")]
    most = [MOST_GROWTH_MB] * 2 + [0] * 4
    units = ["MB"] * 2 + [""] * 4
    held = [judge(*row) for row in zip(names, zip(*measured), most, units)]
    held.append(judge("seconds between beats", rhythm, MOST_DRIFT, "s"))
    print(f"  sessions lost                {lost:8d}")
    sys.exit(0 if all(held) and not lost else 1)


main()
