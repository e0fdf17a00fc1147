"""How much memory a day costs: plays a day of 24 hours on the embedded AWS, as fast as it goes.

usage: day_memory.py DESKBEAT (a build with the sandbox, which counts too)
"""

import os
import resource
import subprocess
import sys
import time

# Keys that must be left alone.
STALE = {"AWS_ACCESS_KEY_ID": "AKIASTALE", "AWS_SECRET_ACCESS_KEY": "stale", "AWS_SESSION_TOKEN": "stale"}


def main():
    begun = time.monotonic()
    run = subprocess.run(
        [sys.argv[1], "demo", "--scenario", "long-day", "--speed", "0"],
        env=os.environ | STALE,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    summary = [line for line in run.stdout.splitlines() if line.startswith("  ")]
    print("24 hours on the embedded AWS, with hourly keys and a stale AWS_SESSION_TOKEN:")
    print("\n".join(summary))
    print(f"  resident at the most   {spent.ru_maxrss / 1024:.1f} MB, the sandbox included")
    print(f"  took                   {time.monotonic() - begun:.1f} s, {spent.ru_utime + spent.ru_stime:.1f} s of CPU")


if __name__ == "__main__":
    main()
