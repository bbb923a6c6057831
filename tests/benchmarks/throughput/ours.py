"""Zhengwu on the same machine: `zhengwu serve` with everything on, over a database and content of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot import child
from bot.supervisor import die_with_parent
from foundation.database import Database
from foundation.settings import ROOT, Settings
from knowledge_base.model import Unit
from knowledge_base.store.releases import current, units
from tests.benchmarks.throughput.process import Served, free_port

CONTENT = ROOT / "knowledge_base" / "content"


class Zhengwu:
    """An installation in a folder: the sample city, or another content."""

    def __init__(self, folder: Path, settings: Settings, workers: int = 1) -> None:
        self.folder, self.workers = folder, workers
        self.url = f"sqlite:///{folder / 'zhengwu.db'}"
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
            "ZHENGWU_SECRET_KEY": secrets.token_hex(32),
            "ZHENGWU_BOT_PORT": str(self._port),
            "ZHENGWU_CONSOLE_PORT": str(free_port()),
            "ZHENGWU_PORTAL_PORT": str(free_port()),
            "ZHENGWU_WORKERS": str(workers),
            "ZHENGWU_RATE_LIMIT": "0",
        }

    def fill(self, content: Path = CONTENT) -> None:
        """Import, publish and encode, once; what this checkout has encoded already is taken over."""
        if (self.folder / "zhengwu.db").exists():
            return
        (self.folder / "var").mkdir(parents=True, exist_ok=True)
        if self._encoded.is_dir():
            shutil.copytree(self._encoded, self.folder / "var" / "vectors")
        self.run("db", "upgrade")
        self.run("kb", "import", str(content))
        self.run("kb", "publish")
        self.run("prepare")

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
        """Every service, until the end of the block."""
        command = [sys.executable, "-m", "bot.cli", "serve"]
        with (self.folder / "serve.log").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, preexec_fn=die_with_parent
            )
            try:
                yield Served(f"http://127.0.0.1:{self._port}", process)
            finally:
                process.terminate()
                process.wait(15)
