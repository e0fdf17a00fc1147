"""A message on a bus that a strict reader takes for the end of the connection."""

import os
import socket
import struct


def say_hallo(address):
    """A connection to this bus, authenticated: (socket, nothing more is sent by itself)."""
    path = dict(part.split("=") for part in address.removeprefix("unix:").split(","))["path"]
    bus = socket.socket(socket.AF_UNIX)
    bus.connect(path)
    bus.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
    bus.recv(256)
    bus.sendall(b"BEGIN\r\n")
    bus.sendall(message(1, 1, {1: ("o", "/org/freedesktop/DBus"), 2: ("s", "org.freedesktop.DBus"),
                               3: ("s", "Hello"), 6: ("s", "org.freedesktop.DBus")}))
    bus.recv(4096)
    return bus


def send_unknown_flag(address, destination):
    """To whoever has this name: a signal with a header flag that no version of D-Bus knows."""
    with say_hallo(address) as bus:
        fields = {1: ("o", "/x"), 2: ("s", "x.y"), 3: ("s", "z"), 6: ("s", destination)}
        bus.sendall(message(4, 2, fields, flags=0x08))
        # The bus has passed it on once it answers what came after it.
        bus.sendall(message(1, 3, {1: ("o", "/org/freedesktop/DBus"), 2: ("s", "org.freedesktop.DBus"),
                                   3: ("s", "GetId"), 6: ("s", "org.freedesktop.DBus")}))
        bus.recv(4096)


def message(kind, serial, fields, flags=0):
    """Without a body. Source: D-Bus Specification, "Message Format"."""
    array = b""
    for code, (signature, value) in fields.items():
        array += b"\0" * (-len(array) % 8)
        text = value.encode()
        array += bytes([code, 1]) + signature.encode() + b"\0" + struct.pack("<I", len(text)) + text + b"\0"
    head = struct.pack("<cBBBIII", b"l", kind, flags, 1, 0, serial, len(array)) + array
    return head + b"\0" * (-len(head) % 8)
