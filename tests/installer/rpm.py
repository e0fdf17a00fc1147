#!/usr/bin/env python3
"""The RPM package in a folder of its own: what it holds, its scripts (none), the program on a system that
has only what the package asks for, settings that outlive an upgrade and a removal.

    python3 tests/installer/rpm.py PROGRAM

Debian's rpm does the work. The databases of Amazon Linux and RHEL are not here, so what the package
requires is compared with the libraries that the program is linked with. Needs root for chroot.
"""

import os
import pathlib
import shutil
import sys
import tempfile
import traceback

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests/support"))

import links  # noqa: E402
from waiting import Failed, check, run  # noqa: E402

BUILD = PROJECT / "installer/rpm/build"
CHROOT = shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin")
LIMIT = 8_000_000  # bytes
# What glibc brings on every system that the package is for, the C runtime's helper, and what rpm does itself.
LIBRARIES = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1", "ld-linux-x86-64.so.2", "libgcc_s.so.1"}
FILES = {
    "/usr/bin/deskbeat", "/etc/deskbeat/config.toml", "/etc/xdg/autostart/deskbeat.desktop",
    "/usr/lib/systemd/user/deskbeat.service", "/usr/share/applications/deskbeat.desktop",
    "/usr/share/man/man1/deskbeat.1.gz", "/usr/share/zsh/site-functions/_deskbeat",
    "/usr/share/bash-completion/completions/deskbeat", "/usr/share/fish/vendor_completions.d/deskbeat.fish",
    "/usr/share/licenses/deskbeat/LICENSE-MIT", "/usr/share/doc/deskbeat/third-party.txt",
}


def built(folder, program, version=None):
    env = {**os.environ, **({"DESKBEAT_RPM_VERSION": version} if version else {})}
    run(BUILD, folder, program, env=env)
    (package,) = folder.glob("*.rpm")
    return package


class Root:
    """An empty system with what the program is linked with, and rpm's database."""

    def __init__(self, folder, program):
        self.path = folder
        for word in run("ldd", program).split():
            if word.startswith("/"):
                place = folder / word[1:]
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(word, place)
        for name in ("etc", "tmp", "var/lib/rpm"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.rpm("--initdb")

    def rpm(self, *arguments, code=0):
        return run("rpm", f"--root={self.path}", "--dbpath=/var/lib/rpm", *arguments, code=code)

    def program(self, *verb, code=0):
        return run(CHROOT, self.path, "/usr/bin/deskbeat", *verb, code=code)


def package_holds(old, _new, _root):
    """what people look for, no scripts, at most 8 MB, no library that a plain system lacks"""
    told = set(run("rpm", "-qpl", old).split())
    check(FILES <= told, f"missing: {FILES - told}")
    check(run("rpm", "-qp", "--scripts", old).strip() == "", "there are scripts")
    size = old.stat().st_size
    check(size <= LIMIT, f"{size} bytes are more than {LIMIT}")
    needs = {line.split("(")[0] for line in run("rpm", "-qp", "--requires", old).splitlines() if ".so" in line}
    check(needs <= LIBRARIES, f"libraries beside glibc's: {needs - LIBRARIES}")
    notes = "".join(run("rpm", "-qp", "--qf", f"%{{{tag}}}\n", old) for tag in ("BUILDHOST", "PACKAGER", "SOURCERPM"))
    check(os.uname().nodename not in notes, f"the builder's name is in it: {notes}")


def same_bytes(old, _new, root):
    """two packages of one program are the same bytes"""
    again = built(root.path.parent / "again", root.of)
    check(old.read_bytes() == again.read_bytes(), "two builds differ")


def installs_and_runs(old, _new, root):
    """installed by rpm, the program starts and checks the image"""
    root.rpm("-i", "--nodeps", str(old))
    check("deskbeat" in root.program("--version"), "it does not tell its version")
    told = root.program("doctor", "--image")
    check("By /etc/xdg/autostart/deskbeat.desktop" in told, f"it does not start at logon: {told}")
    check(root.rpm("-V", "--nodeps", "deskbeat").strip() == "", "what is installed is not what was packed")
    documents = root.path / "usr/share/doc/deskbeat"
    check((documents / "docs/recipes/README.md").exists(), "there are no recipes")
    check(not links.broken(documents), f"links to nothing: {links.broken(documents)}")


def upgrade_keeps_settings(old, new, root):
    """an upgrade keeps the administrator's settings and lays the new ones beside"""
    settings = root.path / "etc/deskbeat/config.toml"
    settings.write_text(settings.read_text() + '\nafter_end = "none"\n')
    mine = settings.read_text()
    root.rpm("-U", "--nodeps", str(new))
    check(settings.read_text() == mine, "the settings were overwritten")
    check("99.0.0" in root.rpm("-q", "deskbeat"), "the new version is not there")
    root.rpm("-U", "--nodeps", str(old), code=None)
    check("99.0.0" in root.rpm("-q", "deskbeat"), "a downgrade went through without being asked for")


def removal_leaves_settings(_old, _new, root):
    """removed: nothing stays but the changed settings"""
    root.rpm("-e", "--nodeps", "deskbeat")
    left = [path for path in root.path.rglob("*deskbeat*") if path.is_file()]
    check(not left, f"left behind: {left}")
    check((root.path / "etc/deskbeat/config.toml.rpmsave").exists(), "the administrator's settings are gone")


STEPS = (package_holds, same_bytes, installs_and_runs, upgrade_keeps_settings, removal_leaves_settings)


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="deskbeat-rpm-") as name:
        folder = pathlib.Path(name)
        old, new = built(folder / "old", program), built(folder / "new", program, "99.0.0")
        root = Root(folder / "root", program)
        root.of = program
        # Each step begins where the one before has ended.
        for step in STEPS:
            try:
                step(old, new, root)
            except Failed as problem:
                failed += 1
                print(f"FAIL  {step.__name__}: {problem}", flush=True)
                break
            except Exception:
                failed += 1
                print(f"FAIL  {step.__name__}:\n{traceback.format_exc()}", flush=True)
                break
            passed += 1
            print(f"ok    {step.__name__}: {step.__doc__}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
