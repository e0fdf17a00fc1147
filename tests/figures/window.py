"""What the window and the agent with its tray cost, beside what they may cost.

usage: window.py PROGRAM SANDBOX_SERVER (PROGRAM as it is packed; says what it measures, never fails on it)
"""

import ctypes
import ctypes.util
import os
import pathlib
import statistics
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "linux")]

from agent import Agent
from desk import WIDTH, Desk
from figures import SETTLED, icon_after, tray_in_a_session
from process import megabytes, processor_seconds
from sandbox import Sandbox
from waiting import wait_for
from window import GROUND, TITLE

STARTS = 9
QUIET_SECONDS = int(os.environ.get("QUIET_SECONDS", "20"))


class Screen:
    """Looks at the display as fast as it can; a program for each look would take longer than the window."""

    def __init__(self, display):
        self.x = ctypes.CDLL(ctypes.util.find_library("X11"))
        for name in ("XOpenDisplay", "XGetImage"):
            getattr(self.x, name).restype = ctypes.c_void_p
        self.x.XDefaultRootWindow.restype = ctypes.c_ulong
        self.display = ctypes.c_void_p(self.x.XOpenDisplay(display.encode()))
        self.root = ctypes.c_ulong(self.x.XDefaultRootWindow(self.display))

    def row(self, y):
        """Its pixels: blue, green, red, nothing."""
        every, z_pixmap = ctypes.c_ulong(-1), 2
        image = self.x.XGetImage(self.display, self.root, 0, y, WIDTH, 1, every, z_pixmap)
        # struct XImage: four ints, then the data.
        data = ctypes.cast(image + 16, ctypes.POINTER(ctypes.c_void_p)).contents.value
        pixels = ctypes.string_at(data, WIDTH * 4)
        self.x.XFree(ctypes.c_void_p(data))
        self.x.XFree(ctypes.c_void_p(image))
        return pixels

    def first_picture(self, since):
        """Seconds until a window's ground is on it."""
        ground = bytes.fromhex(GROUND[False])[::-1]
        while time.monotonic() - since < 30:
            if self.row(300).count(ground) > 100:
                return time.monotonic() - since
            time.sleep(0.001)
        sys.exit("no window within 30 s")


def used(pid, seconds):
    """Milliseconds of processor in so many seconds."""
    before = processor_seconds(pid)
    time.sleep(seconds)
    return 1000 * (processor_seconds(pid) - before)


def told(what, value, unit, most):
    held = "" if value <= most else "   MISSED"
    print(f"  {what:<58} {value:7.1f} {unit}, at most {most}{held}", flush=True)


def window():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk, Agent(desk, sandbox) as agent:
        wait_for("the queue", lambda: "Waiting for a session" in agent.view().get("sentence", ""))
        screen, times = Screen(desk.env["DISPLAY"]), []

        def start():
            begun = time.monotonic()
            started = desk.start(Agent.program, "window", env=agent.env)
            return started, screen.first_picture(begun)

        for at in range(STARTS):
            shown, took = start()
            times.append(1000 * took)
            if at < STARTS - 1:
                shown.kill()
                shown.wait()
                desk.no_window(TITLE)
        told(f"window: launch to first picture, the median of {STARTS}", statistics.median(times), "ms", 300)
        time.sleep(SETTLED)
        told("window: resident, nothing to show", megabytes(shown.pid), "MB", 40)
        told(f"window: processor in {QUIET_SECONDS} s without a change", used(shown.pid, QUIET_SECONDS), "ms", 0)
        sandbox.do("start 300 28800")
        agent.wait_state("active")
        time.sleep(3)
        told("window: resident, with a session", megabytes(shown.pid), "MB", 40)
        print(f"  {'window: processor in 60 s of a session, a picture a minute':<58} {used(shown.pid, 60):7.1f} ms")


def tray():
    told(f"agent: start to the icon on the bus, the median of {STARTS}", icon_after(STARTS), "ms", 100)
    resident, woken, _, passed = tray_in_a_session()
    told("agent with the tray: resident", resident, "MB", 16)
    told("agent with the tray: wake-ups a second", woken / passed, "", 1.5)


def main():
    program, server = sys.argv[1:]
    Agent.program, Sandbox.program = pathlib.Path(program).resolve(), pathlib.Path(server).resolve()
    print("The window and the tray, on Xvfb:")
    window()
    tray()


main()
