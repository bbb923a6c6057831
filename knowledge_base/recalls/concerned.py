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
from knowledge_base.recalls.drawing import drawing_on, events_that_told
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


class Compared:
    """What finds the wrong answers of a recall, in one transaction: its unit's, and those of what draws on it."""

    def __init__(self, tx: Connection, scope: Scope, occasion: Occasion) -> None:
        self._tx, self._scope = tx, scope
        self._units = {scope.key: Comparison(tx, scope.key, scope.release, occasion)}
        telling = (*drawing_on(tx, scope.key), *events_that_told(tx, scope.key, scope.since, scope.until))
        for key in dict.fromkeys(telling):
            self._units[key] = Comparison(tx, key, scope.release, occasion, of=scope.key)

    def told(self, conversation: str | None = None) -> list[Record]:
        """All answers of these units, or those in one conversation, oldest first."""
        since, until = self._scope.since, self._scope.until
        found = {
            record.number: record
            for key in self._units
            for record in records.told(self._tx, key, since, until, conversation)
        }
        return sorted(found.values(), key=lambda one: (one.at, one.number))

    def of(self, record: Record) -> Difference | None:
        """How an answer differs from what is said now on the recall's count; None: it does not."""
        different = []
        for key, comparison in self._units.items():
            # What an office says under one name, an item tells under another.
            same = key == self._scope.key or self._scope.key.kind == "item"
            difference = comparison.of(record, self._scope.aspect if same else None)
            if difference is not None:
                different.append(difference)
        return Difference.of_all(different) if different else None


def concerned(tx: Connection, scope: Scope, occasion: Occasion) -> list[Concerned]:
    """Who was told, by the time of their last wrong answer."""
    compared = comparison(tx, scope, occasion)
    return among(compared.told(), compared)


def comparison(tx: Connection, scope: Scope, occasion: Occasion) -> Compared:
    """What finds the wrong answers of a recall, in this transaction."""
    return Compared(tx, scope, occasion)


def of_conversation(compared: Compared, conversation: str) -> Concerned | None:
    """What one conversation was told."""
    return next(iter(among(compared.told(conversation), compared)), None)


def among(told: Iterable[Record], compared: Compared) -> list[Concerned]:
    """Those whose records are wrong, each conversation once."""
    wrong: dict[str, list[tuple[Record, Difference]]] = {}
    for record in told:
        difference = compared.of(record)
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
