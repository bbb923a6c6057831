"""Connections that never come to the point, against the console: they are closed, and meanwhile others are served."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import httpx2
import pytest
import uvicorn

from console import slow_clients
from console.serve import config
from foundation.database import Database
from foundation.settings import Settings

CLIENTS = 60
HEAD = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
BODY = HEAD + b"Content-Length: 20000\r\n\r\nname="
SECOND = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /"


@pytest.fixture
def port(settings: Settings, store: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A console as it runs, but less patient."""
    for name, seconds in {"HEAD_WITHIN": 1.5, "BODY_WITHIN": 1.5, "LOOKS": 0.2}.items():
        monkeypatch.setattr(slow_clients, name, seconds)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = int(free.getsockname()[1])
    server = uvicorn.Server(config(settings.copy(update={"console_port": found}), store))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield found
    server.should_exit = True
    thread.join(30)


def drip(port: int, begin: bytes, until: float) -> bool:
    """Send a byte now and then; whether the server has had enough of it in time."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(0.3)
        connection.sendall(begin)
        while time.monotonic() < until:
            try:
                if connection.recv(65536) == b"":
                    return True
            except TimeoutError:
                with contextlib.suppress(OSError):
                    connection.sendall(b"a")
            except OSError:
                return True
    return False


@pytest.mark.parametrize(
    "begin",
    [b"", b"GET /", HEAD + b"X-Slow: ", BODY, SECOND],
    ids=["nothing", "line", "head", "body", "second request"],
)
def test_whoever_is_slow_is_cut_off_and_others_are_served(port: int, begin: bytes) -> None:
    cut: list[bool] = []
    until = time.monotonic() + 60
    slow = [threading.Thread(target=lambda: cut.append(drip(port, begin, until))) for _ in range(CLIENTS)]
    for thread in slow:
        thread.start()
    assert httpx2.get(f"http://127.0.0.1:{port}/health", timeout=30).status_code == 200
    for thread in slow:
        thread.join(90)
    assert cut == [True] * CLIENTS


def test_a_connection_that_is_kept_and_used_stays(port: int) -> None:
    """Longer than any of the limits, but never owing."""
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as browser:
        until = time.monotonic() + 4
        while time.monotonic() < until:
            assert browser.get("/sign-in").status_code == 200
            time.sleep(0.1)
