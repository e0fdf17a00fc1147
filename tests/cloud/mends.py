"""What moto 5.2.5 does otherwise than AWS documents, and what is in the way of a whole workflow.

Each function mends one thing in moto, never in our files; cloud/README.md names them. Applied once,
before the server starts.
"""

import json
import re
import sys
import threading
import time
from datetime import datetime, timezone
from types import SimpleNamespace

import boto3
from moto.cloudformation.models import ChangeSet
from moto.core.responses import EmptyResult
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.choice.comparison.operator.implementations.is_operator import (  # noqa: E501
    IsTimestamp,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk as aws_sdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (  # noqa: E501
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackEndpoint, HeartbeatTimeoutError
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client as boto_clients
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for as _fresh_client_for
from moto.stepfunctions.parser.backend import execution as executions
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends
from moto.stepfunctions.responses import StepFunctionResponse

# A second between two tries of the same call is this long here.
RETRY_SECOND = 0.04


def mend(clients):
    """All of them; `clients` are keyword arguments of boto3.client for the server."""
    causes_are_handed_on()
    heartbeats_have_an_error_of_their_own()
    stopped_executions_are_aborted()
    beginning_executions_are_not_asked()
    times_have_fractions()
    quick_heartbeats_count()
    errors_have_their_services_names()
    sdk_calls_speak_as_step_functions()
    clients_are_made_once()
    wildcards_may_find_nothing()
    definitions_come_from_s3(clients)
    express_children_are_understood()
    change_sets_have_outputs()
    retries_are_quick()


def causes_are_handed_on():
    """SendTaskFailure forgets the cause."""

    def send_task_failure(self):
        error, cause = self._get_param("error"), self._get_param("cause")
        self.stepfunction_backend.send_task_failure(self._get_param("taskToken"), error=error, cause=cause)
        return EmptyResult()

    StepFunctionResponse.send_task_failure = send_task_failure


def heartbeats_have_an_error_of_their_own():
    """A missed heartbeat comes as States.Timeout; AWS says States.HeartbeatTimeout."""
    before = StateTaskServiceCallback._from_error

    def from_error(self, env, ex):
        event = before(self, env=env, ex=ex)
        if isinstance(ex, HeartbeatTimeoutError):
            event.error_name = StatesErrorName(typ=StatesErrorNameType.StatesHeartbeatTimeout)
            for details in event.event_details.values():
                details["error"] = event.error_name.error_name
        return event

    StateTaskServiceCallback._from_error = from_error


def stopped_executions_are_aborted():
    """StopExecution leaves an execution RUNNING until its state fails, and then FAILED."""
    before = executions.Execution.stop

    def stop(self, stop_date, error, cause):
        self.exec_status, self.stop_date = ExecutionStatus.ABORTED, stop_date
        before(self, stop_date=stop_date, error=error, cause=cause)
        for endpoint in self.exec_worker.env.callback_pool_manager._pool.values():
            endpoint.interrupt_all()

    executions.Execution.stop = stop
    reflect = executions.BaseExecutionWorkerCommunication._reflect_execution_status

    def unless_aborted(self):
        if self.execution.exec_status != ExecutionStatus.ABORTED:
            reflect(self)

    executions.BaseExecutionWorkerCommunication._reflect_execution_status = unless_aborted


def beginning_executions_are_not_asked():
    """A heartbeat is answered with 500 while any other execution is just beginning."""
    before = StepFunctionsParserBackend._get_executions

    def get_executions(self, execution_status=None):
        found = before(self, execution_status)
        return [execution for execution in found if execution.exec_worker and execution.exec_worker.env]

    StepFunctionsParserBackend._get_executions = get_executions


def times_have_fractions():
    """A time with a fraction or an offset, as moto itself writes them, is no timestamp to its Choice."""

    def string_to_timestamp(string):
        try:
            return datetime.fromisoformat(string)
        except (TypeError, ValueError):
            return None

    IsTimestamp.string_to_timestamp = staticmethod(string_to_timestamp)


def quick_heartbeats_count():
    """The message is out before its state waits: a heartbeat that comes in between is InvalidToken."""
    before = CallbackEndpoint.notify_heartbeat
    CallbackEndpoint.notify_heartbeat = lambda self: before(self) or True


def errors_have_their_services_names():
    """Errors of SDK calls are `sqs.…`; AWS's are `Sqs.…`."""
    aws_sdk._SERVICE_ERROR_NAMES |= {"sqs": "Sqs", "ec2": "Ec2", "cloudwatch": "CloudWatch"}


def sdk_calls_speak_as_step_functions():
    """Parameters and results in PascalCase, whatever botocore has; times as text, not as Python's."""
    for service in (aws_sdk.StateTaskServiceAwsSdk, StateTaskServiceSfn):
        _speak(service)


def _speak(service):
    before = service._eval_service_task

    def eval_service_task(self, env, resource_runtime_part, normalised_parameters, state_credentials):
        name, action = self._get_boto_service_name(), self._get_boto_service_action()
        client = boto_clients.boto_client_for(region=resource_runtime_part.region, service=name)
        operation = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[action])
        known = {member.lower(): member for member in operation.input_shape.members}
        parameters = {known.get(key.lower(), key): value for key, value in normalised_parameters.items()}
        before(self, env, resource_runtime_part, parameters, state_credentials)
        result = json.loads(json.dumps(env.stack.pop(), default=_as_json))
        env.stack.append(_pascal(result, operation.output_shape))

    service._eval_service_task = eval_service_task


def _as_json(value):
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return str(value)


def _pascal(value, shape):
    """Names of members begin with a capital; keys of maps are data, and stay."""
    if shape is not None and shape.type_name == "structure" and isinstance(value, dict):
        members = shape.members
        return {key[0].upper() + key[1:]: _pascal(part, members.get(key)) for key, part in value.items()}
    if shape is not None and shape.type_name == "list" and isinstance(value, list):
        return [_pascal(part, shape.member) for part in value]
    if shape is not None and shape.type_name == "map" and isinstance(value, dict):
        return {key: _pascal(part, shape.value) for key, part in value.items()}
    return value


def clients_are_made_once():
    """A client for each call of each state takes longer than the call."""
    made, lock = {}, threading.Lock()

    def boto_client_for(region, service, state_credentials=None):
        with lock:
            key = (region, service)
            if key not in made:
                made[key] = _fresh_client_for(region=region, service=service)
            return made[key]

    for module in _importers("boto_client_for", _fresh_client_for):
        module.boto_client_for = boto_client_for


def wildcards_may_find_nothing():
    """`$.a[*].b[*]` and `$.a[?(…)]` that find nothing are an empty list on AWS, not an error."""
    json_path._contains_slice_or_wildcard_array = lambda path: bool(re.search(r"\[(\*|\?)", path))
    before = json_path.extract_json

    def extract_json(path, data):
        value = before(path, data)
        # A filter's one hit is a list too.
        return value if "[?" not in path or isinstance(value, list) else [value]

    for module in _importers("extract_json", before):
        module.extract_json = extract_json


def _importers(name, value):
    return [m for m in list(sys.modules.values()) if getattr(m, name, None) is value]


def definitions_come_from_s3(clients):
    """CloudFormation: no DefinitionS3Location, no DefinitionSubstitutions, and its machines never run."""

    def create(cls, resource_name, cloudformation_json, account_id, region_name, **_):
        properties = cloudformation_json["Properties"]
        place = properties["DefinitionS3Location"]
        found = boto3.client("s3", **clients).get_object(Bucket=place["Bucket"], Key=place["Key"])
        text = found["Body"].read().decode()
        for name, value in properties["DefinitionSubstitutions"].items():
            text = text.replace("${%s}" % name, str(value))
        backend = stepfunctions_parser_backends[account_id][region_name]
        name = properties["StateMachineName"]
        return backend.create_state_machine(name=name, definition=text, roleArn=properties["RoleArn"])

    StateMachine.create_from_cloudformation_json = classmethod(create)


def express_children_are_understood():
    """A distributed Map's items may be express executions, and a percentage a whole number."""
    before = AmazonStateLanguageParser.parse

    def parse(definition):
        understood = re.sub(r'("ExecutionType"\s*:\s*)"EXPRESS"', r'\1"STANDARD"', definition)
        understood = re.sub(r'("ToleratedFailurePercentage"\s*:\s*\d+)(?=\s*[,}])', r"\1.0", understood)
        return before(understood)

    AmazonStateLanguageParser.parse = staticmethod(parse)


def change_sets_have_outputs():
    """A stack that a change set made has no outputs."""
    before = ChangeSet.apply

    def apply(self):
        before(self)
        self.stack.template_dict = self.template_dict
        self.stack.output_map = self.stack._create_output_map()

    ChangeSet.apply = apply


def retries_are_quick():
    """The intervals of Retry are numbers in the definition, which stays as it is."""
    retrier_decl.time = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds * RETRY_SECOND))

