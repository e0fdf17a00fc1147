"""A stand-in for the instance metadata service, version 2 (moto has none).

Serves a session token, a role's credentials, the identity document and the instance's tags on a free port of 127.0.0.1;
everything else is 404, which is EC2's normal "nothing". Used by tests/moto, tests/cloud and tests/figures.
"""

import json
import secrets
import sys
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

INSTANCE_ID = "i-0123456789abcdef0"
REGION = "eu-west-1"
ROLE = "desktop"


class Server(ThreadingHTTPServer):
    """Clients come and go: a killed agent's connections break, and that is no news."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def serve(handler):
    """Serves on a free port of 127.0.0.1 until the process ends; returns the port."""
    server = Server(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


class Metadata:
    """The service, and the keys it hands out."""

    def __init__(self, instance_id=INSTANCE_ID, tags=dict):
        """`tags` is called for the instance's tags as they are now."""
        self.instance_id, self.tags = instance_id, tags
        self.key_id = "ASIA" + secrets.token_hex(8).upper()
        self.secret_key = secrets.token_hex(20)
        self.session_token = secrets.token_hex(60)
        self.tokens = set()
        metadata = self

        class Handler(_Handler):
            service = metadata

        self.url = f"http://127.0.0.1:{serve(Handler)}"

    def answer(self, path):
        """The text at `path` below /latest/, or None."""
        now = datetime.now(timezone.utc).replace(microsecond=0)
        credentials = {
            "Code": "Success",
            "LastUpdated": _iso(now),
            "Type": "AWS-HMAC",
            "AccessKeyId": self.key_id,
            "SecretAccessKey": self.secret_key,
            "Token": self.session_token,
            "Expiration": _iso(now + timedelta(hours=6)),
        }
        identity = {"instanceId": self.instance_id, "region": REGION, "accountId": "123456789012"}
        tags = self.tags()
        return {
            "meta-data/tags/instance": "\n".join(tags) or None,
            **{f"meta-data/tags/instance/{key}": value for key, value in tags.items()},
            "meta-data/iam/security-credentials": ROLE,
            f"meta-data/iam/security-credentials/{ROLE}": json.dumps(credentials),
            "dynamic/instance-identity/document": json.dumps(identity),
            "meta-data/instance-life-cycle": "on-demand",
            "meta-data/placement/region": REGION,
        }.get(path.rstrip("/"))


def _iso(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class _Handler(BaseHTTPRequestHandler):
    service: Metadata

    def do_PUT(self):
        seconds = self.headers.get("x-aws-ec2-metadata-token-ttl-seconds", "")
        if self.path != "/latest/api/token" or not seconds.isdigit():
            return self._send(400, "")
        token = secrets.token_urlsafe(32)
        self.service.tokens.add(token)
        return self._send(200, token, ttl=seconds)

    def do_GET(self):
        # Version 1, without a session token, is refused: as where an instance requires version 2.
        if self.headers.get("x-aws-ec2-metadata-token") not in self.service.tokens:
            return self._send(401, "")
        text = self.service.answer(self.path.removeprefix("/latest/"))
        return self._send(404, "") if text is None else self._send(200, text)

    def _send(self, status, text, ttl=None):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if ttl:
            self.send_header("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", ttl)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Silent."""
