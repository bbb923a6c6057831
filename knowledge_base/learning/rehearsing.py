"""Tries a draft on the questions of the past weeks: what it would answer, and which answers would change.

Only the questions nearest to the draft's own are asked again: of others it is too far away to be found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from foundation.text import squash
from knowledge_base.answering.answer import Answer
from knowledge_base.learning.questions import plain
from knowledge_base.model import Unit
from knowledge_base.search.snapshot import Entry, Snapshot, advance
from knowledge_base.trials.answerer import Answerer, Moment

MOST = 150
"""Questions of each sort that are asked again: two or three seconds."""
UNSAVED = -1
"""The revision of a text that is not saved yet."""
REFUSED, OFFERED, ANSWERED = range(3)
"""How well a question is answered."""


class Asked(NamedTuple):
    text: str
    region: str | None


@dataclass(frozen=True)
class Tried:
    """A question, and what is answered now and would be."""

    text: str
    now: Answer
    then: Answer


@dataclass(frozen=True)
class Rehearsal:
    unanswered: int
    """Questions asked again that are refused now, or answered with options."""
    answered: int
    """The same of those that are answered."""
    gained: Sequence[Tried]
    """Refused now and offered something then; or answered then, and not now."""
    changed: Sequence[Tried]
    """Answered or offered something now, and otherwise then."""


def rehearse(
    answerer: Answerer, base: Snapshot, unit: Unit, replaces: int | None, asked: Iterable[Asked], moment: Moment
) -> Rehearsal:
    """Ask as a citizen who begins a conversation would: without the draft, and with it.

    Takes seconds: call it in a transaction that only reads, or in none.

    Args:
        base: what is published.
        unit: the draft.
        replaces: the revision of what is published of it; None: nothing is.
        asked: questions of the past weeks; each is asked once, wherever it was asked from.
    """
    questions = nearest(list({squash(plain(one.text)): one for one in asked}.values()), unit)
    # All of the present first: the words of the draft's names join the process's vocabulary with the candidate.
    before = [_answer(answerer, one, base, moment) for one in questions]
    following = advance(base, base.release + 1, [Entry(UNSAVED, unit)], set() if replaces is None else {replaces})
    tried = [Tried(one.text, now, _answer(answerer, one, following, moment)) for one, now in zip(questions, before)]
    answered = sum(_grade(one.now) == ANSWERED for one in tried)
    gained = [one for one in tried if _grade(one.then) > _grade(one.now)]
    changed = [one for one in tried if _differs(one) and one not in gained]
    return Rehearsal(len(tried) - answered, answered, gained, changed)


def nearest(asked: Sequence[Asked], unit: Unit, most: int = MOST) -> list[Asked]:
    """The questions that share most with what a unit is asked by, best first."""
    own = [_pairs(text) for text in (*unit.names(), *unit.questions())]
    rated = [(max(_likeness(_pairs(plain(one.text)), held) for held in own), one) for one in asked]
    return [one for likeness, one in sorted(rated, key=lambda pair: -pair[0]) if likeness > 0][:most]


def _answer(answerer: Answerer, one: Asked, snapshot: Snapshot, moment: Moment) -> Answer:
    return answerer.converse([plain(one.text)], snapshot, moment, one.region)[-1].answer


def _grade(answer: Answer) -> int:
    return {"fallback": REFUSED, "options": OFFERED}.get(answer.kind, ANSWERED)


def _differs(one: Tried) -> bool:
    """Whether another unit answers, or other ones are offered; not whether its text is another."""
    return (one.now.kind, one.now.id, one.now.options) != (one.then.kind, one.then.id, one.then.options)


def _pairs(text: str) -> frozenset[str]:
    words = squash(text)
    return frozenset(words[i : i + 2] for i in range(len(words) - 1))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0
