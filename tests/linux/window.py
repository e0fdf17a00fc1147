"""Deskbeat's window on a real X display: seen, clicked, driven by the keyboard alone, read over AT-SPI."""

import json
import os
import signal
import subprocess
import time

from agent import Agent
from desk import HERE, PYTHON, SHOTS, Desk
from sandbox import TOKEN_HEAD, Sandbox
from waiting import Failed, check, wait_for

PICTURES = SHOTS.parent / "window"
TITLE = "Deskbeat$"
BUTTONS = ("Ask for more time", "Copy diagnostics", "End session…")
# Large enough for the window at 300 %.
LARGE = (1700, 2500)
# The ground that is drawn on, light and dark: `ground` of src/desktop/window/theme.rs.
GROUND = {False: "F4F5F7", True: "17191D"}


class Window:
    """`deskbeat window`, as its user meets it."""

    def __init__(self, agent, scale=1, start=True, **env):
        self.agent, self.desk = agent, agent.desk
        self.process = None
        if start:
            env = {**agent.env, "WINIT_X11_SCALE_FACTOR": str(scale), **env}
            self.process = self.desk.start(Agent.program, "window", env=env)
        self.desk.window(TITLE)

    def id(self):
        return self.desk.windows(TITLE)[0]

    def size(self):
        told = self.desk.run("xdotool", "getwindowgeometry", "--shell", self.id())
        area = dict(line.split("=") for line in told.splitlines() if "=" in line)
        return int(area["WIDTH"]), int(area["HEIGHT"])

    def elements(self):
        told = self.desk.run(PYTHON, str(HERE / "accessible.py"), "tree")
        return json.loads(told) if told else []

    def find(self, name):
        return next((one for one in self.elements() if one["name"] == name), None)

    def element(self, name):
        """Waits for it."""
        return wait_for(f"{name!r} in the accessibility tree", lambda: self.find(name))

    def without(self, name):
        def gone():
            elements = self.elements()
            return elements and all(one["name"] != name for one in elements)

        wait_for(f"no {name!r} in the accessibility tree", gone)

    def focused(self):
        return next((one["name"] for one in self.elements() if one["focused"] and one["focusable"]), None)

    def focus(self, name):
        """Goes there by the keyboard alone."""
        for _ in range(20):
            before = self.focused()
            if before == name:
                return
            self.desk.key("Tab")
            wait_for("the focus elsewhere", lambda: self.focused() != before)
        check(False, f"the keyboard does not reach {name!r}: {self.elements()}")

    def click(self, name, until):
        """With the mouse, where a screen reader is told that it is, until `until` is there: openbox keeps
        a first click on a window for itself."""
        for patience in (5, 5, 30):
            self.click_once(name)
            try:
                return wait_for(f"{until!r}", lambda: self.find(until), patience)
            except Failed:
                if patience == 30:
                    raise

    def click_once(self, name):
        left, top, width, height = self.element(name)["place"]
        x, y = left + width // 2, top + height // 2
        move = ("mousemove", "--window", self.id())
        # Two steps: a window that appears under a pointer at rest hears of no motion.
        self.desk.run("xdotool", *move, str(x - 2), str(y - 1), *move, str(x), str(y), "click", "1")

    def press(self, name):
        """As a screen reader does."""
        self.element(name)
        done = subprocess.run(
            [PYTHON, str(HERE / "accessible.py"), "press", name], env=self.desk.env, stderr=subprocess.DEVNULL
        )
        check(done.returncode == 0, f"{name!r} cannot be pressed")

    def ground(self):
        return self.desk.run("convert", f"x:{self.id()}", "-crop", "1x1+2+2", "-depth", "8", "-format", "%[hex:u]", "info:")

    def shoot(self, name):
        PICTURES.mkdir(parents=True, exist_ok=True)
        # What lies over it would be on the picture.
        self.desk.run("dunstctl", "close-all")
        self.desk.steady_pixels()
        self.desk.run("import", "-silent", "-window", self.id(), str(PICTURES / f"{name}.png"))


def check_names(elements):
    nameless = [one for one in elements if one["focusable"] and not one["name"]]
    check(not nameless, f"controls without a name: {nameless}")


def what_it_shows_has_names_and_the_keyboard_reaches_it():
    with Sandbox() as sandbox, Desk(accessible=True) as desk, Agent(desk, sandbox) as agent:
        hour_ago = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
        sandbox.do("start 120 28800", {"startedAt": hour_ago})
        agent.wait_state("active")
        window = Window(agent)
        window.element(agent.view()["sentence"])
        elements = window.elements()
        names = [one["name"] for one in elements]
        for name in ("Active", "Time left in this session", "Heartbeats so far", "What has happened", *BUTTONS):
            check(name in names, f"no {name!r} among {names}")
        left = window.find("Time left in this session")
        check(left["value"] and 80 <= left["value"] <= 95, f"the bar says {left}")
        check("left, until" in left["description"], f"the bar says {left}")
        check_names(elements)
        check(TOKEN_HEAD not in json.dumps(elements), "a token is shown")
        for name in ("Heartbeats so far", "Copy diagnostics", "End session…"):
            window.focus(name)
        # The arrows point along the plot, and what is pointed at is told.
        desk.run("xdotool", "mousemove", "1000", "600")
        window.focus("Heartbeats so far")
        pointed = lambda: next(one["description"] for one in window.elements() if one["role"] == "image")
        before = pointed()
        desk.key("Left")
        wait_for("another column", lambda: pointed() != before)
        check(window.focused() == "Heartbeats so far", "an arrow left the plot")
        # Nothing of this ends anything.
        desk.key("Escape", "Return", "Return")
        check(agent.view()["state"] == "active" and not sandbox.closes(), "a key on the page ended the session")


def the_end_is_confirmed_by_mouse_and_by_keyboard():
    with Sandbox() as sandbox, Desk(accessible=True) as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start 120 28800")
        agent.wait_state("active")
        window = Window(agent)
        for way_out in ("Escape", "Return"):
            window.click("End session…", until="Keep working")
            desk.window("^End session")
            check(window.focused() == "Keep working", f"{window.focused()!r} has the keyboard")
            wait_for("the time in the question", lambda: any("You still have" in one["name"] for one in window.elements()))
            check_names(window.elements())
            if way_out == "Escape":
                window.shoot("question-end")
            desk.key(way_out)
            window.without("Keep working")
            check(agent.view()["state"] == "active" and not sandbox.closes(), f"{way_out} ended the session")
        window.focus("End session…")
        desk.key("Return")
        window.element("Keep working")
        window.focus("End session")
        desk.key("Return")
        sandbox.wait("close accepted")
        agent.wait_state("closed")
        window.element("Closed")
        check(sandbox.outputs()[0]["reason"] == "user", f"told {sandbox.outputs()}")


def a_stuck_close_asks_what_to_do():
    with Sandbox() as sandbox, Desk(accessible=True) as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start 120 28800")
        agent.wait_state("active")
        sandbox.do("refuse ThrottlingException")
        window = Window(agent)
        window.press("End session…")
        window.press("End session")
        desk.window("not closed yet")
        window.element("Shut down anyway")
        check(window.focused() == "Try again", f"{window.focused()!r} has the keyboard")
        window.shoot("question-stuck")
        sandbox.do("clear")
        desk.key("Return")
        sandbox.wait("close accepted")
        agent.wait_state("closed")


def an_end_from_afar_opens_the_window_by_itself():
    with Sandbox() as sandbox, Desk(accessible=True) as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start 120 28800")
        agent.wait_state("active")
        sandbox.do("send", {"type": "end", "graceSeconds": 300})
        desk.window("about to end")
        window = Window(agent, start=False)
        window.shoot("question-remote")
        check(agent.view()["state"] == "active", "closed before its time")


def one_window_whoever_opens_it():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start")
        agent.wait_state("active")
        code, _ = agent.call()
        check(code == 9, f"a second start ends with {code}")
        desk.window(TITLE)
        first = desk.windows(TITLE)
        check(agent.call("window")[0] == 0, "a second window is an error")
        code, _ = agent.call()
        check(code == 9, f"a third start ends with {code}")
        check(desk.windows(TITLE) == first, f"{desk.windows(TITLE)} beside {first}")
        # Its cross ends the window and nothing else.
        desk.run("xdotool", "key", "--window", first[0], "alt+F4")
        desk.no_window(TITLE)
        check(agent.view()["state"] == "active" and not sandbox.closes(), "closing the window ended something")


def the_window_or_its_display_dies_and_the_session_goes_on():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start 60")
        agent.wait_state("active")
        window = Window(agent)
        window.process.kill()
        desk.no_window(TITLE)
        display, server = desk.another_display()
        window = desk.start(Agent.program, "window", env={**agent.env, "DISPLAY": display})
        wait_for("a window on the other display", lambda: desk.windows(TITLE, display))
        server.kill()
        wait_for("the window's end with its display", lambda: window.poll() is not None)
        beats = agent.view()["beats"]
        wait_for("another heartbeat", lambda: agent.view()["beats"] > beats)
        check(agent.view()["state"] == "active" and not sandbox.closes(), "the session went with the window")


def an_agent_that_dies_takes_its_window_along():
    with Sandbox() as sandbox, Desk(accessible=True) as desk:
        with Agent(desk, sandbox) as agent:
            sandbox.do("start")
            agent.wait_state("active")
            window = Window(agent)
            agent.process.kill()
            agent.process.wait()
            wait_for("the news", lambda: any("stopped without a word" in one["name"] for one in window.elements()))
            window.shoot("agent-lost")
            wait_for("the window's end", lambda: window.process.poll() is not None, patience=20)
        # One that comes back is shown again; one that stops in order takes the window along at once.
        with Agent(desk, sandbox) as agent:
            agent.wait_state("active")
            window = Window(agent)
            agent.process.kill()
            agent.process.wait()
            with Agent(desk, sandbox) as again:
                again.wait_state("active")
                window.element("Active")
                again.process.send_signal(signal.SIGTERM)
                begun = time.monotonic()
                again.process.wait()
                window.process.wait()
                check(time.monotonic() - begun < 8, "the window stayed after an agent that stopped in order")


def the_window_of_a_killed_agent_goes_or_finds_the_next_one():
    """The one that the agent itself has opened: neither does it stay alone, nor come twice."""
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        with Agent(desk, sandbox) as agent:
            sandbox.do("start 120 28800")
            agent.wait_state("active")
            sandbox.do("send", {"type": "end", "graceSeconds": 300})
            desk.window("about to end")
            first = desk.windows("about to end")
            agent.process.kill()
            agent.process.wait()
            wait_for("the news", lambda: not desk.windows("about to end"))
        with Agent(desk, sandbox) as again:
            desk.window("about to end")
            check(desk.windows("Deskbeat$") == first, f"{desk.windows('Deskbeat$')} where {first} was")
            again.process.kill()
            again.process.wait()
            desk.no_window("Deskbeat$")


def without_an_agent_it_says_so():
    with Sandbox() as sandbox, Desk(accessible=True) as desk, Agent(desk, sandbox) as agent:
        agent.wait_state("waiting")
        agent.process.send_signal(signal.SIGTERM)
        agent.process.wait()
        window = Window(agent)
        wait_for("the news", lambda: any("not running" in one["name"] for one in window.elements()))
        window.shoot("not-running")
        window.press("Start Deskbeat")
        window.element("Waiting")
        # What the window has started outlives it.
        window.process.kill()
        desk.no_window(TITLE)
        check(agent.view()["state"] == "waiting", "the agent went with the window")
        os.kill(int((agent.state_dir / "control.lock").read_text()), signal.SIGKILL)


def pictures_at(scale):
    """Each state, light and dark, for whoever looks at them."""
    with Desk(panel=False, notifications=False, accessible=True, size=LARGE) as desk:
        portal = desk.start_portal()

        def both(agent, window, state, shown, name=None):
            agent.wait_state(state)
            window.element(shown)
            for dark in (False, True):
                desk.make_dark(portal, dark)
                wait_for(f"the ground, dark: {dark}", lambda: window.ground() == GROUND[dark])
                window.shoot(f"{name or state}-{'dark' if dark else 'light'}-{scale}00")

        with Sandbox() as sandbox, Agent(desk, sandbox) as agent:
            sandbox.log.wait("key …")
            wait_for("the queue", lambda: "Waiting for a session" in agent.view().get("sentence", ""))
            window = Window(agent, scale)
            both(agent, window, "waiting", "Waiting")
            sandbox.do("start 120 28800")
            both(agent, window, "active", "Active")
            sandbox.do("refuse ThrottlingException")
            both(agent, window, "at-risk", "At risk")
            desk.start(Agent.program, "end", "--yes", env=agent.env)
            both(agent, window, "ending", "Try again")
            sandbox.do("clear")
            both(agent, window, "closed", "Closed")
            agent.stop(signal.SIGTERM)
        with Sandbox() as sandbox, Agent(desk, sandbox, extendable="true") as agent:
            sandbox.do("start 120 28800")
            agent.wait_state("active")
            window = Window(agent, scale)
            # A countdown is no session that is well.
            sandbox.do("send", {"type": "end", "graceSeconds": 300})
            both(agent, window, "active", "Ends soon", name="countdown")
            check(not window.find("Active"), "a session that is about to end is shown as active")
            sandbox.do("abort")
            both(agent, window, "ended-elsewhere", "Ended elsewhere")
            agent.stop(signal.SIGTERM)
        with Sandbox() as sandbox, Agent(desk, sandbox, queue_name_template="no_such_queue") as agent:
            agent.wait_state("needs-attention")
            both(agent, Window(agent, scale), "needs-attention", "Needs attention")


def pictures():
    pictures_at(1)


def pictures_of_screens_with_twice_the_pixels():
    pictures_at(2)


def pictures_of_screens_with_thrice_the_pixels():
    pictures_at(3)


def a_theme_is_followed_where_no_portal_tells():
    """By XSETTINGS, as XFCE has it; its manager may come after the window, and come anew."""
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk, Agent(desk, sandbox) as agent:
        agent.wait_state("waiting")
        window = Window(agent)
        settings = desk.folder / "xsettings"

        def is_dark(theme, dark):
            wait_for(f"the ground under {theme}", lambda: window.ground() == GROUND[dark])

        for _ in range(2):
            settings.write_text('Net/ThemeName "Adwaita-dark"\n')
            manager = desk.start("xsettingsd", "-c", str(settings))
            is_dark("Adwaita-dark", True)
            settings.write_text('Net/ThemeName "Adwaita"\n')
            manager.send_signal(signal.SIGHUP)
            is_dark("Adwaita", False)
            manager.kill()
            manager.wait()


def what_does_not_fit_is_scrolled_by_wheel_keyboard_and_hand():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False, accessible=True) as desk:
        with Agent(desk, sandbox) as agent:
            sandbox.do("start 120 28800")
            agent.wait_state("active")
            window = Window(agent)
            window.element("What has happened")
            top = lambda: window.find("What has happened")["place"][1]
            begin = top()
            desk.run("xdotool", "windowsize", "--sync", window.id(), "480", "320")
            mouse = lambda x, y: ("mousemove", "--window", window.id(), str(x), str(y))

            def moved(what, so):
                wait_for(f"{what}: {top()}", so)
                # At rest before the next.
                desk.steady_pixels()

            desk.key("End")
            moved("the end by a key", lambda: top() < 260)
            desk.key("Home")
            moved("the begin by a key", lambda: top() == begin)
            desk.key("Next")
            moved("a page on", lambda: top() < begin)
            desk.key("Prior")
            moved("a page back", lambda: top() == begin)
            desk.run("xdotool", *mouse(200, 100), "click", "5", "click", "5")
            moved("on by the wheel", lambda: top() < begin)
            desk.run("xdotool", *mouse(200, 101), *["click", "4"] * 6)
            moved("back by the wheel", lambda: top() == begin)
            drag = lambda x, y, far: desk.run(
                "xdotool", *mouse(x, y), "mousedown", "1", "sleep", "0.1",
                *mouse(x, y + far // 2), "sleep", "0.1", *mouse(x, y + far), "sleep", "0.1", "mouseup", "1",
            )
            drag(476, 30, 150)
            moved("on by the bar", lambda: top() < begin)
            lower = top()
            drag(200, 60, 150)
            moved("back by a hand on the page", lambda: top() > lower)
            check(agent.view()["state"] == "active" and not sandbox.closes(), "a drag ended the session")


TESTS = [
    pictures,
    pictures_of_screens_with_twice_the_pixels,
    pictures_of_screens_with_thrice_the_pixels,
    what_does_not_fit_is_scrolled_by_wheel_keyboard_and_hand,
    a_theme_is_followed_where_no_portal_tells,
    an_agent_that_dies_takes_its_window_along,
    the_window_of_a_killed_agent_goes_or_finds_the_next_one,
    the_window_or_its_display_dies_and_the_session_goes_on,
    the_end_is_confirmed_by_mouse_and_by_keyboard,
    what_it_shows_has_names_and_the_keyboard_reaches_it,
    a_stuck_close_asks_what_to_do,
    an_end_from_afar_opens_the_window_by_itself,
    without_an_agent_it_says_so,
    one_window_whoever_opens_it,
]
