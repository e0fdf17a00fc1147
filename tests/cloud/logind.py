"""A system bus of one's own with the stand-in for logind of tests/linux on it."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import engine  # noqa: F401  (its folders)

from waiting import Lines, output, wait_for

LINUX = Path(__file__).resolve().parents[1] / "linux"
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>
"""


class Logind:
    """The bus, logind on it, and what it says of the locks."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="logind-"))
        config = self.folder / "bus.conf"
        config.write_text(CONFIG.format(folder=self.folder))
        self.address = f"unix:path={self.folder}/bus"
        environment = {"PATH": "/usr/bin:/bin", "DBUS_SYSTEM_BUS_ADDRESS": self.address}
        self.processes = [subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork"])]
        wait_for("the bus", (self.folder / "bus").exists)
        # Debian's Python: it has dbusmock.
        mock = ["/usr/bin/python3", "-u", "-m", "dbusmock", "--template", str(LINUX / "logind.py")]
        self.processes.append(subprocess.Popen(mock, env=environment, stdout=subprocess.PIPE))
        self.lines = Lines(self.processes[1].stdout)
        wait_for("logind", lambda: self._call("Introspect", "org.freedesktop.DBus.Introspectable"))
        return self

    @property
    def environment(self):
        return {"DBUS_SYSTEM_BUS_ADDRESS": self.address}

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait(self, event):
        self.lines.wait(f'"logind": "{event}"')

    def prepare_for_shutdown(self):
        """What logind says to everybody."""
        self._call("Prepare", "org.freedesktop.DBus.Mock", "b", "true")

    def _call(self, method, interface, *arguments):
        name, path = "org.freedesktop.login1", "/org/freedesktop/login1"
        return output("busctl", f"--address={self.address}", "call", name, path, interface, method, *arguments)
