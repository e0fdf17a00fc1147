"""The machine or the user's session ends: logind, SIGTERM, the session bus."""

import json
import signal

from agent import Agent
from desk import Desk
from sandbox import Sandbox
from waiting import PATIENCE, Failed, check, wait_for

# What logind waits for is 5 s; the issue asks for half a second less.
LONGEST_HOLD = 4.5
TRIES = 3


def logind_said(desk, what, since=0):
    index, line = desk.logind.wait(f'"logind": "{what}"', since=since)
    return index, json.loads(line)


def locks(desk):
    """How many are held."""
    return desk.logind.count('"taken"') - desk.logind.count('"released"')


def a_lock_is_held_while_a_session_is_alive():
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        with Agent(desk, sandbox) as agent:
            wait_for("the queue", lambda: "Waiting for a session" in agent.view().get("sentence", ""))
            check(desk.logind.count('"taken"') == 0, "a lock without a session")
            sandbox.do("start")
            _, taken = logind_said(desk, "taken")
            check((taken["what"], taken["mode"], taken["who"]) == ("shutdown", "delay", "Deskbeat"), f"{taken}")
            agent.wait_state("active")
            check(agent.call("end", "--yes")[0] == 0, "not ended")
            logind_said(desk, "released")
            check(locks(desk) == 0 and desk.logind.count('"taken"') == 1, f"{desk.logind.all}")


def closed_before_the_machine_goes_down():
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        with Agent(desk, sandbox) as agent:
            sandbox.do("start")
            logind_said(desk, "taken")
            agent.wait_state("active")
            sandbox.do("latency 800")
            desk.prepare_for_shutdown(True)
            _, released = logind_said(desk, "released")
            _, accepted = sandbox.wait("close accepted")
            check(accepted < released["at"], f"released {accepted - released['at']:.3f} s before the close")
            output = sandbox.outputs()[0]
            check(output["reason"] == "os-shutdown", f"told {output}")
            check(agent.log.count("after-end action") == 0, "a shutdown of our own as well")


def a_hanging_service_holds_the_machine_up_for_4_5_seconds_at_most():
    held = []
    for _ in range(TRIES):
        with Sandbox() as sandbox, Desk() as desk:
            desk.start_logind()
            with Agent(desk, sandbox) as agent:
                sandbox.do("start")
                logind_said(desk, "taken")
                agent.wait_state("active")
                sandbox.do("hang")
                desk.prepare_for_shutdown(True)
                _, prepares = logind_said(desk, "prepares")
                _, released = logind_said(desk, "released")
                check(sandbox.closes() == 0, "closed although the service hangs")
                held.append(released["mono"] - prepares["mono"])
                check(held[-1] > 2, f"given up after {held[-1]:.1f} s")
        # A machine that stalls may be late once.
        if held[-1] <= LONGEST_HOLD:
            return [f"held for {held[-1]:.2f} s while the service hangs"]
    raise Failed(f"held for {held} s")


def a_shutdown_called_off_goes_on():
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        with Agent(desk, sandbox, on_shutdown="keep") as agent:
            sandbox.do("start 6")
            logind_said(desk, "taken")
            agent.wait_state("active")
            desk.prepare_for_shutdown(True)
            logind_said(desk, "released")
            agent.said("OsEnding")
            here = sandbox.log.here()
            desk.prepare_for_shutdown(False)
            called_off, _ = logind_said(desk, "called off")
            logind_said(desk, "taken", called_off)
            agent.said("the shutdown was called off")
            check(desk.logind.count('"refused"') == 0, "asked for a lock in the middle of the shutdown")
            sandbox.log.wait("beat accepted", since=here)
            check(agent.view()["state"] == "active" and sandbox.closes() == 0, "it did not go on")


def called_off_while_the_service_hangs():
    """The close may have been sent: it is sent until it is accepted; and the lock is there again."""
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        with Agent(desk, sandbox) as agent:
            sandbox.do("start")
            logind_said(desk, "taken")
            agent.wait_state("active")
            sandbox.do("hang")
            desk.prepare_for_shutdown(True)
            logind_said(desk, "released")
            desk.prepare_for_shutdown(False)
            called_off, _ = logind_said(desk, "called off")
            logind_said(desk, "taken", called_off)
            sandbox.do("clear")
            sandbox.wait("close accepted")
            agent.wait_state("closed")
            logind_said(desk, "released", called_off)


def without_logind_a_session_is_a_session():
    """As in a container: it says so once."""
    with Sandbox() as sandbox, Desk() as desk:
        with Agent(desk, sandbox) as agent:
            sandbox.do("start")
            agent.wait_state("active")
            agent.said("logind cannot be asked to wait")
            agent.stop(signal.SIGTERM)
            sandbox.wait("close accepted")


def sigterm_means_logoff():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start")
        agent.wait_state("active")
        agent.stop(signal.SIGTERM)
        check(sandbox.closes() == 1, f"{sandbox.closes()} closes")
        check(sandbox.outputs()[0]["reason"] == "logoff", f"told {sandbox.outputs()}")


def sigterm_keeps_where_the_policy_says_so():
    with Sandbox() as sandbox, Desk() as desk:
        with Agent(desk, sandbox, on_logoff="keep") as agent:
            sandbox.do("start")
            agent.wait_state("active")
            agent.stop(signal.SIGTERM)
        check(sandbox.closes() == 0, "closed although the policy is to keep")
        here = sandbox.log.here()
        with Agent(desk, sandbox, on_logoff="keep") as agent:
            sandbox.log.wait("beat accepted", since=here)
            agent.wait_state("active")


def the_session_bus_goes_away():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start")
        agent.wait_state("active")
        agent.name()
        desk.session_bus.kill()
        sandbox.wait("close accepted")
        check(sandbox.outputs()[0]["reason"] == "logoff", f"told {sandbox.outputs()}")
        ended_by_itself(agent)


def ended_by_itself(agent):
    """After its logon."""
    code = agent.process.wait(PATIENCE)
    check(code == 0, f"exit code {code}: {agent.log.all[-4:]}")
    check(agent.log.count("panicked") == 0, "a panic")


TESTS = [
    a_hanging_service_holds_the_machine_up_for_4_5_seconds_at_most,
    a_lock_is_held_while_a_session_is_alive,
    closed_before_the_machine_goes_down,
    a_shutdown_called_off_goes_on,
    called_off_while_the_service_hangs,
    without_logind_a_session_is_a_session,
    sigterm_means_logoff,
    sigterm_keeps_where_the_policy_says_so,
    the_session_bus_goes_away,
]
