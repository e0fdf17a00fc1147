"""Notifications through a real server: each once, with reason and time, and none when all is well."""

import re
import signal
from collections import Counter

from agent import Agent
from desk import Desk
from sandbox import TOKEN_HEAD, Sandbox
from waiting import check, wait_for


# With the day when that is not today.
LOCAL_TIME = re.compile(r"at (\w{3} \d+ \w{3} )?\d\d:\d\d")


def told(desk, title):
    """Waits for a notification; its text."""
    found = lambda: [body for shown, body in desk.notices() if shown.startswith(title)]
    return wait_for(f"the notification {title!r}", found, pause=0.5)[0]


def a_whole_session_is_told_once_each():
    with Sandbox("--spot") as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        # Five minutes are left after a few seconds; the close comes half a minute before the limit.
        sandbox.do("start 12 340")
        wait_for("the first on the screen", lambda: desk.run("dunstctl", "count", "displayed") not in ("", "0"))
        desk.steady_pixels()
        desk.shoot("notification-started")
        check(LOCAL_TIME.search(told(desk, "Your session has started")), "no local time")
        check(LOCAL_TIME.search(told(desk, "5 minutes left")), "no local time")
        sandbox.do("refuse ThrottlingException")
        check("too busy" in told(desk, "Your session is at risk"), "no reason")
        sandbox.do("clear")
        told(desk, "Your session is safe again")
        sandbox.do("spot 200")
        check(LOCAL_TIME.search(told(desk, "AWS takes this computer back")), "no local time")
        text = "Backups at <b>noon</b> & after"
        sandbox.do("send", {"type": "notice", "text": text})
        body = told(desk, "A message from your administrator")
        check(body in (text, "Backups at &lt;b&gt;noon&lt;/b&gt; &amp; after"), f"told {body!r}")
        sandbox.do("send", {"type": "end", "graceSeconds": 8})
        check("administrator" in told(desk, "Your session ends at"), "no reason")
        wait_for("the countdown in the menu", lambda: any("Ends by itself at" in row[1] for row in agent.menu()))
        sandbox.wait("close accepted")
        check("administrator" in told(desk, "Your session is closed"), "no reason")
        agent.wait_state("closed")
        check(sandbox.outputs()[0]["reason"] == "remote", f"told {sandbox.outputs()}")
        notices = desk.notices()
        more = {title: times for (title, _), times in Counter(notices).items() if times > 1}
        check(not more, f"told more than once: {more}")
        check(len(notices) == 8, f"told something else too: {[title for title, _ in notices]}")
        check(TOKEN_HEAD not in str(notices), "a token in a notification")


def quiet_while_all_is_well_and_after_a_restart():
    with Sandbox() as sandbox, Desk() as desk:
        with Agent(desk, sandbox) as agent:
            sandbox.do("start 6 28800")
            told(desk, "Your session has started")
            wait_for("some beats", lambda: agent.view().get("beats", 0) >= 4)
            agent.stop(signal.SIGKILL, expected=-signal.SIGKILL)
        with Agent(desk, sandbox) as agent:
            since = agent.view().get("beats", 0) if agent.view() else 0
            agent.wait_state("active")
            wait_for("more beats", lambda: agent.view().get("beats", 0) >= since + 3)
        titles = [title for title, _ in desk.notices()]
        check(titles == ["Your session has started"], f"told {titles}")


def the_service_ends_a_session():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start 6")
        told(desk, "Your session has started")
        sandbox.do("abort")
        told(desk, "Your session was ended from outside")
        agent.wait_state("ended-elsewhere")
        check(len(desk.notices()) == 2, f"told {desk.notices()}")


def a_countdown_on_the_screen():
    """For the screenshot, and the button of a notification."""
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox, extendable="true") as agent:
        sandbox.do("start 60 336")
        agent.wait_state("active")
        wait_for("two notifications", lambda: desk.run("dunstctl", "count", "displayed") == "2")
        desk.steady_pixels()
        desk.shoot("notification-time-left")
        desk.choose_action("Ask for more time")
        sandbox.wait("close accepted")
        check(sandbox.outputs()[0]["outcome"] == "extend", f"told {sandbox.outputs()}")


TESTS = [
    a_whole_session_is_told_once_each,
    quiet_while_all_is_well_and_after_a_restart,
    the_service_ends_a_session,
    a_countdown_on_the_screen,
]
