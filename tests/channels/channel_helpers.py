"""A gateway to talk to, and a worker that answers without a model."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from sanic import Sanic

from channels.server import assemble
from channels.slow_clients import Impatient
from foundation import heartbeat, outbox
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.inbox import Claim, Inbox
from foundation.settings import Settings, load_settings
from foundation.vault import Vault

KEY = "5a" * 32
ROOT = Path(__file__).resolve().parents[2]
Bodies = list[dict[str, Any]]
LEASE = timedelta(seconds=20)

ANSWER: dict[str, Any] = {
    "kind": "item", "id": "resident-id-replacement", "item_id": None, "aspect": "materials",
    "title": "居民身份证丢失补领", "confidence": 0.93, "release": 12, "record": "K7M2-4Q9D",
    "verified_on": "2026-11-01",
    "sources": [
        {"title": "中华人民共和国居民身份证法", "article": "第十一条", "url": None, "date": "2012-01-01"},
    ],
    "options": [], "also": [],
}  # fmt: skip


def answer(**changes: Any) -> dict[str, Any]:
    return {**ANSWER, **changes}


def echo(text: str) -> Bodies:
    return [{"text": f"答：{text}", "custom": {"answer": answer()}}]


def settings_for(url: str, **changes: Any) -> Settings:
    return load_settings(_env_file=None, **{"database_url": url, "secret_key": KEY, "rate_limit": 0, **changes})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class FakeWorker:
    """Claims and answers like a turn worker, in a thread; `turn` makes the replies of a text."""

    def __init__(
        self, database: Database, turn: Callable[[str], Bodies] = echo, name: str = "fake", seconds: float = 0
    ):
        self.database, self.turn, self.name, self.seconds = database, turn, name, seconds
        self.inbox = Inbox(Cipher(bytes.fromhex(KEY)))
        self.texts: list[str] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> FakeWorker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(10)

    def _work(self) -> None:
        beaten = 0.0
        while not self._stopped.is_set():
            now = datetime.now(timezone.utc)
            if time.monotonic() - beaten > 1:
                with self.database.write() as tx:
                    heartbeat.beat(tx, self.name, heartbeat.WORKER, {}, now)
                beaten = time.monotonic()
            with self.database.write() as tx:
                claim = self.inbox.claim(tx, self.name, now, LEASE)
            if claim is None:
                time.sleep(0.005)
            else:
                time.sleep(self.seconds)
                self._answer(claim)

    def _answer(self, claim: Claim) -> None:
        message = claim.message
        self.texts.append(message.text)
        now = datetime.now(timezone.utc)
        with self.database.write() as tx:
            outbox.add(tx, message.conversation, message.channel, self.turn(message.text), now, claim.id)
            self.inbox.finish(tx, claim, now)


def say(database: Database, conversation: str, channel: str, bodies: Bodies) -> None:
    """Something that no message asked for, as a person at the desk does."""
    with database.write() as tx:
        outbox.add(tx, conversation, channel, bodies, datetime.now(timezone.utc))


@asynccontextmanager
async def listening(app: Sanic, port: int = 0) -> AsyncIterator[str]:
    """An app served in this process; gives its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", port))
    server = await app.create_server(
        sock=listener, protocol=Impatient, return_asyncio_server=True, debug=False, access_log=False
    )
    assert server is not None
    await server.startup()
    await server.before_start()
    await server.start_serving()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        await server.before_stop()
        for connection in list(server.connections):
            connection.close()
        server.close()
        await server.wait_closed()
        await server.after_stop()


@asynccontextmanager
async def serving(settings: Settings, database: Database) -> AsyncIterator[str]:
    """A gateway in this process; gives its address."""
    Sanic.test_mode = True
    async with listening(assemble(settings, database, Vault(Cipher(settings.key())))) as address:
        yield address


class GatewayProcess:
    """A gateway as it really runs, to be stopped or killed."""

    def __init__(self, url: str, port: int | None = None, **changes: str):
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._env = {
            **os.environ, "ZHENGWU_DATABASE_URL": url, "ZHENGWU_SECRET_KEY": KEY, "ZHENGWU_BOT_PORT": str(self.port),
            "ZHENGWU_RATE_LIMIT": "0", "RASA_TELEMETRY_ENABLED": "false", **changes,
        }  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> GatewayProcess:
        code = (
            "from channels.server import serve; from foundation.settings import load_settings; serve(load_settings())"
        )
        self._process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=self._env)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.address}/health", timeout=1)
                return self
            except urllib.error.HTTPError:
                return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the gateway does not start")

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def end(self, how: int = signal.SIGTERM) -> float:
        """Returns the seconds that it took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(how)
        self._process.wait(20)
        return time.monotonic() - began

    def __enter__(self) -> GatewayProcess:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
