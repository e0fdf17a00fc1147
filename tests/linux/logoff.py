"""Who lives in which logon: the agent ends with its own, and the next one's begins at once."""

import json
import os
import pathlib
import signal
import socket
import time

from agent import Agent
from desk import Desk
from display_gate import DisplayGate
from hostile import send_unknown_flag
from sandbox import Sandbox
from shutdown import ended_by_itself, locks, logind_said
from waiting import PATIENCE, check, output, run, wait_for

# From the end of the logon to the end of its process; and from the start of the next agent to its
# first beat.
GONE_WITHIN = 15
BEATS_WITHIN = 10


def some_beats(sandbox, count):
    here = sandbox.log.here()
    for _ in range(count):
        here = sandbox.log.wait("beat accepted", since=here)[0] + 1


def lives_on(sandbox, agent, beats):
    """It beats so often from here on, and nothing is closed."""
    some_beats(sandbox, beats)
    check(sandbox.closes() == 0 and agent.process.poll() is None, "a living logon was closed")


def began(sandbox, agent):
    sandbox.do("start")
    agent.wait_state("active")


def ends_with(how, logind=(), **settings):
    """A logon that ends like this: the session is closed by its policy, and the process goes."""
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind(**dict(logind))
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


def the_session_closes_and_nobody_could_watch_its_leader():
    return ends_with(lambda desk: desk.session_closes("c1"), {"Leaders": False})


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
            lives_on(sandbox, agent, 4)
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
                lives_on(sandbox, agent, 3)
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


def a_logon_without_a_screen_that_began_sooner_is_none_that_ended():
    """Of one user's logons that with a screen is served; the other one neither ends nor keeps it."""
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        desk.log_on_elsewhere("c1", "tty")
        with Agent(desk, sandbox) as agent:
            sandbox.do("start 3")
            agent.wait_state("active")
            desk.log_on_elsewhere("c2", "x11")
            lives_on(sandbox, agent, 8)
            desk.session_closes("c2")
            ended_by_itself(agent)
            check(sandbox.closes() == 1, f"{sandbox.closes()} closes")


def a_logind_that_comes_back_may_not_know_its_sessions_yet():
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        desk.log_on("c1")
        with Agent(desk, sandbox) as agent:
            sandbox.do("start 3")
            agent.wait_state("active")
            desk.restart_logind(Unread={"c1": os.getuid()})
            logind_said(desk, "unread")
            lives_on(sandbox, agent, 4)
            desk.session_is_gone("c1")
            ended_by_itself(agent)
            check(sandbox.closes() == 1, f"{sandbox.closes()} closes")


def a_display_that_takes_no_more_clients_has_not_ended():
    with Sandbox() as sandbox, Desk() as desk, DisplayGate(desk) as gate:
        desk.start_logind()
        desk.log_on("c1")
        with Agent(desk, sandbox, env={"DISPLAY": gate.display}) as agent:
            sandbox.do("start 3")
            agent.wait_state("active")
            wait_for("the agent on the display", lambda: gate.passed)
            gate.refuse()
            wait_for("a refusal", lambda: gate.refused)
            lives_on(sandbox, agent, 4)
            desk.session_closes("c1")
            ended_by_itself(agent)
            check(sandbox.closes() == 1, f"{sandbox.closes()} closes")


def whoever_breaks_connections_again_and_again_keeps_nobody_busy():
    with Sandbox() as sandbox, Desk() as desk:
        path = pathlib.Path(desk.env["XDG_RUNTIME_DIR"]) / "wayland-7"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            with Agent(desk, sandbox, env={"DISPLAY": None, "WAYLAND_DISPLAY": "wayland-7"}) as agent:
                listener.accept()[0].close()
                begun = time.monotonic()
                for _ in range(10):
                    listener.accept()[0].close()
                took = time.monotonic() - begun
                check(took > 1, f"ten connections within {took:.2f} s")
                began(sandbox, agent)
                check(sandbox.closes() == 0, "closed although the compositor is there")


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


def a_logind_that_refuses_is_asked_again():
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind(Refuses=2)
        with Agent(desk, sandbox) as agent:
            # The next beat, and whatever else it brings, is far away.
            sandbox.do("start 3000")
            agent.wait_state("active")
            for _ in range(2):
                logind_said(desk, "denied")
            logind_said(desk, "taken")


def a_shutdown_that_nobody_announced_is_known_from_the_refusal():
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        with Agent(desk, sandbox) as agent:
            wait_for("the queue", lambda: "Waiting for a session" in agent.view().get("sentence", ""))
            desk.system("PrepareUnannounced", "org.freedesktop.DBus.Mock")
            sandbox.do("start 3000")
            logind_said(desk, "refused")
            sandbox.wait("close accepted")
            check(sandbox.outputs()[0]["reason"] == "os-shutdown", f"told {sandbox.outputs()}")


def a_logind_that_dies_in_the_middle_of_a_shutdown_takes_it_along():
    """Its successor goes on: the next session is held as any other, and so is the next shutdown."""
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        with Agent(desk, sandbox) as agent:
            began(sandbox, agent)
            logind_said(desk, "taken")
            desk.prepare_for_shutdown(True)
            sandbox.wait("close accepted")
            desk.restart_logind()
            agent.said("the shutdown was called off")
            began(sandbox, agent)
            logind_said(desk, "taken")
            desk.prepare_for_shutdown(True)
            # Said once more, it is the same end.
            desk.prepare_for_shutdown(True)
            logind_said(desk, "released")
            wait_for("the second close", lambda: sandbox.closes() == 2)
            check(agent.log.count("DB-303") == 0, "a false alarm")


def what_others_say_in_logind_s_name_is_nothing():
    with Sandbox() as sandbox, Desk() as desk:
        desk.start_logind()
        with Agent(desk, sandbox) as agent:
            sandbox.do("start 3")
            logind_said(desk, "taken")
            address = desk.env["DBUS_SYSTEM_BUS_ADDRESS"]
            for signature, value in (("b", "true"), ("s", "true")):
                for name in clients(address, agent.pid):
                    run(
                        "busctl", f"--address={address}", f"--destination={name}", "emit", "/org/freedesktop/login1",
                        "org.freedesktop.login1.Manager", "PrepareForShutdown", signature, value,
                    )
            some_beats(sandbox, 2)
            check(sandbox.closes() == 0 and locks(desk) == 1, "somebody's word closed the session")


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
    the_session_closes_and_nobody_could_watch_its_leader,
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
    a_logon_without_a_screen_that_began_sooner_is_none_that_ended,
    a_logind_that_comes_back_may_not_know_its_sessions_yet,
    a_display_that_takes_no_more_clients_has_not_ended,
    whoever_breaks_connections_again_and_again_keeps_nobody_busy,
    a_logind_that_refuses_is_asked_again,
    a_shutdown_that_nobody_announced_is_known_from_the_refusal,
    a_logind_that_dies_in_the_middle_of_a_shutdown_takes_it_along,
    what_others_say_in_logind_s_name_is_nothing,
    a_shutdown_is_heard_while_logind_owes_an_answer,
    a_stop_in_the_middle_of_a_shutdown_is_no_logoff,
    no_token_is_taken_on_a_machine_that_is_going_down,
    a_logind_with_little_patience_hears_no_false_alarm,
]
