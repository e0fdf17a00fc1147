"""A desktop of real parts: X display, session bus, window manager, panel, notification server."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from waiting import Failed, Lines, output, wait_for

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
SHOTS = TARGET / "screenshots" / "linux"
WIDTH, HEIGHT = 1024, 640
PANEL_HEIGHT = 30
# Debian's own: python3-dbusmock is installed for it and for no other.
PYTHON = "/usr/bin/python3"

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>{address}</listen>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

# One panel that holds nothing but the tray; configver 2 keeps the first-run dialog away.
PANEL = f"""<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array"><value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="{PANEL_HEIGHT}"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty"><property name="plugin-1" type="string" value="systray"/></property>
</channel>
"""

# Nothing is merged, nothing forgotten: the history is what is asserted. The menu of a notification's
# actions goes to a script.
DUNST = """[global]
    font = DejaVu Sans 10
    origin = bottom-right
    offset = 12x12
    width = 380
    height = 140
    padding = 12
    horizontal_padding = 14
    corner_radius = 4
    frame_width = 1
    stack_duplicates = false
    history_length = 100
    show_indicators = true
    dmenu = {folder}/choose
[urgency_low]
    background = "#f6f5f4"
    foreground = "#2e3436"
    frame_color = "#a0a4a6"
[urgency_normal]
    background = "#f6f5f4"
    foreground = "#2e3436"
    frame_color = "#2a6cd6"
[urgency_critical]
    background = "#f6f5f4"
    foreground = "#2e3436"
    frame_color = "#d92f2f"
"""


class Desk:
    """What a user's session consists of; each in a fresh folder, gone afterwards."""

    def __init__(self, panel=True, notifications=True, accessible=False, size=(WIDTH, HEIGHT)):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="deskbeat-desk-"))
        self.processes = []
        self.size = size
        kept = {"PATH", "TZ", "USER", "LOGNAME", "SHELL"}
        self.env = {name: value for name, value in os.environ.items() if name in kept}
        # English, whatever this machine speaks.
        self.env |= {"LANG": "C.UTF-8", "NO_AT_BRIDGE": "1", "LIBGL_ALWAYS_SOFTWARE": "1", "GSETTINGS_BACKEND": "memory"}
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
            self.env[name] = str(self.make(name.lower()))
        try:
            self.start_display()
            self.session_bus = self.start_bus("session")
            self.env["DBUS_SESSION_BUS_ADDRESS"] = self.address
            # Nobody is there: the machine's own system bus is none of our business.
            self.env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={self.folder}/no-system-bus"
            if accessible:
                self.start_accessibility()
            self.start("openbox")
            wait_for("the window manager", lambda: self.run("xdotool", "get_num_desktops"))
            self.run("convert", "-size", "16x16", "xc:#4d6a83", str(self.folder / "ground.png"))
            self.run("display", "-window", "root", str(self.folder / "ground.png"))
            if notifications:
                self.start_notifications()
            self.panel = self.start_panel() if panel else None
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def make(self, name):
        made = self.folder / name
        made.mkdir(mode=0o700, parents=True, exist_ok=True)
        return made

    # --- Parts -----------------------------------------------------------------------------------

    def start(self, *command, **options):
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, **{"env": self.env, **quiet, **options})
        self.processes.append(process)
        return process

    def start_display(self):
        """The display; it ends with its process."""
        read, write = os.pipe()
        # Without -noreset it starts anew, under whoever is just coming, whenever its last client leaves.
        options = ["-screen", "0", "{}x{}x24".format(*self.size), "-nolisten", "tcp", "-noreset"]
        self.display = self.start("Xvfb", "-displayfd", str(write), *options, pass_fds=[write])
        os.close(write)
        with os.fdopen(read) as number:
            self.env["DISPLAY"] = ":" + number.readline().strip()

    def another_display(self):
        """Its name and its process; nothing else is on it."""
        read, write = os.pipe()
        server = self.start("Xvfb", "-displayfd", str(write), "-nolisten", "tcp", "-noreset", pass_fds=[write])
        os.close(write)
        with os.fdopen(read) as number:
            return ":" + number.readline().strip(), server

    def start_bus(self, name, address=None):
        """A bus that starts nothing by itself but the panel's settings."""
        services = self.make("services")
        for source in pathlib.Path("/usr/share/dbus-1/services").glob("org.xfce.Xfconf.service"):
            shutil.copy(source, services)
        folder = self.make(f"{name}-bus")
        config = folder / "bus.conf"
        config.write_text(BUS.format(address=address or f"unix:dir={folder}", services=services))
        bus = self.start(
            "dbus-daemon", f"--config-file={config}", "--nofork", "--print-address", stdout=subprocess.PIPE
        )
        self.address = bus.stdout.readline().decode().strip()
        return bus

    def start_logind(self, **properties):
        """A stand-in on a system bus of its own; its lines say what happens to the locks."""
        self.system_bus = self.start_bus("system")
        self.env["DBUS_SYSTEM_BUS_ADDRESS"] = self.address
        self.start_logind_itself(properties)

    def restart_logind(self, **properties):
        """It dies, and another one comes to the same bus; its lines begin anew."""
        self.logind_process.kill()
        self.logind_process.wait()
        self.start_logind_itself(properties)

    def start_logind_itself(self, properties):
        template = str(HERE / "logind.py")
        self.logind_process = self.start(
            PYTHON, "-u", "-m", "dbusmock", "--template", template, "--parameters", json.dumps(properties),
            stdout=subprocess.PIPE,
        )
        self.logind = Lines(self.logind_process.stdout)
        wait_for("logind", lambda: self.system("Introspect", "org.freedesktop.DBus.Introspectable"))

    def prepare_for_shutdown(self, start):
        """What logind says to everybody."""
        self.system("Prepare", "org.freedesktop.DBus.Mock", "b", "true" if start else "false")

    def log_on(self, session):
        """From now on every process of this desk lives in this session of its user."""
        self.system("LogOn", "org.freedesktop.DBus.Mock", "su", session, str(os.getuid()))

    def log_on_elsewhere(self, session, kind):
        """The user's, in which no process of this desk lives."""
        mock = "org.freedesktop.DBus.Mock"
        self.system("LogOnElsewhere", mock, "sus", session, str(os.getuid()), kind)

    def session_closes(self, session):
        """Its leader has gone. logind does not announce it."""
        self.system("Close", "org.freedesktop.DBus.Mock", "s", session)

    def session_is_gone(self, session):
        self.system("Forget", "org.freedesktop.DBus.Mock", "s", session)

    def system(self, method, interface, *arguments):
        return output(
            "busctl", f"--address={self.env['DBUS_SYSTEM_BUS_ADDRESS']}", "call",
            "org.freedesktop.login1", "/org/freedesktop/login1", interface, method, *arguments,
        )

    def start_accessibility(self):
        """What screen readers ask."""
        self.start("/usr/libexec/at-spi-bus-launcher", "--launch-immediately", "--a11y=1", "--screen-reader=1")
        address = ("call", "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")
        wait_for("the accessibility bus", lambda: self.bus(*address))

    def start_portal(self, read="dbus.UInt32(2)"):
        """The part of the desktop's portal that says whether it is dark; `read` is its answer to whatever it
        is asked."""
        name = "org.freedesktop.portal.Desktop"
        path, interface = "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Settings"
        self.portal = self.start(PYTHON, "-m", "dbusmock", name, path, interface)
        mock = "org.freedesktop.DBus.Mock"
        add = ("call", name, path, mock, "AddMethod", "sssss", interface, "Read", "ss", "v", f"ret = {read}")
        wait_for("the portal", lambda: self.told(*add))
        return name, path, interface, mock

    def told(self, *command):
        """True if busctl could say it."""
        address = f"--address={self.env['DBUS_SESSION_BUS_ADDRESS']}"
        done = subprocess.run(["busctl", address, "--", *command], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return done.returncode == 0

    def make_dark(self, portal, dark):
        """As its settings do."""
        name, path, interface, mock = portal
        signature = ("ssv", "3", "s", "org.freedesktop.appearance", "s", "color-scheme", "u", "1" if dark else "2")
        done = self.told("call", name, path, mock, "EmitSignal", "sssav", interface, "SettingChanged", *signature)
        if not done:
            raise Failed("the portal says nothing")

    def set_clock(self, portal, clock):
        """GNOME's, `12h` or `24h`."""
        name, path, interface, mock = portal
        signature = ("ssv", "3", "s", "org.gnome.desktop.interface", "s", "clock-format", "s", clock)
        done = self.told("call", name, path, mock, "EmitSignal", "sssav", interface, "SettingChanged", *signature)
        if not done:
            raise Failed("the portal says nothing")

    def garble(self, portal):
        """A change of a setting that has another form than changes have."""
        name, path, interface, mock = portal
        self.told("call", name, path, mock, "EmitSignal", "sssav", interface, "SettingChanged", "i", "1", "i", "5")

    def start_late_bus(self):
        """The session's bus where programs look for it that were told of none; its systemd knows the desktop."""
        self.session_bus = self.start_bus("late", f"unix:path={self.env['XDG_RUNTIME_DIR']}/bus")
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self.address
        self.start_user_manager([f"{word}={self.env[word]}" for word in ("DISPLAY", "PATH")])

    def start_user_manager(self, known):
        """The user's systemd, with this environment."""
        name, path = "org.freedesktop.systemd1", "/org/freedesktop/systemd1"
        manager, mock = f"{name}.Manager", "org.freedesktop.DBus.Mock"
        self.start(PYTHON, "-m", "dbusmock", name, path, manager)
        add = ("call", name, path, mock, "AddProperty", "ssv", manager, "Environment", "as")
        wait_for("systemd", lambda: self.told(*add, str(len(known)), *known))
        return name, path, manager, mock

    def set_user_environment(self, manager, known):
        """As `systemctl --user set-environment` does."""
        name, path, interface, mock = manager
        update = ("call", name, path, mock, "UpdateProperties", "sa{sv}", interface, "1", "Environment", "as")
        if not self.told(*update, str(len(known)), *known):
            raise Failed("systemd says nothing")

    def start_notifications(self):
        config = self.make("xdg_config_home/dunst") / "dunstrc"
        config.write_text(DUNST.format(folder=self.folder))
        dunst = self.start("dunst", "-conf", str(config))
        wait_for("dunst", lambda: self.run("dunstctl", "count"))
        return dunst

    def start_counterpart(self, name, *words):
        """`notifier` or `watcher`, which do what they are told."""
        counterpart = Counterpart(
            self.start(
                PYTHON, "-u", HERE / f"{name}.py", *map(str, words), stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        )
        counterpart.wait("ready")
        return counterpart

    def start_panel(self):
        config = self.make("xdg_config_home/xfce4/xfconf/xfce-perchannel-xml")
        (config / "xfce4-panel.xml").write_text(PANEL)
        return self.start("xfce4-panel", "--disable-wm-check", start_new_session=True)

    def stop_panel(self, how=signal.SIGTERM):
        """Stops it with what it has started."""
        os.killpg(self.panel.pid, how)
        self.panel.wait()

    # --- The session bus -------------------------------------------------------------------------

    def run(self, *command):
        return output(*command, env=self.env)

    def bus(self, *command):
        """What busctl says of the session bus, as data; None if it fails."""
        told = output("busctl", f"--address={self.env['DBUS_SESSION_BUS_ADDRESS']}", "--json=short", "--", *command)
        return json.loads(told) if told else None

    def notices(self):
        """Every notification so far, the oldest first: (title, text). It closes those that stand."""
        self.run("dunstctl", "close-all")
        told = json.loads(self.run("dunstctl", "history"))
        shown = [(n["summary"]["data"], n["body"]["data"], n["id"]["data"]) for n in told["data"][0]]
        return [(title, body) for title, body, _ in sorted(shown, key=lambda notice: notice[2])]

    def choose_action(self, label):
        """Presses this button of the newest notification."""
        script = self.folder / "choose"
        script.write_text(f"#!/bin/sh\ngrep -m1 '{label}'\n")
        script.chmod(0o700)
        self.run("dunstctl", "context")

    # --- What is seen and done -------------------------------------------------------------------

    def windows(self, title, display=None):
        env = self.env | ({"DISPLAY": display} if display else {})
        return output("xdotool", "search", "--onlyvisible", "--name", title, env=env).split()

    def window(self, title):
        """Waits for a window of this title that has the keyboard and has drawn itself."""

        def focused():
            found = self.windows(title)
            return found[0] if found and self.run("xdotool", "getwindowfocus") in found else None

        window = wait_for(f"a window {title!r} with the keyboard", focused)
        wait_for(f"something in the window {title!r}", lambda: self.is_drawn(window))

    def is_drawn(self, window):
        told = self.run("xdotool", "getwindowgeometry", "--shell", window)
        area = dict(line.split("=") for line in told.splitlines() if "=" in line)
        if not area:
            return False
        x, y, width, height = (int(area[name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))
        flat = self.pixels(max(x, 0), max(y, 0), width, height)
        return len(set(zip(flat[0::3], flat[1::3], flat[2::3]))) > 20

    def no_window(self, title):
        wait_for(f"no window {title!r} any more", lambda: not self.windows(title))

    def close_window(self, title):
        """By the keyboard, as a user may."""
        self.key("alt+F4")
        self.no_window(title)

    def key(self, *keys):
        self.run("xdotool", "key", "--delay", "60", *keys)

    def click(self, x, y, button=1):
        # Two steps: a window that appears under a pointer at rest hears of no motion.
        self.run("xdotool", "mousemove", str(x - 2), str(y - 1), "mousemove", str(x), str(y))
        self.run("xdotool", "click", str(button))

    def pixels(self, x=0, y=0, width=WIDTH, height=HEIGHT):
        """A rectangle of the screen: three bytes a pixel, row by row."""
        area = f"{width}x{height}+{x}+{y}"
        done = subprocess.run(
            ["import", "-silent", "-window", "root", "-crop", area, "+repage", "-depth", "8", "rgb:-"],
            env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        return done.stdout

    def steady_pixels(self, unlike=None):
        """The screen below the panel once it stands still, and differs from `unlike`."""
        last = [b""]

        def steady():
            now = self.pixels(0, PANEL_HEIGHT, WIDTH, HEIGHT - PANEL_HEIGHT)
            last[0], before = now, last[0]
            return now if now == before and now != unlike else None

        return wait_for("a picture that stands still", steady, pause=0.15)

    def shoot(self, name):
        """Keeps a screenshot."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.run("import", "-silent", "-window", "root", str(SHOTS / f"{name}.png"))


class Counterpart:
    """A stand-in for a part of the desktop: what it has seen, and orders to it."""

    def __init__(self, process):
        self.process = process
        self.lines = Lines(process.stdout)

    def do(self, *words):
        self.process.stdin.write(" ".join(map(str, words)).encode() + b"\n")
        self.process.stdin.flush()

    def here(self):
        return self.lines.here()

    def wait(self, what, since=0, **values):
        """The first that it has said of `what` with these values."""
        index = since
        while True:
            index, line = self.lines.wait(json.dumps(what), since=index)
            said = json.loads(line)
            if said["what"] == what and all(said.get(name) == value for name, value in values.items()):
                return said
            index += 1

    def count(self, what):
        return self.lines.count(f'"what": {json.dumps(what)}')

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        self.process.kill()
        self.process.wait()


def changed_area(before, after, width=WIDTH):
    """The rectangle in which two pictures differ: (left, top, right, bottom), the ends not included."""
    row = width * 3
    differs = lambda start, length: before[start : start + length] != after[start : start + length]
    rows = [y for y in range(len(before) // row) if differs(y * row, row)]
    if not rows:
        raise Failed("nothing changed on the screen")
    columns = [x for y in rows for x in range(width) if differs(y * row + x * 3, 3)]
    return min(columns), rows[0], max(columns) + 1, rows[-1] + 1
