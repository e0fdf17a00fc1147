"""Deskbeat beside what one would take instead: a loop of the AWS CLI, of boto3, of the bare AWS SDK for
Rust. One table from one run, on loopback, all beating at the same pace to the same small server with
credentials from the same metadata service. Then how Deskbeat's cost grows with what there is of it.

    peers.py BINARY BARE_LOOP       BARE_LOOP: the release build of the example `bare_loop`

It prints figures and judges none: how fast a machine is must not break a build. OUTAGE_SECONDS is how
long the network is away (300 unless set), GIVE_UP_SECONDS how long a peer's recovery is waited for.
"""

import http.client
import json
import os
import platform
import secrets
import statistics
import subprocess
import sys
import time
from datetime import date

from service import Service

from agent import Agent, wait_for
from metadata import REGION, Metadata
from process import Wakeups, megabytes, processor_seconds, watch

# A third of a window of 3 s: a beat a second.
HEARTBEAT_SECONDS = 3
PAUSE = HEARTBEAT_SECONDS / 3
WARM_UP_BEATS = 5
MEASURED_SECONDS = 30
CLI_BEATS = 5
REPEATS = 5
SLOW_ANSWER_SECONDS = 0.1
OUTAGE_SECONDS = float(os.environ.get("OUTAGE_SECONDS", "300"))
GIVE_UP_SECONDS = float(os.environ.get("GIVE_UP_SECONDS", "180"))
GROWTH_SECONDS = 20


class Bench:
    """The servers, and the environment in which the peers find them."""

    def __init__(self, binary, bare_loop):
        self.binary, self.bare_loop = binary, bare_loop
        self.service, self.metadata = Service(), Metadata()
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

    def start_message(self, token):
        return json.dumps({"taskToken": token, "sessionId": token, "heartbeatSeconds": HEARTBEAT_SECONDS})

    def cli(self, *words):
        """The command of one call by the AWS CLI."""
        return [sys.executable, "-m", "awscli", "stepfunctions", *words]

    def commands(self):
        """The loops of the peers, by name; the name is the token."""
        beat = " ".join(self.cli("send-task-heartbeat", "--task-token", "cli"))
        return {
            "cli": ["sh", "-c", f"while :; do {beat}; sleep {PAUSE}; done"],
            "boto3": [sys.executable, __file__, "--boto3-loop", "boto3", str(PAUSE)],
            "sdk": [self.bare_loop, "sdk", str(PAUSE)],
        }

    def start(self, command):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        # A group of its own: the CLI's loop has children.
        return subprocess.Popen(command, env=self.peers, start_new_session=True, **quiet)


def boto3_loop(token, pause):
    """Beats for ever, and goes on after an error. Runs in a process of its own."""
    import boto3

    client = boto3.client("stepfunctions")
    while True:
        try:
            client.send_task_heartbeat(taskToken=token)
        except Exception as error:
            print(error, file=sys.stderr)
        time.sleep(float(pause))


# --- What a beat costs --------------------------------------------------------------------------


def cost(bench, pids):
    """Processor ms a beat, MB and wake-ups a second of running loops, over the same seconds."""
    for token in pids:
        wait_for(f"{token} is warm", lambda: bench.service.count(token) >= WARM_UP_BEATS)
    now = lambda: {token: (bench.service.count(token), processor_seconds(pid)) for token, pid in pids.items()}
    watched = {token: Wakeups(pid) for token, pid in pids.items()}
    before, begun = now(), time.monotonic()
    watch(watched.values(), MEASURED_SECONDS)
    after, passed = now(), time.monotonic() - begun
    found = {}
    for token, pid in pids.items():
        beats, cpu = (b - a for a, b in zip(before[token], after[token]))
        found[token] = (1000 * cpu / beats, megabytes(pid), watched[token].total() / passed)
    return found


def cli_call(bench, *words):
    """One call by the CLI: processor ms, wall ms, MB."""
    begun = time.perf_counter()
    process = subprocess.Popen(bench.cli(*words), env=bench.peers)
    _, status, used = os.wait4(process.pid, 0)
    wall = (time.perf_counter() - begun) * 1000
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"the AWS CLI failed: {process.returncode}")
    return (used.ru_utime + used.ru_stime) * 1000, wall, used.ru_maxrss / 1024


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


# --- What a fault costs -------------------------------------------------------------------------


def recovery(bench, tokens, begun):
    """Seconds from `begun` to the first beat that was accepted after it; None: never while waited for."""
    beats = lambda token: [at for at in bench.service.beats.get(token, []) if at > begun]
    end = begun + GIVE_UP_SECONDS
    while time.perf_counter() < end and not all(beats(token) for token in tokens):
        time.sleep(0.2)
    return {token: beats(token)[0] - begun if beats(token) else None for token in tokens}


def expired(bench, tokens):
    """The key is refused as expired, hours before its time; the metadata service has the next one."""
    metadata = bench.metadata
    old, metadata.key_id = metadata.key_id, "ASIA" + secrets.token_hex(8).upper()
    bench.service.expired_key = old
    found = recovery(bench, tokens, time.perf_counter())
    bench.service.expired_key = None
    return found


def silence(bench, tokens):
    """Every open connection goes silent; a new one works."""
    bench.service.silent_before = time.monotonic()
    return recovery(bench, tokens, time.perf_counter())


def outage(bench, tokens):
    """Nothing is answered for a while; then all new connections are."""
    bench.service.down = True
    time.sleep(OUTAGE_SECONDS)
    bench.service.down = False
    return recovery(bench, tokens, time.perf_counter())


# --- A session's start and end ------------------------------------------------------------------


def start_and_end(bench, token):
    """With the token in the queue: ms from the program's start to its first beat, and from
    `deskbeat end` to the close being accepted and to the command's return."""
    service = bench.service
    service.put(token, bench.start_message(token))
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
        arrived = service.put(token, bench.start_message(token))
        wait_for("the first beat", lambda: service.count(token))
        return (service.beats[token][0] - arrived) * 1000


def first_beat(bench, token, command):
    """Ms from a peer's start to its first beat."""
    bench.service.beats.pop(token, None)
    begun = time.perf_counter()
    process = bench.start(command)
    try:
        wait_for(f"the first beat of {token}", lambda: bench.service.count(token))
    finally:
        stop(process)
    return (bench.service.beats[token][0] - begun) * 1000


def stop(process):
    os.killpg(process.pid, 9)
    process.wait()


# --- How cost grows -----------------------------------------------------------------------------


def beside_messages(bench, number):
    """With so many messages for other desktops in its queue: processor ms and receives a second, MB."""
    token = f"among-{number}"
    other = json.dumps({"taskToken": "AQCEAAAAKgAAAAMAAAAAAAAAA-other", "instanceId": "i-0fedcba9876543210"})
    bench.service.put(token, *[other] * number)
    with bench.agent(token) as agent:
        agent.start()
        wait_for("a receive", lambda: bench.service.queue_url(token) in bench.service.polled)
        pid = agent.process.pid
        time.sleep(3)
        cpu, receives, begun = processor_seconds(pid), bench.service.receives, time.monotonic()
        time.sleep(GROWTH_SECONDS)
        passed = time.monotonic() - begun
        cpu = 1000 * (processor_seconds(pid) - cpu)
        return cpu / passed, (bench.service.receives - receives) / passed, megabytes(pid)


def beside_a_log(bench, size):
    """With a log of so many MB: ms of `status`, of `logs`, and of the start to the first beat."""
    token = f"log-{size}"
    bench.service.put(token, bench.start_message(token))
    with bench.agent(token) as agent:
        folder = agent.state_dir
        folder.mkdir(mode=0o700)
        line = '{"timestamp":"2026-01-01T00:00:00Z","level":"INFO","message":"' + "x" * 200 + '"}\n'
        # As it rolls: five files of 5 MB.
        for at in range(size // 5):
            name = "deskbeat.log" if at == 0 else f"deskbeat.{at}.log"
            (folder / name).write_text(line * (5_000_000 // len(line)))
        begun = time.perf_counter()
        agent.start()
        wait_for("the first beat", lambda: bench.service.count(token))
        first = (bench.service.beats[token][0] - begun) * 1000

        def wall(verb):
            begun = time.perf_counter()
            done = agent.run(verb)
            if done.returncode != 0:
                raise RuntimeError(f"deskbeat {verb} failed: {done.stderr}")
            return (time.perf_counter() - begun) * 1000

        return [statistics.median(wall(verb) for _ in range(REPEATS)) for verb in ("status", "logs")] + [first]


# --- The report ---------------------------------------------------------------------------------


def medians(rows):
    """The median of each column."""
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def machine():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}, {date.today()}"


def cell(value, ours=None):
    """A figure, and how many times ours it is."""
    if value is None:
        return f"{'-':>16}"
    times = f" ({value / ours:.0f}x)" if ours and value / ours >= 1.5 else ""
    return f"{f'{value:.1f}{times}':>16}"


def against_peers(bench):
    """The table."""
    commands = bench.commands()
    start = {token: statistics.median(first_beat(bench, token, command) for _ in range(3)) for token, command in commands.items()}
    session = medians(start_and_end(bench, f"end-{n}") for n in range(REPEATS))
    arrived = statistics.median(token_arrives(bench, f"new-{n}") for n in range(REPEATS))
    start["deskbeat"] = session[0]
    cli_cpu, cli_wall, cli_rss = medians(
        cli_call(bench, "send-task-heartbeat", "--task-token", "x") for _ in range(CLI_BEATS)
    )
    end = cli_call(bench, "send-task-success", "--task-token", "x", "--task-output", "{}")[1]

    bench.service.beats.clear()
    bench.service.put("deskbeat", bench.start_message("deskbeat"))
    with bench.agent("deskbeat") as agent:
        agent.start()
        running = {token: bench.start(command) for token, command in commands.items()}
        try:
            pids = {"deskbeat": agent.process.pid, "boto3": running["boto3"].pid, "sdk": running["sdk"].pid}
            found = cost(bench, pids)
            tokens = ["deskbeat", *commands]
            faults = [fault(bench, tokens) for fault in (silence, outage, expired)]
        finally:
            for process in running.values():
                stop(process)
    found["cli"] = (cli_cpu, cli_rss, None)
    rows = [
        ("processor a beat, ms", {token: of[0] for token, of in found.items()}),
        ("resident, MB", {token: of[1] for token, of in found.items()}),
        ("wake-ups a second", {token: of[2] for token, of in found.items()}),
        ("start to first beat, ms", start),
        ("back after a silent connection, s", faults[0]),
        (f"back after {OUTAGE_SECONDS:.0f} s without network, s", faults[1]),
        ("back after ExpiredToken, s", faults[2]),
    ]
    names = {"deskbeat": "Deskbeat", "sdk": "SDK loop", "boto3": "boto3 loop", "cli": "AWS CLI loop"}
    print(f"A beat a second, on {machine()}:")
    print(f"  {'':42}" + "".join(f"{name:>16}" for name in names.values()))
    for what, values in rows:
        ours = values["deskbeat"]
        print(f"  {what:42}" + "".join(cell(values.get(token), None if token == "deskbeat" else ours) for token in names))
    print(f"  - is never (within {GIVE_UP_SECONDS:.0f} s), or nothing to measure. Deskbeat's beats come with queue,")
    print("  journal, status and control socket; the loops do nothing but beat.")
    print(f"A session, ms (medians; a bare round trip here takes {round_trip(bench):.1f} ms):")
    slow = SLOW_ANSWER_SECONDS * 1000
    for what, ms in [
        ("token into the queue -> first beat accepted", arrived),
        ("`deskbeat end --yes` -> the service has the close", session[1]),
        (f"`deskbeat end --yes` -> returns, the service taking {slow:.0f} ms", session[2]),
        ("`aws stepfunctions send-task-success`, by hand", end),
    ]:
        print(f"  {what:64} {ms:8.1f}")


def growth(bench):
    print(f"How Deskbeat's cost grows, over {GROWTH_SECONDS} s:")
    print(f"  {'messages for other desktops in its queue':44} {'CPU ms/s':>9} {'receives/s':>11} {'MB':>6}")
    for number in (1, 100, 10_000):
        cpu, receives, resident = beside_messages(bench, number)
        print(f"  {number:<44} {cpu:9.2f} {receives:11.2f} {resident:6.1f}", flush=True)
    print(f"  {'log, MB':44} {'status ms':>9} {'logs ms':>11} {'first beat ms':>14}")
    for size in (0, 25):
        status, logs, first = beside_a_log(bench, size)
        print(f"  {size:<44} {status:9.1f} {logs:11.1f} {first:14.1f}", flush=True)


def main(binary, bare_loop):
    """Measures and prints."""
    bench = Bench(binary, bare_loop)
    against_peers(bench)
    growth(bench)


if __name__ == "__main__":
    if sys.argv[1] == "--boto3-loop":
        boto3_loop(*sys.argv[2:])
    else:
        main(*sys.argv[1:])
