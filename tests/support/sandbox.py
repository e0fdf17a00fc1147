"""The embedded AWS on loopback, as a process of its own."""

import calendar
import json
import pathlib
import re
import subprocess
import time

from waiting import Lines

# The head of every token that the sandbox makes: must never be seen anywhere.
TOKEN_HEAD = "AQCEAAAAKgAAAAM"


class Sandbox:
    program = pathlib.Path()

    def __init__(self, *flags):
        self.process = subprocess.Popen(
            [self.program, *flags], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.log = Lines(self.process.stdout)
        self.urls = json.loads(self.log.wait('"imds"')[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.stdin.close()
        self.process.wait()

    def do(self, command, fields=None):
        line = command if fields is None else f"{command} {json.dumps(fields)}"
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def wait(self, text, since=0):
        """The first entry that holds `text`: (index, its time in seconds since the epoch)."""
        index, line = self.log.wait(text, since=since)
        return index, seconds(json.loads(line)["at"])

    def outputs(self):
        """What the tasks were told, in the order of their starts."""
        since = self.here()
        self.do("outputs")
        return json.loads(self.log.wait('"outputs"', since=since)[1])["outputs"]

    def here(self):
        """The index of the next entry."""
        return self.log.here()

    def count(self, text, since=0):
        return self.log.count(text, since)

    def closes(self):
        return self.count("close accepted")


def seconds(timestamp):
    """Seconds since the epoch of an RFC 3339 time in UTC with any number of digits."""
    whole, fraction = re.fullmatch(r"([^.Z]+)(\.\d+)?Z", timestamp).groups()
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float(fraction or 0)
