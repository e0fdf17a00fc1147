"""An X display in front of the desk's own, which breaks connections and refuses new ones."""

import pathlib
import socket
import struct
import threading

# Far from those that Xvfb chooses by itself.
FIRST = 3000


class DisplayGate:
    def __init__(self, desk):
        self.behind = pathlib.Path("/tmp/.X11-unix") / f"X{desk.env['DISPLAY'].removeprefix(':').split('.')[0]}"
        self.listener = socket.socket(socket.AF_UNIX)
        number = FIRST
        while True:
            self.path = self.behind.with_name(f"X{number}")
            try:
                self.listener.bind(str(self.path))
                break
            except OSError:
                number += 1
        self.listener.listen()
        self.display = f":{number}"
        self.open, self.passed, self.refused, self.refuses = [], 0, 0, False
        self.lock = threading.Lock()
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.path.unlink()
        self.listener.close()
        self.break_all()

    def break_all(self):
        """Ends every connection; new ones come through."""
        with self.lock:
            gone, self.open = self.open, []
        for one in gone:
            # It may have gone by itself.
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def refuse(self):
        """Ends every connection, and takes no new ones."""
        self.refuses = True
        self.break_all()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.refuses:
                client.recv(4096)
                why = b"Maximum number of clients reached\0\0\0"
                client.sendall(struct.pack("<BBHHH", 0, len(why) - 3, 11, 0, len(why) // 4) + why)
                client.close()
                self.refused += 1
                continue
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self.behind))
            with self.lock:
                self.open += [client, server]
            self.passed += 1
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=hand_on, args=(one, other), daemon=True).start()


def hand_on(one, other):
    try:
        while told := one.recv(65536):
            other.sendall(told)
    except OSError:
        pass
    try:
        other.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
