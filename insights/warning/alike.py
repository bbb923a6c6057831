"""Several people ask alike and get no answer: told from the questions that were refused."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation.text import normalise
from insights.turns import turns
from insights.warning.chance import at_least, usual
from insights.warning.series import Series
from insights.warning.watching import HOURS_A_WEEK, Finding

FEWEST = 5
"""Different people."""
LIKENESS = 0.45
"""Of the pairs of characters, so many in common (Jaccard)."""
MOST = 400
"""Refused questions of an hour that are compared; of more, the newest."""
BACK, MOST_BACK = timedelta(days=7), 3000
SPREAD = 0.5
TESTS = 20.0
"""As so many independent groups a look counts."""
SUBJECT = "alike"


@dataclass(frozen=True)
class Refused:
    id: int
    who: str
    question: str


def groups(tx: Connection, since: datetime, until: datetime, a_week: float) -> list[tuple[Finding, list[int]]]:
    """What several people were refused in a window, more than in the week before; with the turns."""
    now = _refused(tx, since, until, MOST)
    found = []
    for group in _grouped(now):
        people = len({one.who for one in group})
        if people < FEWEST:
            continue
        middle = _pairs(group[0].question)
        before = sum(_like(middle, _pairs(one.question)) for one in _refused(tx, since - BACK, since, MOST_BACK))
        mean = (before + 0.5) / HOURS_A_WEEK * 2  # asked by day, not by night
        probability = at_least(people, mean, SPREAD)
        if probability < a_week / (HOURS_A_WEEK * TESTS):
            low, high = usual(mean, SPREAD)
            name = hashlib.sha256(group[0].question.encode()).hexdigest()[:16]
            series = Series(SUBJECT, name)
            finding = Finding("alike", series, since, until, people, mean, low, high, probability, people)
            found.append((finding, [one.id for one in group]))
    return found


def same(tx: Connection, samples: Sequence[int], found: Sequence[int]) -> bool:
    """Whether two groups ask the same: an incident that goes on changes its oldest question."""
    if set(samples) & set(found):
        return True
    texts = dict(tx.execute(select(turns.c.id, turns.c.question).where(turns.c.id.in_([*samples, *found]))).all())
    mine, others = ([_pairs(texts[id] or "") for id in ids if id in texts] for ids in (samples, found))
    return any(_like(one, other) for one in mine for other in others)


def _refused(tx: Connection, since: datetime, until: datetime, most: int) -> list[Refused]:
    mine = (turns.c.decision == "refused") & (turns.c.at >= since) & (turns.c.at < until)
    query = select(turns.c.id, turns.c.conversation, turns.c.question).where(mine & turns.c.question.is_not(None))
    rows = tx.execute(query.order_by(turns.c.at.desc()).limit(most)).all()
    return [Refused(row.id, row.conversation or f"#{row.id}", row.question) for row in reversed(rows)]


def _grouped(found: Sequence[Refused]) -> list[list[Refused]]:
    """Each question joins the first group whose first question it is like."""
    grouped: list[tuple[frozenset[str], list[Refused]]] = []
    for one in found:
        pairs = _pairs(one.question)
        mine = next((group for middle, group in grouped if _like(middle, pairs)), None)
        if mine is None:
            grouped.append((pairs, [one]))
        else:
            mine.append(one)
    return [group for _, group in grouped]


def _pairs(question: str) -> frozenset[str]:
    text = "".join(one for one in normalise(question) if one.isalnum())
    return frozenset(text[at : at + 2] for at in range(len(text) - 1)) or frozenset({text})


def _like(one: frozenset[str], other: frozenset[str]) -> bool:
    common = len(one & other)
    return common >= LIKENESS * (len(one) + len(other) - common) and common > 0
