"""A Wayland session without a panel, as GNOME is: weston, headless, with Xwayland. The window comes through
Xwayland, notifications over the bus; the session is closed when the compositor ends."""

import re
import time

from agent import Agent
from counterparts import shown
from desk import Desk
from logoff import GONE_WITHIN
from sandbox import Sandbox
from shutdown import ended_by_itself
from waiting import check, wait_for

SOCKET = "wayland-of-the-desk"


def start_weston(desk):
    """The desk's display from now on; its process."""
    log = desk.folder / "weston.log"
    weston = desk.start(
        "weston", "--backend=headless-backend.so", "--xwayland", f"--socket={SOCKET}", "--idle-time=0",
        "--width=1024", "--height=640", f"--log={log}", start_new_session=True,
    )
    there = desk.folder / "xdg_runtime_dir" / SOCKET
    wait_for("the compositor", there.exists)

    def number():
        found = re.search(r"xserver listening on display (:\d+)", log.read_text())
        return found and found[1]

    desk.env |= {"WAYLAND_DISPLAY": SOCKET, "DISPLAY": wait_for("Xwayland", number), "XDG_SESSION_TYPE": "wayland"}
    return weston


def a_wayland_session_without_a_panel():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        weston = start_weston(desk)
        server = desk.start_counterpart("notifier")
        with Agent(desk, sandbox) as agent:
            sandbox.do("start")
            agent.wait_state("active")
            shown(server, "Your session has started")
            offer = shown(server, "Deskbeat")
            check(len(offer["labels"]) == 1, f"{offer}")
            server.do("press", offer["id"], offer["keys"][0])
            window = wait_for("the window, through Xwayland", lambda: desk.windows("^Deskbeat$"))
            check(window, "no window")
            at = time.monotonic()
            weston.terminate()
            ended_by_itself(agent)
            took = time.monotonic() - at
            check(took < GONE_WITHIN, f"the process went after {took:.1f} s")
            check(sandbox.outputs()[0]["reason"] == "logoff", f"told {sandbox.outputs()}")
            return [f"gone {took:.1f} s after the end of the compositor"]


TESTS = [a_wayland_session_without_a_panel]
