"""Zhengwu on the same machine: `zhengwu serve` with everything on, over a database and content of its own."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import select

from bot import child
from bot.supervisor import die_with_parent
from foundation.database import Database
from foundation.heartbeat import WORKER, heartbeats
from foundation.settings import ROOT, Settings
from knowledge_base.model import Unit
from knowledge_base.store.releases import current, units
from tests.benchmarks.quality.plain_rasa import digest
from tests.benchmarks.throughput.process import Served, ask, free_port

CONTENT = ROOT / "knowledge_base" / "content"
MIGRATIONS = ROOT / "foundation" / "migrations" / "versions"
FILLED = "filled.db"
CHANGED_ID, CHANGED_QUESTION = "benchmark-drone-lending", "市民中心可以借无人机给小孩玩吗"
CHANGED = f"""
kind: faq
id: {CHANGED_ID}
question: {CHANGED_QUESTION}
answer: 可以，每人每次借一架，当天归还。
sources: [{{title: 示例市市民中心无人机借用办法, date: 2026-01-01}}]
verified_on: 2026-11-01
"""


class Zhengwu:
    """An installation of the sample city, kept in `cache` by a hash of its content and of the database's schema."""

    def __init__(self, cache: Path, settings: Settings, workers: int = 1) -> None:
        files = sorted([*CONTENT.rglob("*.y*ml"), *MIGRATIONS.glob("*.py")])
        folder = cache / f"zhengwu-{digest(*(file.read_text(encoding='utf-8') for file in files))}"
        self.folder = folder
        self._database = folder / "zhengwu.db"
        self.url = f"sqlite:///{self._database}"
        self._port = free_port()
        self._encoded = settings.var_dir / "vectors"
        # An empty variable means the default, and wins over .env.
        defaults = {f"ZHENGWU_{name.upper()}": "" for name in Settings.__fields__}
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.upper().startswith("ZHENGWU_")},
            **defaults,
            "ZHENGWU_DATABASE_URL": self.url,
            "ZHENGWU_VAR_DIR": str(folder / "var"),
            "ZHENGWU_MODEL_DIR": str(settings.model_dir),
            "ZHENGWU_ENCODER": settings.encoder,
            "ZHENGWU_SECRET_KEY": key(folder / "key"),
            "ZHENGWU_BOT_PORT": str(self._port),
            "ZHENGWU_CONSOLE_PORT": str(free_port()),
            "ZHENGWU_PORTAL_PORT": str(free_port()),
            "ZHENGWU_WORKERS": str(workers),
            "ZHENGWU_RATE_LIMIT": "0",
        }

    def fill(self) -> None:
        """Import, publish and encode, once; what this checkout has encoded already is taken over."""
        if (self.folder / FILLED).exists():
            return self._fresh()
        (self.folder / "var").mkdir(parents=True, exist_ok=True)
        if self._encoded.is_dir():
            shutil.copytree(self._encoded, self.folder / "var" / "vectors")
        self.run("db", "upgrade")
        self.run("kb", "import", str(CONTENT))
        self.run("kb", "publish")
        self.run("prepare")
        with sqlite3.connect(self._database) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self._database, self.folder / FILLED)

    def run(self, *arguments: str) -> None:
        """Raises CommandFailed."""
        child.run([sys.executable, "-m", "bot.cli", *arguments], self.folder / "command.log", ROOT, self.environment)

    def units(self) -> list[Unit]:
        """All that is published."""
        database = Database(self.url)
        try:
            with database.read() as tx:
                return [one.unit for one in units(tx, current(tx))]
        finally:
            database.close()

    @contextmanager
    def served(self) -> Iterator[Served]:
        """Every service over a fresh copy of what was filled, until the end of the block."""
        self._fresh()
        command = [sys.executable, "-m", "bot.cli", "serve"]
        with (self.folder / "serve.log").open("w", encoding="utf-8") as log:
            began = time.monotonic()
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, preexec_fn=die_with_parent
            )
            address = f"http://127.0.0.1:{self._port}"
            try:
                yield Served(address, process, began, acknowledged, lambda: workers(self.url), self._change)
            finally:
                process.terminate()
                process.wait(15)

    def _fresh(self) -> None:
        for ending in ("-wal", "-shm"):
            self._database.with_name(f"{self._database.name}{ending}").unlink(missing_ok=True)
        shutil.copyfile(self.folder / FILLED, self._database)

    def _change(self, address: str) -> float:
        """Publish one more FAQ, and wait until it is answered; seconds from the command on."""
        file = self.folder / "changed.yaml"
        file.write_text(CHANGED, encoding="utf-8")
        self.run("kb", "import", str(file))
        began = time.monotonic()
        self.run("kb", "publish")
        while CHANGED_ID not in {said.get("custom", {}).get("answer", {}).get("id") for said in self._asked(address)}:
            time.sleep(0.05)
        return time.monotonic() - began

    def _asked(self, address: str) -> list[dict[str, Any]]:
        return ask(address, f"changed-{time.monotonic_ns()}", CHANGED_QUESTION)


def key(file: Path) -> str:
    """The installation's, drawn once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.write_text(secrets.token_hex(32), encoding="utf-8")
    return file.read_text(encoding="utf-8")


def workers(database_url: str) -> dict[int, str]:
    """The processes that have signed on as workers, with their names."""
    database = Database(database_url)
    try:
        with database.read() as tx:
            rows = tx.execute(select(heartbeats.c.name, heartbeats.c.detail).where(heartbeats.c.kind == WORKER))
            return {int(row.detail["pid"]): row.name.rpartition("/")[2] for row in rows}
    finally:
        database.close()


def acknowledged(address: str) -> bool:
    """Whether a message in the web chat is taken now; it may be answered later."""
    return asyncio.run(_acknowledged(address))


async def _acknowledged(address: str) -> bool:
    with suppress(aiohttp.ClientError, asyncio.TimeoutError, TypeError, ValueError):
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{address}/chat/socket", headers={"Origin": address}) as socket,
        ):
            await socket.send_json({"type": "hello", "session": None, "last_seen": 0})
            await socket.receive_json(timeout=5)
            await socket.send_json({"type": "message", "id": "first", "text": "你好"})
            return bool((await socket.receive_json(timeout=5))["type"] == "ack")
    return False
