"""Panels, notification servers and buses that fail, hang, come late or lie: each costs only itself."""

import signal
import time

from agent import Agent
from desk import Desk
from hostile import send_unknown_flag
from logoff import clients
from sandbox import Sandbox
from waiting import check, run, wait_for

# Of the issue: a question is asked again within this after its server was started anew.
ASKED_AGAIN = 10


def shown(server, title, since=0):
    """Waits for a notification whose title begins so."""
    index = since
    while True:
        index, _ = server.lines.wait('"shown"', since=index)
        said = server.wait("shown", since=index)
        if said["title"].startswith(title):
            return said
        index += 1


# --- Panels --------------------------------------------------------------------------------------


def a_panel_that_refuses_is_asked_again():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        server = desk.start_counterpart("notifier")
        watcher = desk.start_counterpart("watcher", "refuse", 2)
        with Agent(desk, sandbox) as agent:
            watcher.wait("refused")
            sandbox.do("start")
            shown(server, "Your session has started")
            watcher.wait("registered")
            agent.said("a panel shows the tray icon")
            check(agent.offers("End session"), f"the menu holds {agent.menu()}")


def a_panel_without_a_list_is_asked_again_too():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        watcher = desk.start_counterpart("watcher", "refuse", 3, "listless")
        with Agent(desk, sandbox) as agent:
            watcher.wait("refused")
            watcher.wait("registered")
            agent.said("a panel has taken the tray icon")
            here = watcher.here()
            watcher.do("drop")
            watcher.wait("registered", since=here)
            check(agent.offers("About"), f"the menu holds {agent.menu()}")


def a_panel_that_hangs_holds_up_nothing():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        server = desk.start_counterpart("notifier")
        watcher = desk.start_counterpart("watcher")
        watcher.signal(signal.SIGSTOP)
        with Agent(desk, sandbox) as agent:
            sandbox.do("start")
            shown(server, "Your session has started")
            agent.said("the panel does not answer")
            sandbox.do("send", {"type": "notice", "text": "Backups at noon"})
            shown(server, "A message")
            watcher.signal(signal.SIGCONT)
            watcher.wait("registered")
            wait_for("the menu", lambda: agent.offers("End session"))
            # Once it stands: changes still come through after another silence.
            watcher.signal(signal.SIGSTOP)
            sandbox.do("send", {"type": "end", "graceSeconds": 1})
            sandbox.wait("close accepted")
            shown(server, "Your session is closed")
            watcher.signal(signal.SIGCONT)
            wait_for("the new tooltip", lambda: agent.tooltip().startswith("Session closed"))


def a_panel_that_never_answers_gives_way_to_one_that_does():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        server = desk.start_counterpart("notifier")
        mute = desk.start_counterpart("watcher", "silent")
        with Agent(desk, sandbox) as agent:
            mute.wait("silent")
            sandbox.do("start")
            shown(server, "Your session has started")
            # The name changes hands while the other one still lives.
            good = desk.start_counterpart("watcher")
            good.wait("registered")
            wait_for("the tooltip", lambda: newest(agent, "Your session is active"))


def newest(agent, words):
    """True if an icon of the agent's says so."""
    names = agent.desk.bus("call", "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ListNames")["data"][0]
    items = [name for name in names if name.startswith(f"org.kde.StatusNotifierItem-{agent.pid}-")]
    of = lambda name: agent.desk.bus(
        "get-property", name, "/StatusNotifierItem", "org.kde.StatusNotifierItem", "ToolTip"
    )
    told = [of(name) for name in items]
    return any(words in tip["data"][3] for tip in told if tip)


def an_icon_that_the_panel_dropped_comes_back():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        watcher = desk.start_counterpart("watcher")
        with Agent(desk, sandbox) as agent:
            watcher.wait("registered")
            agent.said("a panel shows the tray icon")
            here = watcher.here()
            watcher.do("drop")
            watcher.wait("registered", since=here)


# --- Notification servers ------------------------------------------------------------------------


def ask(agent, server, since=0):
    """Lets the agent ask by a notification: (its number, the key of End session)."""
    agent.choose("End session")
    asked = shown(server, "End session", since)
    return asked["id"], asked["keys"][asked["labels"].index("End session")]


def a_press_wins_in_whatever_order_it_is_told():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        for words in ((), ("unicast",)):
            server = desk.start_counterpart("notifier", *words)
            # Without a display no window can ask.
            settings = {"state": f"state{words}", "env": {"DISPLAY": None}, "after_end": "none"}
            with Agent(desk, sandbox, **settings) as agent:
                for order in ("close-press", "press-close"):
                    here, before = server.here(), sandbox.closes()
                    sandbox.do("start")
                    agent.wait_state("active")
                    number, key = ask(agent, server, here)
                    server.do(order, number, key)
                    wait_for(f"the close ({order}, {words})", lambda: sandbox.closes() > before, patience=20)
                    agent.wait_state("closed")
            server.stop()


def a_question_that_is_dismissed_is_answered_no():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        server = desk.start_counterpart("notifier")
        with Agent(desk, sandbox, env={"DISPLAY": None}) as agent:
            sandbox.do("start")
            agent.wait_state("active")
            number, _ = ask(agent, server)
            here = server.here()
            server.do("close", number, 2)
            # It can be asked again, which it cannot while it stands.
            wait_for("another question", lambda: agent.choose("End session") or server.lines.count('"End session"', here))
            check(sandbox.closes() == 0, "ended without an answer")


def a_press_before_the_answer_to_notify_is_heard():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        server = desk.start_counterpart("notifier", "at-once")
        with Agent(desk, sandbox, extendable="true") as agent:
            sandbox.do("start 60 336")
            agent.said("Extend")
            offer = shown(server, "5 minutes left")
            check(offer["labels"] == ["Ask for more time"], f"{offer}")
            sandbox.wait("close accepted")
            check(sandbox.outputs()[0]["outcome"] == "extend", f"told {sandbox.outputs()}")


def a_press_in_the_servers_history_counts():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        server = desk.start_counterpart("notifier", "unicast")
        with Agent(desk, sandbox, extendable="true") as agent:
            sandbox.do("start 60 336")
            agent.wait_state("active")
            offer = shown(server, "5 minutes left")
            server.do("close", offer["id"], 1)
            # It has long been off the screen.
            beats = agent.view()["beats"]
            sandbox.do("send", {"type": "notice", "text": "Backups at noon"})
            shown(server, "A message")
            time.sleep(1)
            check(agent.view()["beats"] >= beats, "the session is gone")
            server.do("press", offer["id"], offer["keys"][0])
            sandbox.wait("close accepted")
            check(sandbox.outputs()[0]["outcome"] == "extend", f"told {sandbox.outputs()}")


def a_server_that_starts_anew_is_asked_again_and_its_numbers_mean_nothing():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        server = desk.start_counterpart("notifier")
        with Agent(desk, sandbox, env={"DISPLAY": None}) as agent:
            sandbox.do("start")
            agent.wait_state("active")
            for text in ("one", "two"):
                sandbox.do("send", {"type": "notice", "text": text})
                wait_for(text, lambda: server.lines.count(f'"body": "{text}"'))
            before, key = ask(agent, server)
            server.stop()
            begun = time.monotonic()
            server = desk.start_counterpart("notifier")
            again = shown(server, "End session")
            took = time.monotonic() - begun
            check(took < ASKED_AGAIN, f"asked again after {took:.1f} s")
            check(again["id"] != before, "the test needs another number")
            # Another program's notification has the old number now.
            while True:
                other = desk.bus(
                    "call", "org.freedesktop.Notifications", "/org/freedesktop/Notifications",
                    "org.freedesktop.Notifications", "Notify", "susssasa{sv}i",
                    "other", "0", "", "Other", "", "2", key, "Press", "0", "0",
                )["data"][0]
                if other >= before:
                    break
            server.do("press", before, key)
            sandbox.do("send", {"type": "notice", "text": "three"})
            wait_for("three", lambda: server.lines.count('"body": "three"'))
            check(agent.view()["state"] == "active" and sandbox.closes() == 0, "another program's press ended the session")
            server.do("press", again["id"], key)
            sandbox.wait("close accepted")


def what_is_over_is_taken_back():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        server = desk.start_counterpart("notifier")
        with Agent(desk, sandbox) as agent:
            sandbox.do("start 6 28800")
            agent.wait_state("active")
            sandbox.do("refuse ThrottlingException")
            risk = shown(server, "Your session is at risk")
            sandbox.do("clear")
            server.wait("taken back", id=risk["id"])
            safe = shown(server, "Your session is safe again")
            sandbox.do("send", {"type": "end", "graceSeconds": 3})
            countdown = shown(server, "Your session ends at")
            shown(server, "Your session is closed")
            server.wait("taken back", id=countdown["id"])
            server.wait("taken back", id=safe["id"])


def what_needs_attention_is_told_once_and_taken_back():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        server = desk.start_counterpart("notifier")
        sandbox.do("refuse-queue AccessDenied")
        with Agent(desk, sandbox) as agent:
            agent.wait_state("needs-attention")
            told = shown(server, "Deskbeat needs attention")
            check(told["body"] == agent.view()["sentence"], f"told {told}")
            sandbox.do("clear")
            agent.wait_state("waiting")
            server.wait("taken back", id=told["id"])
            check(server.lines.count("needs attention") == 1, "told more than once")


def a_notification_server_that_hangs_holds_up_nothing():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        server = desk.start_counterpart("notifier")
        watcher = desk.start_counterpart("watcher")
        server.signal(signal.SIGSTOP)
        with Agent(desk, sandbox, env={"DISPLAY": None}) as agent:
            watcher.wait("registered")
            sandbox.do("start")
            agent.wait_state("active")
            wait_for("the menu", lambda: agent.offers("End session"))
            agent.choose("End session")
            agent.said("does not answer")
            check(agent.call("end", "--yes")[0] == 0, "not ended")
            agent.wait_state("closed")
            server.signal(signal.SIGCONT)
            shown(server, "Your session is closed")


def what_matters_is_told_to_a_server_that_comes_later():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        sandbox.do("refuse-queue AccessDenied")
        with Agent(desk, sandbox) as agent:
            agent.wait_state("needs-attention")
            agent.said("not shown")
            # One that is not ready yet, as so many are that have just started.
            server = desk.start_counterpart("notifier", "refuse", 1)
            server.wait("refused")
            told = shown(server, "Deskbeat needs attention")
            sandbox.do("clear")
            agent.wait_state("waiting")
            server.wait("taken back", id=told["id"])
            check(agent.log.count("not shown") == 1, "the same complaint more than once")


def only_the_bus_says_who_the_server_is():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        server = desk.start_counterpart("notifier", "unicast")
        with Agent(desk, sandbox, env={"DISPLAY": None}) as agent:
            sandbox.do("start")
            agent.wait_state("active")
            number, key = ask(agent, server)
            here = server.here()
            for name in clients(desk.env["DBUS_SESSION_BUS_ADDRESS"], agent.pid):
                run(
                    "busctl", f"--address={desk.env['DBUS_SESSION_BUS_ADDRESS']}", f"--destination={name}", "emit",
                    "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged",
                    "sss", "org.freedesktop.Notifications", ":1.1", ":1.2",
                )
            # Heard after it: the same connection brings both.
            server.do("press", number, key)
            sandbox.wait("close accepted")
            check(server.lines.count('"End session"', here) == 0, "asked again, for a lie")


# --- The bus -------------------------------------------------------------------------------------


def a_bus_that_comes_late_is_joined():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        address = f"unix:path={desk.folder}/late-socket"
        with Agent(desk, sandbox, env={"DBUS_SESSION_BUS_ADDRESS": address}) as agent:
            agent.said("there is no session bus")
            sandbox.do("start 60 336")
            agent.wait_state("active")
            desk.start_bus("late", address)
            desk.env["DBUS_SESSION_BUS_ADDRESS"] = address
            server = desk.start_counterpart("notifier")
            watcher = desk.start_counterpart("watcher")
            watcher.wait("registered")
            sandbox.do("send", {"type": "notice", "text": "Backups at noon"})
            shown(server, "A message")


def connections_that_somebody_breaks_are_made_again():
    """Any program may send what a strict reader takes for the end of the connection."""
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        server = desk.start_counterpart("notifier", "unicast")
        watcher = desk.start_counterpart("watcher")
        with Agent(desk, sandbox, env={"DISPLAY": None}) as agent:
            sandbox.do("start")
            agent.wait_state("active")
            agent.said("a panel shows the tray icon")
            before, key = ask(agent, server)
            here, icons = server.here(), watcher.here()
            for name in clients(desk.env["DBUS_SESSION_BUS_ADDRESS"], agent.pid):
                send_unknown_flag(desk.env["DBUS_SESSION_BUS_ADDRESS"], name)
            server.wait("taken back", id=before)
            again = shown(server, "End session", here)
            watcher.wait("registered", since=icons)
            wait_for("the menu", lambda: agent.offers("End session"))
            check(sandbox.closes() == 0, "a living session was closed")
            server.do("press", again["id"], key)
            sandbox.wait("close accepted")


TESTS = [
    a_panel_that_hangs_holds_up_nothing,
    a_panel_that_never_answers_gives_way_to_one_that_does,
    a_press_wins_in_whatever_order_it_is_told,
    a_server_that_starts_anew_is_asked_again_and_its_numbers_mean_nothing,
    a_panel_that_refuses_is_asked_again,
    a_panel_without_a_list_is_asked_again_too,
    what_matters_is_told_to_a_server_that_comes_later,
    only_the_bus_says_who_the_server_is,
    an_icon_that_the_panel_dropped_comes_back,
    a_question_that_is_dismissed_is_answered_no,
    a_press_before_the_answer_to_notify_is_heard,
    a_press_in_the_servers_history_counts,
    what_is_over_is_taken_back,
    what_needs_attention_is_told_once_and_taken_back,
    a_notification_server_that_hangs_holds_up_nothing,
    a_bus_that_comes_late_is_joined,
    connections_that_somebody_breaks_are_made_again,
]
