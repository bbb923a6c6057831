"""A portal made of a bare socket, which can therefore do everything that a portal should not."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from actions.portal.breaker import Breaker
from actions.portal.client import Client
from actions.portal.mapping import Mapping, load
from actions.portal.request import Credentials
from foundation.clock import Clock, SystemClock

NUMBER = "SLS2026-110412-0087"
SECRET = "sandbox-secret"
APPLICATION = {"number": NUMBER, "state": "review", "item_name": "居住证申领"}


@dataclass
class Received:
    line: str
    headers: dict[str, str]
    body: bytes


Behave = Callable[[socket.socket, Received], None]
"""Does with the connection what it likes. The connection goes on afterwards, unless it is closed."""


@dataclass
class Portal:
    url: str
    received: list[Received] = field(default_factory=list)
    connections: int = 0


@contextmanager
def portal(behave: Behave) -> Iterator[Portal]:
    """A portal that treats every request in the same way."""
    listener = socket.create_server(("127.0.0.1", 0))
    served = Portal(f"http://127.0.0.1:{listener.getsockname()[1]}")
    lines: list[socket.socket] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                served.connections += 1
                lines.append(line)
                threading.Thread(target=serve, args=(line,), daemon=True).start()

    def serve(line: socket.socket) -> None:
        with suppress(OSError, ValueError), line, line.makefile("rb") as stream:
            while received := receive(stream):
                served.received.append(received)
                behave(line, received)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield served
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


def receive(stream: Any) -> Received | None:
    line = stream.readline().decode("latin-1").rstrip("\r\n")
    if not line:
        return None
    headers = {}
    while text := stream.readline().decode("latin-1").rstrip("\r\n"):
        name, _, value = text.partition(":")
        headers[name.lower()] = value.strip()
    return Received(line, headers, stream.read(int(headers.get("content-length", 0))))


def answer(
    status: int = 200, body: Any = APPLICATION, *, content_type: str = "application/json", **headers: Any
) -> Behave:
    """Answer with a status and a body: bytes as they are, everything else as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = {"Content-Type": content_type, "Content-Length": len(raw), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in head.items())
    return raw_answer(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + raw)


def raw_answer(raw: bytes) -> Behave:
    def behave(line: socket.socket, received: Received) -> None:
        line.sendall(raw)

    return behave


def problem(name: str, status: int, **headers: Any) -> Behave:
    body = {"type": f"urn:zhengwu:problem:{name}", "title": name, "status": status}
    return answer(status, body, content_type="application/problem+json", **headers)


def drip(raw: bytes, pause: float = 0.05) -> Behave:
    """Send a byte every now and then."""

    def behave(line: socket.socket, received: Received) -> None:
        for byte in raw:
            line.sendall(bytes([byte]))
            time.sleep(pause)

    return behave


def in_turn(*behaviours: Behave) -> Behave:
    """The first request is treated by the first, and so on; the last one goes on."""
    left = list(behaviours)

    def behave(line: socket.socket, received: Received) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(line, received)

    return behave


def hang_up(line: socket.socket, received: Received) -> None:
    """End the connection without a word."""
    line.shutdown(socket.SHUT_RDWR)
    raise OSError


def say_nothing(line: socket.socket, received: Received) -> None:
    time.sleep(30)


def client(
    url: str, *, deadline: float = 3.0, mapping: Mapping | None = None, clock: Clock | None = None, **options: Any
) -> Client:
    """A client of a portal with a breaker that never opens, unless one is given."""
    options.setdefault("breaker", Breaker(failures=1000))
    credentials = Credentials("zhengwu", SECRET)
    return Client(mapping or load(), url, credentials, clock or SystemClock(), deadline=deadline, **options)
