"""Which units stood behind answers that citizens were not satisfied with."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.engine import Connection

from desk.ratings import BAD
from desk.tables import ratings
from knowledge_base.model import KINDS, UnitKey
from knowledge_base.records import answer_records

LATEST = 300
"""Bad ratings that are looked at, the newest first."""
SAME_TALK = timedelta(hours=12)
"""What was answered so long before a rating is what was rated."""


def units(tx: Connection) -> set[UnitKey]:
    """The units answered from in conversations that were rated badly of late."""
    return set(counted(tx))


def counted(
    tx: Connection, since: datetime | None = None, until: datetime | None = None, channel: str | None = None
) -> Counter[UnitKey]:
    """In how many badly rated conversations, rated between the two instants, each unit was answered from."""
    bad = select(ratings.c.conversation, ratings.c.rated_at).where(ratings.c.score <= BAD)
    if since is not None and until is not None:
        bad = bad.where(ratings.c.rated_at >= since, ratings.c.rated_at < until)
    if channel is not None:
        bad = bad.where(ratings.c.channel == channel)
    found: Counter[UnitKey] = Counter()
    for row in tx.execute(bad.order_by(ratings.c.rated_at.desc()).limit(LATEST)).all():
        answered = select(answer_records.c.kind, answer_records.c.unit_id).where(
            answer_records.c.conversation == row.conversation,
            answer_records.c.at.between(row.rated_at - SAME_TALK, row.rated_at),
            answer_records.c.unit_id.is_not(None),
        )
        found.update({UnitKey(kind, id) for kind, id in tx.execute(answered) if kind in KINDS})
    return found
