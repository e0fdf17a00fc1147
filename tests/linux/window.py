"""Deskbeat's window on a real X display: seen, clicked, driven by the keyboard alone, read over AT-SPI."""

import json
import os
import signal
import subprocess
import time

from agent import Agent
from desk import HERE, PYTHON, SHOTS, Desk
from sandbox import TOKEN_HEAD, Sandbox
from waiting import check, wait_for

PICTURES = SHOTS.parent / "window"
TITLE = "^Deskbeat$"


class Window:
    """`deskbeat window`, as its user meets it."""

    def __init__(self, agent, scale=1, start=True, **env):
        self.agent, self.desk = agent, agent.desk
        self.process = None
        if start:
            env = {**agent.env, "WINIT_X11_SCALE_FACTOR": str(scale), **env}
            self.process = self.desk.start(Agent.program, "window", env=env, stderr=subprocess.PIPE)
        self.desk.window(TITLE)

    def elements(self):
        told = self.desk.run(PYTHON, str(HERE / "accessible.py"), "tree")
        return json.loads(told) if told else []

    def names(self):
        return [one["name"] for one in self.elements()]

    def element(self, name):
        """Waits for it."""
        return wait_for(f"{name!r} in the accessibility tree", lambda: self.find(name))

    def find(self, name):
        return next((one for one in self.elements() if one["name"] == name), None)

    def without(self, name):
        wait_for(f"no {name!r} in the accessibility tree", lambda: self.elements() and not self.find(name))

    def focused(self):
        return next((one["name"] for one in self.elements() if one["focused"] and one["name"]), None)

    def focus(self, name):
        """Goes there by the keyboard alone."""
        for _ in range(20):
            if self.focused() == name:
                return
            before = self.focused()
            self.desk.key("Tab")
            wait_for("the focus elsewhere", lambda: self.focused() != before)
        check(False, f"the keyboard does not reach {name!r}: {self.elements()}")

    def press(self, name):
        """As a screen reader does."""
        self.element(name)
        done = subprocess.run([PYTHON, str(HERE / "accessible.py"), "press", name], env=self.desk.env)
        check(done.returncode == 0, f"{name!r} cannot be pressed")

    def shoot(self, name):
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.desk.steady_pixels()
        window = self.desk.windows(TITLE)[0]
        self.desk.run("import", "-silent", "-window", window, str(PICTURES / f"{name}.png"))

    def close(self):
        """As its frame's cross does."""
        window = self.desk.windows(TITLE)[0]
        self.desk.run("xdotool", "windowclose" if False else "key", "--window", window, "alt+F4")
        self.desk.no_window(TITLE)


def rss(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024


def processor(pid):
    """Seconds of processor time so far."""
    with open(f"/proc/{pid}/stat") as stat:
        user, system = stat.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
