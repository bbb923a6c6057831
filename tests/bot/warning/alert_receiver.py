"""Whom alerts are sent to: a system that checks signatures, a group's robot; real HTTP servers that can misbehave."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "a secret of sixteen or more"


class Receiver:
    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []
        """Idempotency key and message, each that was taken."""
        self.markdown: list[str] = []
        self.elsewhere = 0
        """Requests that a redirect has brought."""
        self.answers: list[int | str] = []
        """What the next ones get: a status; `slow`, an answer too late; a robot's errcode as `errcode 45009`."""
        self.address = self.robot = ""
        self.ended = threading.Event()
        self._lock = threading.Lock()

    def answer(self, path: str, headers: Any, body: bytes) -> tuple[int, bytes]:
        with self._lock:
            told = self.answers.pop(0) if self.answers else 200
        if told == "slow":
            self.ended.wait(30)
        if isinstance(told, int) and told != 200:
            return told, b"{}"
        if path == "/elsewhere":
            self.elsewhere += 1
        elif path.startswith("/robot"):
            if isinstance(told, str) and told.startswith("errcode"):
                return 200, json.dumps({"errcode": int(told.split()[1]), "errmsg": "no"}).encode()
            self.markdown.append(json.loads(body)["markdown"]["content"])
        else:
            signed = f"{headers['X-Zhengwu-Timestamp']}.".encode() + body
            if headers["X-Zhengwu-Signature"] != "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest():
                return 401, b"{}"
            if abs(time.time() - int(headers["X-Zhengwu-Timestamp"])) > 300:
                return 401, b"{}"
            self.messages.append((headers["Idempotency-Key"], json.loads(body)))
        return 200, b'{"errcode": 0, "errmsg": "ok"}'


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, said = receiver.answer(self.path, self.headers, body)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST

        def log_message(self, *about: Any) -> None:
            pass

        def handle(self) -> None:
            with suppress(OSError):  # who asked has gone
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_address[1]}"
    receiver.address, receiver.robot = f"{base}/alerts", f"{base}/robot?key=secret-key"
    try:
        yield receiver
    finally:
        receiver.ended.set()
        server.shutdown()
        server.server_close()
