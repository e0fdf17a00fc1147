"""What every scenario ends with: nothing is left over, the right ending is recorded, and neither a
second janitor nor a second sweep finds anything to do."""

import json

from waiting import check
from stack import wait_for

SCENARIOS = []


def scenario(function):
    """Registers a scenario; its docstring is what it shows."""
    SCENARIOS.append(function)
    return function


def expect(what, found, wanted):
    """Says what differs."""
    check(found == wanted, f"{what}: {found!r}, not {wanted!r}")


# Windows of seconds: long enough for a busy machine's heartbeats, which come each third of it.
WINDOW = 9


def given(user, **more):
    """An input with windows of seconds."""
    return {"user": user, "heartbeatSeconds": WINDOW, "sessionSeconds": 600, "readySeconds": 600, **more}


def ended(stack, execution, ending, *, error=None, desktop=None, output=None):
    """The execution is over as it should be, and nothing of it is left."""
    told = execution.end()
    expect("status", told["status"], "FAILED" if error else "SUCCEEDED")
    expect("error", told.get("error"), error)
    if output is not None:
        said = json.loads(told["output"])
        expect("ending in the output", said["ending"], ending)
        for field, value in output.items():
            expect(f"{field} of the session's output", said["session"].get(field), value)
    nothing_left(stack, execution, ending, desktop)
    janitor = stack.deliver(execution)
    # EventBridge hears of every end but the orderly one.
    expect("the janitor was called", janitor is not None, error is not None)
    changes_nothing(stack, execution)
    return told


def nothing_left(stack, execution, ending, desktop=None):
    """Off, no queue, no lock, and how it ended."""
    desktop = desktop or execution.given().get("user")
    expect("instances that are on", [i["InstanceId"] for i in execution.instances()], [])
    for queue, _ in execution.messages():
        expect("its queue is there", queue in stack.queues(), False)
    item = stack.item(desktop)
    expect("who holds the desktop", item.get("holder"), None)
    expect("the recorded ending", item.get("ending"), ending)
    check(item.get("endedAt"), f"no time of the end: {item}")


def changes_nothing(stack, execution):
    """Another janitor after everything is over."""
    before = of_execution(stack, execution)
    janitor = stack.start("janitor", stack.event(execution))
    expect("the second janitor", janitor.end()["status"], "SUCCEEDED")
    expect("where it ended", janitor.entered()[-1], "NothingLeft")
    expect("what it changed", of_execution(stack, execution), before)


def of_execution(stack, execution):
    """What of an execution could be changed."""
    mine = [{"Name": "tag:deskbeat:execution", "Values": [execution.arn]}]
    found = stack.ec2.describe_instances(Filters=mine)["Reservations"]
    states = {i["InstanceId"]: i["State"]["Name"] for r in found for i in r["Instances"]}
    text = execution.given()
    desktop = text.get("instanceId") or text.get("desktop") or text.get("user") or execution.name
    queues = {queue for queue, _ in execution.messages()}
    return states, stack.item(desktop), sorted(queues & set(stack.queues()))


def token_of(execution, index=-1):
    """A task token that it sent."""
    return execution.messages()[index][1]["taskToken"]


def answer(stack, execution, index, **output):
    """Answers a message's token without an agent, as any program with the role's rights could."""
    wait_for("the message", lambda: len(execution.messages()) > index)
    token = token_of(execution, index)
    stack.sfn.send_task_success(taskToken=token, output=json.dumps(output))


def nothing_at_all(stack, everything):
    """The whole stack, after its scenarios."""
    expect("instances that are on", [i["InstanceId"] for i in stack.instances()], [])
    expect("queues", stack.queues(), [])
    expect("locks", stack.locks(), {})
    before = stack.picture()
    if everything:
        for name in ("Ended", "HostDied", "StaysOn", "Aborted"):
            check(stack.counted("Endings", Ending=name) > 0, f"the ending {name} was not counted")
        check(stack.counted("SweepFound") > 0, "what the sweep found was not counted")
    for _ in range(2):
        expect("janitors that a sweep called", [execution.arn for execution, _ in stack.sweep()], [])
    expect("what two sweeps changed", stack.picture(), before)
