"""What a beat costs: Deskbeat beside the AWS CLI and a boto3 loop, in one run on loopback.

    beat_cost.py BINARY

All three beat to the same small server, with credentials from the same metadata service. It prints
figures and judges none: how fast a machine is must not break a build.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Condition

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "moto"))
from agent import Agent, wait_for
from metadata import REGION, Metadata, serve

# A third of a window of 3 s: a beat a second.
HEARTBEAT_SECONDS = 3
WARM_UP_BEATS = 5
MEASURED_BEATS = 20
CLI_BEATS = 5
REPEATS = 5
# Makes a second round trip show.
SLOW_ANSWER_SECONDS = 0.1


class Service:
    """Just enough of SQS and Step Functions: any queue, any token, every call accepted."""

    def __init__(self):
        self.changed = Condition()
        self.queues = {}
        self.polled = set()
        self.beats = {}
        self.closed = {}
        self.slow = 0.0
        service = self

        class Handler(_Handler):
            pass

        Handler.service = service
        self.port = serve(Handler)
        self.url = f"http://127.0.0.1:{self.port}"

    def queue_url(self, token):
        """A queue for each session: the long poll of an agent that is gone must not take another's
        message."""
        return f"{self.url}/123456789012/{token}"

    def put(self, token):
        """A start message into the session's queue; returns when it was there."""
        start = {"taskToken": token, "sessionId": token, "heartbeatSeconds": HEARTBEAT_SECONDS}
        with self.changed:
            self.queues[self.queue_url(token)] = [json.dumps(start)]
            self.changed.notify_all()
            return time.perf_counter()

    def count(self, token):
        """How many beats of `token` were accepted."""
        return len(self.beats.get(token, []))

    def answer(self, action, call):
        """What `action` answers."""
        if action == "ReceiveMessage":
            return self._receive(call)
        now = time.perf_counter()
        with self.changed:
            if action == "SendTaskHeartbeat":
                self.beats.setdefault(call["taskToken"], []).append(now)
            elif action == "SendTaskSuccess":
                self.closed[call["taskToken"]] = now
        return {}

    def _receive(self, call):
        url = call["QueueUrl"]
        with self.changed:
            self.polled.add(url)
            self.changed.wait_for(lambda: url in self.queues, call.get("WaitTimeSeconds", 0))
            bodies = self.queues.pop(url, [])
        return {"Messages": [message(body) for body in bodies]} if bodies else {}


def message(body):
    """A message as SQS has it; clients check no digest that is not there."""
    return {"MessageId": "1", "ReceiptHandle": "1", "Body": body}


class _Handler(BaseHTTPRequestHandler):
    service: Service
    protocol_version = "HTTP/1.1"
    # Else each answer waits for the client's delayed acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        action = self.headers["X-Amz-Target"].rpartition(".")[2]
        answer = json.dumps(self.service.answer(action, json.loads(body))).encode()
        if self.service.slow and action != "ReceiveMessage":
            time.sleep(self.service.slow)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("x-amzn-RequestId", "00000000-0000-0000-0000-000000000000")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Silent."""


class Bench:
    """The servers, and the environment in which the peers find them."""

    def __init__(self, binary):
        self.binary = binary
        self.service = Service()
        self.metadata = Metadata()
        self.peers = {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "AWS_ENDPOINT_URL": self.service.url,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.metadata.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }

    def agent(self, token):
        """Deskbeat, not started yet, listening to the queue of this session."""
        service, settings = self.service, {"DESKBEAT_LOG_LEVEL": "info"}
        queue_url = service.queue_url(token)
        return Agent(self.binary, service.url, self.metadata.url, queue_url, settings)


# --- A beat -------------------------------------------------------------------------------------


def cpu_ms(pid):
    """CPU time of all threads of a process, in ms: the scheduler's count in ns."""
    stats = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(stat.read_text().split()[0]) for stat in stats) / 1e6


def rss_mb(pid):
    """Resident memory, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ProcessLookupError(pid)


def steady(bench, processes):
    """CPU a beat and memory of running loops, `{token: pid}`, measured over the same beats."""
    count = bench.service.count
    for token in processes:
        wait_for(f"{token} is warm", lambda: count(token) >= WARM_UP_BEATS)
    begun = {token: (count(token), cpu_ms(pid)) for token, pid in processes.items()}
    found = {}
    for token, pid in processes.items():
        beats, cpu = begun[token]
        wait_for(f"beats of {token}", lambda: count(token) >= beats + MEASURED_BEATS)
        found[token] = (cpu_ms(pid) - cpu) / (count(token) - beats), rss_mb(pid)
    return found


def loops(bench):
    """Deskbeat and a boto3 loop, at the same time and at the same pace."""
    bench.service.put("deskbeat")
    with bench.agent("deskbeat") as agent:
        agent.start()
        # It sleeps as long as Deskbeat does between two beats.
        boto3 = subprocess.Popen(
            [sys.executable, __file__, "--boto3-loop", "boto3", str(HEARTBEAT_SECONDS / 3)],
            env=bench.peers,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            processes = {"deskbeat": agent.process.pid, "boto3": boto3.pid}
            found = steady(bench, processes)
        finally:
            boto3.terminate()
        walls = [float(line) for line in boto3.stdout.read().split()]
    return found, statistics.median(walls[WARM_UP_BEATS:])


def boto3_loop(token, pause):
    """Beats for ever, and prints what each took, in ms. Runs in a process of its own."""
    import boto3

    client = boto3.client("stepfunctions")
    while True:
        begun = time.perf_counter()
        client.send_task_heartbeat(taskToken=token)
        print((time.perf_counter() - begun) * 1000, flush=True)
        time.sleep(float(pause))


def cli_beat(bench):
    """One beat as the PowerShell loop sends it: CPU ms, wall ms, memory in MB."""
    program = [sys.executable, "-m", "awscli", "stepfunctions", "send-task-heartbeat"]
    begun = time.perf_counter()
    process = subprocess.Popen([*program, "--task-token", "cli"], env=bench.peers)
    _, status, used = os.wait4(process.pid, 0)
    wall = (time.perf_counter() - begun) * 1000
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"the AWS CLI failed: {process.returncode}")
    return (used.ru_utime + used.ru_stime) * 1000, wall, used.ru_maxrss * 1024 / 1e6


def round_trip(bench):
    """A beat over an open connection by the barest client, in ms: what the wire itself costs."""
    connection = http.client.HTTPConnection("127.0.0.1", bench.service.port)
    headers = {"X-Amz-Target": "AWSStepFunctions.SendTaskHeartbeat"}
    walls = []
    for _ in range(50):
        begun = time.perf_counter()
        connection.request("POST", "/", json.dumps({"taskToken": "probe"}), headers)
        connection.getresponse().read()
        walls.append((time.perf_counter() - begun) * 1000)
    return statistics.median(walls)


# --- A session's start and end ------------------------------------------------------------------


def start_and_end(bench, token):
    """With the token in the queue: ms from the program's start to its first beat, and from
    `deskbeat end` to the close being accepted and to the command's return."""
    service = bench.service
    service.put(token)
    with bench.agent(token) as agent:
        begun = time.perf_counter()
        agent.start()
        wait_for("the first beat", lambda: service.count(token))
        wait_for("active", lambda: agent.status().get("state") == "active")
        service.slow = SLOW_ANSWER_SECONDS
        ended = time.perf_counter()
        done = agent.run("end", "--yes")
        returned = time.perf_counter()
        service.slow = 0.0
        if done.returncode != 0:
            raise RuntimeError(f"deskbeat end failed: {done.stderr}")
        first = service.beats[token][0] - begun
        return [first * 1000, (service.closed[token] - ended) * 1000, (returned - ended) * 1000]


def token_arrives(bench, token):
    """Ms from the token's arrival in the queue of a waiting agent to the first beat."""
    service = bench.service
    with bench.agent(token) as agent:
        agent.start()
        wait_for("a long poll", lambda: service.queue_url(token) in service.polled)
        arrived = service.put(token)
        wait_for("the first beat", lambda: service.count(token))
        return (service.beats[token][0] - arrived) * 1000


# --- The report ---------------------------------------------------------------------------------


def medians(rows):
    """The median of each column."""
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def main(binary):
    """Measures and prints."""
    bench = Bench(binary)
    trip = round_trip(bench)
    found, boto3_wall = loops(bench)
    cli = medians(cli_beat(bench) for _ in range(CLI_BEATS))
    ours, ours_rss = found["deskbeat"]
    theirs, theirs_rss = found["boto3"]

    print(f"A beat (a beat a second, {MEASURED_BEATS} beats; the CLI: median of {CLI_BEATS}):")
    print(f"  {'':30} {'CPU ms':>8} {'wall ms':>8} {'RSS MB':>8} {'CPU / Deskbeat':>15}")
    for name, cpu, wall, rss in [
        ("AWS CLI v1, a process a beat", *cli),
        ("boto3, a loop", theirs, boto3_wall, theirs_rss),
        ("Deskbeat, everything it does", ours, None, ours_rss),
    ]:
        shown = f"{wall:8.1f}" if wall else f"{'-':>8}"
        print(f"  {name:30} {cpu:8.2f} {shown} {rss:8.1f} {cpu / ours:15.1f}")

    first, accepted, returned = medians(start_and_end(bench, f"end-{n}") for n in range(REPEATS))
    arrived = statistics.median([token_arrives(bench, f"new-{n}") for n in range(REPEATS)])
    slow = SLOW_ANSWER_SECONDS * 1000
    print(f"A session (median of {REPEATS}), ms; a bare round trip here takes {trip:.1f} ms:")
    for what, ms in [
        ("program started, token in the queue -> first beat accepted", first),
        ("token into the queue -> first beat accepted", arrived),
        ("`deskbeat end --yes` -> the service has the close", accepted),
        (f"`deskbeat end --yes` -> returns, the service taking {slow:.0f} ms", returned),
        ("  of that, beyond the one round trip", returned - slow - trip),
    ]:
        print(f"  {what:64} {ms:8.1f}")


if __name__ == "__main__":
    if sys.argv[1] == "--boto3-loop":
        boto3_loop(*sys.argv[2:])
    else:
        main(sys.argv[1])
