"""A Windows desktop from Debian's packages: a display, Wine, the program, and the embedded AWS."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from sandbox import Sandbox, seconds  # noqa: E402
from waiting import PATIENCE, Failed, Lines, check, output, wait_for  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
SHOTS = TARGET / "screenshots" / "windows"
Sandbox.program = TARGET / "debug" / "examples" / "sandbox_server"

# Of Debian's package fonts-noto-cjk.
CJK = pathlib.Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
# What other.exe ends with when it finds no Deskbeat.
NO_WINDOW = 3


class Display:
    """A fresh X display with a window manager and a tray."""

    def __init__(self):
        read, write = os.pipe()
        # Without -noreset it starts anew, under whoever is just coming, whenever its last client leaves.
        options = ["-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset"]
        self.processes = [
            subprocess.Popen(
                ["Xvfb", "-displayfd", str(write), *options],
                pass_fds=[write],
                stderr=subprocess.DEVNULL,
            )
        ]
        os.close(write)
        with os.fdopen(read) as number:
            self.name = ":" + number.readline().strip()
        self.env = {**os.environ, "DISPLAY": self.name}
        self.start("openbox")
        wait_for("the window manager", lambda: self.run("xdotool", "get_num_desktops"))
        self.tray = self.start(
            *("trayer --edge bottom --align right --widthtype pixel --width 120 --heighttype pixel".split()),
            *("--height 32 --tint 0 --alpha 0 --transparent false --SetDockType false".split()),
        )
        wait_for("the tray", lambda: self.windows("--class", "trayer"))

    def start(self, *command):
        process = subprocess.Popen(
            command, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.processes.append(process)
        return process

    def run(self, *command):
        return output(*command, env=self.env)

    def windows(self, *query):
        return self.run("xdotool", "search", "--onlyvisible", *query).split()

    def geometry(self, window):
        """x, y, width, height."""
        told = self.run("xdotool", "getwindowgeometry", "--shell", window)
        found = dict(line.split("=") for line in told.splitlines() if "=" in line)
        return tuple(int(found[name]) for name in ("X", "Y", "WIDTH", "HEIGHT")) if found else None

    def title(self, window):
        return self.run("xdotool", "getwindowname", window)

    def key(self, *keys):
        self.run("xdotool", "key", "--delay", "60", *keys)

    def click(self, x, y, button=1):
        self.move(x, y)
        self.run("xdotool", "click", str(button))

    def move(self, x, y):
        # Two steps: a window that appears under a pointer at rest hears of no motion.
        self.run("xdotool", "mousemove", str(x - 2), str(y - 1), "mousemove", str(x), str(y))

    def shoot(self, name):
        """Keeps a screenshot."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.run("import", "-window", "root", str(SHOTS / f"{name}.png"))

    def pixels(self, x, y, width, height):
        """Rows of (red, green, blue)."""
        raw = subprocess.run(
            ["import", "-window", "root", "-crop", f"{width}x{height}+{x}+{y}", "+repage", "-depth", "8", "rgb:-"],
            env=self.env,
            stdout=subprocess.PIPE,
        ).stdout
        flat = [tuple(raw[at : at + 3]) for at in range(0, len(raw), 3)]
        return [flat[at : at + width] for at in range(0, len(flat), width)]

    def close(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait()


class Wine:
    """A fresh Windows on a display."""

    def __init__(self, folder, display, exe):
        self.folder, self.display = folder, display
        self.env = {
            **display.env,
            "WINEPREFIX": str(folder / "prefix"),
            "WINEARCH": "win64",
            "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe=d",
            "WINEDEBUG": "-all",
        }
        for name in [name for name in self.env if name.startswith(("AWS_", "DESKBEAT_"))]:
            del self.env[name]
        self.bin = folder / "bin"
        if not self.bin.exists():
            self.bin.mkdir(parents=True)
            shutil.copy(exe, self.bin)
            compile_c("shim.c", self.bin / "bcryptprimitives.dll", "-shared", "-ladvapi32")
            compile_c("other.c", self.bin / "other.exe")
            output("wineboot", "-i", env=self.env)
            output("wineserver", "-w", env=self.env)
        self.programs, self.agents = [], []

    def speak(self, locale):
        """Windows' language from now on, and with Japanese the font that every Japanese Windows has."""
        folder = self.folder / "locales"
        if not (folder / f"{locale}.UTF-8").exists():
            folder.mkdir(exist_ok=True)
            subprocess.run(["localedef", "-i", locale, "-f", "UTF-8", folder / f"{locale}.UTF-8"], check=True)
        font = self.folder / "prefix/drive_c/windows/Fonts/YuGothM.ttc"
        if locale == "ja_JP" and not font.exists():
            shutil.copy(CJK, font)
        self.env |= {"LC_ALL": f"{locale}.UTF-8", "LANG": f"{locale}.UTF-8", "LOCPATH": str(folder)}

    def end_programs(self):
        """Every program, and Explorer with them, which reads the language when it starts."""
        output("wineserver", "-k", env=self.env)
        output("wineserver", "-w", env=self.env)

    def run(self, *command):
        """One of Windows' own programs, to its end."""
        return output("wine", *command, env=self.env)

    def start(self, *command, **extra):
        """A program, by its name in the folder, or one of Windows' own."""
        ours = self.bin / command[0]
        process = subprocess.Popen(
            ["wine", str(ours) if ours.exists() else command[0], *command[1:]],
            env={**self.env, **extra},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.programs.append(process)
        return process

    def other(self, verb, *more):
        """Another program does something to Deskbeat, see other.c."""

        def done():
            code = self.start("other.exe", verb, *more).wait()
            check(code in (0, NO_WINDOW), f"the other program ends with {code} ({verb})")
            return code == 0

        # Deskbeat's windows may come a moment after its first beat.
        wait_for(f"Deskbeat's windows ({verb})", done)

    def end_session(self):
        """Windows ends, for its programs: returns when everybody was asked."""
        output("wineboot", "-e", env=self.env)

    def close(self):
        output("wineserver", "-k", env=self.env)
        for process in self.programs:
            process.wait()


def compile_c(source, made, *flags):
    subprocess.run(
        ["x86_64-w64-mingw32-gcc", "-O1", "-D_WIN32_WINNT=0x0A00", "-o", made, ROOT / "tests" / "windows" / source, *flags],
        check=True,
    )


class Agent:
    """The program, as the tray."""

    def __init__(self, wine, sandbox, state, *settings):
        self.wine = wine
        self.env = {
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": sandbox.urls["imds"],
            "AWS_ENDPOINT_URL_SQS": sandbox.urls["sqs"],
            "AWS_ENDPOINT_URL_SFN": sandbox.urls["sfn"],
        }
        self.state = ["--state-dir", f"C:\\deskbeat-{state}"]
        flags = [flag for setting in ("log=json", "log_level=debug", *settings) for flag in ("--set", setting)]
        self.process = wine.start("deskbeat.exe", *self.state, *flags, **self.env)
        self.log = Lines(self.process.stderr)
        Lines(self.process.stdout)
        wine.agents.append(self)

    def call(self, *verb):
        """A second process: exit code, and what it prints."""
        process = self.wine.start("deskbeat.exe", *self.state, *verb, **self.env)
        try:
            out, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Failed(f"deskbeat {' '.join(verb)} did not end") from None
        return process.returncode, out.decode(errors="replace")

    def view(self):
        _, told = self.call("status", "--json")
        try:
            return json.loads(told)
        except ValueError:
            return {}

    def wait_state(self, state):
        def reached():
            view = self.view()
            return view if view.get("state") == state else None

        return wait_for(f"the session to be {state}", reached, pause=0.5)

    def said(self, text, since=0, patience=PATIENCE):
        """The first log line that holds `text`: (index, seconds since the epoch by its own clock)."""
        index, line = self.log.wait(text, since=since, patience=patience)
        return index, seconds(json.loads(line)["timestamp"])

    def here(self):
        return self.log.here()
