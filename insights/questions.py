"""The masked questions behind a figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from insights.counting import BAD
from insights.local_time import local_hour
from insights.scope import Scope, on_days
from insights.turns import turns

Unit = tuple[str, str]


@dataclass(frozen=True)
class Question:
    """A turn as whoever looks behind a figure sees it."""

    id: int
    at: datetime
    channel: str
    region: str | None
    department: str | None
    question: str | None
    """Masked; None where its text is not kept, or not any more."""
    kind: str
    decision: str
    unit: Unit | None
    """Kind and id."""
    aspect: str | None
    confidence: float | None
    record: str | None
    mood: str | None
    rating: int | None
    handover: bool


PLAIN = (
    "id", "at", "channel", "region", "department", "question", "kind", "decision", "aspect", "confidence", "record",
    "mood", "rating", "handover",
)  # fmt: skip


def questions(
    tx: Connection,
    scope: Scope,
    *,
    hour: int | None = None,
    unit: Unit | None = None,
    aspect: str | None = None,
    decision: str | None = None,
    handover: bool | None = None,
    mood: str | None = None,
    bad: bool | None = None,
    after: int | None = None,
    most: int = 50,
) -> list[Question]:
    """The turns behind a figure, the newest first. Turns that were deleted after their time are counted, not listed.

    Args:
        hour: of the day, 0 to 23.
        aspect: "": that have none.
        bad: scores for the robot that are bad, or are not.
        after: the id of the last one that was shown: go on behind it.
    """
    wanted = [scope.of_turns(), on_days(scope.since, scope.until)]
    if hour is not None:
        wanted.append(local_hour(turns.c.at) == hour)
    if unit is not None:
        wanted += [turns.c.unit_kind == unit[0], turns.c.unit_id == unit[1]]
    if aspect is not None:
        wanted.append(turns.c.aspect == aspect if aspect else turns.c.aspect.is_(None))
    if decision is not None:
        wanted.append(turns.c.decision == decision)
    if handover is not None:
        wanted.append(turns.c.handover.is_(handover))
    if mood is not None:
        wanted.append(turns.c.mood == mood)
    if bad is not None:
        wanted.append(turns.c.rating <= BAD if bad else turns.c.rating > BAD)
    if after is not None:
        wanted.append(_behind(tx, after))
    columns = (*(turns.c[name] for name in PLAIN), turns.c.unit_kind, turns.c.unit_id)
    query = select(*columns).where(*wanted).order_by(turns.c.at.desc(), turns.c.id.desc()).limit(most)
    return [_question(dict(row)) for row in tx.execute(query).mappings()]


def _behind(tx: Connection, last: int) -> ColumnElement:
    at = tx.execute(select(turns.c.at).where(turns.c.id == last)).scalar_one_or_none()
    if at is None:  # deleted meanwhile; ids grow with time
        return turns.c.id < last
    return and_(turns.c.at <= at, (turns.c.at < at) | (turns.c.id < last))


def _question(row: dict[str, object]) -> Question:
    kind, id = row.pop("unit_kind"), row.pop("unit_id")
    return Question(unit=(kind, id) if kind and id else None, **row)  # type: ignore[arg-type]
