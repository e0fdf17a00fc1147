"""moto as a server on loopback, in this process: with the mends, and with faults that only the
state machines' own calls meet."""

import io
import json
import logging
import os
import sys
import threading
import urllib.request
from pathlib import Path

import boto3

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ("moto", "support")]

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402

import mends  # noqa: E402

REGION, ACCOUNT = "eu-west-1", "123456789012"
# moto's state machines sign with this key: so their calls can be told from everybody else's.
WORKFLOW_KEY = "Credential=ak/"


class Fault:
    """The next `times` calls of `action` by a state machine whose body has `text` in it fail."""

    def __init__(self, action, text, times, code, message):
        self.action, self.text, self.left = action, text, times
        self.code, self.message, self.met = code, message, 0


class Faults:
    """WSGI, before moto."""

    def __init__(self, app):
        self.app, self.faults, self.lock = app, [], threading.Lock()

    def add(self, action, text, times=10**6, code="InternalError", message="a planted fault"):
        fault = Fault(action, text, times, code, message)
        with self.lock:
            self.faults.append(fault)
        return fault

    def __call__(self, environ, start_response):
        if self.faults and WORKFLOW_KEY in environ.get("HTTP_AUTHORIZATION", ""):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            fault = self._meets(environ.get("HTTP_X_AMZ_TARGET", ""), body.decode(errors="replace"))
            if fault:
                return self._refuse(fault, environ, start_response)
        return self.app(environ, start_response)

    def _meets(self, target, body):
        with self.lock:
            for fault in self.faults:
                named = target.endswith("." + fault.action) or f"Action={fault.action}&" in body
                if fault.left > 0 and named and fault.text in body:
                    fault.left, fault.met = fault.left - 1, fault.met + 1
                    return fault
        return None

    @staticmethod
    def _refuse(fault, environ, start_response):
        if environ.get("HTTP_X_AMZ_TARGET"):
            text = json.dumps({"__type": fault.code, "message": fault.message})
        else:
            text = (
                f"<Response><Errors><Error><Code>{fault.code}</Code><Message>{fault.message}</Message>"
                "</Error></Errors><RequestID>planted</RequestID></Response>"
            )
        headers = [
            ("Content-Type", "application/x-amz-json-1.0"),
            ("Content-Length", str(len(text))),
            ("x-amzn-RequestId", "planted"),
        ]
        start_response("500 Internal Server Error", headers)
        return [text.encode()]


class _Silent(WSGIRequestHandler):
    # Keep-alive: without it each of thousands of calls is a connection.
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        """Nothing."""


class Engine:
    """The server and its clients."""

    def __init__(self):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        logging.getLogger("moto").setLevel(logging.CRITICAL)
        self.faults = Faults(DomainDispatcherApplication(create_backend_app))
        server = make_server("127.0.0.1", 0, self.faults, threaded=True, request_handler=_Silent)
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.keys = {
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
            "region_name": REGION,
            "endpoint_url": self.url,
        }
        os.environ["MOTO_PORT"] = str(server.server_port)
        mends.mend(self.keys)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        config = json.dumps({"stepfunctions": {"execute_state_machine": True}}).encode()
        urllib.request.urlopen(f"{self.url}/moto-api/config", data=config).close()
        self.sfn, self.ec2 = self.client("stepfunctions"), self.client("ec2")
        self.sqs, self.table = self.client("sqs"), self.client("dynamodb")
        self.events = self.client("events")

    def client(self, service):
        return boto3.client(service, **self.keys)
