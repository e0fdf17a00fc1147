"""Desktops that lack something: a panel that comes late or crashes, no display, no bus, no
notification server, no window."""

import signal

from agent import Agent
from desk import Desk
from sandbox import Sandbox
from waiting import check, wait_for


def the_icon_comes_back_with_the_panel():
    with Sandbox() as sandbox, Desk(panel=False) as desk, Agent(desk, sandbox) as agent:
        agent.said("no panel shows tray icons")
        sandbox.do("start")
        agent.wait_state("active")
        desk.panel = desk.start_panel()
        agent.find_icon()
        for how in (signal.SIGTERM, signal.SIGKILL):
            desk.stop_panel(how)
            wait_for("the icon to be gone", lambda: not agent.icon_now())
            desk.panel = desk.start_panel()
            agent.find_icon()
        # It is not only a picture.
        agent.click_row("About")
        desk.window("About Deskbeat")
        desk.key("Return")
        desk.no_window("About Deskbeat")


def no_display_is_no_error():
    """The icon needs the bus only, and the session needs neither."""
    with Sandbox() as sandbox, Desk() as desk:
        with Agent(desk, sandbox, env={"DISPLAY": None, "WAYLAND_DISPLAY": None}) as agent:
            sandbox.do("start")
            agent.wait_state("active")
            agent.find_icon()
            agent.choose("End session")
            wait_for("the question", lambda: desk.run("dunstctl", "count", "displayed") not in ("", "0", "1"))
            desk.choose_action("End session")
            sandbox.wait("close accepted")
            check(agent.log.count("panicked") == 0, "a panic")


def no_session_bus_is_no_error():
    """One line in the log, and a session as any other."""
    with Sandbox() as sandbox, Desk(panel=False) as desk:
        with Agent(desk, sandbox, env={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus"}) as agent:
            agent.said("running without a tray icon: there is no session bus")
            sandbox.do("start")
            agent.wait_state("active")
            code, told = agent.call("end", "--yes")
            check(code == 0, f"end: exit code {code}: {told}")
            agent.wait_state("closed")
            agent.stop(signal.SIGTERM)
            check(agent.log.count("without a tray icon") == 1, "more than one line")
            check(agent.log.count("panicked") == 0, "a panic")


def a_desktop_that_comes_later_is_joined():
    """As a unit of systemd may be started before it: no display, and no bus yet."""
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        early = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "DBUS_SESSION_BUS_ADDRESS": None}
        with Agent(desk, sandbox, env=early, idle_minutes=1) as agent:
            agent.said("running without a tray icon: there is no session bus")
            agent.said("idle_minutes has no effect here")
            sandbox.do("start")
            agent.wait_state("active")
            desk.start_late_bus()
            desk.start_notifications()
            desk.panel = desk.start_panel()
            agent.find_icon()
            agent.said("the desktop has come")
            agent.choose("End session")
            desk.window("End session")
            desk.key("Escape")
            # And it is known that nobody is there.
            wait_for("the countdown", lambda: agent.view().get("countdown"))
            check(agent.view()["countdown"]["reason"] == "idle", f"told {agent.view()}")


def a_bus_that_comes_later_to_another_place_is_joined():
    """As dbus-launch's: only the user's systemd is told of it. Stands in for it: a `systemctl`."""
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        told = desk.folder / "environment"
        told.write_text("")
        folder = desk.make("bin")
        (folder / "systemctl").write_text(f'#!/bin/sh\ncase "$*" in *show-environment*) cat {told};; *) exit 1;; esac\n')
        (folder / "systemctl").chmod(0o755)
        early = {"DISPLAY": None, "DBUS_SESSION_BUS_ADDRESS": None, "PATH": f"{folder}:{desk.env['PATH']}"}
        with Agent(desk, sandbox, env=early) as agent:
            agent.said("running without a tray icon: there is no session bus")
            sandbox.do("start 6")
            agent.wait_state("active")
            desk.start_bus("launched")
            desk.env["DBUS_SESSION_BUS_ADDRESS"] = desk.address
            watcher = desk.start_counterpart("watcher")
            server = desk.start_counterpart("notifier")
            here = sandbox.log.here()
            told.write_text(f"PATH=/bin\nDISPLAY={desk.env['DISPLAY']}\nDBUS_SESSION_BUS_ADDRESS={desk.address}\n")
            watcher.wait("registered")
            # The same process, and the same session.
            wait_for("the menu", lambda: agent.offers("End session"))
            sandbox.log.wait("beat accepted", since=here)
            check(sandbox.closes() == 0 and agent.process.poll() is None, "it cost the session")
            agent.choose("End session")
            desk.window("End session")
            desk.key("Escape")
            sandbox.do("send", {"type": "notice", "text": "Backups at noon"})
            server.wait("shown", body="Backups at noon")
            agent.stop(signal.SIGTERM)
            check(sandbox.closes() == 1, f"{sandbox.closes()} closes")
            check(agent.log.count("starting anew") == 1, "more than once")


def a_display_that_cannot_be_reached_is_no_error():
    """Nothing of the tray needs the display itself, and idle times are off."""
    with Sandbox() as sandbox, Desk(panel=False) as desk:
        with Agent(desk, sandbox, env={"DISPLAY": ":4711"}, idle_minutes=1) as agent:
            sandbox.do("start")
            agent.wait_state("active")
            agent.said("idle_minutes has no effect here")
            # No window can open: the notification's buttons stand in.
            agent.choose("End session")
            wait_for("the question", lambda: desk.run("dunstctl", "count", "displayed") not in ("", "0", "1"))
            desk.choose_action("End session")
            sandbox.wait("close accepted")


def without_a_notification_server_nothing_breaks():
    with Sandbox() as sandbox, Desk(notifications=False) as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start")
        agent.wait_state("active")
        agent.said("not shown")
        sandbox.do("send", {"type": "notice", "text": "Backups at noon"})
        agent.said("Backups at noon")
        agent.choose("End session")
        desk.window("End session")
        desk.key("Tab", "Return")
        sandbox.wait("close accepted")
        agent.wait_state("closed")


def where_no_window_can_open_a_notification_asks():
    with Sandbox() as sandbox, Desk() as desk:
        with Agent(desk, sandbox, env={"DISPLAY": None}) as agent:
            sandbox.do("start")
            agent.wait_state("active")
            desk.notices()
            for answer in ("Keep working", "End session"):
                agent.choose("End session")
                wait_for("the question", lambda: desk.run("dunstctl", "count", "displayed") == "1")
                desk.steady_pixels()
                desk.shoot("notification-end")
                check(sandbox.closes() == 0, "closed before it was confirmed")
                desk.choose_action(answer)
                if answer == "Keep working":
                    wait_for("no question", lambda: desk.run("dunstctl", "count", "displayed") == "0")
            sandbox.wait("close accepted")
            agent.wait_state("closed")


def without_window_and_notifications_the_menu_still_copes():
    """Nobody can be asked: nothing is ended, and the command line remains."""
    with Sandbox() as sandbox, Desk(notifications=False) as desk:
        with Agent(desk, sandbox, env={"DISPLAY": None}) as agent:
            sandbox.do("start")
            agent.wait_state("active")
            agent.choose("End session")
            agent.said("not shown")
            check(agent.view()["state"] == "active", "ended without an answer")
            check(agent.call("end", "--yes")[0] == 0, "not ended")
            agent.wait_state("closed")


TESTS = [
    the_icon_comes_back_with_the_panel,
    no_display_is_no_error,
    a_desktop_that_comes_later_is_joined,
    a_bus_that_comes_later_to_another_place_is_joined,
    no_session_bus_is_no_error,
    a_display_that_cannot_be_reached_is_no_error,
    without_a_notification_server_nothing_breaks,
    where_no_window_can_open_a_notification_asks,
    without_window_and_notifications_the_menu_still_copes,
]
