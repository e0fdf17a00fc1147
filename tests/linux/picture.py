"""Makes docs/tray-linux.png: menu, dialog and notification as they are on a real panel.

    python3 tests/linux/picture.py PROGRAM SANDBOX_SERVER [MINUTES]

With MINUTES it makes docs/window.png instead: the window after so many minutes of a session. With `languages` in
its place docs/languages.png: window and menu in three of them.
"""

import os
import pathlib
import sys
import time

# In the morning wherever this runs, so that the end of the session is today.
os.environ["TZ"] = f"DAY{time.gmtime().tm_hour - 9:+d}"

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from agent import Agent
from desk import ROOT, SHOTS, Desk
from languages import SPOKEN
from sandbox import Sandbox
from waiting import wait_for
from window import LARGE, PICTURES, Window


def main():
    program, server, *minutes = sys.argv[1:]
    Agent.program, Sandbox.program = pathlib.Path(program).resolve(), pathlib.Path(server).resolve()
    if minutes == ["languages"]:
        the_languages()
    elif minutes:
        the_window(int(minutes[0]))
    else:
        the_tray()


def the_window(minutes):
    """Something happens on the way: a message, a service that throttles for a while."""
    with Sandbox() as sandbox, Desk(panel=False, notifications=False, accessible=True, size=LARGE) as desk:
        with Agent(desk, sandbox, extendable="true") as agent:
            sandbox.do("start 45 28800")
            agent.wait_state("active")
            time.sleep(minutes * 20)
            sandbox.do("send", {"type": "notice", "text": "Backups run from 12 to 12:30"})
            time.sleep(minutes * 20)
            sandbox.do("refuse ThrottlingException")
            agent.wait_state("at-risk")
            sandbox.do("clear")
            time.sleep(minutes * 20)
            agent.wait_state("active")
            window = Window(agent)
            window.element("Active")
            window.shoot("picture")
            shot = str(PICTURES / "picture.png")
            desk.run("convert", shot, "-strip", "+dither", "-colors", "128", f"PNG8:{ROOT}/docs/window.png")


def the_languages():
    """Side by side: the window, and the menu under it."""
    columns = []
    for tag, (locale, state, *_) in SPOKEN.items():
        with Sandbox() as sandbox, Desk(accessible=True, size=LARGE) as desk:
            desk.env["LANG"] = locale
            with Agent(desk, sandbox, extendable="true") as agent:
                sandbox.do("start 120 28800")
                agent.wait_state("active")
                window = Window(agent)
                window.element(state)
                window.shoot(f"picture-{tag}")
                window.process.kill()
                agent.open_menu()
                desk.shoot(f"picture-{tag}")
                menu = ["(", str(SHOTS / f"picture-{tag}.png"), "-crop", "480x280+0+0", "+repage", ")"]
                columns += ["(", str(PICTURES / f"picture-{tag}.png"), *menu, "-append", ")"]
                if tag == list(SPOKEN)[-1]:
                    desk.run(
                        "convert", *columns, "+append", "-strip", "+dither", "-colors", "128",
                        f"PNG8:{ROOT}/docs/languages.png",
                    )


def the_tray():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox, extendable="true") as agent:
        sandbox.do("start 300 28800")
        agent.wait_state("active")
        wait_for("the notification", lambda: desk.run("dunstctl", "count", "displayed") == "1")
        agent.open_menu()
        desk.shoot("picture-menu")
        desk.key("Escape")
        agent.choose("End session")
        desk.window("End session")
        desk.steady_pixels()
        desk.shoot("picture-dialog")
        menu, dialog = (str(SHOTS / f"picture-{name}.png") for name in ("menu", "dialog"))
        crop = lambda shot, area: ["(", shot, "-crop", area, "+repage", ")"]
        desk.run(
            "convert", *crop(menu, "330x250+0+0"),
            "(", *crop(dialog, "540x150+242+270"), *crop(dialog, "540x100+484+540"), "-append", ")",
            "+append", "-strip", "+dither", "-colors", "128", f"PNG8:{ROOT}/docs/tray-linux.png",
        )


main()
