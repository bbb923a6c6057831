"""Log files, one a day, in `var/logs`: the law wants logs kept for six months at least, and stderr is nobody's archive.

Every process appends its lines to the day's file, each with one write, so that they do not run into each other. When a
day has turned, each also removes what has been kept for long enough: every machine has a folder of its own.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import Connection

from foundation import retention
from foundation.clock import CHINA, Clock, SystemClock, local_today
from foundation.deadlines import Steadiness
from foundation.retention import Key, Step
from foundation.settings import Settings

NAME = re.compile(r"zhengwu-(\d{4}-\d{2}-\d{2})\.log")


def folder_of(settings: Settings) -> Path:
    return settings.var_dir / "logs"


class DailyFile(logging.Handler):
    """Appends to the file of the day, which only we can read. A disk that is full costs the line, not the turn.

    Args:
        keep_days: for so long a file stays once its day is over; None, for good.
    """

    def __init__(
        self,
        folder: Path,
        keep_days: int | None = None,
        clock: Clock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._folder, self._keep_days = folder, keep_days
        self._clock = clock or SystemClock()
        self._steadiness = Steadiness(self._clock, monotonic)
        self._day: date | None = None
        self._file = -1

    def emit(self, record: logging.LogRecord) -> None:
        try:
            os.write(self._of_today(), f"{self.format(record)}\n".encode("utf-8", "replace"))
        except OSError:
            self.handleError(record)

    def _of_today(self) -> int:
        today = local_today(self._clock)
        if today != self._day:
            turned = self._day is not None  # who just started cannot tell whether the clock is right
            self._close()
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"zhengwu-{today}.log"
            self._file, self._day = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), today
            if turned and self._keep_days is not None and self._steadiness.holds():
                remove(self._folder, old(self._folder, today - timedelta(days=self._keep_days)))
        return self._file

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file, self._day = -1, None

    def close(self) -> None:
        self._close()
        super().close()


def old(folder: Path, last: date) -> list[str]:
    """The names of the files of days before `last`, in order."""
    dated = [(NAME.fullmatch(path.name), path.name) for path in folder.glob("zhengwu-*.log")]
    return sorted(name for found, name in dated if found and date.fromisoformat(found[1]) < last)


def remove(folder: Path, names: Sequence[str]) -> None:
    """Another process may do the same; one that cannot be removed is tried again the next day."""
    for name in names:
        with suppress(OSError):
            (folder / name).unlink(missing_ok=True)


def keep_for(settings: Settings) -> None:
    """Have the rules of retention, where this process carries them out, look after this machine's log files."""
    folder = folder_of(settings)

    def gone_by(before: datetime) -> list[str]:
        return old(folder, before.astimezone(CHINA).date())

    def due(tx: Connection, before: datetime, after: Key | None, most: int) -> Sequence[Key]:
        return [name for name in gone_by(before) if after is None or name > after][:most]

    def settle(tx: Connection, before: datetime, names: Sequence[Key]) -> int:
        remove(folder, names)
        return len(names)

    retention.register("logs", Step(lambda tx, before: len(gone_by(before)), due, settle))
