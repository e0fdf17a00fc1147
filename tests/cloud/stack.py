"""cloud/ deployed to the engine with the AWS CLI, as cloud/README.md says, and what there is in it."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import uuid
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

from engine import ACCOUNT, REGION, Engine

import waiting
from moto.events.models import EventPattern

CLOUD = Path(__file__).resolve().parents[2] / "cloud"
STACK = "desks"
# Far above what anything here takes on a slow machine: reaching it is a failure.
PATIENCE = 120
wait_for = partial(waiting.wait_for, patience=PATIENCE, pause=0.1)

# Only what is a pause; everything else is as the template has it, or is in an execution's input.
QUICK = {"PollSeconds": 1, "SettleSeconds": 0, "ShutdownSeconds": 2, "OffRounds": 4, "OldLockSweeps": 2}


def name_of(url):
    """A queue's name. Its URL has the host's name as the caller wrote it."""
    return url.rpartition("/")[2]


class Stack:
    """The deployed stack."""

    def __init__(self):
        self.engine = Engine()
        # Two at once are one too many for the sweep itself.
        self.sweeping = threading.Lock()
        self.sfn, self.ec2 = self.engine.sfn, self.engine.ec2
        self.sqs, self.table = self.engine.sqs, self.engine.table
        self.image = self.ec2.describe_images()["Images"][0]["ImageId"]
        self._deploy()
        found = self.engine.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
        self.machines = {
            name: outputs[f"{name.capitalize()}Machine"]
            for name in ("session", "existing", "fleet", "janitor", "sweep")
        }
        self.desktops = outputs["DesktopsTable"]
        self.rules = self._rules()

    def _deploy(self):
        """Two of the five commands of cloud/README.md: `package` and `deploy`."""
        self.engine.client("s3").create_bucket(
            Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": tempfile.gettempdir(),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.engine.url,
        }

        def aws(*arguments):
            command = [sys.executable, Path(sys.executable).with_name("aws"), "cloudformation", *arguments]
            done = subprocess.run(command, env=environment, cwd=CLOUD, capture_output=True, text=True)
            waiting.check(done.returncode == 0, f"aws cloudformation {arguments[0]}: {done.stderr}{done.stdout}")

        with tempfile.TemporaryDirectory() as folder:
            packaged = f"{folder}/packaged.yaml"
            template = ["--template-file", "deskbeat.yaml", "--s3-bucket", "artifacts"]
            aws("package", *template, "--output-template-file", packaged)
            values = [f"{name}={value}" for name, value in {"ImageId": self.image, **QUICK}.items()]
            deploy = ["--template-file", packaged, "--stack-name", STACK]
            aws("deploy", *deploy, "--capabilities", "CAPABILITY_IAM", "--parameter-overrides", *values)

    def _rules(self):
        """EventBridge's rules as they were deployed: {target's ARN: rule}."""
        rules = {}
        for rule in self.engine.events.list_rules()["Rules"]:
            for target in self.engine.events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
                rules[target["Arn"]] = rule
        return rules

    # --- Executions -----------------------------------------------------------------------------

    def start(self, machine, given, name=None):
        """Starts an execution; moto wants a name."""
        text = given if isinstance(given, str) else json.dumps(given)
        name = name or uuid.uuid4().hex
        started = self.sfn.start_execution(stateMachineArn=self.machines[machine], name=name, input=text)
        return Execution(self, started["executionArn"])

    def event(self, execution):
        """What EventBridge would say of an execution that is over."""
        told = execution.describe()
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Step Functions Execution Status Change",
            "source": "aws.states",
            "account": ACCOUNT,
            "region": REGION,
            "time": told["stopDate"].isoformat(),
            "resources": [execution.arn],
            "detail": {
                "executionArn": execution.arn,
                "stateMachineArn": told["stateMachineArn"],
                "name": told["name"],
                "status": told["status"],
                "input": told["input"],
            },
        }

    def hears(self, event):
        """Whether the deployed rule would give the event to the janitor."""
        pattern = self.rules[self.machines["janitor"]]["EventPattern"]
        return EventPattern.load(pattern).matches_event(event)

    def deliver(self, execution):
        """Plays EventBridge: starts the janitor if the rule's pattern matches; returns its execution."""
        event = self.event(execution)
        return self.start("janitor", event) if self.hears(event) else None

    def sweep(self):
        """One sweep, and all the janitors that it called: (execution, what became of it)."""
        with self.sweeping:
            return self._sweep()

    def _sweep(self):
        before = set(self.executions("janitor"))
        swept = self.start("sweep", {})
        told = swept.end()
        waiting.check(told["status"] == "SUCCEEDED", f"the sweep: {told}")
        called = [Execution(self, arn) for arn in self.executions("janitor") if arn not in before]
        return [(janitor, janitor.end()) for janitor in called if janitor.given().get("reportedBy") == "sweep"]

    def executions(self, machine):
        listed = self.sfn.list_executions(stateMachineArn=self.machines[machine])
        return [execution["executionArn"] for execution in listed["executions"]]

    # --- What there is --------------------------------------------------------------------------

    def item(self, desktop):
        """A desktop's record, plain; empty if there is none."""
        key = {"desktop": {"S": desktop}}
        found = self.table.get_item(TableName=self.desktops, Key=key, ConsistentRead=True).get("Item", {})
        return {name: value["S"] for name, value in found.items()}

    def locks(self):
        items = self.table.scan(TableName=self.desktops)["Items"]
        return {item["desktop"]["S"]: item["holder"]["S"] for item in items if "holder" in item}

    def instances(self, *filters):
        """Instances that are on, as EC2 describes them."""
        on = {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "shutting-down"]}
        found = self.ec2.describe_instances(Filters=[on, *filters])["Reservations"]
        return [instance for reservation in found for instance in reservation["Instances"]]

    def queues(self):
        """The names of sessions' queues."""
        return [name_of(url) for url in self.sqs.list_queues(QueueNamePrefix="deskbeat-").get("QueueUrls", [])]

    def counted(self, metric, **dimensions):
        """How often a metric of ours was counted."""
        now = datetime.now(timezone.utc)
        told = self.engine.client("cloudwatch").get_metric_statistics(
            Namespace="Deskbeat",
            MetricName=metric,
            Dimensions=[{"Name": n, "Value": v} for n, v in {**dimensions, "Stack": STACK}.items()],
            StartTime=now - timedelta(hours=2),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in told["Datapoints"])

    def picture(self):
        """All that janitor and sweep could change."""
        items = self.table.scan(TableName=self.desktops)["Items"]
        machines = self.ec2.describe_instances()["Reservations"]
        states = {i["InstanceId"]: i["State"]["Name"] for r in machines for i in r["Instances"]}
        return {
            "items": sorted(json.dumps(item, sort_keys=True) for item in items),
            "instances": states,
            "queues": sorted(self.queues()),
        }


class Execution:
    """One run of a state machine."""

    def __init__(self, stack, arn):
        self.stack, self.arn, self.name = stack, arn, arn.rpartition(":")[2]

    def describe(self):
        return self.stack.sfn.describe_execution(executionArn=self.arn)

    def status(self):
        return self.describe()["status"]

    def given(self):
        return json.loads(self.describe()["input"])

    def end(self):
        """Waits until it is over, and returns what the service says of it."""
        wait_for(f"the end of {self.arn}", lambda: self.status() != "RUNNING")
        return self.describe()

    def events(self):
        return self.stack.sfn.get_execution_history(executionArn=self.arn)["events"]

    def entered(self):
        """The names of the states that it was in, in order."""
        details = [event.get("stateEnteredEventDetails") for event in self.events()]
        return [detail["name"] for detail in details if detail]

    def wait_in(self, state, times=1):
        """Waits until it has entered a state so many times."""
        wait_for(f"{self.name} in {state}", lambda: self.entered().count(state) >= times)

    def parameters(self, resource):
        """What the first call of a resource was given."""
        details = [event.get("taskScheduledEventDetails") or {} for event in self.events()]
        return next(json.loads(detail["parameters"]) for detail in details if detail.get("resource") == resource)

    def messages(self):
        """The messages that it sent with task tokens, in order: (queue's name, body)."""
        sent = []
        for event in self.events():
            detail = event.get("taskScheduledEventDetails") or {}
            parameters = json.loads(detail.get("parameters", "{}"))
            if "taskToken" in (parameters.get("MessageBody") or {}):
                sent.append((name_of(parameters["QueueUrl"]), parameters["MessageBody"]))
        return sent

    def instances(self):
        """Its instances that are on."""
        return self.stack.instances({"Name": "tag:deskbeat:execution", "Values": [self.arn]})

    def instance(self):
        """Its one instance, once there is one."""
        return wait_for(f"an instance of {self.name}", self.instances)[0]

    def stop(self):
        self.stack.sfn.stop_execution(executionArn=self.arn)
