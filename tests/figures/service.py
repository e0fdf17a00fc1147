"""Just enough of SQS and Step Functions for figures, with the faults that tell clients apart.

Any queue, any token; a call is accepted unless its key is refused, or its connection has gone silent.
"""

import json
import re
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Condition

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "moto"))
from metadata import serve

HIDDEN_SECONDS = 30
MOST_AT_ONCE = 10


class Service:
    """The services, what they were told, and when."""

    def __init__(self):
        self.changed = Condition()
        self.queues, self.polled, self.receives = {}, set(), 0
        self.beats, self.closed = {}, {}
        # Makes a second round trip show.
        self.slow = 0.0
        self.expired_key = None
        # Connections older than this are silent; all are, while the network is down.
        self.silent_before, self.down = 0.0, False
        service = self

        class Handler(_Handler):
            pass

        Handler.service = service
        self.port = serve(Handler)
        self.url = f"http://127.0.0.1:{self.port}"

    # --- Queues ----------------------------------------------------------------------------------

    def queue_url(self, token):
        """A queue for each session: the long poll of an agent that is gone must not take another's
        message."""
        return f"{self.url}/123456789012/{token}"

    def put(self, token, *bodies):
        """These messages into the session's queue; returns when they were there."""
        with self.changed:
            queue = self.queues.setdefault(self.queue_url(token), {})
            queue |= {str(len(queue) + at): [0.0, body] for at, body in enumerate(bodies)}
            self.changed.notify_all()
            return time.perf_counter()

    def _visible(self, url):
        now = time.monotonic()
        found = []
        for receipt, message in self.queues.get(url, {}).items():
            if message[0] <= now:
                found.append(receipt)
                if len(found) == MOST_AT_ONCE:
                    break
        return found

    def _receive(self, call):
        url = call["QueueUrl"]
        with self.changed:
            self.polled.add(url)
            self.receives += 1
            self.changed.wait_for(lambda: self._visible(url), call.get("WaitTimeSeconds", 0))
            found = self._visible(url)
            for receipt in found:
                self.queues[url][receipt][0] = time.monotonic() + call.get("VisibilityTimeout", HIDDEN_SECONDS)
            messages = [
                # Clients check no digest that is not there.
                {"MessageId": receipt, "ReceiptHandle": receipt, "Body": self.queues[url][receipt][1]}
                for receipt in found
            ]
        return {"Messages": messages} if messages else {}

    # --- Answers ---------------------------------------------------------------------------------

    def count(self, token):
        """How many beats of `token` were accepted."""
        return len(self.beats.get(token, []))

    def is_silent(self, since):
        """Whether a connection that is there since then is answered no more."""
        return self.down or since < self.silent_before

    def answer(self, action, call, key):
        """Status, and what `action` answers to a call that was signed with this key."""
        if key == self.expired_key and action != "ReceiveMessage":
            told = "The security token included in the request is expired"
            return 400, {"__type": "ExpiredTokenException", "message": told}
        if action == "ReceiveMessage":
            return 200, self._receive(call)
        with self.changed:
            queue = self.queues.get(call.get("QueueUrl"), {})
            if action == "DeleteMessage":
                queue.pop(call["ReceiptHandle"], None)
            elif action == "ChangeMessageVisibility" and call["ReceiptHandle"] in queue:
                queue[call["ReceiptHandle"]][0] = time.monotonic() + call["VisibilityTimeout"]
            elif action == "SendTaskHeartbeat":
                self.beats.setdefault(call["taskToken"], []).append(time.perf_counter())
            elif action == "SendTaskSuccess":
                self.closed[call["taskToken"]] = time.perf_counter()
        return 200, {}


class _Handler(BaseHTTPRequestHandler):
    service: Service
    protocol_version = "HTTP/1.1"
    # Else each answer waits for the client's delayed acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self):
        super().setup()
        self.since = time.monotonic()
        # Silent once, silent for ever: what was lost on the way does not come later.
        self.lost = False

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        action = self.headers["X-Amz-Target"].rpartition(".")[2]
        self.lost = self.lost or self.service.is_silent(self.since)
        if self.lost:
            # Until the client gives the connection up.
            self.rfile.read(1)
            self.close_connection = True
            return
        key = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization", ""))
        status, answer = self.service.answer(action, json.loads(body), key and key[1])
        if self.service.slow and action != "ReceiveMessage":
            time.sleep(self.service.slow)
        answer = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("x-amzn-RequestId", "00000000-0000-0000-0000-000000000000")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Silent."""
