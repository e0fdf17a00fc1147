"""A notification server that does what it is told, as a process of its own: for the ways in which real
ones tell of a press. Run with Debian's Python, by desk.py.

    notifier.py [unicast] [at-once] [refuse N]

It prints a line of JSON for each call, and reads orders from its standard input:
    press ID KEY          the button was pressed
    close ID REASON       it has left the screen (1: expired, 2: dismissed)
    close-press ID KEY    both in one breath, the close first
    press-close ID KEY    both in one breath, the press first
`unicast`: signals go to whoever sent the notification, as GNOME's and dunst's do, and not to all.
`refuse N`: the first N notifications are answered with an error.
`at-once`: the first button of each notification is pressed before Notify is answered.
"""

import json
import sys

import dbus
import dbus.lowlevel
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"


class Server(dbus.service.Object):
    def __init__(self, bus, words):
        super().__init__(bus, PATH)
        self.bus, self.words, self.last, self.senders = bus, words, 0, {}
        self.refuse = int(words[words.index("refuse") + 1]) if "refuse" in words else 0

    @dbus.service.method(NAME, in_signature="", out_signature="as")
    def GetCapabilities(self):
        return ["body", "actions", "persistence"]

    @dbus.service.method(NAME, in_signature="", out_signature="ssss")
    def GetServerInformation(self):
        return "notifier", "test", "1", "1.2"

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u", sender_keyword="sender")
    def Notify(self, app, replaces, icon, title, body, actions, hints, expires, sender=None):
        if self.refuse:
            self.refuse -= 1
            say("refused", title=title)
            raise dbus.DBusException("not now", name="org.freedesktop.DBus.Error.Failed")
        self.last = int(replaces) or self.last + 1
        self.senders[self.last] = sender
        say("shown", id=self.last, app=app, title=title, body=body, keys=actions[0::2], labels=actions[1::2])
        if "at-once" in self.words and actions:
            self.tell("ActionInvoked", self.last, str(actions[0]))
        return dbus.UInt32(self.last)

    @dbus.service.method(NAME, in_signature="u", out_signature="")
    def CloseNotification(self, number):
        say("taken back", id=number)
        self.tell("NotificationClosed", number, dbus.UInt32(3))

    def tell(self, member, number, more):
        message = dbus.lowlevel.SignalMessage(PATH, NAME, member)
        if "unicast" in self.words and number in self.senders:
            message.set_destination(self.senders[number])
        message.append(dbus.UInt32(number), more)
        self.bus.send_message(message)

    def obey(self, source, _condition):
        words = source.readline().split()
        if not words:
            sys.exit()
        for what in words[0].split("-"):
            if what == "press":
                self.tell("ActionInvoked", int(words[1]), words[2])
            else:
                reason = 2 if "-" in words[0] else int(words[2])
                self.tell("NotificationClosed", int(words[1]), dbus.UInt32(reason))
        return True


def say(what, **more):
    print(json.dumps({"what": what, **more}), flush=True)


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.SessionBus()
    server = Server(bus, sys.argv[1:])
    name = dbus.service.BusName(NAME, bus, replace_existing=True, allow_replacement=True)
    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, server.obey)
    say("ready")
    GLib.MainLoop().run()
    del name


main()
