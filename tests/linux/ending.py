"""The user ends the session: menu, confirmation, progress, and what to do when it does not get through."""

import signal

from agent import Agent
from desk import Desk
from sandbox import Sandbox
from waiting import check, wait_for

NOT_CARRIED_OUT = "after-end action"


def confirm(desk):
    """In the fresh dialog the safe button has the keyboard."""
    desk.window("End session")
    desk.key("Tab", "Return")
    desk.no_window("End session")


def click_confirm_and_closed_before_the_shutdown():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start")
        agent.wait_state("active")

        agent.click_row("End session", button=3)
        desk.window("End session")
        desk.steady_pixels()
        desk.shoot("dialog-end")
        desk.key("Return")
        desk.no_window("End session")
        check(agent.view()["state"] == "active", "Enter on the fresh dialog ended the session")
        check(sandbox.closes() == 0, "Enter on the fresh dialog closed the session")
        # Its picture would change with the keyboard's focus, beside the menu's.
        desk.close_window("Deskbeat")

        agent.click_row("End session")
        desk.window("End session")
        desk.key("Escape")
        desk.no_window("End session")
        check(agent.view()["state"] == "active", "Escape ended the session")
        desk.close_window("Deskbeat")

        sandbox.do("latency 1500")
        agent.click_row("End session")
        confirm(desk)
        # Once more while it is under way, and once more afterwards, as a panel might report it.
        agent.wait_state("ending")
        number, enabled = agent.row("End session")
        check(not enabled, "a second end can be chosen")
        agent.press(number)
        _, accepted = sandbox.wait("close accepted")
        _, carried_out = agent.said(NOT_CARRIED_OUT)
        check(accepted < carried_out, f"closed {accepted - carried_out} s after the after-end action")
        agent.wait_state("closed")
        agent.press(agent.row("End session")[0])
        agent.call("end", "--yes")
        check(not desk.windows("End session"), "a dialog for a session that is closed")
        output = sandbox.outputs()[0]
        check((output["outcome"], output["reason"]) == ("ended", "user"), f"told {output}")
        check(sandbox.closes() == 1, f"{sandbox.closes()} closes")


def two_clicks_make_one_dialog():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start")
        agent.wait_state("active")
        for _ in range(3):
            agent.choose("End session")
        confirm(desk)
        sandbox.wait("close accepted")
        agent.wait_state("closed")
        # What was asked in the meantime is answered by now.
        desk.steady_pixels()
        check(not desk.windows("End session"), "a second dialog for one end")


def a_hang_shows_progress_and_try_again_works():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start 120")
        agent.wait_state("active")
        # Longer than a call may take; unlike a hang it is not answered when the fault is cleared.
        sandbox.do("latency 60000")
        agent.click_row("End session")
        confirm(desk)
        desk.window("Deskbeat")
        desk.shoot("dialog-progress")
        sandbox.do("clear")
        sandbox.do("refuse ThrottlingException")
        desk.window("not closed yet")
        desk.shoot("dialog-stuck")
        rows = [text for _, text, enabled in agent.menu() if enabled]
        check("Try again" in rows and "Shut down anyway" in rows, f"the menu offers {rows}")
        agent.open_menu()
        desk.shoot("menu-ending-stuck")
        desk.key("Escape")
        desk.window("not closed yet")
        sandbox.do("clear")
        desk.key("Return")
        _, accepted = sandbox.wait("close accepted")
        _, carried_out = agent.said(NOT_CARRIED_OUT)
        check(accepted < carried_out, "closed after the after-end action")
        agent.wait_state("closed")
        desk.no_window("not closed yet")
        check(sandbox.closes() == 1, f"{sandbox.closes()} closes")


def a_close_that_does_not_get_through_can_be_given_up():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start 300")
        agent.wait_state("active")
        sandbox.do("refuse ServiceUnavailable")
        agent.choose("End session")
        confirm(desk)
        desk.window("not closed yet")
        desk.key("Tab", "Return")
        agent.said(NOT_CARRIED_OUT)
        check(sandbox.closes() == 0, "it was closed although the service refused")
        # It goes on trying while the computer goes down.
        sandbox.do("clear")
        sandbox.wait("close accepted")
        agent.wait_state("closed")
        check(agent.log.count(NOT_CARRIED_OUT) == 1, "the after-end action was carried out twice")


def asking_for_more_time_by_the_menu():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start 60 3000")
        agent.wait_state("active")
        number, enabled = agent.row("Ask for more time")
        check(not enabled, "more time can be asked for although the workflow offers none")
        sandbox.do("start 60 3000", {"sessionId": "session-1", "extendable": True})
        wait_for("more time on offer", lambda: agent.row("Ask for more time")[1])
        agent.click_row("Ask for more time")
        sandbox.wait("close accepted")
        sandbox.do("start 60 7200")
        agent.wait_state("active")
        check(sandbox.outputs()[1]["outcome"] == "extend", f"told {sandbox.outputs()}")
        check(agent.log.count(NOT_CARRIED_OUT) == 0, "the computer was shut down for more time")


def about_log_and_diagnostics():
    with Sandbox() as sandbox, Desk() as desk:
        # Stand-ins for what a desktop brings: a clipboard program and a way to open files.
        bin = desk.make("bin")
        for name, script in (("xclip", "cat > $HOME/clipboard"), ("xdg-open", 'echo "$1" > $HOME/opened')):
            (bin / name).write_text(f"#!/bin/sh\n{script}\n")
            (bin / name).chmod(0o755)
        home = desk.folder / "home"
        with Agent(desk, sandbox, env={"PATH": f"{bin}:{desk.env['PATH']}"}) as agent:
            sandbox.do("start")
            agent.wait_state("active")
            agent.choose("About")
            desk.window("About Deskbeat")
            desk.steady_pixels()
            desk.shoot("dialog-about")
            desk.key("Return")
            desk.no_window("About Deskbeat")
            agent.choose("Copy diagnostics")
            text = wait_for("the clipboard", lambda: read(home / "clipboard"))
            check("Your session is active." in text and "Deskbeat" in text, f"copied {text!r}")
            check("AQCEAAAA" not in text, "a token on the clipboard")
            agent.choose("Open log")
            wait_for("the log to be opened", lambda: read(home / "opened"))
            agent.stop(signal.SIGTERM)


def read(path):
    return path.read_text() if path.exists() else ""


TESTS = [
    click_confirm_and_closed_before_the_shutdown,
    a_hang_shows_progress_and_try_again_works,
    a_close_that_does_not_get_through_can_be_given_up,
    two_clicks_make_one_dialog,
    asking_for_more_time_by_the_menu,
    about_log_and_diagnostics,
]
