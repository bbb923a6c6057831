"""Whom a recall concerns: conversations that were told what does not hold, each once, with what they were told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.engine import Connection

from knowledge_base import records
from knowledge_base.answering.occasion import Occasion
from knowledge_base.model import UnitKey
from knowledge_base.recalls.comparing import Comparison, Difference
from knowledge_base.records import Record, channel_of


class Scope(NamedTuple):
    """What a recall is about."""

    key: UnitKey
    aspect: str | None
    """Only answers on this; None: on anything."""
    release: int
    """The one that holds now."""
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Concerned:
    """Somebody who was told; `record` is the last answer that was wrong. Of those erased nothing else is known."""

    record: Record
    difference: Difference

    @property
    def channel(self) -> str:
        return channel_of(self.record.conversation)


class Example(NamedTuple):
    """How many were told the same."""

    difference: Difference
    told: int
    record: Record
    """One of them."""


def concerned(tx: Connection, scope: Scope, occasion: Occasion) -> list[Concerned]:
    """Who was told, by the time of their last wrong answer."""
    return among(records.told(tx, scope.key, scope.since, scope.until), scope, comparison(tx, scope, occasion))


def comparison(tx: Connection, scope: Scope, occasion: Occasion) -> Comparison:
    """What finds the wrong answers of a recall, in this transaction."""
    return Comparison(tx, scope.key, scope.release, occasion)


def of_conversation(tx: Connection, scope: Scope, compared: Comparison, conversation: str) -> Concerned | None:
    """What one conversation was told."""
    told = records.told(tx, scope.key, scope.since, scope.until, conversation)
    return next(iter(among(told, scope, compared)), None)


def among(told: Iterable[Record], scope: Scope, compared: Comparison) -> list[Concerned]:
    """Those whose records are wrong, each conversation once."""
    wrong: dict[str, list[tuple[Record, Difference]]] = {}
    for record in told:
        difference = compared.of(record, scope.aspect)
        if difference is not None:
            wrong.setdefault(record.conversation or record.number, []).append((record, difference))
    found = [Concerned(mine[-1][0], Difference.of_all(one for _, one in mine)) for mine in wrong.values()]
    return sorted(found, key=lambda one: (one.record.at, one.record.number))


def by_channel(found: Iterable[Concerned]) -> dict[str, int]:
    """How many were told on each channel, the most first; "" are those who were erased since."""
    return dict(Counter(one.channel for one in found).most_common())


def examples(found: Sequence[Concerned]) -> list[Example]:
    """What was told and is told now, each once, the most frequent first."""
    counts = Counter(one.difference for one in found)
    first = {one.difference: one.record for one in reversed(found)}
    return [Example(difference, count, first[difference]) for difference, count in counts.most_common()]
