"""How a session ends when nothing is broken in the cloud: the user, the system, the agent, the time."""

import json
import socket

from desktop import Desktop
from logind import Logind
from scenario import answer, ended, expect, given, scenario, token_of
from stack import wait_for
from waiting import check


@scenario
def user_ends(stack):
    """The user ends the session; the computer shuts itself down"""
    execution = stack.start("session", given("ulla"))
    with Desktop(stack, execution) as desktop:
        desktop.active(beats=7)
        expect("the lock's holder", stack.item("ulla")["holder"], execution.arn)
        desktop.end()
        ended(stack, execution, "Ended", output={"outcome": "ended", "reason": "user", "user": "ulla"})
    # Nobody had to turn it off.
    check("Terminate" not in execution.entered(), f"turned off by force: {execution.entered()}")
    message = execution.messages()[1][1]
    wanted = {"heartbeatSeconds": 9, "timeoutSeconds": 600, "extendable": True, "user": "ulla"}
    expect("the message", {name: message[name] for name in wanted}, wanted)
    launch = execution.parameters("runInstances")
    expect("a launch that may be tried again", len(launch["ClientToken"]), 64)
    expect("IMDSv2", launch["MetadataOptions"]["HttpTokens"], "required")
    expect("tagged", [tags["ResourceType"] for tags in launch["TagSpecifications"]], ["instance", "volume"])


@scenario
def system_shuts_down(stack):
    """The operating system shuts down: closed before it is down, which logind waits for"""
    execution = stack.start("session", given("sara"))
    with Logind() as logind, Desktop(stack, execution, logind.environment) as desktop:
        desktop.active()
        logind.wait("taken")
        logind.prepare_for_shutdown()
        logind.wait("released")
        # Nothing is waited for any more: it is closed, or never will be.
        expect("its last state", execution.entered()[-1] != "Session", True)
        desktop.agent.kill()
        desktop.shut_down()
        ended(stack, execution, "Ended", output={"reason": "os-shutdown"})


@scenario
def startup_script_fails(stack):
    """`deskbeat startup` before anybody logs on: the script fails, and nobody waits for its desktop"""
    execution = stack.start("session", given("stella"))
    with Desktop(stack, execution, logged_on=False) as desktop:
        script = "echo the licence server does not answer; exit 3"
        desktop.say("startup", "--", "sh", "-c", script, code=3)
        told = ended(stack, execution, "StartupFailed", error="Deskbeat.StartupFailed")
    for word in ("3", "the licence server does not answer"):
        check(word in told["cause"], f"the cause says {told['cause']!r}")
    check("Session" not in execution.entered(), "a session began")


@scenario
def startup_script_succeeds(stack):
    """The script succeeds: the message is there for the user's agent"""
    execution = stack.start("session", given("stine"))
    with Desktop(stack, execution, logged_on=False) as desktop:
        desktop.say("startup", "--", "true")
        desktop.agent.start()
        desktop.active()
        desktop.end()
        ended(stack, execution, "Ended", output={"reason": "user"})


@scenario
def computer_stays_up_after_the_end(stack):
    """The user may not shut the computer down (DB-304): the workflow does"""
    execution = stack.start("session", given("viktor"))
    with Desktop(stack, execution) as desktop:
        desktop.active()
        desktop.say("end", "--yes")
        ended(stack, execution, "Ended", output={"reason": "user"})
    check("Terminate" in execution.entered(), "nobody turned it off")


@scenario
def agent_killed(stack):
    """SIGKILL of the agent: no heartbeat, HostDied, and the computer is turned off"""
    execution = stack.start("session", given("kim", heartbeatSeconds=4))
    with Desktop(stack, execution) as desktop:
        desktop.active(beats=2)
        desktop.agent.kill()
        ended(stack, execution, "HostDied", error="Deskbeat.HostDied")


@scenario
def terminated_by_hand(stack):
    """Somebody terminates the instance under the session"""
    execution = stack.start("session", given("tom", heartbeatSeconds=4))
    with Desktop(stack, execution) as desktop:
        desktop.active(beats=2)
        desktop.agent.kill()
        stack.ec2.terminate_instances(InstanceIds=[desktop.id])
        ended(stack, execution, "HostDied", error="Deskbeat.HostDied")


@scenario
def nobody_logs_on(stack):
    """No agent ever answers: NeverStarted"""
    execution = stack.start("session", given("nadja", readySeconds=3))
    execution.instance()
    ended(stack, execution, "NeverStarted", error="Deskbeat.NeverStarted")


@scenario
def time_over(stack):
    """The agent closes in order before the time is over"""
    execution = stack.start("session", given("otto", heartbeatSeconds=5, sessionSeconds=12))
    with Desktop(stack, execution) as desktop:
        desktop.active()
        ended(stack, execution, "TimeOver", output={"reason": "time-up"})


@scenario
def time_over_by_the_service(stack):
    """TimeoutSeconds ends a session whose agent does not"""
    execution = stack.start("session", given("petra", heartbeatSeconds=5, sessionSeconds=8))
    with Desktop(stack, execution, close_before_timeout_seconds=0) as desktop:
        desktop.active()
        ended(stack, execution, "TimeOver", error="Deskbeat.TimeOver")
        desktop.wait_state("ended-elsewhere")


@scenario
def failure_reported(stack):
    """`deskbeat fail` with a name of one's own"""
    execution = stack.start("session", given("fritz"))
    with Desktop(stack, execution) as desktop:
        desktop.active()
        desktop.say("fail", "--error", "Licence.Missing", "--cause", "no seat is free")
        told = ended(stack, execution, "Failed", error="Licence.Missing")
    expect("cause", told["cause"], "no seat is free")
    expect("recorded cause", stack.item("fritz")["because"], "no seat is free")


@scenario
def unhealthy(stack):
    """The remote desktop's server is down for longer than its patience: the agent's [health] ends the session"""
    execution = stack.start("session", given("hans"))
    with socket.create_server(("127.0.0.1", 0)) as server:
        health = {"health_ports": server.getsockname()[1], "health_patience_seconds": 1, "health_fail_after_seconds": 1}
        with Desktop(stack, execution, **health) as desktop:
            desktop.active()
            server.close()
            ended(stack, execution, "Unhealthy", error="Deskbeat.Unhealthy")


@scenario
def extended_twice(stack):
    """More time twice, then the end: the last message says that there is no more"""
    execution = stack.start("session", given("emma", extensions=2))
    with Desktop(stack, execution) as desktop:
        desktop.active()
        for _ in range(2):
            sent = len(execution.messages())
            desktop.say("extend")
            wait_for("another start message", lambda: len(execution.messages()) > sent)
            wait_for("beats of the new token", lambda: desktop.agent.status().get("state") == "active")
            desktop.beats_on()
        desktop.end()
        ended(stack, execution, "Ended", output={"reason": "user"})
    said = [message["extendable"] for _, message in execution.messages()[1:]]
    expect("extendable in the messages", said, [True, True, False])
    sessions = {message["sessionId"] for _, message in execution.messages()}
    expect("the session's ids", sessions, {execution.name})


@scenario
def extended_to_the_limit(stack):
    """At the limit the agent offers no more time, and an answer that asks all the same ends in order"""
    execution = stack.start("session", given("lena", extensions=1))
    with Desktop(stack, execution) as desktop:
        desktop.active()
        desktop.say("extend")
        wait_for("the last stretch", lambda: len(execution.messages()) == 3)
        wait_for("no more", lambda: desktop.agent.status().get("extendRefusal"))
        desktop.beats_on()
        desktop.say("extend", code=5)
        stack.sfn.send_task_success(taskToken=token_of(execution), output='{"outcome": "extend"}')
        told = ended(stack, execution, "TimeOver", output={"outcome": "extend"})
        desktop.wait_state("ended-elsewhere")
    expect("because", json.loads(told["output"])["because"], "More time was asked for than extensions allows.")


@scenario
def rebooted_with_keep(stack):
    """A restart of the computer inside the window, with on_shutdown and on_logoff at keep, ends nothing"""
    execution = stack.start("session", given("rita", heartbeatSeconds=30))
    with Desktop(stack, execution, on_shutdown="keep", on_logoff="keep", beat_interval_seconds=1) as desktop:
        desktop.active(beats=2)
        expect("the agent's exit code", desktop.agent.stop(), 0)
        expect("the execution", execution.status(), "RUNNING")
        desktop.agent.start()
        wait_for("the session again", lambda: desktop.agent.status().get("state") == "active")
        desktop.beats_on()
        expect("the same session", desktop.agent.status()["sessionId"], execution.name)
        desktop.end()
        ended(stack, execution, "Ended", output={"reason": "user"})


@scenario
def empty_output(stack):
    """An answer without any field is an end"""
    execution = stack.start("session", given("eva"))
    answer(stack, execution, 0)
    answer(stack, execution, 1)
    ended(stack, execution, "Ended", output={})


@scenario
def failure_without_a_name(stack):
    """SendTaskFailure with neither error nor cause"""
    execution = stack.start("session", given("felix"))
    answer(stack, execution, 0, outcome="ready")
    wait_for("the session", lambda: len(execution.messages()) == 2)
    stack.sfn.send_task_failure(taskToken=token_of(execution))
    ended(stack, execution, "Failed", error="Deskbeat.Failed")
