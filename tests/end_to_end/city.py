"""A whole running system on the sample city's content: gateway, worker, database and trained model of its own."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from json import dumps, loads
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from bot import training
from bot.supervisor import die_with_parent
from foundation.database import Database
from foundation.heartbeat import heartbeats
from foundation.settings import ROOT, Settings, load_settings

ANSWER_KEYS = {
    "kind", "id", "item_id", "aspect", "title", "confidence", "release", "record", "verified_on", "sources", "options",
    "also",
}  # fmt: skip
ANSWER_KINDS = {
    "item", "faq", "package", "referral", "office", "options", "status", "handover", "complaint", "smalltalk",
    "emergency", "form", "fallback",
}  # fmt: skip
LOADS_WITHIN = 180.0


class Response(NamedTuple):
    status: int
    body: Any


class City:
    """`zhengwu serve` on a folder and a database of its own."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.database_url = database_url
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = environment(folder / "var", database_url, self.port)
        self.console = f"http://127.0.0.1:{self.environment['ZHENGWU_CONSOLE_PORT']}"
        self.database = Database(database_url)
        self.early: Response | None = None
        """What a message got that was sent while the worker was still loading."""
        self.reason_to_wait = ""
        """What /health said at that time."""
        self._process: subprocess.Popen[bytes] | None = None

    def zhengwu(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command on the city."""
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", *arguments],
            cwd=ROOT, env=self.environment, text=True, capture_output=True, encoding="utf-8", timeout=900,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"zhengwu {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
        return done

    def start(self) -> None:
        """Start every service; a message is sent before the worker is ready."""
        with (self.folder / "serve.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "serve"],
                cwd=ROOT, env=self.environment, stdout=log, stderr=log, preexec_fn=die_with_parent,
            )  # fmt: skip
        self._wait(lambda status: status in (200, 503))
        self.reason_to_wait = self.health()[1]

        def send() -> None:
            self.early = self.post("early", "身份证丢了怎么补办")

        early = threading.Thread(target=send)
        early.start()
        self._wait(lambda status: status == 200)
        early.join(LOADS_WITHIN)
        self._wait_for_the_console()

    def _wait_for_the_console(self) -> None:
        """It is started when citizens are answered."""
        deadline, port = time.monotonic() + LOADS_WITHIN, int(self.environment["ZHENGWU_CONSOLE_PORT"])
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            assert time.monotonic() < deadline, f"the console does not start:\n{self.log()}"
            time.sleep(0.1)

    def stop(self) -> float:
        """Stop it as an operator would; returns the seconds that it took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        finally:
            if self._process.poll() is None:
                self._process.kill()
        return time.monotonic() - began

    def log(self) -> str:
        """All that the services have printed."""
        return (self.folder / "serve.log").read_text(encoding="utf-8", errors="replace")

    def health(self) -> tuple[int, str]:
        """The status and the reason that /health gives; (0, "") while nobody listens."""
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=5) as response:
                return int(response.status), ""
        except urllib.error.HTTPError as error:
            return error.code, str(loads(error.read()).get("reason"))
        except OSError:
            return 0, ""

    def post(self, sender: str, message: Any, message_id: str | None = None) -> Response:
        """Send one message over REST and wait for what comes back."""
        body = {"sender": sender, "message": message, **({"message_id": message_id} if message_id else {})}
        request = urllib.request.Request(
            f"{self.address}/webhooks/rest/webhook",
            dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return Response(response.status, loads(response.read()))
        except urllib.error.HTTPError as error:
            return Response(error.code, loads(error.read()))

    @property
    def serving(self) -> int:
        """The process that keeps all the others running."""
        assert self._process is not None
        return self._process.pid

    def pid(self, service: str) -> int | None:
        """The process of a service that is up; None while it is not (any more, or not yet)."""
        assert self._process is not None
        forked, asked = service in ("gateway", "worker"), b"-m\0console\0" if service == "console" else service.encode()
        for entry in Path("/proc").iterdir():
            with suppress(OSError):  # it has just ended
                said = (entry / ("comm" if forked else "cmdline")).read_bytes() if entry.name.isdigit() else b""
                if asked in said:
                    parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                    if int(parent) == self._process.pid:
                        return int(entry.name) if self._serves(service, int(entry.name)) else None
        return None

    def _serves(self, service: str, pid: int) -> bool:
        if service == "worker":
            return self.worker_pid() == pid
        address = self.address if service == "gateway" else self.console
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):
                return True
        except OSError as error:
            return hasattr(error, "code")

    def worker_pid(self) -> int:
        """The process of the worker that last said that it is there."""
        with self.database.read() as tx:
            newest = select(heartbeats.c.detail).where(heartbeats.c.kind == "worker")
            row = tx.execute(newest.order_by(heartbeats.c.beat_at.desc())).first()
        assert row is not None
        return int(row.detail["pid"])

    def conversation(self) -> Conversation:
        """A conversation with a citizen who was never here."""
        return Conversation(self, f"citizen-{secrets.token_hex(6)}")

    def _wait(self, enough: Any) -> None:
        assert self._process is not None
        deadline = time.monotonic() + LOADS_WITHIN
        while not enough(self.health()[0]):
            assert self._process.poll() is None, f"`zhengwu serve` ended:\n{self.log()}"
            assert time.monotonic() < deadline, f"not ready after {LOADS_WITHIN:.0f} s:\n{self.log()}"
            time.sleep(0.05)


class Said(NamedTuple):
    """What one turn said: its text, and the answer that its last message carries."""

    text: str
    answer: dict[str, Any]
    messages: list[dict[str, Any]]

    @property
    def kind(self) -> str:
        return str(self.answer["kind"])


class Conversation:
    def __init__(self, city: City, sender: str) -> None:
        self._city = city
        self.sender = sender

    def say(self, text: str) -> Said:
        """One turn; checks what holds for every turn."""
        response = self._city.post(self.sender, text)
        assert response.status == 200, response
        return said(response.body)


def said(messages: list[dict[str, Any]]) -> Said:
    """The replies of a turn, checked: the last message and no other carries a whole answer."""
    assert messages
    assert all("answer" not in message.get("custom", {}) for message in messages[:-1])
    answer = messages[-1]["custom"]["answer"]
    assert answer.keys() >= ANSWER_KEYS
    assert answer["kind"] in ANSWER_KINDS
    assert isinstance(answer["sources"], list) and isinstance(answer["options"], list)
    assert isinstance(answer["also"], list)
    assert all(option.keys() >= {"title", "id", "kind"} for option in answer["options"])
    text = "\n\n".join(message["text"] for message in messages if message.get("text"))
    assert text.strip()
    return Said(text, answer, messages)


def environment(var_dir: Path, database_url: str, port: int) -> dict[str, str]:
    """The environment of a system of its own, whatever this machine's environment and .env say."""
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith("ZHENGWU_")}
    # An empty variable means the default, and wins over .env.
    defaults = {f"ZHENGWU_{name.upper()}": "" for name in Settings.__fields__}
    return {
        **inherited,
        **defaults,
        "ZHENGWU_VAR_DIR": str(var_dir),
        "ZHENGWU_DATABASE_URL": database_url,
        "ZHENGWU_MODEL_DIR": str(model_dir()),
        "ZHENGWU_SECRET_KEY": secrets.token_hex(32),
        "ZHENGWU_BOT_PORT": str(port),
        "ZHENGWU_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ZHENGWU_PORTAL_PORT": str(free_port()),
        "ZHENGWU_CONSOLE_PORT": str(free_port()),
        "ZHENGWU_RATE_LIMIT": "0",
    }


def model_dir() -> Path:
    """Where the trained model is, or where it will be trained and found again by the next run."""
    settings = load_settings()
    return settings.model_dir if training.is_current(settings) else load_settings().var_dir / "test-models"


def free_port() -> int:
    """One that nobody listens at, below those that the system gives to connections: one of these may be taken until we
    listen there, which takes minutes on a busy machine."""
    while True:
        port = secrets.choice(range(15_000, 32_000))
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def prepared(folder: Path, database_url: str | None = None, **settings: str) -> Iterator[City]:
    """A city with database, content, vectors and model, and these lines in its .env besides; not started."""
    vectors = load_settings().var_dir / "vectors"
    vectors.mkdir(parents=True, exist_ok=True)
    (folder / "var").mkdir()
    (folder / "var" / "vectors").symlink_to(vectors)  # encoding the whole content takes about a minute
    city = City(folder, database_url or f"sqlite:///{folder / 'zhengwu.db'}")
    city.environment.update(settings)
    try:
        if database_url is None and not settings:
            put_filled(city)
        else:
            city.zhengwu("prepare")
        yield city
    finally:
        city.database.close()


_filled: tuple[Path, str] | None = None
"""An SQLite database of the sample city as `zhengwu prepare` leaves it, and its key; made once by each process."""


def put_filled(city: City) -> None:
    """Prepare a city of the default settings: the first in full, the others with a copy of its database."""
    global _filled
    if _filled is None:
        city.zhengwu("prepare")
        kept = Path(tempfile.mkdtemp(prefix="zhengwu-filled-"))
        atexit.register(shutil.rmtree, kept)
        with sqlite3.connect(city.folder / "zhengwu.db") as there, sqlite3.connect(kept / "zhengwu.db") as here:
            there.backup(here)
        shutil.copytree(city.folder / "var" / "stamps", kept / "stamps")
        _filled = kept, city.environment["ZHENGWU_SECRET_KEY"]
    else:
        kept, city.environment["ZHENGWU_SECRET_KEY"] = _filled
        shutil.copy(kept / "zhengwu.db", city.folder)
        shutil.copytree(kept / "stamps", city.folder / "var" / "stamps")


@contextmanager
def running(folder: Path, database_url: str | None = None, **settings: str) -> Iterator[City]:
    """A city that answers, with these lines in its .env besides; stopped at the end."""
    with prepared(folder, database_url) as city:
        city.environment.update(settings)
        try:
            city.start()
            yield city
        finally:
            seconds = city.stop()
        assert seconds < 10, f"stopping took {seconds:.1f} s:\n{city.log()}"
