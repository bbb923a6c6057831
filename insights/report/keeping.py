"""A report that was finalised 定稿 stays as it was made, whatever is erased, renamed or rated later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, String, Table, func, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from foundation import audit
from foundation.clock import CHINA
from foundation.database import Instant, Json, metadata
from foundation.errors import ZhengwuError
from insights.months import Month
from insights.report.gathering import Report
from insights.turns import turns

monthly_reports = Table(
    "monthly_reports",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("content", Json, nullable=False),
    Column("finalised_at", Instant, nullable=False),
    Column("finalised_by", String(80), nullable=False),
)
"""`content`: what the report tells, as insights/report/gathering.py makes it; never changed."""


class NotFinal(ZhengwuError):
    """A report that cannot be finalised; `key` names the sentence for whoever wanted it."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True)
class Final:
    report: Report
    finalised_at: datetime
    finalised_by: str


def finalise(tx: Connection, report: Report, account: str, now: datetime) -> None:
    """Keep a report for good.

    Raises:
        NotFinal: `going_on`, its month is not over; `final`, it was finalised before.
    """
    if not report.whole:
        raise NotFinal("going_on")
    values = {"month": report.month, "content": report.as_json(), "finalised_at": now, "finalised_by": account}
    try:
        with tx.begin_nested():
            tx.execute(insert(monthly_reports).values(values))
    except IntegrityError:
        raise NotFinal("final") from None
    audit.record(tx, account, "report.finalise", f"month:{report.month}", None, now)


def final(tx: Connection, month: Month) -> Final | None:
    row = tx.execute(select(monthly_reports).where(monthly_reports.c.month == str(month))).mappings().first()
    if row is None:
        return None
    return Final(Report.of_json(row["content"]), row["finalised_at"], row["finalised_by"])


def months(tx: Connection, now: datetime, most: int = 36) -> list[tuple[Month, str | None]]:
    """Months of which there is something to report, newest first, each with who finalised it."""
    first: datetime | None = tx.execute(select(func.min(turns.c.at))).scalar_one()
    query = select(monthly_reports.c.month, monthly_reports.c.finalised_by)
    kept = {Month.parse(row.month): row.finalised_by for row in tx.execute(query)}
    present = Month.of(now.astimezone(CHINA).date())
    begun = Month.of(first.astimezone(CHINA).date()) if first else present
    found: list[tuple[Month, str | None]] = []
    month = present
    while month >= min([begun, *kept]) and len(found) < most:
        found.append((month, kept.get(month)))
        month = month.before
    return found
