"""The program itself: started on a desk, read over the bus, its menu clicked."""

import json
import pathlib
import subprocess
import time

from desk import PANEL_HEIGHT, changed_area
from icons import find, pictures
from sandbox import TOKEN_HEAD, seconds
from waiting import PATIENCE, Failed, Lines, check, wait_for

MENU = "com.canonical.dbusmenu"


class Agent:
    """`deskbeat` with its own folder. `settings` are those of the file; `env` changes variables, with
    None takes them away."""

    program = pathlib.Path()

    def __init__(self, desk, sandbox, *verb, state="state", env=None, prefix=(), **settings):
        self.desk, self.prefix = desk, prefix
        self.state_dir = desk.folder / state
        self.env = {
            **desk.env,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": sandbox.urls["imds"],
            "AWS_ENDPOINT_URL_SQS": sandbox.urls["sqs"],
            "AWS_ENDPOINT_URL_SFN": sandbox.urls["sfn"],
            "DESKBEAT_STATE_DIR": str(self.state_dir),
            "DESKBEAT_LOG": "json",
            "DESKBEAT_LOG_LEVEL": "debug",
            "DESKBEAT_ONE_PER_MACHINE": "false",
        }
        self.env |= {f"DESKBEAT_{name.upper()}": str(value) for name, value in settings.items()}
        for name, value in (env or {}).items():
            self.env.pop(name, None)
            if value is not None:
                self.env[name] = str(value)
        self.started = time.monotonic()
        self.process = desk.start(
            *prefix, self.program, *verb, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.log, self.out = Lines(self.process.stderr), Lines(self.process.stdout)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if kind is None:
            everything = "\n".join(self.log.all + self.out.all)
            check(TOKEN_HEAD not in everything, "a token in the log")

    # --- Its words -------------------------------------------------------------------------------

    def call(self, *verb):
        """A second process: exit code, and what it prints."""
        done = subprocess.run(
            [*self.prefix, self.program, *verb], env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE,
        )
        return done.returncode, done.stdout.decode(errors="replace")

    def view(self):
        code, told = self.call("status", "--json")
        return json.loads(told) if code == 0 else {}

    def wait_state(self, state):
        def reached():
            view = self.view()
            return view if view.get("state") == state else None

        return wait_for(f"the session to be {state}", reached)

    def said(self, text, since=0):
        """The first line of the log that holds `text`: (index, seconds since the epoch)."""
        index, line = self.log.wait(text, since=since)
        return index, seconds(json.loads(line)["timestamp"])

    def stop(self, signal, expected=0):
        """Sends a signal; its exit code is as expected."""
        self.process.send_signal(signal)
        code = self.process.wait(PATIENCE)
        check(code == expected, f"exit code {code} instead of {expected} after {signal.name}: {self.log.all[-4:]}")

    # --- On the bus ------------------------------------------------------------------------------

    def name(self):
        """Its name on the bus, once it is there."""
        head = f"org.kde.StatusNotifierItem-{self.pid}-"

        def found():
            names = self.desk.bus("call", "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ListNames")
            return next((name for name in names["data"][0] if name.startswith(head)), None) if names else None

        return wait_for("the icon on the bus", found, pause=0.02)

    def item(self, prop):
        """A property of the StatusNotifierItem."""
        told = self.desk.bus(
            "get-property", self.name(), "/StatusNotifierItem", "org.kde.StatusNotifierItem", prop
        )
        check(told, f"no property {prop} on the bus")
        return told["data"]

    def tooltip(self):
        return self.item("ToolTip")[3]

    def pixmaps(self):
        """Size -> red, green, blue, alpha of each pixel."""
        return {width: pictures(data) for width, _, data in self.item("IconPixmap")}

    def menu(self):
        """The rows: (id, label, enabled); separators have no label."""
        told = self.desk.bus("call", self.name(), "/MenuBar", MENU, "GetLayout", "iias", "0", "-1", "0")
        check(told, "no menu on the bus")
        rows = [child["data"] for child in told["data"][1][2]]
        value = lambda row, name, default: row[1].get(name, {"data": default})["data"]
        return [(row[0], value(row, "label", ""), value(row, "enabled", True)) for row in rows]

    def row(self, label):
        """(id, enabled) of the row that begins so."""
        for number, text, enabled in self.menu():
            if text.startswith(label):
                return number, enabled
        raise Failed(f"no {label!r} in the menu {[text for _, text, _ in self.menu()]}")

    def offers(self, label):
        """True if this row is there and can be chosen."""
        return any(text.startswith(label) and enabled for _, text, enabled in self.menu())

    def choose(self, label):
        """A click on this row as a panel reports it."""
        self.press(self.row(label)[0])

    def press(self, number):
        self.desk.bus("call", self.name(), "/MenuBar", MENU, "Event", "isvu", str(number), "clicked", "i", "0", "0")

    # --- On the panel ----------------------------------------------------------------------------

    def find_icon(self):
        """Where on the panel its icon is: (left, top, size)."""
        return wait_for("the icon on the panel", self.icon_now)

    def icon_now(self):
        names = self.pixmaps()
        return find(self.desk.pixels(height=PANEL_HEIGHT), names[22], 22)

    def open_menu(self, button=3):
        """Clicks the icon; the picture of the screen with the menu on it."""
        left, top, size = self.find_icon()
        before = self.desk.steady_pixels()
        self.desk.click(left + size // 2, top + size // 2, button)
        # Away from the icon, whose tooltip would come over the menu.
        self.desk.run("xdotool", "mousemove", "700", "600")
        return self.desk.steady_pixels(unlike=before)

    def click_row(self, label, button=3):
        """Clicks the icon, then this row of the menu, as a user does. The row is found by letting the
        keyboard mark it."""
        enabled = [text for _, text, enabled in self.menu() if enabled and text]
        at = next(index for index, text in enumerate(enabled) if text.startswith(label))
        plain = self.open_menu(button)
        self.desk.key(*["Down"] * (at + 1))
        marked = self.desk.steady_pixels(unlike=plain)
        left, top, right, bottom = changed_area(plain, marked)
        check(bottom - top < 60, f"the marked row is {bottom - top} pixels high")
        self.desk.click((left + right) // 2, PANEL_HEIGHT + (top + bottom) // 2)
