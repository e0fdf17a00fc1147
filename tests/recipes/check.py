"""The static checks of docs/recipes: every file is read by the parser of its kind, and its form is what the service documents.

    check.py [--plant]

Each file must be known here, so that none goes unread. PowerShell is read by nobody: there is none here. With --plant, each
check is given a copy with a fault of its kind, and must find it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import hcl2
import yaml

ROOT = Path(__file__).resolve().parents[2]
RECIPES = ROOT / "docs" / "recipes"
BESIDE = Path(sys.executable).parent
# Image Builder's actions that the recipes use, and the inputs each must have.
# Source: EC2 Image Builder User Guide, "Action modules supported by AWSTOE".
ACTIONS = {
    "S3Download": list, "ExecuteBash": {"commands"}, "ExecutePowerShell": {"commands"}, "InstallMSI": {"path"},
}


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)
    return [] if done.returncode == 0 else [done.stdout + done.stderr]


def shell(script):
    """`script` as bash and shellcheck see it, with the service's parameters put in."""
    script = re.sub(r"\{\{ *\w+ *\}\}", "value", script)
    found = run("bash", "-n", "-c", script)
    return found or run("shellcheck", "--shell=bash", "-", input=script)


def unprepared(text):
    """A fresh image's list of packages is empty or old: what a package depends on is not found then."""
    before, install, _ = text.partition("apt-get install")
    if install and "apt-get update" not in before:
        return ["apt-get install without apt-get update before it"]
    return ["apt without update_cache"] if "ansible.builtin.apt:" in text and "update_cache: true" not in text else []


def packer(path):
    with path.open() as file:
        read = hcl2.load(file)
    found = [f"no {block}" for block in ("packer", "source", "build") if block not in read]
    text = path.read_text()
    declared = set(re.findall(r'^variable "(\w+)"', text, re.M))
    used = set(re.findall(r"\bvar\.(\w+)", text))
    return found + [f"the variable {name} is not declared, or not used" for name in declared ^ used]


def image_builder(path):
    document, found = yaml.safe_load(path.read_text()), []
    if str(document.get("schemaVersion")) != "1.0" or not document.get("name"):
        found.append("no schemaVersion 1.0, or no name")
    parameters = {name for parameter in document.get("parameters", []) for name in parameter}
    found += [f"{{{{ {name} }}}} is no parameter" for name in used(path) - parameters]
    for phase in document["phases"]:
        if phase["name"] not in ("build", "validate", "test"):
            found.append(f"phase {phase['name']}")
        for step in phase["steps"]:
            wanted, inputs = ACTIONS.get(step["action"]), step["inputs"]
            if wanted is list:
                fits = isinstance(inputs, list) and all({"source", "destination"} <= set(one) for one in inputs)
            else:
                fits = wanted is not None and wanted <= set(inputs)
            if not fits:
                found.append(f"step {step['name']}: {step['action']} does not take that")
            elif step["action"] == "ExecuteBash":
                found += shell("set -e\n" + "\n".join(inputs["commands"]))
    return found


def ssm(path):
    document, found = yaml.safe_load(path.read_text()), []
    if document["schemaVersion"] != "2.2":
        found.append("schemaVersion is not the text 2.2")
    found += [f"{{{{ {name} }}}} is no parameter" for name in used(path) ^ set(document["parameters"])]
    for step in document["mainSteps"]:
        platform = step["precondition"]["StringEquals"][1]
        wanted = {"Linux": "aws:runShellScript", "Windows": "aws:runPowerShellScript"}.get(platform)
        if step["action"] != wanted or not all(isinstance(line, str) for line in step["inputs"]["runCommand"]):
            found.append(f"step {step['name']}: {step['action']} on {platform}, or a line that is no text")
        elif platform == "Linux":
            found += shell("\n".join(step["inputs"]["runCommand"]))
    return found


def used(path):
    return set(re.findall(r"\{\{ *(\w+) *\}\}", path.read_text()))


def cloud_init(path):
    text = path.read_text()
    document = yaml.safe_load(text)
    found = [] if text.startswith("#cloud-config\n") else ["its first line is not #cloud-config"]
    found += [f"{key} is none of its modules" for key in set(document) - {"write_files", "runcmd"}]
    for script in document["runcmd"]:
        found += shell(script)
    return found


def launch_template(path):
    return run(BESIDE / "cfn-lint", path)


def ansible(path):
    where = {**os.environ, "ANSIBLE_LOCAL_TEMP": tempfile.gettempdir(), "ANSIBLE_DEPRECATION_WARNINGS": "0"}
    return run(BESIDE / "ansible-playbook", "--syntax-check", "-i", "desktops,", path, env=where)


def parsed_as_json(path):
    json.loads(path.read_text())
    return []


def elsewhere(_):
    """Settings: `deskbeat config check` reads them, in tests/it/documents.rs. PowerShell: nobody."""
    return []


KINDS = {
    "packer/*.pkr.hcl": packer, "image-builder/*.yaml": image_builder, "ssm/*.yaml": ssm, "user-data/*.yaml": cloud_init,
    "launch-template/*.yaml": launch_template, "ansible/*.yml": ansible, "cloudwatch/*.json": parsed_as_json,
    "settings/*.toml": elsewhere, "user-data/*.ps1": elsewhere, "intune/*.ps1": elsewhere, "**/*.md": elsewhere,
}

# A fault of each kind: the file, and what becomes of what is in it.
FAULTS = [
    ("packer/linux.pkr.hcl", "var.package", "var.parcel"),
    ("packer/windows.pkr.hcl", "build {", "build {{"),
    ("image-builder/linux.yaml", "action: S3Download", "action: S3Get"),
    ("image-builder/linux.yaml", '"{{ Package }}"', '"{{ Parcel }}"'),
    ("image-builder/windows.yaml", "- name: validate", "- name: check"),
    ("ssm/install.yaml", "- fi\n", ""),
    ("ssm/install.yaml", 'schemaVersion: "2.2"', "schemaVersion: 2.2"),
    ("ssm/install.yaml", "aws:runPowerShellScript", "aws:runShellScript"),
    ("user-data/linux.yaml", "#cloud-config", "# cloud-config"),
    ("user-data/linux.yaml", 'rm "/tmp/$package"', "rm /tmp/$parcel"),
    ("user-data/linux.yaml", "apt-get update", "true"),
    ("ssm/install.yaml", "apt-get update", "true"),
    ("packer/linux.pkr.hcl", "apt-get update", "true"),
    ("ansible/deskbeat.yml", "update_cache: true", "update_cache: false"),
    ("launch-template/template.yaml", "HttpTokens: required", "HttpTokens: wanted"),
    ("ansible/deskbeat.yml", "ansible.builtin.apt:", "ansible.builtin.aptitude:"),
    ("cloudwatch/linux.json", "{instance_id}\",", "{instance_id}\""),
]


def check(recipes, alone=None):
    """What is wrong, a line each with its file; in the file `alone`, if one is named."""
    found, read = [], set()
    for pattern, judge in KINDS.items():
        for path in sorted(recipes.glob(pattern)):
            read.add(path)
            if alone not in (None, str(path.relative_to(recipes))):
                continue
            try:
                said = judge(path) + unprepared(path.read_text())
            except Exception as error:
                said = [f"{type(error).__name__}: {error}"]
            found += [f"{path.relative_to(recipes)}: {line.strip()}" for line in said]
    unread = {path for path in recipes.rglob("*") if path.is_file()} - read
    return found + [f"{path.relative_to(recipes)}: nothing here reads it" for path in sorted(unread)]


def plant():
    """The faults that were not found."""
    missed = []
    for name, old, new in FAULTS:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "recipes"
            shutil.copytree(RECIPES, copy)
            text = (copy / name).read_text()
            assert old in text, (name, old)
            (copy / name).write_text(text.replace(old, new))
            if not any(line.startswith(name) for line in check(copy, alone=name)):
                missed.append(f"{name}: {old!r} as {new!r}")
    return missed


def main():
    if sys.argv[1:] == ["--plant"]:
        missed = plant()
        print(*missed, f"{len(FAULTS) - len(missed)} of {len(FAULTS)} faults found", sep="\n")
        return bool(missed)
    found = check(RECIPES)
    print(*found, f"{len(found)} faults in docs/recipes", sep="\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
