"""What the tray costs. Printed, never a reason to fail: they say more about the machine than about us."""

import os
import statistics
import time

from agent import Agent
from desk import Desk
from process import Wakeups, megabytes, processor_seconds, watch
from sandbox import Sandbox

# What was needed for the beginning has ended by then: threads after 10 s, the last question for a portal.
SETTLED = 20
IDLE_SECONDS = int(os.environ.get("IDLE_SECONDS", "60"))
STARTS = 5


def tray_in_a_session():
    """Megabytes that are resident; wake-ups and seconds of processor in so many seconds."""
    with Sandbox() as sandbox, Desk() as desk:
        # As every desktop has them.
        desk.start_logind()
        desk.log_on("c1")
        with Agent(desk, sandbox, log_level="info") as agent:
            sandbox.do("start 300 28800")
            agent.wait_state("active")
            agent.find_icon()
            time.sleep(SETTLED)
            watched = Wakeups(agent.pid)
            before = processor_seconds(agent.pid), time.monotonic()
            watch([watched], IDLE_SECONDS)
            after = processor_seconds(agent.pid), time.monotonic()
            used, passed = (b - a for a, b in zip(before, after))
            return megabytes(agent.pid), watched.total(), used, passed


def memory_wakeups_and_processor():
    resident, woken, used, passed = tray_in_a_session()
    return [
        f"resident with the tray: {resident:.1f} MB",
        f"wake-ups a second over {passed:.0f} s of an active session: {woken / passed:.2f}",
        f"processor over the same time: {100 * used / passed:.2f} %",
    ]


def icon_after(starts):
    """Milliseconds from a start to the icon on the bus, the median of so many."""
    times = []
    with Sandbox() as sandbox, Desk() as desk:
        for at in range(starts):
            with Agent(desk, sandbox, state=f"state-{at}") as agent:
                agent.name()
                times.append(1000 * (time.monotonic() - agent.started))
    return statistics.median(times)


def start_to_icon():
    return [f"start to the icon on the bus: {icon_after(STARTS):.0f} ms, the median of {STARTS}"]


def confirm_to_closed():
    lines = []
    for latency in (0, 100):
        with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
            sandbox.do("start")
            agent.wait_state("active")
            if latency:
                sandbox.do(f"latency {latency}")
            agent.choose("End session")
            desk.window("End session")
            desk.key("Tab")
            begun = time.time()
            desk.run("xdotool", "key", "Return")
            clicked = time.time()
            _, accepted = sandbox.wait("close accepted")
            _, heard = agent.said("DB-301")
            lines.append(
                f"confirmed to accepted with {latency} ms for the service: {1000 * (accepted - clicked):.0f} to "
                f"{1000 * (accepted - begun):.0f} ms, of which the agent: {1000 * (accepted - heard):.0f} ms"
            )
    return lines


TESTS = [memory_wakeups_and_processor, start_to_icon, confirm_to_closed]
