"""Log files, one a day, in `var/logs`: the law wants logs kept for six months at least, and stderr is nobody's archive.

Every process appends its lines to the day's file, each with one write, so that they do not run into each other.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.engine import Connection

from foundation import retention
from foundation.clock import CHINA, SystemClock, local_today
from foundation.retention import Key, Step
from foundation.settings import Settings

NAME = re.compile(r"zhengwu-(\d{4}-\d{2}-\d{2})\.log")


def folder_of(settings: Settings) -> Path:
    return settings.var_dir / "logs"


class DailyFile(logging.Handler):
    """Appends to the file of the day, which only we can read. A disk that is full costs the line, not the turn."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._day: date | None = None
        self._file = -1

    def emit(self, record: logging.LogRecord) -> None:
        try:
            os.write(self._of_today(), f"{self.format(record)}\n".encode("utf-8", "replace"))
        except OSError:
            self.handleError(record)

    def _of_today(self) -> int:
        today = local_today(SystemClock())
        if today != self._day:
            self._close()
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"zhengwu-{today}.log"
            self._file, self._day = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), today
        return self._file

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file, self._day = -1, None

    def close(self) -> None:
        self._close()
        super().close()


def keep_for(settings: Settings) -> None:
    """Have the rules of retention look after this installation's log files."""
    folder = folder_of(settings)

    def old(before: datetime) -> list[str]:
        dated = [(NAME.fullmatch(path.name), path.name) for path in folder.glob("zhengwu-*.log")]
        last = before.astimezone(CHINA).date()
        return sorted(name for found, name in dated if found and date.fromisoformat(found[1]) < last)

    def due(tx: Connection, before: datetime, after: Key | None, most: int) -> Sequence[Key]:
        return [name for name in old(before) if after is None or name > after][:most]

    def settle(tx: Connection, before: datetime, names: Sequence[Key]) -> int:
        for name in names:
            (folder / str(name)).unlink(missing_ok=True)
        return len(names)

    retention.register("logs", Step(lambda tx, before: len(old(before)), due, settle))
