"""Nobody at the desk: idle by the X server's own clock, with a real minute, and the ways back."""

from agent import Agent
from desk import Desk
from display_gate import DisplayGate
from sandbox import Sandbox
from waiting import check, wait_for


def countdown(agent):
    return agent.view().get("countdown")


def idle_counts_down_and_somebody_can_say_that_he_is_here():
    """Three agents on one display, so that one minute is enough: one closes, one is told by the menu
    that somebody is here, one notices the mouse."""
    with Sandbox() as first, Sandbox() as second, Sandbox() as third, Desk() as desk:
        settings = {"idle_minutes": 1}
        with (
            Agent(desk, first, state="closes", away_grace_seconds=1, **settings) as closes,
            Agent(desk, second, state="told", away_grace_seconds=3600, **settings) as told,
            Agent(desk, third, state="notices", away_grace_seconds=3600, **settings) as notices,
        ):
            for sandbox, agent in ((first, closes), (second, told), (third, notices)):
                sandbox.do("start")
                agent.wait_state("active")
                check(not countdown(agent), "a countdown at once")
            wait_for("the countdown", lambda: countdown(told), pause=1)
            check(countdown(told)["reason"] == "idle" and countdown(told)["canStay"], f"{countdown(told)}")
            wait_for("the button in the menu", lambda: told.offers("I'm still here"))
            desk.shoot("notification-idle")
            told.choose("I'm still here")
            wait_for("the countdown to be off", lambda: not countdown(told))
            first.wait("close accepted")
            check(first.outputs()[0]["reason"] == "idle", f"told {first.outputs()}")
            # Nobody has touched anything so far.
            wait_for("the third countdown", lambda: countdown(notices))
            desk.run("xdotool", "mousemove_relative", "7", "7")
            wait_for("the countdown to be off", lambda: not countdown(notices))
            check(second.closes() == 0 and third.closes() == 0, "closed although somebody is here")
            titles = [title for title, _ in desk.notices()]
            check(sum(title.startswith("Your session ends at") for title in titles) == 3, f"told {titles}")


def a_broken_connection_to_the_display_hides_no_absence():
    with Sandbox() as sandbox, Desk() as desk, DisplayGate(desk) as gate:
        desk.start_logind()
        desk.log_on("c1")
        with Agent(desk, sandbox, idle_minutes=1, env={"DISPLAY": gate.display}) as agent:
            sandbox.do("start")
            agent.wait_state("active")
            wait_for("the agent on the display", lambda: gate.passed >= 2)
            gate.break_all()
            wait_for("the countdown", lambda: countdown(agent), pause=1)
            check(countdown(agent)["reason"] == "idle", f"{countdown(agent)}")
            # Nobody can tell any more: nobody is sent away.
            gate.refuse()
            wait_for("the countdown to be off", lambda: not countdown(agent))
            check(sandbox.closes() == 0, "closed although nobody can tell")


TESTS = [a_broken_connection_to_the_display_hides_no_absence, idle_counts_down_and_somebody_can_say_that_he_is_here]
