"""Deskbeat end to end against moto, an independent Step Functions and SQS.

    run.py BINARY [CASE...]

Each case starts a real state machine and the real program, and looks at what became of the
execution. Nothing is asserted after a fixed time: everything is waited for, with deadlines that
only a failure reaches.
"""

import json
import os
import sys
import time
import traceback
from datetime import datetime

from agent import Agent, wait_for
from metadata import INSTANCE_ID, Metadata
from workflow import HEARTBEAT_SECONDS, TIMEOUT_SECONDS, Workflow

# What issue 3 promises to scripts.
STATUS_FIELDS = {
    "state", "sessionId", "instanceId", "startedAt", "lastBeatAt", "nextBeatAt",
    "windowRemainingSeconds", "sessionRemainingSeconds", "beats", "failures", "credentials",
    "lastError",
}  # fmt: skip
# Beats at a third of the window: so many keep a task alive that would be dead without them.
BEATS_OF_TWO_WINDOWS = 7


class Bench:
    """The servers that the cases share."""

    def __init__(self, binary):
        self.binary = binary
        self.metadata = Metadata()
        self.workflow = Workflow()

    def begin(self, name):
        """An execution that waits for a desktop, and an agent that is not started yet."""
        execution = self.workflow.begin(name)
        agent = Agent(self.binary, self.workflow.url, self.metadata.url, execution.queue_url)
        return execution, agent


def expect(what, found, wanted):
    """Says what differs."""
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, not {wanted!r}")


def expect_output(execution, **wanted):
    """Waits for success; the output has these fields."""
    told = execution.end()
    expect("the execution", told["status"], "SUCCEEDED")
    output = json.loads(told["output"])
    for field, value in wanted.items():
        expect(f"{field} of the output", output.get(field), value)
    return output


def expect_timed_out(execution):
    """Waits for the end by a missing beat, and not by TimeoutSeconds."""
    told = execution.end()
    expect("the execution", told["status"] in ("FAILED", "TIMED_OUT"), True)
    expect("its error", execution.error()[0], "States.Timeout")
    if execution.seconds() >= TIMEOUT_SECONDS:
        raise AssertionError(f"it took {execution.seconds()} s: no beat was missed")


def token_in_journal(execution, agent):
    """Where the token belongs, while its session lives."""
    return execution.task_token().encode() in (agent.state_dir / "journal").read_bytes()


def expect_no_secret(bench, execution, agent):
    """Nothing that was logged, printed or left on the disk beside the journal holds a secret."""
    secrets = {
        "task token": execution.task_token(),
        "secret key": bench.metadata.secret_key,
        "session token": bench.metadata.session_token,
    }
    said = {"what the commands said": "\n".join(agent.said).encode()}
    said |= {path.name: path.read_bytes() for path in [agent.log, *agent.files()]}
    for place, content in said.items():
        for name, secret in secrets.items():
            if secret.encode() in content:
                raise AssertionError(f"the {name} is in {place}")


def end_by_command(bench):
    """Two windows of beats, then `deskbeat end`: SUCCEEDED with our output."""
    execution, agent = bench.begin("end-by-command")
    with agent:
        expect("status without an agent", agent.run("status").returncode, 3)
        agent.start()
        wait_for("beats of two windows", lambda: agent.beats() >= BEATS_OF_TWO_WINDOWS)
        expect("the execution runs", execution.is_running(), True)
        wait_for("the message is deleted", lambda: execution.messages() == 0)
        ended = agent.run("end", "--yes", "--reason", "done for today")
        expect("end", (ended.returncode, ended.stderr), (0, ""))
        output = expect_output(
            execution,
            outcome="ended",
            reason="user",
            reasonText="done for today",
            sessionId="end-by-command",
            instanceId=INSTANCE_ID,
        )
        if output["beats"] < BEATS_OF_TWO_WINDOWS:
            raise AssertionError(f"the output counts {output['beats']} beats")
        expect("state", agent.status().get("state"), "closed")
        expect("a second end", agent.run("end", "--yes").returncode, 0)
        expect("exit code", agent.stop(), 0)


def status_and_secrets(bench):
    """`status --json` has every field it promises; no secret is found anywhere."""
    execution, agent = bench.begin("status-and-secrets")
    with agent:
        agent.start()
        wait_for("active", lambda: agent.status().get("state") == "active")
        status = agent.status()
        expect("missing fields", STATUS_FIELDS - status.keys(), set())
        expect("sessionId", status["sessionId"], "status-and-secrets")
        expect("instanceId", status["instanceId"], INSTANCE_ID)
        expect("failures", status["failures"], 0)
        expect("lastError", status["lastError"], None)
        for field in ("startedAt", "lastBeatAt", "nextBeatAt"):
            datetime.fromisoformat(status[field])
        expect("window", 0 <= status["windowRemainingSeconds"] <= HEARTBEAT_SECONDS, True)
        expect("session", 0 < status["sessionRemainingSeconds"] <= TIMEOUT_SECONDS, True)
        credentials = status["credentials"]
        expect("source", credentials["source"], "imds")
        expect("key, not the stale one", credentials["keySuffix"], bench.metadata.key_id[-4:])
        datetime.fromisoformat(credentials["expiresAt"])
        expect("status for people", agent.run("status").returncode, 0)
        # For what it says only: see the search for secrets.
        agent.run("doctor")
        wait_for("the token is in the journal", lambda: token_in_journal(execution, agent))
        expect("end", agent.run("end", "--yes").returncode, 0)
        expect_output(execution, outcome="ended")
        wait_for("it is gone from there", lambda: not token_in_journal(execution, agent))
        expect("exit code", agent.stop(), 0)
        expect_no_secret(bench, execution, agent)
        for line in agent.log.read_text().splitlines():
            json.loads(line)


def killed(bench):
    """The agent is killed and does not come back: the state times out by its heartbeat."""
    execution, agent = bench.begin("killed")
    with agent:
        agent.start()
        wait_for("beats", lambda: agent.beats() >= 2)
        expect("the execution runs", execution.is_running(), True)
        agent.kill()
        expect_timed_out(execution)
        # Started again too late: it says so, and does not beat on.
        agent.start()
        wait_for("told", lambda: agent.status().get("state") == "ended-elsewhere")
        expect("end", agent.run("end", "--yes").returncode, 6)


def killed_and_restarted(bench):
    """The agent is killed and started again inside the window: the session goes on."""
    execution, agent = bench.begin("killed-and-restarted")
    with agent:
        agent.start()
        wait_for("beats", lambda: agent.beats() >= 2)
        before = agent.beats()
        agent.kill()
        agent.start()
        wait_for("more beats", lambda: agent.beats() >= before + BEATS_OF_TWO_WINDOWS)
        expect("the execution runs", execution.is_running(), True)
        expect("sessionId", agent.status()["sessionId"], "killed-and-restarted")
        expect("end", agent.run("end", "--yes").returncode, 0)
        expect_output(execution, outcome="ended", reason="user", sessionId="killed-and-restarted")
        expect_no_secret(bench, execution, agent)


def told_to_stop(bench):
    """SIGTERM closes the session by the logoff policy before the program ends."""
    execution, agent = bench.begin("told-to-stop")
    with agent:
        agent.start()
        wait_for("beats", lambda: agent.beats() >= 2)
        expect("exit code", agent.stop(), 0)
        expect_output(execution, outcome="ended", reason="logoff")


def reported_failure(bench):
    """`deskbeat fail` ends the execution with our error and cause."""
    execution, agent = bench.begin("reported-failure")
    with agent:
        agent.start()
        wait_for("beats", lambda: agent.beats() >= 1)
        cause = "the licence server did not answer"
        failed = agent.run("fail", "--error", "Setup.Failed", "--cause", cause)
        expect("fail", (failed.returncode, failed.stderr), (0, ""))
        expect("the execution", execution.end()["status"], "FAILED")
        expect("error and cause", execution.error(), ("Setup.Failed", cause))
        expect_no_secret(bench, execution, agent)


CASES = [
    end_by_command,
    status_and_secrets,
    killed,
    killed_and_restarted,
    told_to_stop,
    reported_failure,
]


def main(binary, *names):
    """Runs the cases; the exit code says whether all passed."""
    known = {case.__name__: case for case in CASES}
    bench = Bench(binary)
    passed = failed = 0
    for case in [known[name] for name in names] or CASES:
        begun = time.monotonic()
        try:
            case(bench)
            passed, verdict = passed + 1, "ok"
        # Whatever it is that fails a case.
        except Exception:
            traceback.print_exc()
            failed, verdict = failed + 1, "FAILED"
        seconds = time.monotonic() - begun
        print(f"{verdict:6} {seconds:5.1f} s  {case.__name__}: {case.__doc__}", flush=True)
    print(f"{passed} passed, {failed} failed", flush=True)
    # moto's executions run in threads that would keep the process alive.
    os._exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
