"""moto, an independent implementation of Step Functions and SQS, and a state machine on it that
waits for a desktop: `sqs:sendMessage.waitForTaskToken` with a heartbeat of 3 s."""

import json
import logging
import os
import urllib.request

import boto3
from moto.core.responses import EmptyResult
from moto.server import ThreadedMotoServer
from moto.stepfunctions.responses import StepFunctionResponse

from agent import wait_for
from metadata import INSTANCE_ID, REGION

HEARTBEAT_SECONDS = 3
TIMEOUT_SECONDS = 60
ROLE_ARN = "arn:aws:iam::123456789012:role/workflow"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}


class Workflow:
    """The servers, the state machine and its queue."""

    def __init__(self):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        # It logs each failed state with all its parameters.
        logging.getLogger("moto").setLevel(logging.CRITICAL)
        StepFunctionResponse.send_task_failure = _send_task_failure
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        _, port = server.get_host_and_port()
        # Where its state machines find its queues.
        os.environ["MOTO_PORT"] = str(port)
        self.url = f"http://127.0.0.1:{port}"
        # Without this moto only pretends that executions run.
        config = json.dumps({"stepfunctions": {"execute_state_machine": True}}).encode()
        urllib.request.urlopen(f"{self.url}/moto-api/config", data=config).close()
        self.sqs = boto3.client("sqs", endpoint_url=self.url, **KEYS)
        self.sfn = boto3.client("stepfunctions", endpoint_url=self.url, **KEYS)

    def begin(self, name):
        """A queue and an execution of its own; starts the one that waits for a desktop."""
        queue_url = self.sqs.create_queue(QueueName=f"deskbeat-{name}")["QueueUrl"]
        machine = self.sfn.create_state_machine(
            name=name, roleArn=ROLE_ARN, definition=json.dumps(definition(queue_url))
        )
        return Execution(self, queue_url, machine["stateMachineArn"], name)


def _send_task_failure(self):
    """As moto 5.2.5 has it, but for the cause, which it forgets to hand on."""
    error, cause = self._get_param("error"), self._get_param("cause")
    token = self._get_param("taskToken")
    self.stepfunction_backend.send_task_failure(token, error=error, cause=cause)
    return EmptyResult()


def definition(queue_url):
    """The state machine that the README recommends, without what follows on the session."""
    return {
        "StartAt": "Desktop",
        "States": {
            "Desktop": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "HeartbeatSeconds": HEARTBEAT_SECONDS,
                "TimeoutSeconds": TIMEOUT_SECONDS,
                "Parameters": {
                    "QueueUrl": queue_url,
                    "MessageBody": {
                        "taskToken.$": "$$.Task.Token",
                        "sessionId.$": "$$.Execution.Name",
                        "executionArn.$": "$$.Execution.Id",
                        "startedAt.$": "$$.State.EnteredTime",
                        "instanceId": INSTANCE_ID,
                        "heartbeatSeconds": HEARTBEAT_SECONDS,
                        "timeoutSeconds": TIMEOUT_SECONDS,
                        "user": "ana",
                    },
                },
                "End": True,
            }
        },
    }


class Execution:
    """A run of the state machine."""

    def __init__(self, workflow, queue_url, machine_arn, name):
        self.queue_url = queue_url
        self._sqs, self._sfn = workflow.sqs, workflow.sfn
        started = self._sfn.start_execution(stateMachineArn=machine_arn, name=name, input="{}")
        self.arn, self.name = started["executionArn"], name

    def describe(self):
        """What the service says of it."""
        return self._sfn.describe_execution(executionArn=self.arn)

    def is_running(self):
        return self.describe()["status"] == "RUNNING"

    def end(self):
        """Waits until it is over, and returns what the service says of it."""
        wait_for("the execution is over", lambda: not self.is_running())
        return self.describe()

    def error(self):
        """The error and cause that ended it, from its history."""
        history = self._sfn.get_execution_history(executionArn=self.arn)["events"]
        details = history[-1].get("executionFailedEventDetails") or {}
        return details.get("error"), details.get("cause")

    def task_token(self):
        """The task token, as its history has it."""
        history = self._sfn.get_execution_history(executionArn=self.arn)["events"]
        scheduled = next(e for e in history if e["type"] == "TaskScheduled")
        parameters = json.loads(scheduled["taskScheduledEventDetails"]["parameters"])
        return parameters["MessageBody"]["taskToken"]

    def seconds(self):
        """How long it ran."""
        told = self.describe()
        return (told["stopDate"] - told["startDate"]).total_seconds()

    def messages(self):
        """Messages in the queue, visible and in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self._sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)
        return sum(int(told["Attributes"][name]) for name in names)
