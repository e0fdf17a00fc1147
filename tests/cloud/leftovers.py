"""What an execution cannot clean up itself: the janitor, and what the janitor misses: the sweep."""

from desktop import Desktop
from scenario import changes_nothing, ended, expect, given, nothing_left, scenario
from stack import wait_for
from waiting import check


def machine_of_ours(stack):
    """An instance that is there and stopped, with this stack's tag."""
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "deskbeat:stack", "Value": "desks"}]}]
    made = stack.ec2.run_instances(ImageId=stack.image, MinCount=1, MaxCount=1, TagSpecifications=tags)
    name = made["Instances"][0]["InstanceId"]
    stack.ec2.stop_instances(InstanceIds=[name])
    return name


def state_of(stack, name):
    found = stack.ec2.describe_instances(InstanceIds=[name])["Reservations"][0]["Instances"][0]
    return found["State"]["Name"]


@scenario
def existing_instance(stack):
    """An instance that is there: started, stopped, and used again by the next session"""
    name = machine_of_ours(stack)
    for user in ("xaver", "yvonne"):
        execution = stack.start("existing", {**given(user), "instanceId": name})
        with Desktop(stack, execution) as desktop:
            desktop.active()
            expect("the queue's name", execution.messages()[0][0], f"deskbeat-{name}")
            desktop.end()
            ended(stack, execution, "Ended", desktop=name, output={"reason": "user", "instanceId": name})
        expect("the instance", state_of(stack, name), "stopped")


@scenario
def not_ours(stack):
    """An instance without the stack's tag is neither started nor stopped"""
    made = stack.ec2.run_instances(ImageId=stack.image, MinCount=1, MaxCount=1)
    name = made["Instances"][0]["InstanceId"]
    execution = stack.start("existing", {**given("nina"), "instanceId": name})
    ended(stack, execution, "NoInstance", error="Deskbeat.NoInstance", desktop=name)
    expect("the instance", state_of(stack, name), "running")
    stack.ec2.terminate_instances(InstanceIds=[name])


@scenario
def stop_fails(stack):
    """StopInstances fails for good: StaysOn, the lock stays; janitor and sweep go on until it is off"""
    name = machine_of_ours(stack)
    fault = stack.engine.faults.add("StopInstances", name)
    execution = stack.start("existing", {**given("stefan"), "instanceId": name})
    with Desktop(stack, execution) as desktop:
        desktop.active()
        desktop.say("end", "--yes")
        told = execution.end()
        expect("status and error", (told["status"], told["error"]), ("FAILED", "Deskbeat.StaysOn"))
    expect("the lock's holder", stack.item(name)["holder"], execution.arn)
    # Nobody gets a desktop that is in this state.
    second = stack.start("existing", {**given("stefan"), "instanceId": name})
    expect("a second session", second.end()["error"], "Deskbeat.Busy")
    expect("the janitor", stack.deliver(execution).end()["error"], "Deskbeat.StaysOn")
    expect("the instance", state_of(stack, name), "running")
    fault.left = 0
    stack.sweep()
    wait_for("released", lambda: "holder" not in stack.item(name))
    expect("cleaned by", stack.item(name)["cleanedBy"], "sweep")
    expect("the instance", state_of(stack, name), "stopped")
    nothing_left(stack, execution, "StaysOn", name)
    changes_nothing(stack, execution)


@scenario
def stopped_by_hand(stack):
    """StopExecution on a living session: the janitor cleans up, and the agent says it ended elsewhere"""
    execution = stack.start("session", given("anton"))
    with Desktop(stack, execution) as desktop:
        desktop.active()
        execution.stop()
        expect("status", execution.end()["status"], "ABORTED")
        expect("it is still on", len(execution.instances()), 1)
        expect("the janitor", stack.deliver(execution).end()["status"], "SUCCEEDED")
        nothing_left(stack, execution, "Aborted")
        expect("cleaned by", stack.item("anton")["cleanedBy"], "janitor")
        changes_nothing(stack, execution)
        desktop.wait_state("ended-elsewhere")


@scenario
def stopped_at_every_step(stack):
    """StopExecution before the launch, while nobody is there yet, and while it is turned off"""
    for index, state in enumerate(("AwaitReady", "WaitForOff")):
        execution = stack.start("session", given(f"erik-{index}", readySeconds=2 if state == "WaitForOff" else 600))
        execution.wait_in(state)
        execution.stop()
        expect("status", execution.end()["status"], "ABORTED")
        expect("the janitor", stack.deliver(execution).end()["status"], "SUCCEEDED")
        nothing_left(stack, execution, "NeverStarted" if state == "WaitForOff" else "Aborted")
        changes_nothing(stack, execution)


@scenario
def every_trouble_is_heard(stack):
    """The rule's pattern takes each status and both machines, and nothing else"""
    execution = stack.start("session", given("ruth"))
    execution.wait_in("AwaitReady")
    execution.stop()
    event = stack.event(execution)
    for machine in ("session", "existing"):
        event["detail"]["stateMachineArn"] = stack.machines[machine]
        for status in ("FAILED", "TIMED_OUT", "ABORTED"):
            event["detail"]["status"] = status
            check(stack.hears(event), f"not heard: {machine} {status}")
        for status in ("SUCCEEDED", "RUNNING"):
            event["detail"]["status"] = status
            check(not stack.hears(event), f"heard: {machine} {status}")
    event["detail"] |= {"status": "FAILED", "stateMachineArn": stack.machines["janitor"]}
    check(not stack.hears(event), "the janitor would call itself")
    stack.deliver(execution).end()
    nothing_left(stack, execution, "Aborted")


@scenario
def janitor_dead(stack):
    """The janitor never hears of it: the sweep finds the lock"""
    execution = stack.start("session", given("jonas"))
    with Desktop(stack, execution) as desktop:
        desktop.active()
        execution.stop()
        execution.end()
    stack.sweep()
    wait_for("cleaned up", lambda: "holder" not in stack.item("jonas"))
    nothing_left(stack, execution, "Aborted")
    expect("cleaned by", stack.item("jonas")["cleanedBy"], "sweep")
    changes_nothing(stack, execution)


@scenario
def janitor_fails(stack):
    """The janitor itself does not get through: the next sweep does"""
    execution = stack.start("session", given("jule"))
    execution.wait_in("AwaitReady")
    name = execution.instance()["InstanceId"]
    fault = stack.engine.faults.add("TerminateInstances", name)
    execution.stop()
    expect("the janitor", stack.deliver(execution).end()["error"], "Deskbeat.StaysOn")
    check("holder" in stack.item("jule"), "the lock was released although the instance is on")
    fault.left = 0
    stack.sweep()
    wait_for("cleaned up", lambda: "holder" not in stack.item("jule"))
    nothing_left(stack, execution, "Aborted")
    changes_nothing(stack, execution)


@scenario
def nobodys_things(stack):
    """An instance and a queue that no lock holds are found by their tags; without the tag they are left alone"""
    dead = [stack.start("session", {"user": 7}) for _ in range(2)]
    expect("claims", [execution.end()["error"] for execution in dead], ["Deskbeat.BadInput"] * 2)

    def launch(*tags):
        tags = [{"Key": key, "Value": value} for key, value in tags]
        specification = [{"ResourceType": "instance", "Tags": tags}]
        made = stack.ec2.run_instances(
            ImageId=stack.image, MinCount=1, MaxCount=1, TagSpecifications=specification
        )
        return made["Instances"][0]["InstanceId"]

    stack_tag = ("deskbeat:stack", "desks")
    lost = launch(stack_tag, ("deskbeat:execution", dead[0].arn))
    mended_by_hand = launch(stack_tag)
    url = stack.sqs.create_queue(QueueName="deskbeat-orphan")["QueueUrl"]
    stack.sqs.tag_queue(QueueUrl=url, Tags={"deskbeat:stack": "desks", "deskbeat:execution": dead[1].arn})
    other = stack.sqs.create_queue(QueueName="deskbeat-not-ours")["QueueUrl"]
    stack.sweep()
    wait_for("the instance is off", lambda: state_of(stack, lost) == "terminated")
    wait_for("the queue is gone", lambda: "deskbeat-orphan" not in stack.queues())
    expect("the instance without the tag", state_of(stack, mended_by_hand), "running")
    check("deskbeat-not-ours" in stack.queues(), "a queue without our tag was deleted")
    stack.ec2.terminate_instances(InstanceIds=[mended_by_hand])
    stack.sqs.delete_queue(QueueUrl=other)


@scenario
def sweep_beside_a_living_session(stack):
    """Sweeps and janitors beside a session that lives touch nothing of it; if it is old, it is counted"""
    execution = stack.start("session", given("liv"))
    with Desktop(stack, execution) as desktop:
        desktop.active()
        record = stack.item("liv")
        # More sweeps than OldLockSweeps: it is reported, and left alone all the same.
        for _ in range(4):
            stack.sweep()
        check(stack.counted("OldLocks") > 0, "a desktop that is held for so long was not counted")
        # An event that comes late, or was made up: the execution runs.
        event = {"detail": {"executionArn": execution.arn, "status": "FAILED"}}
        janitor = stack.start("janitor", event)
        expect("the janitor", janitor.end()["status"], "SUCCEEDED")
        expect("where it ended", janitor.entered()[-1], "StillRuns")
        expect("the record", stack.item("liv"), record)
        expect("the computer", [i["State"]["Name"] for i in execution.instances()], ["running"])
        desktop.beats_on()
        desktop.end()
        ended(stack, execution, "Ended", output={"reason": "user"})


@scenario
def claim_lost(stack):
    """An execution whose desktop is another's by now (as after a redrive) turns nothing off"""
    name = machine_of_ours(stack)
    execution = stack.start("existing", {**given("carla", readySeconds=4), "instanceId": name})
    execution.wait_in("AwaitReady")
    stack.table.update_item(
        TableName=stack.desktops,
        Key={"desktop": {"S": name}},
        UpdateExpression="SET holder = :other",
        ExpressionAttributeValues={":other": {"S": execution.arn + "-other"}},
    )
    expect("its error", execution.end()["error"], "Deskbeat.LostClaim")
    expect("the other's computer", state_of(stack, name), "running")
    other = execution.arn + "-other"
    # Another scenario's sweep may have found it already.
    expect("the other's claim", stack.item(name).get("holder", other), other)
    # The other one is no execution at all: its claim is the sweep's to find.
    stack.sweep()
    wait_for("cleaned up", lambda: "holder" not in stack.item(name))
    expect("the ending", stack.item(name)["ending"], "Forgotten")
