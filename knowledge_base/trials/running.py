"""Content tests on a candidate release: which answers stay right, which break, and what would change."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from foundation.clock import CHINA
from knowledge_base.answering.answer import Answer
from knowledge_base.search.snapshot import Snapshot
from knowledge_base.store.releases import Move
from knowledge_base.trials.answerer import Answerer, Moment
from knowledge_base.trials.candidates import candidate, published
from knowledge_base.trials.content_tests import ContentTest, active
from knowledge_base.trials.expectations import Fault
from knowledge_base.trials.remembering import Remembering


@dataclass(frozen=True)
class Outcome:
    """One test: what is answered now, and what would be."""

    test: ContentTest
    before: Answer
    """On the published release."""
    after: Answer
    """On the candidate."""
    faults: tuple[Fault, ...]
    """In which respects `after` is not as expected; empty: the test passes."""
    broke: bool
    """Whether `before` was as expected and `after` is not."""
    about: bool
    """Whether the unit that carries the test is among those that move; of an approved test, also the one that must
    answer."""

    @property
    def passed(self) -> bool:
        return not self.faults

    @property
    def changed(self) -> bool:
        """Whether a citizen would be told something else, be it as right."""
        return (self.before.kind, self.before.id, self.before.text) != (self.after.kind, self.after.id, self.after.text)

    @property
    def blocks(self) -> bool:
        """Whether publishing needs a named override.

        What was wrong already and is not touched stops nobody; nor does a proposal about other units that nobody has
        approved.
        """
        return bool(self.faults) and (self.about or (self.broke and self.test.approved_by is not None))


@dataclass(frozen=True)
class Report:
    """What came of all active tests."""

    release: int
    """The published release that the candidate stands on."""
    moves: frozenset[Move]
    outcomes: tuple[Outcome, ...]
    seconds: float
    skipped: int = 0
    """Tests about units that are neither published nor among the moves: others' new drafts, or what is gone."""

    @property
    def blocking(self) -> tuple[Outcome, ...]:
        return tuple(one for one in self.outcomes if one.blocks)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(one for one in self.outcomes if not one.passed)

    @property
    def changed(self) -> tuple[Outcome, ...]:
        """Those that pass and whose answer changes nevertheless."""
        return tuple(one for one in self.outcomes if one.passed and one.changed)

    def covers(self, release: int, moves: Sequence[Move]) -> bool:
        """Whether this is about just these steps from just that release: publishing must not trust an older one."""
        return release == self.release and frozenset(moves) == self.moves

    def detail(self, overridden_by: str | None = None, reason: str = "") -> dict[str, Any]:
        """What the release's detail and the audit log keep, under `tests`: counts, ids, and who overrode what why."""
        detail: dict[str, Any] = {
            "run": len(self.outcomes),
            "failed": [one.test.id for one in self.failed],
            "changed": [one.test.id for one in self.changed],
        }
        if self.blocking:
            detail |= {"overridden": [one.test.id for one in self.blocking], "by": overridden_by, "reason": reason}
        return detail


def run(answerer: Answerer, tx: Connection, moves: Sequence[Move], now: datetime) -> Report:
    """Try all active tests on what is published, and on that with these moves.

    Takes up to some seconds, so call it in a transaction that only reads, and publish in another one which refuses a
    report that does not cover its release and moves: a writer on SQLite would hold up every citizen's turn for as
    long. With no tests nothing is indexed. The caller publishes only where `blocking` is empty or a named person has
    given a reason, keeps `detail` in the release, and then calls `content_tests.note_passed`.

    Args:
        moves: what would be published, as releases.pending_moves has it.
        now: tests without a day of their own are asked for its day; drafts that come into force later, for the day of
            their publication.
    """
    began = time.monotonic()
    tests, day = active(tx), now.astimezone(CHINA).date()
    base = answerer.remembering = Remembering.of(published(answerer.library, tx), answerer.remembering)
    same = (base.release, frozenset(moves), tuple(tests), day)
    if answerer.last is not None and answerer.last[0] == same:
        return answerer.last[1]
    moved = {move.key for move in moves}
    there = [test for test in tests if all(key in base.units or key in moved for key in test.units)]
    outcomes: list[Outcome] = []
    if there:
        # All of the present first: the words of the drafts' names join the process's vocabulary with the candidate.
        before = _present(answerer, there, base, day)
        following = candidate(base, tx, moves)
        for test, said in zip(there, before):
            told = _asked(answerer, test, following, day)
            faults = test.expect.faults(told)
            broke = bool(faults) and not test.expect.faults(said)
            about = test.unit in moved or (test.approved_by is not None and test.expect.unit in moved)
            outcomes.append(Outcome(test, said, told, faults, broke, about))
    spent = time.monotonic() - began
    report = Report(base.release, frozenset(moves), tuple(outcomes), spent, len(tests) - len(there))
    answerer.last = (same, report)  # what was shown before publishing is asked for once more when it is published
    return report


def _present(answerer: Answerer, tests: Sequence[ContentTest], base: Snapshot, day: date) -> list[Answer]:
    """What is answered on the published release; kept for the next run."""
    known = answerer.present
    answers: dict[tuple[object, ...], Answer] = {}
    for test in tests:
        key = (base.release, test.turns, test.region, test.as_of or day)
        answers[key] = known.get(key) or _asked(answerer, test, base, day)
    answerer.present = answers
    return [answers[base.release, test.turns, test.region, test.as_of or day] for test in tests]


def _asked(answerer: Answerer, test: ContentTest, snapshot: Snapshot, day: date) -> Answer:
    """By day, not by the hour: a test must not pass in the morning and fail in the evening."""
    return answerer.converse(test.turns, snapshot, Moment(test.as_of or day), test.region)[-1].answer
