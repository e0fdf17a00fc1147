#!/usr/bin/env python3
"""The packages for arm64 (Graviton), and their program under qemu's user emulation: a whole session.

    python3 tests/installer/arm64.py PROGRAM SANDBOX_SERVER     PROGRAM as `installer/program arm64` makes it

No arm64 machine was there: the libraries are Debian's for cross-compiling, the kernel is this machine's.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import traceback

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests/support"))

from sandbox import TOKEN_HEAD, Sandbox  # noqa: E402
from waiting import Failed, Lines, check, run, wait_for  # noqa: E402

# Where libc6-arm64-cross lays its libraries.
LIBRARIES = "/usr/aarch64-linux-gnu"


class Packages:
    def __init__(self, folder, program):
        self.folder = folder
        for kind in ("debian", "rpm"):
            run(PROJECT / f"installer/{kind}/build", folder / kind, program)
        (self.deb,) = (folder / "debian").glob("*.deb")
        (self.rpm,) = (folder / "rpm").glob("*.rpm")
        run("dpkg-deb", "-x", self.deb, folder / "unpacked")
        self.program = folder / "unpacked/usr/bin/deskbeat"

    def command(self, *verb):
        return [shutil.which("qemu-aarch64-static"), "-L", LIBRARIES, self.program, *verb]


def the_packages_say_so(packages):
    """both name arm64 as their processor, and ask for glibc 2.28 and no other library"""
    told = run("dpkg-deb", "-f", packages.deb, "Architecture", "Depends")
    check("Architecture: arm64" in told, told)
    check("libc6 (>= 2.28)\n" in told and "lib" not in told.replace("libc6", ""), told)
    check(packages.deb.name.endswith("_arm64.deb"), packages.deb.name)
    check(run("rpm", "-qp", "--qf", "%{ARCH}", packages.rpm) == "aarch64", "the RPM package is for another processor")
    needs = run("rpm", "-qp", "--requires", packages.rpm)
    check("libc.so.6(GLIBC_2.17)(64bit)" in needs and "x86-64" not in needs, f"it requires {needs}")
    for sbom in packages.folder.glob("*/*.cdx.json"):
        check(json.loads(sbom.read_text())["components"], f"{sbom.name} is empty")


def the_program_is_in_both(packages):
    """the same program, for this processor, in both"""
    unpacked = packages.folder / "from-rpm"
    unpacked.mkdir()
    archive = subprocess.run(["rpm2cpio", packages.rpm], stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["cpio", "-idm", "--quiet"], input=archive, cwd=unpacked, check=True)
    ours, theirs = packages.program.read_bytes(), (unpacked / "usr/bin/deskbeat").read_bytes()
    check(ours == theirs, "two programs")
    check(int.from_bytes(ours[18:20], "little") == 183, "it is for another processor")


def a_session_from_its_token_to_its_close(packages):
    """takes its token, beats, is ended, and leaves no token in its log"""
    check("deskbeat" in run(*packages.command("--version")), "it does not tell its version")
    with Sandbox() as sandbox:
        env = {
            "HOME": str(packages.folder / "home"),
            "PATH": os.environ["PATH"],
            "DESKBEAT_LOG": "json",
            "DESKBEAT_ONE_PER_MACHINE": "false",
            "DESKBEAT_AFTER_END": "none",
            "DESKBEAT_STATE_DIR": str(packages.folder / "state"),
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": sandbox.urls["imds"],
            "AWS_ENDPOINT_URL_SQS": sandbox.urls["sqs"],
            "AWS_ENDPOINT_URL_SFN": sandbox.urls["sfn"],
        }
        agent = subprocess.Popen(packages.command("run", "--headless"), env=env, stderr=subprocess.PIPE)
        log = Lines(agent.stderr)
        try:
            sandbox.do("start 15")
            told = lambda: run(*packages.command("status", "--json"), env=env, code=None)
            wait_for("two beats", lambda: told().startswith("{") and json.loads(told())["beats"] > 1)
            run(*packages.command("end", "--yes"), env=env)
            (output,) = sandbox.outputs()
            check(output["outcome"] == "ended" and sandbox.closes() == 1, f"{output}")
        finally:
            agent.terminate()
            agent.wait()
        check(TOKEN_HEAD not in "\n".join(log.all), "a token in the log")


TESTS = (the_packages_say_so, the_program_is_in_both, a_session_from_its_token_to_its_close)


def main():
    program, server = (pathlib.Path(path).resolve() for path in sys.argv[1:])
    Sandbox.program = server
    passed = failed = 0
    # Short, as the path of a control socket has to be.
    with tempfile.TemporaryDirectory(prefix="deskbeat-") as folder:
        packages = Packages(pathlib.Path(folder), program)
        for test in TESTS:
            try:
                test(packages)
            except Failed as why:
                failed += 1
                print(f"FAIL  {test.__name__}: {why}", flush=True)
            except Exception:
                failed += 1
                print(f"FAIL  {test.__name__}:\n{traceback.format_exc()}", flush=True)
            else:
                passed += 1
                print(f"ok    {test.__name__}: {test.__doc__}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
