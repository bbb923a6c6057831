"""Questions that are not ours to answer, set aside with a reason; they come back when they are asked far more often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from foundation import audit
from knowledge_base.learning.clusters import Cluster
from knowledge_base.learning.errors import LearningError
from knowledge_base.learning.tables import asides

TIMES, AT_LEAST = 2, 5
"""It has grown when it is asked so many times as often, and at least so much more."""
MOST_MARKS = 400


@dataclass(frozen=True)
class Aside:
    id: int
    marks: frozenset[str]
    count: int
    """How often it had been asked in the days that are looked at."""
    reason: str
    account: str
    at: datetime

    def covers(self, cluster: Cluster) -> bool:
        """Whether it is the same matter: its name, or most of its wordings, are known from then."""
        known = len(cluster.marks & self.marks)
        return cluster.key in self.marks or known * 2 > len(cluster.marks)

    def outgrown(self, cluster: Cluster) -> bool:
        """Whether it is asked so much more by now that somebody should look again."""
        return cluster.count >= max(TIMES * self.count, self.count + AT_LEAST)


def put(tx: Connection, cluster: Cluster, reason: str, account: str, now: datetime) -> None:
    """Set a cluster aside. Raises LearningError: no reason is given."""
    if not reason.strip():
        raise LearningError("reason")
    row = {"question": "", "marks": sorted(cluster.marks)[:MOST_MARKS], "count": cluster.count}
    row |= {"reason": reason.strip(), "account": account, "at": now}
    number = tx.execute(insert(asides).values(row)).inserted_primary_key[0]
    audit.record(tx, account, "kb.aside", f"aside:{number}", {"reason": reason.strip()}, now)


def take_back(tx: Connection, number: int, account: str, now: datetime) -> None:
    """Have it in the list again. Raises LearningError: it is not set aside."""
    if not tx.execute(delete(asides).where(asides.c.id == number)).rowcount:
        raise LearningError("no_aside")
    audit.record(tx, account, "kb.aside.back", f"aside:{number}", None, now)


def listing(tx: Connection) -> list[Aside]:
    """All of them, the newest first."""
    columns = (asides.c[name] for name in Aside.__dataclass_fields__)
    rows = tx.execute(select(*columns).order_by(asides.c.id.desc())).mappings()
    return [Aside(**{**row, "marks": frozenset(row["marks"])}) for row in rows]


def of_cluster(cluster: Cluster, known: Sequence[Aside]) -> Aside | None:
    """The newest aside that a cluster falls under."""
    return next((one for one in known if one.covers(cluster)), None)
