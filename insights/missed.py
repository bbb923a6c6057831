"""Which questions were not answered well, and what shows it: told from the turns themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import and_, or_, select
from sqlalchemy.engine import Connection

from insights.counting import BAD
from insights.turns import turns

Why = Literal["refused", "not_chosen", "disputed", "handed_over", "badly_rated"]
"""The robot did not know; offered what nobody took; was told that it is wrong; a person was wanted at once; a bad score
was given."""
AT_ONCE, TALK = timedelta(minutes=5), timedelta(hours=12)
"""A person is wanted at once; a score is for what was answered within a talk."""
CHOOSING = timedelta(minutes=30)
"""Whoever has chosen nothing by then chooses nothing."""
MOST = 20_000
READ: tuple[str, ...] = (
    "id",
    "at",
    "conversation",
    "channel",
    "region",
    "question",
    "kind",
    "unit_kind",
    "unit_id",
    "decision",
)
READ += ("record", "candidates", "handover", "rating")
Unit = tuple[str, str]


@dataclass(frozen=True)
class Missed:
    """One question, masked, that was not answered well."""

    at: datetime
    conversation: str
    channel: str
    region: str | None
    question: str
    why: Why
    unit: Unit | None
    """What it was answered from, where it was; kind and id."""
    candidates: Sequence[tuple[Unit, float]]
    """What might have been meant, best first, and how sure that seemed."""


@dataclass(frozen=True)
class Asked:
    """A question and how it went, to be asked again."""

    question: str
    region: str | None
    decision: str


def missed(
    tx: Connection,
    since: datetime,
    now: datetime,
    disputed: Collection[tuple[str, str]] = (),
    most: int = MOST,
    until: datetime | None = None,
) -> list[Missed]:
    """The questions since then that were not answered well, the newest `most`, oldest first.

    Args:
        disputed: conversation and record number of answers that citizens have called wrong.
        until: and before this moment.
    """
    recent = turns.c.at >= since if until is None else and_(turns.c.at >= since, turns.c.at < until)
    telling = or_(turns.c.decision.in_(("refused", "options")), turns.c.handover.is_(True), turns.c.rating <= BAD)
    talks = select(turns.c.conversation).where(recent, telling)
    where = or_(turns.c.conversation.in_(talks), turns.c.conversation.in_({one for one, _ in disputed}))
    query = select(*(turns.c[name] for name in READ)).where(recent, where)
    rows = tx.execute(query.order_by(turns.c.conversation, turns.c.id)).all()
    wrong = frozenset(disputed)
    found = [
        one
        for _, talk in groupby(rows, lambda row: row.conversation)
        for one in _of_a_talk(list(talk), now - CHOOSING, wrong)
    ]
    return sorted(found, key=lambda one: one.at)[-most:]


def asked(tx: Connection, since: datetime, decision: str, most: int) -> list[Asked]:
    """The newest questions since then with a decision, each once."""
    mine = (turns.c.decision == decision) & (turns.c.at >= since) & turns.c.question.is_not(None)
    if decision == "answered":
        mine &= turns.c.unit_id.is_not(None)
    query = select(turns.c.question, turns.c.region, turns.c.decision).where(mine)
    rows = tx.execute(query.order_by(turns.c.at.desc(), turns.c.id.desc()).limit(most)).all()
    return list(dict.fromkeys(Asked(*row) for row in rows))


def _of_a_talk(talk: list[Any], until: datetime, disputed: frozenset[tuple[str, str]]) -> Iterator[Missed]:
    """`until`: whatever was offered later may still be chosen."""
    reasons: dict[int, Why] = {}
    told: Any = None
    for place, row in enumerate(talk):
        following = talk[place + 1] if place + 1 < len(talk) else None
        if row.decision == "refused":
            reasons[row.id] = "refused"
        elif row.decision == "options" and row.at < until and not _chosen(row, following):
            reasons[row.id] = "not_chosen"
        if row.rating is not None and row.rating <= BAD and told is not None and row.at - told.at < TALK:
            reasons.setdefault(told.id, "badly_rated")
        if row.handover and told is not None and talk[place - 1] is told and row.at - told.at < AT_ONCE:
            reasons.setdefault(told.id, "handed_over")
        if row.decision == "answered" and row.unit_id:
            told = row
        if (row.conversation, row.record) in disputed:
            reasons[row.id] = "disputed"
    yield from (_missed(row, reasons[row.id]) for row in talk if row.id in reasons and row.question)


def _chosen(offer: Any, following: Any) -> bool:
    """Whether somebody took what was offered, or went on to a form that it leads to."""
    if following is None or following.at - offer.at > CHOOSING:
        return False
    offered = {one["id"] for one in offer.candidates} | {offer.unit_id}
    return following.kind == "form" or (following.unit_id is not None and following.unit_id in offered)


def _missed(row: Any, why: Why) -> Missed:
    unit = (row.unit_kind, row.unit_id) if row.unit_kind and row.decision == "answered" else None
    candidates = [((one["kind"], one["id"]), float(one["confidence"])) for one in row.candidates]
    return Missed(row.at, row.conversation, row.channel, row.region, row.question, why, unit, candidates)
