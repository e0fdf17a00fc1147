"""A template for python3-dbusmock: its logind, which also prints when locks are taken and released,
and which refuses new ones while it prepares for the shutdown, as the real one does."""

import json
import os
import subprocess
import time

import dbus
from dbusmock import MOCK_IFACE, mockobject
from dbusmock.templates import logind
from gi.repository import GLib

BUS_NAME, MAIN_OBJ, MAIN_IFACE = logind.BUS_NAME, logind.MAIN_OBJ, logind.MAIN_IFACE
SYSTEM_BUS = True
# dbusmock takes only what stands in this file.
AddSeat, AddUser, AddSession = logind.AddSeat, logind.AddUser, logind.AddSession
ListSessions, ListUsers = logind.ListSessions, logind.ListUsers


def load(mock, parameters):
    logind.load(mock, parameters)
    # As logind.conf has it without a change.
    longest = parameters.get("InhibitDelayMaxUSec", 5_000_000)
    mock.AddProperty(MAIN_IFACE, "InhibitDelayMaxUSec", dbus.UInt64(longest))
    mock.preparing = bool(parameters.get("PreparingForShutdown", False))
    # The session that every process here lives in; none: all are a user's or a system's services.
    mock.home = None
    # The process that leads each session; none, if our user may not see them.
    mock.leaders = {} if parameters.get("Leaders", True) else None
    # Inhibit is not answered.
    mock.silent = False
    # So many wishes for locks are refused for no reason.
    mock.refuses = parameters.get("Refuses", 0)
    # Sessions that it has not read again from its files when it is first asked for one: id -> uid.
    mock.unread = dict(parameters.get("Unread", {}))
    # In place of dbusmock's own, which knows every session there might be.
    mock.AddMethod(MAIN_IFACE, "GetSession", "s", "o", "ret = self.get_session(args[0])")
    mock.get_session = lambda number: get_session(mock, number)


def say(event, **more):
    print(json.dumps({"logind": event, "mono": time.monotonic(), "at": time.time(), **more}), flush=True)


@dbus.service.method(MAIN_IFACE, in_signature="u", out_signature="o")
def GetSessionByPID(self, pid):
    say("asked whose", pid=int(pid))
    if self.home is None:
        raise dbus.exceptions.DBusException(
            f"PID {pid} does not belong to any known session", name="org.freedesktop.login1.NoSessionForPID"
        )
    return path_of(self.home)


def get_session(mock, number):
    if path_of(number) not in mockobject.objects:
        if number in mock.unread:
            mock.LogOn(number, mock.unread.pop(number))
            say("unread")
        raise dbus.exceptions.DBusException(
            f"No session '{number}' known", name="org.freedesktop.login1.NoSuchSession"
        )
    return path_of(number)


def path_of(number):
    return dbus.ObjectPath(f"/org/freedesktop/login1/session/{number}")


def begin(mock, number, uid):
    mock.AddSession(number, "seat0", uid, "somebody", True)
    leader = 0
    if mock.leaders is not None:
        # Ends with us at the latest.
        mock.leaders[number] = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
        leader = mock.leaders[number].pid
    mockobject.objects[path_of(number)].props["org.freedesktop.login1.Session"]["Leader"] = dbus.UInt32(leader)


def end_leader(mock, number):
    if mock.leaders and (leader := mock.leaders.pop(number, None)):
        leader.kill()
        leader.wait()


@dbus.service.method(MOCK_IFACE, in_signature="su")
def LogOn(self, number, uid):
    """A session begins; it is that of every process here."""
    begin(self, number, uid)
    self.home = number
    mockobject.objects[MAIN_OBJ].EmitSignal(MAIN_IFACE, "SessionNew", "so", [number, path_of(number)])


@dbus.service.method(MOCK_IFACE, in_signature="sus")
def LogOnElsewhere(self, number, uid, kind):
    """A session begins (`x11`, `tty`) in which none of the processes here lives."""
    begin(self, number, uid)
    mockobject.objects[path_of(number)].props["org.freedesktop.login1.Session"]["Type"] = kind
    mockobject.objects[MAIN_OBJ].EmitSignal(MAIN_IFACE, "SessionNew", "so", [number, path_of(number)])


@dbus.service.method(MOCK_IFACE, in_signature="s")
def Close(self, number):
    """Its leader has gone, and something of it is left. The real one does not announce it either."""
    end_leader(self, number)
    mockobject.objects[path_of(number)].props["org.freedesktop.login1.Session"]["State"] = "closing"


@dbus.service.method(MOCK_IFACE, in_signature="s")
def Forget(self, number):
    """Nothing is left of it."""
    end_leader(self, number)
    self.RemoveObject(path_of(number))
    mockobject.objects[MAIN_OBJ].EmitSignal(MAIN_IFACE, "SessionRemoved", "so", [number, path_of(number)])


@dbus.service.method(MOCK_IFACE)
def PrepareUnheard(self):
    """The machine goes down, and what announces it is still on its way."""
    mockobject.objects[MAIN_OBJ].props[MAIN_IFACE]["PreparingForShutdown"] = True


@dbus.service.method(MOCK_IFACE)
def PrepareUnannounced(self):
    """The same, and what announced it is lost: new locks are refused."""
    self.preparing = True
    self.PrepareUnheard()


@dbus.service.method(MOCK_IFACE)
def FallSilent(self):
    """Wishes for locks are not answered any more."""
    self.silent = True


@dbus.service.method(MAIN_IFACE, in_signature="ssss", out_signature="h", async_callbacks=("answer", "fail"))
def Inhibit(self, what, who, why, mode, answer, fail):
    if self.silent:
        say("silent")
        return
    if self.preparing:
        say("refused")
        fail(dbus.exceptions.DBusException(
            "The operation inhibition has been requested for is already running",
            name="org.freedesktop.login1.OperationInProgress",
        ))
        return
    if self.refuses:
        self.refuses -= 1
        say("denied")
        fail(dbus.exceptions.DBusException("Access denied", name="org.freedesktop.DBus.Error.AccessDenied"))
        return
    ours, theirs = os.pipe()

    def dropped(fd, _condition):
        os.close(fd)
        say("released")
        return False

    GLib.unix_fd_add_full(GLib.PRIORITY_HIGH, ours, GLib.IO_HUP, dropped)
    GLib.idle_add(os.close, theirs)
    say("taken", what=what, who=who, why=why, mode=mode)
    answer(theirs)


@dbus.service.method(MOCK_IFACE, in_signature="b")
def Prepare(self, start):
    self.preparing = bool(start)
    mockobject.objects[MAIN_OBJ].props[MAIN_IFACE]["PreparingForShutdown"] = bool(start)
    say("prepares" if start else "called off")
    mockobject.objects[MAIN_OBJ].EmitSignal(MAIN_IFACE, "PrepareForShutdown", "b", [start])
