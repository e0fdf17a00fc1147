"""What a running process costs, from /proc."""

import os
import pathlib
import time


def megabytes(pid):
    """Resident memory."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


class Wakeups:
    """How often any of a process's threads slept and was woken, since it is watched."""

    def __init__(self, pid):
        self.tasks = pathlib.Path(f"/proc/{pid}/task")
        self.before = self.look()
        self.last = dict(self.before)

    def look(self):
        """The kernel's count of each thread that lives."""
        counts = {}
        for task in self.tasks.iterdir():
            try:
                lines = (task / "status").read_text().splitlines()
                begun = (task / "stat").read_text().rsplit(")", 1)[1].split()[19]
            except OSError:
                continue  # It ended while we looked.
            # With when it began: another thread may have its number later, and counts anew.
            counts[task.name, begun] = next(
                int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches")
            )
        return counts

    def total(self):
        return sum(count - self.before.get(thread, 0) for thread, count in self.last.items())


def watch(watched, seconds, pause=1.0):
    """Looks often enough: of a thread that ends, what it did since the last look is not known."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(pause, left))
        for one in watched:
            one.last |= one.look()


def processor_seconds(pid):
    """Of all its threads so far, also those that have ended. Source: clock_getcpuclockid(3) as Linux has it."""
    return time.clock_gettime(~pid << 3 | 2)


def handles(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))
