"""The static checks of cloud/: cfn-lint, asl-validator, parliament, checkov, and rules of our own.

    lint.py [--plant]

Each exception stands in the template (cfn-lint, checkov) or in KNOWN below, with its reason. With
--plant, each tool is given a copy with a fault of its kind, and must find it.
"""

import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import parliament
from cfnlint.decode import cfn_yaml

ROOT = Path(__file__).resolve().parents[2]
CLOUD = ROOT / "cloud"
PYTHON = Path(sys.executable)
CHECKOV = Path(os.environ["CHECKOV"])
NODE = Path(os.environ["NODE"])
MODULES = Path(os.environ["NODE_MODULES"])

# What parliament says and we keep: (policy, its issue, a word of its details, why).
KNOWN = [
    ("SessionRole", "RESOURCE_MISMATCH", "ec2:RunInstances", "two statements: each names some of the resources"),
    ("JanitorRole", "RESOURCE_MISMATCH", "express:", "only standard executions are looked at"),
    ("SweepRole", "RESOURCE_MISMATCH", "express:", "only standard executions are looked at"),
    ("FleetRole", "RESOURCE_MISMATCH", "express:", "an item of its Map is named as a standard one"),
    ("SweepRole", "RESOURCE_MISMATCH", "mapRun:", "only executions of the machine itself are listed"),
]
TRANSIENT = {"States.ALL"}
# Callbacks: what the desktop answers must not be tried again, only what SQS says.
CALLBACKS = {"AwaitReady", "Session"}


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def cfn_lint(cloud):
    code, said = run(PYTHON, PYTHON.with_name("cfn-lint"), cloud / "deskbeat.yaml")
    return said.splitlines() if code else []


def cfn_lint_definitions(cloud):
    """cfn-lint reads state machines only where they stand in the template: so they are put there."""
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}
    for path in cloud.glob("*.asl.json"):
        name = path.name.split(".")[0].capitalize()
        properties = {"RoleArn": "arn:aws:iam::123456789012:role/r", "Definition": json.loads(path.read_text())}
        template["Resources"][name] = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(template, file)
        file.flush()
        code, said = run(PYTHON, PYTHON.with_name("cfn-lint"), "--ignore-checks", "E1029", "--", file.name)
    return said.splitlines() if code else []


def asl_validator(cloud):
    tool, found = MODULES / ".bin/asl-validator", []
    for path in sorted(cloud.glob("*.asl.json")):
        code, said = run(NODE, tool, "--json-path", path)
        found += [f"{path.name}: {said.strip()}"] if code else []
    return found


def policies(cloud):
    """(resource's name, policy document) with everything put in that CloudFormation would."""
    template = cfn_yaml.load(str(cloud / "deskbeat.yaml"))
    for name, resource in template["Resources"].items():
        properties = resource["Properties"]
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            yield name, put_in(properties["PolicyDocument"])
        for policy in properties.get("Policies", []):
            yield name, put_in(policy["PolicyDocument"])


ARNS = {
    "Desktops": "arn:aws:dynamodb:eu-west-1:123456789012:table/desks",
    "InstanceRole": "arn:aws:iam::123456789012:role/desks",
}


def put_in(value):
    if isinstance(value, list):
        return [put_in(part) for part in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        machine = value["Ref"] in ("Session", "Existing", "Janitor", "Sweep")
        arn = f"arn:aws:states:eu-west-1:123456789012:stateMachine:{value['Ref']}"
        return arn if machine else "desks"
    if set(value) == {"Fn::GetAtt"}:
        return ARNS[value["Fn::GetAtt"][0]]
    if set(value) == {"Fn::If"}:
        return put_in(value["Fn::If"][1])
    if set(value) == {"Fn::Sub"}:
        text = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
        for name, put in {
            "AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012",
            "AWS::StackName": "desks", "AgentLogGroup": "/desks", "Id": "lt-1", "Desktops.Arn": ARNS["Desktops"],
        }.items():  # fmt: skip
            text = text.replace("${%s}" % name, put)
        return text
    return {key: put_in(part) for key, part in value.items()}


def iam(cloud):
    """parliament's findings but the known ones; and an exception that is not needed any more."""
    logging.disable(logging.CRITICAL)
    found, needed = [], set()
    for name, policy in policies(cloud):
        for finding in parliament.analyze_policy_string(json.dumps(policy)).findings:
            known = [
                index
                for index, (where, issue, word, _) in enumerate(KNOWN)
                if (name, finding.issue) == (where, issue) and word in str(finding.detail)
            ]
            needed.update(known)
            found += [] if known else [f"{name}: {finding}"]
    return found + [f"not needed: {KNOWN[index]}" for index in set(range(len(KNOWN))) - needed]


def checkov(cloud):
    code, said = run(
        CHECKOV, "-f", cloud / "deskbeat.yaml", "--framework", "cloudformation", "--compact", "--quiet",
        "--skip-download",
    )  # fmt: skip
    return said.splitlines() if code else []


def own_rules(cloud):
    """Each Task tries transient errors again; each statement is explained; names fit together."""
    found = []
    template = (cloud / "deskbeat.yaml").read_text()
    for path in sorted(cloud.glob("*.asl.json")):
        text = path.read_text()
        for name, state in states(json.loads(text)):
            tried = {error for retrier in state.get("Retry", []) for error in retrier["ErrorEquals"]}
            if state["Type"] in ("Task", "Map") and not (name in CALLBACKS or tried & TRANSIENT):
                found.append(f"{path.name}: {name} does not try transient errors again")
            if name in CALLBACKS and not (state["Catch"][-1]["ErrorEquals"] == ["States.ALL"]):
                found.append(f"{path.name}: {name} does not catch everything")
            if state["Type"] == "Task" and "ResultPath" not in state:
                found.append(f"{path.name}: {name} has no ResultPath: it would lose the session's data")
        if "TimeoutSeconds" in json.loads(text):
            found.append(f"{path.name}: a limit on the whole cannot clean up after itself")
        block = template.split(f"DefinitionS3Location: {path.name}")[1].split("LoggingConfiguration")[0]
        lines = block.split("DefinitionSubstitutions:")[1].splitlines()
        given = {line.split(":")[0].strip() for line in lines if ":" in line and "#" not in line}
        used = {part.split("}")[0] for part in text.split("${")[1:]}
        if used != given:
            found.append(f"{path.name}: substitutions {sorted(used ^ given)}")
    codes = (ROOT / "src/session/words/codes.rs").read_text()
    for code in re.findall(r'\$\.code = "(DB-\d+)"', template):
        if f'"{code}"' not in codes:
            found.append(f"a metric filter counts {code}, which the agent never says")
    lines = template.splitlines()
    for before, line in zip(lines, lines[1:]):
        if "- Sid:" in line and not before.strip().startswith("#"):
            found.append(f"a statement without a line that explains it: {line.strip()}")
    return found + twins(cloud)


def states(definition):
    """(name, state), also of what a Map runs."""
    for name, state in definition["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def twins(cloud):
    """session and existing are one machine but for how the desktop comes to be."""
    session, existing = (
        json.loads((cloud / f"{name}.asl.json").read_text())["States"] for name in ("session", "existing")
    )
    differ = {"Defaults", "CheckTypes", "Prepare", "CheckNumbers", "BadInput", "Claim", "Where", "HowToEnd"}
    return [
        f"session and existing differ in {name}"
        for name in session.keys() & existing.keys() - differ
        if session[name] != existing[name]
    ]


CHECKS = [cfn_lint, cfn_lint_definitions, asl_validator, iam, checkov, own_rules]
# A fault for each check: (file, what stands there, what is planted).
FAULTS = {
    cfn_lint: ("deskbeat.yaml", "BillingMode: PAY_PER_REQUEST", "BillingMode: PAY_PER_HOUR"),
    cfn_lint_definitions: ("session.asl.json", '"Type": "Succeed"', '"Type": "Finish"'),
    asl_validator: ("janitor.asl.json", '"Next": "Settle"', '"Next": "Setle"'),
    iam: ("deskbeat.yaml", "Action: states:DescribeExecution", "Action: states:DescribeExecutions"),
    checkov: ("deskbeat.yaml", "PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false"),
    own_rules: ("deskbeat.yaml", "              # To claim a desktop.\n", ""),
}


def main(*arguments):
    failed = 0
    for check in CHECKS:
        if arguments == ("--plant",):
            name, there, planted = FAULTS[check]
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder) / "cloud"
                shutil.copytree(CLOUD, copy)
                text = (copy / name).read_text()
                (copy / name).write_text(text.replace(there, planted, 1))
                found = check(copy) if there in text else []
            says = " ".join(" ".join(found).split())[:240]
            ok = bool(found)
            print(f"{'ok' if ok else 'FAILED':6} {check.__name__} finds {planted.strip() or 'a missing line'!r}: {says}")
        else:
            found = check(CLOUD)
            ok = not found
            print(f"{'ok' if ok else 'FAILED':6} {check.__name__}", *found, sep="\n       " if found else "")
        failed += not ok
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
