#!/usr/bin/env python3
"""The Debian package: built twice, judged by lintian, installed into an empty root with dpkg, run
from there, upgraded under a running session, removed, purged.

    python3 tests/installer/deb.py PROGRAM SANDBOX_SERVER

PROGRAM is what the package is to hold. Runs as root, for chroot. The last line is
`N passed, N failed`.
"""

import hashlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests/support"))

import links  # noqa: E402
import repository  # noqa: E402
from sandbox import TOKEN_HEAD, Sandbox  # noqa: E402
from waiting import Failed, Lines, check, run, wait_for  # noqa: E402

LIMIT = 6_000_000  # bytes
DOCTOR_LIMIT = 10  # seconds
USER = 4711  # of nobody
# Not in everybody's PATH.
CHROOT = shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin")
BUILD = PROJECT / "installer/debian/build"


def only(folder, pattern):
    (found,) = folder.glob(pattern)
    return found


def contents(root):
    """Every path under a folder, as an installed system would name it."""
    return {f"/{path.relative_to(root)}" for path in root.rglob("*")}


class Root:
    """An empty system: dpkg's database, and of everything else only what the program is linked with."""

    def __init__(self, folder, program):
        self.path = folder
        for name in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log", "etc", "tmp", "home/ana"):
            (folder / name).mkdir(parents=True)
        for name in ("status", "available"):
            (folder / "var/lib/dpkg" / name).touch()
        (folder / "etc/passwd").write_text(f"root:x:0:0::/root:/bin/sh\nana:x:{USER}:{USER}::/home/ana:/bin/sh\n")
        os.chown(folder / "home/ana", USER, USER)
        for word in run("ldd", program).split():
            if word.startswith("/"):
                place = folder / word[1:]
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(word, place)
        # What the package ca-certificates brings.
        place = folder / "etc/ssl/certs"
        place.mkdir(parents=True)
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", place)
        self.before = contents(folder)

    def dpkg(self, *arguments, code=0):
        # Libraries come from outside of this database; dpkg's own tools may not be in PATH.
        return run("dpkg", f"--root={self.path}", "--force-depends", "--force-bad-path", *arguments, code=code)

    def status(self):
        return run(
            "dpkg-query", f"--admindir={self.path}/var/lib/dpkg", "-W", "-f", "${db:Status-Status} ${Version}",
            "deskbeat", code=None,
        )

    def command(self, *verb, user="0"):
        return [CHROOT, f"--userspec={user}:{user}", str(self.path), "/usr/bin/deskbeat", *verb]

    def added(self):
        """What is there beside the empty system; dpkg's own notes do not count."""
        return {
            path for path in contents(self.path) - self.before
            if not path.startswith(("/var/lib/dpkg", "/var/log"))
        }

    @property
    def config(self):
        return self.path / "etc/deskbeat/config.toml"


class Agent:
    """The installed program as a user's agent without an icon."""

    def __init__(self, root, sandbox, state="deskbeat"):
        self.root = root
        self.env = {
            "DESKBEAT_STATE_DIR": f"/home/ana/.local/state/{state}",
            "HOME": "/home/ana",
            "PATH": "/usr/bin:/bin",
            "DESKBEAT_LOG": "json",
            "DESKBEAT_ONE_PER_MACHINE": "false",
            # An agent that has ordered a shutdown takes no further session.
            "DESKBEAT_AFTER_END": "none",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": sandbox.urls["imds"],
            "AWS_ENDPOINT_URL_SQS": sandbox.urls["sqs"],
            "AWS_ENDPOINT_URL_SFN": sandbox.urls["sfn"],
        }
        self.process = subprocess.Popen(
            root.command("run", "--headless", user=USER), env=self.env, stderr=subprocess.PIPE
        )
        self.log = Lines(self.process.stderr)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.kill()
        self.process.wait()
        if kind:
            print("\n".join(self.log.all[-20:]), flush=True)

    def status(self):
        told = run(*self.root.command("status", "--json", user=USER), code=None, env=self.env)
        return json.loads(told) if told.startswith("{") else {}

    def beaten(self, more=0):
        def found():
            view = self.status()
            return view if view.get("state") == "active" and view["beats"] > more else None

        return wait_for("an accepted beat", found)

    def runs_file(self):
        return os.readlink(f"/proc/{self.process.pid}/exe")


class Packages:
    """The package, built twice from one program, and a next version with other built-in settings."""

    def __init__(self, folder, program):
        self.folder = folder
        self.env = {**os.environ, "SOURCE_DATE_EPOCH": "1795000000"}
        # The same bytes, with another time on the file.
        copy = pathlib.Path(shutil.copyfile(program, folder / "program"))
        copy.chmod(0o700)
        os.utime(copy, (0, 0))
        for out, packed in (("first", program), ("second", copy)):
            run(BUILD, folder / out, packed, env=self.env)
        self.deb = only(folder / "first", "*.deb")
        self.version = run("dpkg-deb", "-f", self.deb, "Version").strip()

    def next(self, config=None):
        """A newer one; newer still, with this text in its config.toml."""
        version = "9.0-1" if config is None else "9.1-1"
        content = self.folder / version
        run("dpkg-deb", "-R", self.deb, content)
        control = content / "DEBIAN/control"
        lines = control.read_text().splitlines()
        control.write_text("\n".join(f"Version: {version}" if line.startswith("Version:") else line for line in lines) + "\n")
        if config is not None:
            (content / "etc/deskbeat/config.toml").write_text(config)
        package = self.folder / f"{version}.deb"
        run("dpkg-deb", "--root-owner-group", "-Znone", "-b", content, package)
        return package


# --- The package itself ---------------------------------------------------------------------------


def two_builds_are_the_same_bytes(packages, _):
    first, second = packages.folder / "first", packages.folder / "second"
    names = sorted(path.name for path in first.iterdir())
    check(names == sorted(path.name for path in second.iterdir()), f"other files: {names}")
    for name in names:
        sums = [hashlib.sha256((out / name).read_bytes()).hexdigest() for out in (first, second)]
        check(sums[0] == sums[1], f"two builds of {name} differ")
    run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=first)
    summed = {line.split()[1] for line in (first / "SHA256SUMS").read_text().splitlines()}
    check(summed == set(names) - {"SHA256SUMS"}, f"checksums of {summed} only")


def it_is_small(packages, _):
    size = packages.deb.stat().st_size
    check(size <= LIMIT, f"{size} bytes")
    return f"{packages.deb.name}: {size} bytes (at most {LIMIT})"


def lintian_finds_nothing(packages, _):
    told = run("lintian", "--allow-root", "--fail-on", "error,warning", packages.deb)
    check(not told.strip(), told)


def the_sbom_names_what_is_linked_and_nothing_else(packages, _):
    bom = json.loads(only(packages.folder / "first", "*.cdx.json").read_text())
    check((bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.5"), "no CycloneDX 1.5")
    parts = {part["name"] for part in bom["components"]}
    check({"rustls", "tokio", "aws-sdk-sfn", "ksni"} <= parts, f"something is missing: {parts}")
    strange = parts & {"clap_mangen", "clap_complete", "tempfile", "serde_derive", "windows-sys", "deskbeat"}
    check(not strange, f"not in the program: {strange}")
    check(all(part["hashes"] and part["licenses"] and part["purl"] for part in bom["components"]), "a part half told")
    refs = {part["bom-ref"] for part in [bom["metadata"]["component"], *bom["components"]]}
    check(len(refs) == len(bom["components"]) + 1, "a reference twice")
    needs = {need["ref"]: need["dependsOn"] for need in bom["dependencies"]}
    check(set(needs) == refs and all(set(of) <= refs for of in needs.values()), "a dependency on nothing")
    notices = run("dpkg-deb", "--fsys-tarfile", packages.deb, errors="replace")
    check("third-party.txt.gz" in notices, "the licences are not in the package")
    return f"{len(parts)} crates"


# --- Installed ------------------------------------------------------------------------------------


def it_runs_nothing_as_root(packages, _):
    control = packages.folder / "control"
    run("dpkg-deb", "-e", packages.deb, control)
    found = {path.name for path in control.iterdir()}
    check(found == {"control", "conffiles", "md5sums"}, f"beside the package's description: {found}")


def it_installs_and_runs(packages, root):
    root.dpkg("-i", packages.deb)
    check(root.status().startswith("installed "), root.status())
    run("dpkg", f"--root={root.path}", "--verify", "deskbeat")
    told = run(*root.command("--version"))
    check(told.startswith("deskbeat "), told)
    check("demo" not in run(*root.command("--help")), "the demo is in the package")
    listed = run("dpkg-query", f"--admindir={root.path}/var/lib/dpkg", "-f", "${Conffiles}", "-W", "deskbeat")
    names = [line.split()[0] for line in listed.strip().splitlines()]
    check(names == ["/etc/deskbeat/config.toml", "/etc/xdg/autostart/deskbeat.desktop"], f"conffiles {names}")
    check((root.config.stat().st_mode & 0o777, root.config.stat().st_uid) == (0o644, 0), "others may write the settings")


def the_shells_complete_what_belongs_there(_, root):
    fish = root.path / "usr/share/fish/vendor_completions.d/deskbeat.fish"
    offers = {
        "deskbeat --after-end ": {"none", "logoff", "shutdown"}, "deskbeat status --log ": {"text", "json"},
        "deskbeat --log-level d": {"debug"}, "deskbeat conf": {"config"}, "deskbeat config ch": {"check"},
    }
    for line, wanted in offers.items():
        told = run("fish", "--no-config", "-c", f"source {fish}; complete -C '{line}'", cwd=root.path)
        offered = {word.split("\t")[0] for word in told.splitlines()}
        check(offered == wanted, f"fish offers {offered} after {line!r}")
    bash = root.path / "usr/share/bash-completion/completions/deskbeat"
    asked = f"source {bash}; COMP_WORDS=(deskbeat --after-end ''); COMP_CWORD=2; _deskbeat deskbeat '' --after-end"
    told = run("bash", "--norc", "-c", f'{asked}; echo "${{COMPREPLY[@]}}"')
    check(set(told.split()) == {"none", "logoff", "shutdown"}, f"bash offers {told}")
    run("zsh", "--no-rcs", "-n", root.path / "usr/share/zsh/vendor-completions/_deskbeat")


def the_documents_links_lead_somewhere(_, root):
    documents = root.path / "usr/share/doc/deskbeat"
    for name in ("README.md", "docs/recipes/README.md", "docs/window.png", "docs/administrators.md"):
        check((documents / name).exists(), f"{name} is not there")
    check(not links.broken(documents), f"links to nothing: {links.broken(documents)}")


def the_desktop_entries_are_valid(_, root):
    for name in ("etc/xdg/autostart/deskbeat.desktop", "usr/share/applications/deskbeat.desktop"):
        told = run("desktop-file-validate", root.path / name)
        check(not told.strip(), told)
        fields = dict(line.split("=", 1) for line in (root.path / name).read_text().splitlines() if "=" in line)
        program = fields["Exec"].split()[0]
        place = shutil.which(program, path=root.path / "usr/bin") or root.path / program[1:]
        check(pathlib.Path(place).is_file(), f"{name} starts {program}, which is not there")
        icons = list((root.path / "usr/share/icons/hicolor").glob(f"*/apps/{fields['Icon']}.*"))
        check(len(icons) >= 9, f"icons: {icons}")


def the_user_unit_is_valid_and_not_enabled(packages, root):
    unit = root.path / "usr/lib/systemd/user/deskbeat.service"
    text = unit.read_text()
    copy = packages.folder / "unit" / unit.name
    copy.parent.mkdir(exist_ok=True)
    # The program must exist where the unit says; here that is in the root.
    copy.write_text(text.replace("/usr/bin/deskbeat", f"{root.path}/usr/bin/deskbeat"))
    runtime = packages.folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    told = run(
        "systemd-analyze", "--user", "--man=no", "--recursive-errors=no", "verify", copy,
        env={**os.environ, "XDG_RUNTIME_DIR": str(runtime)},
    )
    check(not told.strip(), told)
    check("Restart=on-failure\n" in text and "RestartPreventExitStatus=8 9\n" in text, text)
    check(not [path for path in contents(root.path) if ".wants/" in path], "it is enabled")


def the_user_unit_can_be_enabled_as_the_readme_says(_, root):
    # What systemd brings.
    target = root.path / "usr/lib/systemd/user/default.target"
    target.write_text("[Unit]\n")
    systemctl = ["systemctl", f"--root={root.path}", "--global"]
    run(*systemctl, "enable", "deskbeat")
    run(*systemctl, "add-wants", "default.target", "deskbeat.service")
    links = {str(path.relative_to(root.path / "etc/systemd/user")) for path in (root.path / "etc/systemd/user").glob("*.wants/*")}
    wanted = {f"{target}.target.wants/deskbeat.service" for target in ("graphical-session", "default")}
    check(links == wanted, f"links {links}")
    run(*systemctl, "disable", "deskbeat")
    check(not list((root.path / "etc/systemd/user").glob("*.wants/*")), "disabling leaves a link")
    shutil.rmtree(root.path / "etc/systemd")
    target.unlink()


def the_manual_and_the_completions_know_every_verb(packages, root):
    page = root.path / "usr/share/man/man1/deskbeat.1.gz"
    env = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80", "MANROFFOPT": ""}
    told = run("man", "--warnings", "--local-file", page, env=env)
    check("warning" not in told, told)
    verbs = [line.split()[0] for line in run(*root.command("--help")).split("Commands:")[1].split("\n\n")[0].strip().splitlines()]
    check({"run", "status", "end", "doctor"} <= set(verbs), f"verbs {verbs}")
    bash = root.path / "usr/share/bash-completion/completions/deskbeat"
    offered = run(
        "bash", "-c",
        f'source "{bash}"; COMP_WORDS=(deskbeat ""); COMP_CWORD=1; _deskbeat deskbeat "" deskbeat; echo "${{COMPREPLY[@]}}"',
    ).split()
    others = [root.path / "usr/share/zsh/vendor-completions/_deskbeat", root.path / "usr/share/fish/vendor_completions.d/deskbeat.fish"]
    for verb in set(verbs) - {"help"}:
        check(f"deskbeat {verb}" in told, f"{verb} is not in the manual")
        check(verb in offered, f"bash does not offer {verb}: {offered}")
        check(all(verb in path.read_text() for path in others), f"{verb} is not in {others}")
    check("demo" not in offered and "deskbeat demo" not in told, "the demo is offered")


def doctor_at_image_build_says_what_it_can_check(_, root):
    # As a script at first boot runs: root, no HOME, no bus; and a metadata service that never answers.
    silent = socket.create_server(("127.0.0.1", 0))
    endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
    env = {"PATH": "/usr/bin:/bin", "AWS_EC2_METADATA_SERVICE_ENDPOINT": endpoint}
    begun = time.monotonic()
    told = run(*root.command("doctor", "--image"), env=env)
    image = time.monotonic() - begun
    start = "ok     start at logon      By /etc/xdg/autostart/deskbeat.desktop"
    for text in ("instance id ", "queue setting ", start, "leftovers ", "Cannot be checked in an image", "Nothing that can be checked"):
        check(text in told, f"{text} is not in\n{told}")
    check(not (root.path / "root").exists(), "it left something behind")
    left = root.path / "home/builder/.local/state/deskbeat/journal"
    left.parent.mkdir(parents=True)
    left.write_text("of a session")
    told = run(*root.command("doctor", "--image"), code=1, env=env)
    check("FAULT  leftovers           A session's journal is in /home/builder/.local/state/deskbeat." in told, told)
    shutil.rmtree(root.path / "home/builder")
    begun = time.monotonic()
    told = run(*root.command("doctor"), code=1, env=env)
    plain = time.monotonic() - begun
    silent.close()
    for text in ("FAULT  metadata service", "Not checked: the items above come first", "deskbeat doctor --image"):
        check(text in told, f"{text} is not in\n{told}")
    check(max(image, plain) < DOCTOR_LIMIT, f"{image:.1f} s and {plain:.1f} s")
    shutil.rmtree(root.path / "root")
    pinned = run(*root.command("doctor", "--image", "--set", "instance_id=i-0123456789abcdef0"), code=1, env=env)
    check("FAULT  instance id" in pinned, pinned)
    return f"--image {image:.2f} s, plain {plain:.2f} s"


def an_upgrade_leaves_the_session_alone(packages, root):
    a_session_outlives(root, packages.next(), "9.0-1")


def a_downgrade_leaves_the_session_alone(packages, root):
    a_session_outlives(root, packages.deb, packages.version)


def a_session_outlives(root, package, version):
    """The program is replaced under a session: the old one goes on with it, and the new one after a crash."""
    # Every sandbox begins with the same task token: another one's journal would know it as finished.
    state = f"deskbeat-{version}"
    with Sandbox() as sandbox:
        with Agent(root, sandbox, state) as agent:
            # Long enough for a machine that dawdles between the kill and the new start.
            sandbox.do("start 15")
            beats = agent.beaten()["beats"]
            root.dpkg("-i", package)
            check(root.status() == f"installed {version}", root.status())
            check(agent.runs_file().endswith("(deleted)"), f"it runs {agent.runs_file()}")
            # The old program goes on.
            beats = agent.beaten(more=beats)["beats"]
            told = run(*root.command("status", user=USER), env=agent.env)
            check("active" in told, f"the new program does not understand the old agent: {told}")
            agent.process.kill()
            agent.process.wait()
            logs = agent.log.all
        with Agent(root, sandbox, state) as agent:
            agent.log.wait("DB-103")
            check(agent.runs_file() == f"{root.path}/usr/bin/deskbeat", agent.runs_file())
            agent.beaten(more=beats)
            run(*root.command("end", "--yes", user=USER), env=agent.env)
            logs += agent.log.all
        (output,) = sandbox.outputs()
        check(output["outcome"] == "ended" and output["beats"] > beats, f"{output}")
        check(sandbox.log.count("waits for its token") == 1 and sandbox.closes() == 1, "not one session, closed once")
        check(sandbox.log.count("no beat in time") == 0, "a window was missed")
        check(TOKEN_HEAD not in "\n".join(logs), "a token in the log")


def changed_settings_survive_an_upgrade(packages, root):
    root.config.write_text('after_end = "none"\n')
    root.dpkg("--force-confdef", "--force-confold", "-i", packages.next(config="# the new one\n"))
    check(root.config.read_text() == 'after_end = "none"\n', "the settings were replaced")
    fresh = root.config.with_name("config.toml.dpkg-dist")
    check(fresh.read_text() == "# the new one\n", "the new file is not beside them")


def a_purge_leaves_only_what_the_user_has(_, root):
    root.dpkg("-r", "deskbeat")
    check(root.config.exists() and not (root.path / "usr/bin/deskbeat").exists(), "removed too much or too little")
    root.dpkg("-P", "deskbeat")
    left = {path for path in root.added() if not path.startswith("/home/ana/.local")}
    check(not left, f"left behind: {sorted(left)}")
    logs = list((root.path / "home/ana/.local/state").glob("deskbeat-*/log/deskbeat.log"))
    check(len(logs) == 2, f"the user's logs are gone: {logs}")


def apt_takes_it_from_a_signed_repository(packages, _):
    repository.apt(packages.deb, packages.folder / "apt")


TESTS = [
    two_builds_are_the_same_bytes,
    it_is_small,
    lintian_finds_nothing,
    apt_takes_it_from_a_signed_repository,
    the_sbom_names_what_is_linked_and_nothing_else,
    it_runs_nothing_as_root,
    it_installs_and_runs,
    the_documents_links_lead_somewhere,
    the_shells_complete_what_belongs_there,
    the_desktop_entries_are_valid,
    the_user_unit_is_valid_and_not_enabled,
    the_user_unit_can_be_enabled_as_the_readme_says,
    the_manual_and_the_completions_know_every_verb,
    doctor_at_image_build_says_what_it_can_check,
    an_upgrade_leaves_the_session_alone,
    a_downgrade_leaves_the_session_alone,
    changed_settings_survive_an_upgrade,
    a_purge_leaves_only_what_the_user_has,
]


def main():
    program, server = (pathlib.Path(path).resolve() for path in sys.argv[1:])
    Sandbox.program = server
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        folder.chmod(0o755)
        packages = Packages(folder, program)
        root = Root(folder / "root", program)
        for test in TESTS:
            name = test.__name__.replace("_", " ")
            try:
                figure = test(packages, root)
                print(f"ok {name}" + (f"\n   {figure}" if figure else ""), flush=True)
                passed += 1
            except Failed as why:
                print(f"FAILED {name}: {why}", flush=True)
                failed += 1
            except Exception:
                print(f"FAILED {name}: {traceback.format_exc()}", flush=True)
                failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(0 if failed == 0 else 1)


main()
