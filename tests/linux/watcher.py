"""A watcher of tray icons that does what it is told, as a process of its own: for the ways in which
panels fail. Run with Debian's Python, by desk.py.

    watcher.py [refuse N] [silent] [listless]

It prints a line of JSON for each icon, and reads orders from its standard input:
    drop      forgets every icon
`refuse N`: the first N registrations are refused with an error.
`silent`: registrations are never answered.
`listless`: it has no list of its icons, and says so with an error.
"""

import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME, PATH = "org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher"


class Watcher(dbus.service.Object):
    def __init__(self, bus, refuse, words):
        super().__init__(bus, PATH)
        self.refuse, self.is_silent, self.is_listless, self.items = refuse, "silent" in words, "listless" in words, []

    @dbus.service.method(NAME, in_signature="s", out_signature="", async_callbacks=("answer", "fail"))
    def RegisterStatusNotifierItem(self, service, answer, fail):
        if self.is_silent:
            say("silent", item=service)
        elif self.refuse:
            self.refuse -= 1
            say("refused", item=service)
            fail(dbus.DBusException("not now", name="org.freedesktop.DBus.Error.Failed"))
        else:
            self.items.append(f"{service}/StatusNotifierItem")
            say("registered", item=service)
            answer()

    @dbus.service.method(dbus.PROPERTIES_IFACE, in_signature="ss", out_signature="v")
    def Get(self, _interface, name):
        if self.is_listless:
            raise dbus.DBusException("no such property", name="org.freedesktop.DBus.Error.InvalidArgs")
        return self.GetAll(_interface)[name]

    @dbus.service.method(dbus.PROPERTIES_IFACE, in_signature="s", out_signature="a{sv}")
    def GetAll(self, _interface):
        return {
            "RegisteredStatusNotifierItems": dbus.Array(self.items, signature="s"),
            "IsStatusNotifierHostRegistered": True,
            "ProtocolVersion": dbus.Int32(0),
        }

    @dbus.service.signal(NAME, signature="s")
    def StatusNotifierItemUnregistered(self, service):
        pass

    def obey(self, source, _condition):
        if source.readline().strip() != "drop":
            sys.exit()
        gone, self.items = self.items, []
        for item in gone:
            self.StatusNotifierItemUnregistered(item)
        return True


def say(what, **more):
    print(json.dumps({"what": what, **more}), flush=True)


def main():
    words = sys.argv[1:]
    refuse = int(words[words.index("refuse") + 1]) if "refuse" in words else 0
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.SessionBus()
    watcher = Watcher(bus, refuse, words)
    name = dbus.service.BusName(NAME, bus, replace_existing=True, allow_replacement=True)
    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, watcher.obey)
    say("ready")
    GLib.MainLoop().run()
    del name


main()
