"""Exporting a month: once by the schedule, however many workers there are, and again when somebody wants it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Column, Integer, String, Table, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from foundation import audit
from foundation.clock import CHINA
from foundation.database import Instant, metadata
from foundation.errors import ZhengwuError
from insights.months import Month
from insights.openness import writing
from insights.openness.statistics import Table as Statistics

openness_exports = Table(
    "openness_exports",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("files", Integer, nullable=False),
)
"""Which months were exported, and by whom last."""


class NotOver(ZhengwuError):
    """A month that is still going on: two exports of it would differ by what single people asked in between."""


@dataclass(frozen=True)
class Export:
    month: Month
    made_at: datetime
    made_by: str
    files: int


def due(tx: Connection, now: datetime) -> Month | None:
    """The newest month that is over, where it was not exported yet."""
    month = Month.last_complete(now)
    known = select(openness_exports.c.month).where(openness_exports.c.month == str(month))
    return None if tx.execute(known).first() is not None else month


def require_over(month: Month, now: datetime) -> None:
    """Raises NotOver."""
    if not month.is_over(now):
        raise NotOver(f"{month} is not over: only whole months are published")


def export(
    tx: Connection,
    tables: list[Statistics],
    month: Month,
    directory: Path,
    office: str,
    account: str,
    now: datetime,
    again: bool = False,
) -> Path | None:
    """Write a month's files, note it, and enter it in the audit log; where they are.

    The row in the database is what makes it happen once: another process's export waits for ours to commit, and then
    finds it done.

    Args:
        again: also where it was done before. Without, nothing happens then and None is returned.

    Raises:
        NotOver: the month.
        OSError: the files cannot be written.
    """
    require_over(month, now)
    content = writing.files(tables, month, office, now.astimezone(CHINA).date())
    values = {"made_at": now, "made_by": account, "files": len(content)}
    try:
        with tx.begin_nested():
            tx.execute(insert(openness_exports).values(month=str(month), **values))
    except IntegrityError:
        if not again:
            return None
        tx.execute(update(openness_exports).where(openness_exports.c.month == str(month)).values(values))
    place = writing.put(directory, month, content)
    audit.record(tx, account, "openness.export", f"month:{month}", {"files": len(content)}, now)
    return place


def exports(tx: Connection) -> list[Export]:
    """What was exported, newest month first."""
    query = select(openness_exports).order_by(openness_exports.c.month.desc())
    return [Export(Month.parse(row.month), row.made_at, row.made_by, row.files) for row in tx.execute(query)]
