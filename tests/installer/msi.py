#!/usr/bin/env python3
"""The Windows installer under Wine: what it puts where, and a session that lives through an upgrade.

    tests/installer/msi.py            the installer as it is shipped, of the release build
    tests/installer/msi.py EXE        of a program that is built already

Wine ignores much of an installer (Windows' exit codes, who may write where, sessions of several
users): so files, registry and the embedded AWS are looked at, never an exit code. The last lines are
the installer's size and `N passed, N failed`.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "windows"))

import desk
import repository
import run
from desk import check, wait_for
from scene import Scene

FOLDER = "Program Files/Deskbeat"
FILES = {
    "deskbeat.exe", "deskbeatw.exe", "README.md", "config.example.toml", "LICENSE-MIT.txt", "LICENSE-APACHE.txt",
    "THIRD-PARTY.txt", "deskbeat.png",
}
RUN = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run"
EVENTS = r"HKLM\System\CurrentControlSet\Services\EventLog\Application\Deskbeat"
APP_ID = r"HKLM\Software\Classes\AppUserModelId\Deskbeat.Deskbeat"
UNINSTALL = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/desk"
READING = ("FR", "FX", "FRFX", "0x1200a9")
# What a release build's installer may have, in bytes.
LARGEST = 6_000_000
MANIFEST = (desk.ROOT / "Cargo.toml").read_text()
OLD, NEW = re.search(r'^version = "(.*)"$', MANIFEST, re.MULTILINE).group(1), "99.0.0"


class Machine:
    """A Windows with the packages of two versions beside it."""

    def __init__(self, wine, sandbox, packages):
        self.wine, self.sandbox, self.packages = wine, sandbox, packages
        self.drive = wine.folder / "prefix" / "drive_c"
        # What Wine lacks, for a program that an installer puts where it wants.
        shutil.copy(wine.bin / "bcryptprimitives.dll", self.drive / "windows" / "system32")
        wine.run("winecfg", "-v", "win10")
        wine.env |= {
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": sandbox.urls["imds"],
            "AWS_ENDPOINT_URL_SQS": sandbox.urls["sqs"],
            "AWS_ENDPOINT_URL_SFN": sandbox.urls["sfn"],
            "DESKBEAT_QUEUE_URL": sandbox.urls["queue"],
            "DESKBEAT_LOG_LEVEL": "debug",
            "DESKBEAT_BEAT_INTERVAL_SECONDS": "1",
        }

    def install(self, version, *properties):
        self.msiexec("/i", self.packages[version], *properties)

    def remove(self, version):
        self.msiexec("/x", self.packages[version])

    def msiexec(self, verb, package, *properties):
        windows_path = "Z:" + str(package).replace("/", "\\")
        # No pipe: an agent that is started again would hold it open.
        command = ["wine", "msiexec", verb, windows_path, "/qn", *properties]
        null = subprocess.DEVNULL
        subprocess.run(command, env=self.wine.env, stdin=null, stdout=null, stderr=null, timeout=desk.PATIENCE)

    def file(self, path):
        return self.drive / path

    def files(self):
        folder = self.file(FOLDER)
        return {path.name for path in folder.iterdir()} if folder.exists() else set()

    def config(self):
        return self.file("ProgramData/Deskbeat/config.toml").read_text()

    def registry(self, key, name):
        """A value's text; empty if it is not there."""
        for line in self.wine.run("reg", "query", key, "/v", name).splitlines():
            parts = line.split(None, 2)
            if len(parts) == 3 and parts[0] == name:
                return parts[2].strip()
        return ""

    def call(self, *verb):
        """A verb of the installed program, in a shell."""
        return self.wine.start(r"C:\Program Files\Deskbeat\deskbeat.exe", *verb)

    def log_on(self):
        """What Explorer does at a logon; what the agent says."""
        command = self.registry(RUN, "Deskbeat")
        check(command.startswith('"') and command.endswith('"'), f"the Run value is {command!r}")
        # Wine has no Event Log that could be asked; it says what would go there.
        launcher = self.wine.start(command.strip('"'), WINEDEBUG="-all,trace+eventlog")
        said = desk.Lines(launcher.stderr)
        # It stays, to start the agent again after a crash.
        check(launcher.poll() is None, f"the launcher ended with {launcher.returncode}")
        return said

    def agents(self):
        """The command lines of the processes that run the installed program."""
        found = []
        for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = file.read_bytes().decode(errors="replace")
                of_this_wine = f"WINEPREFIX={self.wine.env['WINEPREFIX']}" in file.with_name("environ").read_text(errors="replace")
            except OSError:
                continue  # Gone meanwhile.
            if of_this_wine and "Program Files\\Deskbeat\\deskbeat.exe" in line:
                found.append(line)
        return found

    def log(self):
        """The agent's log; the installer's own verbs write none."""
        found = list(self.drive.glob("users/*/AppData/Local/Deskbeat/log/deskbeat.log"))
        return found[0].read_text(errors="replace") if found else ""

    def shortcuts(self):
        """Wine puts one for all users into the user's own menu."""
        return list(self.drive.rglob("Start Menu/Programs/Deskbeat.lnk"))

    def version(self):
        """Of the product that is installed."""
        told = self.wine.run("reg", "query", UNINSTALL, "/s")
        shown = [line.split()[-1] for line in told.splitlines() if "DisplayVersion" in line]
        return " ".join(shown)


# Where Task Manager notes what it has switched off.
APPROVED = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
ENVIRONMENT = r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment"
# What installer/windows/build adds to the tables, and Wine does not show.
TABLES = {
    "CustomAction": r"RestartAgents\t3410\t",
    "InstallExecuteSequence": r"RemoveExistingProducts\t[^\t]*\t1510\n",
    "MsiShortcutProperty": r"AppUserModelID\tStartMenu\tSystem\.AppUserModel\.ID\tDeskbeat\.Deskbeat",
    "Property": r"SecureCustomProperties\t[^\n]*WIX_UPGRADE_DETECTED[^\n]*QUEUEURL",
    "File": r"deskbeat\.exe\t[^\n]*\t99\.0\.0\.0\t",
}


def settings(text):
    """The lines of a configuration that say something."""
    return {line for line in text.splitlines() if line and not line.startswith("#")}


def tables(machine, display):
    """the packages hold what only Windows itself carries out: rollback, order, AppUserModelID, versions"""
    for name, wanted in TABLES.items():
        told = desk.output("msiinfo", "export", machine.packages[NEW], name).replace("\r", "") + "\n"
        check(re.search(wanted, told), f"{name}: no {wanted!r} in\n{told}")


def installed(machine, display):
    """silent installation with properties: files, Run value, event source, shortcut, settings"""
    machine.install(OLD, f"QUEUEURL={QUEUE}", "AFTEREND=none", "CREDENTIALS=imds")
    check(machine.files() == FILES, f"installed: {machine.files()}")
    launcher = r'"C:\Program Files\Deskbeat\deskbeatw.exe"'
    check(machine.registry(RUN, "Deskbeat") == launcher, machine.registry(RUN, "Deskbeat"))
    source = machine.registry(EVENTS, "EventMessageFile")
    check(source == r"%SystemRoot%\System32\EventCreate.exe", f"the event source is {source!r}")
    check(machine.shortcuts(), "there is no shortcut")
    path = machine.registry(ENVIRONMENT, "Path")
    check(path.endswith(";C:\\Program Files\\Deskbeat\\") and "system32" in path, f"PATH is {path!r}")
    check(machine.registry(APP_ID, "DisplayName") == "Deskbeat", "toasts have no sender")
    icon = machine.registry(APP_ID, "IconUri")
    check(icon == r"C:\Program Files\Deskbeat\deskbeat.png", f"the toasts' icon is {icon!r}")
    text = machine.config()
    wanted = {f'queue_url = "{QUEUE}"', 'after_end = "none"', 'credentials = "imds"'}
    check(settings(text) == wanted, f"configured: {settings(text)}")
    check("# idle_minutes = 0" in text, "the other settings are not documented there")


def rights(machine, display):
    """the settings' folder: nobody but its owner and the system may write"""
    # Wine keeps of an access list what Unix' mode bits can say, and owners not at all.
    told = machine.wine.start("other.exe", "rights", r"C:\ProgramData\Deskbeat").communicate()[0]
    owner, _, entries = told.decode().strip().removeprefix("O:").partition("D:")
    check("(A;OICI;FA;;;SY)" in entries, f"the system has no full rights: {entries}")
    given = [entry.split(")")[0].split(";") for entry in entries.split("(")[1:]]
    others = [entry for entry in given if entry[5] not in ("SY", "BA", owner)]
    check(all(entry[2] in READING for entry in others), f"others may write: {entries}")


def refused(machine, display):
    """a wrong property changes nothing"""
    before = machine.config()
    machine.install(NEW, "AFTEREND=reboot")
    machine.install(NEW, "QUEUEURL=http://elsewhere.example")
    # Any user could change a program there, which the installer runs as the system.
    machine.install(NEW, r"INSTALLFOLDER=C:\Tools\Deskbeat")
    check(not machine.file("Tools").exists(), "it went where others may write")
    check(machine.config() == before, "the settings changed")
    check(machine.version() == OLD, f"version {machine.version()} is installed")


def image(machine, display):
    """doctor --image, without role and user: nothing is faulty, nothing is made; an entry that Task Manager
    has switched off starts nothing"""
    told = machine.call("doctor", "--image").communicate()[0].decode()
    check("start at logon      By HKLM" in told and "deskbeatw.exe" in told, told)
    check("FAULT" not in told and "Cannot be checked in an image" in told, told)
    check(not list(machine.drive.glob("users/*/AppData/Local/Deskbeat")), "it made a state folder")
    for state, starts in (("03", False), ("02", True)):
        value = ("/t", "REG_BINARY", "/d", state + "0000005c318e1b0261db01", "/f")
        machine.wine.run("reg", "add", APPROVED, "/v", "Deskbeat", *value)
        told = machine.call("doctor", "--image").communicate()[0].decode()
        check(("By HKLM" in told) is starts, f"StartupApproved says {state}: {told}")
    machine.wine.run("reg", "delete", APPROVED, "/v", "Deskbeat", "/f")


def logon(machine, display):
    """the next logon starts the agent from the Run value: icon, session, start in the Event Log, notification"""
    said = machine.log_on()
    scene = Scene("msi", display, machine.wine, machine.sandbox)
    scene.icon()
    machine.sandbox.do("start 60 7200")
    machine.sandbox.wait("beat accepted")
    machine.sandbox.wait("deleted")
    said.wait("ReportEventW", "DB-102")
    # Wine has no toasts: a balloon says it.
    scene.balloon()
    scene.shoot("session")
    check("notifications are balloons" in machine.log(), "no word about the missing toasts")
    check(len(machine.agents()) == 1, f"running: {machine.agents()}")
    machine.said = said


def closed(machine, display):
    """a close is in the Event Log too; the next session begins"""
    end = machine.call("end", "--yes")
    check(end.wait(desk.PATIENCE) == 0, f"end: {end.returncode}")
    machine.said.wait("ReportEventW", "DB-302")
    here = machine.sandbox.here()
    machine.sandbox.do("start 60 7200")
    machine.sandbox.wait("beat accepted", since=here)
    machine.sandbox.wait("deleted", since=here)


def upgraded(machine, display):
    """an upgrade while a session lives: the agent stops and comes back, no window missed, same token"""
    text = machine.config().replace("# log =", "# ours\nlog =")
    machine.file("ProgramData/Deskbeat/config.toml").write_text(text)
    marks = machine.file(FOLDER) / "README.md"
    marks.write_text("the old one")
    begun = machine.log().count("DB-103")
    here = machine.sandbox.here()
    machine.install(NEW)
    check(machine.version() == NEW, f"version {machine.version()} is installed")
    check(machine.files() == FILES, f"installed: {machine.files()}")
    check(marks.read_text() != "the old one", "the old files are still there")
    wait_for("the session to resume", lambda: machine.log().count("DB-103") == begun + 1)
    resumed = machine.sandbox.here()
    machine.sandbox.wait("beat accepted", since=resumed)
    check(machine.sandbox.count("heartbeat timeout", since=here) == 0, "a window was missed")
    check(machine.sandbox.count("close accepted", since=here) == 0, "the session was closed")
    check(machine.sandbox.count("received", since=here) == 0, "a token came from the queue")
    check(machine.config() == text, "the settings changed")
    check(machine.registry(r"HKLM\Software\Deskbeat", "StoppedSessions") == "", "a note was left")


def downgrade(machine, display):
    """an older version is refused, and the agent goes on"""
    machine.install(OLD)
    check(machine.version() == NEW, f"version {machine.version()} is installed")
    machine.sandbox.wait("beat accepted", since=machine.sandbox.here())


def repaired(machine, display):
    """a repair, which any user may ask for, changes no setting and leaves the agent alone"""
    before, agents, text = machine.config(), machine.agents(), machine.log()
    (machine.file(FOLDER) / "README.md").unlink()
    machine.install(NEW, "AFTEREND=logoff", "REINSTALL=ALL")
    check((machine.file(FOLDER) / "README.md").exists(), "the file is not back")
    check(machine.config() == before, "the settings changed")
    check(machine.agents() == agents, f"running: {machine.agents()}")
    check(machine.log().count("DB-103") == text.count("DB-103"), "the agent was started again")
    machine.sandbox.wait("beat accepted", since=machine.sandbox.here())


def removed(machine, display):
    """uninstallation leaves the logs and the machine's settings, and nothing else"""
    check(machine.agents(), "the agent was gone before")
    here = machine.sandbox.here()
    machine.remove(NEW)
    wait_for("the agent to be gone", lambda: not machine.agents())
    check(machine.sandbox.count("close accepted", since=here) == 0, "the session was closed")
    # A program in use that a repair replaced has another name until Windows starts again.
    left = {name for name in machine.files() if not re.fullmatch(r"msi\w+\.tmp", name)}
    check(not left, f"left: {left}")
    check(machine.registry(RUN, "Deskbeat") == "", "the Run value is left")
    check(machine.registry(EVENTS, "EventMessageFile") == "", "the event source is left")
    check(not machine.shortcuts(), "the shortcut is left")
    path = machine.registry(ENVIRONMENT, "Path")
    check("Deskbeat" not in path and "system32" in path, f"PATH is {path!r}")
    check(machine.registry(APP_ID, "DisplayName") == "", "the toasts' sender is left")
    kept = {path.name for path in machine.file("ProgramData/Deskbeat").iterdir()}
    check(kept == {"config.toml"}, f"left: {kept}")
    check("DB-102" in machine.log(), "the log is gone")


def package(out, exe=None, version=OLD):
    """Made as for a release; of a program that is there already, if one is given."""
    of = [exe, version] if exe else []
    build = desk.ROOT / "installer" / "windows" / "build"
    subprocess.run([build, out, *of], check=True, env=run.ours())
    return out / f"deskbeat-{version}-x64.msi"


def compared(first, second):
    """Two packages of one program, with what is beside them."""
    for name in (first.name, f"{first.stem}.cdx.json", "SHA256SUMS"):
        one, other = (path.with_name(name).read_bytes() for path in (first, second))
        check(one == other, f"two builds of {name} differ")
    print("two packages of the same program, their SBOMs and checksums are the same", flush=True)


STEPS = (tables, installed, rights, refused, image, logon, closed, upgraded, downgrade, repaired, removed)


def main():
    desk.SHOTS.mkdir(parents=True, exist_ok=True)
    run.PACKAGES.extend(["wixl", "msitools", "faketime"])
    run.install()
    given = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
    server = ["cargo", "build", "--quiet", "--example", "sandbox_server"]
    if not given:
        subprocess.run(server, cwd=desk.ROOT, check=True, env=run.ours())
    folder = pathlib.Path(tempfile.mkdtemp(prefix="deskbeat-msi-"))
    opened, passed, failed = [], 0, 0
    try:
        packages = {OLD: package(folder / "old", given)}
        exe = given or desk.TARGET / run.TRIPLE / "release" / "deskbeat.exe"
        compared(packages[OLD], package(folder / "again", exe))
        packages[NEW] = package(folder / "new", exe, NEW)
        repository.winget(packages[OLD], folder / "winget")
        print("winget's manifests name this very MSI", flush=True)
        size = packages[OLD].stat().st_size
        print(f"the installer: {size} bytes", flush=True)
        if size > LARGEST:
            failed += 1
            print(f"FAIL  the installer is larger than {LARGEST} bytes")
        for open_next in (desk.Display, lambda: desk.Wine(folder, opened[0], exe), desk.Sandbox):
            opened.append(open_next())
        display, wine, sandbox = opened
        machine = Machine(wine, sandbox, packages)
        # Each step begins where the one before has ended.
        for step in STEPS:
            try:
                step(machine, display)
            except desk.Failed as problem:
                failed += 1
                display.shoot("msi-failed")
                print(f"FAIL  {step.__name__}: {problem}", flush=True)
                break
            except Exception:
                failed += 1
                print(f"FAIL  {step.__name__}:\n{traceback.format_exc()}", flush=True)
                break
            passed += 1
            print(f"ok    {step.__name__}: {step.__doc__}", flush=True)
    finally:
        for thing in reversed(opened):
            thing.close()
        if not os.environ.get("KEEP"):
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
