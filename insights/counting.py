"""What is counted of turns, as a value and in SQL."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

from sqlalchemy import case, func
from sqlalchemy.sql.elements import ColumnElement

from insights.turns import turns

BAD = 2
"""Scores up to this one are bad."""


@dataclass(frozen=True)
class Count:
    """Turns, by what came of them, and what else was noticed."""

    turns: int = 0
    answered: int = 0
    options: int = 0
    refused: int = 0
    other: int = 0
    handovers: int = 0
    annoyed: int = 0
    distressed: int = 0
    pleased: int = 0
    rated: int = 0
    """How many turns were a score for the robot."""
    score: int = 0
    """The sum of these scores."""
    bad: int = 0
    """How many of them were bad."""
    milliseconds: int = 0
    timed: int = 0
    """Of how many turns `milliseconds` is the sum."""

    def __add__(self, other: Count) -> Count:
        return Count(*map(sum, zip(astuple(self), astuple(other))))

    @property
    def questions(self) -> int:
        """Turns that asked something: what is answered, asked back or refused."""
        return self.answered + self.options + self.refused

    @property
    def answered_share(self) -> float | None:
        """Of the questions; None where there are none. So are the others."""
        return _share(self.answered, self.questions)

    @property
    def options_share(self) -> float | None:
        return _share(self.options, self.questions)

    @property
    def refused_share(self) -> float | None:
        return _share(self.refused, self.questions)

    @property
    def handover_share(self) -> float | None:
        """Of all turns."""
        return _share(self.handovers, self.turns)

    @property
    def bad_share(self) -> float | None:
        """Of the scores."""
        return _share(self.bad, self.rated)

    @property
    def mean_score(self) -> float | None:
        return _share(self.score, self.rated)

    @property
    def mean_milliseconds(self) -> float | None:
        return _share(self.milliseconds, self.timed)


FIELDS = tuple(field.name for field in fields(Count))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _how_many(condition: ColumnElement) -> ColumnElement:
    return func.sum(case((condition, 1), else_=0))


COUNTED: dict[str, ColumnElement] = {
    "turns": func.count(),
    **{name: _how_many(turns.c.decision == name) for name in ("answered", "options", "refused", "other")},
    "handovers": _how_many(turns.c.handover),
    **{name: _how_many(turns.c.mood == name) for name in ("annoyed", "distressed", "pleased")},
    "rated": func.count(turns.c.rating),
    "score": func.coalesce(func.sum(turns.c.rating), 0),
    "bad": _how_many(turns.c.rating <= BAD),
    "milliseconds": func.coalesce(func.sum(turns.c.milliseconds), 0),
    "timed": func.count(turns.c.milliseconds),
}
"""How each field of a Count is counted over rows of `turns`."""
assert tuple(COUNTED) == FIELDS
