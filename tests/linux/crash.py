"""The agent is killed in a living logon, and comes back by itself; after a wanted end it does not."""

import os
import signal
import time

from agent import Agent
from desk import Desk
from sandbox import Sandbox
from shutdown import ended_by_itself
from waiting import check, wait_for

BACK_WITHIN = 10


def pid(agent):
    """The agent's, which `autostart` has started."""
    lock = agent.state_dir / "control.lock"
    return int(lock.read_text() or 0) if lock.exists() else 0


def another_agent(agent, former):
    def answers():
        now = pid(agent)
        return now if now not in (0, former) and agent.view() else None

    return wait_for("another agent", answers)


def killed_and_back_without_systemd():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        with Agent(desk, sandbox, "autostart") as watcher:
            first = another_agent(watcher, 0)
            sandbox.do("start")
            watcher.wait_state("active")
            waits = []
            for _ in range(2):
                now, here, line = pid(watcher), sandbox.log.here(), watcher.log.here()
                at = time.time()
                os.kill(now, signal.SIGKILL)
                _, started = watcher.said("Deskbeat 0", since=line)
                _, beat = sandbox.wait("beat accepted", since=here)
                check(beat - at < BACK_WITHIN, f"it beat again after {beat - at:.1f} s")
                waits.append(started - at)
                another_agent(watcher, now)
            check(waits[0] >= 1 and waits[1] >= 2, f"started again after {waits}")
            check(sandbox.closes() == 0, "a living session was closed")
            check(pid(watcher) != first, "the same agent")
            # Told to stop: the session is closed, and nothing comes back.
            watcher.stop(signal.SIGTERM)
            check(sandbox.closes() == 1, f"{sandbox.closes()} closes")
            check(watcher.call("status")[0] == 3, "an agent is left")
            return [f"kill -9: started again after {waits[0]:.1f} s, then {waits[1]:.1f} s"]


def never_two_and_never_after_a_wanted_end():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        with Agent(desk, sandbox, "autostart") as watcher:
            sandbox.do("start")
            watcher.wait_state("active")
            before = pid(watcher)
            with Agent(desk, sandbox, "autostart") as second:
                check(second.process.wait(90) == 0, f"exit code {second.process.returncode}")
            check(pid(watcher) == before, "two agents")
            check(not desk.windows("Deskbeat"), "a window greets the user")
            # Whoever stops the agent itself wants it stopped.
            os.kill(before, signal.SIGTERM)
            ended_by_itself(watcher)
            check(sandbox.closes() == 1, f"{sandbox.closes()} closes")
        # As it does after a wrong configuration.
        with Agent(desk, sandbox, "autostart", after_end="explode", env={"DISPLAY": None}) as watcher:
            check(watcher.process.wait(90) == 0, f"exit code {watcher.process.returncode}")
            wrong = sum("DESKBEAT_AFTER_END" in line for line in watcher.log.all)
            check(wrong == 1, f"it was started {wrong} times: {watcher.log.all}")


def another_logon_of_the_user_has_an_agent_in_its_turn():
    """The agent ends with the logon that it served; the one beside it goes on."""
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        desk.start_logind()
        desk.log_on("c1")
        with Agent(desk, sandbox, "autostart") as first:
            sandbox.do("start")
            first.wait_state("active")
            served = pid(first)
            # From here on whoever comes lives in this one.
            desk.log_on("c2")
            with Agent(desk, sandbox, "autostart") as second:
                stands_by(desk, second)
                desk.session_closes("c1")
                ended_by_itself(first)
                check(sandbox.closes() == 1, f"{sandbox.closes()} closes")
                another_agent(second, served)
                sandbox.do("start")
                second.wait_state("active")
                check(not desk.windows("Deskbeat"), "a window greets the user")
                # Wanted, it ends for good.
                second.stop(signal.SIGTERM)
                check(sandbox.closes() == 2 and second.call("status")[0] == 3, "an agent is left")


def stands_by(desk, starter):
    """It has looked which logons there are, and then at its own."""
    wait_for("the other logon's starter", lambda: desk.logind.count(f'"pid": {starter.pid}') >= 2)


def an_agent_that_was_told_to_stop_has_no_successor_in_another_logon():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        desk.start_logind()
        desk.log_on("c1")
        with Agent(desk, sandbox, "autostart") as first:
            sandbox.do("start")
            first.wait_state("active")
            desk.log_on("c2")
            with Agent(desk, sandbox, "autostart") as second:
                stands_by(desk, second)
                os.kill(pid(first), signal.SIGTERM)
                ended_by_itself(first)
                check(second.process.wait(90) == 0, f"exit code {second.process.returncode}")
                check(second.call("status")[0] == 3 and sandbox.closes() == 1, "an agent is left")


def a_program_that_is_just_being_replaced_is_waited_for():
    """An upgrade takes the file away for a moment."""
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        desk.run("install", "-m", "755", str(Agent.program), str(desk.folder / "deskbeat"))
        with Installed(desk, sandbox, "autostart") as watcher:
            first = another_agent(watcher, 0)
            sandbox.do("start")
            watcher.wait_state("active")
            (desk.folder / "deskbeat").rename(desk.folder / "aside")
            os.kill(first, signal.SIGKILL)
            watcher.log.wait("cannot be started")
            here = sandbox.log.here()
            (desk.folder / "aside").rename(desk.folder / "deskbeat")
            sandbox.wait("beat accepted", since=here)
            another_agent(watcher, first)
            check(sandbox.closes() == 0, "a living session was closed")


class Installed(Agent):
    """From a place of its own."""

    @property
    def program(self):
        return self.desk.folder / "deskbeat"


def systemd_is_asked_where_there_is_one():
    """A stand-in for systemctl, which notes what it is told."""
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        folder = desk.make("bin")
        noted = desk.folder / "noted"
        (folder / "systemctl").write_text(f'#!/bin/sh\necho "$@" >> {noted}\n')
        (folder / "systemctl").chmod(0o755)
        env = {"PATH": f"{folder}:{desk.env['PATH']}"}
        with Agent(desk, sandbox, "autostart", env=env) as starter:
            check(starter.process.wait(90) == 0, f"exit code {starter.process.returncode}")
        told = noted.read_text().splitlines()
        check("--user start deskbeat.service" in told, f"systemctl was told {told}")
        imported = next(line for line in told if "import-environment" in line)
        check("DISPLAY" in imported and "DESKBEAT_STATE_DIR" in imported, imported)
        check(starter.call("status")[0] == 3, "an agent of our own as well")


TESTS = [
    killed_and_back_without_systemd,
    never_two_and_never_after_a_wanted_end,
    another_logon_of_the_user_has_an_agent_in_its_turn,
    an_agent_that_was_told_to_stop_has_no_successor_in_another_logon,
    a_program_that_is_just_being_replaced_is_waited_for,
    systemd_is_asked_where_there_is_one,
]
