"""Whether somebody was told what does not hold: an answer given, beside what the same question is answered with now.

An answer is worded again twice, for its day and situation: from the release that it was given from, and from the one
that holds now. What a change leaves untouched is no difference, whatever else changed in the unit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from foundation.clock import CHINA
from knowledge_base.answering.occasion import Occasion
from knowledge_base.model import UnitKey
from knowledge_base.recalls.said import TITLE, Instead, Lines, Pages, in_full, lines_of, said, situations
from knowledge_base.records import Record
from knowledge_base.store import releases
from knowledge_base.store.tables import releases as release_table


@dataclass(frozen=True)
class Difference:
    """What an answer said and is not said any more, and what is said instead; on which aspects (None: in general)."""

    was: Lines
    now: Lines
    aspects: tuple[str | None, ...] = ()

    @classmethod
    def of_all(cls, differences: Iterable[Difference]) -> Difference:
        """Several as one; what two have in common is said once."""
        found = list(differences)
        was, now, aspects = (
            tuple(dict.fromkeys(value for one in found for value in getattr(one, name)))
            for name in ("was", "now", "aspects")
        )
        return cls(was, now, aspects)


class Wording(NamedTuple):
    """What was said to citizens in one situation, and how it differs from what is said to them now."""

    before: Lines
    difference: Difference | None
    still: frozenset[str]
    """What is said now as well."""


class Comparison:
    """Of the answers that one unit gave. It reads the store through the caller's transaction."""

    def __init__(
        self, tx: Connection, key: UnitKey, release: int, occasion: Occasion, of: UnitKey | None = None
    ) -> None:
        """
        Args:
            release: the one that holds now.
            occasion: the office; its day does not matter.
            of: a unit that this one draws on: only what came of its change is a difference.
        """
        self._tx, self._key, self._of = tx, key, of
        self._now = Pages(tx, release)
        drawn_upon = self._now.get(of.kind, of.id) if of else None
        # A package tells a district's rule to those of that district.
        at = (drawn_upon.region or occasion.regions.home) if drawn_upon else None
        self._occasion = replace(occasion, at=at)
        self._pages: dict[int, Pages] = {}
        self._wordings: dict[tuple[int, str | None, date], list[Wording]] = {}

    def of(self, record: Record, aspect: str | None = None) -> Difference | None:
        """How an answer differs from what is said now; None: it says the same, or nothing of this unit.

        Args:
            aspect: only answers on this count.
        """
        told = [one for one in aspects_told(record, self._key) if aspect in (None, one)]
        release = record.release if record.release is not None else release_at(self._tx, record.at)
        day = record.at.astimezone(CHINA).date()
        found = [self._difference(release, one, day, set(lines_of(record.text))) for one in told]
        different = [one for one in found if one is not None]
        return Difference.of_all(different) if different else None

    def _difference(self, release: int, aspect: str | None, day: date, spoken: set[str]) -> Difference | None:
        asked = (release, aspect, day)
        if asked not in self._wordings:
            self._wordings[asked] = list(self._worded(*asked))
        wordings = self._wordings[asked]
        as_told = [one for one in wordings if one.before and spoken.issuperset(one.before)]
        if as_told:
            return max(as_told, key=lambda one: len(one.before)).difference
        # Where no wording is found in the text whole, a person has changed it: all situations count.
        before, difference, still = wordings[0]
        if difference is None:
            return None
        repeated = without(before, still | (set(before) - spoken))
        return replace(difference, was=repeated or difference.was)

    def _worded(self, release: int, aspect: str | None, day: date) -> Iterator[Wording]:
        """By what may have been known of the citizen; the first is for who said nothing."""
        then, key = self._pages.setdefault(release, Pages(self._tx, release)), self._key
        today = self._now if self._of is None else Instead(then, self._of, self._now)
        about = (key, aspect, day, self._occasion)
        for known in situations(then.get(key.kind, key.id)):
            before, now = said(then, *about, known), said(today, *about, known)
            still = frozenset(now)
            # That something is to come has been announced since: that makes nothing wrong.
            same = not before or before == now or before == said(today, *about, known, announcing=False)
            difference = None
            if not same:
                held = frozenset(before)
                if aspect in COMPOSED:
                    still, held = still | in_full(today, key, day, known), held | in_full(then, key, day, known)
                gone, added = without(before, still), without(now, held)
                difference = Difference(gone, added, (aspect,)) if gone or added else None
            yield Wording(before, difference, still)


COMPOSED = ("overview", "process", None)
"""Answers that put together what others tell in full."""


def without(lines: Lines, known: Collection[str]) -> Lines:
    """Lines that are not among the known ones, each with the title it stands under."""
    found: list[str] = []
    title = None
    for line in lines:
        if TITLE.fullmatch(line):
            title = line
        elif line not in known:
            found += [title] if title is not None and title not in found else []
            found.append(line)
    return tuple(found)


def aspects_told(record: Record, key: UnitKey) -> list[str | None]:
    """On what an answer told of a unit, which may have been the second question of its message; often nothing."""
    told = [record.aspect] if (record.kind, record.unit_id) == key else []
    others = record.payload.get("also") or ()
    return [*told, *(one["aspect"] for one in others if (one["kind"], one["id"]) == key and "aspect" in one)]


def release_at(tx: Connection, at: datetime) -> int:
    """The release that was the newest at a moment; 0 before the first."""
    query = select(func.max(release_table.c.number)).where(release_table.c.created_at <= at)
    return int(tx.execute(query).scalar() or 0)


def has_changed(tx: Connection, key: UnitKey, since: int) -> bool:
    """Whether a unit is another by now than in a release."""
    then, now = (releases.find(tx, number, key) for number in (since, releases.current(tx)))
    return (then.revision if then else None) != (now.revision if now else None)
