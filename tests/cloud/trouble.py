"""When something is broken: EC2, SQS, DynamoDB, an input, a second execution."""

import hashlib
import json

from desktop import Desktop
from scenario import answer, changes_nothing, ended, expect, given, nothing_left, scenario
from stack import Execution, wait_for
from waiting import check

ALWAYS = 10**6


def arn_of(stack, machine, name):
    return f"{stack.machines[machine].replace(':stateMachine:', ':execution:')}:{name}"


def queue_of(arn):
    """The name of a session's queue."""
    return "deskbeat-" + hashlib.sha1(arn.encode()).hexdigest()


def token_name(arn):
    """RunInstances' ClientToken."""
    return hashlib.sha256(arn.encode()).hexdigest()


@scenario
def busy(stack):
    """A second execution for a living desktop ends as Busy and touches nothing"""
    execution = stack.start("session", given("bea"))
    with Desktop(stack, execution) as desktop:
        desktop.active()
        record, on = stack.item("bea"), len(stack.instances())
        second = stack.start("session", given("bea"))
        told = second.end()
        expect("status and error", (told["status"], told["error"]), ("FAILED", "Deskbeat.Busy"))
        expect("what it entered last", second.entered()[-2:], ["Claim", "Busy"])
        expect("its instances", second.instances(), [])
        # The janitor that hears of it finds nothing to do.
        expect("its janitor", stack.deliver(second).end()["status"], "SUCCEEDED")
        expect("the record", stack.item("bea"), record)
        check(on >= 1, "the first one's computer is gone")
        desktop.beats_on()
        desktop.end()
        ended(stack, execution, "Ended", output={"reason": "user"})


@scenario
def inputs_without_each_field(stack):
    """Every field may be missing, one at a time and all together"""
    whole = {**given("inge", extensions=1, shutdownSeconds=1, sessionSeconds=2000), "desktop": "desk-of-inge"}
    inputs = [{}] + [{k: v for k, v in whole.items() if k != missing} for missing in whole]
    for index, less in enumerate(inputs):
        # A desktop of its own for each, where the missing field does not name it.
        more = {**less, "desktop": f"inge-{index}"} if "desktop" in less else less
        if "user" in more:
            more = {**more, "user": f"inge-{index}"}
        execution = stack.start("session", more, name=f"inputs-{index}")
        answer(stack, execution, 0, outcome="ready")
        answer(stack, execution, 1, outcome="ended")
        told = execution.end()
        expect(f"without {set(whole) - set(less)}", told["status"], "SUCCEEDED")
        desktop = more.get("desktop") or more.get("user") or execution.name
        nothing_left(stack, execution, "Ended", desktop)
        _, start = execution.messages()[1]
        wanted = (more.get("heartbeatSeconds", 900), more.get("sessionSeconds", 28800))
        expect("the timers", (start["heartbeatSeconds"], start["timeoutSeconds"]), wanted)


WRONG = [
    {"user": 7}, {"user": None}, {"desktop": []}, {"heartbeatSeconds": "900"}, {"heartbeatSeconds": 0},
    {"heartbeatSeconds": 60, "sessionSeconds": 60}, {"heartbeatSeconds": 60.1, "sessionSeconds": 60.3},
    {"sessionSeconds": 10**9}, {"readySeconds": 0}, {"readySeconds": -1}, {"extensions": -1}, {"extensions": "two"},
    {"shutdownSeconds": None},
]  # fmt: skip


@scenario
def wrong_inputs(stack):
    """A wrong input is refused by name before anything is claimed"""
    for machine in ("session", "existing"):
        wrong = [*WRONG, {"instanceId": ""}, {"instanceId": "no-id"}] if machine == "existing" else WRONG
        executions = [stack.start(machine, {"instanceId": "i-0", **given} | given) for given in wrong]
        for execution, given in zip(executions, wrong):
            told = execution.end()
            if machine == "existing" and set(given) == {"desktop"}:
                continue  # It has no such field, and ignores it.
            expect(f"{machine} {given}", (told["status"], told.get("error")), ("FAILED", "Deskbeat.BadInput"))
            check("Claim" not in execution.entered(), f"{given} claimed something")
    for text in ("[]", '"ana"', "7", "null"):
        execution = stack.start("session", text)
        expect(f"the input {text}", execution.end()["status"], "FAILED")
        check("Claim" not in execution.entered(), f"{text} claimed something")


@scenario
def launch_refused(stack):
    """RunInstances is refused for good: LaunchRefused, with EC2's words"""
    name = "launch-refused"
    arn = arn_of(stack, "session", name)
    words = "We currently do not have sufficient capacity"
    stack.engine.faults.add("RunInstances", token_name(arn), ALWAYS, "InsufficientInstanceCapacity", words)
    execution = stack.start("session", given("rosa"), name)
    ended(stack, execution, "LaunchRefused", error="Deskbeat.LaunchRefused")
    check(words in stack.item("rosa")["because"], f"not in EC2's words: {stack.item('rosa')}")


@scenario
def launch_unanswered(stack):
    """The instance was launched, but no answer ever came: it is found by its tag and turned off"""
    name = "launch-unanswered"
    arn = arn_of(stack, "session", name)
    stack.engine.faults.add("RunInstances", token_name(arn), ALWAYS)
    # What EC2 did with the call whose answer was lost.
    tags = [{"Key": "deskbeat:stack", "Value": "desks"}, {"Key": "deskbeat:execution", "Value": arn}]
    specification = [{"ResourceType": "instance", "Tags": tags}]
    stack.ec2.run_instances(ImageId=stack.image, MinCount=1, MaxCount=1, TagSpecifications=specification)
    execution = stack.start("session", given("ludwig"), name)
    check(execution.instance(), "no instance to be found")
    ended(stack, execution, "LaunchRefused", error="Deskbeat.LaunchRefused")


@scenario
def hiccups(stack):
    """Two failures of each call on the way: nobody notices"""
    name = "hiccups"
    arn = arn_of(stack, "session", name)
    faults = [stack.engine.faults.add("RunInstances", token_name(arn), 2)]
    for action in ("CreateQueue", "TagQueue", "SendMessage", "GetQueueUrl", "DeleteQueue"):
        faults.append(stack.engine.faults.add(action, queue_of(arn), 2, "ServiceUnavailable"))
    for action in ("PutItem", "UpdateItem"):
        faults.append(stack.engine.faults.add(action, arn, 2, "InternalServerError"))
    faults.append(stack.engine.faults.add("DescribeInstances", arn.replace(":", "%3A"), 2))
    execution = stack.start("session", given("hilde"), name)
    with Desktop(stack, execution) as desktop:
        desktop.active()
        faults.append(stack.engine.faults.add("TerminateInstances", desktop.id, 2))
        desktop.say("end", "--yes")
        ended(stack, execution, "Ended", output={"reason": "user"})
    expect("failures met", {fault.action: fault.met for fault in faults}, {f.action: 2 for f in faults})


@scenario
def sending_fails_while_extending(stack):
    """SQS is out, and the queue gone, just when the next token has to be sent: the desktop stays on"""
    name = "extending"
    arn = arn_of(stack, "session", name)
    # The agent's back-off from a missing queue may be half a minute: well inside the default window.
    execution = stack.start("session", given("sven", extensions=2, heartbeatSeconds=120), name)
    with Desktop(stack, execution, beat_interval_seconds=1) as desktop:
        desktop.active()
        # More failures than any Retry has attempts.
        outage = stack.engine.faults.add("SendMessage", queue_of(arn), 20, "ServiceUnavailable")
        desktop.say("extend")
        wait_for("another start message", lambda: outage.left == 0 and len(execution.messages()) > 2)
        wait_for("the session again", lambda: desktop.agent.status().get("state") == "active")
        stack.sqs.delete_queue(QueueUrl=stack.sqs.get_queue_url(QueueName=queue_of(arn))["QueueUrl"])
        desktop.say("extend")
        wait_for("the queue again", lambda: queue_of(arn) in stack.queues())
        wait_for("the session again", lambda: desktop.agent.status().get("state") == "active")
        desktop.beats_on()
        expect("the computer", [i["State"]["Name"] for i in execution.instances()], ["running"])
        desktop.end()
        ended(stack, execution, "Ended", output={"reason": "user"})


@scenario
def queue_cannot_be_made(stack):
    """SQS refuses for good, before anybody has a session: QueueFailed, and the desktop is free again"""
    name = "no-queue"
    arn = arn_of(stack, "session", name)
    stack.engine.faults.add("CreateQueue", queue_of(arn), ALWAYS, "AccessDenied")
    execution = stack.start("session", given("quirin"), name)
    ended(stack, execution, "QueueFailed", error="Deskbeat.QueueFailed")
    expect("instances", execution.instances(), [])


@scenario
def claim_cannot_be_written(stack):
    """DynamoDB is out when the desktop is claimed, or its answer is lost: nothing is left over"""
    name = "no-claim"
    arn = arn_of(stack, "session", name)
    stack.engine.faults.add("PutItem", arn, ALWAYS, "InternalServerError")
    execution = stack.start("session", given("clara"), name)
    expect("status", execution.end()["status"], "FAILED")
    # The write got through after all, although nobody was told.
    holder = {"desktop": {"S": "clara"}, "holder": {"S": arn}, "queueName": {"S": queue_of(arn)}}
    stack.table.put_item(TableName=stack.desktops, Item=holder)
    expect("the janitor", stack.deliver(execution).end()["status"], "SUCCEEDED")
    nothing_left(stack, execution, "Broken")
    changes_nothing(stack, execution)


@scenario
def fleet(stack):
    """A fleet starts one execution a desktop; a second fleet for the same ones finds them busy"""
    desktops = [given(f"fleet-{n}") for n in range(4)]
    run = stack.start("fleet", {"desktops": desktops, "atOnce": 4})
    expect("the fleet", run.end()["status"], "SUCCEEDED")
    first = [arn for arn in stack.executions("session") if "fleet-" in json.dumps(_given(stack, arn))]
    expect("executions", len(first), 4)
    again = stack.start("fleet", {"desktops": desktops})
    expect("the second fleet", again.end()["status"], "SUCCEEDED")
    executions = [Execution(stack, arn) for arn in first]
    seconds = [Execution(stack, arn) for arn in stack.executions("session") if arn not in first]
    seconds = [execution for execution in seconds if "fleet-" in json.dumps(execution.given())]
    expect("how the second ones ended", [e.end().get("error") for e in seconds], ["Deskbeat.Busy"] * 4)
    for execution in executions:
        answer(stack, execution, 0, outcome="ready")
        answer(stack, execution, 1, outcome="ended", reason="user")
        ended(stack, execution, "Ended", output={"reason": "user"})
    for wrong in ({}, {"desktops": []}, {"desktops": desktops, "machine": "no"}, {"desktops": desktops, "atOnce": 0}):
        told = stack.start("fleet", wrong).end()
        expect(f"a fleet of {wrong}", told.get("error"), "Deskbeat.BadInput")


def _given(stack, arn):
    return json.loads(stack.sfn.describe_execution(executionArn=arn)["input"])
