"""Who lives in which logon: the agent ends with its own, and the next one's begins at once."""

import json
import pathlib
import signal
import socket
import time

from agent import Agent
from desk import Desk
from hostile import send_unknown_flag
from sandbox import Sandbox
from shutdown import ended_by_itself, locks, logind_said
from waiting import PATIENCE, check, output, wait_for

# From the end of the logon to the end of its process; and from the start of the next agent to its
# first beat.
GONE_WITHIN = 15
BEATS_WITHIN = 10


def began(sandbox, agent):
    sandbox.do("start")
    agent.wait_state("active")


def ends_with(how, **settings):
    """A logon that ends like this: the session is closed by its policy, and the process goes."""
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        desk.log_on("c1")
        with Agent(desk, sandbox, **settings) as agent:
            began(sandbox, agent)
            at = time.monotonic()
            how(desk)
            ended_by_itself(agent)
            took = time.monotonic() - at
            check(took < GONE_WITHIN, f"the process went after {took:.1f} s")
            kept = settings.get("on_logoff") == "keep"
            check(sandbox.closes() == (0 if kept else 1), f"{sandbox.closes()} closes")
            if not kept:
                check(sandbox.outputs()[0]["reason"] == "logoff", f"told {sandbox.outputs()}")
            return [f"gone {took:.1f} s after the end of the logon"]


def the_session_closes_and_its_display_stays():
    return ends_with(lambda desk: desk.session_closes("c1"))


def the_session_is_forgotten_and_its_display_stays():
    return ends_with(lambda desk: desk.session_is_gone("c1"))


def the_session_closes_and_the_policy_is_to_keep():
    return ends_with(lambda desk: desk.session_closes("c1"), on_logoff="keep")


def the_display_ends_before_logind_says_so():
    return ends_with(lambda desk: desk.display.kill())


def nothing_else_ends_a_living_logon():
    """logind restarts, the session bus goes: the logon lives, and so does its session."""
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        desk.log_on("c1")
        with Agent(desk, sandbox) as agent:
            sandbox.do("start 6")
            agent.wait_state("active")
            desk.session_bus.kill()
            here = sandbox.log.here()
            for _ in range(4):
                here = sandbox.log.wait("beat accepted", since=here)[0] + 1
            check(sandbox.closes() == 0 and agent.process.poll() is None, "a living logon was closed")
            desk.session_closes("c1")
            ended_by_itself(agent)
            check(sandbox.closes() == 1, f"{sandbox.closes()} closes")


def the_next_logon_of_the_same_user_beats_and_nobody_is_greeted():
    told = []
    for policy in ("end", "keep"):
        with Sandbox() as sandbox, Desk() as desk:
            desk.start_logind()
            desk.log_on("c1")
            with Agent(desk, sandbox, on_logoff=policy) as first:
                began(sandbox, first)
                # The close takes a while: the next logon comes into it.
                sandbox.do("latency 1500")
                desk.session_closes("c1")
                first.said("stopping")
                desk.log_on("c2")
                at, here = time.time(), sandbox.log.here()
                with Agent(desk, sandbox, on_logoff=policy) as second:
                    if policy == "end":
                        sandbox.wait("close accepted", since=here)
                        sandbox.do("clear")
                        sandbox.do("start")
                    _, beat = sandbox.wait("beat accepted", since=sandbox.log.here() if policy == "end" else here)
                    check(beat - at < BEATS_WITHIN, f"the first beat came after {beat - at:.1f} s")
                    second.wait_state("active")
                    check(not desk.windows("Deskbeat"), "a window greets the user")
                    check(first.process.wait(PATIENCE) == 0, f"exit code {first.process.returncode}")
                    told.append(f"on_logoff = {policy}: first beat {beat - at:.1f} s after the next start")
    return told


def no_token_is_taken_where_the_logon_is_over():
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        desk.log_on("c1")
        desk.session_closes("c1")
        sandbox.do("start")
        with Agent(desk, sandbox) as agent:
            ended_by_itself(agent)
            check(sandbox.count("beat accepted") == 0, f"it took the token: {sandbox.log.all[-5:]}")


def a_crash_in_the_middle_of_the_logoff_is_mended_by_the_next_start():
    """The journal's session is closed although nobody is logged on any more."""
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        desk.log_on("c1")
        with Agent(desk, sandbox) as agent:
            began(sandbox, agent)
            agent.process.kill()
            agent.process.wait()
        desk.session_closes("c1")
        with Agent(desk, sandbox) as agent:
            sandbox.wait("close accepted")
            ended_by_itself(agent)


def the_compositor_ends():
    """Wayland without X: only its socket tells."""
    with Sandbox() as sandbox, Desk() as desk:
        path = pathlib.Path(desk.env["XDG_RUNTIME_DIR"]) / "wayland-7"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            env = {"DISPLAY": None, "WAYLAND_DISPLAY": "wayland-7"}
            with Agent(desk, sandbox, env=env) as agent:
                client, _ = listener.accept()
                began(sandbox, agent)
                # Only this client is thrown out: it comes again.
                client.close()
                client, _ = listener.accept()
                check(sandbox.closes() == 0, "closed although the compositor is there")
                listener.close()
                client.close()
                sandbox.wait("close accepted")
                ended_by_itself(agent)


def an_x_server_inside_a_compositor_may_go():
    with Sandbox() as sandbox, Desk() as desk:
        path = pathlib.Path(desk.env["XDG_RUNTIME_DIR"]) / "wayland-7"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            with Agent(desk, sandbox, env={"WAYLAND_DISPLAY": "wayland-7"}) as agent:
                client, _ = listener.accept()
                sandbox.do("start 6")
                agent.wait_state("active")
                desk.display.kill()
                here = sandbox.log.here()
                for _ in range(3):
                    here = sandbox.log.wait("beat accepted", since=here)[0] + 1
                check(sandbox.closes() == 0 and agent.process.poll() is None, "a living logon was closed")
                listener.close()
                client.close()
                ended_by_itself(agent)


def a_message_nobody_understands_costs_neither_lock_nor_session():
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        with Agent(desk, sandbox) as agent:
            sandbox.do("start 6")
            logind_said(desk, "taken")
            agent.wait_state("active")
            agent.name()
            for _ in range(3):
                # Who of the bus's clients is the agent's: those of its process.
                for address in (desk.env["DBUS_SYSTEM_BUS_ADDRESS"], desk.env["DBUS_SESSION_BUS_ADDRESS"]):
                    before = clients(address, agent.pid)
                    check(before, f"the agent has no connection to {address}")
                    for name in before:
                        send_unknown_flag(address, name)
                    wait_for("new connections", lambda: set(clients(address, agent.pid)) - set(before))
                check(locks(desk) >= 1, "no lock while the connection came again")
            wait_for("one lock", lambda: locks(desk) == 1)
            check(sandbox.closes() == 0 and agent.process.poll() is None, "a living session was closed")
            desk.prepare_for_shutdown(True)
            sandbox.wait("close accepted")
            check(sandbox.outputs()[0]["reason"] == "os-shutdown", f"told {sandbox.outputs()}")
            wait_for("no lock", lambda: locks(desk) == 0)


def clients(address, pid):
    """The unique names of this process on a bus."""
    listed = output("busctl", f"--address={address}", "list", "--unique", "--json=short")
    return [entry["name"] for entry in json.loads(listed or "[]") if entry.get("pid") == pid]


def a_shutdown_is_heard_while_logind_owes_an_answer():
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        desk.system("FallSilent", "org.freedesktop.DBus.Mock")
        with Agent(desk, sandbox) as agent:
            began(sandbox, agent)
            logind_said(desk, "silent")
            desk.prepare_for_shutdown(True)
            sandbox.wait("close accepted")
            check(sandbox.outputs()[0]["reason"] == "os-shutdown", f"told {sandbox.outputs()}")


def a_stop_in_the_middle_of_a_shutdown_is_no_logoff():
    """Without a lock the signal to stop comes before the announcement is read."""
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        desk.system("FallSilent", "org.freedesktop.DBus.Mock")
        with Agent(desk, sandbox, on_logoff="keep") as agent:
            began(sandbox, agent)
            desk.system("PrepareUnheard", "org.freedesktop.DBus.Mock")
            agent.stop(signal.SIGTERM)
            check(sandbox.closes() == 1, "closed by the wrong policy")
            check(sandbox.outputs()[0]["reason"] == "os-shutdown", f"told {sandbox.outputs()}")


def no_token_is_taken_on_a_machine_that_is_going_down():
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind(PreparingForShutdown=True)
        sandbox.do("start 6")
        with Agent(desk, sandbox) as agent:
            agent.said("the operating system says")
            agent.said("QueueFound")
            check(agent.view()["state"] == "waiting", f"{agent.view()}")
            check(agent.log.count("Receive") == 0, "it asks for a session")
            check(sandbox.count("beat accepted") == 0, "a session began on a machine that goes down")
            # Called off: now it may.
            desk.prepare_for_shutdown(False)
            sandbox.wait("beat accepted")


def a_logind_with_little_patience_hears_no_false_alarm():
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind(InhibitDelayMaxUSec=500_000)
        with Agent(desk, sandbox) as agent:
            began(sandbox, agent)
            logind_said(desk, "taken")
            sandbox.do("latency 1000")
            desk.prepare_for_shutdown(True)
            _, prepares = logind_said(desk, "prepares")
            _, released = logind_said(desk, "released")
            sandbox.wait("close accepted")
            agent.wait_state("closed")
            check(agent.log.count("DB-303") == 0, "it says that a close was not accepted which was")
            held = released["mono"] - prepares["mono"]
            return [f"logind's half second: held for {held:.2f} s, closed all the same"]


TESTS = [
    the_session_closes_and_its_display_stays,
    the_session_is_forgotten_and_its_display_stays,
    the_session_closes_and_the_policy_is_to_keep,
    the_display_ends_before_logind_says_so,
    nothing_else_ends_a_living_logon,
    the_next_logon_of_the_same_user_beats_and_nobody_is_greeted,
    no_token_is_taken_where_the_logon_is_over,
    a_crash_in_the_middle_of_the_logoff_is_mended_by_the_next_start,
    the_compositor_ends,
    an_x_server_inside_a_compositor_may_go,
    a_message_nobody_understands_costs_neither_lock_nor_session,
    a_shutdown_is_heard_while_logind_owes_an_answer,
    a_stop_in_the_middle_of_a_shutdown_is_no_logoff,
    no_token_is_taken_on_a_machine_that_is_going_down,
    a_logind_with_little_patience_hears_no_false_alarm,
]
