"""The real `deskbeat` program, run against servers on loopback, and its command line."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import waiting  # noqa: E402

# Far above what anything here takes on a slow machine: reaching it is a failure.
DEADLINE_SECONDS = 60

wait_for = partial(waiting.wait_for, patience=DEADLINE_SECONDS, pause=0.05)


class Agent:
    """One agent with a state folder of its own. It keeps all that the program ever said."""

    def __init__(self, binary, endpoint, imds, queue_url, settings=None):
        self.binary = str(Path(binary).resolve())
        # Short, as the path of a control socket has to be.
        self.folder = Path(tempfile.mkdtemp(prefix="deskbeat-"))
        self.state_dir = self.folder / "state"
        self.log = self.folder / "log"
        self.said = []
        self.process = None
        self.environment = {
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": imds,
            # What shadowed the role in the PowerShell loop: Deskbeat must not even look at it.
            "AWS_ACCESS_KEY_ID": "ASIASTALESTALESTALE0",
            "AWS_SECRET_ACCESS_KEY": "stale",
            "AWS_SESSION_TOKEN": "stale",
            "DESKBEAT_QUEUE_URL": queue_url,
            "DESKBEAT_STATE_DIR": str(self.state_dir),
            "DESKBEAT_AFTER_END": "none",
            "DESKBEAT_ONE_PER_MACHINE": "false",
            "DESKBEAT_LOG": "json",
            "DESKBEAT_LOG_LEVEL": "debug",
            **(settings or {}),
        }

    def __enter__(self):
        return self

    def __exit__(self, error, *_):
        if self.process and self.process.poll() is None:
            self.kill()
        if error and self.log.exists():
            print(self.log.read_text(errors="replace"))
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        """`deskbeat run --headless`, logging to a file."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "run", "--headless"], env=self.environment, stdout=log, stderr=log
            )

    def kill(self):
        """As a crash: without a chance to say goodbye."""
        self.process.kill()
        self.process.wait(DEADLINE_SECONDS)

    def stop(self):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE_SECONDS)

    def run(self, *arguments):
        """Another `deskbeat` beside the agent, for example `status`; returns what came of it."""
        done = subprocess.run(
            [self.binary, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=DEADLINE_SECONDS,
        )
        self.said += [done.stdout, done.stderr]
        return done

    def status(self):
        """What `status --json` says; empty while no agent answers."""
        done = self.run("status", "--json")
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def beats(self):
        """The accepted beats of the present session."""
        return self.status().get("beats", 0)

    def files(self):
        """Every file in the state folder but the journal, which is where the token belongs."""
        return [
            path
            for path in self.state_dir.rglob("*")
            if path.is_file() and not path.name.startswith("journal")
        ]
