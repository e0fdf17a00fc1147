"""The state machines of cloud/, deployed to moto, with the real program on their desktops.

    run.py BINARY [SCENARIO...]

Scenarios run side by side. Nothing is asserted after a fixed time: everything is waited for, with
deadlines that only a failure reaches.
"""

import os
import sys
import time
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor

warnings.filterwarnings("ignore")

from stack import Stack  # noqa: E402
from desktop import Desktop  # noqa: E402
import endings  # noqa: E402,F401
import leftovers  # noqa: E402,F401
import trouble  # noqa: E402,F401
from scenario import SCENARIOS, nothing_at_all  # noqa: E402

AT_ONCE = 10


def main(binary, *names):
    Desktop.binary = binary
    known = {scenario.__name__: scenario for scenario in SCENARIOS}
    chosen = [known[name] for name in names] or SCENARIOS
    begun = time.monotonic()
    stack = Stack()
    print(f"deployed in {time.monotonic() - begun:.1f} s", flush=True)

    def play(scenario):
        begun = time.monotonic()
        try:
            scenario(stack)
            verdict = "ok"
        # Whatever it is that fails a scenario.
        except Exception:
            traceback.print_exc()
            verdict = "FAILED"
        told = f"{verdict:6} {time.monotonic() - begun:5.1f} s  {scenario.__name__}: {scenario.__doc__}"
        print(told, flush=True)
        return verdict == "ok"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        verdicts = list(pool.map(play, chosen))

    def at_the_end(stack):
        """After all of them: nothing is on, no queue, no lock, and two more sweeps change nothing"""
        nothing_at_all(stack, everything=not names)

    verdicts.append(play(at_the_end))
    passed, failed = sum(verdicts), len(verdicts) - sum(verdicts)
    print(f"{passed} passed, {failed} failed", flush=True)
    # moto's executions run in threads that would keep the process alive.
    os._exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
