"""Waiting for things to happen: by looking, with a deadline that is long enough for a slow machine."""

import subprocess
import threading
import time

PATIENCE = 90


class Failed(Exception):
    """What was expected did not happen; the text says what."""


def check(holds, otherwise):
    if not holds:
        raise Failed(otherwise)


def wait_for(what, found, patience=PATIENCE, pause=0.1):
    """The first truthy value of found(). What takes long is looked at more seldom."""
    begun = time.monotonic()
    while True:
        value = found()
        if value:
            return value
        passed = time.monotonic() - begun
        if passed > patience:
            raise Failed(f"not within {patience} s: {what}")
        time.sleep(min(max(pause, passed / 10), 1))


def output(*command, env=None):
    """What a command prints; empty if it fails."""
    done = subprocess.run(
        command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""


def run(*command, code=0, **options):
    """What it prints, both streams; its exit code is as expected, or any with None."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    check(
        code is None or done.returncode == code,
        f"{command[0]} ended with {done.returncode} instead of {code}:\n{done.stdout}",
    )
    return done.stdout


class Lines:
    """The lines of a process's output as they come."""

    def __init__(self, stream):
        self.all = []
        self.grew = threading.Condition()
        threading.Thread(target=self.read, args=(stream,), daemon=True).start()

    def read(self, stream):
        for line in stream:
            with self.grew:
                self.all.append(line.decode(errors="replace").rstrip("\r\n"))
                self.grew.notify_all()

    def here(self):
        """The index of the next line."""
        return len(self.all)

    def count(self, text, since=0):
        return sum(text in line for line in self.all[since:])

    def wait(self, *texts, since=0, patience=PATIENCE):
        """The first line from index `since` on that holds all `texts`: (index, line)."""
        end = time.monotonic() + patience
        index = since
        with self.grew:
            while True:
                while index < len(self.all):
                    if all(text in self.all[index] for text in texts):
                        return index, self.all[index]
                    index += 1
                left = end - time.monotonic()
                if left <= 0:
                    tail = "\n    ".join(self.all[-12:])
                    raise Failed(f"not within {patience} s: {' '.join(texts)}; the last lines:\n    {tail}")
                self.grew.wait(left)
