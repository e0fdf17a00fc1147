"""A template for python3-dbusmock: its logind, which also prints when locks are taken and released,
and which refuses new ones while it prepares for the shutdown, as the real one does."""

import json
import os
import time

import dbus
from dbusmock import MOCK_IFACE, mockobject
from dbusmock.templates import logind
from gi.repository import GLib

BUS_NAME, MAIN_OBJ, MAIN_IFACE = logind.BUS_NAME, logind.MAIN_OBJ, logind.MAIN_IFACE
SYSTEM_BUS = True


def load(mock, parameters):
    logind.load(mock, parameters)
    # As logind.conf has it without a change.
    mock.AddProperty(MAIN_IFACE, "InhibitDelayMaxUSec", dbus.UInt64(5_000_000))
    mock.preparing = False


def say(event, **more):
    print(json.dumps({"logind": event, "mono": time.monotonic(), "at": time.time(), **more}), flush=True)


@dbus.service.method(MAIN_IFACE, in_signature="ssss", out_signature="h")
def Inhibit(self, what, who, why, mode):
    if self.preparing:
        say("refused")
        raise dbus.exceptions.DBusException(
            "The operation inhibition has been requested for is already running",
            name="org.freedesktop.login1.OperationInProgress",
        )
    ours, theirs = os.pipe()

    def dropped(fd, _condition):
        os.close(fd)
        say("released")
        return False

    GLib.unix_fd_add_full(GLib.PRIORITY_HIGH, ours, GLib.IO_HUP, dropped)
    GLib.idle_add(os.close, theirs)
    say("taken", what=what, who=who, why=why, mode=mode)
    return theirs


@dbus.service.method(MOCK_IFACE, in_signature="b")
def Prepare(self, start):
    self.preparing = bool(start)
    say("prepares" if start else "called off")
    mockobject.objects[MAIN_OBJ].EmitSignal(MAIN_IFACE, "PrepareForShutdown", "b", [start])
