"""One agent a computer and a user."""

import os
import signal

from agent import Agent
from desk import Desk
from sandbox import Sandbox
from waiting import check, wait_for

# A number that no account of this computer has.
STRANGER = 54321


def a_second_start_shows_the_first():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox) as agent:
        sandbox.do("start")
        agent.wait_state("active")
        with Agent(desk, sandbox) as second:
            desk.window("Deskbeat$")
            check(second.process.wait(90) == 9, f"exit code {second.process.returncode}")
        with Agent(desk, sandbox, "run", "--headless") as second:
            second.out.wait("Your session is active.")
            check(second.process.wait(90) == 9, f"exit code {second.process.returncode}")
        check(agent.view()["state"] == "active", "the first suffered")


def a_second_user_is_told_and_takes_over():
    # Root may be somebody else; whoever is not asks sudo.
    root = [] if os.getuid() == 0 else ["sudo", "-n", "--preserve-env"]
    become = [*root, "setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups"]
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        # The stranger's programs and folders must be within his reach.
        desk.folder.chmod(0o755)
        desk.run("install", "-m", "755", str(Agent.program), str(desk.folder / "deskbeat"))
        desk.run(*root, "install", "-d", "-m", "700", "-o", str(STRANGER), str(desk.folder / "strange"))
        with Agent(desk, sandbox, one_per_machine="true") as first:
            wait_for("the first's state", lambda: first.view().get("state") == "waiting")
            settings = {"state": "strange", "prefix": become, "one_per_machine": "true"}
            with Stranger(desk, sandbox, "run", "--headless", **settings) as second:
                second.said("This computer's session is")
                view = second.wait_state("needs-attention")
                check("waits for its end" in view["sentence"], f"told {view['sentence']!r}")
                check(second.call("end", "--yes")[0] == 4, "somebody else's session was ended")
                sandbox.do("start")
                first.wait_state("active")
                check(second.view()["state"] == "needs-attention", "two sessions on one computer")
                first.stop(signal.SIGTERM)
                second.wait_state("waiting")
                sandbox.do("start")
                second.wait_state("active")


def an_agent_beside_a_start_up_says_that_and_takes_over():
    with Sandbox() as sandbox, Desk(panel=False, notifications=False) as desk:
        go = desk.folder / "go"
        script = ["startup", "--", "/bin/sh", "-c", f"while [ ! -e {go} ]; do sleep 0.1; done"]
        with Agent(desk, sandbox, *script, state="system", one_per_machine="true") as startup:
            sandbox.do("start")
            sandbox.wait("beat accepted")
            with Agent(desk, sandbox, "run", "--headless", one_per_machine="true") as agent:
                view = agent.wait_state("waiting")
                check("start-up is not finished" in view["sentence"], f"told {view['sentence']!r}")
                check(view["code"] == "DB-101", f"code {view['code']}")
                check(agent.call("end", "--yes")[0] == 4, "a session was ended during the start-up")
                go.touch()
                check(startup.process.wait(90) == 0, f"exit code {startup.process.returncode}")
                agent.wait_state("active")
                check(not any("DB-501" in line for line in agent.log.all), "it asks for attention")


def a_wrong_setting_is_told_where_nobody_sees_a_terminal():
    with Sandbox() as sandbox, Desk() as desk, Agent(desk, sandbox, after_end="explode") as agent:
        desk.window("cannot start")
        desk.steady_pixels()
        desk.shoot("dialog-cannot-start")
        check(any("DESKBEAT_AFTER_END" in line for line in agent.log.all), f"it says {agent.log.all}")
        desk.key("Return")
        check(agent.process.wait(90) == 8, f"exit code {agent.process.returncode}")
        # Without a desktop, or a tray, nobody is kept waiting.
        with Agent(desk, sandbox, "run", "--headless", after_end="explode") as headless:
            check(headless.process.wait(90) == 8, f"exit code {headless.process.returncode}")
        with Agent(desk, sandbox, after_end="explode", env={"DISPLAY": None}) as blind:
            check(blind.process.wait(90) == 8, f"exit code {blind.process.returncode}")


class Stranger(Agent):
    """Another user's: from a place that he can reach, and not ours to signal."""

    @property
    def program(self):
        return self.desk.folder / "deskbeat"


TESTS = [
    a_second_start_shows_the_first,
    a_second_user_is_told_and_takes_over,
    an_agent_beside_a_start_up_says_that_and_takes_over,
    a_wrong_setting_is_told_where_nobody_sees_a_terminal,
]
