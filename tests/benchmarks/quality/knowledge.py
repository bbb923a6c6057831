"""A knowledge base of a set's own, and `zhengwu` run on it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bot import child
from foundation.database import Database
from foundation.settings import ROOT, Settings
from knowledge_base.model import Unit
from knowledge_base.store.releases import current, units


class Knowledge:
    """A database that holds one table or folder alone. Vectors and models are those of the settings."""

    def __init__(self, folder: Path, settings: Settings, log: Path) -> None:
        """`log`: gets what the last command said."""
        self.url = f"sqlite:///{folder / 'knowledge.db'}"
        self._log = log
        # An empty variable means the default, and wins over .env.
        defaults = {f"ZHENGWU_{name.upper()}": "" for name in Settings.__fields__}
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.upper().startswith("ZHENGWU_")},
            **defaults,
            "ZHENGWU_DATABASE_URL": self.url,
            "ZHENGWU_VAR_DIR": str(settings.var_dir),
            "ZHENGWU_MODEL_DIR": str(settings.model_dir),
            "ZHENGWU_ENCODER": settings.encoder,
            "ZHENGWU_SECRET_KEY": "0" * 64,
        }

    def fill(self, content: Path) -> None:
        """Import and publish it."""
        self.zhengwu("db", "upgrade")
        self.zhengwu("kb", "import", str(content))
        self.zhengwu("kb", "publish")

    def zhengwu(self, *arguments: str) -> None:
        """Run a command.

        Raises:
            CommandFailed: it failed; the text has its last words.
        """
        child.run([sys.executable, "-m", "bot.cli", *arguments], self._log, ROOT, self._environment)

    def units(self) -> list[Unit]:
        """All that is published."""
        database = Database(self.url)
        try:
            with database.read() as tx:
                return [one.unit for one in units(tx, current(tx))]
        finally:
            database.close()
