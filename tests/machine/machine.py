"""A machine that boots: Debian in an emulator, AWS outside of it."""

import pathlib
import shlex
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from waiting import Failed, wait_for

# Emulated, on a machine that has other things to do.
PATIENCE = 900
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/deskbeat-i-0123456789abcdef0"


class Machine:
    """Its disk is a copy of the image, and lives through its boots."""

    def __init__(self, image, sandbox):
        self.image, self.sandbox = image, sandbox
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="deskbeat-machine-"))
        self.disk = self.folder / "disk.img"
        subprocess.run(["cp", "--reflink=auto", "--sparse=always", image / "disk.img", self.disk], check=True)
        self.ssh_port = free_port()
        self.names = {service: TlsFront(image / "aws.pem", port_of(sandbox, service)) for service in ("sqs", "sfn")}
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def boot(self):
        """Powers it on, unless it is, and waits for its shell."""
        if self.process and self.process.poll() is None:
            return
        forwards = [
            f"guestfwd=tcp:{address}-cmd:socat - TCP:127.0.0.1:{port}"
            for address, port in (
                ("169.254.169.254:80", port_of(self.sandbox, "imds")),
                ("169.254.0.100:443", self.names["sqs"].port),
                ("169.254.0.101:443", self.names["sfn"].port),
            )
        ]
        network = ",".join([
            "user,id=net,net=169.254.0.0/16,host=169.254.0.2,dhcpstart=169.254.0.20,restrict=off",
            f"hostfwd=tcp:127.0.0.1:{self.ssh_port}-169.254.0.15:22", *forwards,
        ])
        # An HPET would take the clock's interrupts, which end the machine's sleep.
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-accel", "tcg", "-no-hpet", "-cpu", "max", "-m", "1024", "-smp", "1",
             "-kernel", self.image / "vmlinuz", "-initrd", self.image / "initrd.img",
             "-append", "root=/dev/vda rw quiet console=ttyS0 net.ifnames=1 mem_sleep_default=deep",
             "-global", "PIIX4_PM.disable_s3=0",
             "-drive", f"file={self.disk},if=virtio,format=raw",
             "-netdev", network, "-device", "virtio-net-pci,netdev=net",
             "-vga", "std", "-display", "none", "-serial", f"file:{self.folder}/serial.log"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        self.wait_for_shell()

    def wait_for_shell(self, unlike=None):
        """Until it answers; if a boot is given, until that is another one. The boot."""

        def answers():
            self.disconnect()
            told = self.try_run("cat /proc/sys/kernel/random/boot_id", limit=60)
            return told if told and told != unlike else None

        return wait_for("the machine's shell", answers, patience=PATIENCE, pause=2)

    # --- Commands --------------------------------------------------------------------------------

    def ssh(self, *options):
        return [
            "ssh", "-q", "-i", self.image / "key", "-p", str(self.ssh_port), "-o", "BatchMode=yes",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "ConnectTimeout=60", "-o", "ControlMaster=auto", "-o", "ControlPersist=yes",
            "-o", f"ControlPath={self.folder}/ssh", *options, "root@127.0.0.1",
        ]

    def disconnect(self):
        subprocess.run([*self.ssh("-O", "exit")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def try_run(self, command, limit=PATIENCE):
        """What a command of root prints; None if it fails."""
        try:
            done = subprocess.run(
                [*self.ssh(), command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=limit,
            )
        except subprocess.TimeoutExpired:
            return None
        self.said = done.stdout.decode(errors="replace").strip()
        return self.said if done.returncode == 0 else None

    def run(self, command):
        told = self.try_run(command)
        if told is None:
            raise Failed(f"{command}: {self.said}")
        return told

    def act(self, command):
        """Does what ends the shell too, perhaps; the moment before, in seconds since the epoch."""
        self.try_run("true")
        at = time.time()
        self.try_run(command, limit=120)
        return at

    def as_user(self, user, command):
        """`command` for root's shell that runs it in this user's desktop."""
        number = {"anna": 1000, "ben": 1001}[user]
        env = [
            "DISPLAY=:0", f"XAUTHORITY=/home/{user}/.Xauthority", f"XDG_RUNTIME_DIR=/run/user/{number}",
            f"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{number}/bus",
        ]
        return f"runuser -u {user} -- env {' '.join(env)} {command}"

    def send(self, file, place):
        with open(file, "rb") as content:
            subprocess.run([*self.ssh(), f"cat > {shlex.quote(place)}"], stdin=content, check=True)

    def sleep(self, seconds):
        """Suspends it, which its clock ends; the moment at which it does, in seconds since the epoch."""
        begun = self.act(
            f"echo 0 >/sys/class/rtc/rtc0/wakealarm; echo +{seconds} >/sys/class/rtc/rtc0/wakealarm; "
            "systemd-run -q --no-block sh -c 'echo mem >/sys/power/state'"
        )
        return begun + seconds

    def wait_until_off(self):
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failed("the machine does not power off") from None
        self.disconnect()

    def write(self, place, text):
        self.run(f"printf %s {shlex.quote(text)} > {shlex.quote(place)}")

    def log(self):
        """The agent's words, for a failure."""
        return self.try_run("journalctl --no-pager -q -n 60 _COMM=deskbeat; "
                            "tail -n 40 /home/*/.local/state/deskbeat/*.log /home/*/.xsession-errors; true", limit=120)


class TlsFront:
    """HTTPS before one of the sandbox's services, as the AWS name has it."""

    def __init__(self, certificate, port):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.behind = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            plain, _ = self.listener.accept()
            threading.Thread(target=self.carry, args=(plain,), daemon=True).start()

    def carry(self, plain):
        try:
            with self.context.wrap_socket(plain, server_side=True) as front:
                with socket.create_connection(("127.0.0.1", self.behind)) as back:
                    threading.Thread(target=copy, args=(back, front), daemon=True).start()
                    copy(front, back)
        except OSError:
            pass


def copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def port_of(sandbox, service):
    return int(sandbox.urls[service].rsplit(":", 1)[1].split("/")[0])


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
